package stattest

import (
	"fmt"
	"math"

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
//	X = sum (k - n Want)^2/(n Want)  >  the 1-alpha quantile of chi-square
//
// with len(Want)-1 degrees of freedom. The law of X is approximate: with at
// least 1000 expected in every cell, which Assert wants and panics without, the
// tail at 1e-9 is right to a factor of two.
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

func (t CellsTest) critical() float64 { return chiSquareQuantile(t.Alpha, t.freedom()) }

func (t CellsTest) freedom() float64 { return float64(len(t.Want) - 1) }

// chiSquareQuantile returns the x that chi-square with k degrees of freedom
// exceeds with probability p.
func chiSquareQuantile(p, k float64) float64 { return 2 * mathext.GammaIncRegCompInv(k/2, p) }

// Detectable returns the w that n observations reveal with probability
// [DetectionPower]. Off the hypothesis X is non-central chi-square with lambda =
// n w^2; X/c is about
// chi-square with f degrees of freedom (Patnaik1949),
//
//	c = (k + 2 lambda)/(k + lambda),   f = (k + lambda)^2/(k + 2 lambda)
func (t CellsTest) Detectable(n int) float64 {
	mustAlpha(t.Alpha)
	k, critical := t.freedom(), t.critical()
	lacking := func(lambda float64) float64 {
		c, f := (k+2*lambda)/(k+lambda), (k+lambda)*(k+lambda)/(k+2*lambda)
		return critical - c*chiSquareQuantile(DetectionPower, f)
	}
	high := 1.0
	for lacking(high) > 0 {
		high *= 2
	}
	return math.Sqrt(root(0, high, lacking) / float64(n))
}

// Needed returns the number of observations that reveals the given w.
func (t CellsTest) Needed(effect float64) int { return needed(effect, t.Detectable) }
