package sde

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// hasNaN factors sigma and tells whether a run would diverge with it.
func hasNaN(sigma *mat.SymDense) bool {
	n := sigma.SymmetricDim()
	root := make([]float64, n*n)
	cholesky(root, sigma)
	for _, x := range root {
		if math.IsNaN(x) {
			return true
		}
	}
	return false
}

// TestReject_NoCovariance: a matrix with an eigenvalue below zero by more than
// rounding ends the run, and does not pass for less noise.
func TestReject_NoCovariance(t *testing.T) {
	for name, c := range map[string]struct {
		n       int
		sigma   []float64
		refused bool
	}{
		"negative":                      {1, []float64{-1}, true},
		"negative and small":            {1, []float64{-1e-30}, true},
		"zero":                          {1, []float64{0}, false},
		"NaN":                           {1, []float64{math.NaN()}, true},
		"infinite":                      {1, []float64{math.Inf(1)}, true},
		"negative second eigenvalue":    {2, []float64{1, 2, 2, 1}, true},
		"negative beside a zero":        {2, []float64{0, 1, 1, 1}, true},
		"NaN beside a zero":             {2, []float64{0, math.NaN(), math.NaN(), 1}, true},
		"infinite beside a zero":        {2, []float64{0, math.Inf(1), math.Inf(1), 1}, true},
		"negative second entry":         {2, []float64{1, 0, 0, -0.1}, true},
		"singular":                      {2, []float64{1, 2, 2, 4}, false},
		"singular, below by rounding":   {2, []float64{1, 2, 2, 4 - 1e-14}, false},
		"no noise in the first place":   {2, []float64{0, 0, 0, 1}, false},
		"no noise, beside it rounding":  {2, []float64{0, 1e-20, 1e-20, 1}, false},
		"very different in size, sound": {2, []float64{1e-20, 0.9e-10, 0.9e-10, 1}, false},
	} {
		if got := hasNaN(mat.NewSymDense(c.n, c.sigma)); got != c.refused {
			t.Errorf("%s: refused %t, want %t", name, got, c.refused)
		}
	}
}

// TestProp_CovariancesOfAnyRankPass: rounding in a sum of outer products, of any
// rank and scale, is never taken for a negative eigenvalue.
func TestProp_CovariancesOfAnyRankPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "n")
		rank := rapid.IntRange(0, n+2).Draw(t, "rank")
		scales := rapid.SliceOfN(rapid.Float64Range(-8, 8), n, n).Draw(t, "decades")
		sigma := mat.NewSymDense(n, nil)
		for range rank {
			v := make([]float64, n)
			for i := range v {
				v[i] = rapid.Float64Range(-1, 1).Draw(t, "direction") * math.Pow(10, scales[i])
			}
			sigma.SymRankOne(sigma, 1, mat.NewVecDense(n, v))
		}
		if hasNaN(sigma) {
			t.Fatalf("refused:\n%v", mat.Formatted(sigma))
		}
	})
}
