package stattest

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"sgdescape/model"
)

// StudentExponent turns the mean of the logarithmic loss ratio
//
//	s = log(1 + |theta|^2/(2v))                                     ( = log(L/L*) )
//
// over a Student-type density in n dimensions with known scale v,
//
//	P(theta) = Z^-1 (1 + |theta|^2/(2v))^-phi,
//	Z = (2 pi v)^{n/2} Gamma(phi - n/2)/Gamma(phi),   phi > n/2
//
// into its exponent phi. The density is an exponential family with statistic s,
// so the maximum-likelihood estimate solves
//
//	mean(s) = psi(phi) - psi(phi - n/2)
//
// whose right side falls from +Inf to 0: an interval of mean(s) is an interval
// of phi at the same level. Take that of [ClusterMean] for independent
// trajectories, of [BatchMean] for a single one; [MeanTest] supposes
// independent samples. The ends of the interval are clipped to phi > n/2; a
// lower end <= 0 of mean(s) gives a high end of +Inf. The estimate of mean(s)
// must be positive.
func StudentExponent(meanLogRatio Interval, dim int) (Interval, error) {
	d := model.CheckDomain("Student exponent").AtLeast(1, "dimension n", dim)
	d.Positive("mean of log(L/L*)", meanLogRatio.Estimate)
	d.That(meanLogRatio.Low <= meanLogRatio.Estimate && meanLogRatio.Estimate <= meanLogRatio.High,
		"interval of the mean of log(L/L*)", meanLogRatio, "low <= estimate <= high")
	if err := d.Err(); err != nil {
		return Interval{}, err
	}
	return Interval{
		Estimate: solveExponent(meanLogRatio.Estimate, dim),
		Low:      solveExponent(meanLogRatio.High, dim),
		High:     solveExponent(meanLogRatio.Low, dim),
		Level:    meanLogRatio.Level,
	}, nil
}

// StudentCDF returns the distribution function of s = log(1 + |theta|^2/(2v))
// under the density of [StudentExponent],
//
//	P(s <= x) = I_{1-exp(-x)}(n/2, phi - n/2)
//
// with I the regularised incomplete beta function: what a [DistributionTest]
// needs to test the whole law and not its exponent alone. It is NaN everywhere
// unless n >= 1 and phi > n/2.
func StudentCDF(phi float64, dim int) func(s float64) float64 {
	a, b := float64(dim)/2, phi-float64(dim)/2
	return func(s float64) float64 {
		switch {
		case !(a > 0 && b > 0) || math.IsNaN(s):
			return math.NaN()
		case s <= 0:
			return 0
		}
		return mathext.RegIncBeta(a, b, -math.Expm1(-s))
	}
}

// solveExponent returns phi with psi(phi) - psi(phi - n/2) = s, to rounding.
func solveExponent(s float64, dim int) float64 {
	half := float64(dim) / 2
	switch {
	case !(s > 0):
		return math.Inf(1)
	case math.IsInf(s, 1):
		return half
	}
	excess := func(logX float64) float64 { // falls with x = phi - n/2
		return math.Log(digammaDifference(math.Exp(logX), half)) - math.Log(s)
	}
	low, high := -1.0, 1.0
	for excess(low) < 0 {
		low *= 2
	}
	for excess(high) > 0 {
		high *= 2
	}
	return half + math.Exp(root(low, high, excess))
}

// digammaDifference returns psi(x + h) - psi(x), h > 0 a multiple of 1/2,
// without cancellation for large x.
func digammaDifference(x, h float64) float64 {
	if x < 50 {
		return mathext.Digamma(x+h) - mathext.Digamma(x)
	}
	// psi(x) = log x - 1/(2x) - 1/(12x^2) + 1/(120x^4) - ...; the error is below
	// 1/(252 x^6), relative to the difference h/x below 1e-11.
	y := x + h
	d := math.Log1p(h/x) + h/(2*x*y)
	d += (1/(x*x) - 1/(y*y)) / 12
	return d - (1/(x*x*x*x)-1/(y*y*y*y))/120
}

// Hill returns the exponent alpha of a tail P(X > x) ~ x^-alpha from the k
// largest of n independent positive numbers (Hill1975). With X_(k+1) the next
// one,
//
//	1/alpha = (1/k) sum_{i=1}^k log(X_(i)/X_(k+1))
//
// and k alpha/alphahat is Gamma(k, 1), exactly so if the tail above X_(k+1) is a
// pure power; the interval says nothing about the bias when it is not, so look
// at several k. Needs 1 <= k < n and X_(k+1) > 0.
func Hill(xs []float64, k int, alpha float64) (Interval, error) {
	mustAlpha(alpha)
	d := model.CheckDomain("Hill estimator")
	d.That(1 <= k && k < len(xs), "number of largest values k", k, "1 <= k < number of values")
	if err := d.Err(); err != nil {
		return Interval{}, err
	}
	sorted := slices.Clone(xs)
	slices.Sort(sorted)
	slices.Reverse(sorted)
	d.Positive("value number k+1", sorted[k])
	d.Positive("largest value", sorted[0])
	d.That(!math.IsNaN(sorted[len(sorted)-1]), "a value", math.NaN(), "a number") // NaN comes last
	sum := 0.0
	for _, x := range sorted[:k] {
		sum += math.Log(x / sorted[k])
	}
	if d.Err() == nil {
		d.Positive("sum of logarithms", sum)
	}
	if err := d.Err(); err != nil {
		return Interval{}, err
	}
	r := float64(k)
	return Interval{
		Estimate: r / sum,
		Low:      gammaQuantileLow(r, alpha/2) / sum,
		High:     mathext.GammaIncRegCompInv(r, alpha/2) / sum,
		Level:    1 - alpha,
	}, nil
}
