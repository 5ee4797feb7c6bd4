package noise

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// repeatTolerance is how far two values of Sigma at one point may be apart,
// relative to its largest entry: sums in another order differ by rounding.
const repeatTolerance = 1e-6

// checkArguments stores Sigma(theta) in sigma, which is zero before, and refuses
// a Covariance that makes something else of a dst that is not zero, or changes
// theta. What is not finite is left to the caller.
func checkArguments(m Model, sigma *mat.SymDense, what string, theta []float64) error {
	d := model.CheckDomain("noise")
	covariance := func(dst *mat.SymDense, at []float64) {
		given := slices.Clone(at)
		m.Covariance(dst, given)
		if d.Err() == nil && !slices.Equal(given, at) {
			d.That(false, fmt.Sprintf("theta after Covariance at the %s %v", what, theta),
				fmt.Sprintf("%v instead of %v", given, at), "it as before: Covariance must not change theta")
		}
	}
	covariance(sigma, theta)
	covariance(mat.NewSymDense(m.Dim(), nil), besides(theta))
	size := largest(sigma)
	if d.Err() != nil || math.IsNaN(size) || math.IsInf(size, 0) {
		return d.Err()
	}
	held := size
	if held == 0 {
		held = 1
	}
	again := filled(m.Dim(), held)
	covariance(again, theta)
	for i := range m.Dim() {
		for j := i; j < m.Dim(); j++ {
			first, second := sigma.At(i, j), again.At(i, j)
			if d.Err() == nil && !(math.Abs(second-first) <= repeatTolerance*size) {
				d.That(false, fmt.Sprintf("noise Sigma[%d][%d] at the %s %v", i, j, what, theta),
					fmt.Sprintf("%.6g in a dst that held 0 and %.6g in one that held %.6g", first, second, held), "the same: Covariance must set dst")
			}
		}
	}
	return d.Err()
}

// besides returns the next numbers above theta: a Covariance that stores the very
// point of the check in theta is seen there.
func besides(theta []float64) []float64 {
	next := make([]float64, len(theta))
	for i, x := range theta {
		next[i] = math.Nextafter(x, math.Inf(1))
	}
	return next
}

// filled returns an n x n matrix of the number x.
func filled(n int, x float64) *mat.SymDense {
	all := make([]float64, n*n)
	for i := range all {
		all[i] = x
	}
	return mat.NewSymDense(n, all)
}

// largest returns the largest magnitude of an entry, NaN if one is NaN.
func largest(m *mat.SymDense) float64 {
	size := 0.0
	for i := range m.SymmetricDim() {
		for j := i; j < m.SymmetricDim(); j++ {
			size = math.Max(size, math.Abs(m.At(i, j)))
		}
	}
	return size
}
