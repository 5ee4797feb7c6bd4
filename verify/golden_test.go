package verify

import (
	"context"
	"math"
	"testing"

	"sgdescape/golden"
	"sgdescape/verify/goldentest"
	"sgdescape/verify/problem"
)

// TestGolden_SampledRuns: fresh simulations of discrete SGD agree with runs
// recorded from a program that shares no code with this one.
func TestGolden_SampledRuns(t *testing.T) {
	recorded := goldentest.Open(t, golden.Files, "discrete/gaussian_regression_runs")
	alpha := NewRunner(Options{}).alpha(Claim{Share: goldenShare})
	f := goldentest.CheckSampled(t, recorded, "T", alpha, func(r goldentest.Row) (mean, standardError float64, err error) {
		p, err := problem.NewRegression(problem.RegressionParameters{LearningRate: r.Float("eta"), BatchSize: 1, Dim: 1, Ratio: r.Float("c"), NoiseStd: 1})
		if err != nil {
			return 0, 0, err
		}
		ensemble, err := p.Ensemble(problem.Simulation{Process: problem.SGD, Replicas: 2000, Horizon: 1e6, Seed: flags.For("sampled-runs")})
		if err != nil {
			return 0, 0, err
		}
		result, err := ensemble.Run(context.Background())
		if err != nil {
			return 0, 0, err
		}
		sum, square := 0.0, 0.0
		for _, o := range result.Outcomes {
			sum += float64(o.Time)
			square += float64(o.Time) * float64(o.Time)
		}
		n := float64(len(result.Outcomes))
		mean = sum / n
		return mean, math.Sqrt((square/n - mean*mean) / n), nil
	})
	t.Logf("n = %d, alpha %.2g, statistic %.3g, critical %.3g, detectable %.3g", f.N, f.Alpha, f.Statistic, f.Critical, f.Detectable)
}
