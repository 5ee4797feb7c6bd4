package problem_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/verify/problem"
)

// table is a data set of d inputs, with a function of the inputs and of noise
// for a target.
func table(inputs []float64, d int, target func(x []float64, noise float64) float64) *dataset.Regression {
	noise := must(dataset.Gaussian(9, len(inputs)/d, 1, 1))
	var targets []float64
	for mu := range len(inputs) / d {
		targets = append(targets, target(inputs[mu*d:(mu+1)*d], noise.Target(mu)))
	}
	return must(dataset.NewRegression(inputs, targets, d))
}

func regressionOn(data *dataset.Regression, change func(*problem.RegressionParameters)) *problem.Regression {
	p := population
	p.Dim, p.Data = 0, data
	if change != nil {
		change(&p)
	}
	return must(problem.NewRegression(p))
}

// twice returns inputs in pairs of x and -x/2, with the square of x on top so that
// they are not one the multiple of the other.
func twice(xs []float64) (pairs []float64) {
	for _, x := range xs {
		pairs = append(pairs, x, x*x-x/2)
	}
	return pairs
}

// TestConditions: each condition is set where it holds, and only there.
func TestConditions(t *testing.T) {
	gauss := must(dataset.Gaussian(4, 200, 1, 1)).Inputs()
	shifted := func(by float64) *dataset.Regression {
		return table(gauss, 1, func(_ []float64, noise float64) float64 { return by + noise })
	}
	var withConstant []float64
	for _, x := range gauss {
		withConstant = append(withConstant, x, 1)
	}
	square := []float64{1, 1, 1, -1, -1, 1, -1, -1} // H is the unit matrix, to the last bit
	onSquare := table(square, 2, func(_ []float64, noise float64) float64 { return noise })
	uncentred := make([]float64, len(gauss))
	for i, x := range gauss {
		uncentred[i] = 5 + x
	}
	var uncentredWithConstant []float64
	for _, x := range uncentred {
		uncentredWithConstant = append(uncentredWithConstant, x, 1)
	}
	alone := func(_ []float64, noise float64) float64 { return noise }
	full := func(batch int, sampling model.Sampling) func(*problem.RegressionParameters) {
		return func(p *problem.RegressionParameters) { p.BatchSize, p.Sampling = batch, sampling }
	}
	fast := func(eta float64) func(*problem.RegressionParameters) {
		return func(p *problem.RegressionParameters) { p.LearningRate = eta }
	}
	for _, c := range []struct {
		name    string
		problem problem.Problem
		about   string // a condition
		want    string // in its detail; empty if it must not be set
	}{
		{"targets centred", regressionOn(shifted(0), nil), "uncentred-targets", ""},
		{"targets off by a fifth", regressionOn(shifted(0.2), nil), "uncentred-targets", ""},
		{"targets off by three", regressionOn(shifted(3), nil), "uncentred-targets", "no intercept"},
		{"targets off by minus three", regressionOn(shifted(-3), nil), "uncentred-targets", "no intercept"},
		{"targets off by three, with a constant input", regressionOn(table(withConstant, 2, func(_ []float64, noise float64) float64 { return 3 + noise }), nil), "uncentred-targets", ""},
		{"inputs centred", regressionOn(shifted(3), nil), "uncentred-inputs", ""},
		{"inputs off by five", regressionOn(table(uncentred, 1, alone), nil), "uncentred-inputs", "input 1 has the mean 5"},
		{"two inputs off by five", regressionOn(table(twice(uncentred), 2, alone), fast(0.01)), "uncentred-inputs", ", and 1 more: "},
		{"inputs off by five, with a constant input", regressionOn(table(uncentredWithConstant, 2, alone), fast(0.01)), "uncentred-inputs", ""},
		{"full batch without replacement", regressionOn(shifted(0), full(200, model.WithoutReplacement)), "no-noise", "SGD never leaves"},
		{"full batch with replacement", regressionOn(shifted(0), full(200, model.WithReplacement)), "no-noise", ""},
		{"all but one without replacement", regressionOn(shifted(0), full(199, model.WithoutReplacement)), "no-noise", ""},
		{"curvatures equal", regressionOn(onSquare, nil), "isotropic-approximation", ""},
		{"curvatures nearly equal", onData(2, 1, 10000, nil), "isotropic-approximation", "geometric mean"},
		{"one input", onData(1, 1, 100, nil), "levels-left-out", ""},
		{"population", must(withRegression(func(p *problem.RegressionParameters) { p.Dim = 3 })()), "levels-left-out", ""},
		{"two inputs", regressionOn(onSquare, nil), "levels-left-out", "T3 and T4 are left out"},
		{"two inputs, stretched", regressionOn(stretched(2), fast(0.02)), "levels-left-out", "T0, T3 and T4 are left out"},
		{"three inputs", onData(3, 1, 20000, nil), "levels-left-out", "T2, T3 and T4 are left out"},
		{"three inputs, stretched", regressionOn(stretched(3), nil), "levels-left-out", "all levels, T0 to T4, are left out"},
		{"three inputs, stretched, to simulate", regressionOn(stretched(3), nil), "levels-left-out", "`sgdescape simulate` works"},
		{"radial, stable", must(withRadial(func(p *problem.RadialParameters) { p.LearningRate, p.Curvature = 0.5, 3.9 })()), "unstable-sgd", ""},
		{"radial, unstable", must(withRadial(func(p *problem.RadialParameters) { p.LearningRate, p.Curvature = 0.5, 4.1 })()), "unstable-sgd", "eta h = 2.05"},
		{"double well, unstable", must(withWell(func(p *problem.DoubleWellParameters) { p.LearningRate = 0.4 })()), "unstable-sgd", "eta h = 2.56"},
		{"channel, unstable across", must(withChannel(func(p *problem.ChannelParameters) { p.LearningRate, p.KMin, p.BatchSize = 0.1, 25, 10 })()), "unstable-sgd", "eta h = "},
		{"channel of a temperature", must(withChannel(func(p *problem.ChannelParameters) { p.Temperature, p.TemperatureGiven, p.KMin = 0.5, true, 500 })()), "unstable-sgd", ""},
		{"data, unstable across", regressionOn(stretched(3), fast(0.2)), "unstable-sgd", "eta h = "},
		{"rates of T0 underflow", must(withRadial(func(p *problem.RadialParameters) { p.LearningRate, p.Ratio = 0.001, 4 })()), model.Underflow, "the rate of T0 is exp(-1378."},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, conditions := levelsOf(t, c.problem)
			i := slices.IndexFunc(conditions, func(found model.Condition) bool { return found.Name == c.about })
			switch {
			case c.want == "" && i >= 0:
				t.Errorf("the condition %v is set", conditions[i])
			case c.want != "" && (i < 0 || !strings.Contains(conditions[i].Detail, c.want)):
				t.Errorf("no condition %s that says %q among %v", c.about, c.want, conditions)
			}
		})
	}
}

// TestUnderflowByLevel: every level whose rate underflows is named.
func TestUnderflowByLevel(t *testing.T) {
	levels, conditions := levelsOf(t, must(withRadial(func(p *problem.RadialParameters) { p.LearningRate, p.Ratio = 0.001, 4 })()))
	for name, l := range levels {
		told := slices.ContainsFunc(conditions, func(c model.Condition) bool {
			return c.Name == model.Underflow && strings.Contains(c.Detail, "the rate of "+name+" is")
		})
		if told != (math.Exp(*l.LogRate) == 0) {
			t.Errorf("%s has the rate exp(%g); told: %t", name, *l.LogRate, told)
		}
	}
}

// TestFullBatchHasNoLevels: without noise there is no rate, of no level, and one
// condition.
func TestFullBatchHasNoLevels(t *testing.T) {
	data := must(dataset.Gaussian(4, 10, 1, 1))
	levels, conditions := levelsOf(t, regressionOn(data, func(p *problem.RegressionParameters) {
		p.BatchSize, p.Sampling = 10, model.WithoutReplacement
	}))
	if len(levels) != 0 || len(conditions) != 1 {
		t.Errorf("levels %v and conditions %v, want no level and one condition", levels, conditions)
	}
}
