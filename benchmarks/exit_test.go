package benchmarks

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"sgdescape/benchmarks/measure"
	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
	"sgdescape/sim/sgd"
)

// An exitCase is an escape problem with the exact mean of its exit time.
type exitCase struct {
	name      string
	process   escape.Process
	start     []float64
	exit      escape.Rule
	crossing  escape.Crossing
	meanSteps float64 // exact, or
	meanTime  float64 // exact, in t
	// bias is the relative error that the scheme may have on top of the
	// statistical one; 0 where the exact value is that of the scheme itself.
	bias float64
	// summary keeps a summary only, in place of all outcomes.
	summary bool
}

func (c exitCase) ensemble(replicas, workers int) escape.Ensemble {
	return escape.Ensemble{
		Process: c.process, Start: c.start, Exit: c.exit, Crossing: c.crossing,
		Horizon: 1e9, Replicas: replicas, Seed: 1, Workers: workers,
	}
}

// A spread is what a sample of exits says about the work for a given accuracy.
type spread struct {
	meanSteps      float64 // E[k]
	squaredScatter float64 // variance of k over its squared mean
}

// spreads remembers [exitCase.measure] by name of the benchmark.
var spreads sync.Map

// measure runs a few thousand exits, compares their mean with the exact one, and returns
// their scatter.
func (c exitCase) measure(name string) (spread, error) {
	if s, ok := spreads.Load(name); ok {
		return s.(spread), nil
	}
	result, err := c.ensemble(4096/thinning, 0).Run(context.Background())
	if err != nil {
		return spread{}, err
	}
	if result.Censored+result.Diverged > 0 {
		return spread{}, fmt.Errorf("%d runs censored, %d diverged", result.Censored, result.Diverged)
	}
	var steps, times moment
	for _, o := range result.Outcomes {
		steps.add(float64(o.Steps))
		times.add(float64(o.Time))
	}
	if c.meanSteps > 0 {
		err = steps.matches("steps of an exit", c.allowed(steps.mean, c.meanSteps))
	} else {
		err = times.matches("time of an exit", c.allowed(times.mean, c.meanTime))
	}
	if err != nil {
		return spread{}, err
	}
	s := spread{meanSteps: steps.mean, squaredScatter: steps.variance() / (steps.mean * steps.mean)}
	spreads.Store(name, s)
	return s, nil
}

// allowed returns the value next to got that the bias allows.
func (c exitCase) allowed(got, exact float64) float64 {
	return exact * (1 + max(-c.bias, min(c.bias, got/exact-1)))
}

// run times an ensemble of exits on the given number of workers.
func (c exitCase) run(b *testing.B, replicas, workers int) {
	b.Run(c.name, func(b *testing.B) {
		s, err := c.measure(b.Name())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		simulate := c.outcomes
		if c.summary {
			simulate = c.summarise
		}
		ensemble, steps := c.ensemble(replicas, workers), int64(0)
		start := measure.ProcessorTime()
		for b.Loop() {
			steps, err = simulate(ensemble)
		}
		worked := measure.ProcessorTime() - start
		if err != nil {
			b.Fatal(err)
		}
		perStep(b, float64(steps))
		b.ReportMetric(float64(replicas*b.N)/b.Elapsed().Seconds(), "exits/s")
		secondsPerStep := worked.Seconds() / float64(b.N) / float64(steps)
		const accuracy = 0.01
		b.ReportMetric(s.squaredScatter/(accuracy*accuracy)*s.meanSteps*secondsPerStep, "s/1%")
	})
}

// outcomes and summarise simulate an ensemble and return the number of steps.
func (exitCase) outcomes(e escape.Ensemble) (steps int64, err error) {
	result, err := e.Run(context.Background())
	if err != nil {
		return 0, err
	}
	return result.Steps, nil
}

func (exitCase) summarise(e escape.Ensemble) (steps int64, err error) {
	summary, err := e.Summarise(context.Background(), nil)
	if err != nil {
		return 0, err
	}
	return summary.Steps, nil
}

// BenchmarkExit is 256 exits on one worker, from the start of an ensemble to
// its last straggler. The mean number of steps is that of the scheme itself:
// from the integral equation of the discrete chain.
func BenchmarkExit(b *testing.B) {
	valley, proportional := radial(1)
	for _, c := range []exitCase{
		{name: "process=mul/c=1.5", process: diffusion(valley, proportional, sde.Time), exit: escape.LossAbove(0.75), meanSteps: 573.17},
		{name: "process=add/c=1.5", process: diffusion(valley, proportional, sde.LogTime), exit: escape.LossAbove(0.75), meanSteps: 297.16},
		{name: "process=mul/c=1.8", process: diffusion(valley, proportional, sde.Time), exit: escape.LossAbove(0.9), meanSteps: 3587.8487},
		{name: "process=add/c=1.8", process: diffusion(valley, proportional, sde.LogTime), exit: escape.LossAbove(0.9), meanSteps: 1757.6687},
	} {
		c.start, c.crossing = []float64{0}, escape.Grid
		c.run(b, 256, 1)
	}
	population := must(dataset.NewPopulation(1, 1))
	exitCase{
		name:    "process=sgd/c=1.5",
		process: must(sgd.New(population, model.SGD{LearningRate: eta, BatchSize: 1})),
		start:   []float64{0}, exit: escape.LossAbove(0.75), meanSteps: 784.2193854243385,
	}.run(b, 256, 1)
}

// BenchmarkEnsemble is 16384 exits of one problem on one worker and on two, with
// all outcomes kept and with a summary only. With fewer processors than workers
// the second tells nothing, so it is skipped.
func BenchmarkEnsemble(b *testing.B) {
	valley, proportional := radial(1)
	for _, c := range []exitCase{{name: "process=mul/c=1.8"}, {name: "process=mul/c=1.8/keep=summary", summary: true}} {
		for _, workers := range []int{1, 2} {
			if workers > runtime.GOMAXPROCS(0) {
				continue
			}
			exitCase{
				name: fmt.Sprintf("%s/workers=%d", c.name, workers), summary: c.summary,
				process: diffusion(valley, proportional, sde.Time), start: []float64{0}, exit: escape.LossAbove(0.9),
				crossing: escape.Grid, meanSteps: 3587.8487,
			}.run(b, 16384, workers)
		}
	}
}
