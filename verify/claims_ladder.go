package verify

import (
	"context"
	"fmt"
	"math"

	"sgdescape/theory/discrete"
	"sgdescape/theory/firstpassage"
	"sgdescape/verify/problem"
)

// A rung is a pair of neighbouring levels of the theory: what the step from one
// to the other does to the mean exit time, at the worked point and over a grid.
type rung struct {
	from, to string
	meaning  string
	effect   Band // pinned log(T_to/T_from) at the worked point
	longer   bool // the sign of the step over the whole grid
	least    Band // pinned size of the smallest step over the grid, in its direction
	most     Band // and of the largest
}

// The worked point: d = 1, eta = 0.1, B = 1, c = 2, population.
const (
	workedEta   = 0.1
	workedRatio = 2.0
)

var rungs = []rung{
	{"T0", "T1", "the asymptotic power law replaced by the exact diffusion of Eq. 13", Band{0.40, 0.42}, true, Band{0.22, 0.24}, Band{1.21, 1.23}},
	{"T1", "T2", "the decoupling of Eq. 6 replaced by the exact covariance of Eq. 8", Band{-1.10, -1.08}, false, Band{0.85, 0.88}, Band{2.47, 2.50}},
	{"T2", "T3", "continuous watching replaced by a look at every step", Band{0.67, 0.70}, true, Band{0.52, 0.55}, Band{0.95, 0.98}},
	{"T3", "T4", "Gaussian noise replaced by the minibatch itself", Band{2.12, 2.14}, true, Band{1.06, 1.09}, Band{3.81, 3.85}},
}

// ladderGrid is where the sign of every step is tested: eta, B, d and c. Its
// points have a barrier; near c = 1 discrete SGD leaves in a few steps, and the
// comparison says nothing about escape.
var ladderGrid = []problem.RegressionParameters{
	{LearningRate: 0.05, BatchSize: 1, Dim: 1, Ratio: 1.5, NoiseStd: 1},
	{LearningRate: 0.1, BatchSize: 1, Dim: 1, Ratio: 2, NoiseStd: 1},
	{LearningRate: 0.1, BatchSize: 1, Dim: 1, Ratio: 3, NoiseStd: 1},
	{LearningRate: 0.2, BatchSize: 2, Dim: 1, Ratio: 2, NoiseStd: 1},
	{LearningRate: 0.2, BatchSize: 1, Dim: 1, Ratio: 3, NoiseStd: 1},
	{LearningRate: 0.1, BatchSize: 1, Dim: 2, Ratio: 2, NoiseStd: 1},
	{LearningRate: 0.1, BatchSize: 1, Dim: 2, Ratio: 3, NoiseStd: 1},
	{LearningRate: 0.1, BatchSize: 1, Dim: 5, Ratio: 3, NoiseStd: 1},
	{LearningRate: 0.2, BatchSize: 2, Dim: 5, Ratio: 3, NoiseStd: 1},
}

// ladderClaims judge every step of the ladder of theories, and the growth of
// each level for large c.
func ladderClaims() []Claim {
	var claims []Claim
	for _, r := range rungs {
		verb := map[bool]string{true: "lengthens", false: "shortens"}[r.longer]
		claims = append(claims, Claim{
			ID: fmt.Sprintf("ladder-%s-%s", lower(r.from), lower(r.to)), Equation: r.from + ", " + r.to,
			Statement: fmt.Sprintf("At d = 1, eta = 0.1, B = 1, c = 2 the step from %s to %s (%s) changes the exit time by less than a tenth.", r.from, r.to, r.meaning),
			Left:      r.to, Right: r.from,
			Band: Within(0.1), Reason: "a tenth of the logarithm.", Expected: Disagrees, Pinned: r.effect,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) { return measureRung(ctx, env, r) },
		}, Claim{
			ID: fmt.Sprintf("ladder-sign-%s-%s", lower(r.from), lower(r.to)), Equation: r.from + ", " + r.to,
			Statement: fmt.Sprintf("The step from %s to %s %s the exit time at every point of a grid over eta, B, d and c.", r.from, r.to, verb),
			Left:      r.to, Right: r.from,
			Band: Band{0, math.Inf(1)}, Reason: "the sign of the step.", Expected: Agrees, Pinned: r.least,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) {
				return measureGrid(ctx, env, r, "smallest step over the grid, in the claimed direction", math.Min)
			},
		}, Claim{
			ID: fmt.Sprintf("ladder-size-%s-%s", lower(r.from), lower(r.to)), Equation: r.from + ", " + r.to,
			Statement: fmt.Sprintf("The step from %s to %s changes the exit time by less than a tenth at every point of a grid over eta, B, d and c.", r.from, r.to),
			Left:      r.to, Right: r.from,
			Band: Within(0.1), Reason: "a tenth of the logarithm, at the point where the step is largest.", Expected: Disagrees, Pinned: r.most,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) {
				return measureGrid(ctx, env, r, "largest step over the grid, in its direction", math.Max)
			},
		})
	}
	return append(claims,
		largeRatioClaim(1, false), largeRatioClaim(2, false), largeRatioClaim(5, false),
		largeRatioClaim(1, true), largeRatioClaim(2, true))
}

func lower(level string) string { return "t" + level[1:] }

// levelTime returns the mean exit time of a level; that of T0 is 1/rate.
func levelTime(l problem.Level) float64 {
	if l.MFPT != nil {
		return *l.MFPT
	}
	return math.Exp(-*l.LogRate)
}

