package generator

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/noise"
)

func channelRectangle(t testing.TB, temperature float64) Rectangle {
	t.Helper()
	c := standardChannel(t, 2)
	// Sigma = 2 T L/eta: eta cancels.
	s, err := noise.NewLossIsotropic(c, temperature, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	return Rectangle{Landscape: c, Noise: s, LearningRate: 0.1, Start: c.Minimum(), Exit: 0, Left: -2.4, Low: -2.6, High: 2.6}
}

// Two solvers that share nothing but the equation: the finite volumes of an
// axisymmetric problem and collocation without symmetry.
func TestRectangle_MatchesAxisymmetric(t *testing.T) {
	const temperature = 1. / 8
	want := escape(t, Channel(standardChannel(t, 2), temperature), Options{})
	p := channelRectangle(t, temperature)
	got, err := p.Passage(PlanarOptions{Tolerance: 1e-5})
	if err != nil {
		t.Fatal(err)
	}
	if r := relative(got.MeanTime.Value, want.MeanTimeToSaddle.Value); !(r < 1e-4) {
		t.Errorf("time %v (grids %v), axisymmetric %v: relative gap %.2g", got.MeanTime.Value, got.MeanTime.Grids, want.MeanTimeToSaddle.Value, r)
	}
	if r := relative(got.PrincipalEigenvalue.Value, 2*want.Rate.Value); !(r < 1e-4) {
		t.Errorf("eigenvalue %v, axisymmetric %v: relative gap %.2g", got.PrincipalEigenvalue.Value, 2*want.Rate.Value, r)
	}
	// Noise of Langevin type at the same temperature at the minimum is told apart.
	if p.Noise, err = noise.NewIsotropic(2, temperature, 0.1); err != nil {
		t.Fatal(err)
	}
	other, err := p.Passage(PlanarOptions{Levels: 2})
	if err != nil {
		t.Fatal(err)
	}
	if r := relative(other.MeanTime.Value, want.MeanTimeToSaddle.Value); !(r > 0.5) {
		t.Errorf("constant noise passes: relative gap %.2g", r)
	}
}

// curvedValley is the double well 1 + (1 - x²)² + k (y - c (1 - x²))²/2.
type curvedValley struct{ k, c float64 }

// Anisotropic noise 2 L H* without detailed balance: the exponent -eps log lambda
// of the exact rate tends to the quasi-potential of the minimum-action method,
// 0.0766 (package quasipotential), and not to Eq. 17's log(2)/h* = 0.0578.
func TestRectangle_ExponentIsTheQuasiPotential(t *testing.T) {
	const quasiPotential, isotropic = 0.07664257, math.Ln2 / 12
	l := curvedValley{4, 0.5}
	h := mat.NewSymDense(2, nil)
	l.Hessian(h, []float64{-1, 0})
	s, err := noise.NewLossProportional(l, h, 1)
	if err != nil {
		t.Fatal(err)
	}
	var logs, inverse []float64
	for _, eps := range []float64{1. / 40, 1. / 60, 1. / 90} {
		p := Rectangle{Landscape: l, Noise: s, LearningRate: eps, Start: []float64{-1, 0}, Exit: 0, Left: -1.9, Low: -2.2, High: 2.2}
		e, err := p.Passage(PlanarOptions{Tolerance: 5e-3})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("eps = %.4f: lambda = %v", eps, e.PrincipalEigenvalue)
		if !(e.PrincipalEigenvalue.RelativeError() < 0.02) {
			t.Errorf("eps = %v: eigenvalue %v", eps, e.PrincipalEigenvalue)
		}
		logs, inverse = append(logs, math.Log(e.PrincipalEigenvalue.Value)), append(inverse, 1/eps)
	}
	s1 := (logs[0] - logs[1]) / (inverse[1] - inverse[0])
	s2 := (logs[1] - logs[2]) / (inverse[2] - inverse[1])
	t.Logf("local exponents %.5f, %.5f; quasi-potential %.5f, isotropic %.5f", s1, s2, quasiPotential, isotropic)
	// The exit line is not the separatrix, which leaves a slowly varying prefactor.
	for _, s := range []float64{s1, s2} {
		if !(math.Abs(s-quasiPotential) < 0.02*quasiPotential) {
			t.Errorf("exponent %v, want %v within 2 %%", s, quasiPotential)
		}
	}
	if !(math.Abs(s2-isotropic) > 10*math.Abs(s2-quasiPotential)) {
		t.Errorf("exponent %v does not tell %v from %v", s2, quasiPotential, isotropic)
	}
}

func TestRectangle_Refuses(t *testing.T) {
	good := channelRectangle(t, 0.25)
	rows := []struct {
		name   string
		change func(*Rectangle, *PlanarOptions)
	}{
		{"landscape", func(p *Rectangle, _ *PlanarOptions) { p.Landscape = standardChannel(t, 3) }},
		{"noise", func(p *Rectangle, _ *PlanarOptions) { p.Noise = nil }},
		{"learning rate", func(p *Rectangle, _ *PlanarOptions) { p.LearningRate = 0 }},
		{"start", func(p *Rectangle, _ *PlanarOptions) { p.Start = nil }},
		{"start outside", func(p *Rectangle, _ *PlanarOptions) { p.Start = []float64{1, 0} }},
		{"sides", func(p *Rectangle, _ *PlanarOptions) { p.Low = 3 }},
		{"exit", func(p *Rectangle, _ *PlanarOptions) { p.Exit = math.NaN() }},
		{"levels", func(_ *Rectangle, o *PlanarOptions) { o.Levels = 1 }},
		{"no noise", func(p *Rectangle, _ *PlanarOptions) { p.Noise = noNoise{} }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p, o := good, PlanarOptions{Levels: 2}
			row.change(&p, &o)
			if _, err := p.Passage(o); !errors.Is(err, model.ErrDomain) {
				t.Errorf("error %v, want ErrDomain", err)
			}
		})
	}
}

