//go:build amd64 && !purego

package stream

import "sgdescape/sim/vector"

// fillVector fills from index from to index to, a multiple of the lanes of the
// set, and returns to, or where it stopped before a rare word.
func fillVector(set vector.Set, dst []float64, s0, s1, s2, s3 []uint64, from, to int) int {
	if set == vector.AVX512 {
		return fillAVX512(&dst[0], &s0[0], &s1[0], &s2[0], &s3[0], &edge[0], from, to)
	}
	return fillAVX2(&dst[0], &s0[0], &s1[0], &s2[0], &s3[0], &edge[0], from, to)
}
