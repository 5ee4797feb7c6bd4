package stream

import (
	"math/bits"

	"sgdescape/sim/vector"
)

// set chooses the loop of [Fill].
var set = vector.Best()

// Fill stores the next rows standard normal deviates of len(s0) streams, whose
// states are s0[j], s1[j], s2[j] and s3[j], and moves the states on: dst[j],
// dst[stride+j], … are what [Source.Normal] gives one after the other for stream
// j. Drawing several rows at once is faster. The states must have the same
// length, at most stride, and dst room for all rows.
func Fill(dst []float64, rows, stride int, s0, s1, s2, s3 []uint64) {
	n := len(s0)
	s1, s2, s3 = s1[:n], s2[:n], s3[:n]
	if n == 0 || rows <= 0 {
		return
	}
	_ = dst[(rows-1)*stride+n-1]
	at := 0
	if set != vector.Portable {
		for whole := n &^ (set.Lanes() - 1); at < whole; {
			end := min(whole, at+64)
			found := fillVector(set, dst[at:], s0[at:end], s1[at:end], s2[at:end], s3[at:end], rows, stride)
			for ; found != 0; found &= found - 1 {
				j := at + bits.TrailingZeros64(found)
				fillRare(dst[j:], rows, stride, Source{s0[j], s1[j], s2[j], s3[j]})
			}
			at = end
		}
	}
	if at == n {
		return
	}
	if rows > 1 {
		fillColumns(dst[:(rows-1)*stride+n], s0, s1, s2, s3, at, rows, stride)
		return
	}
	fillPortable(dst[at:n], s0[at:], s1[at:], s2[at:], s3[at:])
}

// fillColumns fills one stream after the other, from the given one on.
func fillColumns(dst []float64, s0, s1, s2, s3 []uint64, from, rows, stride int) {
	n := len(s0)
	s1, s2, s3 = s1[:n], s2[:n], s3[:n]
	for j := from; j < n; j++ {
		a, b, c, d := s0[j], s1[j], s2[j], s3[j]
		sum := 0.0 // NaN if any word is rare
		for at := j; at < len(dst); at += stride {
			word := bits.RotateLeft64(a+d, 23) + a
			xi := float64(int64(word)>>12) * edge[word&(Layers-1)]
			dst[at] = xi
			sum += float64(xi)
			t := b << 17
			c ^= a
			d ^= b
			b ^= c
			a ^= d
			c ^= t
			d = bits.RotateLeft64(d, 45)
		}
		s0[j], s1[j], s2[j], s3[j] = a, b, c, d
		if sum != sum {
			fillRare(dst[j:], rows, stride, Source{a, b, c, d})
		}
	}
}

// fillRare replaces NaN by the deviates of rare words in the rows of one stream,
// whose state after the last row is after. Most often one row has it, and the
// stream is traced back no further than that.
func fillRare(dst []float64, rows, stride int, after Source) {
	first := 0
	for first < rows-1 && dst[first*stride] == dst[first*stride] {
		first++
	}
	for r := rows - 1; r >= first; r-- {
		after = after.before()
		if xi := dst[r*stride]; xi != xi {
			dst[r*stride] = rare(bits.RotateLeft64(after.s0+after.s3, 23) + after.s0)
		}
	}
}

// before returns the source as it was one word ago.
func (s Source) before() Source {
	// Forwards: b = s2^s0, c = s3^s1, then s0' = s0^c, s1' = s1^b,
	// s2' = b ^ s1<<17, s3' = c rotated by 45.
	c := bits.RotateLeft64(s.s3, -45)
	s0 := s.s0 ^ c
	s1 := s.s1 ^ s.s2 // s1 ^ s1<<17
	s1 ^= s1 << 17
	s1 ^= s1 << 34
	return Source{s0, s1, s.s1 ^ s1 ^ s0, c ^ s1}
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
			xi = rare(word)
		}
		dst[j] = xi
	}
}
