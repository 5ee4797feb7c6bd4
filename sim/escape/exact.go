package escape

import (
	"math"
	"math/big"
	"math/bits"
)

// An exactSum adds float64 values without rounding, so that the sum does not
// depend on the order in which they come. It holds one signed digit for every
// 32 bits of the range of float64.
type exactSum struct {
	digits [67]int64 // digit i has weight 2^(32 i - 1074)
	adds   int       // additions since the last carry
}

// add adds a finite x.
func (s *exactSum) add(x float64) {
	word := math.Float64bits(x)
	mantissa, exponent := word&(1<<52-1), int(word>>52&0x7ff)
	if exponent > 0 {
		mantissa |= 1 << 52
		exponent--
	}
	// x = mantissa 2^(exponent-1074), spread over up to three digits.
	i, shift := exponent/32, uint(exponent%32)
	high, low := bits.Mul64(mantissa, 1<<shift)
	parts := [3]int64{int64(low & math.MaxUint32), int64(low >> 32), int64(high)}
	for k, part := range parts {
		if int64(word) < 0 {
			part = -part
		}
		s.digits[i+k] += part
	}
	if s.adds++; s.adds == 1<<29 {
		s.carry()
	}
}

// carry brings every digit but the last into [0, 2^32).
func (s *exactSum) carry() {
	for i := range len(s.digits) - 1 {
		s.digits[i+1] += s.digits[i] >> 32
		s.digits[i] &= math.MaxUint32
	}
	s.adds = 0
}

// merge adds another sum.
func (s *exactSum) merge(other exactSum) {
	s.carry()
	other.carry()
	for i, d := range other.digits {
		s.digits[i] += d
	}
	s.carry()
}

// value returns the sum, rounded once.
func (s exactSum) value() float64 {
	s.carry()
	sum := new(big.Int)
	for i := len(s.digits) - 1; i >= 0; i-- {
		sum.Lsh(sum, 32)
		sum.Add(sum, big.NewInt(s.digits[i]))
	}
	f := new(big.Float).SetInt(sum) // precise: the precision is that of the integer
	f.SetMantExp(f, -1074)
	x, _ := f.Float64()
	return x
}
