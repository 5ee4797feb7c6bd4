package verify

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/sim/record"
	"sgdescape/theory/rate"
	"sgdescape/verify/problem"
	"sgdescape/verify/stattest"
)

// A passageSweep is Fig. 3b for one dimension: discrete SGD with B = 1 and
// eta = 0.1 on the population of Gaussian inputs, against the loss ratio c.
type passageSweep struct {
	dim    int
	ratios []float64
	runs   int
	// expected verdict on the slope over the whole range
	expected Verdict
	// pinned ranges of the effects of the claims.
	slope, time Band
}

var passageSweeps = []passageSweep{
	{1, []float64{1.2, 1.35, 1.5, 1.75, 2, 2.25}, 8000, Disagrees, Band{0.14, 0.19}, Band{6, 7.6}},
	{2, []float64{1.2, 1.35, 1.5, 1.75, 2, 2.25}, 8000, Agrees, Band{}, Band{4.2, 5.6}},
	{5, []float64{1.5, 1.75, 2, 2.5, 3, 3.5}, 8000, Agrees, Band{}, Band{4.7, 6.1}},
	{10, []float64{2, 2.5, 3, 4, 5, 6}, 8000, Disagrees, Band{-0.24, -0.18}, Band{2.3, 2.9}},
}

// The learning rate and batch size of Fig. 3b.
const (
	sweepEta   = 0.1
	sweepBatch = 1
)

func sweepParameters(dim int, ratio float64) problem.RegressionParameters {
	return problem.RegressionParameters{LearningRate: sweepEta, BatchSize: sweepBatch, Dim: dim, Ratio: ratio, NoiseStd: 1}
}

// regressionClaims judge discrete SGD itself: Figs. 3a and 3b.
func regressionClaims() []Claim {
	var claims []Claim
	for i, s := range passageSweeps {
		claims = append(claims, Claim{
			ID: fmt.Sprintf("fig3b-d%d-slope", s.dim), Equation: "Fig. 3b, T0",
			Statement: fmt.Sprintf("With d = %d the exit time of discrete SGD grows as c^(phi - n/2) from c = %g to %g.", s.dim, s.ratios[0], s.ratios[len(s.ratios)-1]),
			Left:      "discrete SGD", Right: "slope of T0",
			Band: Within(0.1), Reason: "a tenth is what a reader of a log-log plot would call the slope.",
			Expected: s.expected, Pinned: s.slope, Share: 1,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) {
				return measureSweepSlope(ctx, env, s, s.ratios[0], s.ratios[len(s.ratios)-1])
			},
		}, Claim{
			ID: fmt.Sprintf("fig3b-d%d-t1", s.dim), Equation: "Fig. 3b, T1",
			Statement: fmt.Sprintf("With d = %d, at c = %g, the exit time of discrete SGD is that of the diffusion of Eq. 13.", s.dim, s.ratios[len(s.ratios)-1]),
			Left:      "discrete SGD", Right: "exact diffusion (T1)",
			Band: Within(0.1), Reason: "a tenth.", Expected: Disagrees, Pinned: s.time, Share: 1,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) {
				return measureSweepTime(ctx, env, s, len(s.ratios)-1, "T1")
			},
		}, Claim{
			ID: fmt.Sprintf("fig3b-d%d-t4", s.dim), Equation: "Fig. 3b, T4",
			Statement: fmt.Sprintf("With d = %d, at c = %g, the exit time of discrete SGD is that of the exactly solved chain.", s.dim, s.ratios[len(s.ratios)/2]),
			Left:      "discrete SGD", Right: "exact chain (T4)",
			Band: Within(0.1), Reason: "nothing is approximated: the band is the resolution of the runs.", Expected: Agrees, Share: 1,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) {
				return measureSweepTime(ctx, env, s, len(s.ratios)/2, "T4")
			},
		})
		if i == 0 {
			claims = append(claims, Claim{
				ID: "fig3b-d1-window", Equation: "Fig. 3b, T0",
				Statement: "In one dimension, in the window from c = 1.2 to 1.35, the exit time of discrete SGD grows as c^(phi - n/2).",
				Left:      "discrete SGD", Right: "slope of T0",
				Band: Within(0.1), Reason: "a tenth is what a reader of a log-log plot would call the slope.", Expected: Agrees, Share: 1,
				Measure: func(ctx context.Context, env *Env) (Measurement, error) {
					return measureSweepSlope(ctx, env, passageSweep{dim: 1, ratios: []float64{1.2, 1.35}, runs: 250000}, 1.2, 1.35)
				},
			})
		}
	}
	claims = append(claims, Claim{
		ID: "censored-runs", Equation: "Fig. 3b, T4",
		Statement: "When every third run is stopped before it leaves, exits over total time watched is still the exact chain's exit rate.",
		Left:      "discrete SGD, censored", Right: "exact chain (T4)",
		Band: Within(0.1), Reason: "the transient before the rate is constant costs less than a hundredth.", Expected: Agrees, Share: 1,
		Measure: measureCensored,
	})
	for _, eta := range exponentRates {
		claims = append(claims, exponentClaim(eta))
	}
	return claims
}

