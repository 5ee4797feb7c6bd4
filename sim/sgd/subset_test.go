package sgd

import (
	"slices"
	"testing"

	"sgdescape/sim/stream"
)

// TestSubset: every subset of 3 of 6 comes up equally often. n = 40000 draws,
// 20 subsets, 19 degrees of freedom: P(chi2 > 67) = 3e-7.
func TestSubset(t *testing.T) {
	const n = 40000
	chi2 := func(next func() []int) float64 {
		count := map[[3]int]int{}
		for range n {
			var key [3]int
			copy(key[:], next())
			slices.Sort(key[:])
			count[key]++
		}
		sum := 0.0
		for a := range 6 {
			for b := a + 1; b < 6; b++ {
				for c := b + 1; c < 6; c++ {
					d := float64(count[[3]int{a, b, c}]) - n/20
					sum += d * d / (n / 20)
				}
			}
		}
		return sum
	}
	src := stream.New(1, 0)
	draw := newSubset(6, 3)
	if x := chi2(func() []int { return draw.next(&src) }); !(x < 67) {
		t.Errorf("chi2 = %v with 19 degrees of freedom", x)
	}
	// Negative control: Floyd's method with the range one too small.
	short := newSubset(6, 3)
	broken := func() []int {
		short.round++
		short.members = short.members[:0]
		for top := 3; top < 6; top++ {
			i := int(src.Index(uint64(top)))
			if short.stamp[i] == short.round {
				i = top
			}
			short.stamp[i] = short.round
			short.members = append(short.members, i)
		}
		return short.members
	}
	if x := chi2(broken); x < 67 {
		t.Errorf("a truncated range passes, chi2 = %v", x)
	}
}

// TestSubsetWraps: the round counter may overflow.
func TestSubsetWraps(t *testing.T) {
	src := stream.New(1, 0)
	draw := newSubset(4, 4)
	draw.next(&src)
	draw.round = 1<<32 - 1
	for range 3 {
		got := slices.Clone(draw.next(&src))
		slices.Sort(got)
		if !slices.Equal(got, []int{0, 1, 2, 3}) {
			t.Fatalf("members %v, want all of 0 to 3", got)
		}
	}
}
