package simtest_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"sgdescape/sim/stream"
	"sgdescape/verify/simtest"
)

func ownNormals(seed, replica uint64) func() float64 {
	s := stream.New(seed, replica)
	return s.Normal
}

func standardNormals(seed, replica uint64) func() float64 {
	return rand.New(rand.NewPCG(seed, replica)).NormFloat64
}

func TestStat_NormalsConform(t *testing.T) {
	t.Run("own", func(t *testing.T) { conforms(t, "own normals", deviates, 1, simtest.Normals{New: ownNormals}.Run) })
	t.Run("standard library", func(t *testing.T) {
		conforms(t, "standard normals", deviates, 0.25, simtest.Normals{New: standardNormals}.Run)
	})
}

// TestReject_Normals: each wrong source is caught by the check that is there
// for it.
func TestReject_Normals(t *testing.T) {
	changed := func(change func(x float64, rng *rand.Rand) float64) func(seed, replica uint64) func() float64 {
		return func(seed, replica uint64) func() float64 {
			rng := rand.New(rand.NewPCG(seed, replica))
			return func() float64 { return change(rng.NormFloat64(), rng) }
		}
	}
	for _, c := range []struct {
		name, check string
		new         func(seed, replica uint64) func() float64
	}{
		{"variance 3 % too large", "moments", changed(func(x float64, _ *rand.Rand) float64 { return 1.015 * x })},
		{"mean off by 0.02", "moments", changed(func(x float64, _ *rand.Rand) float64 { return x + 0.02 })},
		{"cut at 3.5", "tails", changed(func(x float64, rng *rand.Rand) float64 {
			for math.Abs(x) > 3.5 {
				x = rng.NormFloat64()
			}
			return x
		})},
		{"sum of twelve uniform numbers", "tails", changed(func(_ float64, rng *rand.Rand) float64 {
			sum := -6.0
			for range 12 {
				sum += rng.Float64()
			}
			return sum
		})},
		{"a layer's wedge is always accepted", "edges", changed(func(x float64, rng *rand.Rand) float64 {
			if a := math.Abs(x); a > 1 && a < 1.1 && rng.Uint64()%16 == 0 { // its outer edge is too full
				return math.Copysign(1.1-0.01*rng.Float64(), x)
			}
			return x
		})},
		{"NaN", "edges", changed(func(float64, *rand.Rand) float64 { return math.NaN() })},
		{"uniform", "distribution", changed(func(_ float64, rng *rand.Rand) float64 { return math.Sqrt(12) * (rng.Float64() - 0.5) })},
		{"every stream is the same", "streams", func(seed, _ uint64) func() float64 { return standardNormals(seed, 0) }},
		{"streams overlap", "streams", func(seed, replica uint64) func() float64 {
			next := standardNormals(seed, replica/2)
			for range replica % 2 * 16 {
				next()
			}
			return next
		}},
		{"streams are correlated", "independence", func(seed, replica uint64) func() float64 {
			shared, own := standardNormals(seed, replica/2), standardNormals(seed^0xffff, replica)
			return func() float64 { return math.Sqrt(0.1)*shared() + math.Sqrt(0.9)*own() }
		}},
		{"draws are correlated", "independence", func(seed, replica uint64) func() float64 {
			next := standardNormals(seed, replica)
			last := next()
			return func() float64 {
				last = 0.1*last + math.Sqrt(1-0.01)*next()
				return last
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			results, err := simtest.Normals{New: c.new}.Run(simtest.Options{Effort: 0.5, Only: []string{c.check}})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(results[0])
			if len(simtest.Rejected(results)) == 0 {
				t.Errorf("not rejected by %s", c.check)
			}
		})
	}
}
