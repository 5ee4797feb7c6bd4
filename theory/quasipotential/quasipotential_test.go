package quasipotential

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

func relative(got, want float64) float64 { return math.Abs(got/want - 1) }

func solve(t testing.TB, p Problem, o Options) Path {
	t.Helper()
	path, err := Solve(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Isotropic noise has detailed balance: V = log(L_s/L*), with a discretisation
// error that falls as the square of the segment length.
func TestOrder_IsotropicActionIsLogLossRatio(t *testing.T) {
	for _, l := range []bent{{1, 1, 1, 0}, {1, 1, 1, 0.5}, {0.5, 1, 4, 0.5}, {1, 2, 16, 0.3}} {
		t.Run(fmt.Sprint(l), func(t *testing.T) {
			p := solve(t, Problem{Landscape: l, From: l.minimum(), To: l.saddle()}, Options{})
			want := math.Log((l.floor + l.height) / l.floor)
			if p.LogLossBarrier != want {
				t.Errorf("log loss barrier %v, want %v", p.LogLossBarrier, want)
			}
			for i := 1; i < len(p.Meshes); i++ {
				order := math.Log2((p.Meshes[i-1] - want) / (p.Meshes[i] - want))
				if !(math.Abs(order-2) < 0.1) {
					t.Errorf("order %.3f from %v to %v, want 2", order, p.Meshes[i-1], p.Meshes[i])
				}
			}
			if !p.Settled {
				t.Error("not settled")
			}
			if got := relative(p.Action, want); !(got < 1e-6) {
				t.Errorf("V = %v, want %v: relative error %.2g", p.Action, want, got)
			}
			if got := math.Abs(p.Action - want); !(got < p.ActionError) {
				t.Errorf("error %.2g exceeds its estimate %.2g", got, p.ActionError)
			}
			if !(p.Reversal < 2e-3) {
				t.Errorf("path and reversed drift differ by %v rad", p.Reversal)
			}
		})
	}
}

func drawSPD(t *rapid.T, label string, low, high float64) *mat.SymDense {
	a := rapid.Float64Range(low, high).Draw(t, label+" eigenvalue 1")
	b := rapid.Float64Range(low, high).Draw(t, label+" eigenvalue 2")
	s, c := math.Sincos(rapid.Float64Range(0, math.Pi).Draw(t, label+" angle"))
	return mat.NewSymDense(2, []float64{a*c*c + b*s*s, (a - b) * s * c, (a - b) * s * c, a*s*s + b*c*c})
}

// Linear drift with any noise: V in closed form, detailed balance or not.
func TestProp_LinearDriftMatchesLyapunov(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, a := drawSPD(t, "K", 0.3, 3), drawSPD(t, "A", 0.3, 3)
		angle := rapid.Float64Range(0, 2*math.Pi).Draw(t, "angle of x")
		x := []float64{math.Cos(angle), math.Sin(angle)}
		p, err := Solve(Problem{Landscape: exponential{k}, Noise: a, From: []float64{0, 0}, To: x}, Options{Segments: 16})
		if err != nil {
			t.Fatal(err)
		}
		want := linearPotential(k, a, x)
		// The path leaves the fixed point along a curve that is not smooth there
		// (like |s|^(k2/k1)), which lowers the order; hence 2e-3.
		if got := relative(p.Action, want); !(got < 2e-3) {
			t.Fatalf("V = %v (meshes %v), want %v: relative error %.2g", p.Action, p.Meshes, want, got)
		}
	})
}

