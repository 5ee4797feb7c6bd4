//go:build !linux

package measure

import "time"

var began = time.Now()

// ProcessorTime returns elapsed time: processor time is read on Linux only.
func ProcessorTime() time.Duration { return time.Since(began) }
