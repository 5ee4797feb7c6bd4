package sde

import (
	"math"
	"testing"

	"sgdescape/sim/stream"
)

// TestExp compares with math.Exp; both are within an ulp or so.
func TestExp(t *testing.T) {
	src := stream.New(1, 0)
	worst := 0.0
	for i := range 200000 {
		u := float64(src.Uint64()>>11) / (1 << 53)
		x := -690 * u
		if i%2 == 0 {
			x = -2 * u
		}
		got, want := exp(x), math.Exp(x)
		worst = max(worst, math.Abs(got/want-1))
	}
	t.Logf("largest relative difference %.2g", worst)
	if !(worst < 5e-16) {
		t.Errorf("relative difference %v", worst)
	}
	for x, want := range map[float64]float64{0: 1, -700: 0, -1e300: 0, math.Inf(-1): 0} {
		if got := exp(x); got != want {
			t.Errorf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	if x := exp(math.NaN()); x == x {
		t.Errorf("exp(NaN) = %v", x)
	}
}

func BenchmarkExp(b *testing.B) {
	var x, y [64]float64
	for i := range x {
		x[i] = -float64(i) / 20
	}
	run := func(name string, f func(float64) float64) {
		b.Run("by="+name, func(b *testing.B) {
			for b.Loop() {
				for i, v := range x {
					y[i] = f(v)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/64, "ns/exp")
		})
	}
	run("own", exp)
	run("math", math.Exp)
}
