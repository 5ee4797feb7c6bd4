package generator

import (
	_ "embed"
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model"
)

// Radial first-passage times by arbitrary-precision quadrature, n = 2, good to
// 1e-8: covariance 0 is Sigma = 2 L H/B (Mori2022, Eq. 6), 1 the exact one.
//
//go:embed testdata/radial_time.csv
var radialTimeCSV []byte

// gaussianRegression is the population of a regression with Gaussian inputs of
// covariance H and noise of variance s², at batch size B (closed form by Isserlis):
//
//	L = (s² + theta^T H theta)/2,  B Sigma = 2 L H + H theta theta^T H
//
// The second term of Sigma is absent when decoupled. The minimum is shifted to a.
type gaussianRegression struct {
	h         *mat.SymDense
	a         [2]float64
	s2, batch float64
	decoupled bool
}

func (g gaussianRegression) Dim() int { return 2 }
func (g gaussianRegression) Grad(dst, x []float64) {
	z0, z1 := x[0]-g.a[0], x[1]-g.a[1]
	dst[0] = g.h.At(0, 0)*z0 + g.h.At(0, 1)*z1
	dst[1] = g.h.At(1, 0)*z0 + g.h.At(1, 1)*z1
}
func (g gaussianRegression) Loss(x []float64) float64 {
	var v [2]float64
	g.Grad(v[:], x)
	return (g.s2 + (x[0]-g.a[0])*v[0] + (x[1]-g.a[1])*v[1]) / 2
}
func (g gaussianRegression) Hessian(dst *mat.SymDense, _ []float64) { dst.CopySym(g.h) }
func (g gaussianRegression) Covariance(dst *mat.SymDense, x []float64) {
	var v [2]float64
	g.Grad(v[:], x)
	for i := range 2 {
		for j := i; j < 2; j++ {
			c := 2 * g.Loss(x) * g.h.At(i, j)
			if !g.decoupled {
				c += v[i] * v[j]
			}
			dst.SetSym(i, j, c/g.batch)
		}
	}
}

func identity() *mat.SymDense { return mat.NewSymDense(2, []float64{1, 0, 0, 1}) }

func regression(h *mat.SymDense, eta, batch, ratio float64, decoupled bool) Planar {
	g := gaussianRegression{h: h, s2: 1, batch: batch, decoupled: decoupled}
	return Planar{Landscape: g, Noise: g, LearningRate: eta, Minimum: []float64{0, 0}, LossRatio: ratio}
}

