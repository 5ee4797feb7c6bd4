package tol

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWithin(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	cases := []struct {
		name      string
		err       error
		wantClose bool
	}{
		{"inside", Close(1.0009, 1, 1e-3), true},
		{"outside", Close(1.0011, 1, 1e-3), false},
		{"negative reference", Close(-1.0009, -1, 1e-3), true},
		{"reference counts, not the result", Close(2, 1, 0.6), false},
		{"zero reference", Close(1e-300, 0, 1), false},
		{"zero reference, absolute", CloseAbs(1e-9, 0, 1e-8), true},
		{"both allowed", Within(5, 4, 0, 1), true},
		{"exact", Close(3, 3, 0), true},
		{"infinities", Close(inf, inf, 0), true},
		{"infinities of two signs", Close(inf, -inf, inf), false},
		{"infinite result", Close(inf, 1, inf), false},
		{"NaN twice", Close(nan, nan, 0), true},
		{"NaN once", Close(nan, 1, inf), false},
		{"logarithm", CloseLog(2, 1, math.Log(2)+1e-12), true},
		{"logarithm, factor too large", CloseLog(2.1, 1, math.Log(2)), false},
		{"logarithm of a negative", CloseLog(-1, 1, 100), false},
		{"logarithm of two negatives", CloseLog(-1, -2, 100), false},
		{"logarithm of zero", CloseLog(0, 1, math.MaxFloat64), false},
		{"one step", CloseULP(math.Nextafter(1, 2), 1, 1), true},
		{"two steps", CloseULP(1+2*0x1p-52, 1, 1), false},
		{"steps across zero", CloseULP(5e-324, -5e-324, 2), true},
		{"NaN steps", CloseULP(nan, 1, 1<<62), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if (c.err == nil) != c.wantClose {
				t.Errorf("error %v, want close %v", c.err, c.wantClose)
			}
		})
	}
	if got := Close(1.5, 1, 0.1).Error(); !strings.Contains(got, "got 1.5, want 1: off by 0.5, relative 0.5, allowed relative 0.1") {
		t.Error(got)
	}
}

func TestRelativeError(t *testing.T) {
	if d := cmp.Diff([]float64{0, -0.5, math.Inf(1)},
		[]float64{RelativeError(0, 0), RelativeError(-3, -2), RelativeError(1, 0)}); d != "" {
		t.Error(d)
	}
}

func TestProp_ULPsCountsSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64().Draw(t, "x")
		steps := rapid.IntRange(0, 50).Draw(t, "steps")
		y := x
		for range steps {
			y = math.Nextafter(y, math.Inf(1))
		}
		if math.IsInf(y, 1) {
			return
		}
		if got := ULPs(x, y); got != uint64(steps) || ULPs(y, x) != got {
			t.Fatalf("%v to %v: %d, want %d", x, y, got, steps)
		}
	})
}

func TestCmpOptions(t *testing.T) {
	if d := cmp.Diff([]float64{1, 2}, []float64{1.0001, 2}, Relative(1e-3)); d != "" {
		t.Error(d)
	}
	if cmp.Equal(1.0, 1.1, Approx(1e-3, 0.05)) {
		t.Error("1 and 1.1 taken for close")
	}
}

func TestReject_BadTolerance(t *testing.T) {
	for _, bad := range []float64{-1, math.NaN()} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("tolerance %v accepted", bad)
				}
			}()
			_ = Close(1, 1, bad)
		}()
	}
}
