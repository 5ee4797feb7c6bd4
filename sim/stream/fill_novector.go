//go:build !amd64 || purego

package stream

import "sgdescape/sim/vector"

// fillVector does nothing: without vector instructions it is never called.
func fillVector(vector.Set, []float64, []uint64, []uint64, []uint64, []uint64, int) (rare bool) {
	return false
}