func exit(t testing.TB, p Planar, o PlanarOptions) PlanarExit {
	t.Helper()
	e, err := p.Exit(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestGolden_RadialTimeInThePlane(t *testing.T) {
	for _, row := range readTable(t, radialTimeCSV) {
		p := regression(identity(), row[1], row[2], row[3], row[0] == 0)
		e := exit(t, p, PlanarOptions{})
		if got := relative(e.MeanTime.Value, row[4]); !(got < 1e-8) {
			t.Errorf("%v: time %v: relative error %.2g (estimate %.2g)", row, e.MeanTime.Value, got, e.MeanTime.RelativeError())
		}
		// The other covariance must be told apart.
		p = regression(identity(), row[1], row[2], row[3], row[0] != 0)
		if got := relative(exit(t, p, PlanarOptions{}).MeanTime.Value, row[4]); !(got > 0.1) {
			t.Errorf("%v: the wrong covariance is within %.2g", row, got)
		}
	}
}

// The isotropic plane in closed form, h T = (1/2) integral_0^(c-1) ((1+v)^b - 1)/v dv
// with b = B/(eta h): errors stay within their estimates while rounding takes over,
// and what is lost to it is refused.
func TestPlanar_RoundingIsDeclared(t *testing.T) {
	for _, row := range []struct{ b, c float64 }{{10, 1.5}, {10, 3}, {20, 2}, {40, 2}} {
		want := 0.5 * integral(1e-9, row.c-1, func(v float64) float64 { return math.Expm1(row.b*math.Log1p(v)) / v })
		e := exit(t, regression(identity(), 1/row.b, 1, row.c, true), PlanarOptions{Levels: 4})
		if got := math.Abs(e.MeanTime.Value - want); !(got < e.MeanTime.Error+1e-8*want) {
			t.Errorf("b = %v, c = %v: time %v +- %.2g, closed form %v", row.b, row.c, e.MeanTime.Value, e.MeanTime.Error, want)
		}
	}
	if e, err := regression(identity(), 1./50, 1, 2.5, true).Exit(PlanarOptions{Levels: 4}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("time 1.3e18: %v +- %v, error %v, want ErrDomain", e.MeanTime.Value, e.MeanTime.Error, err)
	}
}

// The isotropic plane from wells in wide regions to thresholds close to the minimum,
// in closed form, h T = (1/2) integral_0^log c (e^(bs) - 1)/(1 - e^-s) ds: errors
// stay within their estimates, and what the meshes do not resolve is refused.
func TestPlanar_ErrorHolds(t *testing.T) {
	for _, b := range []float64{0.1, 0.5, 1} {
		refused := false
		for _, c := range []float64{1 + 1e-12, 1 + 1e-9, 3, 100, 1e3, 1e5, 1e8} {
			want := 0.5 * integral(0, math.Log(c), func(s float64) float64 {
				if s == 0 {
					return b
				}
				return math.Expm1(b*s) / -math.Expm1(-s)
			})
			e, err := regression(identity(), 1/b, 1, c, true).Exit(PlanarOptions{})
			refused = errors.Is(err, model.ErrDomain)
			if err != nil && (!refused || b >= 1 || c < 1e4) {
				t.Errorf("b = %v, c = %v: %v", b, c, err)
			}
			if got := math.Abs(e.MeanTime.Value - want); err == nil && !(got < e.MeanTime.Error+1e-9*want) {
				t.Errorf("b = %v, c = %v: time %v +- %.2g, closed form %v", b, c, e.MeanTime.Value, e.MeanTime.Error, want)
			}
		}
		if b < 1 && !refused {
			t.Errorf("b = %v, c = 1e8: accepted", b)
		}
	}
}

func TestUsable(t *testing.T) {
	for _, row := range []struct {
		err  error
		want bool
	}{{mat.Condition(1e17), true}, {mat.Condition(math.Inf(1)), false}, {errors.New("other"), false}} {
		if got := usable(row.err); got != row.want {
			t.Errorf("usable(%v) = %v", row.err, got)
		}
	}
}

// lopsided is a valley with a cubic term and a noise that turns with theta: no
// symmetry is left. L = 1 + (x² + 3y²)/2 + e x³ + e x y² .
type lopsided struct{ e float64 }

func (lopsided) Dim() int { return 2 }
func (l lopsided) Loss(z []float64) float64 {
	x, y := z[0], z[1]
	return 1 + (x*x+3*y*y)/2 + l.e*(x*x*x+x*y*y)
}
func (l lopsided) Grad(dst, z []float64) {
	x, y := z[0], z[1]
	dst[0], dst[1] = x+l.e*(3*x*x+y*y), 3*y+2*l.e*x*y
}
func (l lopsided) Hessian(dst *mat.SymDense, z []float64) {
	dst.SetSym(0, 0, 1+6*l.e*z[0])
	dst.SetSym(0, 1, 2*l.e*z[1])
	dst.SetSym(1, 1, 3+2*l.e*z[0])
}
func (l lopsided) Covariance(dst *mat.SymDense, z []float64) {
	dst.SetSym(0, 0, 2+z[0])
	dst.SetSym(0, 1, 0.4+0.3*z[1])
	dst.SetSym(1, 1, 1.5+0.5*z[1]*z[1])
}

// Manufactured solution: the discrete operator applied to f = (c L* - L) g, which
// vanishes on the threshold, is -b.grad f - D:grad grad f, in a valley without
// symmetry and with every coefficient at work.
func TestPlanar_ManufacturedSolution(t *testing.T) {
	const eta, ratio = 0.3, 1.2
	l := lopsided{0.2}
	p := Planar{Landscape: l, Noise: l, LearningRate: eta, Minimum: []float64{0, 0}, LossRatio: ratio}
	// g = 1 + x/2 - y/3 + x y.
	value := func(x, y float64) float64 { return (ratio - l.Loss([]float64{x, y})) * (1 + x/2 - y/3 + x*y) }
	want := func(x, y float64) float64 {
		z := []float64{x, y}
		var b [2]float64
		l.Grad(b[:], z)
		h, s := mat.NewSymDense(2, nil), mat.NewSymDense(2, nil)
		l.Hessian(h, z)
		l.Covariance(s, z)
		u, g, gx, gy := ratio-l.Loss(z), 1+x/2-y/3+x*y, 0.5+y, -1./3+x
		fx, fy := -b[0]*g+u*gx, -b[1]*g+u*gy
		fxx := -h.At(0, 0)*g - 2*b[0]*gx
		fyy := -h.At(1, 1)*g - 2*b[1]*gy
		fxy := -h.At(0, 1)*g - b[0]*gy - b[1]*gx + u
		return b[0]*fx + b[1]*fy - eta/2*(s.At(0, 0)*fxx+2*s.At(0, 1)*fxy+s.At(1, 1)*fyy)
	}
	var errs []float64
	for _, size := range [][2]int{{15, 12}, {25, 24}, {41, 48}} {
		d, err := p.disk(size[0], size[1])
		if err != nil {
			t.Fatal(err)
		}
		f := mat.NewVecDense(d.half*d.m, nil)
		for k := 1; k <= d.half; k++ {
			for j := range d.m {
				v, _, _, _, _, _ := d.rho(d.s[k], j)
				x := d.point(v, j)
				f.SetVec(d.index(k, j), value(x[0], x[1]))
			}
		}
		var got mat.VecDense
		got.MulVec(d.operator(), f)
		worst := 0.0
		for k := 1; k <= d.half; k++ {
			for j := range d.m {
				v, _, _, _, _, _ := d.rho(d.s[k], j)
				x := d.point(v, j)
				worst = math.Max(worst, math.Abs(got.AtVec(d.index(k, j))-want(x[0], x[1])))
			}
		}
		errs = append(errs, worst)
		if got := math.Abs(d.atMinimum(f) - (ratio - 1)); !(got < 1e-4) {
			t.Errorf("value at the minimum is off by %v", got)
		}
	}
	t.Logf("largest errors %.2g", errs)
	if !(errs[2] < 1e-6) || !(errs[2] < 1e-3*errs[0]) {
		t.Errorf("errors %.2g do not fall spectrally", errs)
	}
}

// Convergence is faster than any power: each mesh gains more than a factor that a
// scheme of order 6 would.
func TestOrder_PlanarIsSpectral(t *testing.T) {
	l := lopsided{0.2}
	p := Planar{Landscape: l, Noise: l, LearningRate: 0.1, Minimum: []float64{0, 0}, LossRatio: 1.2}
	e := exit(t, p, PlanarOptions{Tolerance: 1e-15, Levels: 4})
	last := e.MeanTime.Grids[3]
	err0, err2 := math.Abs(e.MeanTime.Grids[0]-last), math.Abs(e.MeanTime.Grids[2]-last)
	t.Logf("times %v", e.MeanTime.Grids)
	order := math.Log(err0/err2) / math.Log(45./21)
	if !(order > 6) {
		t.Errorf("order %.2f between the first and the third mesh, want more than 6", order)
	}
	if !(e.MeanTime.RelativeError() < 1e-6) || !(e.PrincipalEigenvalue.RelativeError() < 1e-6) {
		t.Errorf("relative errors %.2g, %.2g", e.MeanTime.RelativeError(), e.PrincipalEigenvalue.RelativeError())
	}
}

// Rotating and shifting the parameters changes nothing; L -> aL with eta -> eta/a
// multiplies rates by a; and eigenvalue times time tends to 1.
func TestProp_PlanarSymmetries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h1, h2 := rapid.Float64Range(0.5, 1.5).Draw(t, "h1"), rapid.Float64Range(0.5, 1.5).Draw(t, "h2")
		eta := rapid.Float64Range(0.1, 0.3).Draw(t, "eta") / math.Max(h1, h2)
		batch, ratio := rapid.Float64Range(1, 4).Draw(t, "B"), rapid.Float64Range(1.1, 1.4).Draw(t, "c")
		s, c := math.Sincos(rapid.Float64Range(0, math.Pi).Draw(t, "angle"))
		straight := regression(mat.NewSymDense(2, []float64{h1, 0, 0, h2}), eta, batch, ratio, false)
		turned := regression(mat.NewSymDense(2, []float64{h1*c*c + h2*s*s, (h1 - h2) * s * c, (h1 - h2) * s * c, h1*s*s + h2*c*c}), eta, batch, ratio, false)
		g := turned.Landscape.(gaussianRegression)
		g.a = [2]float64{rapid.Float64Range(-2, 2).Draw(t, "shift"), 0.7}
		turned.Landscape, turned.Noise, turned.Minimum = g, g, g.a[:]
		o := PlanarOptions{Tolerance: 1e-5, Levels: 3}
		e, err := straight.Exit(o)
		if err != nil {
			t.Fatal(err)
		}
		f, err := turned.Exit(o)
		if err != nil {
			t.Fatal(err)
		}
		if got := relative(f.MeanTime.Value, e.MeanTime.Value); !(got < 1e-4) {
			t.Fatalf("turned: time changes by %v", got)
		}
		if got := relative(f.PrincipalEigenvalue.Value, e.PrincipalEigenvalue.Value); !(got < 1e-4) {
			t.Fatalf("turned: eigenvalue changes by %v", got)
		}
		if product := e.PrincipalEigenvalue.Value * e.MeanTime.Value; !(product > 1 && product < 1.6) {
			t.Fatalf("lambda T = %v", product)
		}
	})
}

