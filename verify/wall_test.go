package verify_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/verify"
)

// steepValley is L = 1/2 + x²/2 + 10 x⁴ with the threshold c = 3/2 at T = 0.1, where
// its curvature is 17 times that of the minimum.
func steepValley(t *testing.T) verify.Setup {
	t.Helper()
	valley := must(landscape.WithMinimum(must(landscape.NewFunc(landscape.Definition{Dim: 1,
		Loss: func(x []float64) float64 { return 0.5 + x[0]*x[0]/2 + 10*math.Pow(x[0], 4) },
		Grad: func(g, x []float64) { g[0] = x[0] + 40*math.Pow(x[0], 3) }})), []float64{0}))
	return verify.Setup{Landscape: valley, Noise: must(noise.NewLossProportional(valley, verify.MinimumHessian(valley), 1)), LearningRate: 0.1, LossRatio: 1.5}
}

// walledWell is the double well 1/2 + (1-x²)² with a wall 1e6 (-1.05-x)⁶ behind the
// minimum -1, at T = 1.6.
func walledWell(t *testing.T) verify.Setup {
	t.Helper()
	behind := func(x []float64) float64 { return math.Max(0, -1.05-x[0]) }
	passage := must(landscape.WithPassage(must(landscape.NewFunc(landscape.Definition{Dim: 1,
		Loss: func(x []float64) float64 {
			return 0.5 + math.Pow(1-x[0]*x[0], 2) + 1e6*math.Pow(behind(x), 6)
		},
		Grad: func(g, x []float64) { g[0] = 4*x[0]*(x[0]*x[0]-1) - 6e6*math.Pow(behind(x), 5) }})), []float64{-1}, []float64{0}, []float64{1}))
	return verify.Setup{Landscape: passage, Noise: must(noise.NewLossProportional(passage, mat.NewSymDense(1, []float64{8}), 1)), LearningRate: 0.2}
}

// TestWalls: the exact law is confirmed with the default step where the loss is far
// stiffer than at its critical points. A hundredth of the relaxation time at those
// makes the rates 11 % and 100 % too high.
func TestWalls(t *testing.T) {
	for _, c := range []struct {
		name  string
		setup verify.Setup
		band  float64
	}{{"threshold", steepValley(t), 0.08}, {"saddle", walledWell(t), 0.5}} {
		j, err := verify.Trial{Replicas: 128}.Judge(context.Background(), c.setup, must(c.setup.Exact()), verify.Within(c.band))
		if err != nil || j.Verdict != verify.Agrees || len(j.Conditions) != 0 {
			t.Errorf("%s: %v, error %v, want that it agrees", c.name, j, err)
		}
		c.setup.Dt = 0.02
		j, err = verify.Trial{Replicas: 128, Steps: 1e6}.Judge(context.Background(), c.setup, must(c.setup.Exact()), verify.Within(c.band))
		if err != nil || !strings.Contains(j.String(), "where the loss is stiffest around the minimum") {
			t.Errorf("%s: %v, error %v, want that the step is told to be too long", c.name, j, err)
		}
	}
}

// TestWallsOfTheCatalogue: a parabola and the double well have no stiffer walls than
// a hundredth of the relaxation time allows for.
func TestWallsOfTheCatalogue(t *testing.T) {
	valley := must(landscape.NewIsotropicValley(2, 4, 1))
	parabola := verify.Setup{Landscape: valley, Noise: must(noise.NewLossProportional(valley, verify.MinimumHessian(valley), 1)), LearningRate: 0.1, LossRatio: 1.5}
	for name, c := range map[string]struct {
		setup     verify.Setup
		curvature float64
	}{"parabola": {parabola, 4}, "double well": {doubleWell(t, 0.04, 0.5), 8}} {
		c.setup.Dt = 0
		j, err := verify.Trial{Replicas: 64, Steps: 2e6}.Judge(context.Background(), c.setup, verify.Rate(0.05), verify.Within(0.5))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		// Exits are interpolated within a step, of which a run has 100 or more.
		if dt := j.Exits.Exposure / float64(j.Steps); !(math.Abs(dt*c.curvature/0.01-1) < 0.01) {
			t.Errorf("%s: step %g, want a hundredth of 1/%g", name, dt, c.curvature)
		}
	}
}