func TestBarycentric(t *testing.T) {
	x, _, _ := chebyshev(8)
	for _, s := range []float64{x[3], 0.123, -0.9} {
		got := 0.0
		for k, w := range barycentric(x, s) {
			got += w * math.Pow(x[k], 5)
		}
		if want := math.Pow(s, 5); !(math.Abs(got-want) < 1e-14) {
			t.Errorf("s = %v: %v, want %v", s, got, want)
		}
	}
}

func (curvedValley) Dim() int { return 2 }
func (l curvedValley) Loss(z []float64) float64 {
	q := 1 - z[0]*z[0]
	u := z[1] - l.c*q
	return 1 + q*q + l.k*u*u/2
}
func (l curvedValley) Grad(dst, z []float64) {
	q := 1 - z[0]*z[0]
	u := z[1] - l.c*q
	dst[0], dst[1] = -4*z[0]*q+2*l.k*l.c*u*z[0], l.k*u
}
func (l curvedValley) Hessian(dst *mat.SymDense, z []float64) {
	x := z[0]
	u := z[1] - l.c*(1-x*x)
	dst.SetSym(0, 0, 12*x*x-4+l.k*(4*l.c*l.c*x*x+2*l.c*u))
	dst.SetSym(0, 1, 2*l.k*l.c*x)
	dst.SetSym(1, 1, l.k)
}

func BenchmarkRectanglePassage(b *testing.B) {
	want := escape(b, Channel(standardChannel(b, 2), 0.25), Options{}).MeanTimeToSaddle.Value
	b.Run(fmt.Sprintf("channel/temperature=%v", 0.25), func(b *testing.B) {
		b.ReportAllocs()
		p := channelRectangle(b, 0.25)
		var e PlanarExit
		for b.Loop() {
			var err error
			if e, err = p.Passage(PlanarOptions{Tolerance: 1e-4}); err != nil {
				b.Fatal(err)
			}
		}
		got := relative(e.MeanTime.Value, want)
		if !(got < 1e-3) {
			b.Fatalf("relative error %.2g", got)
		}
		b.ReportMetric(-math.Log10(got+1e-16), "digits")
	})
}
