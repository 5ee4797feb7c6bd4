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

// Own runs the workload on workers of this module and writes the same line as the
// programs in src, with the time by the clock behind it.
func Own(ctx context.Context, w io.Writer, process string, exits int, seed uint64, workers int) error {
	if err := model.CheckDomain("peer").AtLeast(1, "workers", workers).Err(); err != nil {
		return err
	}
	e, err := ensemble(process)
	if err != nil {
		return err
	}
	e.Crossing, e.Horizon, e.Replicas, e.Seed, e.Workers = escape.Grid, 1e9, exits, seed, workers
	start, began := measure.ProcessorTime(), time.Now()
	result, err := e.Run(ctx)
	elapsed, clock := measure.ProcessorTime()-start, time.Since(began)
	if err != nil {
		return err
	}
	n, sum, sum2 := float64(exits), 0., 0.
	for _, o := range result.Outcomes {
		k := float64(o.Steps)
		sum += k
		sum2 += k * k
	}
	mean := sum / n
	_, err = fmt.Fprintf(w, "BenchmarkPeer/peer=%s/process=%s %d %.6g ns/step %.9g mean-steps %.6g mean-steps-error %.6g "+clockUnit+"\n",
		own, process, exits, 1e9*elapsed.Seconds()/sum, mean, math.Sqrt((sum2/n-mean*mean)/(n-1)), clock.Seconds())
	return err
}
