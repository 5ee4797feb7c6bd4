package escape_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
)

// unbounded hides how long a step can be.
type unbounded struct{ escape.Process }

func (u unbounded) Kernel(w lane.Watch) (lane.Kernel, error) {
	k, err := u.Process.Kernel(w)
	return struct{ lane.Kernel }{k}, err
}

// TestProp_Bounded: looking at the clocks only when one can have reached the
// horizon gives the same outcomes as looking after every block.
func TestProp_Bounded(t *testing.T) {
	well := must(landscape.NewDoubleWell(1, 1, 1))
	wellNoise := must(noise.NewLossProportional(well, hessian(well, well.Minimum()), 1))
	rapid.Check(t, func(t *rapid.T) {
		e := ensemble()
		e.Replicas, e.Workers = rapid.IntRange(1, 300).Draw(t, "replicas"), 1
		step := rapid.Float64Range(0.001, 0.2).Draw(t, "step")
		switch n := rapid.SampledFrom([]int{1, 3, 0}).Draw(t, "dimension, or 0 for a double well"); n {
		case 0:
			e.Process = must(sde.New(sde.Config{Landscape: well, Noise: wellNoise, LearningRate: 0.05, Dt: step, Form: sde.LogTime}))
			e.Start, e.Exit = well.Minimum(), escape.BeyondPlane([]float64{1}, 0)
		default:
			e.Process, e.Start = valley(sde.LogTime, n, step), make([]float64, n)
		}
		k := must(e.Process.Kernel(lane.Watch{}))
		longest := k.(lane.Bounded).LongestStep()
		e.Horizon = model.Time(longest * rapid.Float64Range(1, 3000).Draw(t, "longest steps to the horizon"))
		e.Crossing = escape.Grid
		got := must(e.Run(context.Background()))
		e.Process = unbounded{e.Process}
		want := must(e.Run(context.Background()))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}
