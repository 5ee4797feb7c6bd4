package stattest

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// A RateTest asserts that a constant rate has the value Want, by the exact
// two-sided test that inverts [Exits.RateInterval]: it rejects exactly when
// Want lies outside that interval. Effects are |log(rate/Want)|.
type RateTest struct {
	Want  float64 // kappa, > 0
	Alpha float64
}

// Assert tests the rate of the exits. With m = Want*Exposure expected events
// and r observed ones,
//
//	p = 2 min( P(N <= r), P(N >= r) ),   N ~ Poisson(m)
//
// and the statistic is the normal deviate of the same p-value.
func (t RateTest) Assert(x Exits) Finding {
	x.must()
	mustAlpha(t.Alpha)
	m, r := t.Want*x.Exposure, float64(x.Events)
	upper := 1.0
	if x.Events > 0 {
		upper = mathext.GammaIncReg(r, m)
	}
	return Finding{
		N: x.Events, Alpha: t.Alpha,
		Statistic:  deviate(twoSided(mathext.GammaIncRegComp(r+1, m), upper)),
		Critical:   deviate(t.Alpha),
		Effect:     math.Abs(math.Log(x.Rate() / t.Want)),
		Detectable: t.Detectable(m),
	}.finish()
}

// Detectable returns the smallest |log(rate/Want)|, in the worse direction,
// that is rejected with probability [DetectionPower] when the exposure makes
// the given number of events expected under Want. With k_hi the smallest count
// rejected as too high and k_lo the largest rejected as too low,
//
//	P(N >= k_hi | f m) = power,   P(N <= k_lo | f m) = power
//
// It is +Inf while even no event at all is not evidence against Want.
func (t RateTest) Detectable(events float64) float64 { return math.Max(t.detectable(events)) }

// detectable returns the effects found above Want and below it.
func (t RateTest) detectable(events float64) (up, down float64) {
	mustAlpha(t.Alpha)
	m := events
	if !(m > 0) {
		return math.Inf(1), math.Inf(1)
	}
	tooMany := func(k float64) bool { return mathext.GammaIncReg(k, m) < t.Alpha/2 }
	tooFew := func(k float64) bool { return mathext.GammaIncRegComp(k+1, m) < t.Alpha/2 }
	kHi := firstTrue(math.Floor(m)+1, tooMany)
	up = math.Log(mathext.GammaIncRegInv(kHi, DetectionPower) / m)
	if !tooFew(0) {
		return up, math.Inf(1)
	}
	kLo := 0.0
	for step := math.Exp2(math.Floor(math.Log2(m))); step >= 1; step /= 2 {
		if tooFew(kLo + step) {
			kLo += step
		}
	}
	return up, -math.Log(mathext.GammaIncRegCompInv(kLo+1, DetectionPower) / m)
}

// Needed returns the number of events, expected under Want, from which effects
// of the given size are detected. Counts are whole numbers, so Detectable
// descends in small teeth; the answer is right to within one of them.
func (t RateTest) Needed(effect float64) int {
	return needed(effect, func(n int) float64 { return t.Detectable(float64(n)) })
}

// firstTrue returns the smallest integer k >= low at which the monotone
// condition holds.
func firstTrue(low float64, holds func(float64) bool) float64 {
	if holds(low) {
		return low
	}
	step := 1.0
	for !holds(low + step) {
		low += step
		step *= 2
	}
	// not at low, but at low + step
	for step > 1 {
		step /= 2
		if !holds(low + step) {
			low += step
		}
	}
	return low + 1
}

// needed inverts a decreasing Detectable. It returns math.MaxInt when no sample
// size below 2^50 suffices.
func needed(effect float64, detectable func(int) float64) int {
	if !(effect > 0) {
		return math.MaxInt
	}
	n := 1
	for !(detectable(n) <= effect) {
		if n > 1<<50 {
			return math.MaxInt
		}
		n *= 2
	}
	low := n / 2 // 0, or too small
	for n-low > 1 {
		if mid := low + (n-low)/2; detectable(mid) <= effect {
			n = mid
		} else {
			low = mid
		}
	}
	return n
}

// A RateRatioTest asserts that two constant rates, seen independently, stand in
// the ratio Want = kappa_1/kappa_2. Effects are |log(ratio/Want)|.
type RateRatioTest struct {
	Want  float64
	Alpha float64
}

// Interval returns the exact interval of kappa_1/kappa_2. Given the total
// number of events the first count is binomial (Przyborowski1940),
//
//	r_1 | r_1 + r_2 ~ Bin(p),   p/(1-p) = (kappa_1 A_1)/(kappa_2 A_2)
//
// so the Clopper-Pearson bounds of the odds carry over.
func (t RateRatioTest) Interval(x, y Exits) Interval {
	x.must()
	y.must()
	p := ProportionTest{Alpha: t.Alpha}.Interval(x.Events, x.Events+y.Events)
	q := ProportionTest{Alpha: t.Alpha}.Interval(y.Events, x.Events+y.Events)
	a := y.Exposure / x.Exposure
	return Interval{
		Estimate: x.Rate() / y.Rate(),
		Low:      a * p.Low / q.High,
		High:     a * p.High / q.Low,
		Level:    1 - t.Alpha,
	}
}

// Assert tests the ratio of the rates of x and y. Without any event nothing is
// rejected.
func (t RateRatioTest) Assert(x, y Exits) Finding {
	x.must()
	y.must()
	n := x.Events + y.Events
	if n == 0 {
		mustAlpha(t.Alpha)
		return Finding{Alpha: t.Alpha, Critical: deviate(t.Alpha), Detectable: math.Inf(1)}
	}
	odds := t.Want * x.Exposure / y.Exposure
	// The first count is Bin(n, p), p = odds/(1+odds), and the second Bin(n, 1-p);
	// each tail is taken where no 1-p has to be formed.
	atLeast := binomialAtLeast(x.Events, n, odds/(1+odds))
	atMost := binomialAtLeast(y.Events, n, 1/(1+odds))
	return Finding{
		N: n, Alpha: t.Alpha,
		Statistic:  deviate(twoSided(atMost, atLeast)),
		Critical:   deviate(t.Alpha),
		Effect:     math.Abs(math.Log(x.Rate() / y.Rate() / t.Want)),
		Detectable: t.Detectable(n, odds/(1+odds)),
	}.finish()
}

// Detectable returns the smallest |log(ratio/Want)|, in the worse direction,
// found with probability [DetectionPower] from so many events in all, of which
// the given share is expected in the first sample under Want.
func (t RateRatioTest) Detectable(events int, share float64) float64 {
	low, high := ProportionTest{Want: share, Alpha: t.Alpha}.detectable(events)
	if math.IsInf(low, 0) || math.IsInf(high, 0) {
		return math.Inf(1)
	}
	odds := math.Log(share) - math.Log1p(-share)
	logit := func(p float64) float64 { return math.Log(p) - math.Log1p(-p) }
	return math.Max(logit(high)-odds, odds-logit(low))
}

// Needed returns the number of events in all that detect the given effect when
// the given share of them is expected in the first sample.
func (t RateRatioTest) Needed(effect, share float64) int {
	return needed(effect, func(n int) float64 { return t.Detectable(n, share) })
}
