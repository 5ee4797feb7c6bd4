//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestNotAFile: what is not a regular file is neither replaced nor waited for, nor
// are the data replaced.
func TestNotAFile(t *testing.T) {
	dir := t.TempDir()
	pipe, data, link, target := filepath.Join(dir, "pipe"), filepath.Join(dir, "data.csv"), filepath.Join(dir, "link.html"), filepath.Join(dir, "target.html")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	const rows = "1,1\n-1,0\n2,1\n-2,-3\n0.5,1\n"
	for file, text := range map[string]string{data: rows, target: "old"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ args, want string }{
		{"ladder doublewell --out " + pipe, "a device or a pipe, want a regular file"},
		{"ladder regression --data " + data + " --eta 0.01 --out " + data, "the file of the data, want another file"},
		{"simulate doublewell --process sde --checkpoint " + pipe, "a device or a pipe, want a regular file"},
	} {
		if code, _, errOut := sgdescape(t.Context(), strings.Fields(row.args)...); code == 0 || !strings.Contains(errOut, row.want) {
			t.Errorf("%s: code %d, %q, want an error that says %q", row.args, code, errOut, row.want)
		}
	}
	if got, err := os.ReadFile(data); err != nil || string(got) != rows {
		t.Errorf("the data are now %q (%v)", got, err)
	}
	if code, _, errOut := sgdescape(t.Context(), strings.Fields("ladder doublewell --runs 64 --points 2 --out "+link)...); code != 0 {
		t.Errorf("link: code %d, %s", code, errOut)
	}
	info, err := os.Lstat(link)
	if page, readErr := os.ReadFile(target); err != nil || readErr != nil || info.Mode()&os.ModeSymlink == 0 || !strings.Contains(string(page), "<html") {
		t.Errorf("the page did not take the place of the link's target: %v, %v, %.20q", info.Mode(), err, page)
	}
}
