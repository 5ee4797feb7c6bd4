//go:build !linux

package measure

import "os/exec"

// AnyCore leaves the choice of the core to the operating system.
const AnyCore Core = -1

// A Core is the processor that the runs are pinned to, or [AnyCore]. Pinning
// is available on Linux only.
type Core int

// LastCore returns [AnyCore] and says so.
func LastCore() (core Core, note string) {
	return AnyCore, "runs are not pinned: pinning is available on Linux only"
}

// Usable returns nil.
func (Core) Usable() error { return nil }

// Start starts cmd.
func (Core) Start(cmd *exec.Cmd) error { return cmd.Start() }
