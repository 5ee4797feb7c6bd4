package sde

import (
	"fmt"
	"math"
)

// Scheme is a time-stepping scheme. All are for Itô equations; with noise that
// vanishes they are Euler's or, for WeakRungeKutta, Heun's method.
type Scheme int

const (
	// EulerMaruyama has strong order 1/2, or 1 for additive noise, and weak
	// order 1. It is the only one with loops of its own for the catalogue.
	EulerMaruyama Scheme = iota
	// Milstein has strong order 1 and weak order 1 (Milstein 1974). In more than
	// one dimension it is offered for additive noise only, where it is
	// EulerMaruyama: the noise of Eqs. 4 and 13 does not commute, and iterated
	// integrals are not simulated.
	Milstein
	// WeakRungeKutta is Platen's explicit scheme of weak order 2, Eqs. 15.1.1
	// and 15.1.3 of Kloeden & Platen (1992); for additive noise, such as that of
	// Eq. 15, it is the stochastic Heun method. It needs 2 + 4 n evaluations of
	// the noise per step. Crossings are corrected to order dt all the same, so
	// it helps stationary means more than first-passage times.
	WeakRungeKutta
)

// String returns "euler-maruyama", "milstein" or "weak-runge-kutta".
func (s Scheme) String() string {
	switch s {
	case EulerMaruyama:
		return "euler-maruyama"
	case Milstein:
		return "milstein"
	case WeakRungeKutta:
		return "weak-runge-kutta"
	}
	return fmt.Sprintf("Scheme(%d)", int(s))
}

// additive reports whether the noise does not depend on theta.
func (p *Process) additive() bool { return p.root != nil && (!p.lossy || p.form == LogTime) }

// Deviates returns how many standard normal deviates a step takes: n, and for
// WeakRungeKutta with multiplicative noise n (n-1)/2 more, of which only the
// signs are used.
func (p *Process) Deviates() int {
	if p.scheme == WeakRungeKutta && !p.additive() {
		return p.n + p.n*(p.n-1)/2
	}
	return p.n
}

// advanceMilstein makes a step in one dimension,
//
//	x <- x + a dt + b dW + (b b'/2) (dW² - dt)
//
// with b b' = (b²)'/2 from the gradient where b² is proportional to L, and from
// a difference over one standard deviation otherwise.
func (q *Stepper) advanceMilstein(dt, sqrtDt float64) {
	p := q.p
	square := float64(q.xi[0]*q.xi[0]) - 1
	if p.additive() {
		q.advance(dt, sqrtDt)
		return
	}
	if p.root != nil {
		more := p.scale * p.root[0] * p.root[0] * q.grad[0] / 4 * square * dt
		q.advance(dt, sqrtDt)
		q.theta[0] += float64(more)
		return
	}
	x, a, b := q.theta[0], -q.grad[0], float64(q.amp*q.root[0])
	q.theta[0] = x + float64(a*dt) + float64(b*sqrtDt)
	q.evaluate()
	up := float64(q.amp * q.root[0])
	q.theta[0] = x + float64(a*dt) + float64(b*sqrtDt*q.xi[0]) + float64((up-b)/2*sqrtDt*square)
}

// weak is the memory of a weak Runge-Kutta step.
type weak struct {
	start, drift, next []float64
	noise              []float64 // columns b^j, amplitude included, at j*n
}

// advanceWeak makes a step of Platen's scheme. With dW^j = sqrt(dt) xi_j and
// random signs V_{r,j} = -V_{j,r} times dt, V_{j,j} = -dt,
//
//	Y <- Y + (a(Y + a dt + sum b^j dW^j) + a) dt/2
//	  + 1/4 sum_j [(b^j(R+^j) + b^j(R-^j) + 2 b^j) dW^j
//	            + sum_{r≠j} (b^j(U+^r) + b^j(U-^r) - 2 b^j) dW^j]
//	  + 1/4 sum_j [(b^j(R+^j) - b^j(R-^j)) ((dW^j)² - dt)
//	            + sum_{r≠j} (b^j(U+^r) - b^j(U-^r)) (dW^j dW^r + V_{r,j})]/sqrt(dt)
//
//	R±^j = Y + a dt ± b^j sqrt(dt),  U±^r = Y ± b^r sqrt(dt)
func (q *Stepper) advanceWeak(dt, sqrtDt float64) {
	n, w := q.p.n, q.weak
	copy(w.start, q.theta)
	q.driftTo(w.drift)
	q.noiseTo(w.noise)
	additive := q.p.additive()
	for i := range n {
		dw := 0.0
		for j := range n {
			dw += float64(w.noise[j*n+i] * q.xi[j] * sqrtDt)
		}
		w.next[i] = w.start[i] + float64(w.drift[i]*dt/2)
		q.theta[i] = w.start[i] + float64(w.drift[i]*dt) + dw
		if additive {
			w.next[i] += dw
		} else {
			w.next[i] += float64(dw * (1 - float64(float64(n)/2)))
		}
	}
	q.evaluate()
	for i := range n {
		w.next[i] += float64(q.driftAt(i) * dt / 2)
	}
	if !additive {
		q.weakNoise(sqrtDt)
	}
	copy(q.theta, w.next)
}

// weakNoise adds the terms with displaced noise. The terms with b^j itself, with
// the factor 1/2 - (n-1)/2, are in next already.
func (q *Stepper) weakNoise(sqrtDt float64) {
	n, w := q.p.n, q.weak
	for r := range n {
		for _, sign := range []float64{1, -1} {
			// R±: column r.
			for i := range n {
				q.theta[i] = w.start[i] + float64(w.drift[i]*sqrtDt*sqrtDt) + float64(sign*w.noise[r*n+i]*sqrtDt)
			}
			q.evaluate()
			c := (q.xi[r] + float64(sign*(float64(q.xi[r]*q.xi[r])-1))) * sqrtDt / 4
			for i := r; i < n; i++ {
				w.next[i] += float64(c * q.amp * q.root[i*n+r])
			}
			if n == 1 {
				continue
			}
			// U±: all other columns.
			for i := range n {
				q.theta[i] = w.start[i] + float64(sign*w.noise[r*n+i]*sqrtDt)
			}
			q.evaluate()
			for j := range n {
				if j == r {
					continue
				}
				c := (q.xi[j] + float64(sign*(float64(q.xi[j]*q.xi[r])+q.sign(r, j)))) * sqrtDt / 4
				for i := j; i < n; i++ {
					w.next[i] += float64(c * q.amp * q.root[i*n+j])
				}
			}
		}
	}
}

// sign returns V_{r,j}/dt.
func (q *Stepper) sign(r, j int) float64 {
	if r > j {
		return -q.sign(j, r)
	}
	at := q.p.n + r*(2*q.p.n-r-1)/2 + j - r - 1
	return math.Copysign(1, q.xi[at])
}

// driftAt returns coordinate i of the drift at the point evaluated. There is no
// log L, and no drift, where L is not positive.
func (q *Stepper) driftAt(i int) float64 {
	if q.p.form == LogTime {
		if !(q.loss > 0) {
			return math.NaN()
		}
		return -q.grad[i] / q.loss
	}
	return -q.grad[i]
}

func (q *Stepper) driftTo(dst []float64) {
	for i := range dst {
		dst[i] = q.driftAt(i)
	}
}

// noiseTo stores the columns of the noise, amplitude included.
func (q *Stepper) noiseTo(dst []float64) {
	n := q.p.n
	for j := range n {
		for i := range n {
			dst[j*n+i] = 0
			if i >= j {
				dst[j*n+i] = q.amp * q.root[i*n+j]
			}
		}
	}
}
