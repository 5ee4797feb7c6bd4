package escape

import "math/bits"

// A bitset is a set of small numbers, one bit each.
type bitset []uint64

// newBitset returns an empty set with room for the numbers from 0 to n-1.
func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) has(i int) bool { return b[i/64]>>(i%64)&1 != 0 }
func (b bitset) add(i int)      { b[i/64] |= 1 << (i % 64) }
func (b bitset) remove(i int)   { b[i/64] &^= 1 << (i % 64) }

// count returns how many numbers are in the set.
func (b bitset) count() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// anyFrom reports whether a number from n on is in the set.
func (b bitset) anyFrom(n int) bool {
	for i := n; i < 64*len(b); i++ {
		if b.has(i) {
			return true
		}
	}
	return false
}
