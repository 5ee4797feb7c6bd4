package verify

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/sim/record"
	"sgdescape/sim/sde"
	"sgdescape/verify/stattest"
)

// The valley in which Eq. 18 is sampled: B/(eta h) = 5/2, so phi = 7/2. The
// noise is strong, so that Ito (7/2) and Stratonovich (3) differ visibly.
const (
	stationaryEta   = 0.4
	stationaryBatch = 1
	stationaryFloor = 0.5
	stationaryDt    = 0.01
)

// stationaryClaims judge the quasi-stationary law P ~ L^-phi in both clocks.
func stationaryClaims() []Claim {
	return []Claim{
		{
			ID: "eq18-t", Equation: "Eq. 18",
			Statement: "Sampled in the time t, the diffusion of Eq. 13 has the density L^-phi with phi = 1 + B/(eta h*).",
			Left:      "simulation of Eq. 13", Right: "phi of Eq. 18",
			Band: Within(0.05), Reason: "the exponent is fixed to a few per cent; half of one is the step's.", Expected: Agrees, Share: 1,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) {
				phi, n, err := stationaryExponent(ctx, env, sde.Time)
				if err != nil {
					return Measurement{}, err
				}
				law := env.Parts.StationaryExponent(stationaryEta / stationaryBatch)
				figure, err := tailFigure(ctx, env, sde.Time, law)
				return Measurement{Effect: relative("fitted phi / (1 + B/(eta h*)) - 1", phi, law, n).of("samples"), Figure: figure,
					Notes: []string{fmt.Sprintf("Fitted phi = %.5g, law %.5g.", phi.Estimate, law)}}, err
			},
		},
		{
			ID: "eq18-tau", Equation: "Eqs. 15, 18",
			Statement: "Sampled in the internal time tau, the diffusion of Eq. 15 has the density L^-(phi-1).",
			Left:      "simulation of Eq. 15", Right: "phi - 1",
			Band: Within(0.05), Reason: "the exponent is fixed to a few per cent; half of one is the step's.", Expected: Agrees, Share: 1,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) {
				phi, n, err := stationaryExponent(ctx, env, sde.LogTime)
				if err != nil {
					return Measurement{}, err
				}
				law := env.Parts.StationaryExponent(stationaryEta/stationaryBatch) - 1
				figure, err := tailFigure(ctx, env, sde.LogTime, law)
				return Measurement{Effect: relative("fitted exponent / (phi - 1) - 1", phi, law, n).of("samples"), Figure: figure,
					Notes: []string{fmt.Sprintf("Fitted exponent = %.5g, law %.5g.", phi.Estimate, law)}}, err
			},
		},
		{
			ID: "eq18-clocks", Equation: "Eqs. 14, 18",
			Statement: "The densities in tau and in t differ by one factor L: P_tau ~ L P_t.",
			Left:      "exponent in t", Right: "exponent in tau, plus 1",
			Band: Band{-0.3, 0.3}, Reason: "a third of the factor that is claimed.", Expected: Agrees, Share: 1,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) {
				inTime, n, err := stationaryExponent(ctx, env, sde.Time)
				if err != nil {
					return Measurement{}, err
				}
				inTau, _, err := stationaryExponent(ctx, env, sde.LogTime)
				gap := stattest.Interval{Estimate: inTime.Estimate - inTau.Estimate, Low: inTime.Low - inTau.High, High: inTime.High - inTau.Low}
				return Measurement{Effect: difference("difference of the exponents - 1", gap, 1, 2*n).of("samples")}, err
			},
		},
	}
}

