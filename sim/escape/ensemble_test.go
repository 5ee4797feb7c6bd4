package escape_test

import (
	"context"
	"flag"
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

// user and opaque hide what a loop of the catalogue would recognise.
type (
	user   struct{ landscape.Valley }
	opaque struct{ noise.Model }
)

// An exactChain is a chain, watched on its grid for L > c L*, whose mean number
// of steps to the exit is known.
type exactChain struct {
	name    string
	process escape.Process
	c       float64
	steps   float64 // E[steps] of the exact chain
	runs    int
}

var exits = flag.Int("exits", 0, "number of exits for TestMeanAgainstExactChain, in place of its defaults")

// TestMeanAgainstExactChain compares the mean number of steps of the discrete
// chains, watched on their grid, with the solution of their integral equation.
// The mean of n exit times has a relative standard error near 1/sqrt(n).
func TestMeanAgainstExactChain(t *testing.T) {
	tests := []exactChain{
		{"Eq. 13, c=1.5", valley(sde.Time, 1, 0.1), 1.5, 573.17, 20000},
		{"Eq. 13, c=1.8", valley(sde.Time, 1, 0.1), 1.8, 3587.8487, 4000},
		{"Eq. 13, c=2", valley(sde.Time, 1, 0.1), 2, 10551.73, 1000},
		{"Eq. 15, c=1.5", valley(sde.LogTime, 1, 0.1), 1.5, 297.16, 20000},
		{"Eq. 15, c=1.8", valley(sde.LogTime, 1, 0.1), 1.8, 1757.6687, 4000},
		{"Eq. 15, c=2", valley(sde.LogTime, 1, 0.1), 2, 4980.39, 1000},
		{"SGD, eta=0.1, c=1.5", population(1, 0.1), 1.5, 78.42193854243385 / 0.1, 20000},
		{"SGD, eta=0.1, c=2", population(1, 0.1), 2, 3220.9445098306423 / 0.1, 200},
		{"SGD, eta=0.2, c=3", population(1, 0.2), 3, 425.2643261292884 / 0.2, 4000},
	}
	// One loop per law: hiding the landscape chooses the loop for blocks, hiding
	// the noise as well the general one.
	for _, form := range []sde.Form{sde.Time, sde.LogTime} {
		steps := map[sde.Form]float64{sde.Time: 573.17, sde.LogTime: 297.16}[form]
		l := user{must(landscape.NewIsotropicValley(1, 1, 0.5))}
		m := must(noise.NewLossProportional(l, hessian(l, l.Minimum()), 1))
		p := must(sde.New(sde.Config{Landscape: l, Noise: m, LearningRate: 0.1, Dt: 0.1, Form: form}))
		tests = append(tests, exactChain{"blocks in " + form.String() + ", c=1.5", p, 1.5, steps, 4000})
	}
	l := must(landscape.NewIsotropicValley(1, 1, 0.5))
	m := opaque{must(noise.NewLossProportional(l, hessian(l, l.Minimum()), 1))}
	p := must(sde.New(sde.Config{Landscape: l, Noise: m, LearningRate: 0.1, Dt: 0.1}))
	tests = append(tests, exactChain{"general in t, c=1.5", p, 1.5, 573.17, 4000})
	for _, test := range tests {
		if testing.Short() {
			test.runs /= 10
		}
		if *exits > 0 {
			test.runs = *exits
		}
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
