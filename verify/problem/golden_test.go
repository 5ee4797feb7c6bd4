package problem_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"sgdescape/golden"
	"sgdescape/verify/goldentest"
	"sgdescape/verify/problem"
)

// These tests hold what a user of the problems is told against the recorded
// references: parameters go through the constructors, and answers come out of
// Levels, so that a mistake in between shows.

// number returns a field of one level.
func number(p problem.Problem, err error, level string, field func(problem.Level) *float64) (float64, error) {
	if err != nil {
		return 0, err
	}
	levels, conditions, err := p.Levels(context.Background())
	if err != nil {
		return 0, err
	}
	x := field(levels[level])
	if x == nil {
		return 0, fmt.Errorf("level %s does not say, conditions %v", level, conditions)
	}
	return *x, nil
}

func mfpt(l problem.Level) *float64         { return l.MFPT }
func mfptToSaddle(l problem.Level) *float64 { return l.MFPTToSaddle }
func kappa(l problem.Level) *float64        { return l.Rate }

func TestGolden_Radial(t *testing.T) {
	const h, floor = 3.0, 0.7 // drop out of h T at given b = B/(eta h)
	for set, answer := range map[string]struct {
		column string
		n      func(goldentest.Row) int
		read   func(problem.Level) *float64
		scale  float64
	}{
		"firstpassage/radial":       {"hT", func(r goldentest.Row) int { return r.Int("n") }, mfpt, h},
		"firstpassage/radial_range": {"hT", func(r goldentest.Row) int { return r.Int("n") }, mfpt, h},
		"eigenvalue/radial":         {"lambda1/h", func(goldentest.Row) int { return 1 }, kappa, 1 / h},
		"eigenvalue/radial_zero":    {"lambda1/h", func(goldentest.Row) int { return 1 }, kappa, 1 / h},
	} {
		t.Run(set, func(t *testing.T) {
			goldentest.Check(t, goldentest.Open(t, golden.Files, set), answer.column, func(r goldentest.Row) (float64, error) {
				p, err := problem.NewRadial(problem.RadialParameters{LearningRate: 1 / (r.Float("b") * h), BatchSize: 1,
					Dim: answer.n(r), Curvature: h, Floor: floor, Ratio: r.Float("c")})
				x, err := number(p, err, "T1", answer.read)
				return x * answer.scale, err
			})
		})
	}
}

// The error that a level states is not smaller than the true one.
func TestGolden_RadialError(t *testing.T) {
	goldentest.Check(t, goldentest.Open(t, golden.Files, "firstpassage/radial_range"), "hT", func(r goldentest.Row) (float64, error) {
		p, err := problem.NewRadial(problem.RadialParameters{LearningRate: 1 / r.Float("b"), BatchSize: 1, Dim: r.Int("n"), Curvature: 1, Floor: 1, Ratio: r.Float("c")})
		mean, err := number(p, err, "T1", mfpt)
		if err != nil {
			return 0, err
		}
		stated, err := number(p, nil, "T1", func(l problem.Level) *float64 { return l.RelativeError })
		if off := math.Abs(mean/r.Float("hT") - 1); !(off <= stated) {
			t.Errorf("%v: off by %.2g, stated error %.2g", r, off, stated)
		}
		return mean, err
	})
}

func TestGolden_DoubleWell(t *testing.T) {
	set := goldentest.Open(t, golden.Files, "firstpassage/double_well")
	well := func(r goldentest.Row) (*problem.DoubleWell, error) {
		return problem.NewDoubleWell(problem.DoubleWellParameters{LearningRate: r.Float("eta"), BatchSize: r.Int("B"),
			Floor: r.Float("floor"), Height: r.Float("height"), Width: r.Float("width")})
	}
	for _, c := range []struct {
		column, level string
		read          func(problem.Level) *float64
	}{
		{"MFPT to saddle", "T1", mfptToSaddle},
		{"MFPT to other minimum", "T1", mfpt},
		{"kappa16", "T0", kappa},
	} {
		goldentest.Check(t, set, c.column, func(r goldentest.Row) (float64, error) {
			p, err := well(r)
			return number(p, err, c.level, c.read)
		})
	}
}

func TestGolden_Channel(t *testing.T) {
	set := goldentest.Open(t, golden.Files, "eigenvalue/channel")
	solved := map[string]problem.Levels{} // T1 is the slowest of all levels
	for column, level := range map[string]string{"kappa": "T1", "kappa17": "T0"} {
		goldentest.Check(t, set, column, func(r goldentest.Row) (float64, error) {
			if solved[r.String()] == nil {
				p, err := problem.NewChannel(problem.ChannelParameters{Dim: r.Int("n"), Floor: r.Float("L0"), Height: r.Float("dL"),
					Width: r.Float("w"), KMin: r.Float("km"), KSaddle: r.Float("ks"), Temperature: r.Float("T"), TemperatureGiven: true})
				if err != nil {
					return 0, err
				}
				if solved[r.String()], _, err = p.Levels(context.Background()); err != nil {
					return 0, err
				}
			}
			x := solved[r.String()][level].Rate
			if x == nil {
				return 0, fmt.Errorf("level %s does not say", level)
			}
			return *x, nil
		})
	}
}

func TestGolden_Population(t *testing.T) {
	const noiseStd = 1.7 // drops out
	for set, level := range map[string]string{"firstpassage/radial_exact_covariance": "T2", "discrete/gaussian_regression": "T4"} {
		t.Run(level, func(t *testing.T) {
			use := goldentest.Open(t, golden.Files, set)
			goldentest.Check(t, use, "T", func(r goldentest.Row) (float64, error) {
				parameters := problem.RegressionParameters{LearningRate: r.Float("eta"), BatchSize: 1, Dim: 1, Ratio: r.Float("c"), NoiseStd: noiseStd}
				if level == "T2" {
					parameters.BatchSize, parameters.Dim = r.Int("B"), r.Int("n")
				}
				p, err := problem.NewRegression(parameters)
				return number(p, err, level, mfpt)
			})
		})
	}
}
