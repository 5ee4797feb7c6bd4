package escape_test

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
	"sgdescape/sim/sgd"
)

// must returns v and panics if err is not nil.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// valley is Eq. 13 or 15 on the isotropic valley with h = 1, L* = 0.5, B = 1.
func valley(form sde.Form, n int, dt float64) *sde.Process {
	l := must(landscape.NewIsotropicValley(n, 1, 0.5))
	return must(sde.New(sde.Config{
		Landscape: l, Noise: must(noise.NewLossProportional(l, hessian(l, l.Minimum()), 1)), LearningRate: 0.1, Dt: dt, Form: form,
	}))
}

func hessian(l landscape.Landscape, theta []float64) *mat.SymDense {
	h := mat.NewSymDense(l.Dim(), nil)
	l.Hessian(h, theta)
	return h
}

func population(d int, eta float64) *sgd.Process {
	return must(sgd.New(must(dataset.NewPopulation(d, 1)), model.SGD{LearningRate: eta, BatchSize: 1}))
}

// zFalseAlarm bounds |z| of a normal statistic: P(|z| > 5) = 5.7e-7.
const zFalseAlarm = 5.0

// mean returns the mean of x and its standard error.
func mean(x []float64) (m, se float64) {
	for _, v := range x {
		m += v
	}
	m /= float64(len(x))
	for _, v := range x {
		se += (v - m) * (v - m)
	}
	return m, math.Sqrt(se / float64(len(x)-1) / float64(len(x)))
}

// TestMeanAgainstExactChain compares the mean number of steps of the discrete
// chains, watched on their grid, with the solution of their integral equation.
// The mean of n exit times has a relative standard error near 1/sqrt(n).
func TestMeanAgainstExactChain(t *testing.T) {
	tests := []struct {
		name    string
		process escape.Process
		c       float64
		steps   float64 // E[steps] of the exact chain
		runs    int
	}{
		{"Eq. 13, c=1.5", valley(sde.Time, 1, 0.1), 1.5, 573.17, 20000},
		{"Eq. 13, c=1.8", valley(sde.Time, 1, 0.1), 1.8, 3587.8487, 4000},
		{"Eq. 15, c=1.5", valley(sde.LogTime, 1, 0.1), 1.5, 297.16, 20000},
		{"Eq. 15, c=1.8", valley(sde.LogTime, 1, 0.1), 1.8, 1757.6687, 4000},
		{"SGD, eta=0.1, c=1.5", population(1, 0.1), 1.5, 78.42193854243385 / 0.1, 20000},
		{"SGD, eta=0.2, c=3", population(1, 0.2), 3, 425.2643261292884 / 0.2, 4000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := escape.Ensemble{
				Process: test.process, Start: []float64{0}, Exit: escape.LossAbove(0.5 * test.c), Crossing: escape.Grid,
				Horizon: 1e9, Replicas: test.runs, Seed: 1,
			}.Run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			steps := make([]float64, len(r.Outcomes))
			for i, o := range r.Outcomes {
				steps[i] = float64(o.Steps)
			}
			m, se := mean(steps)
			z := (m - test.steps) / se
			t.Logf("n = %d, mean %.6g +- %.2g, exact %.6g, z = %.2f", test.runs, m, se, test.steps, z)
			if !(math.Abs(z) < zFalseAlarm) {
				t.Errorf("mean of %d runs is %g +- %g, want %g", test.runs, m, se, test.steps)
			}
		})
	}
}
