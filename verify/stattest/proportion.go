package stattest

import (
	"fmt"
	"math"
)

// A ProportionTest asserts that a proportion has the value Want, by the exact
// binomial test that inverts Interval. Effects are |p - Want|.
type ProportionTest struct {
	Want  float64
	Alpha float64
}

// Interval returns the interval of Clopper1934 for k successes among n,
//
//	low = I^-1(alpha/2; k, n-k+1),   high = I^-1(1-alpha/2; k+1, n-k)
//
// never below its level. With n = 0 it is [0, 1].
func (t ProportionTest) Interval(k, n int) Interval {
	mustAlpha(t.Alpha)
	mustCount(k, n)
	i := Interval{Estimate: float64(k) / float64(n), Low: 0, High: 1, Level: 1 - t.Alpha}
	r, m := float64(k), float64(n-k)
	if k > 0 {
		i.Low = betaQuantile(r, m+1, t.Alpha/2)
	}
	if k < n {
		i.High = 1 - betaQuantile(m, r+1, t.Alpha/2)
	}
	return i
}

// Assert tests k successes among n.
func (t ProportionTest) Assert(k, n int) Finding {
	mustAlpha(t.Alpha)
	mustCount(k, n)
	return Finding{
		N: n, Alpha: t.Alpha,
		Statistic:  deviate(twoSided(binomialAtMost(k, n, t.Want), binomialAtLeast(k, n, t.Want))),
		Critical:   deviate(t.Alpha),
		Effect:     math.Abs(float64(k)/float64(n) - t.Want),
		Detectable: t.Detectable(n),
	}.finish()
}

// Detectable returns the smallest |p - Want|, in the worse direction, that is
// rejected with probability [DetectionPower]; +Inf where no p in that direction
// is.
func (t ProportionTest) Detectable(n int) float64 {
	low, high := t.detectable(n)
	worst := 0.0
	if t.Want > 0 {
		worst = t.Want - low
	}
	if t.Want < 1 {
		worst = math.Max(worst, high-t.Want)
	}
	return worst
}

// detectable returns the largest p below and the smallest p above Want that are
// found with the promised power; -Inf or +Inf when there is none.
func (t ProportionTest) detectable(n int) (low, high float64) {
	mustAlpha(t.Alpha)
	low, high = math.Inf(-1), math.Inf(1)
	tooMany := func(k float64) bool {
		return int(k) > n || binomialAtLeast(int(k), n, t.Want) < t.Alpha/2
	}
	tooFew := func(k float64) bool {
		return int(k) > n || binomialAtMost(n-int(k), n, t.Want) < t.Alpha/2
	}
	if k := int(firstTrue(0, tooMany)); k <= n {
		high = betaQuantile(float64(k), float64(n-k+1), DetectionPower)
	}
	if k := int(firstTrue(0, tooFew)); k <= n {
		low = 1 - betaQuantile(float64(k), float64(n-k+1), DetectionPower)
	}
	return low, high
}

// Needed returns the sample size that detects the given effect, right to within
// a tooth of the saw that whole counts make of Detectable.
func (t ProportionTest) Needed(effect float64) int { return needed(effect, t.Detectable) }

// A ProportionAtMostTest asserts that a proportion does not exceed Limit, such
// as the miss rate of an interval or the false-alarm rate of a test, by the
// one-sided binomial test. Effects are p - Limit.
type ProportionAtMostTest struct {
	Limit float64
	Alpha float64
}

// Assert tests k events among n,
//
//	P(K >= k) >= alpha,   K ~ Bin(n, Limit)
//
// the statistic being the normal deviate with that tail.
func (t ProportionAtMostTest) Assert(k, n int) Finding {
	mustAlpha(t.Alpha)
	mustCount(k, n)
	return Finding{
		N: n, Alpha: t.Alpha,
		Statistic:  deviate(2 * binomialAtLeast(k, n, t.Limit)),
		Critical:   deviate(2 * t.Alpha),
		Effect:     float64(k)/float64(n) - t.Limit,
		Detectable: t.Detectable(n),
	}.finish()
}

// Detectable returns the smallest p - Limit that is rejected with probability
// [DetectionPower]; +Inf where no p is.
func (t ProportionAtMostTest) Detectable(n int) float64 {
	_, high := ProportionTest{Want: t.Limit, Alpha: math.Min(2*t.Alpha, 0.999)}.detectable(n)
	return high - t.Limit
}

// Needed returns the sample size that detects the given effect.
func (t ProportionAtMostTest) Needed(effect float64) int { return needed(effect, t.Detectable) }

// binomialAtLeast returns P(K >= k), K ~ Bin(n, p).
func binomialAtLeast(k, n int, p float64) float64 {
	switch {
	case k <= 0 || p >= 1:
		return 1
	case k > n || p <= 0:
		return 0
	}
	return incompleteBeta(float64(k), float64(n-k+1), p)
}

// binomialAtMost returns P(K <= k), K ~ Bin(n, p), without a subtraction from 1.
func binomialAtMost(k, n int, p float64) float64 { return binomialAtLeast(n-k, n, 1-p) }

func mustCount(k, n int) {
	if !(0 <= k && k <= n) {
		panic(fmt.Sprintf("stattest: %d successes among %d", k, n))
	}
}
