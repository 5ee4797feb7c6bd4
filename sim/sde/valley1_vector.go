//go:build amd64 && !purego

package sde

import (
	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
	"sgdescape/sim/vector"
)

func (k *valley1) run(s *lane.State, p part, first, from, left int) int {
	f := valley1AVX2
	if k.set == vector.AVX512 {
		f = valley1AVX512
	}
	return f(&s.Theta[0], &s.S0[0], &s.S1[0], &s.S2[0], &s.S3[0], &s.Hit[0], &stream.Table()[0],
		k.decay, k.base, k.curve, k.edge2, p.lanes, p.steps, first, from, left)
}

func (k *logValley1) run(s *lane.State, p part, first, from, left int) int {
	f := logValley1AVX2
	if k.set == vector.AVX512 {
		f = logValley1AVX512
	}
	return f(&s.Theta[0], &s.Clock[0], &s.S0[0], &s.S1[0], &s.S2[0], &s.S3[0], &s.Hit[0], &stream.Table()[0],
		k.h, k.amp, k.dtau, k.floor, k.half, k.edge2, p.lanes, p.steps, first, from, left)
}

func (k *logValley1) runEnds(s *lane.State, from, to int) int {
	f := logEndsAVX2
	if k.set == vector.AVX512 {
		f = logEndsAVX512
	}
	return f(&s.Theta[0], &s.Clock[0], &s.Amp[0], &s.Hit[0], k.floor, k.half, k.dtau/2, from, to)
}
