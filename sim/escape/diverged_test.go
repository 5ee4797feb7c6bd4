package escape_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
	"sgdescape/sim/sgd"
)

// A plain is flat, L = 1/2, up to |x| = 0.3. Beyond, its loss is something else.
type plain struct {
	landscape.Landscape // for the Hessian
	beyond              float64
}

func newPlain(beyond float64) *plain {
	return &plain{must(landscape.NewIsotropicValley(1, 1, 0.5)), beyond}
}

const plainEdge = 0.3

func (l plain) Loss(theta []float64) float64 {
	if math.Abs(theta[0]) > plainEdge {
		return l.beyond
	}
	return 0.5 // also where theta is NaN
}

func (plain) Grad(dst, _ []float64) { dst[0] = 0 }

// blockPlain is a plain that evaluates blocks.
type blockPlain struct{ *plain }

func (l blockPlain) Eval(theta, loss, grad []float64) {
	for j := range loss {
		loss[j], grad[j] = l.Loss(theta[j:j+1]), 0
	}
}

// A cliff is a plain with a gradient beyond the edge that throws theta out of the
// numbers, to where the loss is that of the plain.
type cliff struct{ *plain }

func (cliff) Grad(dst, theta []float64) {
	dst[0] = 0
	if math.Abs(theta[0]) > plainEdge {
		dst[0] = math.Inf(1)
	}
}

func (l cliff) Eval(theta, loss, grad []float64) {
	for j := range loss {
		loss[j] = l.Loss(theta[j : j+1])
		l.Grad(grad[j:j+1], theta[j:j+1])
	}
}

// unitNoise is noise proportional to the loss of l with B = 1 and H = 1.
func unitNoise(l landscape.Landscape) *noise.LossProportional {
	return must(noise.NewLossProportional(l, mat.NewSymDense(1, []float64{1}), 1))
}

// TestDiverged: a run that meets a loss that is no number, or in log time one that
// is not positive, is an exit that has diverged: never inside, never without end,
// and with a time, whatever is watched. In log time on the plain the time of the
// last point before is exactly (steps - 1) d tau/L.
func TestDiverged(t *testing.T) {
	region := escape.Outside(func(theta []float64) bool { return theta[0] > 3 })
	rules := map[string]escape.Rule{"loss": escape.LossAbove(5), "plane": escape.BeyondPlane([]float64{1}, 3), "region": region}
	const eta, dt = 0.1, 0.1
	for _, form := range []sde.Form{sde.Time, sde.LogTime} {
		for _, scheme := range []sde.Scheme{sde.EulerMaruyama, sde.Milstein, sde.WeakRungeKutta} {
			for _, beyond := range []float64{math.NaN(), -1, 0, math.Inf(1)} {
				if form == sde.Time && (beyond == 0 || beyond > 0) {
					continue // no noise: every run stays there; or endless noise
				}
				for name, l := range map[string]landscape.Landscape{"scalar": newPlain(beyond), "block": blockPlain{newPlain(beyond)}} {
					p := must(sde.New(sde.Config{Landscape: l, Noise: unitNoise(l), LearningRate: eta, Dt: dt, Form: form, Scheme: scheme}))
					for exit, rule := range rules {
						t.Run(fmt.Sprintf("%v/%v/beyond=%v/%s/%s", form, scheme, beyond, name, exit), func(t *testing.T) {
							r := must(escape.Ensemble{Process: p, Start: []float64{0}, Exit: rule, Crossing: escape.Grid,
								Horizon: 1000, Replicas: 100, Seed: 1}.Run(context.Background()))
							if r.Exits != 100 || r.Diverged != 100 {
								t.Fatalf("%d exits, %d censored, %d diverged, want 100 exits, all diverged", r.Exits, r.Censored, r.Diverged)
							}
							for _, o := range r.Outcomes {
								want := float64(o.Steps) * dt
								if form == sde.LogTime {
									want = float64(o.Steps-1) * dt / 0.5
								}
								if scheme == sde.WeakRungeKutta && form == sde.LogTime {
									continue // its predictor falls off one step earlier
								}
								if !(math.Abs(float64(o.Time)-want) <= 1e-12*(1+want)) {
									t.Fatalf("replica %d left at t = %v after %d steps, want %v", o.Replica, o.Time, o.Steps, want)
								}
							}
						})
					}
				}
			}
		}
	}
}

