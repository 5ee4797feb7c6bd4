package rate

import (
	"math"
	"strings"
	"testing"

	"sgdescape/theory/firstpassage"
)

// thresholdAt returns the law with the slope q = b + 1 - n/2.
func thresholdAt(n int, q, c float64) Threshold {
	return Threshold{OutlierCount: n, OutlierCurvature: 1, LossRatio: c, Temperature: 1 / (q - 1 + float64(n)/2)}
}

// exactTime returns the logarithm of the mean time by the radial integral.
func exactTime(t *testing.T, l Threshold) float64 {
	t.Helper()
	x, err := firstpassage.Radial{Dim: l.OutlierCount, BatchOverEtaH: 1 / l.Temperature, Ratio: l.LossRatio, Curvature: 1}.LogMeanTime()
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestThreshold_ExactOverLaw(t *testing.T) {
	compared := 0
	for _, n := range []int{1, 2, 5, 20, 100, 1000} {
		for _, q := range []float64{0.01, 0.3, 0.5, 0.7, 0.99, 1, 1.1, 1.5, 2, 2.3, 3, 10, 10.5, 100.3, 300} {
			if q-1+float64(n)/2 <= 0 {
				continue // b <= 0
			}
			for _, c := range []float64{1.1, 1.3, 2, 10, 100, 1100, 1e6} {
				l := thresholdAt(n, q, c)
				got := l.exactOverLaw()
				if math.IsNaN(got) != (float64(n) > 10*c) {
					t.Errorf("n = %d, q = %v, c = %v: ratio %v", n, q, c, got)
				}
				if math.IsNaN(got) {
					continue
				}
				// The integral is good to 1e-11. The sum of (p)_j/j! c^-j is
				// (1-1/c)^(-n/2) <= 1024 here, q/(q-j) is below 1000, and 1e-15 of
				// the product is rounding. A whole q is passed at 1e-5, and log T
				// changes by less than 10 for one of q.
				tol := 1e-9
				if q == math.Round(q) {
					tol = 1e-4
				}
				want := math.Exp(exactTime(t, l) - l.LogMeanTime())
				if math.Abs(got-want) > tol*(1+want) {
					t.Errorf("n = %d, q = %v, c = %v: exact time %v of the law, want %v", n, q, c, got, want)
				}
				compared++
			}
		}
	}
	if compared < 400 {
		t.Errorf("%d ratios compared", compared)
	}
}

func TestThreshold_FiniteRatio(t *testing.T) {
	for _, tc := range []struct {
		n      int
		q, c   float64
		detail string // "" for none
	}{
		{100, 0.5, 1100, "too large, 1.72 times"},
		{20, 0.5, 500, "too large, 1.5 times"},
		{10, 0.5, 500, "too large, 1.37 times"},
		{5, 0.7, 100, "too large, 1.19 times"},
		{100, 2, 1100, "too small, 0.917 of"},
		{1, 0.7, 2, "too large, 3.15 times"},
		{1, 100, 2, "too small, 0.703 of"},
		{1000, 3, 10, "far from its limit"},
		{20, 1, 100, ""}, // 1 - 1/c of the law, for every n
		{1, 2, 2, ""},    // exactly the law
		{100, 2, 1e4, ""},
		{100, 0.5, 1e6, ""},
	} {
		l := thresholdAt(tc.n, tc.q, tc.c)
		got := ""
		for _, c := range l.Conditions() {
			if c.Name == FiniteRatio {
				got = c.Detail
			}
		}
		if !strings.Contains(got, tc.detail) || (got == "") != (tc.detail == "") {
			t.Errorf("n = %d, q = %v, c = %v: condition %q, want %q", tc.n, tc.q, tc.c, got, tc.detail)
		}
		// What is said is true: the law over the exact time.
		off := math.Exp(l.LogMeanTime()-exactTime(t, l)) - 1
		switch {
		case tc.detail == "" && math.Abs(off) > 0.06,
			strings.Contains(tc.detail, "too large") && !(off > 0.05),
			strings.Contains(tc.detail, "too small") && !(off < -0.04):
			t.Errorf("n = %d, q = %v, c = %v: the law is off by %v, the condition says %q", tc.n, tc.q, tc.c, off, got)
		}
	}
	// Next to c = 1 and beyond n_c there is no limit to be near to.
	for _, l := range []Threshold{thresholdAt(1, 2, 1.01), {OutlierCount: 5, OutlierCurvature: 1, LossRatio: 60, Temperature: 1}} {
		if _, set := l.finiteRatio(); !set {
			t.Errorf("%+v: no condition", l)
		}
	}
}
