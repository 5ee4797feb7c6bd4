package stattest

import (
	"math"
	"testing"
)

// TestCellsTail: at the smallest expectation that is accepted, 1000 in a cell, the
// exact probability of a rejection is at most alpha, and not much less. Two cells
// are the hardest case: both errors of rounding and of skewness are in one count.
func TestCellsTail(t *testing.T) {
	for _, p := range []float64{0.5, 0.3, 0.1, 0.01, 0.001} {
		for _, alpha := range []float64{0.01, 1e-6, 1e-9} {
			n := int(math.Ceil(1000 / p))
			test := CellsTest{Want: []float64{p, 1 - p}, Alpha: alpha}
			lo, hi := acceptance(1000, n, func(k int) bool { return test.Assert([]int{k, n - k}).Rejected })
			exact := binomialAtMost(lo-1, n, p) + binomialAtLeast(hi+1, n, p)
			t.Logf("one of two cells with %v, alpha %v: rejected with probability %.3g", p, alpha, exact)
			if !(exact <= alpha && exact >= alpha/3) {
				t.Errorf("one of two cells with %v: rejected with probability %g at alpha = %g", p, exact, alpha)
			}
		}
	}
}

// TestReject_Cells: counts that cannot be judged, and a cell that is too full.
func TestReject_Cells(t *testing.T) {
	test := CellsTest{Want: []float64{0.5, 0.5}, Alpha: 1e-9}
	if f := test.Assert([]int{50_000, 52_000}); !f.Rejected {
		t.Errorf("2 %% too many: %v", f)
	}
	for name, counts := range map[string][]int{"a cell missing": {1e6}, "too few": {900, 1000}, "none": {0, 0}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			test.Assert(counts)
		}()
	}
}
