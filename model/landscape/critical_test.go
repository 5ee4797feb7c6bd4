package landscape_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestProp_CriticalPoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for name, l := range catalogue(t) {
			if err := landscape.CheckMinimum(l, l.Minimum()); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if p, ok := l.(landscape.Passage); ok {
				if err := landscape.CheckSaddle(p, p.Saddle()); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if err := landscape.CheckMinimum(p, p.Beyond()); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
		}
	})
}

func TestProp_GlobalMinimum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for name, l := range catalogue(t) {
			theta := point(t, l.Dim(), "theta")
			if at, low := l.Loss(theta), l.Loss(l.Minimum()); !(low > 0) || at < low*(1-1e-12) {
				t.Fatalf("%s: L(%v) = %v is below L* = %v, or L* is not positive", name, theta, at, low)
			}
		}
	})
}

func TestProp_Spectra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		p := landscape.ChannelParameters{Dim: n, Floor: scale(t, "L0"), Height: scale(t, "dL"), Width: scale(t, "w"),
			KMin: scale(t, "km"), KSaddle: scale(t, "ks")}
		channel, err := landscape.NewChannel(p)
		if err != nil {
			t.Fatal(err)
		}
		well, err := landscape.NewDoubleWell(p.Floor, p.Height, p.Width)
		if err != nil {
			t.Fatal(err)
		}
		valley, err := landscape.NewIsotropicValley(n, p.KMin, p.Floor)
		if err != nil {
			t.Fatal(err)
		}
		w2 := p.Width * p.Width
		kBottom := p.KMin + (p.KSaddle-p.KMin)*math.Exp(-4)
		for _, row := range []struct {
			name  string
			l     landscape.Landscape
			theta []float64
			want  []float64
		}{
			{"double well, minimum", well, well.Minimum(), []float64{8 * p.Height / w2}},
			{"double well, saddle", well, well.Saddle(), []float64{-4 * p.Height / w2}},
			{"isotropic valley", valley, point(t, n, "theta"), repeat(p.KMin, n)},
			{"channel, minimum", channel, channel.Minimum(), sorted(append(repeat(kBottom, n-1), 8*p.Height/w2))},
			{"channel, saddle", channel, channel.Saddle(), append([]float64{-4 * p.Height / w2}, repeat(p.KSaddle, n-1)...)},
			{"channel, beyond", channel, channel.Beyond(), sorted(append(repeat(kBottom, n-1), 8*p.Height/w2))},
		} {
			got := landscape.Spectrum(row.l, row.theta)
			if !floats.EqualApprox(got, row.want, 1e-12*floats.Norm(row.want, math.Inf(1))) {
				t.Fatalf("%s: spectrum %v, want %v", row.name, got, row.want)
			}
		}
	})
}

func repeat(x float64, n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = x
	}
	return xs
}

func sorted(xs []float64) []float64 {
	slices.Sort(xs)
	return xs
}

// TestReject_CriticalPoint holds wrong points against the checks, each of which
// must say what is wrong.
func TestReject_CriticalPoint(t *testing.T) {
	channel, err := landscape.NewChannel(landscape.ChannelParameters{Dim: 3, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3})
	if err != nil {
		t.Fatal(err)
	}
	define := func(n int, loss func([]float64) float64) landscape.Landscape {
		l, err := landscape.NewFunc(landscape.Definition{Dim: n, Loss: loss})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	monkey := func(x []float64) float64 { return 10 - x[0]*x[0] - x[1]*x[1] + x[2]*x[2] }
	flat, err := landscape.NewFunc(landscape.Definition{Dim: 2,
		Loss:    func(x []float64) float64 { return 1 + x[0]*x[0] },
		Grad:    func(dst, x []float64) { dst[0], dst[1] = 2*x[0], 0 },
		Hessian: func(dst *mat.SymDense, x []float64) { dst.Zero(); dst.SetSym(0, 0, 2) }})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name  string
		check func(landscape.Landscape, []float64) error
		l     landscape.Landscape
		theta []float64
		want  string
	}{
		{"saddle as minimum", landscape.CheckMinimum, channel, channel.Saddle(), "index of the minimum theta* is 1, want 0"},
		{"minimum as saddle", landscape.CheckSaddle, channel, channel.Minimum(), "index of the saddle theta^s is 0, want 1"},
		{"two ways down", landscape.CheckSaddle, define(3, monkey), []float64{0, 0, 0}, "index of the saddle theta^s is 2, want 1"},
		{"flat direction", landscape.CheckMinimum, flat, []float64{0, 0}, "number of flat directions at the minimum theta* is 1"},
		{"displaced minimum", landscape.CheckMinimum, channel, []float64{-1, 1e-5, 0}, "relative residual of the gradient"},
		{"slope", landscape.CheckSaddle, channel, []float64{0.1, 0, 0}, "relative residual of the gradient"},
		{"wrong length", landscape.CheckSaddle, channel, []float64{0}, "length of the saddle theta^s is 1, want n = 3"},
		{"NaN", landscape.CheckMinimum, channel, []float64{math.NaN(), 0, 0}, "minimum theta*[0] is NaN"},
		{"undefined loss", landscape.CheckMinimum, define(1, func(x []float64) float64 { return math.Log(x[0]) }), []float64{-1}, "loss at the minimum theta* is NaN"},
		{"error of the constructor ignored", landscape.CheckMinimum, (*landscape.Func)(nil), []float64{-1}, "landscape L is nil"},
		{"no landscape", landscape.CheckMinimum, nil, []float64{-1}, "landscape L is nil"},
	} {
		err := row.check(row.l, row.theta)
		if !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v\nwant an error that says %q", row.name, err, row.want)
		}
	}
}

