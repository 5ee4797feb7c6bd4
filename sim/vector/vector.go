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
	AVX512 // F, DQ and VL
	Gather // AVX512 that loads from tables by its gather instruction
)

// String returns "portable", "avx2", "avx512" or "avx512-gather".
func (s Set) String() string {
	switch s {
	case Portable:
		return "portable"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	case Gather:
		return "avx512-gather"
	}
	return fmt.Sprintf("Set(%d)", int(s))
}

// Lanes returns the number of 8-byte numbers in a register of the set.
func (s Set) Lanes() int {
	switch s {
	case AVX2:
		return 4
	case AVX512, Gather:
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
