package verify_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/verify"
)

// noiseOfMine is a covariance of one's own, in one dimension.
type noiseOfMine func(x float64) float64

func (noiseOfMine) Dim() int { return 1 }

func (f noiseOfMine) Covariance(dst *mat.SymDense, theta []float64) { dst.SetSym(0, 0, f(theta[0])) }

// within is noise that is 1 where ok, and bad elsewhere.
func within(ok func(x float64) bool, bad float64) noiseOfMine {
	return func(x float64) float64 {
		if ok(x) {
			return 4
		}
		return bad
	}
}

// TestNoiseIsACovariance: noise that is none at a critical point is refused with
// the name of the point and the value, and never judged.
func TestNoiseIsACovariance(t *testing.T) {
	well := must(landscape.NewDoubleWell(0.5, 1, 1))
	for _, c := range []struct {
		name  string
		sigma noiseOfMine
		want  string
	}{
		{"negative", func(float64) float64 { return -1 }, "smallest eigenvalue of the noise Sigma at the minimum theta* [-1] is -1"},
		{"NaN", func(float64) float64 { return math.NaN() }, "noise Sigma[0][0] at the minimum theta* [-1] is NaN"},
		{"zero", func(float64) float64 { return 0 }, "noise Sigma at the minimum theta* is zero, want some"},
		{"negative at the saddle", within(func(x float64) bool { return x != 0 }, -2), "at the saddle theta^s [0] is -2"},
		{"infinite beyond", within(func(x float64) bool { return x != 1 }, math.Inf(1)), "at the minimum beyond [1] is +Inf"},
	} {
		s := verify.Setup{Landscape: well, Noise: c.sigma, LearningRate: 0.1, Dt: 0.01}
		if err := s.Validate(); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want ErrDomain that says %q", c.name, err, c.want)
		}
		var r recorder
		if verify.Escape(&r, s, verify.Rate(0.1), verify.Within(0.1)); !strings.HasPrefix(r.message, "no verdict: ") {
			t.Errorf("%s: %q, want no verdict", c.name, r.message)
		}
	}
	if err := (verify.Setup{Landscape: well, Noise: within(func(float64) bool { return true }, 0), LearningRate: 0.1}).Validate(); err != nil {
		t.Errorf("constant noise: %v", err)
	}
}

// customNoise is a Covariance of one's own, whatever it does with its arguments.
type customNoise func(dst *mat.SymDense, theta []float64)

func (customNoise) Dim() int { return 1 }

func (f customNoise) Covariance(dst *mat.SymDense, theta []float64) { f(dst, theta) }

// TestNoiseSetsDst: noise that adds to dst, or changes theta, be it to the minimum
// itself, is refused by what is wrong with it, at a loss threshold and at a saddle.
func TestNoiseSetsDst(t *testing.T) {
	well := must(landscape.NewDoubleWell(0.5, 1, 1))
	for _, c := range []struct {
		name  string
		sigma customNoise
		want  string // empty if it is right
	}{
		{"right", func(d *mat.SymDense, _ []float64) { d.SetSym(0, 0, 20) }, ""},
		{"zero", func(d *mat.SymDense, _ []float64) { d.SetSym(0, 0, 0) }, "noise Sigma at the minimum theta* is zero"},
		{"adds", func(d *mat.SymDense, _ []float64) { d.SetSym(0, 0, d.At(0, 0)+20) },
			"noise Sigma[0][0] at the minimum theta* [-1] is 20 in a dst that held 0 and 40 in one that held 20, want the same: Covariance must set dst"},
		{"sets nothing", func(*mat.SymDense, []float64) {}, "is 0 in a dst that held 0 and 1 in one that held 1, want the same: Covariance must set dst"},
		{"moves", func(d *mat.SymDense, theta []float64) {
			d.SetSym(0, 0, 20)
			theta[0] = 3
		}, "theta after Covariance at the minimum theta* [-1] is [3] instead of [-1], want it as before: Covariance must not change theta"},
		{"moves to the minimum", func(d *mat.SymDense, theta []float64) {
			d.SetSym(0, 0, 20)
			theta[0] = -1
		}, "theta after Covariance at the minimum theta* [-1] is [-1] instead of [-0.9999999999999999], want it as before: Covariance must not change theta"},
	} {
		for _, ratio := range []float64{0, 2} {
			s := verify.Setup{Landscape: well, Noise: c.sigma, LearningRate: 0.04, Dt: 0.01, LossRatio: ratio}
			err := s.Validate()
			if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s, c = %g: error %v, want one that says %q", c.name, ratio, err, c.want)
			}
		}
	}
}

// TestNoVerdictOnNaN: a run that meets a NaN on its way, in noise or loss, says
// nothing about the law, whatever the integrator and the exit.
func TestNoVerdictOnNaN(t *testing.T) {
	well := must(landscape.NewDoubleWell(0.5, 1, 1))
	hole := within(func(x float64) bool { return math.Abs(x+0.5) > 0.05 }, math.NaN())
	passage := verify.Setup{Landscape: well, Noise: hole, LearningRate: 0.1, Dt: 0.005}
	valley := must(landscape.NewIsotropicValley(1, 1, 0.4))
	cut := must(landscape.WithMinimum(must(landscape.NewFunc(landscape.Definition{Dim: 1, Grad: valley.Grad,
		Loss: func(x []float64) float64 {
			if x[0] > 0.7 {
				return math.NaN()
			}
			return valley.Loss(x)
		}})), []float64{0}))
	threshold := verify.Setup{Landscape: cut, Noise: within(func(float64) bool { return true }, 0), LearningRate: 0.1, LossRatio: 2, Dt: 0.01}
	step := func(s verify.Setup) verify.Setup {
		return must(s.WithStep(s.Dt, 1, func() verify.Step {
			grad := []float64{0}
			return func(theta, normals []float64) {
				s.Landscape.Grad(grad, theta)
				theta[0] += -grad[0]*s.Dt + math.Sqrt(0.4*s.Dt)*normals[0]
			}
		}))
	}
	negative := passage
	negative.Noise = within(func(x float64) bool { return math.Abs(x+0.5) > 0.05 }, -1)
	for name, s := range map[string]verify.Setup{"noise": passage, "negative noise": negative, "noise, step of one's own": step(passage),
		"loss": threshold, "loss, step of one's own": step(threshold)} {
		var r recorder
		verify.Trial{Replicas: 64, Steps: 1e7}.Escape(&r, s, verify.Rate(0.1), verify.Within(0.1))
		if !strings.HasPrefix(r.message, "no verdict: ") || !strings.Contains(r.message, "diverged") {
			t.Errorf("%s: %q, want no verdict", name, r.message)
		}
	}
}
