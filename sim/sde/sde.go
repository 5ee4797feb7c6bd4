// Package sde simulates the diffusion limits of SGD in the time t or in the
// internal time tau.
//
//	d theta = -grad L dt + sqrt(eta Sigma(theta)) dW        (Mori2022, Eq. 4)
//	d theta = -grad L dt + sqrt(2 eta L H*/B) dW            (Mori2022, Eq. 13)
//	d theta = -grad(log L) d tau + sqrt(2 eta H*/B) dW_tau  (Mori2022, Eq. 15)
//	d theta = -grad L dt + sqrt(2D) dW                      (Mori2022, Eq. 5)
//
// All are Itô equations; the landscape and the noise model decide which one is
// simulated. Loops for the landscapes and noises of the catalogue are chosen
// by themselves, and give the results of the general path to rounding.
package sde

import (
	"fmt"
	"math"
	"reflect"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
)

// Form says in which clock an equation is stepped.
type Form int

const (
	// Time steps in t.
	Time Form = iota
	// LogTime steps in tau, d tau = L dt (Mori2022, Eqs. 14, 15): the drift is
	// that of the potential U = log L and the noise is additive. The time t is
	// accumulated along the path as the integral of 1/L by the trapezoidal
	// rule. The noise must be proportional to the loss.
	LogTime
)

// String returns "t" or "tau".
func (f Form) String() string {
	switch f {
	case Time:
		return "t"
	case LogTime:
		return "tau"
	}
	return fmt.Sprintf("Form(%d)", int(f))
}

// A Config describes a process.
//
// [New] takes the landscape at its word: it does not check that Grad is the
// gradient of Loss, nor that a [Block] agrees with either, and a wrong one is
// simulated without complaint. landscape.WithMinimum and WithPassage check Loss,
// Grad and Hessian against each other, and [Process.CheckBlock] a block against
// Loss and Grad.
type Config struct {
	Landscape    landscape.Landscape
	Noise        noise.Model
	LearningRate float64 // eta > 0
	Dt           float64 // step length, in t or, with LogTime, in tau; > 0
	Form         Form
	Scheme       Scheme
}

// A Process is a diffusion with its step length. It is immutable and safe for
// concurrent use. It implements [lane.Process].
type Process struct {
	landscape landscape.Landscape
	noise     noise.Model
	eta, dt   float64
	form      Form
	scheme    Scheme
	n         int

	// Separable noise has eta Sigma = scale R R^T or scale L R R^T with a
	// constant lower triangular R; otherwise root is nil.
	root  []float64 // n x n, row-major
	scale float64
	lossy bool
}

