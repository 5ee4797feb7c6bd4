package stream

import "math"

// The half-normal density f(x) = sqrt(2/pi) exp(-x²/2) is filled from below
// with rectangles that lie wholly under it, each of probability 1/[Layers]:
// rectangle i spans [0, layerEdge[i]] and its right upper corner lies on f.
// rareFrom of them fit. What is left, between the corners and beyond the first
// edge, has the probability of the remaining indices exactly, so that an index
// from 0 to Layers-1 chooses a rectangle or the remainder without any test of
// acceptance (McFarland 2016). The tables are constants because math.Exp
// differs between architectures in its last bits; a test computes them anew.

// Layers is the number of equally probable indices, a power of two.
const Layers = 4096

// unit is the spacing of the uniform variate in [-1, 1): a word keeps 52 bits
// beside the 12 of its layer.
const unit = 1.0 / (1 << 51)

// edge is layerEdge*unit, the factor of the signed 52-bit part of a word. The
// remaining indices go to rare; they hold NaN, which a vector loop notices.
var edge = func() (table [Layers]float64) {
	for i := range table {
		table[i] = math.NaN()
	}
	for i, x := range layerEdge {
		table[i] = x * unit
	}
	return
}()

// Normal returns the standard normal deviate of a uniformly random word: its
// low 12 bits choose the layer, the other 52 are the position across it.
//
// Accuracy: the law is exact up to the 52-bit resolution of the position; no
// deviate exceeds 13 in absolute value.
func Normal(word uint64) float64 {
	i := word & (Layers - 1)
	if i >= rareFrom {
		return rare(word)
	}
	return float64(int64(word)>>12) * edge[i]
}

// Table returns the factors of the fast path of [Normal], for loops that have
// it inlined: an index below [RareFrom] gives float64(int64(word)>>12) times
// the factor of its layer; any other has the factor NaN, and [Normal] its deviate.
func Table() *[Layers]float64 { return &edge }

// RareFrom is the first layer index whose factor is NaN.
const RareFrom = rareFrom

// rare returns the deviate of a word whose layer index is not a rectangle. The
// word's top bit is the sign, and the whole word seeds the SplitMix64 sequence
// that the rejections consume, so the result is still a function of the word.
//
//go:noinline
func rare(word uint64) float64 {
	z := word
	next := func() float64 { // uniform in (0, 1)
		z += golden
		return (float64(mix(z)>>12) + 0.5) / (1 << 52)
	}
	// Part 0 is the tail, part i lies between edges i and i-1, the last part
	// is the cap above the topmost rectangle.
	u := next()
	part := partOf(u)
	var x float64
	switch {
	case part == 0: // Marsaglia's tail: exponential beyond r, thinned to normal
		r := layerEdge[0]
		for {
			e := -ln(next()) / r
			if -2*ln(next()) > e*e {
				x = r + e
				break
			}
		}
	default:
		left, top := 0.0, 1.0
		if part < rareFrom {
			left, top = layerEdge[part], layerTop[part]
		}
		right, bottom := layerEdge[part-1], layerTop[part-1]
		for {
			across, up := next(), next()
			x = left + float64((right-left)*across)
			y := bottom + float64((top-bottom)*up)
			if below(x, y, left, right, top, float64(across)+float64(up)) {
				break
			}
		}
	}
	return math.Float64frombits(math.Float64bits(x) | word&(1<<63))
}

// below reports whether y < exp(-x²/2) for left <= x <= right, where the density
// is top at left. Nearly always its chord, above which across+up > 1, and its
// tangent at left tell without a logarithm: the density lies between them,
// above the chord where it is concave, x <= 1, and above the tangent where it is
// convex. The margins leave what rounding could decide to the logarithm.
func below(x, y, left, right, top, acrossUp float64) bool {
	const margin = 1e-6
	tangent := top * (1 - float64(left*(x-left)))
	switch {
	case right <= 1 && acrossUp < 1-margin:
		return true
	case right <= 1 && y > tangent*(1+margin):
		return false
	case left >= 1 && acrossUp > 1+margin:
		return false
	case left >= 1 && y < tangent*(1-margin):
		return true
	}
	return -2*ln(y) > float64(x*x)
}

// guide[k] is the first part that a u in [k, k+1)/len(guide) can have. It is twice
// as long as there are parts, so that partOf seldom has to look further.
var guide = func() (g [2 * Layers]uint16) {
	part := 0
	for k := range g {
		u := float64(k) / float64(len(g))
		for part < len(remainder)-1 && !(u < remainder[part]) {
			part++
		}
		g[k] = uint16(part)
	}
	return
}()

// partOf returns the first i for which u < remainder[i], at most the last.
func partOf(u float64) int {
	i := int(guide[int(u*float64(len(guide)))])
	for i < len(remainder)-1 && !(u < remainder[i]) {
		i++
	}
	return i
}

// ln returns log x for normal 0 < x < Inf with an error of about an ulp and the
// same bits on every architecture.
//
//	log(m 2^e) = e log 2 + 2 artanh((m-1)/(m+1)),   sqrt(1/2) <= m < sqrt(2)
func ln(x float64) float64 {
	const sqrtHalf = 0x3fe6a09e667f3bcd // the bits of sqrt(1/2)
	word := math.Float64bits(x)
	exponent := int64(word-sqrtHalf) >> 52
	m, e := math.Float64frombits(word-uint64(exponent)<<52), float64(exponent)
	f := (m - 1) / (m + 1)
	s := f * f
	sum := 1.0 / 23
	sum = float64(sum*s) + 1.0/21
	sum = float64(sum*s) + 1.0/19
	sum = float64(sum*s) + 1.0/17
	sum = float64(sum*s) + 1.0/15
	sum = float64(sum*s) + 1.0/13
	sum = float64(sum*s) + 1.0/11
	sum = float64(sum*s) + 1.0/9
	sum = float64(sum*s) + 1.0/7
	sum = float64(sum*s) + 1.0/5
	sum = float64(sum*s) + 1.0/3
	sum = float64(sum*s) + 1
	return float64(e*math.Ln2) + float64(2*f*sum)
}
