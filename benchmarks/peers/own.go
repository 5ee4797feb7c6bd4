package peers

import (
	"context"
	"fmt"
	"io"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/benchmarks/measure"
	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
)

// Own runs the workload on one worker of this module and writes the same line
// as the programs in src.
func Own(ctx context.Context, w io.Writer, process string, exits int, seed uint64) error {
	form := sde.Time
	switch process {
	case "mul":
	case "add":
		form = sde.LogTime
	default:
		return model.CheckDomain("peer").That(false, "process", process, "mul or add").Err()
	}
	valley, err := landscape.NewIsotropicValley(1, 1, 0.5)
	if err != nil {
		return err
	}
	proportional, err := noise.NewLossProportional(valley, mat.NewSymDense(1, []float64{1}), 1)
	if err != nil {
		return err
	}
	p, err := sde.New(sde.Config{Landscape: valley, Noise: proportional, LearningRate: 0.1, Dt: 0.1, Form: form})
	if err != nil {
		return err
	}
	start := measure.ProcessorTime()
	result, err := escape.Ensemble{
		Process: p, Start: []float64{0}, Exit: escape.LossAbove(0.9), Crossing: escape.Grid,
		Horizon: 1e9, Replicas: exits, Seed: seed, Workers: 1,
	}.Run(ctx)
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
