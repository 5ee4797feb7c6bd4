package verify_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/sde"
	"sgdescape/verify"
)

// nearbyExit is an anharmonic valley of one's own, in one dimension, with the
// threshold c, T = 0.3, L* = h = 1.
func nearbyExit(c float64) verify.Setup {
	valley := must(landscape.WithMinimum(must(landscape.NewFunc(landscape.Definition{Dim: 1,
		Loss: func(x []float64) float64 { return 1 + x[0]*x[0]/2 + x[0]*x[0]*x[0]*x[0] },
		Grad: func(g, x []float64) { g[0] = x[0] + 4*x[0]*x[0]*x[0] }})), []float64{0}))
	return verify.Setup{Landscape: valley, Noise: must(noise.NewLossProportional(valley, verify.MinimumHessian(valley), 1)), LearningRate: 0.3, LossRatio: c}
}

// TestNearThreshold: the exact law is confirmed with the default step, however
// near the threshold is: the noise is there in (c - 1) B/(eta h²), of which the
// step is at most a fiftieth. At c = 1.2 it is a fiftieth of the relaxation time at the
// threshold, x² = sqrt(0.2 + 1/16) - 1/4, of curvature 1 + 12 x².
func TestNearThreshold(t *testing.T) {
	for _, c := range []struct{ ratio, step float64 }{{1.2, 0.02 / (12*math.Sqrt(0.2625) - 2)}, {1.05, 0.001 / 0.3}, {1.01, 2e-4 / 0.3}, {1.0001, 2e-6 / 0.3}} {
		s := nearbyExit(c.ratio)
		j, err := verify.Trial{}.Judge(context.Background(), s, must(s.Exact()), verify.Within(0.1))
		if err != nil || j.Verdict != verify.Agrees || len(j.Conditions) != 0 {
			t.Errorf("c = %g: %v, error %v, want that it agrees", c.ratio, j, err)
		}
		// Exits are interpolated within a step, of which a run has 30 or more.
		if dt := j.Exits.Exposure / float64(j.Steps); !(math.Abs(dt/c.step-1) < 1./30) {
			t.Errorf("c = %g: step %g, want %g", c.ratio, dt, c.step)
		}
	}
}

// TestLongStepBeforeThreshold: a step of one's own that is long for the threshold
// is told, in either clock, and one that is short needs no larger budget.
func TestLongStepBeforeThreshold(t *testing.T) {
	for _, c := range []struct {
		ratio, dt float64
		long      bool
	}{{1.01, 0.01, true}, {1.01, 0.003, false}, {1.01, 1e-4, false}, {2, 0.01, false}} {
		inT := nearbyExit(c.ratio)
		inT.Dt = c.dt
		inTau := inT // of which L* = 1
		inTau.Process = must(sde.New(sde.Config{Landscape: inT.Landscape, Noise: inT.Noise, LearningRate: inT.LearningRate, Dt: c.dt, Form: sde.LogTime}))
		for clock, s := range map[string]verify.Setup{"t": inT, "tau": inTau} {
			j, err := verify.Trial{}.Judge(context.Background(), s, must(s.Exact()), verify.Within(0.5))
			if err != nil {
				t.Errorf("%s, c = %g, dt = %g: %v", clock, c.ratio, c.dt, err)
				continue
			}
			if long := strings.Contains(j.String(), "in which the noise alone lifts the loss to c L*"); long != c.long {
				t.Errorf("%s, c = %g, dt = %g: %v, want a condition: %t", clock, c.ratio, c.dt, j, c.long)
			}
		}
	}
}

// TestWatchBeforeThreshold: runs are to be watched for a hundred times the longest
// time to settle along an axis: (c - 1) B/(eta h²) with the noise of Eq. 6 near the
// minimum, 1/h farther out or without noise along the axis.
func TestWatchBeforeThreshold(t *testing.T) {
	h := mat.NewSymDense(2, []float64{1, 0, 0, 4})
	valley := must(landscape.NewQuadraticValley(h, []float64{0, 0}, 0.4))
	proportional := must(noise.NewLossProportional(valley, h, 1))
	stiff := must(noise.NewAligned(mat.NewSymDense(2, []float64{0, 0, 0, 4}), 1))
	for _, c := range []struct {
		noise noise.Model
		ratio float64
		want  string
	}{
		{proportional, 1.01, "for t = 2, 100 relaxation times"},
		{proportional, 3, "for t = 100, 100 relaxation times"},
		{stiff, 1.01, "for t = 100, 100 relaxation times"},
	} {
		s := verify.Setup{Landscape: valley, Noise: c.noise, LearningRate: 0.5, LossRatio: c.ratio}
		if _, err := (verify.Trial{Steps: 1}).Judge(context.Background(), s, verify.Rate(1), verify.Within(0.1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("c = %g: error %v, want one that says %q", c.ratio, err, c.want)
		}
	}
}
