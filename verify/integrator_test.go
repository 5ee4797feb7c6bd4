package verify_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"sgdescape/model"
	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
	"sgdescape/verify"
)

// eulerMaruyama is a step of one's own for Eq. 13 in the parabola of threshold:
// h = 1, L* = 0.4, eta = 0.5, B = 1. The factor is that of the noise.
func eulerMaruyama(dt, factor float64) func() verify.Step {
	return func() verify.Step {
		return func(theta, normals []float64) {
			loss := 0.4 + theta[0]*theta[0]/2
			theta[0] += -theta[0]*dt + factor*math.Sqrt(2*0.5*loss*dt)*normals[0]
		}
	}
}

// TestStat_EscapeOfAStep: an integrator of one's own agrees with the exact law, and
// one with eta squared in its noise does not.
func TestStat_EscapeOfAStep(t *testing.T) {
	const dt = 0.01
	s := threshold(t)
	exact := must(s.Exact())
	agrees(t, "a step of one's own", must(s.WithStep(dt, 1, eulerMaruyama(dt, 1))), exact, verify.Within(0.1))
	var r recorder
	j := verify.Escape(&r, must(s.WithStep(dt, 1, eulerMaruyama(dt, math.Sqrt(0.5)))), exact, verify.Within(0.1))
	if j.Verdict != verify.Disagrees || !r.failed {
		t.Errorf("eta squared: %v", j)
	}
}

// TestStat_StepOverASaddle: a step leaves through a plane, a region and never.
func TestStat_StepOverASaddle(t *testing.T) {
	passage, sigma := valleyOfMine()
	const eta, dt = 0.1, 0.005
	s := verify.Setup{Landscape: passage, Noise: sigma, LearningRate: eta}
	step := func() verify.Step {
		grad := []float64{0}
		return func(theta, normals []float64) {
			loss := passage.Loss(theta)
			passage.Grad(grad, theta)
			theta[0] += -grad[0]*dt + math.Sqrt(eta*2*loss*8*dt)*normals[0]
		}
	}
	mine := must(s.WithStep(dt, 1, step))
	agrees(t, "a step over a saddle", mine, must(s.Exact()), verify.Within(0.15))
	ensemble := escape.Ensemble{Process: mine.Process, Start: []float64{-1}, Horizon: 1000, Replicas: 64,
		Exit: escape.Outside(func(theta []float64) bool { return theta[0] > 1 }), Crossing: escape.Grid}
	region := must(ensemble.Run(context.Background()))
	ensemble.Exit = escape.BeyondPlane([]float64{1}, 1)
	for i, o := range must(ensemble.Run(context.Background())).Outcomes {
		if o != region.Outcomes[i] {
			t.Fatalf("through a plane %+v, out of the region %+v", o, region.Outcomes[i])
		}
	}
	if _, err := mine.Process.Kernel(lane.Watch{Monitor: lane.Region, Corrected: true}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("corrected region: error %v, want ErrDomain", err)
	}
}

func TestWithStepDomain(t *testing.T) {
	s := threshold(t)
	noNoise := s
	noNoise.Noise = nil
	for name, err := range map[string]error{
		"step length": second(s.WithStep(0, 1, eulerMaruyama(1, 1))),
		"deviates":    second(s.WithStep(1, -1, eulerMaruyama(1, 1))),
		"function":    second(s.WithStep(1, 1, nil)),
		"noise":       second(noNoise.WithStep(1, 1, eulerMaruyama(1, 1))),
	} {
		if !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v, want ErrDomain", name, err)
		}
	}
}

func second(_ verify.Setup, err error) error { return err }
