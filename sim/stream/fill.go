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
	whole := n &^ (set.Lanes() - 1)
	if set == vector.Portable {
		whole = 0
	}
	if whole > 0 && fillVector(set, dst, s0, s1, s2, s3, whole) {
		for j, xi := range dst[:whole] {
			if xi != xi {
				dst[j] = Rare(wordBefore(s0[j], s1[j], s2[j], s3[j]))
			}
		}
	}
	fillPortable(dst[whole:], s0[whole:], s1[whole:], s2[whole:], s3[whole:])
}

// wordBefore returns the word that was drawn from a stream when it moved on to
// the given state.
func wordBefore(s0, s1, s2, s3 uint64) uint64 {
	// Forwards: b = s2^s0, c = s3^s1, then s1' = s1^b, s0' = s0^c,
	// s2' = b ^ s1<<17, s3' = c rotated by 45.
	c := bits.RotateLeft64(s3, -45)
	a := s0 ^ c
	x := s1 ^ s2 // of s1 before, x = s1 ^ s1<<17
	x ^= x << 17
	x ^= x << 34
	return bits.RotateLeft64(a+(c^x), 23) + a
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
