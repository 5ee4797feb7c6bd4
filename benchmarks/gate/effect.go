package gate

import (
	"math"
	"slices"
)

// An Effect describes how much slower the head side is than the base side,
// judged by comparisons inside blocks only.
type Effect struct {
	// Ratio is the Hodges-Lehmann estimate of head/base: the median of the
	// ratios of all pairs inside blocks. NaN without data.
	Ratio float64
	// P is the exact one-sided p-value of "head is not slower". 1 without data.
	P float64

	logRatios []float64 // ascending
	law       []float64
}

// Measure computes the effect from blocks. A block with an empty side carries
// no comparison.
func Measure(blocks []Block) Effect { return measure(blocks, math.Log) }

// MeasureCounts is [Measure] for counts, which may be 0: the ratio is that of
// count + 1.
func MeasureCounts(blocks []Block) Effect { return measure(blocks, math.Log1p) }

func measure(blocks []Block, log func(float64) float64) Effect {
	e := Effect{Ratio: math.NaN(), P: 1, law: null(blocks)}
	slower := 0
	for _, b := range blocks {
		for _, x := range b.Base {
			for _, y := range b.Head {
				d := log(y) - log(x)
				if y == x { // 0 against 0 is no difference
					d = 0
				}
				if d > 0 {
					slower++
				}
				e.logRatios = append(e.logRatios, d)
			}
		}
	}
	n := len(e.logRatios)
	if n == 0 {
		return e
	}
	slices.Sort(e.logRatios)
	e.Ratio = math.Exp((e.logRatios[(n-1)/2] + e.logRatios[n/2]) / 2)
	e.P = upperTail(e.law, slower)
	return e
}

// Upper returns the upper confidence bound of the ratio at the one-sided level
// 1 - beta: the smallest ratio that the test rejects from above. It is +Inf
// when there are too few runs for any bound at that level.
func (e Effect) Upper(beta float64) float64 {
	c := largestTail(e.law, beta)
	if n := len(e.logRatios); c >= 0 && n > 0 {
		return math.Exp(e.logRatios[max(n-1-c, 0)])
	}
	return math.Inf(1)
}

// Lower is the lower confidence bound, the mirror of [Effect.Upper]; 0 when
// there are too few runs.
func (e Effect) Lower(beta float64) float64 {
	c := largestTail(e.law, beta)
	if n := len(e.logRatios); c >= 0 && n > 0 {
		return math.Exp(e.logRatios[min(c, n-1)])
	}
	return 0
}
