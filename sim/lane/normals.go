package lane

import (
	"math/bits"

	"sgdescape/sim/stream"
)

// Normals stores the next standard normal deviate of each of the first
// len(dst) lanes in dst.
func (s *State) Normals(dst []float64) {
	table := stream.Table()
	for at := range dst {
		j := at & (Width - 1)
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
		dst[at] = xi
	}
}
