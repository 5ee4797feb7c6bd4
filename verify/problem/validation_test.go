package problem_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/verify/problem"
)

// Valid parameters of every kind, which tests change.
var (
	radial     = problem.RadialParameters{LearningRate: 0.1, BatchSize: 1, Dim: 2, Curvature: 1, Floor: 0.5, Ratio: 2}
	well       = problem.DoubleWellParameters{LearningRate: 0.05, BatchSize: 1, Floor: 0.4, Height: 0.8, Width: 1}
	channel    = problem.ChannelParameters{LearningRate: 0.05, BatchSize: 2, Dim: 2, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3}
	population = problem.RegressionParameters{LearningRate: 0.1, BatchSize: 1, Dim: 1, Ratio: 1.5, NoiseStd: 1}
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func withRadial(change func(*problem.RadialParameters)) func() (problem.Problem, error) {
	return func() (problem.Problem, error) {
		p := radial
		change(&p)
		return problem.NewRadial(p)
	}
}

func withWell(change func(*problem.DoubleWellParameters)) func() (problem.Problem, error) {
	return func() (problem.Problem, error) {
		p := well
		change(&p)
		return problem.NewDoubleWell(p)
	}
}

func withChannel(change func(*problem.ChannelParameters)) func() (problem.Problem, error) {
	return func() (problem.Problem, error) {
		p := channel
		change(&p)
		return problem.NewChannel(p)
	}
}

func withRegression(change func(*problem.RegressionParameters)) func() (problem.Problem, error) {
	return func() (problem.Problem, error) {
		p := population
		change(&p)
		return problem.NewRegression(p)
	}
}

// TestValidation: every bad field is refused by its name with its value, and a
// valid neighbour is not.
func TestValidation(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	data := must(dataset.Gaussian(1, 20, 1, 1))
	type radialP = problem.RadialParameters
	type wellP = problem.DoubleWellParameters
	type channelP = problem.ChannelParameters
	type regressionP = problem.RegressionParameters
	for _, c := range []struct {
		name  string
		build func() (problem.Problem, error)
		want  []string // parts of the error; none for no error
	}{
		{"radial", withRadial(func(*radialP) {}), nil},
		{"radial, eta = 0", withRadial(func(p *radialP) { p.LearningRate = 0 }), []string{"learning rate eta is 0"}},
		{"radial, eta < 0", withRadial(func(p *radialP) { p.LearningRate = -0.1 }), []string{"learning rate eta is -0.1"}},
		{"radial, eta NaN", withRadial(func(p *radialP) { p.LearningRate = nan }), []string{"learning rate eta is NaN"}},
		{"radial, eta infinite", withRadial(func(p *radialP) { p.LearningRate = inf }), []string{"learning rate eta is +Inf"}},
		{"radial, B = 0", withRadial(func(p *radialP) { p.BatchSize = 0 }), []string{"batch size B is 0"}},
		{"radial, n = 0", withRadial(func(p *radialP) { p.Dim = 0 }), []string{"n is 0"}},
		{"radial, h = 0", withRadial(func(p *radialP) { p.Curvature = 0 }), []string{"h", "is 0"}},
		{"radial, L* = 0", withRadial(func(p *radialP) { p.Floor = 0 }), []string{"L*", "is 0"}},
		{"radial, c = 1", withRadial(func(p *radialP) { p.Ratio = 1 }), []string{"loss ratio c is 1, want a finite number > 1"}},
		{"radial, c NaN", withRadial(func(p *radialP) { p.Ratio = nan }), []string{"loss ratio c is NaN"}},
		{"radial, all at once", withRadial(func(p *radialP) { *p = radialP{} }),
			[]string{"learning rate eta is 0", "batch size B is 0", "n is 0", "h", "L*", "loss ratio c is 0"}},
		{"double well", withWell(func(*wellP) {}), nil},
		{"double well, eta NaN", withWell(func(p *wellP) { p.LearningRate = nan }), []string{"learning rate eta is NaN"}},
		{"double well, B < 0", withWell(func(p *wellP) { p.BatchSize = -1 }), []string{"batch size B is -1"}},
		{"double well, L0 = 0", withWell(func(p *wellP) { p.Floor = 0 }), []string{"L0 is 0"}},
		{"double well, dL < 0", withWell(func(p *wellP) { p.Height = -2 }), []string{"dL is -2"}},
		{"double well, w infinite", withWell(func(p *wellP) { p.Width = inf }), []string{"w is +Inf"}},
		{"double well, all at once", withWell(func(p *wellP) { *p = wellP{} }), []string{"eta", "batch size B", "L0", "dL", "w is 0"}},
		{"channel", withChannel(func(*channelP) {}), nil},
		{"channel by temperature", withChannel(func(p *channelP) { p.LearningRate, p.BatchSize, p.Temperature, p.TemperatureGiven = 0, 0, 0.2, true }), nil},
		{"channel, T = 0", withChannel(func(p *channelP) { p.TemperatureGiven = true }), []string{"temperature T is 0"}},
		{"channel, T NaN", withChannel(func(p *channelP) { p.Temperature, p.TemperatureGiven = nan, true }), []string{"temperature T is NaN"}},
		{"channel, eta = 0", withChannel(func(p *channelP) { p.LearningRate = 0 }), []string{"learning rate eta is 0"}},
		{"channel, n = 0", withChannel(func(p *channelP) { p.Dim = 0 }), []string{"n is 0"}},
		{"channel, km = 0", withChannel(func(p *channelP) { p.KMin = 0 }), []string{"km", "is 0"}},
		{"channel, ks < 0", withChannel(func(p *channelP) { p.KSaddle = -3 }), []string{"ks", "is -3"}},
		{"channel, all at once", withChannel(func(p *channelP) { *p = channelP{} }), []string{"eta", "batch size B", "n is 0", "L0", "dL", "w is 0", "km", "ks"}},
		{"regression", withRegression(func(*regressionP) {}), nil},
		{"regression, eta = 0", withRegression(func(p *regressionP) { p.LearningRate = 0 }), []string{"learning rate eta is 0"}},
		{"regression, B = 0", withRegression(func(p *regressionP) { p.BatchSize = 0 }), []string{"batch size B is 0"}},
		{"regression, d = 0", withRegression(func(p *regressionP) { p.Dim = 0 }), []string{"d is 0"}},
		{"regression, s = 0", withRegression(func(p *regressionP) { p.NoiseStd = 0 }), []string{"s is 0"}},
		{"regression, c < 1", withRegression(func(p *regressionP) { p.Ratio = 0.5 }), []string{"loss ratio c is 0.5"}},
		{"population without replacement", withRegression(func(p *regressionP) { p.Sampling = model.WithoutReplacement }), []string{"sampling is without"}},
		{"data, B = N", withRegression(func(p *regressionP) { p.Data, p.BatchSize = data, 20 }), nil},
		{"data, B > N", withRegression(func(p *regressionP) { p.Data, p.BatchSize = data, 21 }), []string{"batch size B is 21, want an integer from 1 to N = 20"}},
		{"data, another d", withRegression(func(p *regressionP) { p.Data, p.Dim = data, 3 }), []string{"dimension d is 3, want 1"}},
		{"regression, all at once", withRegression(func(p *regressionP) { *p = regressionP{Sampling: 7} }),
			[]string{"eta", "batch size B", "d is 0", "s is 0", "loss ratio c", "sampling"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := c.build()
			if len(c.want) == 0 {
				if err != nil || p.Name() == "" || len(p.Parameters()) == 0 {
					t.Fatalf("valid parameters give %v, %v", p, err)
				}
				return
			}
			if !errors.Is(err, model.ErrDomain) {
				t.Fatalf("error is %v, want one that wraps ErrDomain", err)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not say %q", err, part)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q has more than one line", err)
			}
		})
	}
}

