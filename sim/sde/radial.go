package sde

import (
	"math"
	"math/bits"

	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
	"sgdescape/sim/vector"
)

// A radial process is an n-dimensional landscape L0 + h |theta|²/2 with noise
// that knows no direction but that of theta,
//
//	eta Sigma = (slope L + constant) I + along theta theta^T
//
// It covers Eqs. 5, 13 and 15 on an isotropic valley, and with along = eta/B
// Eq. 4 for Gaussian inputs.
type radial struct {
	parabola
	n     int
	along float64
}

// radialProcess is the loop of a radial process with the exit L > level. In
// State it keeps |theta|² in Loss and, in tau, 1/L in Amp.
type radialProcess struct {
	radial
	dt    float64
	inTau bool
	edge2 float64 // |theta|² at the level

	rows    rows
	normals *normals
	*radialRows
	turned *along // of noise along theta
}

type radialRows struct {
	decay, amp laneRow
	zero       laneRow
	begin      laneRow // in tau, the clocks at the beginning of the block
}

func newRadialProcess(q radial, dt float64, form Form, w lane.Watch) *radialProcess {
	k := &radialProcess{
		radial: q, dt: dt, inTau: form == LogTime, edge2: math.Inf(1),
		rows: rows{vector.Best()}, normals: newNormals(q.n), radialRows: &lane.Own[radialRows](1)[0], turned: &lane.Own[along](1)[0],
	}
	k.turned.c = q.along * dt
	if k.inTau {
		fill(&k.amp, math.Sqrt(q.slope*dt))
	} else {
		fill(&k.decay, 1-float64(q.h*dt))
	}
	if w.Monitor == lane.Loss {
		level := w.Level
		if w.Corrected {
			level = innerLevel(level, func(l float64) float64 {
				// grad L^T eta Sigma grad L with grad L = h theta.
				r2 := 2 * max(0, l-q.floor) / q.h
				variance := max(0, float64(q.slope*l)+q.constant)
				if k.inTau {
					variance = q.slope
				}
				return q.h * math.Sqrt(dt*(float64(variance*r2)+float64(q.along*r2*r2)))
			})
		}
		k.edge2 = q.squareAt(level)
	}
	return k
}

// Extra returns 0.
func (k *radialProcess) Extra() int { return 0 }

// Begin stores |theta|² and 1/L of the start.
func (k *radialProcess) Begin(s *lane.State, j int) {
	r2 := 0.0
	for i := range k.n {
		x := s.Theta[i*lane.Width+j]
		r2 += float64(x * x)
	}
	s.Loss[j] = r2
	s.Amp[j] = 1 / (k.floor + float64(k.h/2*r2))
}

// LongestStep returns dtau/L0.
func (k *radialProcess) LongestStep() float64 { return k.dt / k.floor }

// Advance moves the lanes.
func (k *radialProcess) Advance(s *lane.State, active, steps int) {
	if k.inTau {
		k.begin = s.Clock
	}
	for step := 1; step <= steps; step++ {
		k.prepare(s, active)
		if k.rows.set == vector.Portable && k.along == 0 {
			k.drawAndMove(s, active)
		} else {
			k.move(s, k.normals.next(s, active, steps-step+1), active)
		}
		if k.inTau {
			k.rows.clock(&s.Clock, &s.Amp, &s.Loss, k.dt/2, k.h/2, k.floor, active)
		}
		k.look(s, active, step)
	}
}

// look records the lanes that are outside. Without an exit only those are whose
// |theta|² is not a number.
func (k *radialProcess) look(s *lane.State, active, step int) {
	level := min(k.edge2, math.MaxFloat64)
	for beyond := k.rows.crossed(&s.Loss, &k.zero, level, active); beyond != 0; beyond &= beyond - 1 {
		j := bits.TrailingZeros64(beyond)
		if s.Loss[j] <= k.edge2 {
			continue
		}
		clock := s.Clock[j]
		if clock != clock { // there is no 1/L at the end of the step
			clock = k.begin[j]
		}
		s.Leave(j, step, clock)
	}
}

// move moves theta by the deviates xi.
func (k *radialProcess) move(s *lane.State, xi []float64, active int) {
	if k.along == 0 {
		k.rows.decay(s.Theta, xi, &k.amp, &k.decay, &s.Loss, k.n, active)
	} else {
		k.rows.decayAlong(s.Theta, xi, &k.decay, &s.Loss, k.turned, k.n, active)
	}
}

// drawAndMove is move without noise along theta in one loop over the lanes,
// which is faster where the rows have no vector twins. It has the same bits.
func (k *radialProcess) drawAndMove(s *lane.State, active int) {
	for j, i := k.loop(s, 0, 0, active); j < active; j, i = k.loop(s, j, i+1, active) {
		at := i*lane.Width + j
		x := float64(k.amp[j]*stream.Normal(s.Word(j))) + float64(k.decay[j]*s.Theta[at])
		s.Theta[at] = x
		s.Loss[j] += float64(x * x)
	}
}

// loop moves the lanes from coordinate i of lane j on. Before a coordinate with a
// rare word, or one that becomes NaN, it stops and tells where it is.
//
//go:noinline
func (k *radialProcess) loop(s *lane.State, j, i, active int) (int, int) {
	table, theta := stream.Table(), s.Theta
	for ; j < active; j++ {
		at := i*lane.Width + j&laneMask
		j := j & laneMask
		s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
		amp, decay, r2 := k.amp[j], k.decay[j], s.Loss[j]
		for ; at < len(theta); at += lane.Width {
			word := bits.RotateLeft64(s0+s3, 23) + s0
			xi := float64(int64(word)>>12) * table[word&(stream.Layers-1)] // NaN for a rare word
			x := float64(amp*xi) + float64(decay*theta[at])
			if x != x {
				break
			}
			theta[at] = x
			r2 += float64(x * x)
			t := s1 << 17
			s2 ^= s0
			s3 ^= s1
			s1 ^= s2
			s0 ^= s3
			s2 ^= t
			s3 = bits.RotateLeft64(s3, 45)
		}
		s.S0[j], s.S1[j], s.S2[j], s.S3[j], s.Loss[j] = s0, s1, s2, s3, r2
		if at < len(theta) {
			return j, at / lane.Width
		}
		i = 0
	}
	return active, 0
}

// prepare computes what the coordinates of a step share, and clears |theta|².
func (k *radialProcess) prepare(s *lane.State, active int) {
	if k.inTau {
		k.rows.complements(&k.decay, &s.Amp, k.h*k.dt, active)
		clear(s.Loss[:])
		return
	}
	base, curve := float64((float64(k.slope*k.floor)+k.constant)*k.dt), float64(k.slope*k.h/2*k.dt)
	if k.along == 0 {
		k.rows.amplitudes(&k.amp, &s.Loss, 1, curve, base, active)
		clear(s.Loss[:])
		return
	}
	for j, r2 := range s.Loss[:active] {
		k.turned.variance[j] = base + float64(curve*r2)
	}
	k.turned.tail = k.turned.variance
	clear(k.turned.sum[:])
	clear(s.Loss[:])
}
