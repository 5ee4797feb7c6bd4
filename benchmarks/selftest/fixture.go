package selftest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"sgdescape/benchmarks/measure"
)

// A work is what the benchmarks of the fixture do: the numbers that the
// scenarios change.
type work struct {
	chain  int // steps of a dependent floating-point chain
	walk   int // steps of a walk through a table
	allocs int // allocations
}

// base is the work of the base revision. The chain has 1000 steps so that
// 7 % is a whole number.
var base = work{chain: 1000, walk: 1000, allocs: 2}

const goMod = "module fixture\n\ngo 1.24\n"

// The work is in variables, not constants, so that both revisions have the
// same instructions and nothing but the injected work differs.
const benchmarks = `package fixture

import "testing"

var sink float64

func BenchmarkChain(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		x := 0.5
		for range chain {
			x = 3.7 * x * (1 - x)
		}
		sink = x
	}
}

func BenchmarkWalk(b *testing.B) {
	b.ReportAllocs()
	table := make([]int, 4096)
	for i := range table {
		table[i] = (5*i + 17) %% len(table)
	}
	for b.Loop() {
		i := 0
		for range walk {
			i = table[i]
		}
		sink = float64(i)
	}
}

var keep []byte

func BenchmarkAllocate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		for range allocs {
			keep = make([]byte, 64)
		}
	}
}

var chain, walk, allocs = %d, %d, %d
`

// writeFixture makes a repository in dir whose tag "base" holds the base
// revision and whose working tree holds the changed one.
func writeFixture(ctx context.Context, dir string, changed work) error {
	commit := func(w work, tag string) error {
		files := map[string]string{
			"go.mod":       goMod,
			"work_test.go": fmt.Sprintf(benchmarks, w.chain, w.walk, w.allocs),
			"revision":     tag + "\n",
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				return err
			}
		}
		for _, args := range [][]string{
			{"add", "."},
			{"-c", "user.name=selftest", "-c", "user.email=selftest@localhost", "commit", "--quiet", "--message", tag},
			{"tag", tag},
		} {
			if err := git(ctx, dir, args...); err != nil {
				return err
			}
		}
		return nil
	}
	if err := git(ctx, dir, "init", "--quiet"); err != nil {
		return err
	}
	if err := commit(base, "base"); err != nil {
		return err
	}
	return commit(changed, "changed")
}

func git(ctx context.Context, dir string, args ...string) error {
	cmd := measure.Git(ctx, dir, args...)
	if msg, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, msg)
	}
	return nil
}