// V is a scalar: it does not change when the coordinates are rotated together
// with A, scales as 1/A, and ignores a factor in the loss.
func TestProp_Symmetries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := bent{1, rapid.Float64Range(0.5, 2).Draw(t, "dL"), rapid.Float64Range(1, 8).Draw(t, "k"), rapid.Float64Range(0.05, 0.4).Draw(t, "c")}
		// Moderate anisotropy: beyond it several paths compete.
		a := drawSPD(t, "A", 0.7, 1.4)
		base := Problem{Landscape: l, Noise: a, From: l.minimum(), To: l.saddle()}
		// Where the path has a sharp corner the discrete action has several minima
		// within its error, and rounding picks one: agreement is to that error, which
		// has to be small, if need be on a finer mesh.
		o := Options{Segments: 16}
		p, err := Solve(base, o)
		for err == nil && !(p.ActionError < 0.03*p.Action) && o.Segments < 64 {
			o.Segments *= 2
			p, err = Solve(base, o)
		}
		if err != nil {
			t.Fatal(err)
		}
		if !(p.ActionError < 0.03*p.Action) {
			t.Fatalf("V = %v +- %v: not resolved", p.Action, p.ActionError)
		}
		factor := rapid.Float64Range(0.1, 10).Draw(t, "factor")
		scaled := mat.NewSymDense(2, nil)
		scaled.ScaleSym(factor, a)
		warm := base
		warm.Noise = scaled
		q, err := Solve(warm, o)
		if err != nil {
			t.Fatal(err)
		}
		if got := math.Abs(q.Action*factor - p.Action); !(got <= p.ActionError+1e-6) {
			t.Fatalf("A -> %v A: V %v -> %v", factor, p.Action, q.Action)
		}
		louder := base
		louder.Landscape = bent{l.floor * factor, l.height * factor, l.k * factor, l.c}
		q, err = Solve(louder, o)
		if err != nil {
			t.Fatal(err)
		}
		if got := math.Abs(q.Action - p.Action); !(got <= p.ActionError+1e-6) {
			t.Fatalf("L -> %v L: V %v -> %v", factor, p.Action, q.Action)
		}
		// The least action is at most that of any other path, and A <= lambda_max
		// bounds V from below.
		var eigen mat.EigenSym
		eigen.Factorize(a, false)
		e := eigen.Values(nil)
		if low, high := p.LogLossBarrier/e[1], p.LogLossBarrier/e[0]; !(p.Action > low*(1-1e-3) && p.Action < high*(1+1e-3)) {
			t.Fatalf("V = %v outside [%v, %v]", p.Action, low, high)
		}
	})
}

