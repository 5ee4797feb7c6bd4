package benchmarks

import (
	"fmt"
	"math"
	"testing"

	"sgdescape/verify/stattest"
)

// exponentialTimes returns n exit times at the quantiles of the exponential law
// with mean 1, and which of them a horizon at 2 censors. Quantiles, so that
// estimates are known in advance.
func exponentialTimes(n int) (times []float64, censored []bool) {
	times, censored = make([]float64, n), make([]bool, n)
	const stride = 7919 // a prime: the order is not sorted
	for i := range times {
		q := (float64(i*stride%n) + 0.5) / float64(n)
		times[i] = -math.Log1p(-q)
		if times[i] > 2 {
			times[i], censored[i] = 2, true
		}
	}
	return times, censored
}

// BenchmarkEstimator is one estimate from 10000 exit times, a seventh of which
// are censored; the mean exit time is 1. Asserted: estimates of the known law,
// to the error of the discrete quantiles.
func BenchmarkEstimator(b *testing.B) {
	const n = 10000
	times, censored := exponentialTimes(n)
	all := make([]float64, n)
	for i := range all {
		all[i] = -math.Log1p(-(float64(i) + 0.5) / n)
	}
	series := func(what string) string { return fmt.Sprintf("estimate=%s/n=%d", what, n) }
	for _, s := range []solution{
		{name: series("rate"), want: 1, rtol: 1e-3, solve: func() (float64, error) {
			x, err := stattest.Tally(times, censored)
			if err != nil {
				return 0, err
			}
			if in := x.RateInterval(0.05); !in.Contains(1) {
				return 0, fmt.Errorf("the interval %v misses the rate 1", in)
			}
			return x.Rate(), nil
		}},
		{name: series("survival"), want: math.Exp(-1), rtol: 1e-3, solve: func() (float64, error) {
			return stattest.KaplanMeier(times, censored).At(1), nil
		}},
		{name: series("meantime"), want: 1 - math.Exp(-2), rtol: 1e-3, solve: func() (float64, error) {
			// The mean of min(T, 2).
			e, err := stattest.MeanTimeFromTimes(times, censored, 0.05)
			return e.Interval.Estimate, err
		}},
		{name: series("distribution"), want: 0.5 / n, rtol: 1e-6, solve: func() (float64, error) {
			test := stattest.DistributionTest{CDF: func(t float64) float64 { return -math.Expm1(-t) }, Alpha: 0.05}
			return test.Assert(all).Effect, nil
		}},
		{name: series("batchmean"), want: 1, rtol: 1e-3, solve: func() (float64, error) {
			in, err := stattest.BatchMean(all, 20, 0.05)
			return in.Estimate, err
		}},
	} {
		s.run(b)
	}
}

// BenchmarkFitLine is one weighted straight line through 20 points. Asserted:
// the slope of a line.
func BenchmarkFitLine(b *testing.B) {
	const n = 20
	x, y, sigma := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], y[i], sigma[i] = float64(i), 3+10.5*float64(i), 1
	}
	solution{name: fmt.Sprintf("n=%d", n), want: 10.5, rtol: 1e-12, solve: func() (float64, error) {
		line, err := stattest.FitLine(x, y, sigma)
		return line.Slope, err
	}}.run(b)
}
