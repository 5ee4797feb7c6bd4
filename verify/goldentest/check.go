package goldentest

import (
	"io/fs"
	"sync"

	"sgdescape/verify/tol"
)

// TB is the part of testing.TB that a comparison needs.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// A Use is a set opened by a test. When the test ends, every row that was never
// compared fails it.
type Use struct {
	Set
	t TB

	mu   sync.Mutex
	seen map[int]bool // by line
}

// Open loads an admissible set for one test, which fails at once otherwise.
func Open(t TB, fsys fs.FS, name string) *Use {
	t.Helper()
	set, err := Load(fsys, name)
	if err != nil {
		t.Fatalf("%v", err)
	}
	u := &Use{Set: set, t: t, seen: map[int]bool{}}
	t.Cleanup(u.unused)
	return u
}

func (u *Use) unused() {
	u.t.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, r := range u.Rows {
		if !u.seen[r.line] {
			u.t.Errorf("%v was never compared", r)
		}
	}
}

func (u *Use) mark(r Row) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen[r.line] = true
}

// Case returns the one row whose columns have the given values, and marks it as
// compared: for tests that look at chosen cases. The test fails at once if no
// row or more than one has them.
func (u *Use) Case(values map[string]float64) Row {
	u.t.Helper()
	var found []Row
	for _, r := range u.Rows {
		match := true
		for column, x := range values {
			match = match && r.Float(column) == x
		}
		if match {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		u.t.Fatalf("%s: %d rows have %v, want one", u.Name, len(found), values)
	}
	u.mark(found[0])
	return found[0]
}

// Check compares a column of every row with a fresh result, within the
// tolerance of the set. A case that cannot be computed is an error and fails.
//
//	set := goldentest.Open(t, golden.Files, "tail/kesten")
//	goldentest.Check(t, set, "alpha", func(r goldentest.Row) (float64, error) {
//		return tailExponent(r.Float("eta"), r.Int("B"))
//	})
func Check(t TB, u *Use, column string, fresh func(Row) (float64, error)) {
	t.Helper()
	if u.Info.Class == ClassSampled {
		t.Fatalf("%s holds sampled numbers, want CheckSampled", u.Name)
	}
	failed := false
	for _, r := range u.Rows {
		u.mark(r)
		got, err := fresh(r)
		if err == nil {
			err = tol.Within(got, r.Float(column), u.Info.Tolerance.Relative, u.Info.Tolerance.Absolute)
		}
		if err != nil {
			t.Errorf("%s", u.differs(r, column, err, !failed))
			failed = true
		}
	}
}
