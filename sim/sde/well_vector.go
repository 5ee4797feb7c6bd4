//go:build amd64 && !purego

package sde

import (
	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
	"sgdescape/sim/vector"
)

func (k *well1) run(s *lane.State, lanes, from, left int) (undone int, behind uint32) {
	if k.inTau {
		f := vector.Choose(k.set, logWellAVX2, logWellAVX2Gather, logWellAVX512, logWellAVX512Gather)
		return f(&s.Theta[0], &s.Amp[0], &s.Clock[0], &s.S0[0], &s.Hit[0], &stream.Table()[0],
			k.inverse2, k.slope, k.amp, k.step, k.floor, k.height, 0.5, k.a, k.levelTau(), lanes, from, left)
	}
	f := vector.Choose(k.set, wellAVX2, wellAVX2Gather, wellAVX512, wellAVX512Gather)
	return f(&s.Theta[0], &s.Amp[0], &s.S0[0], &s.Hit[0], &stream.Table()[0],
		k.inverse2, k.slope*k.step, k.base, k.curve, k.a, k.shift, k.level, lanes, from, left)
}
