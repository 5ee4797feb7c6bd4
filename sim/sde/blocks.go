package sde

import (
	"math"
	"math/bits"

	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
)

// blocks is the loop for separable noise on any landscape: normals and updates,
// gradients, and the look at the boundary each go over all lanes at once.
//
// In tau the clock sums dt = d tau/L over the points before each step; the ends
// of the block, or of the run, turn the sum into the trapezoidal rule.
type blocks struct {
	p       *Process
	eval    Block
	watch   lane.Watch
	inner2  float64 // lane.Shift² if the crossing is corrected, 0 otherwise
	spread2 float64 // |R^T normal|² of a plane
	unit    bool    // the root is the identity times its first element

	// slope L + constant is the variance of a step, but for the root.
	slope, constant float64

	loss, amp, drift, first [lane.Width]float64 // first is dt at the beginning of the block
	watched                 [lane.Width]float64
	grad, xi                []float64
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
		b.inner2 = lane.Shift * lane.Shift
	}
	if p.lossy && p.form == Time {
		b.slope = p.scale * p.dt
	} else {
		b.constant = p.scale * p.dt
	}
	if w.Monitor == lane.Plane {
		b.spread2 = b.rootTimes2(func(i int) float64 { return w.Normal[i] })
	}
	return b
}

// rootTimes2 returns |R^T v|².
func (b *blocks) rootTimes2(v func(i int) float64) float64 {
	n, root, sum := b.p.n, b.p.root, 0.0
	for k := range n {
		c := 0.0
		if b.unit {
			c = float64(root[0] * v(k))
		} else {
			for i := k; i < n; i++ {
				c += float64(root[i*n+k] * v(i))
			}
		}
		sum += float64(c * c)
	}
	return sum
}

// Extra returns 0.
func (b *blocks) Extra() int { return 0 }

// Begin has nothing to prepare.
func (b *blocks) Begin(*lane.State, int) {}

// Advance moves the lanes.
func (b *blocks) Advance(s *lane.State, active, steps int) {
	inTau := b.p.form == LogTime
	loss := b.loss[:active]
	b.eval.Eval(s.Theta, loss, b.grad)
	for j, l := range loss {
		b.first[j] = b.p.dt / l
	}
	for step := 1; step <= steps; step++ {
		if b.unit {
			b.moveUnit(s, active)
		} else {
			b.move(s, active)
		}
		b.eval.Eval(s.Theta, loss, b.grad)
		b.look(s, active, step)
	}
	if inTau {
		for j, l := range loss {
			s.Clock[j] += float64((b.p.dt/l - b.first[j]) / 2)
		}
	}
}

// prepareTau stores dt = d tau/L in drift and adds it to the clocks.
func (b *blocks) prepareTau(s *lane.State, active int) {
	for j, l := range b.loss[:active] {
		dt := b.p.dt / l
		b.drift[j] = dt
		s.Clock[j] += dt
	}
}

// moveUnit draws the normals and moves theta for a root proportional to the
// identity.
func (b *blocks) moveUnit(s *lane.State, active int) {
	const mask = lane.Width - 1
	table := stream.Table()
	r, dt, slope, constant := b.p.root[0], b.p.dt, b.slope, b.constant
	inTau := b.p.form == LogTime
	constantAmp := r * math.Sqrt(constant)
	for i := range b.p.n {
		theta, grad := (*[lane.Width]float64)(s.Theta[i*lane.Width:]), (*[lane.Width]float64)(b.grad[i*lane.Width:])
		for at := range active {
			j := at & mask
			s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
			word := bits.RotateLeft64(s0+s3, 23) + s0
			t := s1 << 17
			s2 ^= s0
			s3 ^= s1
			s.S1[j] = s1 ^ s2
			s.S0[j] = s0 ^ s3
			s.S2[j] = s2 ^ t
			s.S3[j] = bits.RotateLeft64(s3, 45)
			layer := word & (stream.Layers - 1)
			xi := float64(int64(word)>>12) * table[layer]
			if layer >= stream.RareFrom {
				xi = stream.Rare(word)
			}
			amp, drift := constantAmp, dt
			if slope != 0 {
				if i == 0 {
					amp = r * math.Sqrt(slope*b.loss[j])
					b.amp[j] = amp
				} else {
					amp = b.amp[j]
				}
			}
			if inTau {
				if i == 0 {
					drift = dt / b.loss[j]
					b.drift[j] = drift
					s.Clock[j] += drift
				} else {
					drift = b.drift[j]
				}
			}
			theta[j] = float64(amp*xi) + (theta[j] - float64(drift*grad[j]))
		}
	}
}

