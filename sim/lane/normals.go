package lane

import (
	"math/bits"

	"sgdescape/sim/stream"
)

// Normals stores the next standard normal deviate of each of the first
// len(dst) lanes in dst.
func (s *State) Normals(dst []float64) { s.NormalRows(dst, 1, len(dst)) }

// NormalRows stores the next rows deviates of each of the first active lanes:
// dst[r*Width+j] is the r-th of lane j. Drawing several at once is faster.
func (s *State) NormalRows(dst []float64, rows, active int) {
	stream.Fill(dst, rows, Width, s.S0[:active], s.S1[:active], s.S2[:active], s.S3[:active])
}

// Word moves the stream of lane j on and returns its next word. It is written so
// that it is inlined; where j is known to be below Width, as j&(Width-1) is, its
// accesses are not checked.
func (s *State) Word(j int) uint64 {
	s0, s1, s3 := s.S0[j], s.S1[j], s.S3[j]
	a := s.S2[j] ^ s0
	s.S0[j] = s1 ^ s3 ^ s0
	s.S1[j] = s1 ^ a
	s.S2[j] = s1<<17 ^ a
	s.S3[j] = bits.RotateLeft64(s1^s3, 45)
	return bits.RotateLeft64(s0+s3, 23) + s0
}
