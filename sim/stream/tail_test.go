package stream

import (
	"math"
	"testing"

	"sgdescape/verify/stattest"
)

// logTail returns log P(|x| > v) of a normal x.
func logTail(v float64) float64 { return math.Log(math.Erfc(v / math.Sqrt2)) }

// reach draws n deviates and asserts how far those beyond the first edge r reach,
// which Marsaglia's method draws. Given |x| > r, the number
//
//	log P(|X| > r) - log P(|X| > |x|)
//
// is exponential with mean 1, so that the deviates are like exits at rate 1 and
// their numbers like the times. A tail 0.97 as long makes that 1.032.
//
// By the exact test of a rate, at the alpha of this package, 2e-9, this is found
// with a probability of 0.999 by 8.6e4 deviates beyond r. One word in 82000 is
// one, so that 7e9 are needed; of the rare words it is one in 60.
func reach(n int64, word func(s *Source) uint64, normal func(word uint64) float64) stattest.Assertion {
	return func(seed uint64, alpha float64) (stattest.Finding, error) {
		s := New(seed, 0)
		r := layerEdge[0]
		var x stattest.Exits
		for range n {
			if v := math.Abs(normal(word(&s))); v > r {
				x.Events++
				x.Exposure += logTail(r) - logTail(v)
			}
		}
		return stattest.RateTest{Want: 1, Alpha: alpha}.Assert(x), nil
	}
}

// rareWord returns a word whose layer is not a rectangle.
func rareWord(s *Source) uint64 {
	word := s.Uint64()
	return word&^(Layers-1) | (rareFrom + word%(Layers-rareFrom))
}

const (
	tailOfRare = "tail of the rare words"
	tailOfAll  = "tail of all words"
	rareWords  = 8000000 // 1.3e5 of them are beyond the first edge
)

// TestStat_Tail checks the far tail, by rare words alone and by twice as many words
// as [TestStat_Normal] takes: those of make normal-quality, 8e9, are enough to see
// 0.97.
func TestStat_Tail(t *testing.T) {
	ledger.Assert(t, tailOfRare, reach(rareWords, rareWord, Normal))
	ledger.Assert(t, tailOfAll, reach(int64(2**deviates), (*Source).Uint64, Normal))
}

// longTail gives deviates whose excess over the first edge is so many times as
// long.
func longTail(times float64) func(word uint64) float64 {
	return func(word uint64) float64 {
		x := Normal(word)
		if v, r := math.Abs(x), layerEdge[0]; v > r {
			return math.Copysign(r+times*(v-r), x)
		}
		return x
	}
}

func TestReject_Tail(t *testing.T) {
	ledger.Reject(t, tailOfRare, "0.97 as long", reach(rareWords, rareWord, longTail(0.97)))
	ledger.Reject(t, tailOfRare, "1.03 as long", reach(rareWords, rareWord, longTail(1.03)))
	if n := int64(2 * *deviates); n >= 7e9 {
		ledger.Reject(t, tailOfAll, "0.97 as long", reach(n, (*Source).Uint64, longTail(0.97)))
	}
}
