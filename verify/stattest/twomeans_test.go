package stattest

import (
	"math"
	"math/rand/v2"
	"testing"

	"sgdescape/verify/tol"
)

// TestTwoMeans: against what the formulae give by hand.
func TestTwoMeans(t *testing.T) {
	x := SampledMean{Mean: 10, Error: 3, Skewness: 2, N: 400}
	y := SampledMean{Mean: 30, Error: 4, Skewness: 1, N: 100}
	const alpha = 1e-4
	f := TwoMeansTest{Alpha: alpha}.Assert(x, y)
	g := (2*27/20. - 1*64/10.) / 125
	want := raisedCritical(alpha, 625/(81/399.+256/99.), math.Abs(g))
	if tol.Close(f.Statistic, 4, 1e-12) != nil || tol.Close(f.Critical, want, 1e-12) != nil || f.Effect != 20 || f.N != 500 || f.Rejected {
		t.Errorf("%+v, want critical value %v", f, want)
	}
	if again := (TwoMeansTest{Alpha: alpha}).Assert(y, x); again != f {
		t.Errorf("exchanged: %+v", again)
	}
	// against a number without error it is Student's test of one sample
	xs := fill(500, rand.New(rand.NewPCG(3, 0)).ExpFloat64)
	one, two := MeanTest{Want: 0.8, Alpha: alpha}.Assert(xs), TwoMeansTest{Alpha: alpha}.Assert(NewSampledMean(xs), SampledMean{Mean: 0.8})
	if err := tol.Close(one.Margin(), two.Margin(), 1e-12); err != nil {
		t.Error(err)
	}
	// two numbers with normal errors are compared with a normal quantile
	known := TwoMeansTest{Alpha: 0.05}.Assert(SampledMean{Mean: 1, Error: 3}, SampledMean{Mean: 2, Error: 4})
	if tol.Close(known.Critical, 1.959963984540054, 1e-12) != nil || tol.Close(known.Detectable, 5*(1.959963984540054+3.090232306167813), 1e-9) != nil {
		t.Errorf("%+v", known)
	}
}

// TestReject_TwoMeans: a difference, and what is no number.
func TestReject_TwoMeans(t *testing.T) {
	test := TwoMeansTest{Alpha: 1e-6}
	for name, pair := range map[string][2]SampledMean{
		"six errors apart":      {{Mean: 1, Error: 0.1, N: 1000}, {Mean: 1.6, N: 1000}},
		"no number":             {{Mean: math.NaN(), Error: 0.1, N: 1000}, {Mean: 1, Error: 0.1, N: 1000}},
		"a sample of one":       {NewSampledMean([]float64{3}), {Mean: 1, Error: 0.1, N: 1000}},
		"an error of no number": {{Mean: 1, Error: math.NaN(), N: 1000}, {Mean: 1, Error: 0.1, N: 1000}},
	} {
		if f := test.Assert(pair[0], pair[1]); !f.Rejected {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// An alpha far in the tail, where a normal quantile would be wrong for
// exponential numbers.
const (
	tailAlpha  = 2e-4
	tailTrials = 100_000
)

// tailAlarms counts how often the mean of n exponential numbers fails against one
// that has a tenth of its variance. The skewness that is measured counts by a
// factor.
func tailAlarms(seed uint64, n int, factor float64) (alarms int) {
	rng := rand.New(rand.NewPCG(seed, 0))
	test, xs, e := TwoMeansTest{Alpha: tailAlpha}, make([]float64, n), math.Sqrt(0.1/float64(n))
	for range tailTrials {
		for i := range xs {
			xs[i] = rng.ExpFloat64()
		}
		x, y := NewSampledMean(xs), SampledMean{Mean: 1 + e*rng.NormFloat64(), Error: e}
		x.Skewness *= factor
		if math.Abs(x.Mean-y.Mean) > test.critical(x, y)*math.Hypot(x.Error, y.Error) {
			alarms++
		}
	}
	return alarms
}

// TestStat_TwoMeansTail: at alpha = 2e-4 two means fail no more often than that,
// and without the correction for skewness, which 100 numbers are too few for, they
// do.
func TestStat_TwoMeansTail(t *testing.T) {
	const name = "two means, far in the tail"
	level := func(n int, factor float64) Assertion {
		return func(seed uint64, alpha float64) (Finding, error) {
			alarms := tailAlarms(seed, n, factor)
			t.Logf("%d alarms in %d trials, %v expected at most", alarms, tailTrials, tailTrials*tailAlpha)
			return ProportionAtMostTest{Limit: tailAlpha, Alpha: alpha}.Assert(alarms, tailTrials), nil
		}
	}
	runner.Assert(t, name, level(300, 1))
	runner.Reject(t, name, "skewness left out", level(100, 0))
}
