package escape_test

import (
	"context"
	"errors"
	"flag"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
	"sgdescape/sim/sgd"
	"sgdescape/sim/stream"
	"sgdescape/verify/stattest"
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

// meanOf asserts the mean of what value makes of the outcomes of an ensemble.
// Exit times have a skewness near 2, which the test allows for.
func meanOf(e escape.Ensemble, want, margin float64, value func(escape.Outcome) float64) stattest.Assertion {
	return func(seed uint64, alpha float64) (stattest.Finding, error) {
		e.Seed = seed
		r, err := e.Run(context.Background())
		if err != nil {
			return stattest.Finding{}, err
		}
		xs := make([]float64, len(r.Outcomes))
		for i, o := range r.Outcomes {
			xs[i] = value(o)
		}
		return stattest.MeanTest{Want: want, Margin: margin, Alpha: alpha}.Assert(xs), nil
	}
}

func stepsOf(o escape.Outcome) float64 { return float64(o.Steps) }
func timeOf(o escape.Outcome) float64  { return float64(o.Time) }

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

var exits = flag.Int("exits", 0, "number of exits for TestStat_ExactChain, in place of its defaults")

func exactChains() []exactChain {
	tests := []exactChain{
		{"Eq. 13, c=1.5", valley(sde.Time, 1, 0.1), 1.5, 573.17, 20000},
		{"Eq. 13, c=1.8", valley(sde.Time, 1, 0.1), 1.8, 3587.8487, 10000},
		{"Eq. 13, c=2", valley(sde.Time, 1, 0.1), 2, 10551.73, 6000},
		{"Eq. 15, c=1.5", valley(sde.LogTime, 1, 0.1), 1.5, 297.16, 20000},
		{"Eq. 15, c=1.8", valley(sde.LogTime, 1, 0.1), 1.8, 1757.6687, 10000},
		{"Eq. 15, c=2", valley(sde.LogTime, 1, 0.1), 2, 4980.39, 6000},
		{"SGD, eta=0.1, c=1.5", population(1, 0.1), 1.5, 78.42193854243385 / 0.1, 20000},
		{"SGD, eta=0.1, c=2", population(1, 0.1), 2, 3220.9445098306423 / 0.1, 6000},
		{"SGD, eta=0.2, c=3", population(1, 0.2), 3, 425.2643261292884 / 0.2, 10000},
	}
	// One loop per law: hiding the landscape chooses the loop for blocks, hiding
	// the noise as well the general one.
	for _, form := range []sde.Form{sde.Time, sde.LogTime} {
		steps := map[sde.Form]float64{sde.Time: 573.17, sde.LogTime: 297.16}[form]
		l := user{must(landscape.NewIsotropicValley(1, 1, 0.5))}
		m := must(noise.NewLossProportional(l, hessian(l, l.Minimum()), 1))
		p := must(sde.New(sde.Config{Landscape: l, Noise: m, LearningRate: 0.1, Dt: 0.1, Form: form}))
		tests = append(tests, exactChain{"blocks in " + form.String() + ", c=1.5", p, 1.5, steps, 10000})
	}
	l := must(landscape.NewIsotropicValley(1, 1, 0.5))
	m := opaque{must(noise.NewLossProportional(l, hessian(l, l.Minimum()), 1))}
	p := must(sde.New(sde.Config{Landscape: l, Noise: m, LearningRate: 0.1, Dt: 0.1}))
	return append(tests, exactChain{"general in t, c=1.5", p, 1.5, 573.17, 6000})
}

// TestStat_ExactChain compares the mean number of steps of the discrete chains,
// watched on their grid, with the solution of their integral equation. The mean
// of n exit times has a relative standard deviation near 1/sqrt(n).
func TestStat_ExactChain(t *testing.T) {
	for _, test := range exactChains() {
		if *exits > 0 {
			test.runs = *exits
		}
		t.Run(test.name, func(t *testing.T) {
			e := escape.Ensemble{Process: test.process, Start: []float64{0}, Exit: escape.LossAbove(0.5 * test.c), Crossing: escape.Grid,
				Horizon: 1e9, Replicas: test.runs}
			ledger.Assert(t, "exact chain/"+test.name, meanOf(e, test.steps, 0, stepsOf))
		})
	}
}

// fickle refuses its kernels from the third on: one is asked for by Validate and
// one by each worker.
type fickle struct {
	broken
	asked *atomic.Int32
}

var errFickle = errors.New("no more kernels")

func (f fickle) Kernel(w lane.Watch) (lane.Kernel, error) {
	if f.asked.Add(1) > 2 {
		return nil, errFickle
	}
	return f.broken.Kernel(w)
}

// A worker without a kernel ends the work of the others, who are never done by
// themselves here, and its error is returned.
func TestEnsemble_KernelRefused(t *testing.T) {
	e := escape.Ensemble{Process: fickle{broken{normal: stream.Normal, edge: 1e300}, new(atomic.Int32)},
		Start: []float64{0}, Exit: escape.LossAbove(0.75), Horizon: 1e15, Replicas: 1000, Workers: 2}
	if result, err := e.Run(t.Context()); !errors.Is(err, errFickle) || result != nil {
		t.Errorf("Run returned %v, %v; want nil and the error of the kernel", result, err)
	}
}
