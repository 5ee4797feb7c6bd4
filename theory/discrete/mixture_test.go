package discrete

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/dataset"
)

// TestProp_Within: the mass of a normal law and its first moment between two ends
// that lie anywhere on the grid. The first term left out at an end is at most
// 0.4 h³ times the largest second derivative, which is 0.4 for the density and 1.4
// for x times it; that of a law whose cells are cut is h²/8 times the first.
// Source: closed form.
func TestProp_Within(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := rapid.Float64Range(1./200, 1./50).Draw(t, "spacing")
		low := rapid.Float64Range(-2, 2).Draw(t, "low")
		high := low + rapid.Float64Range(0.1, 3).Draw(t, "length")
		shift := rapid.Float64Range(0, 1).Draw(t, "shift")
		law := gridLaw{first: -8 + h*shift, spacing: h}
		for x := law.first; x < 8; x += h {
			law.weights = append(law.weights, h*distuv.UnitNormal.Prob(x))
		}
		var mass, first float64
		law.within(low, high, func(x, weight float64) {
			if !(low-1e-12 <= x && x <= high+1e-12) {
				t.Errorf("a point at %v, outside [%v, %v]", x, low, high)
			}
			mass += weight
			first += weight * x
		})
		bound := 2 * 0.4 * h * h * h
		if d := mass - (distuv.UnitNormal.CDF(high) - distuv.UnitNormal.CDF(low)); !(math.Abs(d) <= 0.4*bound) {
			t.Errorf("mass off by %.2g, bound %.2g", d, 0.4*bound)
		}
		if d := first - (distuv.UnitNormal.Prob(low) - distuv.UnitNormal.Prob(high)); !(math.Abs(d) <= 1.4*bound) {
			t.Errorf("first moment off by %.2g, bound %.2g", d, 1.4*bound)
		}
	})
}

// TestWithin_FewPoints: between ends as near as the points are, the mass is that of
// the length.
func TestWithin_FewPoints(t *testing.T) {
	law := gridLaw{first: 0, spacing: 1, weights: []float64{1, 1, 1, 1, 1, 1, 1, 1}}
	for _, length := range []float64{0.01, 0.3, 0.9, 1.5, 2.9, 3.5} {
		for _, low := range []float64{2, 2.2, 2.5, 2.8} {
			mass := 0.0
			law.within(low, low+length, func(x, weight float64) { mass += weight })
			within(t, "mass", mass, length, 1e-12)
		}
	}
}

// TestDatasetRegression_Converged: where the law of a minibatch is found by the
// transform and is smooth, the mean time moves by less than its stated error when
// the grid is refined, and by 6e-5; with cells that are cut it would be 2e-4.
func TestDatasetRegression_Converged(t *testing.T) {
	p := DatasetRegression{gaussianData(t, 200, 1), 0.8, 10, model.WithReplacement, 1.4}
	usual, fine := mustSolve(t, p, Settings{}).MeanSteps(), mustSolve(t, p, Settings{Nodes: 45}).MeanSteps()
	if d := math.Abs(usual.Value - fine.Value); !(d <= usual.Error && d <= 6e-5*fine.Value) {
		t.Errorf("E[k] = %v +- %.2g and, with more nodes, %v +- %.2g", usual.Value, usual.Error, fine.Value, fine.Error)
	}
}

// TestDatasetRegression_Unresolved: chains that hardly ever leave, or never, get an
// error, not a mean time that is negative or as uncertain as it is long.
func TestDatasetRegression_Unresolved(t *testing.T) {
	data, err := dataset.NewRegression([]float64{1, -1, 2}, []float64{1, 1, -0.5}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []DatasetRegression{
		{data, 0.02, 1, model.WithReplacement, 2},
		{data, 0.05, 1, model.WithReplacement, 3},
	} {
		if got, err := p.Solve(Settings{}); err == nil {
			t.Errorf("eta = %v, c = %v: E[k] = %+v, want an error", p.LearningRate, p.LossRatio, got.MeanSteps())
		}
	}
}
