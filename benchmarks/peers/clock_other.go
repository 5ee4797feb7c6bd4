//go:build !linux

package peers

import "time"

var began = time.Now()

// processorTime returns elapsed time: processor time is read on Linux only.
func processorTime() time.Duration { return time.Since(began) }
