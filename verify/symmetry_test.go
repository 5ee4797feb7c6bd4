package verify_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
	"sgdescape/sim/sgd"
	"sgdescape/verify"
	"sgdescape/verify/stattest"
)

// must returns v and panics if err is not nil.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A well is a double well with SGD's noise: the parameters that the symmetries
// change.
type well struct{ floor, height, width, eta, dt float64 }

func drawWell(t *rapid.T) well {
	w := well{
		floor:  rapid.Float64Range(0.2, 2).Draw(t, "L*"),
		height: rapid.Float64Range(0.2, 1).Draw(t, "dL"),
		width:  rapid.Float64Range(0.5, 2).Draw(t, "w"),
	}
	h := 8 * w.height / (w.width * w.width)
	w.eta = rapid.Float64Range(0.5, 1.5).Draw(t, "T") / h
	w.dt = 0.02 / h
	return w
}

func (w well) setup() verify.Setup {
	l := must(landscape.NewDoubleWell(w.floor, w.height, w.width))
	return verify.Setup{Landscape: l, Noise: must(noise.NewLossProportional(l, verify.MinimumHessian(l), 1)), LearningRate: w.eta, Dt: w.dt}
}

// scaledBy is the well with L -> aL, theta -> theta/q: eta and the step change
// so that T = eta h*/B and the motion per step do not.
func (w well) scaledBy(a, q float64) well {
	return well{a * w.floor, a * w.height, w.width / q, w.eta / (a * q * q), w.dt / (a * q * q)}
}

// escapes runs a well in the clock of a form and returns the step counts.
func (w well) escapes(form sde.Form, seed uint64) *escape.Result {
	s := w.setup()
	dt := w.dt
	if form == sde.LogTime {
		dt *= w.floor
	}
	p := must(sde.New(sde.Config{Landscape: s.Landscape, Noise: s.Noise, LearningRate: w.eta, Dt: dt, Form: form}))
	return must(escape.Ensemble{Process: p, Start: s.Landscape.Minimum(), Exit: escape.BeyondPlane([]float64{1}, w.width),
		Horizon: model.Time(2000 * w.dt), Replicas: 48, Seed: seed}.Run(context.Background()))
}

// TestProp_ScaledWells: L -> aL with eta -> eta/a, and theta -> theta/q with
// eta -> eta/q², leave every step as it was. For powers of two the simulated
// step counts are equal bit for bit, in t and in tau; the exact rate per unit of
// t grows by the factor by which eta falls.
func TestProp_ScaledWells(t *testing.T) { rapid.Check(t, scaledWells) }

// FuzzScaledWells is the same property, driven by the fuzzer.
func FuzzScaledWells(f *testing.F) { f.Fuzz(rapid.MakeFuzz(scaledWells)) }

func scaledWells(t *rapid.T) {
	w := drawWell(t)
	a := math.Ldexp(1, rapid.IntRange(-6, 6).Draw(t, "log2 a"))
	q := math.Ldexp(1, rapid.IntRange(-4, 4).Draw(t, "log2 q"))
	v := w.scaledBy(a, q)
	form := rapid.SampledFrom([]sde.Form{sde.Time, sde.LogTime}).Draw(t, "clock")
	seed := rapid.Uint64().Draw(t, "seed")
	was, is := w.escapes(form, seed), v.escapes(form, seed)
	for i, o := range was.Outcomes {
		if o.Steps != is.Outcomes[i].Steps || o.Censored != is.Outcomes[i].Censored {
			t.Fatalf("replica %d: %+v became %+v", i, o, is.Outcomes[i])
		}
		if ratio := float64(o.Time / is.Outcomes[i].Time); math.Abs(ratio/(a*q*q)-1) > 1e-12 {
			t.Fatalf("replica %d: t fell by %g, want %g", i, ratio, a*q*q)
		}
	}
	before, after := must(w.setup().Exact()).LogEscapeRate(), must(v.setup().Exact()).LogEscapeRate()
	if d := after - before - math.Log(a*q*q); math.Abs(d) > 1e-8 {
		t.Fatalf("log rate changed by log(a q²) + %g", d)
	}
}

// TestProp_AnyScale: the same for every factor, in the exact rate.
func TestProp_AnyScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWell(t)
		a := math.Exp(rapid.Float64Range(-5, 5).Draw(t, "log a"))
		q := math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log q"))
		before, after := must(w.setup().Exact()).LogEscapeRate(), must(w.scaledBy(a, q).setup().Exact()).LogEscapeRate()
		if d := after - before - math.Log(a*q*q); math.Abs(d) > 1e-7 {
			t.Fatalf("log rate changed by log(a q²) + %g", d)
		}
	})
}

// TestReject_UnscaledLearningRate: with eta left as it was the step counts
// change.
func TestReject_UnscaledLearningRate(t *testing.T) {
	w := well{0.5, 0.5, 1, 0.25, 0.005}
	v := w.scaledBy(2, 1)
	v.eta = w.eta
	steps := func(r *escape.Result) (s []model.Steps) {
		for _, o := range r.Outcomes {
			s = append(s, o.Steps)
		}
		return s
	}
	if cmp.Diff(steps(w.escapes(sde.Time, 1)), steps(v.escapes(sde.Time, 1))) == "" {
		t.Error("the learning rate does not matter")
	}
}

