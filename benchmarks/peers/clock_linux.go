package peers

import (
	"time"

	"golang.org/x/sys/unix"
)

// processorTime returns the processor time of this process so far.
func processorTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic("peers: no processor clock: " + err.Error()) // every Linux has it
	}
	return time.Duration(t.Nano())
}
