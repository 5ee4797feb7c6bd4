package peers

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"sgdescape/benchmarks/measure"
	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
)

// eta is the learning rate of every workload, and the step of the first two.
const eta = 0.1

// ensemble returns what is run for a process, but for the number of runs.
func ensemble(process string) (escape.Ensemble, error) {
	switch process {
	case "mul":
		return valleyEnsemble(sde.Time)
	case "add":
		return valleyEnsemble(sde.LogTime)
	case "sgd1":
		return sgdEnsemble(1)
	case "sgd10":
		return sgdEnsemble(10)
	}
	return escape.Ensemble{}, model.CheckDomain("peer").
		That(false, "process", process, strings.Join(Processes, ", ")).Err()
}

// valleyEnsemble is the first passage in a parabola.
func valleyEnsemble(form sde.Form) (escape.Ensemble, error) {
	valley, err := landscape.NewIsotropicValley(1, 1, 0.5)
	if err != nil {
		return escape.Ensemble{}, err
	}
	proportional, err := noise.NewLossProportional(valley, mat.NewSymDense(1, []float64{1}), 1)
	if err != nil {
		return escape.Ensemble{}, err
	}
	p, err := sde.New(sde.Config{Landscape: valley, Noise: proportional, LearningRate: eta, Dt: eta, Form: form})
	if err != nil {
		return escape.Ensemble{}, err
	}
	return escape.Ensemble{Process: p, Start: []float64{0}, Exit: escape.LossAbove(0.9)}, nil
}

// clockUnit is the unit of the time of a whole run by the clock.
const clockUnit = "clock-s"

// A Workload is what a peer is asked to do.
type Workload struct {
	Process string
	Exits   int
	Seed    uint64
	Workers int
	Summary bool // keep a summary in place of the outcomes
}

// Own runs the workload on this module and writes the same line as the programs in
// src, with the time by the clock behind it. Of a summary, which does not know the
// spread of the steps, the error of the mean is that of an exponential law.
func Own(ctx context.Context, w io.Writer, l Workload) error {
	if err := model.CheckDomain("peer").AtLeast(1, "workers", l.Workers).Err(); err != nil {
		return err
	}
	e, err := ensemble(l.Process)
	if err != nil {
		return err
	}
	e.Crossing, e.Horizon, e.Replicas, e.Seed, e.Workers = escape.Grid, 1e9, l.Exits, l.Seed, l.Workers
	run := outcomes
	if l.Summary {
		run = summarised
	}
	start, began := measure.ProcessorTime(), time.Now()
	steps, err := run(ctx, e)
	elapsed, clock := measure.ProcessorTime()-start, time.Since(began)
	if err != nil {
		return err
	}
	mean, stdErr := steps()
	_, err = fmt.Fprintf(w, "BenchmarkPeer/peer=%s/process=%s %d %.6g ns/step %.9g mean-steps %.6g mean-steps-error %.6g "+clockUnit+"\n",
		own, l.Process, l.Exits, 1e9*elapsed.Seconds()/(mean*float64(l.Exits)), mean, stdErr, clock.Seconds())
	return err
}

// outcomes runs the ensemble. What it returns finds the mean number of steps of an
// exit and its standard error.
func outcomes(ctx context.Context, e escape.Ensemble) (steps func() (mean, stdErr float64), err error) {
	result, err := e.Run(ctx)
	return func() (mean, stdErr float64) {
		n, sum, sum2 := float64(e.Replicas), 0., 0.
		for _, o := range result.Outcomes {
			k := float64(o.Steps)
			sum += k
			sum2 += k * k
		}
		mean = sum / n
		return mean, math.Sqrt((sum2/n - mean*mean) / (n - 1))
	}, err
}

// summarised is outcomes without them.
func summarised(ctx context.Context, e escape.Ensemble) (steps func() (mean, stdErr float64), err error) {
	s, err := e.Summarise(ctx, nil)
	return func() (mean, stdErr float64) {
		n := float64(e.Replicas)
		mean = float64(s.Steps) / n
		return mean, mean / math.Sqrt(n)
	}, err
}