// TestRefusedSimulations: what a problem does not have is refused, naming it.
func TestRefusedSimulations(t *testing.T) {
	radial, well := must(problem.NewRadial(radial)), must(problem.NewDoubleWell(well))
	channel, regression := must(problem.NewChannel(channel)), must(problem.NewRegression(population))
	data := population
	data.Data = must(dataset.Gaussian(1, 20, 1, 1))
	onData := must(problem.NewRegression(data))
	for _, c := range []struct {
		name     string
		problem  problem.Problem
		process  problem.Process
		toSaddle bool
		want     string // part of the error; empty for no error
	}{
		{"radial SDE", radial, problem.SDE, false, ""},
		{"radial SDE in tau", radial, problem.SDELog, false, ""},
		{"no data set: radial", radial, problem.SGD, false, `process is "sgd"`},
		{"no data set: radial, exact", radial, problem.SDEExact, false, `process is "sde-exact"`},
		{"no saddle: radial", radial, problem.SDE, true, "exit is saddle"},
		{"well to the saddle", well, problem.SDE, true, ""},
		{"well beyond", well, problem.SDELog, false, ""},
		{"no data set: well", well, problem.SGD, false, `process is "sgd"`},
		{"no data set: well, exact", well, problem.SDEExact, false, `process is "sde-exact"`},
		{"channel to the saddle", channel, problem.SDE, true, ""},
		{"no data set: channel", channel, problem.SGD, false, `process is "sgd"`},
		{"regression by SGD", regression, problem.SGD, false, ""},
		{"regression by Eq. 13", regression, problem.SDE, false, ""},
		{"regression by Eq. 15", regression, problem.SDELog, false, ""},
		{"regression by Eq. 4", regression, problem.SDEExact, false, ""},
		{"data by SGD", onData, problem.SGD, false, ""},
		{"data by Eq. 4", onData, problem.SDEExact, false, ""},
		{"no saddle: SGD", regression, problem.SGD, true, "exit is saddle"},
		{"no saddle: Eq. 13", regression, problem.SDE, true, "exit is saddle"},
		{"no saddle: Eq. 4", regression, problem.SDEExact, true, "exit is saddle"},
		{"no such process", regression, "adam", false, `process is "adam"`},
		{"no such process: well", well, "", false, `process is ""`},
	} {
		t.Run(c.name, func(t *testing.T) {
			ensemble, err := c.problem.Ensemble(problem.Simulation{Process: c.process, ToSaddle: c.toSaddle, Replicas: 1, Horizon: 1})
			if c.want == "" {
				if err == nil {
					err = ensemble.Validate()
				}
				if err != nil {
					t.Errorf("a valid simulation gives %v", err)
				}
				return
			}
			if !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one that wraps ErrDomain and says %q", err, c.want)
			}
		})
	}
}

