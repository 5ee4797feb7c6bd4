package stattest

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"
)

// A MeanTest asserts the mean of independent, equally distributed numbers.
//
// With Low < High the numbers are known to lie in [Low, High] and the interval
// is the empirical Bernstein bound of Maurer2009, valid for every n. Otherwise
// it is Student's, with the critical value raised for skewness so that it can
// be trusted far in the tail (see Interval); that one is approximate.
type MeanTest struct {
	Want      float64
	Alpha     float64
	Low, High float64 // known range; equal when there is none
	// Margin is the known size of a bias, such as that of a step: any mean within
	// it of Want is accepted.
	Margin float64

	// What Detectable and Needed expect of data not yet drawn.
	StdDev   float64 // 0 means 1: effects are in standard deviations
	Skewness float64
	// Kurtosis is the excess kurtosis. The skewness bounds it from below only, by
	// Skewness^2 - 2; any number below 1.5 Skewness^2, that of a gamma law, means
	// 1.5 Skewness^2.
	Kurtosis float64
}

// Interval returns the interval of the mean. Bounded, with V the sample
// variance and l = log(4/alpha),
//
//	|mean - mu| <= sqrt(2 V l/n) + 7 (High - Low) l/(3 (n-1))
//
// Unbounded, the tail of Student's statistic of a law with skewness g obeys
// (Jing2003, moderate deviations)
//
//	P(T > z) ~ (1 - Phi(z)) exp(|g| z^3 / (3 sqrt(n)))   at worst
//
// so z solves that = alpha/2 with the sample's g, and the critical value is
// Student's quantile with n-1 degrees of freedom at the tail 1 - Phi(z). Where
// no z < sqrt(n)/(2|g|) solves it, the sample is too small for this alpha and
// the interval is the whole line. For Gaussian data the level is exact up to
// the noise of g; a finite third moment is assumed. Exponential numbers lie
// outside with probability 0.2 to 0.8 alpha at alpha = 1e-9 and n >= 150. A few
// skewed numbers may happen to look symmetric: 50 exponential ones lie outside
// with probability 46 alpha at alpha = 1e-9, and 20 of them 4 alpha at 1e-4; with
// so few use large alphas or the bounded interval.
func (t MeanTest) Interval(xs []float64) Interval {
	mustAlpha(t.Alpha)
	i := Interval{Estimate: math.NaN(), Low: math.Inf(-1), High: math.Inf(1), Level: 1 - t.Alpha}
	if len(xs) == 0 {
		return i
	}
	m := momentsOf(xs)
	i.Estimate = m.mean
	if len(xs) < 2 {
		return i
	}
	half := t.halfWidth(len(xs), m.sd, m.skew)
	i.Low, i.High = i.Estimate-half, i.Estimate+half
	if t.Low < t.High {
		i.Low, i.High = math.Max(i.Low, t.Low), math.Min(i.High, t.High)
	}
	return i
}

func (t MeanTest) halfWidth(n int, sd, skew float64) float64 {
	return t.critical(n, skew)*sd/math.Sqrt(float64(n)) + t.slack(n)
}

// critical returns the part of the half-width that grows with the sample's
// standard deviation, in units of sd/sqrt(n).
func (t MeanTest) critical(n int, skew float64) float64 {
	if t.Low < t.High {
		return math.Sqrt(2 * math.Log(4/t.Alpha))
	}
	return studentCritical(t.Alpha, n, skew)
}

// slack returns the other part.
func (t MeanTest) slack(n int) float64 {
	if t.Low < t.High {
		return 7 * (t.High - t.Low) * math.Log(4/t.Alpha) / (3 * float64(n-1))
	}
	return 0
}

// Assert tests whether the interval of the mean comes within Margin of Want.
// Detectable is that of a law with the sample's standard deviation, skewness and
// kurtosis. Less than two numbers are rejected: a sample that says nothing is no
// agreement.
func (t MeanTest) Assert(xs []float64) Finding {
	mustAlpha(t.Alpha)
	if len(xs) < 2 {
		return Finding{N: len(xs), Alpha: t.Alpha, Statistic: math.NaN(), Critical: math.Inf(1), Detectable: math.Inf(1)}.finish()
	}
	plan, m := t, momentsOf(xs)
	plan.StdDev, plan.Skewness, plan.Kurtosis = m.sd, m.skew, m.kurt
	return Finding{
		N: len(xs), Alpha: t.Alpha,
		Statistic:  math.Abs(m.mean - t.Want),
		Critical:   t.Margin + t.halfWidth(len(xs), plan.StdDev, plan.Skewness),
		Effect:     math.Abs(m.mean - t.Want),
		Detectable: plan.Detectable(len(xs)),
	}.finish()
}