// regressionLevels solves the levels of a regression once for all claims.
func regressionLevels(ctx context.Context, env *Env, p problem.RegressionParameters) (problem.Levels, error) {
	name := fmt.Sprintf("levels-%g-%d-%d-%g", p.LearningRate, p.BatchSize, p.Dim, p.Ratio)
	return Shared(ctx, env, name, func(ctx context.Context, _ *Env) (problem.Levels, error) {
		r, err := problem.NewRegression(p)
		if err != nil {
			return nil, err
		}
		levels, _, err := env.Parts.Levels(ctx, r)
		return levels, err
	})
}

func measureRung(ctx context.Context, env *Env, r rung) (Measurement, error) {
	worked := problem.RegressionParameters{LearningRate: workedEta, BatchSize: 1, Dim: 1, Ratio: workedRatio, NoiseStd: 1}
	levels, err := regressionLevels(ctx, env, worked)
	if err != nil {
		return Measurement{}, err
	}
	table := Table{Title: "The worked point", Columns: []string{"level", "mean exit time"}}
	for _, name := range []string{"T0", "T1", "T2", "T3", "T4"} {
		table.AddRow(name, levelTime(levels[name]))
	}
	step := math.Log(levelTime(levels[r.to]) / levelTime(levels[r.from]))
	return Measurement{Effect: exact(fmt.Sprintf("log(%s/%s)", r.to, r.from), step, 1e-4, 1), Tables: []Table{table}}, nil
}

// measureGrid returns the extreme step over the grid, counted in the direction
// that is claimed.
func measureGrid(ctx context.Context, env *Env, r rung, name string, extreme func(x, y float64) float64) (Measurement, error) {
	table := Table{Title: fmt.Sprintf("log(%s/%s) over the grid", r.to, r.from), Columns: []string{"eta", "B", "d", "c", r.from, r.to, "step"}}
	found := math.NaN()
	for i, p := range ladderGrid {
		levels, err := regressionLevels(ctx, env, p)
		if err != nil {
			return Measurement{}, err
		}
		from, to := levelTime(levels[r.from]), levelTime(levels[r.to])
		step := math.Log(to / from)
		table.AddRow(p.LearningRate, p.BatchSize, p.Dim, p.Ratio, from, to, step)
		if !r.longer {
			step = -step
		}
		if i == 0 {
			found = step
		}
		found = extreme(found, step)
		env.Progress(i+1, len(ladderGrid))
	}
	return Measurement{Effect: exact(name, found, 1e-3, len(ladderGrid)).of("grid points"), Tables: []Table{table}}, nil
}

// largeRatioClaim judges the growth of T2 or T4 for c -> infinity against its
// closed form. eta = 1/2 makes the tail heavy, so that the limit is in reach.
func largeRatioClaim(dim int, chain bool) Claim {
	const eta, batch = 0.5, 1
	level, law := "T2", "B/(2 eta) + 1/2 - (d-1)/4"
	if chain {
		level, law = "T4", "alpha/2 of Kesten's equation"
	}
	return Claim{
		ID: fmt.Sprintf("slope-%s-d%d", lower(level), dim), Equation: level,
		Statement: fmt.Sprintf("For large c the exit time of %s with d = %d grows with the exponent %s.", level, dim, law),
		Left:      "exact " + level, Right: law,
		Band: Within(0.02), Reason: "the slope is read off at finite c.", Expected: Agrees,
		Measure: func(context.Context, *Env) (Measurement, error) {
			if chain {
				return measureChainSlope(eta, batch, dim)
			}
			return measureDiffusionSlope(0.1, batch, dim)
		},
	}
}

// measureDiffusionSlope reads the slope of T2 off two large ratios.
func measureDiffusionSlope(eta float64, batch, dim int) (Measurement, error) {
	ratios := []float64{1e4, 1e5}
	var logTimes []float64
	for _, c := range ratios {
		p, err := firstpassage.NewGaussianInputs(dim, eta, float64(batch), 1, c)
		if err != nil {
			return Measurement{}, err
		}
		exit, err := p.Solve()
		if err != nil {
			return Measurement{}, err
		}
		logTimes = append(logTimes, exit.LogMeanTime())
	}
	slope := (logTimes[1] - logTimes[0]) / math.Log(ratios[1]/ratios[0])
	law := float64(batch)/(2*eta) + 0.5 - float64(dim-1)/4
	return slopeMeasurement(slope, law, ratios), nil
}

// measureChainSlope reads the slope of T4 off two large ratios.
func measureChainSlope(eta float64, batch, dim int) (Measurement, error) {
	ratios := []float64{1e3, 1e4}
	var times []float64
	for _, c := range ratios {
		passage, err := discrete.GaussianRegression{LearningRate: eta, BatchSize: batch, Dim: dim, LossRatio: c}.Solve(discrete.Settings{})
		if err != nil {
			return Measurement{}, err
		}
		times = append(times, passage.MeanFirstPassageTime().Value)
	}
	alpha, err := discrete.TailExponent(eta, batch, dim)
	if err != nil {
		return Measurement{}, err
	}
	return slopeMeasurement(localSlopes(ratios, times)[0], alpha/2, ratios), nil
}

func slopeMeasurement(slope, law float64, ratios []float64) Measurement {
	return Measurement{
		Effect: exact("slope of the level / closed form - 1", slope/law-1, 1e-3, len(ratios)).of("loss ratios"),
		Notes:  []string{fmt.Sprintf("Slope between c = %g and %g: %.5g; closed form %.5g.", ratios[0], ratios[1], slope, law)},
	}
}