// TestDiverged_FiniteLoss: theta that is not finite has left, also where a
// landscape of one's own has a loss there, and whatever a region says.
func TestDiverged_FiniteLoss(t *testing.T) {
	l := cliff{newPlain(0.5)}
	var scalar struct{ landscape.Landscape } // without Eval
	scalar.Landscape = l
	for _, form := range []sde.Form{sde.Time, sde.LogTime} {
		for name, l := range map[string]landscape.Landscape{"block": l, "scalar": scalar} {
			for _, scheme := range []sde.Scheme{sde.EulerMaruyama, sde.WeakRungeKutta} {
				p := must(sde.New(sde.Config{Landscape: l, Noise: unitNoise(l), LearningRate: 0.1, Dt: 0.1, Form: form, Scheme: scheme}))
				for exit, rule := range map[string]escape.Rule{
					"loss":   escape.LossAbove(5),
					"plane":  escape.BeyondPlane([]float64{1}, 3),
					"region": escape.Outside(func(theta []float64) bool { return theta[0] > 3 }),
				} {
					r := must(escape.Ensemble{Process: p, Start: []float64{0}, Exit: rule, Crossing: escape.Grid,
						Horizon: 1000, Replicas: 100, Seed: 1}.Run(context.Background()))
					if r.Exits != 100 || r.Diverged != 100 {
						t.Errorf("%v, %s, %v, %s: %d exits, %d censored, %d diverged, want 100 exits, all diverged",
							form, name, scheme, exit, r.Exits, r.Censored, r.Diverged)
					}
				}
			}
		}
	}
}

// TestDiverged_Region: SGD, and a diffusion on a landscape of the catalogue, whose
// steps are too long leave a region that says yes to no point.
func TestDiverged_Region(t *testing.T) {
	population := must(dataset.NewPopulation(2, 1))
	regression := must(dataset.Gaussian(1, 40, 2, 1))
	quartic := must(landscape.NewDoubleWell(1, 1, 1))
	for name, p := range map[string]lane.Process{
		"population": must(sgd.New(population, model.SGD{LearningRate: 5, BatchSize: 1})),
		"data":       must(sgd.New(regression, model.SGD{LearningRate: 50, BatchSize: 2, DatasetSize: 40})),
		"momentum":   must(sgd.NewMomentum(regression, model.SGD{LearningRate: 50, BatchSize: 2, DatasetSize: 40}, 0.9)),
		"quartic": must(sde.New(sde.Config{Landscape: quartic, Noise: must(noise.NewLossIsotropic(quartic, 0.2, 0.1)),
			LearningRate: 0.1, Dt: 5})),
	} {
		r := must(escape.Ensemble{Process: p, Start: make([]float64, p.Dim()), Exit: escape.Outside(func([]float64) bool { return false }),
			Crossing: escape.Grid, Horizon: 1e5, Replicas: 100, Seed: 1}.Run(context.Background()))
		if r.Exits != 100 || r.Diverged != 100 {
			t.Errorf("%s: %d exits, %d censored, %d diverged, want 100 exits, all diverged", name, r.Exits, r.Censored, r.Diverged)
		}
	}
}

// TestDiverged_Predictor: a predictor that falls to where there is no log L has
// diverged, whether L is negative there or no number.
func TestDiverged_Predictor(t *testing.T) {
	run := func(beyond float64) *escape.Result {
		l := newPlain(beyond)
		p := must(sde.New(sde.Config{Landscape: l, Noise: unitNoise(l), LearningRate: 0.1, Dt: 0.1, Form: sde.LogTime, Scheme: sde.WeakRungeKutta}))
		return must(escape.Ensemble{Process: p, Start: []float64{0}, Exit: escape.LossAbove(5), Crossing: escape.Grid,
			Horizon: 1000, Replicas: 100, Seed: 1, KeepEnds: true}.Run(context.Background()))
	}
	if diff := cmp.Diff(run(math.NaN()), run(-1), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("NaN and negative losses differ (-NaN +negative):\n%s", diff)
	}
}