// measureCensored stops runs at about the mean exit time.
func measureCensored(ctx context.Context, env *Env) (Measurement, error) {
	p, err := problem.NewRegression(sweepParameters(1, 2))
	if err != nil {
		return Measurement{}, err
	}
	levels, err := regressionLevels(ctx, env, p.RegressionParameters)
	if err != nil {
		return Measurement{}, err
	}
	ensemble, err := p.Ensemble(problem.Simulation{Process: problem.SGD, Replicas: env.Profile.Runs(20000), Horizon: 3200, Pieces: env.Parts.Pieces})
	if err != nil {
		return Measurement{}, err
	}
	r, err := env.simulate(ctx, "censored", ensemble)
	if err != nil {
		return Measurement{}, err
	}
	exits, predicted := env.Parts.Exits(r), 1 / *levels["T4"].Rate
	return Measurement{
		Effect: relative("time watched per exit / (1/rate of T4) - 1", exits.MeanTimeInterval(env.Alpha), predicted, exits.Events).of("exits"),
		Notes:  []string{fmt.Sprintf("%d runs left, %d were censored at t = 3200.", r.Exits, r.Censored)},
	}, nil
}

// sweepExits simulates every c of the sweep.
func sweepExits(ctx context.Context, env *Env, s passageSweep) ([]stattest.Exits, error) {
	name := fmt.Sprintf("fig3b-%d-%g-%d", s.dim, s.ratios[len(s.ratios)-1], s.runs)
	return Shared(ctx, env, name, func(ctx context.Context, env *Env) ([]stattest.Exits, error) {
		var all []stattest.Exits
		for _, c := range s.ratios {
			p, err := problem.NewRegression(sweepParameters(s.dim, c))
			if err != nil {
				return nil, err
			}
			ensemble, err := p.Ensemble(problem.Simulation{Process: problem.SGD, Replicas: env.Profile.Runs(s.runs), Horizon: 2e5, Pieces: env.Parts.Pieces})
			if err != nil {
				return nil, err
			}
			r, err := env.simulate(ctx, fmt.Sprintf("%s-%g", name, c), ensemble)
			if err != nil {
				return nil, err
			}
			all = append(all, env.Parts.Exits(r))
		}
		return all, nil
	})
}

