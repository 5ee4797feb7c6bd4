package quasipotential

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// A Problem asks for the quasi-potential between two stationary points of a
// positive loss under noise sqrt(2 eps A) dW in the clock tau (Mori2022, Eqs. 14,
// 15, with A = H* and eps = eta/B).
type Problem struct {
	Landscape landscape.Landscape // L > 0 along the path
	Noise     mat.Symmetric       // A, n x n, positive definite; nil stands for the identity
	From, To  []float64           // usually minimum and saddle, of length n
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad field.
func (p Problem) Validate() error {
	d := model.CheckDomain("quasi-potential").That(p.Landscape != nil, "landscape L", p.Landscape, "a landscape")
	if err := d.Err(); err != nil {
		return err
	}
	n := p.Landscape.Dim()
	d.That(len(p.From) == n && floats.Norm(p.From, 2) < math.Inf(1), "start", p.From, fmt.Sprintf("a finite vector of length n = %d", n)).
		That(len(p.To) == n && floats.Norm(p.To, 2) < math.Inf(1), "end", p.To, fmt.Sprintf("a finite vector of length n = %d", n))
	if p.Noise != nil {
		d.That(p.Noise.SymmetricDim() == n, "size of A", p.Noise.SymmetricDim(), fmt.Sprintf("n = %d", n))
	}
	if err := d.Err(); err != nil {
		return err
	}
	d.That(floats.Distance(p.From, p.To, 2) > 0, "end", p.To, "a point other than the start").
		Positive("loss L at the start", p.Landscape.Loss(p.From)).
		Positive("loss L at the end", p.Landscape.Loss(p.To))
	if p.Noise != nil {
		var chol mat.Cholesky
		d.That(finite(p.Noise) && chol.Factorize(p.Noise), "noise matrix A", mat.Formatted(p.Noise, mat.Squeeze()), "a positive definite matrix")
	}
	return d.Err()
}

func finite(a mat.Symmetric) bool {
	n := a.SymmetricDim()
	for i := range n {
		for j := range n {
			if x := a.At(i, j); math.IsNaN(x) || math.IsInf(x, 0) {
				return false
			}
		}
	}
	return true
}

// whitened is the drift in coordinates y with theta = C y, A = C C^T, where the
// noise is isotropic:
//
//	b(y) = -C^-1 grad log L(C y),   db/dy = -C^-1 (H/L - g g^T/L²) C
type whitened struct {
	l           landscape.Landscape
	n           int
	c, inverse  *mat.Dense
	theta, grad []float64
	hessian     *mat.SymDense
	jac         *mat.Dense
	drift, row  []float64
}

func newWhitened(p Problem) *whitened {
	n := p.Landscape.Dim()
	w := &whitened{l: p.Landscape, n: n, c: mat.NewDense(n, n, nil), inverse: mat.NewDense(n, n, nil),
		theta: make([]float64, n), grad: make([]float64, n), hessian: mat.NewSymDense(n, nil),
		jac: mat.NewDense(n, n, nil), drift: make([]float64, n), row: make([]float64, n*n)}
	if p.Noise == nil {
		for i := range n {
			w.c.Set(i, i, 1)
			w.inverse.Set(i, i, 1)
		}
		return w
	}
	var chol mat.Cholesky
	chol.Factorize(p.Noise) // Validate has checked that it exists
	var lower, inverse mat.TriDense
	chol.LTo(&lower)
	w.c.Copy(&lower)
	// Diagonal entries of a Cholesky factor are positive, so the inverse exists;
	// the error only warns of a large condition number.
	_ = inverse.InverseTri(&lower)
	w.inverse.Copy(&inverse)
	return w
}

// multiply stores a x in dst.
func multiply(dst []float64, a *mat.Dense, x []float64) {
	for i := range dst {
		dst[i] = floats.Dot(a.RawRowView(i), x)
	}
}

// at evaluates the drift at y, and the Jacobian if asked.
func (w *whitened) at(y []float64, jacobian bool) {
	multiply(w.theta, w.c, y)
	loss := w.l.Loss(w.theta)
	w.l.Grad(w.grad, w.theta)
	floats.Scale(-1/loss, w.grad)
	multiply(w.drift, w.inverse, w.grad)
	if !jacobian {
		return
	}
	w.l.Hessian(w.hessian, w.theta)
	// C and its inverse are lower triangular, or the identity.
	n := w.n
	for i := range n {
		for j := range n {
			s := 0.0
			for k := j; k < n; k++ { // ((H/L - g g^T/L²) C)_ij
				s += (w.hessian.At(i, k)/loss - w.grad[i]*w.grad[k]) * w.c.At(k, j)
			}
			w.row[i*n+j] = s
		}
	}
	for i := range n {
		for j := range n {
			s := 0.0
			for k := range i + 1 {
				s -= w.inverse.At(i, k) * w.row[k*n+j]
			}
			w.jac.Set(i, j, s)
		}
	}
}
