package sde

import (
	"math"

	"sgdescape/sim/lane"
)

// blocks is the loop for separable noise on any landscape: normals, gradients
// and updates each go over all lanes at once.
type blocks struct {
	p      *Process
	eval   Block
	watch  lane.Watch
	inner  float64 // lane.Shift if the crossing is corrected, 0 otherwise
	unit   bool    // the root is the identity times its first element
	spread float64 // |R^T normal| of a plane

	loss, amp, inverse [lane.Width]float64
	monitor            [lane.Width]float64
	grad, xi           []float64
}

func (p *Process) blocks(w lane.Watch) *blocks {
	b := &blocks{
		p: p, eval: block(p.landscape), watch: w, unit: isUnit(p.root, p.n),
		grad: make([]float64, p.n*lane.Width),
		xi:   make([]float64, p.n*lane.Width),
	}
	if b.eval == nil {
		b.eval = &scalarBlock{l: p.landscape, theta: make([]float64, p.n), grad: make([]float64, p.n)}
	}
	if w.Corrected {
		b.inner = lane.Shift
	}
	if w.Monitor == lane.Plane {
		sum := 0.0
		for k := range p.n {
			c := 0.0
			for i := k; i < p.n; i++ {
				c += float64(p.root[i*p.n+k] * w.Normal[i])
			}
			sum += float64(c * c)
		}
		b.spread = math.Sqrt(sum)
	}
	return b
}

// Extra returns 0.
func (b *blocks) Extra() int { return 0 }

// Begin has nothing to prepare.
func (b *blocks) Begin(*lane.State, int) {}

// Advance moves the lanes.
func (b *blocks) Advance(s *lane.State, active, steps int) {
	p := b.p
	inTau := p.form == LogTime
	dt := p.dt
	loss := b.loss[:active]
	b.evaluate(s, loss)
	for step := 1; step <= steps; step++ {
		for i := range p.n {
			s.Normals(row(b.xi, i, active))
		}
		if b.unit {
			b.moveUnit(s, active)
		} else {
			b.move(s, active)
		}
		if inTau {
			copy(b.monitor[:active], b.inverse[:active])
		}
		b.evaluate(s, loss)
		if inTau {
			for j, before := range b.monitor[:active] {
				s.Clock[j] += float64(dt / 2 * (before + b.inverse[j]))
			}
		}
		b.look(s, active, step)
	}
}

// evaluate brings loss, gradient, amplitude and, in tau, 1/L up to date.
func (b *blocks) evaluate(s *lane.State, loss []float64) {
	p := b.p
	b.eval.Eval(s.Theta, loss, b.grad)
	variance := p.scale * p.dt
	switch {
	case p.form == LogTime:
		amp := math.Sqrt(variance)
		for j, l := range loss {
			b.inverse[j] = 1 / l
			b.amp[j] = amp
		}
	case p.lossy:
		for j, l := range loss {
			b.amp[j] = math.Sqrt(variance * l)
		}
	default:
		amp := math.Sqrt(variance)
		for j := range loss {
			b.amp[j] = amp
		}
	}
}

// moveUnit is move for a root proportional to the identity.
func (b *blocks) moveUnit(s *lane.State, active int) {
	r, dt, inTau := b.p.root[0], b.p.dt, b.p.form == LogTime
	for i := range b.p.n {
		theta, grad, xi := row(s.Theta, i, active), row(b.grad, i, active), row(b.xi, i, active)
		amp, inverse := b.amp[:active], b.inverse[:active]
		if inTau {
			for j, x := range theta {
				theta[j] = float64(amp[j]*float64(r*xi[j])) + (x - float64(float64(dt*inverse[j])*grad[j]))
			}
			continue
		}
		for j, x := range theta {
			theta[j] = float64(amp[j]*float64(r*xi[j])) + (x - float64(dt*grad[j]))
		}
	}
}

// move adds drift and noise to theta, from the last coordinate to the first so
// that xi can be overwritten by R xi.
func (b *blocks) move(s *lane.State, active int) {
	n := b.p.n
	for i := n - 1; i >= 0; i-- {
		out := row(b.xi, i, active)
		r := b.p.root[i*n+i]
		for j := range out {
			out[j] *= r
		}
		for k := range i {
			r := b.p.root[i*n+k]
			for j, x := range row(b.xi, k, active) {
				out[j] += float64(r * x)
			}
		}
		dt, inTau := b.p.dt, b.p.form == LogTime
		theta, grad := row(s.Theta, i, active), row(b.grad, i, active)
		for j, x := range theta {
			drift := dt
			if inTau {
				drift = dt * b.inverse[j]
			}
			theta[j] = float64(b.amp[j]*out[j]) + (x - float64(drift*grad[j]))
		}
	}
}

// look records the lanes that are outside.
func (b *blocks) look(s *lane.State, active, step int) {
	level := b.watch.Level
	x := b.monitor[:active]
	switch b.watch.Monitor {
	case lane.Nothing:
		return
	case lane.Region:
		b.lookRegion(s, active, step)
		return
	case lane.Loss:
		copy(x, b.loss[:active])
		if b.inner > 0 {
			b.addGradientSpread(x)
		}
	case lane.Plane:
		clear(x)
		for i, c := range b.watch.Normal {
			for j, t := range row(s.Theta, i, active) {
				x[j] += float64(c * t)
			}
		}
		if b.inner > 0 {
			for j := range x {
				x[j] += float64(b.inner * b.spread * b.amp[j])
			}
		}
	}
	for j, v := range x {
		if !(v <= level) {
			s.Leave(j, step, s.Clock[j])
		}
	}
}

// addGradientSpread adds the correction inner*amp*|R^T grad L| to x.
func (b *blocks) addGradientSpread(x []float64) {
	n := b.p.n
	for j := range x {
		sum := 0.0
		for k := range n {
			c := 0.0
			if b.unit {
				c = float64(b.p.root[0] * b.grad[k*lane.Width+j])
			} else {
				for i := k; i < n; i++ {
					c += float64(b.p.root[i*n+k] * b.grad[i*lane.Width+j])
				}
			}
			sum += float64(c * c)
		}
		x[j] += float64(b.inner * b.amp[j] * math.Sqrt(sum))
	}
}

// lookRegion asks the user's function.
func (b *blocks) lookRegion(s *lane.State, active, step int) {
	theta := b.xi[:b.p.n]
	for j := range active {
		s.Gather(theta, j)
		if b.watch.Outside(theta) {
			s.Leave(j, step, s.Clock[j])
		}
	}
}