// TestReject_Degenerate: in one dimension no eigenvalue is larger than that of the
// flat direction, and its rounding, or that of the place, must not pass for a
// curvature.
func TestReject_Degenerate(t *testing.T) {
	quartic := func(x []float64) float64 { return 1 + x[0]*x[0]*x[0]*x[0] }
	quarticGrad := func(g, x []float64) { g[0] = 4 * x[0] * x[0] * x[0] }
	// L' = (x+1)³ x (x-1): the minimum at -1 is degenerate.
	sextic := func(x []float64) float64 {
		s := 0.0
		for _, c := range []float64{1. / 6, .4, 0, -2. / 3, -.5, 0, 1} {
			s = s*x[0] + c
		}
		return s
	}
	sexticGrad := func(g, x []float64) { y := x[0]; g[0] = (y + 1) * (y + 1) * (y + 1) * y * (y - 1) }
	sexticHessian := func(h *mat.SymDense, x []float64) {
		y := x[0]
		h.SetSym(0, 0, 5*y*y*y*y+8*y*y*y-4*y-1)
	}
	// L' = -4 y³ (1 - y²): the saddle at 0 is degenerate.
	hill := func(x []float64) float64 { y := x[0] * x[0]; return 2 - y*y + 2*y*y*y/3 }
	hillGrad := func(g, x []float64) { y := x[0]; g[0] = -4 * y * y * y * (1 - y*y) }
	for _, row := range []struct {
		name   string
		d      landscape.Definition
		points []float64
		want   string
	}{
		{"quartic, loss", landscape.Definition{Loss: quartic}, []float64{0}, "curvature at the minimum theta*"},
		{"quartic, gradient", landscape.Definition{Loss: quartic, Grad: quarticGrad}, []float64{0}, "curvature at the minimum theta*"},
		{"sextic, loss", landscape.Definition{Loss: sextic}, []float64{-1, 0, 1}, "curvature at the minimum theta*"},
		{"sextic, gradient", landscape.Definition{Loss: sextic, Grad: sexticGrad}, []float64{-1, 0, 1}, "curvature at the minimum theta*"},
		{"sextic, beside the minimum", landscape.Definition{Loss: sextic, Grad: sexticGrad, Hessian: sexticHessian}, []float64{-1 + 1e-5, 0, 1}, "curvature at the minimum theta*"},
		{"hill", landscape.Definition{Loss: hill, Grad: hillGrad}, []float64{-1, 0, 1}, "curvature at the saddle theta^s"},
	} {
		row.d.Dim = 1
		l, err := landscape.NewFunc(row.d)
		if err != nil {
			t.Fatal(err)
		}
		if p := row.points; len(p) == 1 {
			_, err = landscape.WithMinimum(l, p)
		} else {
			_, err = landscape.WithPassage(l, p[:1], p[1:2], p[2:])
		}
		if !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want an error that says %q", row.name, err, row.want)
		}
	}
	// Low barriers and narrow wells on a high floor are none of these.
	for _, height := range []float64{1e-8, 1, 1e8} {
		well := must(landscape.NewDoubleWell(1, height, 1))
		l, err := landscape.NewFunc(landscape.Definition{Dim: 1, Loss: well.Loss, Grad: well.Grad, Hessian: well.Hessian})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := landscape.WithPassage(l, []float64{-1}, []float64{0}, []float64{1}); err != nil {
			t.Errorf("barrier %v: %v", height, err)
		}
		if _, err := landscape.WithMinimum(l, []float64{-1}); err != nil {
			t.Errorf("well %v deep: %v", height, err)
		}
	}
}

