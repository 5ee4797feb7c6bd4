package lane

import "sgdescape/sim/stream"

// Normals stores the next standard normal deviate of each of the first
// len(dst) lanes in dst.
func (s *State) Normals(dst []float64) { s.NormalRows(dst, 1, len(dst)) }

// NormalRows stores the next rows deviates of each of the first active lanes:
// dst[r*Width+j] is the r-th of lane j. Drawing several at once is faster.
func (s *State) NormalRows(dst []float64, rows, active int) {
	stream.Fill(dst, rows, Width, s.S0[:active], s.S1[:active], s.S2[:active], s.S3[:active])
}
