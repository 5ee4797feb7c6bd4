package gate

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func drawBlocks(t *rapid.T) []Block {
	n := rapid.IntRange(1, 12).Draw(t, "blocks")
	blocks := make([]Block, n)
	value := rapid.Float64Range(1, 2)
	for i := range blocks {
		blocks[i].Base = rapid.SliceOfN(value, 2, 2).Draw(t, "base")
		blocks[i].Head = rapid.SliceOfN(value, 2, 2).Draw(t, "head")
	}
	return blocks
}

func scaled(blocks []Block, base, head float64) []Block {
	out := make([]Block, len(blocks))
	for i, b := range blocks {
		for _, x := range b.Base {
			out[i].Base = append(out[i].Base, base*x)
		}
		for _, x := range b.Head {
			out[i].Head = append(out[i].Head, head*x)
		}
	}
	return out
}

// The test and the bound are two readings of one statistic: the lower bound at
// level beta is above 1 exactly if p <= beta.
func TestProp_BoundAgreesWithTest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		blocks := drawBlocks(t)
		beta := rapid.Float64Range(1e-6, 0.3).Draw(t, "beta")
		e := Measure(blocks)
		if rejects, above := e.P <= beta, e.Lower(beta) > 1; rejects != above {
			t.Errorf("p = %v, lower bound %v at beta = %v", e.P, e.Lower(beta), beta)
		}
		if !(e.Lower(beta) <= e.Ratio && e.Ratio <= e.Upper(beta)) {
			t.Errorf("ratio %v outside [%v, %v]", e.Ratio, e.Lower(beta), e.Upper(beta))
		}
	})
}

// Only ratios inside blocks count: a drift common to both sides changes
// nothing, and a slower head moves everything by its factor.
func TestProp_EffectScales(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		blocks := drawBlocks(t)
		factor := rapid.SampledFrom([]float64{0.25, 0.5, 1, 2, 4}).Draw(t, "factor") // exact in binary
		want := Measure(blocks)
		drifted := slices.Concat(scaled(blocks[:1], factor, factor), blocks[1:])
		if got := Measure(drifted); math.Abs(got.Ratio-want.Ratio) > 1e-12 || got.P != want.P {
			t.Errorf("drift by %v changed ratio %v -> %v, p %v -> %v", factor, want.Ratio, got.Ratio, want.P, got.P)
		}
		got := Measure(scaled(blocks, 1, factor))
		if math.Abs(got.Ratio/(factor*want.Ratio)-1) > 1e-12 {
			t.Errorf("head slower by %v: ratio %v -> %v", factor, want.Ratio, got.Ratio)
		}
		if up := got.Upper(0.1) / want.Upper(0.1); !math.IsNaN(up) && math.Abs(up/factor-1) > 1e-12 {
			t.Errorf("head slower by %v: upper bound moved by %v", factor, up)
		}
	})
}

// Exchanging the sides inverts everything: the upper bound of head/base is one
// over the lower bound of base/head.
func TestProp_SidesAreSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		blocks := drawBlocks(t)
		beta := rapid.Float64Range(1e-6, 0.3).Draw(t, "beta")
		exchanged := make([]Block, len(blocks))
		for i, b := range blocks {
			exchanged[i] = Block{Base: b.Head, Head: b.Base}
		}
		there, back := Measure(blocks), Measure(exchanged)
		if math.Abs(there.Ratio*back.Ratio-1) > 1e-12 {
			t.Errorf("ratios %v and %v", there.Ratio, back.Ratio)
		}
		upper, lower := there.Upper(beta), back.Lower(beta)
		if math.IsInf(upper, 1) != (lower == 0) || !math.IsInf(upper, 1) && math.Abs(upper*lower-1) > 1e-12 {
			t.Errorf("upper bound %v, lower bound exchanged %v", upper, lower)
		}
	})
}

func TestEffectWithoutData(t *testing.T) {
	for _, blocks := range [][]Block{nil, {{}}, {{Base: []float64{1}}}} {
		e := Measure(blocks)
		if !math.IsNaN(e.Ratio) || e.P != 1 || !math.IsInf(e.Upper(0.01), 1) || e.Lower(0.01) != 0 {
			t.Errorf("%v: ratio %v, p %v, [%v, %v]", blocks, e.Ratio, e.P, e.Lower(0.01), e.Upper(0.01))
		}
	}
}

// Equal values must not count as evidence either way.
func TestEffectTies(t *testing.T) {
	same := Block{Base: []float64{3, 3}, Head: []float64{3, 3}}
	e := Measure([]Block{same, same, same, same, same})
	if e.P != 1 || e.Ratio != 1 {
		t.Errorf("ties: p = %v, ratio %v", e.P, e.Ratio)
	}
	zero := Block{Base: []float64{0, 0}, Head: []float64{0, 0}}
	if e := MeasureCounts([]Block{zero}); e.P != 1 || e.Ratio != 1 {
		t.Errorf("zero counts: p = %v, ratio %v", e.P, e.Ratio)
	}
}

// Ten blocks by hand: head is 2 slower in each, so U = 40 is the largest
// possible and p = 6^-10.
func TestEffectExtreme(t *testing.T) {
	var blocks []Block
	for i := range 10 {
		x := 10 + float64(i)
		blocks = append(blocks, Block{Base: []float64{x, x}, Head: []float64{x + 2, x + 2}})
	}
	if got, want := Measure(blocks).P, math.Pow(6, -10); math.Abs(got/want-1) > 1e-12 {
		t.Errorf("p = %v, want %v", got, want)
	}
}