// A straight valley: all Hessians on the axis share their eigenvectors, so Eq. 17
// holds with h* = h_e* = 8 also where H* = diag(8, k) is anisotropic.
func TestCompare_FixedEigenvectors(t *testing.T) {
	for _, k := range []float64{0.5, 2, 8, 16} {
		l := bent{1, 1, k, 0}
		c, err := Compare(l, l.minimum(), l.saddle(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if c.OutlierCurvature != 8 || !(math.Abs(c.RelativeError) < 1e-7) || !(c.Path.Reversal < 1e-6) {
			t.Errorf("k = %v: h_e* = %v, relative error %.2g, reversal %.2g", k, c.OutlierCurvature, c.RelativeError, c.Path.Reversal)
		}
	}
}

// The limit of that case: a transverse outlier much larger than the one along the
// way out makes transverse excursions cheap, and there the drift of log L towards
// the axis and towards the minimum is weaker. At k = 64 = 8 h_e* the straight path
// is no longer the least: any path bounds V from above, and one found off the axis
// lies 2 % below Eq. 17's exponent, although no eigenvector turns on the axis.
func TestReject_FixedEigenvectorsAtStrongAnisotropy(t *testing.T) {
	aside := [][]float64{{-1, 0}, {-0.9, 0.6}, {-0.6, 1.1}, {-0.3, 0.9}, {-0.1, 0.2}, {0, 0}}
	for _, row := range []struct {
		k      float64
		breaks bool
	}{{32, false}, {64, true}} {
		l := bent{1, 1, row.k, 0}
		c, err := Compare(l, l.minimum(), l.saddle(), Options{Initial: aside})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("k = %v: V = %v +- %.2g, Eq. 17 %v", row.k, c.Exponent, c.ExponentError, c.IsotropicExponent)
		below := c.IsotropicExponent - c.Path.Meshes[2] // the finest mesh bounds V from above
		if row.breaks != (below > 10*c.ExponentError && c.RelativeError > 0.015) {
			t.Errorf("k = %v: V = %v +- %.2g against %v", row.k, c.Exponent, c.ExponentError, c.IsotropicExponent)
		}
	}
}

// A valley that turns: with the noise H* there is no detailed balance, the path
// is not the reversed drift, and the exponent of Eq. 17 is off by an amount that
// grows as the square of the turning.
func TestOrder_Eq17ErrorGrowsWithTheTurning(t *testing.T) {
	var errs []float64
	for _, c := range []float64{0.4, 0.2, 0.1, 0.05} {
		l := bent{1, 1, 4, c}
		got, err := Compare(l, l.minimum(), l.saddle(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(got.RelativeError)*got.Exponent > 20*got.ExponentError) {
			t.Errorf("c = %v: error %.3g of Eq. 17 is not resolved by %.2g", c, got.RelativeError, got.ExponentError)
		}
		if !(got.Path.Reversal > 0.3*c) {
			t.Errorf("c = %v: the path is the reversed drift to %v rad", c, got.Path.Reversal)
		}
		t.Logf("c = %v: V = %.6f, Eq. 17 relative error %.5f, reversal %.4f", c, got.Exponent, got.RelativeError, got.Path.Reversal)
		errs = append(errs, got.RelativeError)
	}
	for i := 2; i < len(errs); i++ {
		if order := math.Log2(errs[i-1] / errs[i]); !(math.Abs(order-2) < 0.15) {
			t.Errorf("order %.3f of the error in c, want 2 (%v)", order, errs)
		}
	}
}

// The error of Eq. 17 as a function of the anisotropy: zero at a = 0, linear in a
// at first, and of one sign for this valley.
func TestSweep_ErrorGrowsWithAnisotropy(t *testing.T) {
	l := bent{1, 1, 4, 0.3}
	all, err := Sweep(l, l.minimum(), l.saddle(), []float64{0, 0.01, 0.02, 0.25, 0.5, 0.75, 1}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(all[0].RelativeError) < 1e-6) {
		t.Errorf("a = 0: relative error %.2g, want 0", all[0].RelativeError)
	}
	if got := all[2].RelativeError / all[1].RelativeError; !(math.Abs(got-2) < 0.1) {
		t.Errorf("errors at a = 0.02 and 0.01 have ratio %v, want 2", got)
	}
	for i := 1; i < len(all); i++ {
		if !(all[i].RelativeError < all[i-1].RelativeError) || !(all[i].Path.Reversal > all[i-1].Path.Reversal) {
			t.Errorf("a = %v: relative error %.5f after %.5f, reversal %.5f after %.5f", all[i].Anisotropy,
				all[i].RelativeError, all[i-1].RelativeError, all[i].Path.Reversal, all[i-1].Path.Reversal)
		}
	}
}

// The bent valley under H* is told from the isotropic formula with any fixed
// temperature between the two outliers' ends: the wrong law is out by far more
// than the numerical error.
func TestReject_IsotropicExponent(t *testing.T) {
	l := bent{1, 1, 16, 0.5}
	c, err := Compare(l, l.minimum(), l.saddle(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	gap := math.Abs(c.IsotropicExponent - c.Exponent)
	if !(gap > 100*c.ExponentError) {
		t.Errorf("isotropic exponent %v against %v +- %v: not rejected", c.IsotropicExponent, c.Exponent, c.ExponentError)
	}
	// A drift without the 1/L of grad log L gives the linear barrier dL instead.
	linear := Problem{Landscape: unlogged{l}, From: l.minimum(), To: l.saddle()}
	p := solve(t, linear, Options{})
	if got := relative(p.Action, l.height); !(got < 1e-5) {
		t.Errorf("drift -grad L: V = %v, want dL = %v", p.Action, l.height)
	}
	if relative(p.Action, math.Log(2)) < 0.1 {
		t.Error("the linear barrier passes for the logarithmic one")
	}
}

// unlogged is exp(L): the drift -grad log exp(L) is -grad L.
type unlogged struct{ bent }

func (u unlogged) Loss(z []float64) float64 { return math.Exp(u.bent.Loss(z)) }
func (u unlogged) Grad(dst, z []float64) {
	u.bent.Grad(dst, z)
	l := u.Loss(z)
	dst[0], dst[1] = dst[0]*l, dst[1]*l
}
func (u unlogged) Hessian(dst *mat.SymDense, z []float64) {
	g := make([]float64, 2)
	u.bent.Grad(g, z)
	u.bent.Hessian(dst, z)
	l := u.Loss(z)
	for i := range 2 {
		for j := i; j < 2; j++ {
			dst.SetSym(i, j, l*(dst.At(i, j)+g[i]*g[j]))
		}
	}
}

// The gradient handed to the optimiser is that of the discretised action.
func TestAction_Gradient(t *testing.T) {
	l := bent{1, 1, 3, 0.4}
	w := newWhitened(Problem{Landscape: l, Noise: mat.NewSymDense(2, []float64{2, 0.5, 0.5, 1})})
	path := [][]float64{{-0.7, 0.1}, {-0.5, 0.3}, {-0.3, 0.2}, {-0.1, 0.5}}
	grad := clone(path)
	w.action(path, grad)
	for k := range path {
		for j := range 2 {
			const e = 1e-6
			x := path[k][j]
			path[k][j] = x + e
			up := w.action(path, nil)
			path[k][j] = x - e
			down := w.action(path, nil)
			path[k][j] = x
			if want := (up - down) / (2 * e); !(math.Abs(grad[k][j]-want) < 1e-7) {
				t.Errorf("dS/dy[%d][%d] = %v, finite difference %v", k, j, grad[k][j], want)
			}
		}
	}
	// A doubled point and a critical point contribute nothing, not NaN.
	if s := w.action([][]float64{{0.1, 0.2}, {0.1, 0.2}}, clone(path[:2])); s != 0 {
		t.Errorf("action of a doubled point is %v", s)
	}
}

func TestSolve_OneDimension(t *testing.T) {
	l, err := landscape.NewDoubleWell(1, 2, 1.5)
	if err != nil {
		t.Fatal(err)
	}
	noise := mat.NewSymDense(1, []float64{4})
	p := solve(t, Problem{Landscape: l, Noise: noise, From: l.Minimum(), To: l.Saddle()}, Options{})
	if got := relative(p.Action, math.Log(3)/4); !(got < 1e-6) {
		t.Errorf("V = %v, want log(3)/4", p.Action)
	}
	// The other way costs nothing.
	p = solve(t, Problem{Landscape: l, Noise: noise, From: l.Saddle(), To: l.Minimum()}, Options{})
	if !(math.Abs(p.Action) < 1e-12) {
		t.Errorf("the way down costs %v", p.Action)
	}
}

func TestSolve_ThreeDimensionsWithGuess(t *testing.T) {
	c, err := landscape.NewChannel(landscape.ChannelParameters{Dim: 3, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3})
	if err != nil {
		t.Fatal(err)
	}
	guess := [][]float64{{-1, 0, 0}, {-0.6, 0.2, -0.1}, {-0.3, 0.1, 0.2}, {0, 0, 0}}
	p := solve(t, Problem{Landscape: c, From: c.Minimum(), To: c.Saddle()}, Options{Initial: guess, Segments: 16})
	if got := relative(p.Action, math.Log(2)); !(got < 1e-5) {
		t.Errorf("V = %v, want log 2: relative error %.2g", p.Action, got)
	}
	middle := p.Points[len(p.Points)/2]
	if !(math.Hypot(middle[1], middle[2]) < 1e-3) {
		t.Errorf("the path misses the axis: %v", middle)
	}
}

func TestReject_BadProblems(t *testing.T) {
	l := bent{1, 1, 1, 0.2}
	good := Problem{Landscape: l, Noise: mat.NewSymDense(2, []float64{1, 0, 0, 1}), From: l.minimum(), To: l.saddle()}
	rows := []struct {
		name   string
		change func(*Problem, *Options)
	}{
		{"landscape", func(p *Problem, _ *Options) { p.Landscape = nil }},
		{"length", func(p *Problem, _ *Options) { p.From = []float64{1} }},
		{"NaN", func(p *Problem, _ *Options) { p.To = []float64{math.NaN(), 0} }},
		{"same ends", func(p *Problem, _ *Options) { p.To = p.From }},
		{"noise size", func(p *Problem, _ *Options) { p.Noise = mat.NewSymDense(1, []float64{1}) }},
		{"noise indefinite", func(p *Problem, _ *Options) { p.Noise = mat.NewSymDense(2, []float64{1, 2, 2, 1}) }},
		{"noise NaN", func(p *Problem, _ *Options) { p.Noise = mat.NewSymDense(2, []float64{math.NaN(), 0, 0, 1}) }},
		{"loss zero", func(p *Problem, _ *Options) { p.Landscape = bent{0, 1, 1, 0.2} }},
		{"segments", func(_ *Problem, o *Options) { o.Segments = 3 }},
		{"guess of one point", func(_ *Problem, o *Options) { o.Initial = [][]float64{{0, 0}} }},
		{"guess of wrong length", func(_ *Problem, o *Options) { o.Initial = [][]float64{{0}, {1}} }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p, o := good, Options{}
			row.change(&p, &o)
			if _, err := Solve(p, o); !errors.Is(err, model.ErrDomain) {
				t.Errorf("error %v, want ErrDomain", err)
			}
		})
	}
	for name, f := range map[string]func() (Comparison, error){
		"landscape": func() (Comparison, error) { return Compare(nil, nil, nil, Options{}) },
		"anisotropy": func() (Comparison, error) {
			_, err := Sweep(l, l.minimum(), l.saddle(), []float64{1.5}, Options{})
			return Comparison{}, err
		},
		"not a saddle":  func() (Comparison, error) { return Compare(l, []float64{1, 0}, []float64{-1, 0}, Options{}) },
		"not a minimum": func() (Comparison, error) { return Compare(l, []float64{0.1, 0}, l.saddle(), Options{}) },
	} {
		if _, err := f(); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v, want ErrDomain", name, err)
		}
	}
}

func BenchmarkSolve(b *testing.B) {
	l := bent{1, 1, 4, 0.5}
	for _, segments := range []int{16, 32} {
		b.Run(fmt.Sprintf("segments=%d", segments), func(b *testing.B) {
			b.ReportAllocs()
			var p Path
			for b.Loop() {
				p = solve(b, Problem{Landscape: l, From: l.minimum(), To: l.saddle()}, Options{Segments: segments})
			}
			got := relative(p.Action, math.Log(2))
			if !(got < 1e-5) {
				b.Fatalf("relative error %.2g", got)
			}
			b.ReportMetric(-math.Log10(got+1e-16), "digits")
		})
	}
}
