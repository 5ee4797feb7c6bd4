package landscape

import (
	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"sgdescape/model"
)

// A Definition is what a user states of a landscape: the dimension and the
// loss, and what else is known.
//
// The functions must be safe for concurrent use and must neither change nor
// retain their arguments. A missing Grad is replaced by central differences of
// Loss (relative accuracy about 1e-10), a missing Hessian by central differences
// of Grad (1e-10) or, when that is missing too, of Loss (1e-7).
type Definition struct {
	Dim     int
	Loss    func(theta []float64) float64
	Grad    func(dst, theta []float64)               // optional
	Hessian func(dst *mat.SymDense, theta []float64) // optional
	Length  float64                                  // length over which L changes, for the differences; 0 stands for 1
}

// A Func is a landscape defined by a user's functions; see [Definition].
type Func struct {
	def Definition
}

// Steps of the central differences, in units of Definition.Length. They balance
// truncation against rounding for a first and for a second derivative.
const (
	firstDerivativeStep  = 6e-6
	secondDerivativeStep = 2e-4
)

// NewFunc returns the landscape of a definition with Dim >= 1 and a Loss.
func NewFunc(def Definition) (*Func, error) {
	if def.Length == 0 {
		def.Length = 1
	}
	err := model.CheckDomain("landscape").
		AtLeast(1, "dimension n", def.Dim).
		That(def.Loss != nil, "loss L", "nil", "a function").
		Positive("length", def.Length).Err()
	if err != nil {
		return nil, err
	}
	return &Func{def: def}, nil
}

// FromProblem returns the landscape of a gonum optimisation problem in n
// dimensions. Func is the loss; Grad and Hess are used when present, and Status
// is not.
func FromProblem(p optimize.Problem, n int) (*Func, error) {
	return NewFunc(Definition{Dim: n, Loss: p.Func, Grad: p.Grad, Hessian: p.Hess})
}

// Dim returns n.
func (f *Func) Dim() int { return f.def.Dim }

// Loss returns L(theta).
func (f *Func) Loss(theta []float64) float64 {
	checkLen("landscape", f.def.Dim, theta)
	return f.def.Loss(theta)
}

// Grad stores grad L(theta) in dst.
func (f *Func) Grad(dst, theta []float64) {
	checkLen("landscape", f.def.Dim, dst, theta)
	if f.def.Grad != nil {
		f.def.Grad(dst, theta)
		return
	}
	fd.Gradient(dst, f.def.Loss, theta, &fd.Settings{Formula: fd.Central, Step: firstDerivativeStep * f.def.Length})
}

// Hessian stores the Hessian of L at theta in dst.
func (f *Func) Hessian(dst *mat.SymDense, theta []float64) {
	n := f.def.Dim
	checkLen("landscape", n, theta)
	switch {
	case f.def.Hessian != nil:
		f.def.Hessian(dst, theta)
	case f.def.Grad != nil:
		jacobian := mat.NewDense(n, n, nil)
		fd.Jacobian(jacobian, f.def.Grad, theta, &fd.JacobianSettings{Formula: fd.Central, Step: firstDerivativeStep * f.def.Length})
		for i := range n {
			for j := i; j < n; j++ {
				dst.SetSym(i, j, (jacobian.At(i, j)+jacobian.At(j, i))/2)
			}
		}
	default:
		fd.Hessian(dst, f.def.Loss, theta, &fd.Settings{Formula: fd.Central, Step: secondDerivativeStep * f.def.Length})
	}
}
