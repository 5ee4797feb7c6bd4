package firstpassage

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/theory/diffusion"
)

// bounded is a valley that levels off at 2: L = 2 - exp(-x²).
type bounded struct{ floor, curvature float64 }

func (bounded) Dim() int                                 { return 1 }
func (b bounded) Loss(x []float64) float64               { return b.floor + 1 - math.Exp(-x[0]*x[0]) }
func (bounded) Grad(dst, x []float64)                    { dst[0] = 2 * x[0] * math.Exp(-x[0]*x[0]) }
func (bounded) Minimum() []float64                       { return []float64{0} }
func (b bounded) Hessian(dst *mat.SymDense, _ []float64) { dst.SetSym(0, 0, b.curvature) }

func TestThreshold_Crossings(t *testing.T) {
	n, err := noise.NewIsotropic(1, 1, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	// 1 + 1 - exp(-x²) = 1.9 at x² = log 10, farther than the parabola says.
	p, err := NewThreshold(bounded{1, 200}, n, 0.1, 1.9)
	if err != nil {
		t.Fatal(err)
	}
	if want := math.Sqrt(math.Log(10)); misses(p.Upper, want, 1e-12) || misses(-p.Lower, want, 1e-12) {
		t.Errorf("thresholds at %v and %v, want -+%v", p.Lower, p.Upper, want)
	}
	l, _ := well(t, 1, 1, 1, 1)
	// The double well reaches 1.5 at u² = 1 -+ sqrt(1/2).
	p, err = NewThreshold(l, n, 0.1, 1.5)
	if err != nil {
		t.Fatal(err)
	}
	if misses(-p.Lower, math.Sqrt(1+math.Sqrt(0.5)), 1e-12) || misses(-p.Upper, math.Sqrt(1-math.Sqrt(0.5)), 1e-12) {
		t.Errorf("thresholds at %v and %v", p.Lower, p.Upper)
	}
}

func TestPassage_ToTheLeft(t *testing.T) {
	l, n := well(t, 1, 1, 1, 1)
	right, err := NewPassage(l, n, 0.05, l.Saddle())
	want := mean(t, right, err)
	mirrored := OneD{Start: 1, Lower: 0, Upper: math.Inf(1), LowerEnd: diffusion.Absorbing,
		Process: diffusion.Process{Drift: func(x float64) float64 { return -right.Process.Drift(-x) }, Noise: right.Process.Noise}}
	if got := mean(t, mirrored, nil); math.Abs(got-want) > 1e-11 {
		t.Errorf("log T = %v mirrored, %v", got, want)
	}
	left, err := NewPassage(l, n, 0.05, []float64{-2})
	if err != nil {
		t.Fatal(err)
	}
	if left.Lower != -2 || left.LowerEnd != diffusion.Absorbing || left.UpperEnd != diffusion.Reflecting || !math.IsInf(left.Upper, 1) {
		t.Errorf("passage to the left is %+v", left)
	}
}

func TestReject_Landscapes(t *testing.T) {
	l, n := well(t, 1, 1, 1, 1)
	wide, err := landscape.NewIsotropicValley(2, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	passage := func(l landscape.Valley, eta float64, target ...float64) func() error {
		return func() error { _, err := NewPassage(l, n, eta, target); return err }
	}
	threshold := func(l landscape.Valley, eta, ratio float64) func() error {
		return func() error { _, err := NewThreshold(l, n, eta, ratio); return err }
	}
	for _, tc := range []struct {
		name string
		f    func() error
	}{
		{"passage eta", passage(l, 0, 0)},
		{"passage to itself", passage(l, 0.1, -1)},
		{"passage to NaN", passage(l, 0.1, math.NaN())},
		{"passage nowhere", passage(l, 0.1)},
		{"passage in two dimensions", passage(wide, 0.1, 1, 1)},
		{"threshold eta", threshold(l, math.NaN(), 2)},
		{"threshold c = 1", threshold(l, 0.1, 1)},
		{"threshold never reached", threshold(bounded{1, 1}, 0.1, 3)},
		{"threshold L* = 0", threshold(bounded{0, 1}, 0.1, 3)},
		{"threshold h = 0", threshold(bounded{1, 0}, 0.1, 1.5)},
		{"valley", func() error { _, err := NewProportionalValley(0, -1, 0, math.NaN(), 1); return err }},
		{"Gaussian inputs", func() error { _, err := NewGaussianInputs(0, -1, 0, math.NaN(), 1); return err }},
		{"radial process", func() error { _, err := RadialProcess{Dim: 2, Start: 1}.Solve(); return err }},
		{"radial noise", func() error {
			p := valley(t, 2, 1, 2)
			p.RadialNoise = func(float64) float64 { return -1 }
			_, err := p.Solve()
			return err
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := tc.f(); !errors.Is(err, model.ErrDomain) {
				t.Errorf("error %v, want one that wraps model.ErrDomain", err)
			}
		})
	}
	defer func() {
		if recover() == nil {
			t.Error("the process of an invalid Radial did not panic")
		}
	}()
	Radial{}.Process()
}

// TestRadialProcess_Clock: in tau the noise of Eq. 13 is additive (Mori2022, Eq. 15).
func TestRadialProcess_Clock(t *testing.T) {
	for _, n := range []int{1, 4} {
		p := valley(t, n, 0.2, 3)
		tau, err := p.InClock(func(r float64) float64 { return 1 + r*r/2 }).Solve()
		if err != nil {
			t.Fatal(err)
		}
		additive := p
		additive.Drift = func(r float64) float64 { return -r / (1 + r*r/2) }
		additive.RadialNoise = func(float64) float64 { return 0.4 }
		additive.TangentialNoise = additive.RadialNoise
		want, err := additive.Solve()
		if err != nil {
			t.Fatal(err)
		}
		if misses(tau.MeanTime(), want.MeanTime(), 1e-11) {
			t.Errorf("n = %d: mean tau %v, by Eq. 15 %v", n, tau.MeanTime(), want.MeanTime())
		}
	}
	p := valley(t, 1, 0.2, 3)
	p.TangentialNoise = nil
	if p.InClock(func(float64) float64 { return 1 }).TangentialNoise != nil {
		t.Error("the clock invents a tangential noise")
	}
}
