package sde

import (
	"math"
	"math/bits"

	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
	"sgdescape/sim/vector"
)

// blocks is the loop for separable noise on any landscape: normals and updates,
// gradients, and the look at the boundary each go over all lanes at once.
//
// In tau the clock sums dt = d tau/L over the points before each step; the ends
// of the block, or of the run, turn the sum into the trapezoidal rule. A point
// without 0 < L < Inf has no log L: there the run ends, with the time of the point
// before.
//
// A landscape that is not of the catalogue may have a loss where theta is not
// finite; lanes are therefore looked at once more at the end of a block. One that
// is lost then has left with the first step of the block, lest a horizon in
// between counts it as inside.
type blocks struct {
	p       *Process
	eval    Block
	watch   lane.Watch
	inner2  float64 // lane.Shift² if the crossing is corrected, 0 otherwise
	spread2 float64 // |R^T normal|² of a plane
	unit    bool    // the root is the identity times its first element
	foreign bool    // the landscape is not of the catalogue

	// slope L + constant is the variance of a step, but for the root.
	slope, constant float64

	rows        rows
	grad, point []float64
	normals     *normals
	*blockRows
}

type blockRows struct {
	begin                   laneRow // the clocks at the beginning of the block, in tau
	loss, amp, drift, first laneRow // first is dt at the beginning of the block
	watched, variance       laneRow // the variance moves the boundary
}

