// Package vector tells which vector instructions the simulator may use.
//
// Loops that have vector twins choose among them by a [Set]. All give the same
// bits, so the choice is one of speed only. A build with the tag purego, or for
// another architecture than amd64, has the portable loops alone.
package vector

import "fmt"

// A Set is a set of instructions. Each contains those before it.
type Set int

const (
	Portable Set = iota // compiled Go
	AVX2
	AVX2Gather   // AVX2 that loads from tables by its gather instruction
	AVX512       // F, DQ and VL
	AVX512Gather // AVX512 that loads so
)

// String returns "portable", "avx2", "avx2-gather", "avx512" or "avx512-gather".
func (s Set) String() string {
	switch s {
	case Portable:
		return "portable"
	case AVX2:
		return "avx2"
	case AVX2Gather:
		return "avx2-gather"
	case AVX512:
		return "avx512"
	case AVX512Gather:
		return "avx512-gather"
	}
	return fmt.Sprintf("Set(%d)", int(s))
}

// Lanes returns the number of 8-byte numbers in a register of the set.
func (s Set) Lanes() int {
	switch s {
	case AVX2, AVX2Gather:
		return 4
	case AVX512, AVX512Gather:
		return 8
	}
	return 1
}

// Best returns the fastest set that this machine and this build have.
func Best() Set { return best }

// Available returns all sets that this machine and this build have, from
// [Portable] on.
func Available() []Set {
	var sets []Set
	for s := Portable; s <= largest; s++ {
		sets = append(sets, s)
	}
	return sets
}

// Choose returns the form of a loop for the set, which is not [Portable].
func Choose[F any](s Set, avx2, avx2Gather, avx512, avx512Gather F) F {
	switch s {
	case AVX512Gather:
		return avx512Gather
	case AVX512:
		return avx512
	case AVX2Gather:
		return avx2Gather
	}
	return avx2
}