// move draws the normals and moves theta, from the last coordinate to the first
// so that xi can be overwritten by R xi.
func (b *blocks) move(s *lane.State, active int) {
	n := b.p.n
	if b.p.form == LogTime {
		b.prepareTau(s, active)
	}
	for i := range n {
		s.Normals(row(b.xi, i, active))
	}
	amp := b.amp[:active]
	for j, l := range b.loss[:active] {
		amp[j] = math.Sqrt(float64(b.slope*l) + b.constant)
	}
	for i := n - 1; i >= 0; i-- {
		out := row(b.xi, i, active)
		r := b.p.root[i*n+i]
		for j := range out {
			out[j] *= r
		}
		for k := range i {
			r := b.p.root[i*n+k]
			if r == 0 {
				continue
			}
			for j, x := range row(b.xi, k, active) {
				out[j] += float64(r * x)
			}
		}
		theta, grad := row(s.Theta, i, active), row(b.grad, i, active)
		if b.p.form == LogTime {
			for j, x := range theta {
				theta[j] = float64(amp[j]*out[j]) + (x - float64(b.drift[j]*grad[j]))
			}
			continue
		}
		dt := b.p.dt
		for j, x := range theta {
			theta[j] = float64(amp[j]*out[j]) + (x - float64(dt*grad[j]))
		}
	}
}

// look records the lanes that are outside. With g the distance left to the
// boundary and v the variance of the monitored function over one step, the
// corrected rule g < Shift sqrt(v) is asked as g² < Shift² v.
func (b *blocks) look(s *lane.State, active, step int) {
	level := b.watch.Level
	switch b.watch.Monitor {
	case lane.Nothing:
	case lane.Region:
		theta := b.xi[:b.p.n]
		for j := range active {
			s.Gather(theta, j)
			if b.watch.Outside(theta) {
				b.leave(s, j, step)
			}
		}
	case lane.Loss:
		for j, l := range b.loss[:active] {
			left, variance := level-l, 0.0
			if b.inner2 > 0 {
				grad2 := b.rootTimes2(func(i int) float64 { return b.grad[i*lane.Width+j] })
				variance = b.inner2 * float64(float64(float64(b.slope*l)+b.constant)*grad2)
			}
			if !(left >= 0 && float64(left*left) >= variance) {
				b.leave(s, j, step)
			}
		}
	case lane.Plane:
		x := b.watched[:active]
		clear(x)
		for i, c := range b.watch.Normal {
			if c == 0 {
				continue
			}
			for j, t := range row(s.Theta, i, active) {
				x[j] += float64(c * t)
			}
		}
		slope, constant := float64(b.inner2*b.spread2*b.slope), float64(b.inner2*b.spread2*b.constant)
		for j, v := range x {
			left := level - v
			if !(left >= 0 && float64(left*left) >= float64(slope*b.loss[j])+constant) {
				b.leave(s, j, step)
			}
		}
	}
}

// leave records lane j, with its clock by the trapezoidal rule.
func (b *blocks) leave(s *lane.State, j, step int) {
	s.Leave(j, step, s.Clock[j]+float64((b.p.dt/b.loss[j]-b.first[j])/2))
}