func (p *Process) blocks(w lane.Watch) *blocks {
	b := &blocks{
		p: p, eval: block(p.landscape), watch: w, unit: isUnit(p.root, p.n),
		grad:    lane.Own[float64](p.n * lane.Width),
		point:   lane.Own[float64](p.n),
		normals: newNormals(p.n),
		rows:    rows{vector.Best()},

		blockRows: &lane.Own[blockRows](1)[0],
	}
	_, own := ownBlock(p.landscape)
	b.foreign = own || b.eval == nil
	if b.eval == nil {
		b.eval = &scalarBlock{l: p.landscape, theta: lane.Own[float64](p.n), grad: lane.Own[float64](p.n)}
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
	if !inTau {
		fill(&b.drift, b.p.dt)
	} else {
		b.begin = s.Clock
	}
	if b.unit && b.slope == 0 {
		fill(&b.amp, b.p.root[0]*math.Sqrt(b.constant))
	}
	for step := 1; step <= steps; step++ {
		switch {
		case b.unit && b.rows.set == vector.Portable:
			b.drawAndMove(s, active)
		case b.unit:
			b.moveUnit(s, b.normals.next(s, active, steps-step+1), active)
		default:
			b.move(s, b.normals.next(s, active, steps-step+1), active)
		}
		b.eval.Eval(s.Theta, loss, b.grad)
		if b.watch.Monitor != lane.Nothing {
			if inTau {
				b.leaveAll(s, b.rows.unpositive(&b.loss, active), step)
			}
			b.look(s, active, step)
		}
	}
	if b.watch.Monitor != lane.Nothing {
		for lost := b.rows.infinite(s.Theta, b.p.n, active); lost != 0; lost &= lost - 1 {
			j := bits.TrailingZeros64(lost)
			s.Leave(j, 1, b.begin[j])
		}
	}
	if inTau {
		for j, l := range loss {
			s.Clock[j] += float64((b.p.dt/l - b.first[j]) / 2)
		}
	}
}

// prepareDrift stores the time of the next step in drift: dt, which is there, or
// d tau/L, which it adds to the clocks.
func (b *blocks) prepareDrift(s *lane.State, active int) {
	if b.p.form != LogTime {
		return
	}
	b.rows.quotients(&b.drift, &b.loss, b.p.dt, 1, 0, active)
	for j, dt := range b.drift[:active] {
		s.Clock[j] += dt
	}
}

// moveUnit moves theta for a root proportional to the identity.
func (b *blocks) moveUnit(s *lane.State, xi []float64, active int) {
	if b.slope != 0 { // otherwise it is constant
		b.rows.amplitudes(&b.amp, &b.loss, b.p.root[0], b.slope, 0, active)
	}
	b.prepareDrift(s, active)
	b.rows.move(s.Theta, b.grad, xi, &b.amp, &b.drift, b.p.n, active)
}

// drawAndMove is moveUnit in one loop over the lanes, which is faster where the
// rows have no vector twins. It has the same bits.
func (b *blocks) drawAndMove(s *lane.State, active int) {
	if b.p.n == 1 {
		for j := b.loop1(s, 0, active); j < active; j = b.loop1(s, j+1, active) {
			b.moveOne(s, j, 0)
		}
		return
	}
	for j, i := b.loop(s, 0, 0, active); j < active; j, i = b.loop(s, j, i+1, active) {
		b.moveOne(s, j, i)
	}
}

// moveOne moves coordinate i of lane j.
func (b *blocks) moveOne(s *lane.State, j, i int) {
	at := i*lane.Width + j
	s.Theta[at] = float64(b.amp[j]*stream.Normal(s.Word(j))) + (s.Theta[at] - float64(b.drift[j]*b.grad[at]))
}

// loop moves the lanes from coordinate i of lane j on. Before a coordinate with a
// rare word, or one that becomes NaN, it stops and tells where it is.
//
//go:noinline
func (b *blocks) loop(s *lane.State, j, i, active int) (int, int) {
	table, theta := stream.Table(), s.Theta
	grad := b.grad[:len(theta)]
	r, dt, slope, inTau := b.p.root[0], b.p.dt, b.slope, b.p.form == LogTime
	for ; j < active; j++ {
		at := i*lane.Width + j&laneMask
		j := j & laneMask
		if slope != 0 {
			b.amp[j] = r * math.Sqrt(slope*b.loss[j])
		}
		if inTau && i == 0 {
			b.drift[j] = dt / b.loss[j]
			s.Clock[j] += b.drift[j]
		}
		amp, drift := b.amp[j], b.drift[j]
		s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
		for ; at < len(theta); at += lane.Width {
			word := bits.RotateLeft64(s0+s3, 23) + s0
			xi := float64(int64(word)>>12) * table[word&(stream.Layers-1)] // NaN for a rare word
			x := float64(amp*xi) + (theta[at] - float64(drift*grad[at]))
			if x != x {
				break
			}
			theta[at] = x
			t := s1 << 17
			s2 ^= s0
			s3 ^= s1
			s1 ^= s2
			s0 ^= s3
			s2 ^= t
			s3 = bits.RotateLeft64(s3, 45)
		}
		s.S0[j], s.S1[j], s.S2[j], s.S3[j] = s0, s1, s2, s3
		if at < len(theta) {
			return j, at / lane.Width
		}
		i = 0
	}
	return active, 0
}

// loop1 is loop in one dimension, where it takes four fifths of the time.
//
//go:noinline
func (b *blocks) loop1(s *lane.State, from, to int) int {
	table, theta, grad := stream.Table(), rowOf(s.Theta, 0), rowOf(b.grad, 0)
	r, dt, slope, inTau := b.p.root[0], b.p.dt, b.slope, b.p.form == LogTime
	constant := b.amp[0]
	if from < 0 || to > lane.Width {
		panic("sde: no such lanes")
	}
	_, _, _ = s.S0[0], theta[0], grad[0]
	for j := from; j < to; j++ {
		amp, drift := constant, dt
		if slope != 0 {
			amp = r * math.Sqrt(slope*b.loss[j])
			b.amp[j] = amp
		}
		if inTau {
			drift = dt / b.loss[j]
			b.drift[j] = drift
			s.Clock[j] += drift
		}
		s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
		word := bits.RotateLeft64(s0+s3, 23) + s0
		xi := float64(int64(word)>>12) * table[word&(stream.Layers-1)] // NaN for a rare word
		x := float64(amp*xi) + (theta[j] - float64(drift*grad[j]))
		if x != x {
			return j
		}
		theta[j] = x
		t := s1 << 17
		s2 ^= s0
		s3 ^= s1
		s.S1[j] = s1 ^ s2
		s.S0[j] = s0 ^ s3
		s.S2[j] = s2 ^ t
		s.S3[j] = bits.RotateLeft64(s3, 45)
	}
	return to
}

// fill stores x in all lanes.
func fill(dst *laneRow, x float64) {
	for j := range dst {
		dst[j] = x
	}
}

// move moves theta for any root.
func (b *blocks) move(s *lane.State, xi []float64, active int) {
	n := b.p.n
	b.rows.amplitudes(&b.amp, &b.loss, 1, b.slope, b.constant, active)
	b.prepareDrift(s, active)
	b.rows.triangle(xi, b.p.root, n, active)
	b.rows.move(s.Theta, b.grad, xi, &b.amp, &b.drift, n, active)
}

// look records the lanes that are outside. With g the distance left to the
// boundary and v the variance of the monitored function over one step, the
// corrected rule g < Shift sqrt(v) is asked as g² < Shift² v.
func (b *blocks) look(s *lane.State, active, step int) {
	switch b.watch.Monitor {
	case lane.Region:
		theta := b.point
		for j := range active {
			s.Gather(theta, j)
			if b.watch.Beyond(theta) {
				b.leave(s, j, step)
			}
		}
	case lane.Loss:
		if b.inner2 > 0 {
			for j, l := range b.loss[:active] {
				grad2 := b.rootTimes2(func(i int) float64 { return b.grad[i*lane.Width+j] })
				b.variance[j] = b.inner2 * float64(b.perSlope2(l)*grad2)
			}
		}
		b.leaveCrossed(s, &b.loss, active, step)
	case lane.Plane:
		clear(b.watched[:])
		for i, c := range b.watch.Normal {
			if c == 0 {
				continue
			}
			for j, t := range row(s.Theta, i, active) {
				b.watched[j] += float64(c * t)
			}
		}
		if b.inner2 > 0 {
			slope, constant := float64(b.inner2*b.spread2*b.slope), float64(b.inner2*b.spread2*b.constant)
			if slope == 0 { // whatever the loss is
				fill(&b.variance, constant)
			} else {
				for j, l := range b.loss[:active] {
					b.variance[j] = float64(slope*l) + constant
				}
			}
		}
		b.leaveCrossed(s, &b.watched, active, step)
	}
}

// perSlope2 is the variance of a step, but for the root.
func (b *blocks) perSlope2(loss float64) float64 {
	if b.slope == 0 { // whatever the loss is
		return b.constant
	}
	return float64(b.slope*loss) + b.constant
}

// leaveCrossed records the lanes that are outside by what is watched. One that is
// so only because its correction is no number has diverged, and is marked by a NaN.
func (b *blocks) leaveCrossed(s *lane.State, watched *laneRow, active, step int) {
	for lanes := b.rows.crossed(watched, &b.variance, b.watch.Level, active); lanes != 0; lanes &= lanes - 1 {
		j := bits.TrailingZeros64(lanes)
		before := s.Hit[j]
		b.leave(s, j, step)
		if before == 0 && math.IsNaN(b.variance[j]) && watched[j] <= b.watch.Level {
			s.HitTheta[j] = math.NaN()
		}
	}
}

// leaveAll records lanes, given as bits.
func (b *blocks) leaveAll(s *lane.State, lanes uint64, step int) {
	for ; lanes != 0; lanes &= lanes - 1 {
		b.leave(s, bits.TrailingZeros64(lanes), step)
	}
}

// leave records lane j, with its clock by the trapezoidal rule.
func (b *blocks) leave(s *lane.State, j, step int) {
	clock, l := s.Clock[j], b.loss[j]
	if b.p.form == LogTime && !(l > 0 && l <= math.MaxFloat64) { // without the last step
		clock -= float64((b.drift[j] + b.first[j]) / 2)
	} else {
		clock += float64((b.p.dt/l - b.first[j]) / 2)
	}
	if b.p.form == LogTime && math.IsNaN(clock) {
		clock = math.Inf(1) // Inf - Inf: a step took longer than can be told
	}
	s.Leave(j, step, clock)
}