// tailFigure draws how often the loss is found above a ratio, sampled and by
// the law L^-exponent.
func tailFigure(ctx context.Context, env *Env, form sde.Form, exponent float64) (*Figure, error) {
	clusters, err := stationaryClusters(ctx, env, form)
	if err != nil {
		return nil, err
	}
	sampled := Series{Name: "simulation", Mark: Points}
	law := Series{Name: fmt.Sprintf("share that a density L^-%.3g implies", exponent), Mark: Curve}
	below := stattest.StudentCDF(exponent, 1)
	for _, ratio := range []float64{1.01, 1.1, 1.25, 1.5, 2, 3, 5, 8, 12, 20} {
		s := math.Log(ratio)
		shares := make([][]float64, len(clusters)) // of each trajectory
		for i, cluster := range clusters {
			above := 0
			for _, x := range cluster {
				if x > s {
					above++
				}
			}
			shares[i] = []float64{float64(above) / float64(len(cluster))}
		}
		share, err := stattest.ClusterMean(shares, env.Alpha)
		if err != nil {
			return nil, err
		}
		if share.Estimate > 0 {
			sampled.AddBar(ratio, share.Estimate, math.Max(0, share.Low), share.High)
		}
		law.Add(ratio, 1-below(s))
	}
	return &Figure{Title: "How often the loss is above c L*, sampled in " + form.String(), XLabel: "c", YLabel: "share of the time with L > c L*", XLog: true, YLog: true,
		Series: []Series{sampled, law}}, nil
}

// stationaryClusters samples the valley once for all claims.
func stationaryClusters(ctx context.Context, env *Env, form sde.Form) ([][]float64, error) {
	return Shared(ctx, env, "stationary-"+form.String(), func(ctx context.Context, env *Env) ([][]float64, error) {
		return stationarySamples(ctx, env, form)
	})
}

// stationaryExponent samples the valley in the clock of the form and returns
// the maximum-likelihood exponent. Its interval is at half the claim's miss
// probability, so that two of them can be combined.
func stationaryExponent(ctx context.Context, env *Env, form sde.Form) (stattest.Interval, int, error) {
	clusters, err := stationaryClusters(ctx, env, form)
	if err != nil {
		return stattest.Interval{}, 0, err
	}
	mean, err := stattest.ClusterMean(clusters, env.Alpha/2)
	if err != nil {
		return stattest.Interval{}, 0, err
	}
	phi, err := stattest.StudentExponent(mean, 1)
	return phi, len(clusters) * len(clusters[0]), err
}

// stationarySamples returns log(L/L*) along independent trajectories, one
// cluster each, sampled once per relaxation time.
func stationarySamples(ctx context.Context, env *Env, form sde.Form) ([][]float64, error) {
	valley, err := landscape.NewIsotropicValley(1, 1, stationaryFloor)
	if err != nil {
		return nil, err
	}
	sigma, err := env.Parts.LossProportional(valley, mat.NewSymDense(1, []float64{1}), stationaryBatch)
	if err != nil {
		return nil, err
	}
	dt := stationaryDt
	if form == sde.LogTime {
		dt *= stationaryFloor
	}
	process, err := env.Parts.SDE(sde.Config{Landscape: valley, Noise: sigma, LearningRate: stationaryEta, Dt: dt, Form: form})
	if err != nil {
		return nil, err
	}
	samples, err := record.Sampler{
		Process: process, Start: valley.Minimum(), BurnIn: model.Steps(20 / stationaryDt), Every: model.Steps(1 / stationaryDt),
		PerReplica: env.Profile.Runs(1500), Replicas: 512, Seed: env.SeedFor("stationary-" + form.String()), Workers: env.Workers,
	}.Run(ctx)
	if err != nil {
		return nil, err
	}
	return logLossRatios(samples, valley, stationaryFloor), nil
}

// logLossRatios returns log(L/L*) of the samples, a cluster for each replica.
func logLossRatios(samples *record.Samples, l landscape.Landscape, floor float64) [][]float64 {
	clusters := make([][]float64, samples.Replicas)
	for r := range clusters {
		clusters[r] = make([]float64, samples.PerReplica)
		for i := range clusters[r] {
			clusters[r][i] = math.Log(l.Loss(samples.At(r, i)) / floor)
		}
	}
	return clusters
}
