package stattest

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// A CellsTest asserts the probabilities of cells by Pearson's chi-square. The
// effect is w = sqrt(sum (p - Want)^2/Want), which is the relative deviation if
// it is the same in every cell.
type CellsTest struct {
	Want  []float64 // probabilities, adding up to 1
	Alpha float64
}

// Assert tests how many of n observations fell into each cell,
//
//	X = sum (k - n Want)^2/(n Want)  >  the 1-alpha/2 quantile of chi-square
//
// with len(Want)-1 degrees of freedom. The law of X is approximate: with 1000
// expected in every cell, the least that Assert takes (it panics below), the tail
// of chi-square is too small by up to a factor of two for alpha down to 1e-9. Half
// of alpha makes up for that.
func (t CellsTest) Assert(counts []int) Finding {
	mustAlpha(t.Alpha)
	if len(counts) != len(t.Want) || len(counts) < 2 {
		panic(fmt.Sprintf("stattest: %d counts for %d cells, want the same number, at least 2", len(counts), len(t.Want)))
	}
	n := 0
	for _, k := range counts {
		n += k
	}
	x := 0.0
	for i, k := range counts {
		mean := float64(n) * t.Want[i]
		if !(mean >= 1000) {
			panic(fmt.Sprintf("stattest: %g observations expected in cell %d, want at least 1000", mean, i))
		}
		x += (float64(k) - mean) * (float64(k) - mean) / mean
	}
	return Finding{
		N: n, Alpha: t.Alpha, Statistic: x, Critical: t.critical(),
		Effect: math.Sqrt(x / float64(n)), Detectable: t.Detectable(n),
	}.finish()
}

func (t CellsTest) critical() float64 { return chiSquareQuantile(t.Alpha/2, t.freedom()) }

func (t CellsTest) freedom() float64 { return float64(len(t.Want) - 1) }

// chiSquareQuantile returns the x that chi-square with k degrees of freedom
// exceeds with probability p.
func chiSquareQuantile(p, k float64) float64 { return 2 * mathext.GammaIncRegCompInv(k/2, p) }

// Detectable returns the w that n observations reveal with probability
// [DetectionPower], wherever it lies. Off the hypothesis X is about non-central
// chi-square with lambda = n w^2. But cells that have become likelier scatter
// more: with p = q(1+d) for q = Want, the variance of X is not 2k + 4 lambda but
// 2k + 4 lambda v,
//
//	v = 1 + sum q d^3/w^2 - w^2 <= 1 + w (1-2q)/sqrt(q (1-q)) - w^2
//
// with q on the right the smallest of all, the one cell in which the deviation is
// worst. X strays by so much more from its mean k + lambda.
func (t CellsTest) Detectable(n int) float64 {
	mustAlpha(t.Alpha)
	k, critical := t.freedom(), t.critical()
	q := slices.Min(t.Want)
	missed := func(lambda float64) float64 {
		w := math.Sqrt(lambda / float64(n))
		v := math.Max(1, 1+w*(1-2*q)/math.Sqrt(q*(1-q))-w*w)
		mean, stretch := k+lambda, math.Sqrt((k+2*lambda*v)/(k+2*lambda))
		return math.Log(nonCentral(mean-(mean-critical)/stretch, k, lambda)) - math.Log(1-DetectionPower)
	}
	high := 1.0
	for missed(high) > 0 {
		high *= 2
	}
	return math.Sqrt(root(0, high, missed) / float64(n))
}

// nonCentral returns the distribution function of non-central chi-square with k
// degrees of freedom,
//
//	P(X <= x) = sum_j exp(-lambda/2) (lambda/2)^j/j! P(chi2_{k+2j} <= x)
//
// summed downwards from where the weights are below 1e-20, each P being the one
// above it and a density.
func nonCentral(x, k, lambda float64) float64 {
	if !(x > 0) {
		return 0
	}
	half, y := lambda/2, x/2
	j := math.Ceil(half + 10*math.Sqrt(half) + 30)
	logFactorial, _ := math.Lgamma(j + 1)
	weight := 1.0
	if half > 0 {
		weight = math.Exp(j*math.Log(half) - half - logFactorial)
	} else {
		j = 0
	}
	p := mathext.GammaIncReg(k/2+j, y)
	logGamma, _ := math.Lgamma(k/2 + j + 1)
	density := math.Exp((k/2+j)*math.Log(y) - y - logGamma) // P at j less P at j+1
	sum := 0.0
	for ; ; j-- {
		sum += weight * p
		if j == 0 {
			return sum
		}
		weight *= j / half
		density *= (k/2 + j) / y
		p += density
	}
}

// Needed returns the number of observations that reveals the given w.
func (t CellsTest) Needed(effect float64) int { return needed(effect, t.Detectable) }
