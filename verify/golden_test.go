package verify

import (
	"context"
	"testing"

	"sgdescape/golden"
	"sgdescape/verify/goldentest"
	"sgdescape/verify/problem"
	"sgdescape/verify/stattest"
)

// quiet logs what a comparison has to say and leaves it to the ledger to fail.
type quiet struct{ *testing.T }

func (q quiet) Errorf(format string, args ...any) { q.Helper(); q.Logf(format, args...) }

// TestStat_SampledRuns: fresh simulations of discrete SGD agree with runs
// recorded from a program that shares no code with this one.
func TestStat_SampledRuns(t *testing.T) {
	recorded := goldentest.Open(t, golden.Files, "discrete/gaussian_regression_runs")
	Account.Assert(t, "recorded runs", func(seed uint64, alpha float64) (stattest.Finding, error) {
		return goldentest.CheckSampled(quiet{t}, recorded, "T", alpha, func(r goldentest.Row) (stattest.SampledMean, error) {
			p, err := problem.NewRegression(problem.RegressionParameters{LearningRate: r.Float("eta"), BatchSize: 1, Dim: 1, Ratio: r.Float("c"), NoiseStd: 1})
			if err != nil {
				return stattest.SampledMean{}, err
			}
			ensemble, err := p.Ensemble(problem.Simulation{Process: problem.SGD, Replicas: 10000, Horizon: 1e6, Seed: seed})
			if err != nil {
				return stattest.SampledMean{}, err
			}
			result, err := ensemble.Run(context.Background())
			if err != nil {
				return stattest.SampledMean{}, err
			}
			times := make([]float64, len(result.Outcomes))
			for i, o := range result.Outcomes {
				times[i] = float64(o.Time)
			}
			return stattest.NewSampledMean(times), nil
		}), nil
	})
}
