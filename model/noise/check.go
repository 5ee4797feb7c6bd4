package noise

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// semidefiniteTolerance is the size of a negative eigenvalue, relative to the
// largest eigenvalue in magnitude, that is taken for rounding.
const semidefiniteTolerance = 1e-12

// copyHessian returns a copy of h and refuses it when it is not n x n, finite
// and positive semidefinite. A nil h is refused; n = 0 stands for a size that is
// not known.
func copyHessian(c *model.Domain, n int, h mat.Symmetric) *mat.SymDense {
	if h == nil {
		c.That(false, "Hessian H", "nil", "a symmetric matrix")
		return nil
	}
	size := h.SymmetricDim()
	if want := max(1, n); size != want && (n > 0 || size < 1) {
		c.That(false, "size of the Hessian H", size, fmt.Sprintf("n = %d", want))
		return nil
	}
	out := mat.NewSymDense(size, nil)
	for i := range size {
		for j := i; j < size; j++ {
			x := h.At(i, j)
			if math.IsNaN(x) || math.IsInf(x, 0) {
				c.Finite(fmt.Sprintf("Hessian H[%d][%d]", i, j), x)
				return nil
			}
			out.SetSym(i, j, x)
		}
	}
	var eig mat.EigenSym
	if !eig.Factorize(out, false) {
		c.That(false, "Hessian H", "without a spectrum", "a matrix whose eigenvalues can be computed")
		return nil
	}
	values := eig.Values(nil)
	low, high := values[0], values[size-1]
	c.That(low >= -semidefiniteTolerance*math.Max(high, -low), "smallest eigenvalue of the Hessian H", low, "a number >= 0")
	return out
}

// Check returns an error wrapping [model.ErrDomain] unless Sigma(theta) is finite
// and positive semidefinite, to 1e-12 of its largest eigenvalue in magnitude, and
// Covariance sets dst, whatever dst held, and leaves theta as it is. The error
// names the point, as what, and the entry or eigenvalue.
func Check(m Model, what string, theta []float64) error {
	d := model.CheckDomain("noise")
	n := m.Dim()
	sigma := mat.NewSymDense(n, nil)
	if err := d.Include(checkArguments(m, sigma, what, theta)).Err(); err != nil {
		return err
	}
	for i := range n {
		for j := i; j < n; j++ {
			d.Finite(fmt.Sprintf("noise Sigma[%d][%d] at the %s %v", i, j, what, theta), sigma.At(i, j))
			if d.Err() != nil {
				return d.Err()
			}
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(sigma, false) {
		return d.That(false, fmt.Sprintf("noise Sigma at the %s %v", what, theta), "without a spectrum", "a matrix whose eigenvalues can be computed").Err()
	}
	values := eigen.Values(nil)
	low, high := values[0], values[n-1]
	return d.That(low >= -semidefiniteTolerance*math.Max(high, -low),
		fmt.Sprintf("smallest eigenvalue of the noise Sigma at the %s %v", what, theta), low, "a number >= 0: a covariance is positive semidefinite").Err()
}

func checkLen(what string, n int, theta []float64) {
	if len(theta) != n {
		panic(fmt.Sprintf("noise: %s has %d dimensions, got a slice of length %d", what, n, len(theta)))
	}
}

// setScalar stores s times the n x n identity in dst.
func setScalar(dst *mat.SymDense, n int, s float64) {
	dst.Zero()
	for i := range n {
		dst.SetSym(i, i, s)
	}
}
