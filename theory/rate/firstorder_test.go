package rate_test

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/theory/generator"
	"sgdescape/theory/rate"
)

func channel(t fataler, n int) *landscape.Channel {
	c, err := landscape.NewChannel(landscape.ChannelParameters{Dim: n, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type fataler interface{ Fatal(...any) }

func firstOrder(t fataler, l landscape.Passage) float64 {
	c1, err := rate.FirstOrder(l)
	if err != nil {
		t.Fatal(err)
	}
	return c1
}

// Source: the expansion from symbolic derivatives at 30 digits (mpmath 1.2.1).
func TestFirstOrder_Channel(t *testing.T) {
	for n, want := range map[int]float64{1: -0.0625, 2: 0.293273069095601, 3: 0.648881437292191, 5: 1.35960407098834, 8: 2.42445276478997} {
		if got := firstOrder(t, channel(t, n)); !(math.Abs(got-want) < 1e-8) {
			t.Errorf("n = %d: c_1 = %.12g, want %.12g", n, got, want)
		}
	}
}

// bent is a channel that is even about no point of its axis: the barrier is
// lopsided and the valley narrows towards a point beside the saddle.
func bent(x, r float64) float64 {
	q := 1 - x*x
	return 1 + q*q*(1+0.3*x) + (2+math.Exp(-4*(x-0.4)*(x-0.4)))*r*r/2
}

var bentSaddle = (-4 + math.Sqrt(16+1.8)) / 3 // of (1-x²)² (1+0.3x)

func bentPassage(t fataler, n int) landscape.Passage {
	l, err := landscape.NewFunc(landscape.Definition{Dim: n, Loss: func(theta []float64) float64 {
		r2 := 0.0
		for _, z := range theta[1:] {
			r2 += z * z
		}
		return bent(theta[0], math.Sqrt(r2))
	}, Grad: func(dst, theta []float64) {
		x, r2 := theta[0], 0.0
		narrow := math.Exp(-4 * (x - 0.4) * (x - 0.4))
		for i, z := range theta[1:] {
			r2 += z * z
			dst[1+i] = (2 + narrow) * z
		}
		q := 1 - x*x
		dst[0] = q*(0.3*q-4*x*(1+0.3*x)) - 4*(x-0.4)*narrow*r2
	}})
	if err != nil {
		t.Fatal(err)
	}
	at := func(x float64) []float64 { return append([]float64{x}, make([]float64, n-1)...) }
	p, err := landscape.WithPassage(l, at(-1), at(bentSaddle), at(1))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// extrapolated returns the limit T -> 0 of (kappa/kappa_17 - 1)/T for the bent
// channel, from the mean times of the generator at T = 1/32, 1/64, 1/128.
func extrapolated(t *testing.T, n int) float64 {
	l := bentPassage(t, n)
	atMin, atSad := mat.NewSymDense(n, nil), mat.NewSymDense(n, nil)
	l.Hessian(atMin, l.Minimum())
	l.Hessian(atSad, l.Saddle())
	var slopes []float64
	for _, temperature := range []float64{1. / 32, 1. / 64, 1. / 128} {
		law, err := rate.FromHessians(rate.Hessians{Minimum: atMin, Saddle: atSad, LossMinimum: l.Loss(l.Minimum()),
			LossSaddle: l.Loss(l.Saddle()), LearningRate: temperature / atMin.At(0, 0), BatchSize: 1})
		if err != nil {
			t.Fatal(err)
		}
		mean, err := generator.LossProportional(n, temperature, bent, -1, bentSaddle, 1).MeanFirstPassageTime(1, generator.Options{Resolution: 3})
		if err != nil {
			t.Fatal(err)
		}
		slopes = append(slopes, math.Expm1(-math.Log(mean.Value)-law.LogEscapeRate())/temperature)
	}
	first, second := 2*slopes[1]-slopes[0], 2*slopes[2]-slopes[1]
	return (4*second - first) / 3
}

// Cubic terms at the saddle, which the channel of the catalogue lacks, against
// the generator. What is left of the extrapolation is of order T³.
func TestFirstOrder_LopsidedSaddle(t *testing.T) {
	for _, n := range []int{1, 3} {
		got, want := firstOrder(t, bentPassage(t, n)), extrapolated(t, n)
		t.Logf("n = %d: c_1 = %.6g, extrapolated %.6g", n, got, want)
		if !(math.Abs(got-want) < 2e-3) {
			t.Errorf("n = %d: c_1 = %.6g, the generator says %.6g", n, got, want)
		}
	}
}

// A moved landscape is a L(w Q(theta - shift)).
type moved struct {
	landscape.Passage
	scale, width float64
	turn         mat.Dense // Q
}

func (m moved) inner(theta []float64) []float64 {
	x := make([]float64, len(theta))
	mat.NewVecDense(len(x), x).MulVec(&m.turn, mat.NewVecDense(len(theta), append([]float64(nil), theta...)))
	for i := range x {
		x[i] *= m.width
	}
	return x
}

func (m moved) outer(x []float64) []float64 {
	theta := make([]float64, len(x))
	mat.NewVecDense(len(x), theta).MulVec(m.turn.T(), mat.NewVecDense(len(x), x))
	for i := range theta {
		theta[i] /= m.width
	}
	return theta
}

func (m moved) Loss(theta []float64) float64 { return m.scale * m.Passage.Loss(m.inner(theta)) }
func (m moved) Minimum() []float64           { return m.outer(m.Passage.Minimum()) }
func (m moved) Saddle() []float64            { return m.outer(m.Passage.Saddle()) }
func (m moved) Hessian(dst *mat.SymDense, theta []float64) {
	h := mat.NewSymDense(m.Dim(), nil)
	m.Passage.Hessian(h, m.inner(theta))
	var turned mat.Dense
	turned.Product(m.turn.T(), h, &m.turn)
	for i := range m.Dim() {
		for j := i; j < m.Dim(); j++ {
			dst.SetSym(i, j, m.scale*m.width*m.width*turned.At(i, j))
		}
	}
}

// L -> a L, theta -> Q theta/w change nothing: losses enter through ratios, and T
// has no unit.
func TestProp_FirstOrderInvariant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "n")
		c, err := landscape.NewChannel(landscape.ChannelParameters{Dim: n,
			Floor: rapid.Float64Range(0.2, 3).Draw(t, "L*"), Height: rapid.Float64Range(0.2, 3).Draw(t, "dL"), Width: rapid.Float64Range(0.5, 2).Draw(t, "w"),
			KMin: rapid.Float64Range(0.5, 4).Draw(t, "km"), KSaddle: rapid.Float64Range(0.5, 4).Draw(t, "ks")})
		if err != nil {
			t.Fatal(err)
		}
		m := moved{Passage: c, scale: math.Exp(rapid.Float64Range(-3, 3).Draw(t, "log a")), width: math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log w"))}
		entries := make([]float64, n*n)
		for i := range entries {
			entries[i] = rapid.Float64Range(-1, 1).Draw(t, "entry of Q")
		}
		square := mat.NewDense(n, n, entries)
		for i := range n {
			square.Set(i, i, square.At(i, i)+float64(n)+1) // regular
		}
		var qr mat.QR
		qr.Factorize(square)
		qr.QTo(&m.turn)
		was, is := firstOrder(t, c), firstOrder(t, m)
		if !(math.Abs(is-was) < 1e-6*(1+math.Abs(was))) {
			t.Fatalf("c_1 went from %.9g to %.9g", was, is)
		}
	})
}

// What is not c_1 of the lopsided channel is told from it.
func TestReject_FirstOrderTerms(t *testing.T) {
	const n = 3
	want := extrapolated(t, n)
	other := firstOrder(t, channel(t, n))
	for name, wrong := range map[string]float64{
		"the factor 1/L of the mass": firstOrder(t, bentPassage(t, n)) - float64(n)/2,
		"another landscape":          other,
		"no correction":              0,
	} {
		if math.Abs(wrong-want) < 2e-3 {
			t.Errorf("%s: %.6g is not told from %.6g", name, wrong, want)
		}
	}
}

// plateau has the wrong kinds of critical points, or a Hessian that jitters.
type plateau struct {
	landscape.Passage
	saddle []float64
	jitter float64
}

func (p plateau) Saddle() []float64 { return p.saddle }
func (p plateau) Hessian(dst *mat.SymDense, theta []float64) {
	p.Passage.Hessian(dst, theta)
	noise := distuv.UnitNormal.Quantile(math.Mod(math.Abs(theta[0])*1e9, 1)*0.98 + 0.01)
	dst.SetSym(0, 0, dst.At(0, 0)*(1+p.jitter*noise))
}

func TestFirstOrder_Errors(t *testing.T) {
	c := channel(t, 2)
	if _, err := rate.FirstOrder(nil); !errors.Is(err, model.ErrDomain) {
		t.Errorf("no landscape: error %v", err)
	}
	if _, err := rate.FirstOrder(plateau{Passage: c, saddle: c.Minimum()}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("a minimum for a saddle: error %v", err)
	}
	if _, err := rate.FirstOrder(plateau{Passage: c, saddle: c.Saddle(), jitter: 1e-5}); !errors.Is(err, rate.ErrResolution) {
		t.Errorf("a noisy Hessian: error %v", err)
	}
	if _, err := rate.FirstOrder(plateau{Passage: c, saddle: c.Saddle(), jitter: 1e-12}); err != nil {
		t.Errorf("a Hessian to rounding: error %v", err)
	}
}

func BenchmarkFirstOrder(b *testing.B) {
	c := channel(b, 8)
	b.ReportAllocs()
	var c1 float64
	for b.Loop() {
		c1 = firstOrder(b, c)
	}
	if want := 2.42445276478997; !(math.Abs(c1-want) < 1e-8) {
		b.Errorf("c_1 = %v, want %v", c1, want)
	}
}
