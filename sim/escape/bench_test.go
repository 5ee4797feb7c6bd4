package escape_test

import (
	"context"
	"fmt"
	"testing"

	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
)

// BenchmarkEnsemble measures whole ensembles: seeding, steps, exits, refilling
// and the ordering of outcomes.
func BenchmarkEnsemble(b *testing.B) {
	for _, form := range []sde.Form{sde.Time, sde.LogTime} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("form=%v/workers=%d", form, workers), func(b *testing.B) {
				e := escape.Ensemble{
					Process: valley(form, 1, 0.1), Start: []float64{0}, Exit: escape.LossAbove(0.9), Crossing: escape.Grid,
					Horizon: 1e9, Replicas: 1000, Seed: 1, Workers: workers,
				}
				var steps, exits int64
				b.ReportAllocs()
				for b.Loop() {
					r := must(e.Run(context.Background()))
					steps += r.Steps
					exits += int64(r.Exits)
				}
				seconds := b.Elapsed().Seconds()
				b.ReportMetric(seconds*1e9/float64(steps), "ns/step")
				b.ReportMetric(float64(steps)/seconds, "steps/s")
				b.ReportMetric(float64(exits)/seconds, "exits/s")
			})
		}
	}
}
