//go:build !unix

package measure

import "os/exec"

// endTogether does nothing: process groups are known to Unix only.
func endTogether(*exec.Cmd) {}
