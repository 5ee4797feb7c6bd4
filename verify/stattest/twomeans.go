package stattest

import (
	"math"
)

// A SampledMean is what was kept of a sample of independent, equally distributed
// numbers.
type SampledMean struct {
	Mean     float64
	Error    float64 // standard error of Mean, sd/sqrt(N)
	Skewness float64 // of the numbers
	N        int     // how many; 0 for a mean known otherwise, with a normal error
}

// NewSampledMean returns that of a sample. With less than two numbers the error
// is NaN.
func NewSampledMean(xs []float64) SampledMean {
	m := momentsOf(xs)
	return SampledMean{Mean: m.mean, Error: m.sd / math.Sqrt(float64(len(xs))), Skewness: m.skew, N: len(xs)}
}

// A TwoMeansTest asserts that two independent samples have the same mean. Effects
// are |mean - other mean|.
type TwoMeansTest struct {
	Alpha float64
}

// Assert compares |x - y| with a critical value times the error of the
// difference, e^2 = a^2 + b^2 with the standard errors a and b. The critical value
// is Student's with
//
//	nu = e^4/(a^4/(n-1) + b^4/(m-1))                             (Welch1947)
//
// degrees of freedom, raised for skewness like that of [MeanTest]: the skewness of
// the difference, whose part that matters is (Chang2016)
//
//	g = |gamma_x a^3/sqrt(n) - gamma_y b^3/sqrt(m)|/e^3
//
// in the place of gamma/sqrt(n). Two samples of one law are compared more sharply
// than one with a number, their skewnesses working against each other. Approximate
// as is that of MeanTest, by the noise of gamma and of nu, which tells where one
// sample is small and the other large: at alpha = 1e-3 two samples of one normal law
// differ with probability 23 alpha if they are of 2 and 20 numbers, 2.4 alpha if of 5
// and 50, and less than alpha from 10 and 100 on; those of an exponential law with
// 10 alpha if they are of 10 and 100 numbers, 3.3 alpha if of 30 and 300, and alpha
// if of 100 and 1000.
func (t TwoMeansTest) Assert(x, y SampledMean) Finding {
	gap, e := math.Abs(x.Mean-y.Mean), math.Hypot(x.Error, y.Error)
	f := Finding{
		N: x.N + y.N, Alpha: t.Alpha,
		Critical: t.critical(x, y),
		Effect:   gap, Detectable: t.Detectable(x, y),
	}
	if gap != 0 || e != 0 { // two constants may be the same
		f.Statistic = gap / e
	}
	return f.finish()
}

func (t TwoMeansTest) critical(x, y SampledMean) float64 {
	mustAlpha(t.Alpha)
	a, b := x.share(y), y.share(x)
	inverse := 0.0 // of nu
	for _, s := range []struct {
		n     int
		share float64
	}{{x.N, a}, {y.N, b}} {
		if s.n > 0 {
			inverse += s.share * s.share / float64(s.n-1)
		}
	}
	return raisedCritical(t.Alpha, 1/inverse, math.Abs(x.third(a)-y.third(b)))
}

// share returns x's part of the variance of x - y, 0 if there is none.
func (x SampledMean) share(y SampledMean) float64 {
	e := math.Hypot(x.Error, y.Error)
	if e == 0 {
		return 0
	}
	return (x.Error / e) * (x.Error / e)
}

// third returns the contribution of x to the skewness of a difference in whose
// variance it has the given share.
func (x SampledMean) third(share float64) float64 {
	if x.N == 0 {
		return 0
	}
	return x.Skewness * math.Pow(share, 1.5) / math.Sqrt(float64(x.N))
}

// Detectable returns a difference of the means of samples like these that is found
// with probability [DetectionPower]. It is a bound: all that a [MeanTest] allows
// for, with the moments of the more skewed and the size of the smaller sample, is
// supposed to go wrong at once.
func (t TwoMeansTest) Detectable(x, y SampledMean) float64 {
	e, n := math.Hypot(x.Error, y.Error), x.N
	if n == 0 || y.N > 0 && y.N < n {
		n = y.N
	}
	z := t.critical(x, y)
	switch skew := math.Max(math.Abs(x.Skewness), math.Abs(y.Skewness)); {
	case n == 0:
		return (z + gammaQuantile(1-DetectionPower, 0)) * e
	case n == 1 || math.IsNaN(skew+e):
		return math.NaN()
	case math.IsInf(z, 1):
		return z
	default:
		s := newShape(skew, 0)
		high, root := s.deviationHigh(1-DetectionPower, n), math.Sqrt(float64(n))
		zHigh := raisedCritical(t.Alpha, float64(n-1), s.skewnessHigh(1-DetectionPower, n)/root)
		if z1 := raisedCritical(t.Alpha, float64(n-1), skew/root); !math.IsInf(z1, 1) {
			zHigh = z + (zHigh - z1)
		}
		return (z + gammaQuantile(1-DetectionPower, skew/root) + z*(high-1) + high*(zHigh-z)) * e
	}
}
