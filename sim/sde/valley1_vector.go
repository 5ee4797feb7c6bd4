//go:build amd64 && !purego

package sde

import (
	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
	"sgdescape/sim/vector"
)

func (k *valley1) run(s *lane.State, lanes, from, left int) (undone int, behind uint32) {
	f := vector.Choose(k.set, valley1AVX2, valley1AVX2Gather, valley1AVX512, valley1AVX512Gather)
	return f(&s.Theta[0], &s.S0[0], &s.Hit[0], &stream.Table()[0],
		k.decay, k.base, k.curve, k.edge2, lanes, from, left)
}

func (k *logValley1) run(s *lane.State, lanes, from, left int) (undone int, behind uint32) {
	f := vector.Choose(k.set, logValley1AVX2, logValley1AVX2Gather, logValley1AVX512, logValley1AVX512Gather)
	return f(&s.Theta[0], &s.Clock[0], &s.S0[0], &s.Hit[0], &stream.Table()[0],
		k.h, k.amp, k.dtau, k.floor, k.half, k.edge2, lanes, from, left)
}

// runEnds is ends for the first lanes, a whole number of registers.
func (k *logValley1) runEnds(s *lane.State, lanes int) {
	f := logEndsAVX2
	if k.set >= vector.AVX512 {
		f = logEndsAVX512
	}
	f(&s.Theta[0], &s.Clock[0], &s.Amp[0], k.floor, k.half, k.dtau/2, lanes)
}
