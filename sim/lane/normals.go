package lane

import "sgdescape/sim/stream"

// Normals stores the next standard normal deviate of each of the first
// len(dst) lanes in dst.
func (s *State) Normals(dst []float64) {
	stream.Fill(dst, s.S0[:], s.S1[:], s.S2[:], s.S3[:])
}
