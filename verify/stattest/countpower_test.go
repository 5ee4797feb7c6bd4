package stattest

import (
	"fmt"
	"math"
	"sort"
	"testing"
)

// acceptance returns the counts lo .. hi that are not rejected, around one that
// is not.
func acceptance(inside, top int, rejected func(k int) bool) (lo, hi int) {
	lo = inside - sort.Search(inside, func(i int) bool { return rejected(inside - i - 1) })
	hi = inside + sort.Search(top-inside, func(i int) bool { return rejected(inside + i + 1) })
	return lo, hi
}

// TestPowerOfCounts computes the power of tests of counts exactly, from the
// counts that Assert accepts. An effect of the stated size is found with
// probability 0.999 in either direction, and one 0.1 % smaller is not.
func TestPowerOfCounts(t *testing.T) {
	check := func(name string, effect float64, missed func(effect float64) (up, down float64)) {
		t.Helper()
		if math.IsInf(effect, 1) {
			return
		}
		const limit = (1 - DetectionPower) * (1 + 1e-6)
		if up, down := missed(effect); !(up <= limit && down <= limit) {
			t.Errorf("%s: effect %v missed with probability %v and %v", name, effect, up, down)
		}
		if up, down := missed(0.999 * effect); up <= limit && down <= limit {
			t.Errorf("%s: effect %v is not the smallest", name, effect)
		}
	}
	finite := 0
	for _, alpha := range []float64{0.02, 1e-6, 1e-9} {
		for _, m := range []float64{5, 30, 100, 1e3, 1e5} {
			test := RateTest{Want: 1, Alpha: alpha}
			up, down := test.detectable(m)
			effect := test.Detectable(m)
			if !math.IsInf(effect, 1) {
				finite++
			}
			lo, hi := acceptance(int(m), 10*int(m)+100, func(k int) bool { return test.Assert(Exits{k, m}).Rejected })
			missed := func(f float64) float64 { return poisson(lo, hi, m*f) }
			at := fmt.Sprintf("rate, %v events, alpha %v", m, alpha)
			check(at, effect, func(e float64) (float64, float64) { return missed(math.Exp(e)), missed(math.Exp(-e)) })
			check(at+", above", up, func(e float64) (float64, float64) { return missed(math.Exp(e)), 0 })
			check(at+", below", down, func(e float64) (float64, float64) { return 0, missed(math.Exp(-e)) })
		}
		for _, m := range []float64{30, 100, 1e4} {
			for _, margin := range []float64{0.01, 0.2} {
				test := RateEquivalenceTest{Margin: margin, Alpha: alpha}
				// With m events expected on an edge of the margin, at unit rate there.
				above := func(k int) bool {
					return test.Assert(Exits{k, m * (1 + margin)}, Exactly(1/(1+margin)/(1+margin))).Outcome == Disagrees
				}
				below := func(k int) bool {
					return test.Assert(Exits{k, m * (1 - margin)}, Exactly(1/(1-margin)/(1-margin))).Outcome == Disagrees
				}
				_, hi := acceptance(int(m), 10*int(m)+100, above)
				lo, _ := acceptance(int(m), 10*int(m)+100, below)
				check(fmt.Sprintf("equivalence, %v events, margin %v, alpha %v", m, margin, alpha), test.Detectable(m), func(e float64) (float64, float64) {
					return poisson(0, hi, m*math.Exp(e)/(1+margin)), poisson(lo, 10*int(m), m*math.Exp(-e)/(1-margin))
				})
			}
		}
		for _, n := range []int{10, 50, 200, 3000, 100_000} {
			for _, p := range []float64{0.001, 0.05, 0.3, 0.5, 0.9} {
				mode := int(p * float64(n))
				at := fmt.Sprintf("of %d at %v, alpha %v", n, p, alpha)

				equal := ProportionTest{Want: p, Alpha: alpha}
				lo, hi := acceptance(mode, n, func(k int) bool { return equal.Assert(k, n).Rejected })
				missed := func(p float64) float64 {
					if p < 0 || p > 1 { // nothing there to be missed
						return 0
					}
					return binomial(lo, hi, n, p)
				}
				check("proportion "+at, equal.Detectable(n), func(e float64) (float64, float64) { return missed(p + e), missed(p - e) })

				odds := p / (1 - p)
				ratio := RateRatioTest{Want: 1, Alpha: alpha}
				lo, hi = acceptance(mode, n, func(k int) bool { return ratio.Assert(Exits{k, odds}, Exits{n - k, 1}).Rejected })
				share := func(e float64) float64 { return 1 / (1 + math.Exp(-e)/odds) }
				check("ratio "+at, ratio.Detectable(n, p), func(e float64) (float64, float64) {
					return binomial(lo, hi, n, share(e)), binomial(lo, hi, n, share(-e))
				})

				most := ProportionAtMostTest{Limit: p, Alpha: alpha}
				_, hi = acceptance(mode, n, func(k int) bool { return most.Assert(k, n).Rejected })
				check("at most "+at, most.Detectable(n), func(e float64) (float64, float64) {
					return binomial(0, hi, n, math.Min(1, p+e)), 0
				})
			}
		}
	}
	if finite < 10 {
		t.Errorf("only %d effects were finite", finite)
	}
}

// poisson returns P(lo <= N <= hi), term by term.
func poisson(lo, hi int, mean float64) (sum float64) {
	for k := lo; k <= hi; k++ {
		logFactorial, _ := math.Lgamma(float64(k) + 1)
		sum += math.Exp(float64(k)*math.Log(mean) - mean - logFactorial)
	}
	return sum
}

// binomial returns P(lo <= K <= hi), term by term.
func binomial(lo, hi, n int, p float64) (sum float64) {
	if p <= 0 || p >= 1 {
		certain := 0
		if p >= 1 {
			certain = n
		}
		if lo <= certain && certain <= hi {
			return 1
		}
		return 0
	}
	all, _ := math.Lgamma(float64(n) + 1)
	for k := lo; k <= hi; k++ {
		a, _ := math.Lgamma(float64(k) + 1)
		b, _ := math.Lgamma(float64(n-k) + 1)
		sum += math.Exp(all - a - b + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
	}
	return sum
}
