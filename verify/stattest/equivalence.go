package stattest

import (
	"fmt"
	"math"
)

// An Outcome is what data say about a law that is claimed to hold within a
// margin.
type Outcome int

// The outcomes. The zero value decides nothing.
const (
	Undecided Outcome = iota // the interval straddles the margin
	Agrees                   // the interval lies inside the margin
	Disagrees                // the interval lies outside the margin
)

// String returns "undecided", "agrees" or "disagrees".
func (o Outcome) String() string {
	switch o {
	case Agrees:
		return "agrees"
	case Disagrees:
		return "disagrees"
	}
	return "undecided"
}

// MarshalText writes the word of String.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the word of String.
func (o *Outcome) UnmarshalText(text []byte) error {
	for _, known := range []Outcome{Undecided, Agrees, Disagrees} {
		if string(text) == known.String() {
			*o = known
			return nil
		}
	}
	return fmt.Errorf("stattest: outcome is %q, want agrees, disagrees or undecided", text)
}

// A Comparison is the outcome of an equivalence test with its effect size.
type Comparison struct {
	Outcome Outcome
	// Effect is the discrepancy with its interval: the relative one,
	// estimate/target - 1, for [Equivalence], and estimate - target for
	// [EquivalenceOfDifference].
	Effect Interval
	Margin float64 // delta: effects in [-Margin, Margin] count as agreement
}

// String prints the outcome with the effect and the margin.
func (c Comparison) String() string {
	return fmt.Sprintf("%v: effect %v, margin %.4g", c.Outcome, c.Effect, c.Margin)
}

// AtLeast returns the smallest absolute effect that the interval allows: 0 when
// it contains 0.
func (c Comparison) AtLeast() float64 {
	return math.Max(0, math.Max(c.Effect.Low, -c.Effect.High))
}

// Finding returns the comparison as a test of the hypothesis that the effect lies
// within the margin, which only disagreement rejects. n is the number of data
// and detectable the smallest effect beyond the margin that they reveal.
func (c Comparison) Finding(n int, alpha, detectable float64) Finding {
	return Finding{N: n, Alpha: alpha, Statistic: c.AtLeast(), Critical: c.Margin,
		Effect: c.Effect.Estimate, Detectable: detectable, Rejected: c.Outcome == Disagrees}
}

// Equivalence compares a positive quantity with its law. The effect
//
//	r = estimate/target - 1,   r in [Low/target.High - 1, High/target.Low - 1]
//
// agrees when its interval lies wholly inside [-delta, delta], disagrees when
// it lies wholly outside, and is undecided otherwise. Each of the two wrong
// decisions, agreement although |r| > delta and disagreement although
// |r| <= delta, has probability at most 1 - estimate.Level.
//
// The target is an interval so that the numerical error of the law counts too;
// see [Exactly] and [Around]. Domain: target.Low > 0, estimate.Low >= 0,
// delta >= 0; outside it, and for NaN, the outcome is Undecided with a NaN
// effect.
func Equivalence(estimate, target Interval, delta float64) Comparison {
	effect := Interval{
		Estimate: estimate.Estimate/target.Estimate - 1,
		Low:      estimate.Low/target.High - 1,
		High:     estimate.High/target.Low - 1,
		Level:    joint(estimate.Level, target.Level),
	}
	if !(target.Low > 0 && target.High >= target.Low && estimate.Low >= 0) {
		effect.Estimate, effect.Low, effect.High = math.NaN(), math.NaN(), math.NaN()
	}
	return decide(effect, delta)
}

// EquivalenceOfDifference is [Equivalence] for the absolute discrepancy
//
//	r = estimate - target
//
// of a quantity that may be zero or negative, such as a slope.
func EquivalenceOfDifference(estimate, target Interval, delta float64) Comparison {
	return decide(Interval{
		Estimate: estimate.Estimate - target.Estimate,
		Low:      estimate.Low - target.High,
		High:     estimate.High - target.Low,
		Level:    joint(estimate.Level, target.Level),
	}, delta)
}

// joint bounds the level at which two intervals hold together (Bonferroni).
func joint(a, b float64) float64 { return math.Max(0, a+b-1) }

func decide(effect Interval, delta float64) Comparison {
	c := Comparison{Effect: effect, Margin: delta}
	switch {
	case !(delta >= 0) || !(effect.Low <= effect.High):
	case effect.Low >= -delta && effect.High <= delta:
		c.Outcome = Agrees
	case effect.Low > delta || effect.High < -delta:
		c.Outcome = Disagrees
	}
	return c
}

// A RateEquivalenceTest plans an [Equivalence] test of a rate from exits.
type RateEquivalenceTest struct {
	Margin float64 // delta, relative
	Alpha  float64
}

// Assert compares the interval of the rate with the target.
func (t RateEquivalenceTest) Assert(x Exits, target Interval) Comparison {
	return Equivalence(x.RateInterval(t.Alpha), target, t.Margin)
}

// Detectable returns the smallest true |log(rate/target)| that is found to disagree
// with probability [DetectionPower], in the worse direction, given the number of
// events expected on the margin.
func (t RateEquivalenceTest) Detectable(events float64) float64 {
	// The interval excludes the edge of the margin exactly when the two-sided
	// test of a rate at the edge rejects on that side.
	up, down := RateTest{Alpha: t.Alpha}.detectable(events)
	return math.Max(math.Log1p(t.Margin)+up, down-math.Log1p(-math.Min(t.Margin, 1)))
}

// Needed returns the number of events with which a law that is off by the
// effect log(rate/target) is found to agree with probability at least
// 2 DetectionPower - 1: both ends of the interval must stay inside the margin.
// It returns 0 if the effect is not inside the margin.
func (t RateEquivalenceTest) Needed(effect float64) int {
	room := math.Min(math.Log1p(t.Margin)-effect, effect-math.Log1p(-math.Min(t.Margin, 1)))
	if !(room > 0) {
		return 0
	}
	return RateTest{Alpha: t.Alpha}.Needed(room)
}
