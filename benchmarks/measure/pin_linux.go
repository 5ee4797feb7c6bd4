package measure

import (
	"fmt"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// AnyCore leaves the choice of the core to the operating system.
const AnyCore Core = -1

// A Core is the processor that the runs are pinned to, or [AnyCore].
type Core int

// LastCore returns the highest-numbered core this process may use: the one
// that interrupts and short-lived processes favour least.
func LastCore() (core Core, note string) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return AnyCore, "runs are not pinned: " + err.Error()
	}
	core = AnyCore
	for i := range len(set) * 64 {
		if set.IsSet(i) {
			core = Core(i)
		}
	}
	return core, ""
}

// Usable returns an error unless this process may run on the core.
func (c Core) Usable() error {
	var set unix.CPUSet
	if c == AnyCore {
		return nil
	}
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return err
	}
	last, _ := LastCore()
	if !set.IsSet(int(c)) {
		return fmt.Errorf("--core is %d, want a core that this process may use, such as %d", c, last)
	}
	return nil
}

// Start starts cmd on the core. A child inherits the affinity of the thread
// that forks it, so this thread takes the mask and gives it back.
func (c Core) Start(cmd *exec.Cmd) error {
	if c == AnyCore {
		return cmd.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, pinned unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	pinned.Set(int(c))
	if err := unix.SchedSetaffinity(0, &pinned); err != nil {
		return err
	}
	defer func() { _ = unix.SchedSetaffinity(0, &before) }() // restores a mask that was valid a moment ago
	return cmd.Start()
}
