package sde

import (
	"math"
	"math/bits"

	"sgdescape/model/landscape"
	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
	"sgdescape/sim/vector"
)

// well1 is the fused loop of the double well L0 + dL (1 - (x/w)²)² with
// separable noise and the exit a x > level. With q = 1 - (x/w)²,
//
//	L = floor + height q²,  L' = -slope x q,  slope = 4 dL/w²
//
// State holds the amplitude in Amp in t, and dt = d tau/L in tau.
type well1 struct {
	set             vector.Set
	inverse2, slope float64 // 1/w², 4 dL/w²
	floor, height   float64
	base, curve     float64 // amp² = base + curve q² in t
	step, amp       float64 // amp in tau
	inTau           bool
	a, shift, level float64 // left where a x + shift amp > level
}

// well returns the loop if the process and the exit are of its kind.
func (p *Process) well(w lane.Watch) (k *well1, ok bool) {
	l, ok := p.landscape.(*landscape.DoubleWell)
	if !ok || p.root == nil || w.Monitor != lane.Plane && w.Monitor != lane.Nothing {
		return nil, false
	}
	width2 := l.Width() * l.Width()
	k = &well1{
		set:      vector.Best(),
		inverse2: 1 / width2, slope: 4 * l.Height() / width2, floor: l.Floor(), height: l.Height(),
		step: p.dt, inTau: p.form == LogTime, level: math.Inf(1),
	}
	variance := p.scale * p.root[0] * p.root[0] * p.dt
	k.amp = math.Sqrt(variance)
	if p.lossy {
		k.base, k.curve = variance*l.Floor(), variance*l.Height()
	} else {
		k.base = variance
	}
	if w.Monitor == lane.Plane {
		k.a, k.level = w.Normal[0], w.Level
	}
	if w.Corrected {
		k.shift = lane.Shift * math.Abs(k.a)
	}
	return k, true
}

// Extra returns 0.
func (k *well1) Extra() int { return 0 }

// Begin stores the amplitude, or the length of a step, at the start.
func (k *well1) Begin(s *lane.State, j int) {
	x := s.Theta[j]
	q := 1 - float64(float64(x*x)*k.inverse2)
	q2 := float64(q * q)
	if k.inTau {
		s.Amp[j] = k.step / (k.floor + float64(k.height*q2))
	} else {
		s.Amp[j] = math.Sqrt(k.base + float64(k.curve*q2))
	}
}

// LongestStep returns dtau/L*.
func (k *well1) LongestStep() float64 { return k.step / k.floor }

// Advance moves the lanes.
func (k *well1) Advance(s *lane.State, active, steps int) { advance(k, k.set, s, active, steps) }

func (k *well1) move(s *lane.State, from, to int) int {
	if k.inTau {
		return k.loopTau(s, rowOf(s.Theta, 0), stream.Table(), from, to)
	}
	return k.loopT(s, rowOf(s.Theta, 0), stream.Table(), from, to)
}

func (k *well1) moveOne(s *lane.State, j, step int) {
	if k.inTau {
		k.moveOneTau(s, j, step)
	} else {
		k.moveOneT(s, j, step)
	}
}

// loopT is move in t, see [valley1.loop].
//
//go:noinline
func (k *well1) loopT(s *lane.State, theta *laneRow, table *[stream.Layers]float64, from, to int) int {
	inverse2, drift, base, curve, a, shift, level := k.inverse2, k.slope*k.step, k.base, k.curve, k.a, k.shift, k.level
	if from < 0 || to > lane.Width {
		panic("sde: no such lanes")
	}
	_, _, _ = s.S0[0], theta[0], table[0]
	for j := from; j < to; j++ {
		s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
		word := bits.RotateLeft64(s0+s3, 23) + s0
		xi := float64(int64(word)>>12) * table[word&(stream.Layers-1)]
		x := theta[j]
		q := 1 - float64(float64(x*x)*inverse2)
		x = float64(s.Amp[j]*xi) + (x + float64(drift*float64(x*q)))
		q = 1 - float64(float64(x*x)*inverse2)
		amp := math.Sqrt(base + float64(curve*float64(q*q)))
		if !(float64(a*x)+float64(shift*amp) <= level) {
			return j
		}
		theta[j], s.Amp[j] = x, amp
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

func (k *well1) moveOneT(s *lane.State, j, step int) {
	x := s.Theta[j]
	q := 1 - float64(float64(x*x)*k.inverse2)
	x = float64(s.Amp[j]*stream.Normal(s.Word(j))) + (x + float64(k.slope*k.step*float64(x*q)))
	q = 1 - float64(float64(x*x)*k.inverse2)
	amp := math.Sqrt(k.base + float64(k.curve*float64(q*q)))
	s.Theta[j], s.Amp[j] = x, amp
	if !(float64(k.a*x)+float64(k.shift*amp) <= k.level) {
		s.Leave(j, step, 0)
	}
}

// loopTau is move in tau.
//
//go:noinline
func (k *well1) loopTau(s *lane.State, theta *laneRow, table *[stream.Layers]float64, from, to int) int {
	inverse2, slope, amp, floor, height, dtau, a, level := k.inverse2, k.slope, k.amp, k.floor, k.height, k.step, k.a, k.levelTau()
	if from < 0 || to > lane.Width {
		panic("sde: no such lanes")
	}
	_, _, _ = s.S0[0], theta[0], table[0]
	for j := from; j < to; j++ {
		s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
		word := bits.RotateLeft64(s0+s3, 23) + s0
		xi := float64(int64(word)>>12) * table[word&(stream.Layers-1)]
		x, dt := theta[j], s.Amp[j]
		q := 1 - float64(float64(x*x)*inverse2)
		x = float64(amp*xi) + (x + float64(dt*float64(slope*float64(x*q))))
		if !(float64(a*x) <= level) {
			return j
		}
		theta[j] = x
		q = 1 - float64(float64(x*x)*inverse2)
		after := dtau / (floor + float64(height*float64(q*q)))
		s.Amp[j] = after
		s.Clock[j] += float64(0.5 * (dt + after))
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

func (k *well1) moveOneTau(s *lane.State, j, step int) {
	x, dt := s.Theta[j], s.Amp[j]
	q := 1 - float64(float64(x*x)*k.inverse2)
	x = float64(k.amp*stream.Normal(s.Word(j))) + (x + float64(dt*float64(k.slope*float64(x*q))))
	s.Theta[j] = x
	q = 1 - float64(float64(x*x)*k.inverse2)
	after := k.step / (k.floor + float64(k.height*float64(q*q)))
	s.Amp[j] = after
	if after >= 0 { // not where x is no number
		s.Clock[j] += float64(0.5 * (dt + after))
	}
	if !(float64(k.a*x) <= k.levelTau()) {
		s.Leave(j, step, s.Clock[j])
	}
}

// levelTau returns the level of a x in tau, where the amplitude is constant.
func (k *well1) levelTau() float64 { return k.level - float64(k.shift*k.amp) }
