//go:build amd64 && !purego

package stream

import "sgdescape/sim/vector"

// fillVector is the loop of [Fill] for a positive number of streams that is a
// multiple of the lanes of the set, at most 64. It stores NaN for a rare word and
// returns which streams had one, as bits.
func fillVector(set vector.Set, dst []float64, s0, s1, s2, s3 []uint64, rows, stride int) uint64 {
	f := vector.Choose(set, fillAVX2, fillAVX2Gather, fillAVX512, fillAVX512Gather)
	return f(&dst[0], &s0[0], &s1[0], &s2[0], &s3[0], &edge[0], len(s0), rows, stride)
}
