package sde

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// A Stepper advances single trajectories of a process with normal deviates
// that the caller supplies, so that two processes can be driven along one
// Brownian path. It is not safe for concurrent use.
type Stepper struct {
	p     *Process
	theta []float64
	grad  []float64
	xi    []float64
	loss  float64
	amp   float64   // noise amplitude, without the square root of the step length
	root  []float64 // lower triangular factor, n x n
	sigma *mat.SymDense
	lossy bool // keep the loss up to date
	weak  *weak
}

// Stepper returns a new stepper.
func (p *Process) Stepper() *Stepper {
	q := &Stepper{
		p:     p,
		theta: lane.Own[float64](p.n),
		grad:  lane.Own[float64](p.n),
		xi:    lane.Own[float64](p.Deviates()),
		root:  p.root,
		lossy: true,
	}
	if p.root == nil {
		q.root = lane.Own[float64](p.n * p.n)
		q.sigma = mat.NewSymDense(p.n, nil)
	}
	if p.scheme == WeakRungeKutta {
		q.weak = &weak{
			start: lane.Own[float64](p.n), drift: lane.Own[float64](p.n), next: lane.Own[float64](p.n),
			noise: lane.Own[float64](p.n * p.n),
		}
	}
	return q
}

// Step advances theta, of length n, in place by one step of length dt, in t or,
// with [LogTime], in tau; xi holds [Process.Deviates] independent standard
// normal deviates. For Euler-Maruyama this is
//
//	theta <- theta - grad L dt + sqrt(eta Sigma dt) xi
//	theta <- theta - (grad L/L) d tau + sqrt(eta Sigma d tau/L) xi
//
// with the lower triangular root. It returns the time t that the step takes: dt,
// or d tau times the mean of 1/L before and after the step.
func (q *Stepper) Step(theta, xi []float64, dt float64) model.Time {
	if len(theta) != q.p.n || len(xi) != len(q.xi) {
		panic(fmt.Sprintf("sde: a step takes %d coordinates and %d deviates, got %d and %d", q.p.n, len(q.xi), len(theta), len(xi)))
	}
	copy(q.theta, theta)
	copy(q.xi, xi)
	q.evaluate()
	before := q.loss
	q.step(dt, math.Sqrt(dt))
	copy(theta, q.theta)
	if q.p.form == LogTime {
		return model.Time(dt * (1/before + 1/q.p.landscape.Loss(q.theta)) / 2)
	}
	return model.Time(dt)
}

// evaluate brings loss, gradient and noise up to date with theta.
func (q *Stepper) evaluate() {
	p := q.p
	p.landscape.Grad(q.grad, q.theta)
	if q.lossy || p.lossy {
		q.loss = p.landscape.Loss(q.theta)
	}
	switch {
	case p.root == nil:
		p.noise.Covariance(q.sigma, q.theta)
		cholesky(q.root, q.sigma)
		q.amp = math.Sqrt(p.eta)
	case p.lossy && p.form == Time:
		q.amp = math.Sqrt(p.scale * q.loss)
	default:
		q.amp = math.Sqrt(p.scale)
	}
}

// step moves theta by one step of the scheme. Loss, gradient and noise must be
// up to date.
func (q *Stepper) step(dt, sqrtDt float64) {
	switch q.p.scheme {
	case Milstein:
		q.advanceMilstein(dt, sqrtDt)
	case WeakRungeKutta:
		q.advanceWeak(dt, sqrtDt)
	default:
		q.advance(dt, sqrtDt)
	}
}

// advance moves theta by one step of Euler-Maruyama.
func (q *Stepper) advance(dt, sqrtDt float64) {
	drift := dt
	if q.p.form == LogTime {
		drift = dt / q.loss
	}
	amp := q.amp * sqrtDt
	n := len(q.theta)
	for i := range q.theta {
		sum := 0.0
		for k, r := range q.root[i*n : i*n+i+1] {
			sum += float64(r * q.xi[k])
		}
		q.theta[i] = float64(amp*sum) + (q.theta[i] - float64(drift*q.grad[i]))
	}
}

// spread returns the standard deviation, over one step, of direction.theta.
func (q *Stepper) spread(direction []float64, sqrtDt float64) float64 {
	n := len(q.theta)
	sum := 0.0
	for k := range n {
		c := 0.0
		for i := k; i < n; i++ {
			c += float64(q.root[i*n+k] * direction[i])
		}
		sum += float64(c * c)
	}
	return q.amp * sqrtDt * math.Sqrt(sum)
}
