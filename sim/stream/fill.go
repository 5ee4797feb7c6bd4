package stream

import (
	"math/bits"

	"sgdescape/sim/vector"
)

// set chooses the loop of [Fill].
var set = vector.Best()

// Fill stores the next standard normal deviate of len(dst) streams, whose
// states are s0[j], s1[j], s2[j] and s3[j], and moves the states on: dst[j] and
// stream j are what [Source.Normal] gives. The states must be at least as long
// as dst.
func Fill(dst []float64, s0, s1, s2, s3 []uint64) {
	n := len(dst)
	s0, s1, s2, s3 = s0[:n], s1[:n], s2[:n], s3[:n]
	at := 0
	if lanes := set.Lanes(); lanes > 1 {
		for whole := n &^ (lanes - 1); at < whole; at += lanes {
			if at = fillVector(set, dst, s0, s1, s2, s3, at, whole); at == whole {
				break
			}
			end := at + lanes // a rare word is among these
			fillPortable(dst[at:end], s0[at:end], s1[at:end], s2[at:end], s3[at:end])
		}
	}
	fillPortable(dst[at:], s0[at:], s1[at:], s2[at:], s3[at:])
}

func fillPortable(dst []float64, s0, s1, s2, s3 []uint64) {
	n := len(dst)
	s0, s1, s2, s3 = s0[:n], s1[:n], s2[:n], s3[:n]
	for j := range dst {
		a, b, c, d := s0[j], s1[j], s2[j], s3[j]
		word := bits.RotateLeft64(a+d, 23) + a
		t := b << 17
		c ^= a
		d ^= b
		s1[j] = b ^ c
		s0[j] = a ^ d
		s2[j] = c ^ t
		s3[j] = bits.RotateLeft64(d, 45)
		layer := word & (Layers - 1)
		xi := float64(int64(word)>>12) * edge[layer]
		if layer >= rareFrom {
			xi = Rare(word)
		}
		dst[j] = xi
	}
}