// Detectable returns the shift of the mean, in the worse direction, found with
// probability [DetectionPower] by n numbers of the expected StdDev, Skewness and
// Kurtosis,
//
//	Margin + half-width + q StdDev/sqrt(n)
//
// where q allows for the noise of the mean, of the sample's standard deviation
// and of its skewness, which stand in the half-width (see shape.power). It is
// +Inf when the sample's skewness exceeds what n numbers can be corrected for
// with a probability above 1 - DetectionPower. It supposes that the law is only
// shifted. Approximate: the moments above the fourth are those of a gamma law.
// For normal, uniform, Laplace and gamma numbers of shape 1/2 and more, and
// lognormal ones of sigma = 1/4, it holds within the noise of 20000 samples and is
// at most a tenth above the smallest such shift, for n of 100 to 10000 and alpha
// of 1e-3 to 1e-9; it becomes infinite at a somewhat larger n than it must. For
// lognormal numbers of sigma = 1/2, whose moments grow faster, it is up to 5 % too
// small.
func (t MeanTest) Detectable(n int) float64 {
	against, along := t.detectable(n)
	return math.Max(against, along)
}

// detectable returns the shifts found against the long tail and along it.
func (t MeanTest) detectable(n int) (against, along float64) {
	mustAlpha(t.Alpha)
	if n < 2 {
		return math.Inf(1), math.Inf(1)
	}
	sd := t.StdDev
	if sd == 0 {
		sd = 1
	}
	if law := t.Skewness + t.Kurtosis + sd; math.IsNaN(law) || math.IsInf(law, 0) {
		return math.NaN(), math.NaN()
	}
	s := newShape(t.Skewness, t.Kurtosis)
	z := t.critical(n, s.skew)
	zHigh := t.critical(n, s.skewnessHigh(1-DetectionPower, n))
	if math.IsInf(zHigh, 1) {
		return zHigh, zHigh
	}
	unit := sd / math.Sqrt(float64(n))
	least := t.Margin + t.slack(n) + z*unit
	return least + unit*s.power(n, z, zHigh, false), least + unit*s.power(n, z, zHigh, true)
}

// Needed returns the sample size that detects a shift of the given size.
func (t MeanTest) Needed(effect float64) int { return needed(effect, t.Detectable) }

// studentCritical returns the two-sided critical value of Student's statistic
// for n numbers at alpha, raised for skewness; see [MeanTest.Interval].
func studentCritical(alpha float64, n int, skew float64) float64 {
	if n < 2 {
		return math.Inf(1)
	}
	return raisedCritical(alpha, float64(n-1), math.Abs(skew)/math.Sqrt(float64(n)))
}

// raisedCritical does so for nu degrees of freedom, +Inf of them included, and a
// given g = |skewness|/sqrt(n).
func raisedCritical(alpha, nu, g float64) float64 {
	z := -mathext.NormalQuantile(alpha / 2)
	if g > 0 {
		want, top := math.Log(alpha/2), 1/(2*g)
		excess := func(z float64) float64 { return logNormalTail(z) + g*z*z*z/3 - want }
		if !(z < top && excess(top) <= 0) {
			return math.Inf(1)
		}
		z = root(z, top, excess) // excess falls from z to top
		alpha = 2 * math.Exp(logNormalTail(z))
	}
	if math.IsInf(nu, 1) {
		return z
	}
	return studentQuantile(alpha, nu)
}

// logNormalTail returns log(1 - Phi(z)).
func logNormalTail(z float64) float64 { return math.Log(math.Erfc(z/math.Sqrt2) / 2) }

// moments are those of a sample: skew and kurt are its skewness and excess
// kurtosis, 0 for constant data, and sd is NaN for less than two numbers.
type moments struct{ mean, sd, skew, kurt float64 }

// momentsOf returns the moments of a sample of any size of numbers.
func momentsOf(xs []float64) moments {
	xs, exponent := inRange(xs)
	m := plainMoments(xs)
	if exponent != 0 {
		m.mean, m.sd = math.Ldexp(m.mean, exponent), math.Ldexp(m.sd, exponent)
	}
	return m
}

// inRange returns numbers whose sums and fourth powers are in the range of a
// float64 and the exponent of the power of 2 by which they are to be multiplied: 0,
// and xs itself, unless they are very large or very small. No digit changes.
func inRange(xs []float64) (scaled []float64, exponent int) {
	largest := 0.0
	for _, x := range xs {
		largest = math.Max(largest, math.Abs(x))
	}
	_, exponent = math.Frexp(largest)
	if -150 < exponent && exponent < 150 || largest == 0 || !(largest < math.Inf(1)) {
		return xs, 0
	}
	scaled = make([]float64, len(xs))
	for i, x := range xs {
		scaled[i] = math.Ldexp(x, -exponent)
	}
	return scaled, exponent
}

func plainMoments(xs []float64) (m moments) {
	m.mean, m.sd = stat.MeanStdDev(xs, nil)
	var m2, m3, m4 float64
	for _, x := range xs {
		d := x - m.mean
		m2 += d * d
		m3 += d * d * d
		m4 += d * d * d * d
	}
	n := float64(len(xs))
	if m2 != 0 {
		m.skew, m.kurt = (m3/n)/math.Pow(m2/n, 1.5), (m4/n)/(m2/n*(m2/n))-3
	}
	return m
}
