package firstpassage

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"pgregory.net/rapid"

	"sgdescape/model"
)

func TestGolden_Radial(t *testing.T) {
	rows, rtol := external(t, "radial_mfpt")
	for _, r := range rows {
		p := Radial{BatchOverEtaH: r[0], Dim: int(r[1]), Ratio: r[2], Curvature: 2}
		t.Run(fmt.Sprintf("b=%v/n=%v/c=%v", r[0], r[1], r[2]), func(t *testing.T) {
			got, err := p.MeanTime()
			if err != nil {
				t.Fatal(err)
			}
			if misses(2*got, r[3], rtol/100) {
				t.Errorf("h T = %v, want %v", 2*got, r[3])
			}
		})
	}
}

// TestGolden_RadialExtreme covers b = 1e4, small c, many dimensions on both
// sides of n_c.
func TestGolden_RadialExtreme(t *testing.T) {
	rows, rtol := external(t, "radial_extreme")
	for _, r := range rows {
		p := Radial{BatchOverEtaH: r[0], Dim: int(r[1]), Ratio: r[2], Curvature: 1}
		t.Run(fmt.Sprintf("b=%v/n=%v/c=%v", r[0], r[1], r[2]), func(t *testing.T) {
			got, err := p.LogMeanTime()
			if err != nil {
				t.Fatal(err)
			}
			if !(math.Abs(got-r[3]) <= rtol) {
				t.Errorf("log h T = %v, want %v", got, r[3])
			}
		})
	}
}

// TestRadial_BeyondCritical: the two ways to compute n >= n_c, and n just below
// n_c, agree.
func TestRadial_BeyondCritical(t *testing.T) {
	for _, p := range []Radial{
		{Dim: 5, BatchOverEtaH: 1.5, Ratio: 100, Curvature: 2},
		{Dim: 30, BatchOverEtaH: 3, Ratio: 100, Curvature: 2},
		{Dim: 4, BatchOverEtaH: 1 + 1e-9, Ratio: 100, Curvature: 2}, // q = 1e-9
		{Dim: 4, BatchOverEtaH: 1.24, Ratio: 100, Curvature: 2},
	} {
		near, err := p.LogMeanTime()
		if err != nil {
			t.Fatal(err)
		}
		p.Ratio = math.Nextafter(p.Ratio, 200)
		far, err := p.LogMeanTime()
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(far-near) > 1e-12 {
			t.Errorf("%+v: log T = %v by the integral, %v on the mesh", p, near, far)
		}
	}
}

// TestRadial_ClosedForm holds the integral against the cases in which it can
// be done by hand.
func TestRadial_ClosedForm(t *testing.T) {
	for _, tc := range []struct {
		name, source string
		p            Radial
		want         float64
	}{
		// n = 2: the inner integral is (1 - (1+v)^-b)/b, so that
		// h T = (1/2) int_0^{c-1} ((1+v)^b - 1)/v dv; b = 2: (1/2)(2(c-1) + (c-1)^2/2).
		{"n=2 b=2 c=3", "closed form", Radial{Dim: 2, BatchOverEtaH: 2, Ratio: 3, Curvature: 1}, 3},
		{"n=2 b=2 c=1e6", "closed form", Radial{Dim: 2, BatchOverEtaH: 2, Ratio: 1e6, Curvature: 1}, (1e6 - 1) + (1e6-1)*(1e6-1)/4},
		{"n=4 b=1 c=e", "closed form: (1/2) int_0^1 g ds, g = (s - 1 + exp(-s)) exp(2 s)/(exp(s) - 1)²", Radial{Dim: 4, BatchOverEtaH: 1, Ratio: math.E, Curvature: 1}, 0.5 * quad.Fixed(func(s float64) float64 {
			return (s + math.Expm1(-s)) / math.Pow(math.Expm1(-s), 2)
		}, 0, 1, 40, quad.Legendre{}, 0)},
		{"n=2 b=1 c=1.5", "closed form", Radial{Dim: 2, BatchOverEtaH: 1, Ratio: 1.5, Curvature: 1}, 0.25},
		{"small c", "closed form: b (c-1)/n as c -> 1", Radial{Dim: 7, BatchOverEtaH: 3, Ratio: 1 + 0x1p-43, Curvature: 1}, 3 * 0x1p-43 / 7},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.p.MeanTime()
			if err != nil {
				t.Fatal(err)
			}
			if misses(got, tc.want, 1e-12) {
				t.Errorf("h T = %v, want %v", got, tc.want)
			}
		})
	}
}

// TestRadial_NarrowWell: with n = 2 and a threshold far out, the well is a tiny part of
// the region, and time is spent in it all the same. Source: closed form,
//
//	h T = 1/2 int_0^{log c} (exp(b s) - 1)/(1 - exp(-s)) ds
func TestRadial_NarrowWell(t *testing.T) {
	for _, tc := range []struct{ b, c float64 }{
		{0.01, 1e8}, {0.01, 1e9}, {0.01, 1e11}, {0.1, 1e11}, {0.1, 1e12}, {0.1, 1e20}, {0.1, 1e100}, {1, 1e11}, {10, 1e17},
	} {
		p := Radial{Dim: 2, BatchOverEtaH: tc.b, Ratio: tc.c, Curvature: 1}
		g := func(s float64) float64 { return math.Expm1(tc.b*s) / -math.Expm1(-s) }
		want := 0.0
		panels := math.Ceil(math.Log(tc.c) * math.Max(1, tc.b))
		for k := range int(panels) {
			want += quad.Fixed(g, math.Log(tc.c)*float64(k)/panels, math.Log(tc.c)*float64(k+1)/panels, 20, quad.Legendre{}, 0) / 2
		}
		got, err := p.MeanTime()
		if err != nil || misses(got, want, 1e-11) {
			t.Errorf("%+v: h T = %v, want %v (%v)", p, got, want, err)
		}
		e, err := p.Process().Solve()
		if err != nil {
			t.Errorf("%+v: %v", p, err)
			continue
		}
		if e.RelativeError() > 1e-11 || misses(e.MeanTime(), want, e.RelativeError()) {
			t.Errorf("%+v: on the mesh h T = %v, want %v; stated error %v", p, e.MeanTime(), want, e.RelativeError())
		}
	}
}

