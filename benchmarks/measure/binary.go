package measure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A Binary is a compiled test binary.
type Binary struct {
	Path string // of the executable
	Dir  string // its package's folder, where it runs
	Env  []string
}

// Build compiles the benchmarks of pkg, a relative package path such as
// ./benchmarks, in the module at root, to the file out. Paths are trimmed, so
// that equal sources give equal binaries wherever they lie.
func Build(ctx context.Context, root, pkg, out string) (Binary, error) {
	cmd := Command(ctx, "go", "test", "-c", "-trimpath", "-o", out, pkg)
	cmd.Dir = root
	if msg, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return Binary{}, ctx.Err()
		}
		return Binary{}, fmt.Errorf("building %s in %s: %w\n%s", pkg, root, err, msg)
	}
	if _, err := os.Stat(out); errors.Is(err, os.ErrNotExist) {
		return Binary{}, fmt.Errorf("building %s in %s: no test files", pkg, root)
	}
	return Binary{Path: out, Dir: filepath.Join(root, pkg)}, nil
}

// output runs the binary with the given flags and returns its standard output.
func (b Binary) output(ctx context.Context, core Core, flags ...string) ([]byte, error) {
	cmd := Command(ctx, b.Path, flags...)
	cmd.Dir = b.Dir
	cmd.Env = append(os.Environ(), b.Env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := core.Start(cmd); err != nil {
		return nil, fmt.Errorf("starting %s: %w", b.Path, err)
	}
	if err := cmd.Wait(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%s %s: %w\n%s%s", filepath.Base(b.Path), strings.Join(flags, " "), err,
			tail(stdout.Bytes(), 2000), tail(stderr.Bytes(), 2000))
	}
	return stdout.Bytes(), nil
}

func tail(b []byte, n int) []byte { return b[max(0, len(b)-n):] }