// own is a landscape of one's own on a line.
type own struct {
	landscape.Landscape // for the Hessian
	loss, grad          func(x float64) float64
}

func newOwn(loss, grad func(x float64) float64) *own {
	return &own{must(landscape.NewIsotropicValley(1, 1, 0.5)), loss, grad}
}

func (l *own) Loss(theta []float64) float64 { return l.loss(theta[0]) }
func (l *own) Grad(dst, theta []float64)    { dst[0] = l.grad(theta[0]) }
func line(x float64) float64                { return x }
func exponential(x float64) float64         { return math.Exp(-100 * x) }
func exponentialSlope(x float64) float64    { return -100 * math.Exp(-100*x) }
func step(edge, in, out float64) func(x float64) float64 {
	return func(x float64) float64 {
		if math.Abs(x) > edge {
			return out
		}
		return in
	}
}

// TestCorrectionOfConstantNoise: a plane is no nearer where the loss is endless or
// no number, if the noise does not depend on it.
func TestCorrectionOfConstantNoise(t *testing.T) {
	run := func(beyond float64, scheme sde.Scheme) *escape.Result {
		l := newOwn(step(0.3, 0.5, beyond), line)
		p := must(sde.New(sde.Config{Landscape: l, Noise: must(noise.NewIsotropic(1, 0.5, 0.1)), LearningRate: 0.1, Dt: 0.01, Scheme: scheme}))
		return must(escape.Ensemble{Process: p, Start: []float64{0}, Exit: escape.BeyondPlane([]float64{1}, 1), Horizon: 1e4,
			Replicas: 100, Seed: 1, KeepEnds: true}.Run(context.Background()))
	}
	for _, beyond := range []float64{1e300, math.Inf(1), math.NaN()} {
		want, got := run(0.5, sde.Milstein), run(beyond, sde.EulerMaruyama)
		if got.Exits != 100 || got.Diverged != 0 || got.Steps != want.Steps {
			t.Errorf("loss %v beyond: %d exits, %d diverged, %d steps, want 100, 0, %d", beyond, got.Exits, got.Diverged, got.Steps, want.Steps)
		}
	}
}

// TestDiverged_Correction: where the correction of a crossing is no number a run has
// diverged, unless it is outside without it, in every loop.
func TestDiverged_Correction(t *testing.T) {
	for _, form := range []sde.Form{sde.Time, sde.LogTime} {
		for _, scheme := range []sde.Scheme{sde.EulerMaruyama, sde.Milstein, sde.WeakRungeKutta} {
			for _, level := range []float64{0.545, 5} {
				l := newOwn(func(x float64) float64 { return 0.5 + x*x/2 }, func(x float64) float64 { return step(0.3, x, math.NaN())(x) })
				p := must(sde.New(sde.Config{Landscape: l, Noise: unitNoise(l), LearningRate: 0.1, Dt: 0.01, Form: form, Scheme: scheme}))
				r := must(escape.Ensemble{Process: p, Start: []float64{0}, Exit: escape.LossAbove(level), Horizon: 1000,
					Replicas: 100, Seed: 1, KeepEnds: true}.Run(context.Background()))
				want := 100 // far from the level
				if level < 1 {
					want = 0
					for _, x := range r.Ends {
						if math.IsNaN(x) {
							want++
						}
					}
				}
				if r.Exits != 100 || r.Diverged != want || level < 1 && scheme != sde.WeakRungeKutta && r.Diverged > 20 { // predictors meet NaN before the level
					t.Errorf("%v, %v, level %v: %d exits, %d diverged, want %d", form, scheme, level, r.Exits, r.Diverged, want)
				}
			}
		}
	}
}