// measureSweepSlope compares the slope between two ratios of the sweep with T0.
// The interval is that of the ratio of two independent mean times.
func measureSweepSlope(ctx context.Context, env *Env, s passageSweep, from, to float64) (Measurement, error) {
	exits, err := sweepExits(ctx, env, s)
	if err != nil {
		return Measurement{}, err
	}
	figure, table, err := sweepFigure(ctx, env, s, exits)
	if err != nil {
		return Measurement{}, err
	}
	first, last := exits[0], exits[len(exits)-1]
	ratio := stattest.RateRatioTest{Alpha: env.Alpha}.Interval(first, last) // kappa(from)/kappa(to) = T(to)/T(from)
	span := math.Log(to / from)
	slope := stattest.Interval{Estimate: math.Log(ratio.Estimate) / span, Low: math.Log(ratio.Low) / span, High: math.Log(ratio.High) / span, Level: ratio.Level}
	law := env.Parts.ThresholdExponent(rate.Threshold{OutlierCount: s.dim, OutlierCurvature: 1, LossRatio: to, Temperature: sweepEta / sweepBatch})
	return Measurement{
		Effect: relative("measured slope / (phi - n/2) - 1", slope, law, first.Events+last.Events).of("exits"),
		Tables: []Table{table},
		Figure: figure,
		Notes:  []string{fmt.Sprintf("Slope %.4g [%.4g, %.4g], law %.4g.", slope.Estimate, slope.Low, slope.High, law)},
	}, nil
}

// measureSweepTime compares the mean time at one ratio with a level.
func measureSweepTime(ctx context.Context, env *Env, s passageSweep, at int, level string) (Measurement, error) {
	exits, err := sweepExits(ctx, env, s)
	if err != nil {
		return Measurement{}, err
	}
	levels, err := regressionLevels(ctx, env, sweepParameters(s.dim, s.ratios[at]))
	if err != nil {
		return Measurement{}, err
	}
	predicted := *levels[level].MFPT
	return Measurement{
		Effect: relative("simulated / "+level+" mean exit time - 1", exits[at].MeanTimeInterval(env.Alpha), predicted, exits[at].Events).of("exits"),
		Notes:  []string{fmt.Sprintf("c = %g: simulated %.5g, %s %.5g.", s.ratios[at], exits[at].MeanTime(), level, predicted)},
	}, nil
}

// sweepFigure draws the simulation with all levels of the theory.
func sweepFigure(ctx context.Context, env *Env, s passageSweep, exits []stattest.Exits) (*Figure, Table, error) {
	table := Table{Title: "Mean exit time in t", Columns: []string{"c", "runs", "simulated", "low", "high", "T0", "T1", "T2", "T3", "T4"}}
	points := Series{Name: "discrete SGD", Mark: Points}
	names := []string{"T0", "T1", "T2", "T3", "T4"}
	lines := make([]Series, len(names))
	for i, c := range s.ratios {
		levels, err := regressionLevels(ctx, env, sweepParameters(s.dim, c))
		if err != nil {
			return nil, table, err
		}
		mean := exits[i].MeanTimeInterval(env.Alpha)
		points.AddBar(c, mean.Estimate, mean.Low, mean.High)
		row := []any{c, exits[i].Events, mean.Estimate, mean.Low, mean.High}
		for k, name := range names {
			lines[k].Name, lines[k].Mark = name, Exact
			t := 0.0
			if l := levels[name]; l.MFPT != nil {
				t = *l.MFPT
			} else {
				lines[k].Mark = Curve
				t = 1 / *l.Rate
			}
			lines[k].Add(c, t)
			row = append(row, t)
		}
		table.AddRow(row...)
	}
	return &Figure{Title: fmt.Sprintf("Fig. 3b, d = %d: exit time against the loss ratio", s.dim), XLabel: "loss ratio c at the exit", YLabel: "mean exit time, in t = eta k",
		XLog: true, YLog: true, Series: append([]Series{points}, lines...)}, table, nil
}

// exponentRates are the learning rates of Fig. 3a.
var exponentRates = []float64{0.03, 0.3, 1}

// exponentBatches are the batch sizes for each learning rate of Fig. 3a: about
// the same B/eta at each.
var exponentBatches = map[float64][]int{0.03: {1, 2}, 0.3: {2, 5, 10, 20}, 1: {5, 10, 20, 40, 60}}

