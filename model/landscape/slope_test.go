package landscape_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// TestReject_GradientOfAnother: a gradient that is not that of the loss is
// refused where the critical points alone would do, with the point and the factor.
func TestReject_GradientOfAnother(t *testing.T) {
	define := func(n int, loss func([]float64) float64, grad func(dst, x []float64)) landscape.Landscape {
		l, err := landscape.FromProblem(optimize.Problem{Func: loss, Grad: grad}, n)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	loss := func(x []float64) float64 { q := 1 - x[0]*x[0]; return 0.5 + q*q }
	times := func(f float64) landscape.Landscape {
		return define(1, loss, func(g, x []float64) { g[0] = -4 * f * x[0] * (1 - x[0]*x[0]) })
	}
	// Two coordinates of units a thousand apart, the second of which is wrong.
	units := func(f float64) landscape.Landscape {
		return define(2, func(x []float64) float64 { return loss(x) + 5e-7*x[1]*x[1] },
			func(g, x []float64) { g[0], g[1] = -4*x[0]*(1-x[0]*x[0]), f*1e-6*x[1] })
	}
	for _, c := range []struct {
		name string
		l    landscape.Landscape
		want string // empty if it is right
	}{
		{"right", times(1), ""},
		{"by differences", define(1, loss, nil), ""},
		{"half", times(0.5), "gradient is 0.5 times the slope of the loss at theta = [-0.75]"},
		{"twice", times(2), "gradient is 2 times the slope"},
		{"wrong sign", times(-1), "gradient is -1 times the slope"},
		{"1 % too large", times(1.01), "gradient is 1.01 times the slope"},
		{"not a number", times(math.NaN()), "gradient is NaN times the slope"},
		{"of another", define(1, loss, func(g, x []float64) { g[0] = x[0] * (x[0]*x[0] - 1) * (4 + x[0]) }), "times the slope"},
	} {
		_, err := landscape.WithPassage(c.l, []float64{-1}, []float64{0}, []float64{1})
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s, passage: error %v, want one that says %q", c.name, err, c.want)
		}
		_, err = landscape.WithMinimum(c.l, []float64{-1})
		if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), "the slope of the loss at theta = ") {
			t.Errorf("%s, minimum: error %v, want it: %t", c.name, err, c.want != "")
		}
	}
	if _, err := landscape.WithMinimum(units(1), []float64{-1, 0}); err != nil {
		t.Errorf("units a thousand apart: %v", err)
	}
	if _, err := landscape.WithMinimum(units(0.5), []float64{-1, 0}); err == nil || !strings.Contains(err.Error(), "0.5 times the slope") || !strings.Contains(err.Error(), "component 1") {
		t.Errorf("units a thousand apart, half: error %v", err)
	}
}

// TestWithPassage_Wall: a gradient that is wrong on an outer wall alone, where half
// of the runs go.
func TestWithPassage_Wall(t *testing.T) {
	well, err := landscape.NewDoubleWell(0.5, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, side := range []float64{-1, 1} {
		l, err := landscape.NewFunc(landscape.Definition{Dim: 1, Loss: well.Loss, Hessian: well.Hessian, Grad: func(g, x []float64) {
			if well.Grad(g, x); side*x[0] > 1.05 {
				g[0] *= 0.2
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := landscape.WithPassage(l, []float64{-1}, []float64{0}, []float64{1}); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "gradient is 0.2 times the slope") {
			t.Errorf("wall at %v: %v", side, err)
		}
	}
}

// TestHessianHeldAgainstGradient: a wrong Hessian is told by what it is and what
// the gradient says, in one dimension and between two coordinates.
func TestHessianHeldAgainstGradient(t *testing.T) {
	well, err := landscape.NewDoubleWell(0.5, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	with := func(factor float64) landscape.Landscape {
		l, err := landscape.NewFunc(landscape.Definition{Dim: 1, Loss: well.Loss, Grad: well.Grad, Hessian: func(h *mat.SymDense, x []float64) {
			well.Hessian(h, x)
			h.ScaleSym(factor, h)
		}})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	for _, factor := range []float64{2, 0.5, -1, 1.03} {
		if _, err := landscape.WithPassage(with(factor), []float64{-1}, []float64{0}, []float64{1}); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "central differences of Grad give 8") {
			t.Errorf("Hessian times %v, passage: %v", factor, err)
		}
		if _, err := landscape.WithMinimum(with(factor), []float64{-1}); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "central differences of Grad give 8") {
			t.Errorf("Hessian times %v, minimum: %v", factor, err)
		}
	}
	if _, err := landscape.WithPassage(with(1), []float64{-1}, []float64{0}, []float64{1}); err != nil {
		t.Error(err)
	}
	bowl, err := landscape.NewFunc(landscape.Definition{Dim: 2,
		Loss:    func(x []float64) float64 { return 1 + x[0]*x[0] + x[0]*x[1] + x[1]*x[1] },
		Hessian: func(h *mat.SymDense, _ []float64) { h.SetSym(0, 0, 2); h.SetSym(1, 1, 2); h.SetSym(0, 1, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := landscape.WithMinimum(bowl, []float64{0, 0}); err == nil || !strings.Contains(err.Error(), "Hessian is 0 in row 1, column 0") {
		t.Errorf("no mixed derivative: %v", err)
	}
}

// TestProp_RightGradientsPass: the catalogue, in units from tiny to large, and
// the same with the loss in single precision.
func TestProp_RightGradientsPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for name, l := range catalogue(t) {
			coarse, err := landscape.NewFunc(landscape.Definition{Dim: l.Dim(), Grad: l.Grad, Hessian: l.Hessian,
				Loss: func(x []float64) float64 { return float64(float32(l.Loss(x))) }})
			if err != nil {
				t.Fatal(err)
			}
			for accuracy, same := range map[string]landscape.Landscape{"double": l, "single": coarse} {
				if accuracy == "single" && !(l.Loss(l.Minimum()) > 1e-30) {
					continue
				}
				if _, err := landscape.WithMinimum(same, l.Minimum()); err != nil {
					t.Fatalf("%s, %s precision: %v", name, accuracy, err)
				}
				if p, ok := l.(landscape.Passage); ok {
					if _, err := landscape.WithPassage(same, p.Minimum(), p.Saddle(), p.Beyond()); err != nil {
						t.Fatalf("%s, %s precision: %v", name, accuracy, err)
					}
				}
			}
		}
	})
}

// TestDistinctPoints: the points of a passage are told apart, and named.
func TestDistinctPoints(t *testing.T) {
	well, err := landscape.NewDoubleWell(1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		minimum, saddle, beyond float64
		want                    string
	}{
		{1, 0, 1, "minimum beyond is [1], want another point than the minimum theta*"},
		{1, 0, 1 + 3e-7, "want another point than the minimum theta*"},
		{-1, 0, 0, "index of the minimum beyond is 1, want 0"},
		{-1, -1, 1, "index of the saddle theta^s is 0"},
		{-1, 0, math.NaN(), "minimum beyond[0] is NaN"},
	} {
		_, err := landscape.WithPassage(well, []float64{c.minimum}, []float64{c.saddle}, []float64{c.beyond})
		if !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v -> %v -> %v: error %v, want one that says %q", c.minimum, c.saddle, c.beyond, err, c.want)
		}
	}
}