func TestReject_PlanarSabotage(t *testing.T) {
	rows := readTable(t, radialTimeCSV)
	row := rows[1]
	for name, p := range map[string]Planar{
		"half of eta": regression(identity(), row[1]/2, row[2], row[3], false),
		"c off by 5%": regression(identity(), row[1], row[2], row[3]*1.05, false),
	} {
		if got := relative(exit(t, p, PlanarOptions{Levels: 3}).MeanTime.Value, row[4]); !(got > 0.1) {
			t.Errorf("%s passes: relative gap %.2g", name, got)
		}
	}
}

type noNoise struct{ gaussianRegression }

func (noNoise) Covariance(dst *mat.SymDense, _ []float64) { dst.Zero() }

type flat struct{ gaussianRegression }

func (flat) Hessian(dst *mat.SymDense, _ []float64) { dst.Zero() }

type walled struct{ gaussianRegression }

func (w walled) Loss(x []float64) float64 {
	return w.gaussianRegression.Loss(x) + 1000*math.Pow(math.Max(0, x[0]), 4)
}

type bounded struct{ gaussianRegression }

func (b bounded) Loss(x []float64) float64 { return 2 - 1/(1+b.gaussianRegression.Loss(x)) }

func TestPlanar_Refuses(t *testing.T) {
	good := regression(identity(), 0.1, 1, 1.5, false)
	g := good.Landscape.(gaussianRegression)
	rows := []struct {
		name   string
		change func(*Planar, *PlanarOptions)
	}{
		{"landscape", func(p *Planar, _ *PlanarOptions) { p.Landscape = nil }},
		{"noise", func(p *Planar, _ *PlanarOptions) { p.Noise = nil }},
		{"learning rate", func(p *Planar, _ *PlanarOptions) { p.LearningRate = math.NaN() }},
		{"minimum", func(p *Planar, _ *PlanarOptions) { p.Minimum = []float64{0} }},
		{"minimum NaN", func(p *Planar, _ *PlanarOptions) { p.Minimum = []float64{0, math.NaN()} }},
		{"loss ratio", func(p *Planar, _ *PlanarOptions) { p.LossRatio = 1 }},
		{"tolerance", func(_ *Planar, o *PlanarOptions) { o.Tolerance = -1 }},
		{"levels", func(_ *Planar, o *PlanarOptions) { o.Levels = 9 }},
		{"loss zero", func(p *Planar, _ *PlanarOptions) { h := g; h.s2 = 0; p.Landscape = h }},
		{"no noise", func(p *Planar, _ *PlanarOptions) { p.Noise = noNoise{g} }},
		{"flat", func(p *Planar, _ *PlanarOptions) { p.Landscape = flat{g} }},
		{"no threshold", func(p *Planar, _ *PlanarOptions) { p.Landscape = bounded{g} }},
		{"too lopsided", func(p *Planar, _ *PlanarOptions) { p.Landscape = walled{g} }},
		{"barrier too high", func(p *Planar, o *PlanarOptions) { p.LearningRate, o.Levels = 1e-4, 2 }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p, o := good, PlanarOptions{}
			row.change(&p, &o)
			if _, err := p.Exit(o); !errors.Is(err, model.ErrDomain) {
				t.Errorf("error %v, want ErrDomain", err)
			}
		})
	}
}

func BenchmarkPlanarExit(b *testing.B) {
	for _, row := range readTable(b, radialTimeCSV) {
		b.Run(fmt.Sprintf("covariance=%v", row[0]), func(b *testing.B) {
			b.ReportAllocs()
			p := regression(identity(), row[1], row[2], row[3], row[0] == 0)
			var e PlanarExit
			for b.Loop() {
				e = exit(b, p, PlanarOptions{})
			}
			got := relative(e.MeanTime.Value, row[4])
			if !(got < 1e-8) {
				b.Fatalf("relative error %.2g", got)
			}
			b.ReportMetric(-math.Log10(got+1e-16), "digits")
		})
	}
}
