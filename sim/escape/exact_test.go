package escape

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// TestProp_ExactSum compares with a sum in integers of unlimited size, over the
// whole range of float64, and with the sum of two halves in another order.
func TestProp_ExactSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-1e300, 1e300), 0, 50).Draw(t, "x")
		scale := rapid.IntRange(-2000, 0).Draw(t, "exponent")
		want := new(big.Float).SetPrec(2200)
		var sum, left, right exactSum
		for i := range x {
			x[i] = math.Ldexp(x[i], scale)
			want.Add(want, new(big.Float).SetPrec(2200).SetFloat64(x[i]))
			sum.add(x[i])
		}
		for i, j := range rand.New(rand.NewPCG(1, 1)).Perm(len(x)) {
			if i%3 == 0 {
				left.add(x[j])
			} else {
				right.add(x[j])
			}
		}
		left.merge(right)
		f, _ := want.Float64()
		if sum.value() != f || left.value() != f {
			t.Fatalf("sum %v, in two parts %v, want %v", sum.value(), left.value(), f)
		}
	})
}

// TestExactSumCarries: digits do not overflow.
func TestExactSumCarries(t *testing.T) {
	var sum exactSum
	sum.adds = 1<<29 - 5
	for i := range sum.digits[:66] {
		sum.digits[i] = (1<<29 - 5) * math.MaxUint32
	}
	before := sum.value()
	for range 10 {
		sum.add(math.MaxFloat64 / 1024)
		sum.add(-math.MaxFloat64 / 1024)
	}
	if sum.value() != before {
		t.Errorf("sum %v, want %v", sum.value(), before)
	}
}
