package stattest

import (
	"math"
	"testing"

	"sgdescape/verify/tol"
)

func TestDistances(t *testing.T) {
	one := DistributionTest{CDF: uniformCDF, Alpha: 0.05}
	for _, c := range []struct {
		name string
		got  float64
		want float64
	}{
		{"one number", one.Assert([]float64{0.3}).Statistic, 0.7},
		{"two numbers", one.Assert([]float64{0.9, 0.1}).Statistic, 0.4},
		{"tied numbers", one.Assert([]float64{0.5, 0.5}).Statistic, 0.5},
		{"law with an atom", DistributionTest{CDF: func(x float64) float64 {
			if x < 1 {
				return 0
			}
			return 1
		}, Alpha: 0.05}.Assert([]float64{1, 1, 1}).Statistic, 0},
		{"two samples", TwoSampleTest{Alpha: 0.05}.Assert([]float64{1, 2, 3, 4}, []float64{2.5, 5}).Statistic, 0.5},
		{"two samples with ties", TwoSampleTest{Alpha: 0.05}.Assert([]float64{1, 2, 2}, []float64{2, 2, 1}).Statistic, 0},
		{"apart", TwoSampleTest{Alpha: 0.05}.Assert([]float64{1, 2}, []float64{3, 4, 5}).Statistic, 1},
	} {
		if err := tol.CloseAbs(c.got, c.want, 1e-15); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// exceed returns P(D > d) for two samples of n and m numbers of one continuous
// law: the fraction of lattice paths from (0,0) to (n,m) that leave the band
// |i/n - j/m| <= d.
func exceed(n, m int, d float64) float64 {
	inside := make([]float64, m+1) // fraction of paths to (i, j) that stay inside, times the weight below
	for i := 0; i <= n; i++ {
		for j := 0; j <= m; j++ {
			switch {
			case math.Abs(float64(i)/float64(n)-float64(j)/float64(m)) > d+1e-12:
				inside[j] = 0
			case i == 0 && j == 0:
				inside[j] = 1
			default:
				// a uniformly chosen path to (i, j) comes from (i-1, j) with
				// probability i/(i+j)
				p := float64(i) / float64(i+j)
				v := p * inside[j]
				if i == 0 {
					v = 0
				}
				if j > 0 {
					v += (1 - p) * inside[j-1]
				}
				inside[j] = v
			}
		}
	}
	return 1 - inside[m]
}

// TestTwoSampleCritical: by counting, two samples of one law exceed the critical
// distance with probability at most alpha, for all sizes up to 40 and a few
// larger ones.
func TestTwoSampleCritical(t *testing.T) {
	if err := tol.Close(exceed(2, 2, 0.5), 2./6, 1e-14); err != nil { // xxyy and yyxx of six orders
		t.Fatal(err)
	}
	sharpest := 0.0
	for _, alpha := range []float64{0.3, 0.05, 1e-3, 1e-5} {
		test := TwoSampleTest{Alpha: alpha}
		check := func(n, m int) {
			if p := exceed(n, m, test.Critical(n, m)); p > alpha {
				t.Errorf("n %d, m %d: probability %v above alpha %v", n, m, p, alpha)
			} else if n == m {
				sharpest = math.Max(sharpest, p/alpha)
			}
		}
		for n := 1; n <= 40; n++ {
			for m := 1; m <= 40; m++ {
				check(n, m)
			}
		}
		check(457, 457)
		check(458, 458)
		check(1000, 1000)
		check(300, 900)
	}
	if sharpest < 0.8 {
		t.Errorf("for equal sizes the bound is never closer than a factor %v: it should be nearly exact", sharpest)
	}
}

// TestReject_OneSampleCriticalForTwo: the critical value of a single sample is
// too small for the difference of two.
func TestReject_OneSampleCriticalForTwo(t *testing.T) {
	if p := exceed(500, 500, massart(0.05, 500)); p < 0.05 {
		t.Errorf("probability %v", p)
	}
}
