package landscape

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// An IsotropicValley is the quadratic valley
//
//	L(theta) = L* + h |theta|²/2
//
// in n dimensions, the landscape of the exact radial integral.
type IsotropicValley struct {
	n           int
	curvature   float64
	minimumLoss float64
}

// NewIsotropicValley returns the valley with n >= 1 dimensions, curvature
// h > 0 and loss L* > 0 at its minimum, the origin.
func NewIsotropicValley(n int, curvature, floor float64) (*IsotropicValley, error) {
	err := model.CheckDomain("isotropic valley").
		AtLeast(1, "dimension n", n).
		Positive("curvature h", curvature).
		Positive("floor L*", floor).Err()
	if err != nil {
		return nil, err
	}
	return &IsotropicValley{n: n, curvature: curvature, minimumLoss: floor}, nil
}

// Curvature returns h.
func (v *IsotropicValley) Curvature() float64 { return v.curvature }

// Floor returns L*, the loss at the minimum.
func (v *IsotropicValley) Floor() float64 { return v.minimumLoss }

// Dim returns n.
func (v *IsotropicValley) Dim() int { return v.n }

// Minimum returns the origin.
func (v *IsotropicValley) Minimum() []float64 { return make([]float64, v.n) }

// Loss returns L(theta).
func (v *IsotropicValley) Loss(theta []float64) float64 {
	checkLen("isotropic valley", v.n, theta)
	r2 := 0.0
	for _, x := range theta {
		r2 += float64(x * x)
	}
	return v.minimumLoss + float64(v.curvature*r2/2)
}

// Grad stores h theta in dst.
func (v *IsotropicValley) Grad(dst, theta []float64) {
	checkLen("isotropic valley", v.n, dst, theta)
	for i, x := range theta {
		dst[i] = v.curvature * x
	}
}

// Hessian stores h times the identity in dst.
func (v *IsotropicValley) Hessian(dst *mat.SymDense, theta []float64) {
	checkLen("isotropic valley", v.n, theta)
	dst.Zero()
	for i := range v.n {
		dst.SetSym(i, i, v.curvature)
	}
}

// A QuadraticValley is the anisotropic valley
//
//	L(theta) = L* + (theta - theta*)^T H (theta - theta*)/2
//
// with a constant positive definite Hessian H.
type QuadraticValley struct {
	hessian     *mat.SymDense
	rows        []float64 // H, n x n, row-major
	minimum     []float64
	minimumLoss float64
}

// NewQuadraticValley returns the valley with the given Hessian (n x n,
// positive definite), minimum theta* (length n; nil stands for the origin) and
// loss L* > 0 at the minimum. The arguments are copied.
func NewQuadraticValley(hessian mat.Symmetric, minimum []float64, floor float64) (*QuadraticValley, error) {
	if hessian == nil || hessian.SymmetricDim() < 1 {
		return nil, model.CheckDomain("quadratic valley").
			That(false, "Hessian H", "empty", "a symmetric n x n matrix, n >= 1").Err()
	}
	n := hessian.SymmetricDim()
	if minimum == nil {
		minimum = make([]float64, n)
	}
	d := model.CheckDomain("quadratic valley").
		That(len(minimum) == n, "length of the minimum theta*", len(minimum), fmt.Sprintf("n = %d", n)).
		Positive("floor L*", floor)
	h := mat.NewSymDense(n, nil)
	finite := true
	for i := range n {
		for j := i; j < n; j++ {
			x := hessian.At(i, j)
			finite = finite && !math.IsNaN(x) && !math.IsInf(x, 0)
			h.SetSym(i, j, x)
		}
	}
	d.That(finite, "Hessian H", "not finite", "finite numbers")
	if finite {
		var chol mat.Cholesky
		d.That(chol.Factorize(h), "Hessian H", "not positive definite", "a positive definite matrix")
	}
	for i, x := range minimum {
		d.Finite(fmt.Sprintf("minimum theta*[%d]", i), x)
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	rows := make([]float64, 0, n*n)
	for i := range n {
		for j := range n {
			rows = append(rows, h.At(i, j))
		}
	}
	return &QuadraticValley{hessian: h, rows: rows, minimum: append([]float64(nil), minimum...), minimumLoss: floor}, nil
}

// Floor returns L*, the loss at the minimum.
func (v *QuadraticValley) Floor() float64 { return v.minimumLoss }

// Dim returns n.
func (v *QuadraticValley) Dim() int { return len(v.minimum) }

// Minimum returns a copy of theta*.
func (v *QuadraticValley) Minimum() []float64 { return append([]float64(nil), v.minimum...) }

// Loss returns L(theta).
func (v *QuadraticValley) Loss(theta []float64) float64 {
	checkLen("quadratic valley", v.Dim(), theta)
	sum := 0.0
	for i := range theta {
		sum += float64((theta[i] - v.minimum[i]) * v.slope(i, theta))
	}
	return v.minimumLoss + float64(sum/2)
}

// Grad stores H (theta - theta*) in dst.
func (v *QuadraticValley) Grad(dst, theta []float64) {
	checkLen("quadratic valley", v.Dim(), dst, theta)
	for i := range theta {
		dst[i] = v.slope(i, theta)
	}
}

// slope returns the i-th component of H (theta - theta*).
func (v *QuadraticValley) slope(i int, theta []float64) float64 {
	sum := 0.0
	for j, h := range v.rows[i*len(theta) : (i+1)*len(theta)] {
		sum += float64(h * (theta[j] - v.minimum[j]))
	}
	return sum
}

// Hessian stores H in dst.
func (v *QuadraticValley) Hessian(dst *mat.SymDense, theta []float64) {
	checkLen("quadratic valley", v.Dim(), theta)
	dst.CopySym(v.hessian)
}
