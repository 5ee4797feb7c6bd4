//go:build unix

package measure

import (
	"os/exec"
	"syscall"
)

// endTogether puts the command into a process group of its own and asks all of
// it to end when the context does. It is asked, not killed, so that git removes
// its locks.
func endTogether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}
