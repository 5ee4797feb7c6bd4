//go:build amd64 && !purego

package stream

import "sgdescape/sim/vector"

// fillVector is the loop of [Fill] for a number n of streams that is a positive
// multiple of the lanes of the set. It stores NaN for a rare word and reports
// whether there is one.
func fillVector(set vector.Set, dst []float64, s0, s1, s2, s3 []uint64, n int) (rare bool) {
	if set == vector.AVX512 {
		return fillAVX512(&dst[0], &s0[0], &s1[0], &s2[0], &s3[0], &edge[0], n)
	}
	return fillAVX2(&dst[0], &s0[0], &s1[0], &s2[0], &s3[0], &edge[0], n)
}
