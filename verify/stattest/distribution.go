package stattest

import (
	"fmt"
	"math"
	"slices"
)

// A DistributionTest asserts that independent numbers have the distribution
// function CDF, by the largest distance D between CDF and the empirical
// function. Effects are distances between distribution functions.
type DistributionTest struct {
	CDF   func(float64) float64
	Alpha float64
}

// Assert computes D = sup |F_n - F| exactly, ties included, and rejects beyond
//
//	sqrt(log(2/alpha) / (2n))                              (Massart1990)
//
// which holds for every n and every F, continuous or not, with the best
// possible constant 2.
func (t DistributionTest) Assert(xs []float64) Finding {
	mustAlpha(t.Alpha)
	sorted := slices.Clone(xs)
	slices.Sort(sorted)
	n := float64(len(xs))
	d := 0.0
	for i := 0; i < len(sorted); {
		j := i + 1
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		f := t.CDF(sorted[i])
		below := t.CDF(math.Nextafter(sorted[i], math.Inf(-1)))
		d = maxNaN(d, math.Abs(float64(j)/n-f))
		d = maxNaN(d, math.Abs(float64(i)/n-below))
		i = j
	}
	return Finding{
		N: len(xs), Alpha: t.Alpha, Statistic: d, Critical: massart(t.Alpha, n),
		Effect: d, Detectable: t.Detectable(len(xs)),
	}.finish()
}

// Detectable returns the distance between the true F and CDF that is found with
// probability [DetectionPower]: where the two are furthest apart the empirical
// function strays back by more than e with probability at most exp(-2 n e^2)
// (Hoeffding), so
//
//	sqrt(log(2/alpha)/(2n)) + sqrt(log(1/(1-DetectionPower))/(2n))
func (t DistributionTest) Detectable(n int) float64 {
	mustAlpha(t.Alpha)
	m := float64(n)
	return massart(t.Alpha, m) + math.Sqrt(-math.Log(1-DetectionPower)/(2*m))
}

// Needed returns the sample size that detects a distance of the given size.
func (t DistributionTest) Needed(effect float64) int { return needed(effect, t.Detectable) }

func massart(alpha, n float64) float64 { return math.Sqrt(math.Log(2/alpha) / (2 * n)) }

// maxNaN is the larger number, or NaN if one of them is.
func maxNaN(a, b float64) float64 {
	if a > b || a != a {
		return a
	}
	return b
}

// A TwoSampleTest asserts that two independent samples of independent numbers
// have the same distribution, by the largest distance D between their empirical
// functions. Effects are distances between distribution functions.
type TwoSampleTest struct {
	Alpha float64
}

// Assert computes D and rejects beyond the critical value of Critical.
func (t TwoSampleTest) Assert(xs, ys []float64) Finding {
	x, y := slices.Clone(xs), slices.Clone(ys)
	slices.Sort(x)
	slices.Sort(y)
	d := 0.0
	for i, j := 0, 0; i < len(x) && j < len(y); {
		v := math.Min(x[i], y[j])
		for i < len(x) && !(x[i] > v) {
			i++
		}
		for j < len(y) && !(y[j] > v) {
			j++
		}
		d = math.Max(d, math.Abs(float64(i)/float64(len(x))-float64(j)/float64(len(y))))
	}
	if slices.ContainsFunc(x, math.IsNaN) || slices.ContainsFunc(y, math.IsNaN) {
		d = math.NaN()
	}
	return Finding{
		N: len(x) + len(y), Alpha: t.Alpha, Statistic: d, Critical: t.Critical(len(x), len(y)),
		Effect: d, Detectable: t.Detectable(len(x), len(y)),
	}.finish()
}

// Critical returns a distance that two samples of one law exceed with
// probability at most alpha. For n = m, with C = 2 from n = 458 on and C = e
// below (Wei2012),
//
//	sqrt(log(C/alpha)/n)
//
// For n != m it is the sum of the two one-sample distances (Massart1990), with
// alpha divided between them so that the sum is least:
//
//	sqrt(log(2/alpha_1)/(2n)) + sqrt(log(2/alpha_2)/(2m)),  alpha_1 + alpha_2 = alpha
//
// valid for all sizes, but conservative: equal sizes are sqrt(2) sharper.
func (t TwoSampleTest) Critical(n, m int) float64 {
	mustAlpha(t.Alpha)
	if n < 1 || m < 1 {
		panic(fmt.Sprintf("stattest: samples of %d and %d numbers, want at least one in each", n, m))
	}
	if n == m {
		c := math.E
		if n >= 458 {
			c = 2
		}
		return math.Sqrt(math.Log(c/t.Alpha) / float64(n))
	}
	sum := func(share float64) float64 {
		return massart(share*t.Alpha, float64(n)) + massart((1-share)*t.Alpha, float64(m))
	}
	low, high := 0.0, 1.0 // ternary search: sum is convex in the share
	for range 60 {
		a, b := low+(high-low)/3, high-(high-low)/3
		if sum(a) < sum(b) {
			high = b
		} else {
			low = a
		}
	}
	return sum((low + high) / 2)
}

// Detectable returns the distance between the two laws that is found with
// probability [DetectionPower], by Hoeffding's bound for the difference of two
// empirical frequencies.
func (t TwoSampleTest) Detectable(n, m int) float64 {
	spread := 1/float64(n) + 1/float64(m)
	return t.Critical(n, m) + math.Sqrt(-math.Log(1-DetectionPower)*spread/2)
}

// Needed returns the common size of two samples that detects a distance of the
// given size.
func (t TwoSampleTest) Needed(effect float64) int {
	return needed(effect, func(n int) float64 { return t.Detectable(n, n) })
}