func TestRadial_LargeRatio(t *testing.T) {
	for _, p := range []Radial{
		{Dim: 1, BatchOverEtaH: 10, Ratio: 1e6, Curvature: 1},
		{Dim: 10, BatchOverEtaH: 10, Ratio: 1e6, Curvature: 3},
		{Dim: 1, BatchOverEtaH: 1e4, Ratio: 1e6, Curvature: 1},
	} {
		got, err := p.LogMeanTime()
		if err != nil {
			t.Fatal(err)
		}
		// The next term is n/(2c) q/(q-1), from the expansion of v^{-n/2} (1+v)^b;
		// Source: closed form.
		q := p.Slope()
		next := float64(p.Dim) / (2 * p.Ratio) * q / (q - 1)
		if gap := got - p.LogLargeRatio(); misses(gap, next, 0.001) {
			t.Errorf("%+v: log T = %v misses its asymptote by %v, want %v", p, got, gap, next)
		}
	}
	if got := (Radial{Dim: 22, BatchOverEtaH: 10, Ratio: 2, Curvature: 1}).LogLargeRatio(); !math.IsNaN(got) {
		t.Errorf("asymptote at n = n_c is %v, want NaN", got)
	}
}

func TestProp_RadialMonotone(t *testing.T) { rapid.Check(t, radialMonotone) }

// FuzzRadialMonotone is the same property, driven by the fuzzer.
func FuzzRadialMonotone(f *testing.F) { f.Fuzz(rapid.MakeFuzz(radialMonotone)) }

func radialMonotone(t *rapid.T) {
	b := math.Exp(rapid.Float64Range(math.Log(0.1), math.Log(1e3)).Draw(t, "log b"))
	n := rapid.IntRange(1, 30).Draw(t, "n")
	c := 1 + math.Exp(rapid.Float64Range(-4, 8).Draw(t, "log(c-1)"))
	p := Radial{Dim: n, BatchOverEtaH: b, Ratio: c, Curvature: 1}
	base, err := p.LogMeanTime()
	if err != nil {
		t.Fatal(err)
	}
	larger, wider := p, p
	larger.Ratio = 1 + (c-1)*1.01
	wider.Dim++
	if up, err := larger.LogMeanTime(); err != nil || !(up > base) {
		t.Fatalf("T does not grow with c: log T %v -> %v (%v)", base, up, err)
	}
	if down, err := wider.LogMeanTime(); err != nil || !(down < base) {
		t.Fatalf("T does not fall with n: log T %v -> %v (%v)", base, down, err)
	}
}

func TestReject_Radial(t *testing.T) {
	nan := math.NaN()
	for _, p := range []Radial{
		{}, {Dim: 1, BatchOverEtaH: nan, Ratio: 2, Curvature: 1}, {Dim: 1, BatchOverEtaH: 1, Ratio: 1, Curvature: 1},
		{Dim: 0, BatchOverEtaH: 1, Ratio: 2, Curvature: 1}, {Dim: 1, BatchOverEtaH: 1, Ratio: math.Inf(1), Curvature: 1},
		{Dim: 1, BatchOverEtaH: 1, Ratio: 2, Curvature: -1},
	} {
		if got, err := p.LogMeanTime(); !errors.Is(err, model.ErrDomain) || !math.IsNaN(got) {
			t.Errorf("%+v: %v, %v; want NaN and an error that wraps model.ErrDomain", p, got, err)
		}
	}
}

func BenchmarkRadial(b *testing.B) {
	for _, p := range []Radial{
		{Dim: 1, BatchOverEtaH: 10, Ratio: 2, Curvature: 1},
		{Dim: 10, BatchOverEtaH: 10, Ratio: 5, Curvature: 1},
		{Dim: 1, BatchOverEtaH: 10000, Ratio: 1000000, Curvature: 1},
		{Dim: 6, BatchOverEtaH: 1.5, Ratio: 1000000, Curvature: 1},
	} {
		b.Run(fmt.Sprintf("b=%s/n=%d/c=%s", strconv.FormatFloat(p.BatchOverEtaH, 'f', -1, 64), p.Dim, strconv.FormatFloat(p.Ratio, 'f', -1, 64)), func(b *testing.B) {
			e, err := p.Process().Solve()
			if err != nil {
				b.Fatal(err)
			}
			log := 0.0
			b.ReportAllocs()
			for b.Loop() {
				if log, err = p.LogMeanTime(); err != nil {
					b.Fatal(err)
				}
			}
			if !(math.Abs(log-e.LogMeanTime()) < 1e-9) {
				b.Fatalf("log T = %v, on the mesh %v", log, e.LogMeanTime())
			}
		})
	}
}
