// Package stream gives every replica of a simulation its own random stream.
//
// A stream is a function of (seed, replica) and of nothing else, so that a
// replica sees the same numbers whatever the number of workers, the lane it
// runs in, or the order in which replicas are started.
//
// # Numerics
//
// Words come from xoshiro256++ (Blackman & Vigna 2021), whose state is filled
// by SplitMix64 from a hash of (seed, replica). A standard normal deviate is a
// pure function of one word, [Normal]; one step of a scheme with n noise
// components therefore uses exactly n words. A change of any of these outputs
// is value-breaking.
package stream

import "math/bits"

// golden is the increment of SplitMix64, 2^64 divided by the golden ratio.
const golden = 0x9e3779b97f4a7c15

// mix is the finaliser of SplitMix64, a bijection of the 64-bit words
// (Steele, Lea & Flood 2014, variant 13 of Stafford).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// A Source is a xoshiro256++ generator. It implements [math/rand/v2.Source].
type Source struct {
	s0, s1, s2, s3 uint64
}

// New returns the stream of the given replica under the given seed. For one
// seed, different replicas always start from different states.
func New(seed, replica uint64) Source {
	z := mix(mix(seed+golden) + replica)
	var s Source
	for _, word := range []*uint64{&s.s0, &s.s1, &s.s2, &s.s3} {
		z += golden
		*word = mix(z)
	}
	return s
}

// FromState returns the source with the given state, the inverse of
// [Source.State].
func FromState(s [4]uint64) Source { return Source{s[0], s[1], s[2], s[3]} }

// State returns the four words of the state.
func (s *Source) State() [4]uint64 { return [4]uint64{s.s0, s.s1, s.s2, s.s3} }

// Uint64 returns the next word.
func (s *Source) Uint64() uint64 {
	s0, s1, s2, s3 := s.s0, s.s1, s.s2, s.s3
	w := bits.RotateLeft64(s0+s3, 23) + s0
	t := s1 << 17
	s2 ^= s0
	s3 ^= s1
	s1 ^= s2
	s0 ^= s3
	s2 ^= t
	s3 = bits.RotateLeft64(s3, 45)
	s.s0, s.s1, s.s2, s.s3 = s0, s1, s2, s3
	return w
}

// Normal returns the standard normal deviate of the next word.
func (s *Source) Normal() float64 { return Normal(s.Uint64()) }

// Normals fills dst with standard normal deviates, one word each.
func (s *Source) Normals(dst []float64) {
	for i := range dst {
		dst[i] = Normal(s.Uint64())
	}
}

// Index returns a uniform integer from 0 to n-1, exactly uniform by the method
// of Lemire (2019): the high half of the product word times n, where a word
// whose low half falls among the 2^64 mod n surplus ones is drawn again. It
// panics if n is 0.
func (s *Source) Index(n uint64) uint64 {
	if n == 0 {
		panic("stream: Index of an empty range")
	}
	hi, lo := bits.Mul64(s.Uint64(), n)
	if lo < n {
		for surplus := -n % n; lo < surplus; {
			hi, lo = bits.Mul64(s.Uint64(), n)
		}
	}
	return hi
}