// TestDiverged_Horizon: a run that is lost in the block of its horizon is not one
// that is known to be inside.
func TestDiverged_Horizon(t *testing.T) {
	for _, form := range []sde.Form{sde.Time, sde.LogTime} {
		var lost [2]int
		for i, scheme := range []sde.Scheme{sde.Milstein, sde.EulerMaruyama} {
			l := newOwn(func(float64) float64 { return 0.5 }, step(0.3, 0, math.Inf(1)))
			p := must(sde.New(sde.Config{Landscape: l, Noise: unitNoise(l), LearningRate: 0.1, Dt: 0.1, Form: form, Scheme: scheme}))
			r := must(escape.Ensemble{Process: p, Start: []float64{0}, Exit: escape.BeyondPlane([]float64{1}, 3), Crossing: escape.Grid,
				Horizon: 0.3, Replicas: 1000, Seed: 1}.Run(context.Background()))
			if r.Diverged != r.Exits {
				t.Errorf("%v, %v: %d exits, %d diverged", form, scheme, r.Exits, r.Diverged)
			}
			lost[i] = r.Diverged
		}
		if lost[0] == 0 || lost[1] < lost[0] {
			t.Errorf("%v: %d lost step by step, %d block by block, want some and at least as many", form, lost[0], lost[1])
		}
	}
}

// TestDiverged_Infinite: nor is one that is infinite, and no NaN yet, at its horizon,
// on a landscape of the catalogue. With additive noise Milstein's scheme is
// Euler-Maruyama, one lane after the other.
func TestDiverged_Infinite(t *testing.T) {
	h := mat.NewSymDense(2, []float64{0.1, 0, 0, 1})
	l := must(landscape.NewQuadraticValley(h, []float64{0, 0}, 0.5))
	const dt, steps = 3, 8 * lane.BlockSteps // the second coordinate is doubled by a step
	for before := range 10 {
		for _, scheme := range []sde.Scheme{sde.Milstein, sde.EulerMaruyama} {
			p := must(sde.New(sde.Config{Landscape: l, Noise: must(noise.NewIsotropic(2, 0.01, 0.1)), LearningRate: 0.1, Dt: dt, Scheme: scheme}))
			r := must(escape.Ensemble{Process: p, Start: []float64{0, math.Ldexp(1, 1023-steps+before)}, Exit: escape.BeyondPlane([]float64{1, 0}, 5),
				Horizon: steps * dt, Replicas: 100, Seed: 1, KeepEnds: true}.Run(context.Background()))
			for i, o := range r.Outcomes {
				if end := r.Ends[2*i : 2*i+2]; o.Censored && !lane.Finite(end) {
					t.Errorf("infinite %d steps before the horizon, %v: replica %d is at %v and counts as inside", before, scheme, o.Replica, end)
				}
			}
			if r.Diverged != r.Exits || (r.Exits > 0) != (before > 0) {
				t.Errorf("infinite %d steps before the horizon, %v: %d exits, %d diverged", before, scheme, r.Exits, r.Diverged)
			}
		}
	}
}

// TestDiverged_HighLevel: where the square of the distance to the level overflows, a
// run has left before it is no number.
func TestDiverged_HighLevel(t *testing.T) {
	for _, n := range []int{1, 2} {
		l := must(landscape.NewIsotropicValley(n, 0.5, 0.5))
		p := must(sde.New(sde.Config{Landscape: l, Noise: must(noise.NewLossProportional(l, hessian(l, l.Minimum()), 1)), LearningRate: 0.1, Dt: 5}))
		r := must(escape.Ensemble{Process: p, Start: make([]float64, n), Exit: escape.LossAbove(1e308), Crossing: escape.Grid, Horizon: 1e5, Replicas: 100, Seed: 1}.Run(context.Background()))
		if r.Exits != 100 || r.Diverged != 0 {
			t.Errorf("n = %d: %d exits, %d diverged, want 100 and none", n, r.Exits, r.Diverged)
		}
	}
}

// TestDiverged_LostClock: a run that is thrown out of the numbers by one step in log
// time, here drift and noise that are both infinite, keeps the time before it.
func TestDiverged_LostClock(t *testing.T) {
	const step = 1e308
	for _, n := range []int{1, 2} {
		l := must(landscape.NewIsotropicValley(n, 100, 1))
		p := must(sde.New(sde.Config{Landscape: l, Noise: must(noise.NewLossProportional(l, hessian(l, l.Minimum()), 1)), LearningRate: step, Dt: step, Form: sde.LogTime}))
		start := make([]float64, n)
		start[0] = 0.1
		e := escape.Ensemble{Process: p, Start: start, Exit: escape.LossAbove(1e308), Crossing: escape.Grid, Horizon: 1.7e308, Replicas: 100, Seed: 1, KeepEnds: true}
		r, lost := must(e.Run(context.Background())), 0
		for i, o := range r.Outcomes {
			if end := r.Ends[i*n : (i+1)*n]; math.IsNaN(end[0]) {
				lost++
				if o.Time != 0 || !o.Diverged {
					t.Errorf("n = %d: replica %d is lost in its first step at t = %v, want 0; diverged: %v", n, o.Replica, o.Time, o.Diverged)
				}
			}
		}
		if lost == 0 {
			t.Errorf("n = %d: no run is lost", n)
		}
	}
}

