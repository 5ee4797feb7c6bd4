package stattest

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestNeeded: the third of the triple inverts the second.
func TestNeeded(t *testing.T) {
	line, err := FitLine([]float64{0, 1, 2}, []float64{0, 1, 2}, []float64{1, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	const alpha = 1e-8
	halves := []float64{0.5, 0.5}
	want := mat.NewSymDense(2, []float64{1, 0, 0, 1})
	for _, c := range []struct {
		name       string
		effect     float64
		needed     int
		detectable func(n int) float64
	}{
		{"rate", 0.1, RateTest{1, alpha}.Needed(0.1), func(n int) float64 { return RateTest{1, alpha}.Detectable(float64(n)) }},
		{"ratio", 0.2, RateRatioTest{1, alpha}.Needed(0.2, 0.5), func(n int) float64 { return RateRatioTest{1, alpha}.Detectable(n, 0.5) }},
		{"mean", 0.01, MeanTest{Alpha: alpha, Skewness: 2}.Needed(0.01), MeanTest{Alpha: alpha, Skewness: 2}.Detectable},
		{"bounded mean", 0.01, MeanTest{Alpha: alpha, High: 1}.Needed(0.01), MeanTest{Alpha: alpha, High: 1}.Detectable},
		{"proportion", 0.02, ProportionTest{0.3, alpha}.Needed(0.02), ProportionTest{0.3, alpha}.Detectable},
		{"slope", 0.1, SlopeTest{1, alpha}.Needed(line, 0.1), func(n int) float64 { return SlopeTest{1, alpha}.Detectable(line) / math.Sqrt(float64(n)) }},
		{"proportion at most", 0.02, ProportionAtMostTest{0.3, alpha}.Needed(0.02), ProportionAtMostTest{0.3, alpha}.Detectable},
		{"distribution", 0.02, DistributionTest{Alpha: alpha}.Needed(0.02), DistributionTest{Alpha: alpha}.Detectable},
		{"two samples", 0.02, TwoSampleTest{alpha}.Needed(0.02), func(n int) float64 { return TwoSampleTest{alpha}.Detectable(n, n) }},
		{"covariance", 0.05, CovarianceTest{want, alpha}.Needed(0.05), CovarianceTest{want, alpha}.Detectable},
		{"cells", 0.05, CellsTest{halves, alpha}.Needed(0.05), CellsTest{halves, alpha}.Detectable},
		{"mean within a margin", 0.11, MeanTest{Alpha: alpha, Margin: 0.1}.Needed(0.11), MeanTest{Alpha: alpha, Margin: 0.1}.Detectable},
		{"exponential", 0.05, ExponentialTest{Alpha: alpha}.Needed(0.05), ExponentialTest{Alpha: alpha}.Detectable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Logf("effect %v at alpha %v: %d", c.effect, alpha, c.needed)
			if at := c.detectable(c.needed); at > c.effect {
				t.Errorf("with %d samples %v is detectable, want %v", c.needed, at, c.effect)
			}
			if below := c.detectable(c.needed * 9 / 10); below <= c.effect {
				t.Errorf("with a tenth fewer samples %v is detectable already", below)
			}
		})
	}
	if n := (DistributionTest{Alpha: alpha}).Needed(0); n != math.MaxInt {
		t.Errorf("effect zero needs %d", n)
	}
}
