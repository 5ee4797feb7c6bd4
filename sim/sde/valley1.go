package sde

import (
	"math"
	"math/bits"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
)

// A parabola is a one-dimensional landscape L0 + h (x - m)²/2 whose noise is
// linear in the loss, eta Sigma = slope L + constant: Eqs. 5, 13 and 15, and
// Eq. 4 for Gaussian inputs, where Sigma = (4 L - 2 L0)/B.
type parabola struct {
	h, m, floor     float64
	slope, constant float64
}

// parabola recognises the process.
func (p *Process) parabola() (q parabola, ok bool) {
	if p.n != 1 {
		return q, false
	}
	switch l := p.landscape.(type) {
	case *landscape.IsotropicValley:
		q.h, q.floor = l.Curvature(), l.Floor()
	case *landscape.QuadraticValley:
		q.h, q.m, q.floor = hessian1(l), l.Minimum()[0], l.Floor()
	case *dataset.Population:
		q.h, q.floor = 1, l.MinimumLoss()
	case *dataset.Regression:
		q.h, q.m, q.floor = hessian1(l), l.Minimum()[0], l.MinimumLoss()
	default:
		return q, false
	}
	if p.root != nil {
		variance := p.scale * p.root[0] * p.root[0]
		if p.lossy {
			q.slope = variance
		} else {
			q.constant = variance
		}
		return q, true
	}
	g, ok := p.noise.(*noise.GaussianInputs)
	if !ok || !same(g.Population(), p.landscape) {
		return q, false
	}
	perSample := p.eta / float64(g.BatchSize())
	q.slope, q.constant = 4*perSample, -2*perSample*q.floor
	return q, true
}

// valley1 is the fused loop of a parabola in t, with the exit L > level.
type valley1 struct {
	parabola
	drift float64 // h dt
	half  float64 // h/2
	level float64
}

func newValley1(q parabola, dt float64, w lane.Watch) *valley1 {
	k := &valley1{parabola: q, drift: q.h * dt, half: q.h / 2, level: math.Inf(1)}
	k.slope *= dt
	k.constant *= dt
	if w.Monitor == lane.Loss {
		k.level = w.Level
	}
	if w.Corrected {
		// The local rule L + Shift amp |L'| > level, with |L'|² = 2 h (L - L0),
		// is a constant threshold on L.
		k.level = innerLevel(k.level, func(l float64) float64 {
			return math.Sqrt(max(0, k.slope*l+k.constant) * 2 * q.h * max(0, l-q.floor))
		})
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
		mid := low + (high-low)/2
		if mid <= low || mid >= high {
			return low
		}
		if mid+lane.Shift*spread(mid) > level {
			high = mid
		} else {
			low = mid
		}
	}
}

// Extra returns 0.
func (k *valley1) Extra() int { return 0 }

// Begin stores the noise amplitude of the start.
func (k *valley1) Begin(s *lane.State, j int) {
	z := s.Theta[j] - k.m
	s.Amp[j] = math.Sqrt(float64(k.slope*(k.floor+float64(k.half*z*z))) + k.constant)
}

// Advance moves the lanes.
func (k *valley1) Advance(s *lane.State, active, steps int) {
	const mask = lane.Width - 1
	m, drift, half, floor, slope, constant, level := k.m, k.drift, k.half, k.floor, k.slope, k.constant, k.level
	table := stream.Table()
	theta := (*[lane.Width]float64)(s.Theta)
	for step := 1; step <= steps; step++ {
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
			x := theta[j]
			x = float64(s.Amp[j]*xi) + (x - float64(drift*(x-m)))
			theta[j] = x
			z := x - m
			loss := floor + float64(half*float64(z*z))
			s.Amp[j] = math.Sqrt(float64(slope*loss) + constant)
			if !(loss <= level) {
				s.Leave(j, step, 0)
			}
		}
	}
}

// logValley1 is the fused loop of a parabola in tau with noise proportional to
// the loss, with the exit L > level.
type logValley1 struct {
	parabola
	drift float64 // h d tau
	half  float64 // h/2
	amp   float64 // sqrt(slope d tau)
	dHalf float64 // d tau/2
	level float64
}

func newLogValley1(q parabola, dtau float64, w lane.Watch) *logValley1 {
	k := &logValley1{parabola: q, drift: q.h * dtau, half: q.h / 2, amp: math.Sqrt(q.slope * dtau), dHalf: dtau / 2, level: math.Inf(1)}
	if w.Monitor == lane.Loss {
		k.level = w.Level
	}
	if w.Corrected {
		k.level = innerLevel(k.level, func(l float64) float64 {
			return k.amp * math.Sqrt(2*q.h*max(0, l-q.floor))
		})
	}
	return k
}

// Extra returns 0.
func (k *logValley1) Extra() int { return 0 }

// Begin stores 1/L of the start.
func (k *logValley1) Begin(s *lane.State, j int) {
	z := s.Theta[j] - k.m
	s.Amp[j] = 1 / (k.floor + float64(k.half*float64(z*z)))
}

// Advance moves the lanes. Amp holds 1/L.
func (k *logValley1) Advance(s *lane.State, active, steps int) {
	const mask = lane.Width - 1
	m, drift, half, floor, amp, dHalf, level := k.m, k.drift, k.half, k.floor, k.amp, k.dHalf, k.level
	table := stream.Table()
	theta := (*[lane.Width]float64)(s.Theta)
	for step := 1; step <= steps; step++ {
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
			x, inverse := theta[j], s.Amp[j]
			x = float64(amp*xi) + (x - float64(float64(drift*(x-m))*inverse))
			theta[j] = x
			z := x - m
			loss := floor + float64(half*float64(z*z))
			after := 1 / loss
			s.Amp[j] = after
			s.Clock[j] += float64(dHalf * (inverse + after))
			if !(loss <= level) {
				s.Leave(j, step, s.Clock[j])
			}
		}
	}
}

// hessian1 returns the curvature of a one-dimensional quadratic landscape.
func hessian1(l landscape.Landscape) float64 {
	h := mat.NewSymDense(1, nil)
	l.Hessian(h, []float64{0})
	return h.At(0, 0)
}