// TestInspect_Units: the residual of a point beside the minimum does not depend on
// units of the loss at whose ends the square of a slope is 0 or infinite.
func TestInspect_Units(t *testing.T) {
	want := landscape.Inspect(must(landscape.NewIsotropicValley(1, 1, 1)), []float64{1}).Residual
	for _, a := range []float64{1e-300, 1e-200, 1e200, 1e300} {
		got := landscape.Inspect(must(landscape.NewIsotropicValley(1, a, a)), []float64{1}).Residual
		if !(math.Abs(got-want) < 1e-15) {
			t.Errorf("loss in units of %v: residual %v, want %v", a, got, want)
		}
	}
}

// TestPolish: a point that is refused for its residual passes once it is
// polished as the message says.
func TestPolish(t *testing.T) {
	l, err := landscape.NewFunc(landscape.Definition{Dim: 2,
		Loss: func(x []float64) float64 {
			q := 1 - x[0]*x[0]
			return 0.5 + q*q + x[0]*x[1]/5 + 2*x[1]*x[1]
		},
		Grad: func(dst, x []float64) {
			dst[0], dst[1] = -4*x[0]*(1-x[0]*x[0])+x[1]/5, x[0]/5+4*x[1]
		}})
	if err != nil {
		t.Fatal(err)
	}
	slope := func(x []float64) float64 {
		g := make([]float64, 2)
		l.Grad(g, x)
		return floats.Dot(g, g)
	}
	for _, row := range []struct {
		name  string
		check func(landscape.Landscape, []float64) error
		rough []float64
		goal  optimize.Problem
		want  string
	}{
		{"minimum", landscape.CheckMinimum, []float64{-1, 0.05}, optimize.Problem{Func: l.Loss, Grad: l.Grad}, "optimize.Minimize (of L)"},
		{"saddle", landscape.CheckSaddle, []float64{0.01, 0.01}, optimize.Problem{Func: slope}, "optimize.Minimize (of |grad L|^2)"},
	} {
		if err := row.check(l, row.rough); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v\nwant an error that says %q", row.name, err, row.want)
		}
		result, err := optimize.Minimize(row.goal, row.rough, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := row.check(l, result.X); err != nil {
			t.Errorf("%s: polished, %v: %v", row.name, result.X, err)
		}
	}
}

// TestProp_InspectUnits: index and residual do not depend on the units of theta
// and of the loss.
func TestProp_InspectUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		theta := point(t, 2, "theta")
		width, a := scale(t, "w"), scale(t, "a")
		build := func(w, a float64) *landscape.Channel {
			c, err := landscape.NewChannel(landscape.ChannelParameters{Dim: 2, Floor: a, Height: 2 * a, Width: w, KMin: 2 * a / (w * w), KSaddle: 3 * a / (w * w)})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		p := landscape.Inspect(build(1, 1), theta)
		q := landscape.Inspect(build(width, a), []float64{theta[0] * width, theta[1] * width})
		// An eigenvalue near zero amplifies rounding of the Hessian in the residual,
		// and squares of slopes below 1e-150 underflow.
		condition := floats.Norm(p.Eigenvalues, math.Inf(1)) / math.Min(math.Abs(p.Eigenvalues[0]), math.Abs(p.Eigenvalues[1]))
		if p.Index != q.Index || math.Abs(p.Residual-q.Residual) > 1e-12*condition*p.Residual+1e-300 {
			t.Fatalf("units change the point:\n%+v\n%+v", p, q)
		}
	})
}

// TestReject_FlatDirection: differences of the loss see a curvature in a direction
// with none, of their own error; a small one that is real passes.
func TestReject_FlatDirection(t *testing.T) {
	for _, row := range []struct {
		name string
		loss func(x []float64) float64
		want string
	}{
		{"quartic", func(x []float64) float64 { return 1 + math.Pow(x[0], 4) + x[1]*x[1] }, "(is the minimum degenerate?)"},
		{"turned", func(x []float64) float64 {
			return 1 + math.Pow(0.6*x[0]+0.8*x[1], 4) + math.Pow(0.8*x[0]-0.6*x[1], 2)
		}, "is the minimum degenerate?"},
		{"shallow", func(x []float64) float64 { return 1 + 1e-6*x[0]*x[0] + x[1]*x[1] }, ""},
		{"shallow, anharmonic", func(x []float64) float64 { return 1 + 1e-4*x[0]*x[0] + math.Pow(x[0], 4) + x[1]*x[1] }, ""},
	} {
		l, err := landscape.NewFunc(landscape.Definition{Dim: 2, Loss: row.loss})
		if err != nil {
			t.Fatal(err)
		}
		_, err = landscape.WithMinimum(l, []float64{0, 0})
		if row.want == "" && err != nil || row.want != "" && (!errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), row.want)) {
			t.Errorf("%s: error %v, want one that says %q", row.name, err, row.want)
		}
	}
}