// exponentClaim is Fig. 3a at one learning rate.
func exponentClaim(eta float64) Claim {
	c := Claim{
		ID: fmt.Sprintf("fig3a-eta%g", eta), Equation: "Eq. 18, Fig. 3a",
		Statement: fmt.Sprintf("Fitted to discrete SGD on N = 10^5 samples at eta = %g, the stationary exponent is phi = 1 + B/(eta h*).", eta),
		Left:      "discrete SGD", Right: "phi of T0 and T1",
		Band: Within(0.1), Reason: "a tenth, at the batch size where the difference is largest.", Share: 1,
		Expected: Disagrees,
		Measure:  func(ctx context.Context, env *Env) (Measurement, error) { return measureExponent(ctx, env, eta) },
	}
	switch eta {
	case 0.03:
		c.Expected = Agrees
	case 0.3:
		c.Pinned = Band{-0.3, -0.12}
	case 1:
		c.Pinned = Band{-0.6, -0.4}
	}
	return c
}

// measureExponent fits phi at every batch size and returns the largest relative
// difference from the law.
func measureExponent(ctx context.Context, env *Env, eta float64) (Measurement, error) {
	batches := exponentBatches[eta]
	data, err := dataset.Gaussian(env.SeedFor("fig3a-data"), 1e5, 1, 1)
	if err != nil {
		return Measurement{}, err
	}
	hessian := mat.NewSymDense(1, nil)
	data.Hessian(hessian, data.Minimum())
	curvature := hessian.At(0, 0)
	table := Table{Title: "Fitted exponent", Columns: []string{"B", "B/(eta h*)", "phi fitted", "low", "high", "1 + B/(eta h*)"}}
	points := Series{Name: "discrete SGD", Mark: Points}
	law := Series{Name: "1 + B/(eta h*)", Mark: Curve}
	var worst Effect
	for i, b := range batches {
		process, err := env.Parts.SGD(data, model.SGD{LearningRate: eta, BatchSize: b, DatasetSize: data.Len()})
		if err != nil {
			return Measurement{}, err
		}
		samples, err := record.Sampler{Process: process, Start: data.Minimum(), BurnIn: 2000, Every: 100, PerReplica: env.Profile.Runs(100),
			Replicas: 256, Seed: env.SeedFor(fmt.Sprintf("fig3a-%g-%d", eta, b)), Workers: env.Workers}.Run(ctx)
		if err != nil {
			return Measurement{}, err
		}
		mean, err := stattest.ClusterMean(logLossRatios(samples, data, data.MinimumLoss()), env.Alpha/float64(len(batches)))
		if err != nil {
			return Measurement{}, err
		}
		phi, err := stattest.StudentExponent(mean, 1)
		if err != nil {
			return Measurement{}, err
		}
		temperature := eta * curvature / float64(b)
		predicted := env.Parts.StationaryExponent(temperature)
		table.AddRow(b, 1/temperature, phi.Estimate, phi.Low, phi.High, predicted)
		points.AddBar(1/temperature, phi.Estimate, phi.Low, phi.High)
		law.Add(1/temperature, predicted)
		e := relative("fitted phi / (1 + B/(eta h*)) - 1, largest over B", phi, predicted, samples.Replicas*samples.PerReplica).of("samples")
		if i == 0 || math.Abs(e.Value) > math.Abs(worst.Value) {
			worst = e
		}
		env.Progress(i+1, len(batches))
	}
	return Measurement{Effect: worst, Tables: []Table{table},
		Figure: &Figure{Title: fmt.Sprintf("Fig. 3a, eta = %g: stationary exponent", eta), XLabel: "B/(eta h*)", YLabel: "stationary exponent phi", Series: []Series{points, law}},
		Notes:  []string{"T0 and T1 have the same stationary law, so one comparison serves both; each B is one fit over 256 independent trajectories."}}, nil
}
