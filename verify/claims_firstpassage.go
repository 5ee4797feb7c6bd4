package verify

import (
	"context"
	"fmt"
	"math"

	"sgdescape/theory/firstpassage"
	"sgdescape/theory/rate"
	"sgdescape/verify/problem"
	"sgdescape/verify/stattest"
)

// radialCases are the valleys in which the radial integral meets simulation.
var radialCases = []problem.RadialParameters{
	{LearningRate: 0.1, BatchSize: 1, Dim: 1, Curvature: 1, Floor: 0.5, Ratio: 1.5},
	{LearningRate: 0.1, BatchSize: 1, Dim: 2, Curvature: 1, Floor: 0.5, Ratio: 2},
	{LearningRate: 0.1, BatchSize: 1, Dim: 5, Curvature: 1, Floor: 0.5, Ratio: 2.6},
}

// radialDt is the step of their simulation in units of the relaxation time.
const radialDt = 0.005

// firstPassageClaims judge the exit through a loss threshold: the exact integral
// against simulation, and Eq. 19 as the end of its power law.
func firstPassageClaims() []Claim {
	var claims []Claim
	for _, c := range radialCases {
		claims = append(claims, Claim{
			ID: fmt.Sprintf("t1-radial-n%d", c.Dim), Equation: "Eq. 13",
			Statement: fmt.Sprintf("In an isotropic valley of dimension %d, simulated first passages of Eq. 13 take as long as the exact radial integral says.", c.Dim),
			Left:      "simulation of Eq. 13", Right: "radial integral",
			Band: Within(0.05), Reason: "one part in twenty; the step costs about one in a hundred.", Expected: Agrees, Share: 1,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) { return measureRadial(ctx, env, c) },
		})
	}
	return append(claims, Claim{
		ID: "eq19-critical-dimension", Equation: "Eq. 19",
		Statement: "The power law of the exit time ends at n_c = 2 (B/(eta h*) + 1) outliers: there its exponent, read off the exact integral for smaller n, reaches zero.",
		Left:      "exact radial integral, c -> infinity", Right: "n_c of Eq. 19",
		Band: Within(0.01), Reason: "the exponent is read off at finite c.", Expected: Agrees,
		Measure: measureCriticalDimension,
	}, Claim{
		ID: "eq17-slope", Equation: "Eq. 17, Fig. 3b",
		Statement: "The exact exit time of Eq. 13 grows as c^(phi - n/2) for every n < n_c.",
		Left:      "exact radial integral, c -> infinity", Right: "phi - n/2",
		Band: Within(0.005), Reason: "the slope is read off at finite c, and the largest difference over n is taken.", Expected: Agrees,
		Measure: measureThresholdSlope,
	})
}

func measureRadial(ctx context.Context, env *Env, c problem.RadialParameters) (Measurement, error) {
	p, err := problem.NewRadial(c)
	if err != nil {
		return Measurement{}, err
	}
	predicted, err := env.Parts.RadialMeanTime(firstpassage.Radial{Dim: c.Dim, BatchOverEtaH: float64(c.BatchSize) / (c.LearningRate * c.Curvature),
		Ratio: c.Ratio, Curvature: c.Curvature})
	if err != nil {
		return Measurement{}, err
	}
	ensemble, err := p.Ensemble(problem.Simulation{Process: problem.SDE, Replicas: env.Profile.Runs(70000), Horizon: 1e4, Dt: radialDt / c.Curvature, Pieces: env.Parts.Pieces})
	if err != nil {
		return Measurement{}, err
	}
	r, err := env.simulate(ctx, fmt.Sprintf("radial-%d", c.Dim), ensemble)
	if err != nil {
		return Measurement{}, err
	}
	exits := env.Parts.Exits(r)
	return Measurement{
		Effect: relative("simulated / exact mean first-passage time - 1", exits.MeanTimeInterval(env.Alpha), predicted, exits.Events).of("exits"),
		Notes:  []string{fmt.Sprintf("c = %g: simulated %.5g, exact %.5g.", c.Ratio, exits.MeanTime(), predicted)},
	}, nil
}

// The valley in which Eqs. 17 and 19 are read off the exact integral:
// B/(eta h*) = 3, so n_c = 8.
const criticalBatchOverEtaH = 3

// asymptoticSlope returns d log T/d log c of the exact integral between
// c = 10^5 and 10^6.
func asymptoticSlope(env *Env, n int) (float64, error) {
	var times []float64
	ratios := []float64{1e5, 1e6}
	for _, c := range ratios {
		t, err := env.Parts.RadialMeanTime(firstpassage.Radial{Dim: n, BatchOverEtaH: criticalBatchOverEtaH, Ratio: c, Curvature: 1})
		if err != nil {
			return 0, err
		}
		times = append(times, t)
	}
	return localSlopes(ratios, times)[0], nil
}

func measureCriticalDimension(_ context.Context, env *Env) (Measurement, error) {
	nc := env.Parts.CriticalCount(1.0 / criticalBatchOverEtaH)
	table := Table{Title: "Growth of the exact exit time", Columns: []string{"n", "d log T/d log c"}}
	points := Series{Name: "exact integral, c near 1e6", Mark: Points}
	var ns, slopes []float64
	for n := 1; n <= 12; n++ {
		slope, err := asymptoticSlope(env, n)
		if err != nil {
			return Measurement{}, err
		}
		table.AddRow(n, slope)
		points.Add(float64(n), slope)
		if slope > 0.4 { // on the power law, away from the logarithm at n_c
			ns, slopes = append(ns, float64(n)), append(slopes, slope)
		}
	}
	line, err := stattest.FitLine(slopes, ns, nil)
	if err != nil {
		return Measurement{}, err
	}
	zero := line.Intercept // the n at which the slope is 0
	law := Series{Name: "phi - n/2", Mark: Curve}
	law.Add(0, criticalBatchOverEtaH+1)
	law.Add(nc, 0)
	return Measurement{
		Effect: exact("measured n_c / n_c of Eq. 19 - 1", zero/nc-1, 1e-3, len(ns)).of("dimensions"),
		Tables: []Table{table},
		Figure: &Figure{Title: "Where the power law ends", XLabel: "number n of outliers", YLabel: "exponent of the exit time", Series: []Series{points, law}},
		Notes:  []string{fmt.Sprintf("Measured n_c = %.5g, Eq. 19 says %.5g; beyond it the exit time grows like log c.", zero, nc)},
	}, nil
}

func measureThresholdSlope(_ context.Context, env *Env) (Measurement, error) {
	table := Table{Title: "Exponent of the exit time", Columns: []string{"n", "exact", "phi - n/2"}}
	worst := 0.0
	const most = 6 // n_c - 2: closer to n_c the limit is reached slowly
	for n := 1; n <= most; n++ {
		slope, err := asymptoticSlope(env, n)
		if err != nil {
			return Measurement{}, err
		}
		law := env.Parts.ThresholdExponent(rate.Threshold{OutlierCount: n, OutlierCurvature: 1, LossRatio: 1e6, Temperature: 1.0 / criticalBatchOverEtaH})
		table.AddRow(n, slope, law)
		if d := slope - law; math.Abs(d) > math.Abs(worst) {
			worst = d
		}
	}
	return Measurement{Effect: exact("exact exponent - (phi - n/2), largest over n", worst, 1e-6, most).of("dimensions"), Tables: []Table{table}}, nil
}
