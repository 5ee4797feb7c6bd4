//go:build amd64 && !purego

package sde

import (
	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
	"sgdescape/sim/vector"
)

func (k *valley1) run(s *lane.State, lanes, from, left int) (undone int, behind uint32) {
	f := valley1AVX2
	switch k.set {
	case vector.AVX512:
		f = valley1AVX512
	case vector.Gather:
		f = valley1Gather
	}
	return f(&s.Theta[0], &s.S0[0], &s.Hit[0], &stream.Table()[0],
		k.decay, k.base, k.curve, k.edge2, lanes, from, left)
}

func (k *logValley1) run(s *lane.State, lanes, from, left int) (undone int, behind uint32) {
	f := logValley1AVX2
	switch k.set {
	case vector.AVX512:
		f = logValley1AVX512
	case vector.Gather:
		f = logValley1Gather
	}
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
