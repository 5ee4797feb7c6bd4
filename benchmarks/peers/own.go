package peers

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

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

// Own runs the workload on one worker of this module and writes the same line
// as the programs in src.
func Own(ctx context.Context, w io.Writer, process string, exits int, seed uint64) error {
	e, err := ensemble(process)
	if err != nil {
		return err
	}
	e.Crossing, e.Horizon, e.Replicas, e.Seed, e.Workers = escape.Grid, 1e9, exits, seed, 1
	start := measure.ProcessorTime()
	result, err := e.Run(ctx)
	elapsed := measure.ProcessorTime() - start
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
	_, err = fmt.Fprintf(w, "BenchmarkPeer/peer=%s/process=%s %d %.6g ns/step %.9g mean-steps %.6g mean-steps-error\n",
		own, process, exits, 1e9*elapsed.Seconds()/sum, mean, math.Sqrt((sum2/n-mean*mean)/(n-1)))
	return err
}
