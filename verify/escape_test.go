package verify_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/sde"
	"sgdescape/theory/rate"
	"sgdescape/verify"
	"sgdescape/verify/stattest"
)

// threshold is the exit of Eq. 13 from a parabola, T = 0.5, c = 2.
func threshold(t *testing.T) verify.Setup {
	t.Helper()
	valley, err := landscape.NewIsotropicValley(1, 1, 0.4)
	if err != nil {
		t.Fatal(err)
	}
	sigma, err := noise.NewLossProportional(valley, verify.MinimumHessian(valley), 1)
	if err != nil {
		t.Fatal(err)
	}
	return verify.Setup{Landscape: valley, Noise: sigma, LearningRate: 0.5, LossRatio: 2}
}

// TestEscapeVerdicts: the exact law is confirmed, one that is off by more than
// the band refuted, and one that the budget cannot decide left open.
func TestEscapeVerdicts(t *testing.T) {
	s := threshold(t)
	exact, err := s.Exact()
	if err != nil {
		t.Fatal(err)
	}
	kappa := math.Exp(exact.LogEscapeRate())
	process, err := sde.New(sde.Config{Landscape: s.Landscape, Noise: s.Noise, LearningRate: s.LearningRate, Dt: 0.004, Form: sde.LogTime})
	if err != nil {
		t.Fatal(err)
	}
	inTau := s
	inTau.Process = process
	for _, c := range []struct {
		name  string
		setup verify.Setup
		trial verify.Trial
		law   verify.RateLaw
		delta float64
		want  verify.Verdict
	}{
		{"exact", s, verify.Trial{}, exact, 0.1, verify.Agrees},
		{"exact, simulated in tau", inTau, verify.Trial{}, exact, 0.1, verify.Agrees},
		{"30 % too fast", s, verify.Trial{}, verify.Rate(1.3 * kappa), 0.1, verify.Disagrees},
		{"30 % too slow", s, verify.Trial{}, verify.Rate(kappa / 1.3), 0.1, verify.Disagrees},
		{"a million times too fast", s, verify.Trial{}, verify.Rate(1e6 * kappa), 0.1, verify.Disagrees},
		{"a million times too slow", s, verify.Trial{}, verify.Rate(1e-6 * kappa), 0.1, verify.Disagrees},
		{"budget too small", s, verify.Trial{Replicas: 64, Steps: 1e6}, exact, 0.001, verify.Undecided},
	} {
		t.Run(c.name, func(t *testing.T) {
			j, err := c.trial.Judge(context.Background(), c.setup, c.law, verify.Within(c.delta))
			if err != nil {
				t.Fatal(err)
			}
			t.Log(j)
			if j.Verdict != c.want {
				t.Errorf("verdict %v, want %v", j.Verdict, c.want)
			}
			var r recorder
			if c.trial.Escape(&r, c.setup, c.law, verify.Within(c.delta)); r.failed != (c.want != verify.Agrees) {
				t.Errorf("the test failed: %v", r.failed)
			}
		})
	}
}

// TestEscapeIsReproducible: workers and looks do not change a judgement.
func TestEscapeIsReproducible(t *testing.T) {
	s := threshold(t)
	one, err := verify.Trial{Workers: 1, Seed: 5}.Judge(context.Background(), s, verify.Rate(0.1), verify.Within(0.1))
	if err != nil {
		t.Fatal(err)
	}
	many, err := verify.Trial{Workers: 7, Seed: 5}.Judge(context.Background(), s, verify.Rate(0.1), verify.Within(0.1))
	if err != nil || one.Exits != many.Exits || one.Effect != many.Effect {
		t.Errorf("%v\n%v, error %v", one, many, err)
	}
}

