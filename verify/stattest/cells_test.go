package stattest

import (
	"math"
	"testing"
)

// TestCellsTail: at the smallest expectation that is accepted, 1000 in a cell of
// probability 1/10, the exact probability of a rejection at alpha = 1e-9 is
// alpha to a factor of two. Two cells are the hardest case: both errors of
// rounding and of skewness are in one count.
func TestCellsTail(t *testing.T) {
	const n, p, alpha = 10000, 0.1, 1e-9
	test := CellsTest{Want: []float64{p, 1 - p}, Alpha: alpha}
	exact := 0.0
	for side, step := range map[int]int{1000: 1, 999: -1} {
		k := side
		for !test.Assert([]int{k, n - k}).Rejected {
			k += step
		}
		if step > 0 {
			exact += binomialAtLeast(k, n, p)
		} else {
			exact += binomialAtMost(k, n, p)
		}
	}
	t.Logf("rejected with probability %.3g", exact)
	if ratio := exact / alpha; !(math.Abs(math.Log2(ratio)) < 1) {
		t.Errorf("rejected with probability %g at alpha = %g", exact, alpha)
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