// New returns the process, or an error wrapping [model.ErrDomain].
func New(c Config) (*Process, error) {
	d := model.CheckDomain("stochastic differential equation").
		That(!isNil(c.Landscape), "landscape L", c.Landscape, "a landscape").
		That(!isNil(c.Noise), "noise Sigma", c.Noise, "a noise model").
		Positive("learning rate eta", c.LearningRate).
		Positive("step length dt", c.Dt).
		That(c.Form == Time || c.Form == LogTime, "form", c.Form, "t or tau").
		That(c.Scheme >= EulerMaruyama && c.Scheme <= WeakRungeKutta, "scheme", c.Scheme, "euler-maruyama, milstein or weak-runge-kutta")
	if err := d.Err(); err != nil {
		return nil, err
	}
	n := c.Landscape.Dim()
	d.MatrixDim("dimension n", n).
		That(c.Noise.Dim() == n, "dimension of the noise", c.Noise.Dim(), fmt.Sprintf("n = %d of the landscape", n))
	p := &Process{landscape: c.Landscape, noise: c.Noise, eta: c.LearningRate, dt: c.Dt, form: c.Form, scheme: c.Scheme, n: n}
	if d.Err() == nil {
		p.separate(d)
	}
	if c.Form == LogTime {
		d.That(p.root != nil && p.lossy, "noise Sigma", describe(c.Noise),
			fmt.Sprintf("noise proportional to the loss of the landscape itself, %T, when stepping in tau", c.Landscape))
	}
	if c.Scheme == Milstein {
		d.That(n == 1 || p.additive(), "scheme", c.Scheme, "euler-maruyama or weak-runge-kutta for multiplicative noise in more than one dimension")
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// separate recognises noise whose covariance is a constant matrix, or the loss
// times a constant matrix.
func (p *Process) separate(d *model.Domain) {
	sameRate := func(eta float64) {
		d.That(eta == p.eta, "learning rate eta of the noise", eta, fmt.Sprintf("eta = %v of the process", p.eta))
	}
	var h mat.Symmetric
	switch m := p.noise.(type) {
	case *noise.LossProportional: // 2 eta L H*/B
		if !same(m.Landscape(), p.landscape) {
			return
		}
		h, p.scale, p.lossy = m.Hessian(), 2*p.eta/float64(m.BatchSize()), true
	case *noise.LossIsotropic: // 2 T L
		sameRate(m.LearningRate())
		if !same(m.Landscape(), p.landscape) {
			return
		}
		p.scale, p.lossy = 2*m.Temperature(), true
	case *noise.Isotropic: // 2 D
		sameRate(m.LearningRate())
		p.scale = 2 * m.D()
	case *noise.Aligned: // eta a H
		h, p.scale = m.Hessian(), p.eta*m.Scale()
	default:
		return
	}
	p.root = make([]float64, p.n*p.n)
	if h == nil {
		for i := range p.n {
			p.root[i*p.n+i] = 1
		}
		return
	}
	sigma := mat.NewSymDense(p.n, nil)
	sigma.CopySym(h)
	cholesky(p.root, sigma)
}

// Dim returns n.
func (p *Process) Dim() int { return p.n }

// StepLength returns dt, or d tau with [LogTime].
func (p *Process) StepLength() float64 { return p.dt }

// InLogTime reports whether the process steps in tau.
func (p *Process) InLogTime() bool { return p.form == LogTime }

// Discrete returns false: the trajectory goes on between its grid times.
func (p *Process) Discrete() bool { return false }

// Landscape returns L.
func (p *Process) Landscape() landscape.Landscape { return p.landscape }

// Loss returns L(theta).
func (p *Process) Loss(theta []float64) float64 { return p.landscape.Loss(theta) }

// Separable reports whether the noise was recognised as a constant matrix, or as
// one times the loss of the landscape itself. With [EulerMaruyama] all lanes then
// make their steps together; without, one lane goes after the other, which takes
// ten to thirty times as long. The noise of a landscape of one's own is recognised
// if it was built on the same value; for a struct that holds functions that means
// a pointer to it.
func (p *Process) Separable() bool { return p.root != nil }

// describe names a noise model and, where it has one, its landscape.
func describe(m noise.Model) string {
	if l, ok := m.(interface{ Landscape() landscape.Landscape }); ok {
		return fmt.Sprintf("%T of the loss of %T", m, l.Landscape())
	}
	return fmt.Sprintf("%T", m)
}

// isNil reports a nil interface or a nil pointer in one.
func isNil(x any) bool {
	if x == nil {
		return true
	}
	v := reflect.ValueOf(x)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// same reports whether a and b are one landscape, before or after it was checked:
// one pointer, or values of one type with the same contents. Functions that are
// part of a value cannot be compared and count as different.
func same(a, b landscape.Landscape) bool {
	return reflect.DeepEqual(landscape.Bare(a), landscape.Bare(b))
}

// cholesky stores in root the lower triangular factor of the positive
// semidefinite matrix sigma. A pivot that is not above 1e-14 of the diagonal
// entry it came from counts as zero, and so does its column; one that is not
// finite makes a NaN, with which the run diverges. So does a matrix that is no
// covariance; see [indefinite], which is asked only where a pivot or what stands
// below a zero one is suspect: rounding seldom makes it so.
func cholesky(root []float64, sigma *mat.SymDense) {
	raw := sigma.RawSymmetric()
	n := raw.N
	const suspect = 1e-6
	doubt := false
	for j := range n {
		diag := raw.Data[j*raw.Stride+j]
		pivot := diag
		for k := range j {
			pivot -= float64(root[j*n+k] * root[j*n+k])
		}
		r := 0.0
		switch {
		case !(pivot < math.Inf(1)):
			r = math.NaN()
		case pivot > 1e-14*diag:
			r = math.Sqrt(pivot)
		}
		doubt = doubt || pivot < -suspect*math.Abs(diag)
		root[j*n+j] = r
		for i := j + 1; i < n; i++ {
			root[j*n+i] = 0
			x := raw.Data[j*raw.Stride+i]
			for k := range j {
				x -= float64(root[i*n+k] * root[j*n+k])
			}
			if r > 0 {
				root[i*n+j] = x / r
			} else {
				root[i*n+j] = 0
				doubt = doubt || !(math.Abs(x) <= suspect*max(diag, raw.Data[i*raw.Stride+i]))
			}
		}
	}
	if doubt && indefinite(sigma) {
		root[0] = math.NaN()
	}
}

// indefinite tells whether the smallest eigenvalue of sigma is below zero by
// more than rounding: whether sigma is not positive definite even with 1e-10 of
// the sum of its diagonal added to each eigenvalue. Rounding adds n times 1e-16.
func indefinite(sigma *mat.SymDense) bool {
	n, size := sigma.SymmetricDim(), 0.0
	for i := range n {
		size += math.Abs(sigma.At(i, i))
	}
	shifted := mat.NewSymDense(n, nil)
	shifted.CopySym(sigma)
	for i := range n {
		shifted.SetSym(i, i, sigma.At(i, i)+float64(1e-10*size))
	}
	var factor mat.Cholesky
	return !(mat.Norm(sigma, 1) < math.Inf(1)) || !factor.Factorize(shifted)
}
