package stattest

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"sgdescape/verify/tol"
)

// TestCovarianceDividesAlpha: with the unit matrix as hypothesis nothing is
// whitened, and the statistic is the worst of three means at a third of alpha.
func TestCovarianceDividesAlpha(t *testing.T) {
	const n, alpha = 400, 0.03
	rng := rand.New(rand.NewPCG(14, 0))
	x, y := fill(n, rng.NormFloat64), fill(n, rng.NormFloat64)
	rows := mat.NewDense(n, 2, nil)
	products := [3][]float64{make([]float64, n), make([]float64, n), make([]float64, n)}
	mx, my := stat.Mean(x, nil), stat.Mean(y, nil)
	for i := range n {
		rows.SetRow(i, []float64{x[i], y[i]})
		dx, dy := x[i]-mx, y[i]-my
		for k, p := range []float64{dx * dx, dx * dy, dy * dy} {
			products[k][i] = p * n / (n - 1)
		}
	}
	want := 0.0
	for k, mean := range []float64{1, 0, 1} {
		want = math.Max(want, MeanTest{Want: mean, Alpha: alpha / 3}.Assert(products[k]).Margin())
	}
	got := CovarianceTest{Want: mat.NewSymDense(2, []float64{1, 0, 0, 1}), Alpha: alpha}.Assert(rows)
	if err := tol.Close(got.Statistic, want, 1e-9); err != nil {
		t.Error(err)
	}
}

// TestReject_WrongCovariance: 3000 vectors, an error of 30 % of one variance,
// a correlation of the wrong sign, and a matrix of the wrong size.
func TestReject_WrongCovariance(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 0))
	rows := mat.NewDense(3000, 2, nil)
	for i := range 3000 {
		u, v := rng.NormFloat64(), rng.NormFloat64()
		rows.SetRow(i, []float64{u, 0.5*u + math.Sqrt(0.75)*v})
	}
	for name, c := range map[string]struct {
		want     []float64
		rejected bool
	}{
		"right":           {[]float64{1, 0.5, 0.5, 1}, false},
		"variance":        {[]float64{1.3, 0.5, 0.5, 1}, true},
		"sign":            {[]float64{1, -0.5, -0.5, 1}, true},
		"no correlation":  {[]float64{1, 0, 0, 1}, true},
		"standard errors": {[]float64{1, 0.25, 0.25, 1}, true},
	} {
		if f := (CovarianceTest{Want: mat.NewSymDense(2, c.want), Alpha: 1e-6}).Assert(rows); f.Rejected != c.rejected {
			t.Errorf("%s: %+v", name, f)
		}
	}
	for name, want := range map[string]*mat.SymDense{
		"size": mat.NewSymDense(1, []float64{1}), "not positive": mat.NewSymDense(2, []float64{1, 2, 2, 1}),
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			CovarianceTest{Want: want, Alpha: 0.01}.Assert(rows)
		}()
	}
}

// TestCovarianceOfTwoPoints: signs have the square 1, which says nothing of the
// noise of their variance. Summed over all numbers of plus signs, with their
// binomial probabilities, the hypothesis is rejected with probability at most
// alpha.
func TestCovarianceOfTwoPoints(t *testing.T) {
	for _, n := range []int{2, 3, 10, 100, 1000} {
		for _, alpha := range []float64{0.3, 1e-3, 1e-9} {
			test := CovarianceTest{Want: mat.NewSymDense(1, []float64{1}), Alpha: alpha}
			rejected, total := 0.0, 0.0
			rows := mat.NewDense(n, 1, nil)
			for plus := range n + 1 {
				for r := range n {
					rows.Set(r, 0, -1)
					if r < plus {
						rows.Set(r, 0, 1)
					}
				}
				p := distuv.Binomial{N: float64(n), P: 0.5}.Prob(float64(plus))
				total += p
				if test.Assert(rows).Rejected {
					rejected += p
				}
			}
			if err := tol.Close(total, 1, 1e-9); err != nil {
				t.Fatal(err)
			}
			if rejected > alpha {
				t.Errorf("n %d: rejected with probability %v at alpha %v", n, rejected, alpha)
			}
		}
	}
}

// TestCovarianceOfFew: two vectors differ in one direction only, so the products
// of their deviations do not scatter, which is no reason to reject; one vector says
// nothing at all, which is.
func TestCovarianceOfFew(t *testing.T) {
	test := CovarianceTest{Want: mat.NewSymDense(2, []float64{1, 0, 0, 1}), Alpha: 1e-3}
	for name, c := range map[string]struct {
		rows     []float64
		rejected bool
	}{
		"two vectors": {[]float64{0.5, 0.1, -0.6, 0.7}, false},
		"one vector":  {[]float64{0.5, 0.1}, true},
		"NaN":         {[]float64{0.5, math.NaN()}, true},
	} {
		if f := test.Assert(mat.NewDense(len(c.rows)/2, 2, c.rows)); f.Rejected != c.rejected || !math.IsInf(f.Detectable, 1) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