// TestChannelByTemperature: the same temperature given in the one way or in the
// other makes the same runs, to the last bit as eta is a power of two.
func TestChannelByTemperature(t *testing.T) {
	p := channel
	p.LearningRate, p.BatchSize = 1./64, 1
	byEta := must(problem.NewChannel(p))
	p.Temperature, p.TemperatureGiven = byEta.Temperature, true
	byTemperature := must(problem.NewChannel(p))
	var runs [][]escape.Outcome
	for _, c := range []*problem.Channel{byEta, byTemperature} {
		ensemble := must(c.Ensemble(problem.Simulation{Process: problem.SDE, Dt: 0.01, Replicas: 64, Horizon: 20, Seed: 5}))
		runs = append(runs, must(ensemble.Run(context.Background())).Outcomes)
	}
	if len(runs[0]) != 64 || runs[0][0].Steps == 0 {
		t.Fatalf("%d runs", len(runs[0]))
	}
	if d := cmp.Diff(runs[0], runs[1]); d != "" {
		t.Errorf("runs by eta and by T (-eta +T):\n%s", d)
	}
}

// TestUncovariedRuns: the error of a noise model reaches the caller.
func TestUncovariedRuns(t *testing.T) {
	wrong := errors.New("no such covariance")
	pieces := problem.Pieces{
		LossProportional: func(landscape.Landscape, mat.Symmetric, int) (noise.Model, error) { return nil, wrong },
	}
	for _, p := range []problem.Problem{must(problem.NewRadial(radial)), must(problem.NewRegression(population))} {
		if _, err := p.Ensemble(problem.Simulation{Process: problem.SDE, Pieces: pieces, Replicas: 1, Horizon: 1}); !errors.Is(err, wrong) {
			t.Errorf("%s: %v", p.Name(), err)
		}
	}
}
