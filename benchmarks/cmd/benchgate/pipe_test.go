//go:build unix

package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A device or a pipe is refused as a file for a report: the file that is renamed
// to its name would take its place.
func TestReject_PipeForReport(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	if err := writable("--json", pipe); err == nil || !strings.Contains(err.Error(), `pipe", a device or a pipe, want a regular file`) {
		t.Errorf("got %v", err)
	}
}
