package verify

import (
	"context"
	"runtime"
	"slices"

	"sgdescape/model"
	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
)

// checkConcurrent refuses a landscape, noise or process whose values depend on what
// was asked before, or on what is asked at the same time, as those that share a
// buffer between calls: the verdict would be another at every run. The first replicas
// take 500 steps on one worker and on two, and must end at the same points. That
// finds most of them; go test -race finds the line.
func checkConcurrent(ctx context.Context, e escape.Ensemble, stepInT float64) error {
	if e.Workers == 1 || e.Workers == 0 && runtime.GOMAXPROCS(0) == 1 {
		return nil
	}
	e.Replicas, e.Horizon, e.KeepEnds = 2*lane.Width, model.Time(500*stepInT), true
	e.Workers = 1
	one, err := e.Run(ctx)
	if err != nil {
		return err
	}
	e.Workers = 2
	two, err := e.Run(ctx)
	if err != nil {
		return err
	}
	// The points may be NaN: those runs are told of by who counts them.
	same := one.Diverged > 0 || slices.Equal(one.Outcomes, two.Outcomes) && slices.Equal(one.Ends, two.Ends)
	return model.CheckDomain("setup").That(same, "runs on two workers", "other runs than on one with the same seed",
		"the same: landscape, noise and process must depend on theta alone and share no buffer between calls (go test -race finds where they do); with verify.Trial{Workers: 1} they may share one").Err()
}
