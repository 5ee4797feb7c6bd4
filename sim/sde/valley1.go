package sde

import (
	"math"
	"math/bits"

	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
	"sgdescape/sim/vector"
)

// A parabola is the landscape L0 + h x²/2 with noise that is linear in the loss,
// eta Sigma = slope L + constant: Eqs. 5, 13 and 15, and in one dimension Eq. 4
// for Gaussian inputs, where Sigma = (4 L - 2 L0)/B.
type parabola struct {
	h, floor        float64
	slope, constant float64
}

// radial recognises the process.
func (p *Process) radial() (q radial, ok bool) {
	q.n = p.n
	switch l := p.landscape.(type) {
	case *landscape.IsotropicValley:
		q.h, q.floor = l.Curvature(), l.Floor()
	case *dataset.Population:
		q.h, q.floor = 1, l.MinimumLoss()
	default:
		return q, false
	}
	if g, ok := p.noise.(*noise.GaussianInputs); ok {
		perSample := p.eta / float64(g.BatchSize())
		q.slope, q.along = 2*perSample, perSample
		return q, same(g.Population(), p.landscape)
	}
	if p.root == nil || !isUnit(p.root, p.n) {
		return q, false
	}
	variance := p.scale * p.root[0] * p.root[0]
	if p.lossy {
		q.slope = variance
	} else {
		q.constant = variance
	}
	return q, true
}

// isUnit reports whether the matrix is a multiple of the identity.
func isUnit(root []float64, n int) bool {
	for i := range n {
		for k := range n {
			if r := root[i*n+k]; i != k && r != 0 || i == k && r != root[0] {
				return false
			}
		}
	}
	return true
}

// line returns the one-dimensional process, in which theta theta^T is the
// number 2 (L - L0)/h.
func (q radial) line() parabola {
	p := q.parabola
	p.slope += 2 * q.along / q.h
	p.constant -= float64(2 * q.along / q.h * q.floor)
	return p
}

// squareAt returns |theta|² at a level of the loss, or the largest number if it is
// beyond: what is infinite has left.
func (p parabola) squareAt(level float64) float64 {
	return math.Min(2*(level-p.floor)/p.h, math.MaxFloat64)
}

// valley1 is the fused loop of a parabola in t, with the exit L > level (calling
// lane.State.Word in its place costs a tenth, here and in logValley1):
//
//	x <- decay x + sqrt(base + curve x²) xi
//	decay = 1 - h dt, base + curve x² = (slope L + constant) dt
type valley1 struct {
	set                vector.Set
	decay, base, curve float64
	edge2              float64 // x² at the level
}

func newValley1(q parabola, dt float64, w lane.Watch) *valley1 {
	k := &valley1{
		set:   vector.Best(),
		decay: 1 - float64(q.h*dt),
		base:  (float64(q.slope*q.floor) + q.constant) * dt,
		curve: q.slope * q.h / 2 * dt,
		edge2: math.Inf(1),
	}
	if w.Monitor == lane.Loss {
		level := w.Level
		if w.Corrected {
			// The local rule L + Shift amp |L'| > level, with |L'|² = 2 h (L - L0),
			// is a constant threshold on L.
			level = innerLevel(level, func(l float64) float64 {
				return math.Sqrt(float64(dt*max(0, float64(q.slope*l)+q.constant)) * float64(2*q.h*max(0, l-q.floor)))
			})
		}
		k.edge2 = q.squareAt(level)
	}
	return k
}

// innerLevel returns the loss at which loss + Shift spread(loss) reaches level,
// for a spread that does not decrease; it is found by bisection.
func innerLevel(level float64, spread func(loss float64) float64) float64 {
	if math.IsInf(level, 1) {
		return level
	}
	low, high := math.Min(0, level), level
	for {
		mid := low + float64((high-low)/2)
		if mid <= low || mid >= high {
			return low
		}
		if mid+float64(lane.Shift*spread(mid)) > level {
			high = mid
		} else {
			low = mid
		}
	}
}

// Extra returns 0.
func (k *valley1) Extra() int { return 0 }

// Begin has nothing to prepare.
func (k *valley1) Begin(*lane.State, int) {}

// Advance moves the lanes.
func (k *valley1) Advance(s *lane.State, active, steps int) { advance(k, k.set, s, active, steps) }

func (k *valley1) move(s *lane.State, from, to int) int {
	return k.loop(s, rowOf(s.Theta, 0), stream.Table(), from, to)
}