// TestProp_ScaledData: discrete SGD on inputs times sqrt(a) q and targets times
// sqrt(a), with eta/(a q²), makes the same steps.
func TestProp_ScaledData(t *testing.T) { rapid.Check(t, scaledData) }

// FuzzScaledData is the same property, driven by the fuzzer.
func FuzzScaledData(f *testing.F) { f.Fuzz(rapid.MakeFuzz(scaledData)) }

func scaledData(t *rapid.T) {
	data := must(dataset.Gaussian(rapid.Uint64().Draw(t, "data"), 32, 2, 1))
	root := math.Ldexp(1, rapid.IntRange(-4, 4).Draw(t, "log2 sqrt a"))
	q := math.Ldexp(1, rapid.IntRange(-4, 4).Draw(t, "log2 q"))
	eta := rapid.Float64Range(0.05, 0.4).Draw(t, "eta")
	sampling := rapid.SampledFrom([]model.Sampling{model.WithReplacement, model.WithoutReplacement}).Draw(t, "sampling")
	seed := rapid.Uint64().Draw(t, "seed")
	inputs, targets := append([]float64(nil), data.Inputs()...), append([]float64(nil), data.Targets()...)
	for i := range inputs {
		inputs[i] *= root * q
	}
	for i := range targets {
		targets[i] *= root
	}
	scaled := must(dataset.NewRegression(inputs, targets, 2))
	run := func(d *dataset.Regression, eta float64) []escape.Outcome {
		p := must(sgd.New(d, model.SGD{LearningRate: eta, BatchSize: 3, DatasetSize: d.Len(), Sampling: sampling}))
		return must(escape.Ensemble{Process: p, Start: d.Minimum(), Exit: escape.LossAbove(1.3 * d.MinimumLoss()),
			Horizon: model.Time(500 * eta), Replicas: 48, Seed: seed}.Run(context.Background())).Outcomes
	}
	factor := root * root * q * q
	was, is := run(data, eta), run(scaled, eta/factor)
	for i := range was {
		is[i].Time *= model.Time(factor)
	}
	if diff := cmp.Diff(was, is); diff != "" {
		t.Fatal(diff)
	}
}

// TestStat_RotatedValleys: theta -> Q theta + s changes no law: the exit times
// of the moved valley have the same distribution. The paths differ, because
// the triangular root of the noise does not rotate. The cases divide the alpha
// among them.
func TestStat_RotatedValleys(t *testing.T) {
	const cases = 100
	verify.Account.Assert(t, "rotated valleys", func(seed uint64, alpha float64) (stattest.Finding, error) {
		var findings []stattest.Finding
		for i := range uint64(cases) {
			rng := rand.New(rand.NewPCG(seed, i))
			angle, shift := math.Pi*rng.Float64(), []float64{6*rng.Float64() - 3, 6*rng.Float64() - 3}
			f := rotatedValleys(angle, shift, stattest.DeriveSeed(seed, i), alpha/cases)
			if f.Rejected {
				t.Logf("angle %v, shift %v: %v", angle, shift, f)
			}
			findings = append(findings, f)
		}
		return stattest.Worst(alpha, findings...), nil
	})
}

// rotatedValleys compares the exit times of a valley and of the moved one.
func rotatedValleys(angle float64, shift []float64, seed uint64, alpha float64) stattest.Finding {
	h := mat.NewSymDense(2, []float64{1, 0, 0, 0.3})
	still := valleyExits(h, nil, seed)
	moved := valleyExits(rotated(h, angle), shift, seed+1)
	return stattest.TwoSampleTest{Alpha: alpha}.Assert(still, moved)
}

// TestReject_ValleyOfOtherCurvature: the comparison of
// TestStat_RotatedValleys sees a change of the valley.
func TestReject_ValleyOfOtherCurvature(t *testing.T) {
	verify.Account.Reject(t, "rotated valleys", "another curvature", func(seed uint64, alpha float64) (stattest.Finding, error) {
		one := valleyExits(mat.NewSymDense(2, []float64{1, 0, 0, 0.3}), nil, seed)
		other := valleyExits(mat.NewSymDense(2, []float64{1.6, 0, 0, 0.3}), nil, seed+1)
		return stattest.TwoSampleTest{Alpha: alpha / 100}.Assert(one, other), nil
	})
}

// rotated returns Q H Q^T.
func rotated(h mat.Symmetric, angle float64) *mat.SymDense {
	c, s := math.Cos(angle), math.Sin(angle)
	q := mat.NewDense(2, 2, []float64{c, -s, s, c})
	var product mat.Dense
	product.Product(q, h, q.T())
	return mat.NewSymDense(2, []float64{product.At(0, 0), product.At(0, 1), product.At(0, 1), product.At(1, 1)})
}

// valleyExits returns exit times through L = 2 L* with SGD's noise.
func valleyExits(h *mat.SymDense, minimum []float64, seed uint64) []float64 {
	l := must(landscape.NewQuadraticValley(h, minimum, 0.5))
	p := must(sde.New(sde.Config{Landscape: l, Noise: must(noise.NewLossProportional(l, h, 1)), LearningRate: 0.6, Dt: 0.05}))
	r := must(escape.Ensemble{Process: p, Start: l.Minimum(), Exit: escape.LossAbove(1), Horizon: 1e4, Replicas: 500, Seed: seed}.Run(context.Background()))
	times := make([]float64, len(r.Outcomes))
	for i, o := range r.Outcomes {
		times[i] = float64(o.Time)
	}
	return times
}
