package sgd

import (
	"slices"
	"testing"

	"sgdescape/sim/stream"
	"sgdescape/verify/stattest"
)

// TestStat_Subset: every subset of 3 of 6 comes up equally often; from Floyd's
// method with the range one too small it does not.
func TestStat_Subset(t *testing.T) {
	equal := func(draw func(src *stream.Source) func() []int) stattest.Assertion {
		return func(seed uint64, alpha float64) (stattest.Finding, error) {
			src := stream.New(seed, 0)
			next := draw(&src)
			count := map[[3]int]int{}
			for range 40000 {
				var key [3]int
				copy(key[:], next())
				slices.Sort(key[:])
				count[key]++
			}
			var counts []int
			var want []float64
			for a := range 6 {
				for b := a + 1; b < 6; b++ {
					for c := b + 1; c < 6; c++ {
						counts, want = append(counts, count[[3]int{a, b, c}]), append(want, 1.0/20)
					}
				}
			}
			return stattest.CellsTest{Want: want, Alpha: alpha}.Assert(counts), nil
		}
	}
	Ledger.Assert(t, "subset", equal(func(src *stream.Source) func() []int {
		draw := newSubset(6, 3)
		return func() []int { return draw.next(src) }
	}))
	Ledger.Reject(t, "subset", "truncated range", equal(func(src *stream.Source) func() []int {
		short := newSubset(6, 3)
		return func() []int {
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
	}))
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
