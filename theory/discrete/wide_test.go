package discrete

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// wide are chains whose edge lies far out of the core, where the mean time changes on
// a scale much shorter than the interval.
var wide = []GaussianRegression{
	{LearningRate: 3, BatchSize: 1, Dim: 1, LossRatio: 1e10},
	{LearningRate: 1, BatchSize: 1, Dim: 1, LossRatio: 1e4},
	{LearningRate: 100, BatchSize: 1, Dim: 1, LossRatio: 1e10},
}

// The stated error holds against the density of a step in closed form, summed on a
// grid that is even in asinh r. It shares nothing with the panels.
func TestGaussianRegression_Wide(t *testing.T) {
	for _, p := range wide {
		s := mustSolve(t, p, Settings{})
		got := s.MeanSteps()
		want, coarser := stepsOnGrid(p, 300), stepsOnGrid(p, 150)
		if distance := math.Abs(want - coarser); !(distance <= 0.01*want) {
			t.Errorf("%+v: two grids give %.6g and %.6g, too far apart for a comparison", p, want, coarser)
		} else if !(math.Abs(got.Value-want) <= got.Error+distance) {
			t.Errorf("%+v: E[k] = %.8g +- %.2g, want %.6g, or %.6g on a coarser grid", p, got.Value, got.Error, want, coarser)
		}
		if !(got.Error <= 1e-7*got.Value) {
			t.Errorf("%+v: E[k] = %.8g +- %.2g, want a relative error of 1e-7", p, got.Value, got.Error)
		}
		before := 1.0
		for k := range model.Steps(10) {
			now := s.Survival(k)
			if !(now <= before+1e-12) { // the rounding of a sum of the weights of some thousand states
				t.Errorf("%+v: S(%d) = %v after %v", p, k, now, before)
			}
			before = now
		}
	}
}

// stepsOnGrid returns E[k] of a chain with B = d = 1 by the midpoint rule in
// s = asinh r. The integral over chi_1 can be done: the next state is x with density
//
//	exp(-r (x-r)/eta) K_0(sqrt(1+r²) |x-r|/eta)/(pi eta)
//
// What is singular, next to r, is what the rest of the way leaves: the probabilities
// add up to 1. The sum is second to T(x) - T(r), which vanishes there, so that the
// order is above 1 and the distance from half as many points exceeds the error.
func stepsOnGrid(p GaussianRegression, points int) float64 {
	eta, edge := p.LearningRate, math.Asinh(math.Sqrt(p.LossRatio-1))
	h := edge / float64(points)
	density := func(r, x float64) float64 {
		root := math.Hypot(1, r)
		exponent := -(root + r) * math.Abs(x-r) / eta
		if x < r {
			exponent = -(r - x) / (root + r) / eta // r - root without cancellation
		}
		return math.Exp(exponent) * scaledBessel(root*math.Abs(x-r)/eta) / (math.Pi * eta)
	}
	generator, steps := mat.NewDense(points, points, nil), mat.NewVecDense(points, nil)
	for i := range points {
		r, rest := math.Sinh(h*(float64(i)+0.5)), 1.0
		for j := range 3 * points { // beyond three times the edge hardly a step leads
			if j == i {
				continue
			}
			s := h * (float64(j) + 0.5)
			weight := h * math.Cosh(s) * (density(r, math.Sinh(s)) + density(r, -math.Sinh(s)))
			rest -= weight
			if j < points {
				generator.Set(i, j, -weight)
			}
		}
		generator.Set(i, i, 1-rest)
	}
	if err := steps.SolveVec(generator, mat.NewVecDense(points, ones(points))); err != nil {
		panic(err)
	}
	return steps.AtVec(0) // T is even, so that its change from 0 is of second order
}

// scaledBessel returns exp(z) K_0(z), the integral of exp(-z (cosh t - 1)) over t > 0,
// by the trapezoidal rule, whose error falls exponentially with the points.
func scaledBessel(z float64) float64 {
	last := math.Acosh(1 + 40/z)
	const n = 40
	sum := 0.5
	for i := 1; i <= n; i++ {
		half := math.Sinh(last * float64(i) / n / 2)
		sum += math.Exp(-2 * z * half * half)
	}
	return sum * last / n
}

// The mean time of a data set is as good with a far edge as with a near one.
func TestDatasetRegression_Wide(t *testing.T) {
	p := DatasetRegression{gaussianData(t, 500, 1), 3, 1, model.WithReplacement, 1e6}
	if m := mustSolve(t, p, Settings{}).MeanSteps(); !(m.Error <= 2e-3*m.Value) {
		t.Errorf("E[k] = %.6g +- %.2g, want a relative error of 2e-3", m.Value, m.Error)
	}
}

// A solution that would need too many states or points is refused, not attempted.
func TestWide_BoundsTheWork(t *testing.T) {
	for _, p := range []problem{
		GaussianRegression{LearningRate: 3, BatchSize: 1, Dim: 1, LossRatio: 1e300},
		DatasetRegression{gaussianData(t, 500, 1), 6, 4, model.WithReplacement, 1e12},
	} {
		if _, err := p.Solve(Settings{}); err == nil || !strings.Contains(err.Error(), "want") {
			t.Errorf("%T: error %v, want one that says how much is too much", p, err)
		}
	}
}
