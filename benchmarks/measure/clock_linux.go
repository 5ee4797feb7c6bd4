package measure

import (
	"time"

	"golang.org/x/sys/unix"
)

// ProcessorTime returns the processor time of this process so far.
func ProcessorTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic("measure: no processor clock: " + err.Error()) // every Linux has it
	}
	return time.Duration(t.Nano())
}
