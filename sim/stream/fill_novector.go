//go:build !amd64 || purego

package stream

import "sgdescape/sim/vector"

// fillVector does nothing: without vector instructions it is never called.
func fillVector(_ vector.Set, _ []float64, _, _, _, _ []uint64, _, _ int) uint64 { return 0 }
