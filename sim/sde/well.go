package sde

import (
	"math"

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

func (k *well1) move(s *lane.State, from, to, step int) {
	if k.inTau {
		k.stepTau(s, from, to, step)
	} else {
		k.stepT(s, from, to, step)
	}
}

// stepT makes one step in t.
func (k *well1) stepT(s *lane.State, from, to, step int) {
	const mask = lane.Width - 1
	table := stream.Table()
	theta := (*[lane.Width]float64)(s.Theta)
	inverse2, drift, base, curve, a, shift, level := k.inverse2, k.slope*k.step, k.base, k.curve, k.a, k.shift, k.level
	for at := from; at < to; at++ {
		j := at & mask
		word := s.Word(j)
		layer := word & (stream.Layers - 1)
		xi := float64(int64(word)>>12) * table[layer]
		if layer >= stream.RareFrom {
			xi = stream.Rare(word)
		}
		x, amp := theta[j], s.Amp[j]
		q := 1 - float64(float64(x*x)*inverse2)
		x = float64(amp*xi) + (x + float64(drift*float64(x*q)))
		theta[j] = x
		q = 1 - float64(float64(x*x)*inverse2)
		amp = math.Sqrt(base + float64(curve*float64(q*q)))
		s.Amp[j] = amp
		if !(float64(a*x)+float64(shift*amp) <= level) {
			s.Leave(j, step, 0)
		}
	}
}

// stepTau makes one step in tau.
func (k *well1) stepTau(s *lane.State, from, to, step int) {
	const mask = lane.Width - 1
	table := stream.Table()
	theta := (*[lane.Width]float64)(s.Theta)
	inverse2, slope, amp, floor, height, dtau, a, level := k.inverse2, k.slope, k.amp, k.floor, k.height, k.step, k.a, k.level-float64(k.shift*k.amp)
	for at := from; at < to; at++ {
		j := at & mask
		word := s.Word(j)
		layer := word & (stream.Layers - 1)
		xi := float64(int64(word)>>12) * table[layer]
		if layer >= stream.RareFrom {
			xi = stream.Rare(word)
		}
		x, dt := theta[j], s.Amp[j]
		q := 1 - float64(float64(x*x)*inverse2)
		x = float64(amp*xi) + (x + float64(dt*float64(slope*float64(x*q))))
		theta[j] = x
		q = 1 - float64(float64(x*x)*inverse2)
		after := dtau / (floor + float64(height*float64(q*q)))
		s.Amp[j] = after
		s.Clock[j] += float64(0.5 * (dt + after))
		if !(float64(a*x) <= level) {
			s.Leave(j, step, s.Clock[j])
		}
	}
}