// loop is move. What it reads through is touched first, so that the compiler looks
// for nil once.
//
//go:noinline
func (k *valley1) loop(s *lane.State, theta *laneRow, table *[stream.Layers]float64, from, to int) int {
	decay, base, curve, edge2 := k.decay, k.base, k.curve, k.edge2
	if from < 0 || to > lane.Width {
		panic("sde: no such lanes")
	}
	_, _, _ = s.S0[0], theta[0], table[0]
	for j := from; j < to; j++ {
		s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
		word := bits.RotateLeft64(s0+s3, 23) + s0
		xi := float64(int64(word)>>12) * table[word&(stream.Layers-1)] // NaN for a rare word
		x := theta[j]
		amp := math.Sqrt(base + float64(curve*float64(x*x)))
		x = float64(amp*xi) + float64(decay*x)
		if !(float64(x*x) <= edge2) {
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

func (k *valley1) moveOne(s *lane.State, j, step int) {
	x := s.Theta[j]
	amp := math.Sqrt(k.base + float64(k.curve*float64(x*x)))
	x = float64(amp*stream.Normal(s.Word(j))) + float64(k.decay*x)
	s.Theta[j] = x
	if !(float64(x*x) <= k.edge2) {
		s.Leave(j, step, 0)
	}
}

// logValley1 is the fused loop of a parabola in tau with noise proportional to
// the loss, with the exit L > level:
//
//	x <- x - h x dt + amp xi,  dt = d tau/L,  amp = sqrt(slope d tau)
//
// Within a block the clock sums dt over the points before each step; the
// ends of the block, or of the run, turn the sum into the trapezoidal rule.
type logValley1 struct {
	set          vector.Set
	h, amp, dtau float64
	floor, half  float64
	edge2        float64 // x² at the level
}

func newLogValley1(q parabola, dtau float64, w lane.Watch) *logValley1 {
	k := &logValley1{set: vector.Best(), h: q.h, amp: math.Sqrt(q.slope * dtau), dtau: dtau, floor: q.floor, half: q.h / 2, edge2: math.Inf(1)}
	if w.Monitor == lane.Loss {
		level := w.Level
		if w.Corrected {
			level = innerLevel(level, func(l float64) float64 {
				return k.amp * math.Sqrt(2*q.h*max(0, l-q.floor))
			})
		}
		k.edge2 = q.squareAt(level)
	}
	return k
}

// inverse returns 1/L(x).
func (k *logValley1) inverse(x float64) float64 { return 1 / (k.floor + float64(k.half*float64(x*x))) }

// Extra returns 0.
func (k *logValley1) Extra() int { return 0 }

// LongestStep returns dtau/L0.
func (k *logValley1) LongestStep() float64 { return k.dtau / k.floor }

// Begin stores 1/L of the start: Amp holds 1/L at the beginning of a block.
func (k *logValley1) Begin(s *lane.State, j int) { s.Amp[j] = k.inverse(s.Theta[j]) }

// Advance moves the lanes.
func (k *logValley1) Advance(s *lane.State, active, steps int) {
	vectored := advance(k, k.set, s, active, steps)
	for left := s.Left(); left != 0; left &= left - 1 {
		j := bits.TrailingZeros64(left)
		after := k.inverse(s.HitTheta[j])
		if after != after {
			after = 0 // see moveOne
		}
		s.HitClock[j] += float64(k.dtau / 2 * (after - s.Amp[j]))
	}
	if vectored > 0 {
		k.runEnds(s, vectored)
	}
	k.ends(s, vectored, active)
}

func (k *logValley1) move(s *lane.State, from, to int) int {
	return k.loop(s, rowOf(s.Theta, 0), stream.Table(), from, to)
}

// loop is move, see [valley1.loop].
//
//go:noinline
func (k *logValley1) loop(s *lane.State, theta *laneRow, table *[stream.Layers]float64, from, to int) int {
	h, amp, dtau, floor, half, edge2 := k.h, k.amp, k.dtau, k.floor, k.half, k.edge2
	if from < 0 || to > lane.Width {
		panic("sde: no such lanes")
	}
	_, _, _ = s.S0[0], theta[0], table[0]
	for j := from; j < to; j++ {
		s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
		word := bits.RotateLeft64(s0+s3, 23) + s0
		xi := float64(int64(word)>>12) * table[word&(stream.Layers-1)]
		x := theta[j]
		dt := dtau / (floor + float64(half*float64(x*x)))
		x = float64(amp*xi) + (x - float64(float64(h*x)*dt))
		if !(float64(x*x) <= edge2) {
			return j
		}
		theta[j] = x
		s.Clock[j] += dt
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

func (k *logValley1) moveOne(s *lane.State, j, step int) {
	x := s.Theta[j]
	dt := k.dtau / (k.floor + float64(k.half*float64(x*x)))
	s.Clock[j] += dt
	x = float64(k.amp*stream.Normal(s.Word(j))) + (x - float64(float64(k.h*x)*dt))
	s.Theta[j] = x
	if !(float64(x*x) <= k.edge2) {
		clock := s.Clock[j]
		if x != x { // the rule ends with the point before
			clock -= float64(dt / 2)
		}
		s.Leave(j, step, clock)
	}
}

// ends turns the clocks of the lanes from index from to index to into the
// trapezoidal rule at the end of a block.
func (k *logValley1) ends(s *lane.State, from, to int) {
	for j := from; j < to; j++ {
		after := k.inverse(s.Theta[j])
		s.Clock[j] += float64(k.dtau / 2 * (after - s.Amp[j]))
		s.Amp[j] = after
	}
}