// TestStat_EscapeOfAChannel: in two dimensions runs leave through the plane beyond
// the saddle, and there is no exact law.
func TestStat_EscapeOfAChannel(t *testing.T) {
	channel, err := landscape.NewChannel(landscape.ChannelParameters{Dim: 2, Floor: 0.5, Height: 1, Width: 1, KMin: 8, KSaddle: 8})
	if err != nil {
		t.Fatal(err)
	}
	sigma, err := noise.NewIsotropic(2, 0.4, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	s := verify.Setup{Landscape: channel, Noise: sigma, LearningRate: 0.1, Dt: 0.005}
	if _, err := s.Exact(); !errors.Is(err, model.ErrDomain) {
		t.Errorf("exact law in two dimensions: error %v, want ErrDomain", err)
	}
	// A transverse parabola of one curvature and constant noise: the axis is on
	// its own, and obeys the exact law of the double well.
	well, err := landscape.NewDoubleWell(0.5, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	axis, err := noise.NewIsotropic(1, 0.4, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	exact, err := verify.Setup{Landscape: well, Noise: axis, LearningRate: 0.1}.Exact()
	if err != nil {
		t.Fatal(err)
	}
	agrees(t, "a channel", s, exact, verify.Within(0.2))
}

func TestSetupDomain(t *testing.T) {
	s := threshold(t)
	noSaddle, noNoise, badEta, badStep, dimensions := s, s, s, s, s
	noSaddle.LossRatio, noNoise.Noise, badEta.LearningRate, badStep.Dt = 0, nil, math.NaN(), -1
	wide, err := noise.NewAligned(mat.NewSymDense(2, []float64{1, 0, 0, 1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	dimensions.Noise = wide
	// What is left when the error of a constructor is ignored.
	nilLandscape, nilNoise, nilNeither := s, s, s
	passage, _ := landscape.WithPassage(s.Landscape, nil, nil, nil)
	sigma, _ := noise.NewLossProportional(passage, verify.MinimumHessian(passage), 1)
	nilLandscape.Landscape, nilLandscape.LossRatio, nilNoise.Noise = passage, 0, sigma
	nilNeither.Landscape = (*landscape.DoubleWell)(nil)
	for name, c := range map[string]struct {
		setup verify.Setup
		trial verify.Trial
		law   verify.RateLaw
		band  verify.Band
		names string
	}{
		"no saddle":        {noSaddle, verify.Trial{}, verify.Rate(1), verify.Within(0.1), "without a saddle"},
		"no landscape":     {verify.Setup{}, verify.Trial{}, verify.Rate(1), verify.Within(0.1), "landscape L"},
		"no noise":         {noNoise, verify.Trial{}, verify.Rate(1), verify.Within(0.1), "noise Sigma"},
		"learning rate":    {badEta, verify.Trial{}, verify.Rate(1), verify.Within(0.1), "learning rate eta"},
		"step":             {badStep, verify.Trial{}, verify.Rate(1), verify.Within(0.1), "step dt"},
		"dimensions":       {dimensions, verify.Trial{}, verify.Rate(1), verify.Within(0.1), "dimension of the noise"},
		"ignored passage":  {nilLandscape, verify.Trial{}, verify.Rate(1), verify.Within(0.1), "landscape L is nil"},
		"ignored noise":    {nilNoise, verify.Trial{}, verify.Rate(1), verify.Within(0.1), "noise Sigma is nil"},
		"ignored well":     {nilNeither, verify.Trial{}, verify.Rate(1), verify.Within(0.1), "landscape L is nil"},
		"ignored law":      {s, verify.Trial{}, (*rate.OneOutlier)(nil), verify.Within(0.1), "law is nil"},
		"no law":           {s, verify.Trial{}, nil, verify.Within(0.1), "law"},
		"rate":             {s, verify.Trial{}, verify.Rate(0), verify.Within(0.1), "kappa"},
		"not a number":     {s, verify.Trial{}, verify.Rate(math.NaN()), verify.Within(0.1), "kappa"},
		"alpha":            {s, verify.Trial{Alpha: 2}, verify.Rate(1), verify.Within(0.1), "alpha"},
		"empty band":       {s, verify.Trial{}, verify.Rate(1), verify.Band{Low: 1, High: 0}, "band"},
		"percent":          {s, verify.Trial{}, verify.Rate(1), verify.Within(30), "Within(0.05) is 5 %"},
		"always right":     {s, verify.Trial{}, verify.Rate(1), verify.Band{Low: -1, High: 1}, "a lower edge above -1"},
		"replicas":         {s, verify.Trial{Replicas: -1}, verify.Rate(1), verify.Within(0.1), "replicas"},
		"too small budget": {s, verify.Trial{Steps: 100}, verify.Rate(1), verify.Within(0.1), "relaxation times"},
	} {
		_, err := c.trial.Judge(context.Background(), c.setup, c.law, c.band)
		if !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s: error %v, want ErrDomain that names %q", name, err, c.names)
		}
		var r recorder
		if c.trial.Escape(&r, c.setup, c.law, c.band); !strings.Contains(r.message, c.names) {
			t.Errorf("%s: the test says %q, want %q", name, r.message, c.names)
		}
		// Whatever is wrong with the setup, the others that take it say it too.
		if c.setup.Validate() == nil {
			continue
		}
		_, exact := c.setup.Exact()
		_, step := c.setup.WithStep(0.01, 1, eulerMaruyama(0.01, 1))
		for what, err := range map[string]error{"Exact": exact, "WithStep": step} {
			if !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), c.names) {
				t.Errorf("%s, %s: error %v, want ErrDomain that names %q", name, what, err, c.names)
			}
		}
	}
}

// TestOneSidedBand: a band without a lower edge is one.
func TestOneSidedBand(t *testing.T) {
	s := threshold(t)
	j, err := verify.Trial{}.Judge(context.Background(), s, verify.Rate(1), verify.Band{Low: math.Inf(-1), High: 0})
	if err != nil || j.Verdict != verify.Agrees {
		t.Errorf("%v, error %v, want that a rate of 1 is an upper bound", j, err)
	}
}

// TestLongStepFails: a law that is right for runs with a step that is too long for
// the diffusion fails the test, but not if that is the process that was asked for.
func TestLongStepFails(t *testing.T) {
	s := doubleWell(t, 0.04, 0.5)
	s.Dt = 0.05 // 0.4 relaxation times
	trial := verify.Trial{Alpha: 1e-3, Replicas: 128}
	chain := s
	chain.Process = must(sde.New(sde.Config{Landscape: s.Landscape, Noise: s.Noise, LearningRate: s.LearningRate, Dt: s.Dt}))
	for name, c := range map[string]struct {
		setup verify.Setup
		fails bool
	}{"step": {s, true}, "process": {chain, false}} {
		j, err := trial.Judge(context.Background(), c.setup, must(s.Exact()), verify.Within(0.5))
		if err != nil || j.Verdict != verify.Agrees || len(j.Conditions) == 0 {
			t.Fatalf("%s: %v, error %v, want that it agrees, with a condition", name, j, err)
		}
		var r recorder
		trial.Escape(&r, c.setup, must(s.Exact()), verify.Within(0.5))
		if r.failed != c.fails || c.fails && !strings.Contains(r.message, "0.4 relaxation times") {
			t.Errorf("%s: failed %t: %s", name, r.failed, r.message)
		}
	}
}

// TestMinimumHessianOfNothing: it is empty, and the noise built of it refused
// with an error that names the landscape.
func TestMinimumHessianOfNothing(t *testing.T) {
	var well *landscape.DoubleWell
	for name, l := range map[string]landscape.Valley{"nil": nil, "nil pointer": well} {
		if n := verify.MinimumHessian(l).SymmetricDim(); n != 0 {
			t.Errorf("%s: n = %d, want 0", name, n)
		}
	}
	_, err := noise.NewLossProportional(nil, verify.MinimumHessian(nil), 1)
	if !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "landscape L is nil") {
		t.Errorf("error %v, want ErrDomain that names the landscape", err)
	}
}

// TestDefaultStep: a hundredth of the shortest relaxation time, be it that of
// the saddle.
func TestDefaultStep(t *testing.T) {
	for _, c := range []struct {
		name string
		p    landscape.ChannelParameters
		want float64 // 1/h
	}{
		{"stiff along the axis", landscape.ChannelParameters{Dim: 2, Floor: 0.5, Height: 1, Width: 1, KMin: 2, KSaddle: 2}, 8},
		{"stiff across the minimum", landscape.ChannelParameters{Dim: 2, Floor: 0.5, Height: 1, Width: 1, KMin: 16, KSaddle: 8}, 16},
		{"stiff across the saddle", landscape.ChannelParameters{Dim: 2, Floor: 0.5, Height: 1, Width: 1, KMin: 8, KSaddle: 32}, 32},
	} {
		s := verify.Setup{Landscape: must(landscape.NewChannel(c.p)), Noise: must(noise.NewIsotropic(2, 0.4, 0.1)), LearningRate: 0.1}
		j := must(verify.Trial{Replicas: 64, Steps: 3e6}.Judge(context.Background(), s, verify.Rate(0.05), verify.Within(0.1)))
		// Exits are interpolated within a step.
		if dt := j.Exits.Exposure / float64(j.Steps); math.Abs(dt*c.want-0.01) > 1e-4 {
			t.Errorf("%s: step %g, want 0.01/%g", c.name, dt, c.want)
		}
	}
}

// TestStat_EscapeIntervals: stopped as soon as it is decided, a judgement at
// alpha = 0.05 has an interval without the exact rate in at most a twentieth of
// the trials.
func TestStat_EscapeIntervals(t *testing.T) {
	const trialAlpha, trials = 0.05, 300
	s := threshold(t)
	exact := must(s.Exact())
	verify.Account.Assert(t, "interval of a judgement", func(seed uint64, alpha float64) (stattest.Finding, error) {
		misses := 0
		for i := range uint64(trials) {
			j, err := verify.Trial{Alpha: trialAlpha, Replicas: 64, Seed: stattest.DeriveSeed(seed, i), Steps: 1e6}.
				Judge(context.Background(), s, exact, verify.Within(0.12))
			if err != nil {
				return stattest.Finding{}, err
			}
			if j.Effect.Low > 0 || j.Effect.High < 0 {
				misses++
			}
		}
		return stattest.ProportionAtMostTest{Limit: trialAlpha, Alpha: alpha}.Assert(misses, trials), nil
	})
}

// agrees asserts that a law is not refuted.
func agrees(t *testing.T, name string, s verify.Setup, law verify.RateLaw, b verify.Band) {
	t.Helper()
	verify.Account.Assert(t, name, func(seed uint64, alpha float64) (stattest.Finding, error) {
		j, err := verify.Trial{Alpha: alpha, Seed: seed}.Judge(context.Background(), s, law, b)
		if err != nil {
			return stattest.Finding{}, err
		}
		if j.Verdict == verify.Undecided {
			t.Errorf("%s: %v", name, j)
		}
		return verify.Found(j.Effect, b, alpha), nil
	})
}

// TestStat_Escape: exact laws are confirmed on the seed of the run, whatever
// the simulator.
func TestStat_Escape(t *testing.T) {
	s := threshold(t)
	exact := must(s.Exact())
	agrees(t, "exact law", s, exact, verify.Within(0.1))
	inTau := s
	inTau.Process = must(sde.New(sde.Config{Landscape: s.Landscape, Noise: s.Noise, LearningRate: s.LearningRate, Dt: 0.004, Form: sde.LogTime}))
	agrees(t, "exact law, simulated in tau", inTau, exact, verify.Within(0.1))
}
