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

	decay, amp, next2 [lane.Width]float64
	xi                [lane.Width]float64
	sum, tail         [lane.Width]float64 // of the triangular root, see moveAlong
}

func newRadialProcess(q radial, dt float64, form Form, w lane.Watch) *radialProcess {
	k := &radialProcess{radial: q, dt: dt, inTau: form == LogTime, edge2: math.Inf(1)}
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
		k.edge2 = 2 * (level - q.floor) / q.h
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

// Advance moves the lanes.
func (k *radialProcess) Advance(s *lane.State, active, steps int) {
	for step := 1; step <= steps; step++ {
		k.prepare(s, active)
		for i := range k.n {
			if k.along == 0 {
				k.move(s, i, active)
			} else {
				k.moveAlong(s, i, active)
			}
		}
		if k.inTau {
			for j, r2 := range k.next2[:active] {
				after := 1 / (k.floor + float64(k.h/2*r2))
				s.Clock[j] += float64(k.dt / 2 * (s.Amp[j] + after))
				s.Amp[j] = after
			}
		}
		for j, r2 := range k.next2[:active] {
			s.Loss[j] = r2
			if !(r2 <= k.edge2) {
				s.Leave(j, step, s.Clock[j])
			}
		}
	}
}

// prepare computes what the coordinates of a step share.
func (k *radialProcess) prepare(s *lane.State, active int) {
	clear(k.next2[:])
	if k.inTau {
		drift, amp := k.h*k.dt, math.Sqrt(k.slope*k.dt)
		for j, inverse := range s.Amp[:active] {
			k.decay[j] = 1 - float64(drift*inverse)
			k.amp[j] = amp
		}
		return
	}
	decay := 1 - float64(k.h*k.dt)
	base, curve := float64((float64(k.slope*k.floor)+k.constant)*k.dt), float64(k.slope*k.h/2*k.dt)
	for j, r2 := range s.Loss[:active] {
		k.decay[j] = decay
		k.amp[j] = base + float64(curve*r2)
	}
	if k.along == 0 {
		for j, variance := range k.amp[:active] {
			k.amp[j] = math.Sqrt(variance)
		}
		return
	}
	clear(k.sum[:])
	copy(k.tail[:], k.amp[:active])
}

// move advances coordinate i, with the next normal deviate of each lane. Vector
// normals are drawn for all lanes at once; otherwise drawing them one by one,
// next to the arithmetic, is faster.
func (k *radialProcess) move(s *lane.State, i, active int) {
	const mask = lane.Width - 1
	if vector.Best() != vector.Portable {
		s.Normals(k.xi[:active])
		theta := (*[lane.Width]float64)(s.Theta[i*lane.Width:])
		for at := range active {
			j := at & mask
			x := float64(k.amp[j]*k.xi[j]) + float64(k.decay[j]*theta[j])
			theta[j] = x
			k.next2[j] += float64(x * x)
		}
		return
	}
	table := stream.Table()
	theta := (*[lane.Width]float64)(s.Theta[i*lane.Width:])
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
		x := float64(k.amp[j]*xi) + float64(k.decay[j]*theta[j])
		theta[j] = x
		k.next2[j] += float64(x * x)
	}
}

// moveAlong is move for noise along theta. With A = (slope L + constant) dt,
// c = along dt and t_i = A + c (theta_1² + ... + theta_i²), the triangular root
// of A I + c theta theta^T acts by
//
//	y_i = t_i q_i xi_i + c theta_i sum_{k<i} theta_k q_k xi_k,  q_i = sqrt(A/(t_{i-1} t_i))
func (k *radialProcess) moveAlong(s *lane.State, i, active int) {
	var xi [lane.Width]float64
	s.Normals(xi[:active])
	c := k.along * k.dt
	theta := s.Theta[i*lane.Width : i*lane.Width+active]
	for j, x := range theta {
		before := k.tail[j]
		after := before + float64(c*float64(x*x))
		q := math.Sqrt(k.amp[j] / float64(before*after))
		qxi := float64(q * xi[j])
		y := float64(after*qxi) + float64(float64(c*x)*k.sum[j])
		k.sum[j] += float64(x * qxi)
		k.tail[j] = after
		x = y + float64(k.decay[j]*x)
		theta[j] = x
		k.next2[j] += float64(x * x)
	}
}