// TestEndlessStep: a step that takes longer than can be told passes any horizon.
func TestEndlessStep(t *testing.T) {
	l := newOwn(exponential, exponentialSlope)
	p := must(sde.New(sde.Config{Landscape: l, Noise: unitNoise(l), LearningRate: 0.1, Dt: 0.0005, Form: sde.LogTime}))
	e := escape.Ensemble{Process: p, Start: []float64{6}, Exit: escape.Outside(func([]float64) bool { return false }),
		Crossing: escape.Grid, Horizon: 1e300, Replicas: 1000, Seed: 1}
	r, s := must(e.Run(context.Background())), must(e.Summarise(context.Background(), nil))
	if !(r.Exposure <= 1e303*(1+1e-9)) || !(math.Abs(float64(s.Exposure()/r.Exposure)-1) < 1e-9) {
		t.Errorf("exposure %v, summary %v, want numbers up to 1e303", r.Exposure, s.Exposure())
	}
}

// TestEnsembleTooLarge: more replicas than can be counted are refused.
func TestEnsembleTooLarge(t *testing.T) {
	e := escape.Ensemble{Process: valley(sde.Time, 1, 0.1), Start: []float64{0}, Exit: escape.LossAbove(0.75), Horizon: 1, Replicas: math.MaxInt}
	if _, err := e.Summarise(context.Background(), nil); !errors.Is(err, model.ErrDomain) {
		t.Errorf("error %v", err)
	}
}

// TestDiverged_Summary: runs that diverge in log time leave a summary whole.
func TestDiverged_Summary(t *testing.T) {
	l := newPlain(math.NaN())
	p := must(sde.New(sde.Config{Landscape: l, Noise: unitNoise(l), LearningRate: 0.1, Dt: 0.1, Form: sde.LogTime}))
	e := escape.Ensemble{Process: p, Start: []float64{0}, Exit: escape.LossAbove(5), Crossing: escape.Grid, Horizon: 1, Replicas: 1000, Seed: 1}
	r := must(e.Run(context.Background()))
	s := must(e.Summarise(context.Background(), nil))
	if r.Exits == 0 || r.Censored == 0 || r.Diverged != r.Exits {
		t.Fatalf("%d exits, %d censored, %d diverged, want some of each, and all exits diverged", r.Exits, r.Censored, r.Diverged)
	}
	sum := 0.0
	for _, o := range r.Outcomes {
		sum += float64(o.Time)
		if !(o.Time >= 0 && o.Time <= 1) {
			t.Errorf("replica %d: t = %v, want 0 to the horizon", o.Replica, o.Time)
		}
	}
	if x := float64(s.Exposure()); !(math.Abs(x-sum) < 1e-9*sum) || s.Diverged != int64(r.Diverged) {
		t.Errorf("summary: exposure %v, %d diverged, want %v, %d", x, s.Diverged, sum, r.Diverged)
	}
}

// TestEnsembleStartInLogTime: where there is no log L no run can start.
func TestEnsembleStartInLogTime(t *testing.T) {
	l := newPlain(-1)
	p := must(sde.New(sde.Config{Landscape: l, Noise: unitNoise(l), LearningRate: 0.1, Dt: 0.1, Form: sde.LogTime}))
	_, err := escape.Ensemble{Process: p, Start: []float64{1}, Exit: escape.LossAbove(5), Crossing: escape.Grid, Horizon: 1, Replicas: 1}.Run(context.Background())
	if err == nil {
		t.Error("a start with L = -1 is accepted")
	}
}
