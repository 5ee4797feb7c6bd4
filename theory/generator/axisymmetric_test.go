package generator

import (
	_ "embed"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model/landscape"
)

// The times in double_well_time.csv were computed by arbitrary-precision
// quadrature and are good to 1e-7.
//
//go:embed testdata/double_well_time.csv
var doubleWellTimeCSV []byte

func escape(t testing.TB, p Axisymmetric, o Options) Escape {
	t.Helper()
	e, err := p.Escape(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestGolden_DoubleWellTime(t *testing.T) {
	for _, row := range readTable(t, doubleWellTimeCSV) {
		t.Run(fmt.Sprint(row[:5]), func(t *testing.T) {
			c, err := landscape.NewChannel(landscape.ChannelParameters{Dim: 1, Floor: row[0], Height: row[1], Width: row[2], KMin: 1, KSaddle: 1})
			if err != nil {
				t.Fatal(err)
			}
			hStar := 8 * row[1] / (row[2] * row[2])
			e := escape(t, Channel(c, row[3]*hStar/row[4]), Options{Resolution: 6})
			for _, q := range []struct {
				name string
				got  Estimate
				want float64
			}{{"time to the saddle", e.MeanTimeToSaddle, row[5]}, {"time beyond", e.MeanTimeBeyond, row[6]}} {
				if got := relative(q.got.Value, q.want); !(got < 1e-6) {
					t.Errorf("%s %v, want %v: relative error %.2g (estimate %.2g)", q.name, q.got.Value, q.want, got, q.got.RelativeError())
				}
			}
		})
	}
}

// Rates far below the rounding error of the matrix's diagonal keep their
// relative accuracy, here down to 1e-31 against quadrature.
func TestMeanTime_TinyRates(t *testing.T) {
	c := standardChannel(t, 1)
	for _, temperature := range []float64{1. / 10, 1. / 40, 1. / 100} {
		p := Channel(c, temperature)
		e := escape(t, p, Options{})
		want := onAxisTime(p, -2.5, 0)
		if got := relative(e.MeanTimeToSaddle.Value, want); !(got < 2e-6) {
			t.Errorf("T = %v: time %v, quadrature %v: relative error %.2g", temperature, e.MeanTimeToSaddle.Value, want, got)
		}
		if temperature < 0.05 && !(e.Rate.Value < 2e-12) {
			t.Errorf("T = %v: rate %v is not tiny", temperature, e.Rate.Value)
		}
		// kappa T_saddle -> 1/2 up to exponentially small terms and O(T).
		if got := 2 * e.Rate.Value * e.MeanTimeToSaddle.Value; !(math.Abs(got-1) < 1e-2) {
			t.Errorf("T = %v: 2 kappa T_saddle = %v", temperature, got)
		}
		if got := e.LogRate(); got != math.Log(e.Rate.Value) {
			t.Errorf("log rate %v", got)
		}
	}
}

// The same matrix solved with gonum's banded Cholesky, where the killing has been
// added to the diagonal, has no digit left at a rate of 1e-12.
func TestReject_SubtractionLosesTinyRates(t *testing.T) {
	p := Channel(standardChannel(t, 1), 1./48)
	b, err := p.box(p.Minimum, p.Saddle, Options{Resolution: 8, Grids: 3, Tail: 1e-7})
	if err != nil {
		t.Fatal(err)
	}
	g := p.assemble(b, 4, false)
	a := mat.NewSymBandDense(g.net.n, 1, nil)
	for k := range g.net.n {
		a.SetSymBand(k, k, a.At(k, k)+g.net.v[k])
		if k+1 < g.net.n {
			w := g.net.w[k]
			a.SetSymBand(k, k, a.At(k, k)+w)
			a.SetSymBand(k+1, k+1, a.At(k+1, k+1)+w)
			a.SetSymBand(k, k+1, -w)
		}
	}
	want := onAxisTime(p, -2.5, 0)
	var chol mat.BandCholesky
	var f mat.VecDense
	naive := math.NaN()
	if chol.Factorize(a) && chol.SolveVecTo(&f, mat.NewVecDense(g.net.n, append([]float64(nil), g.mass...))) == nil {
		naive = f.AtVec(g.iLeft)
	}
	g.net.factorise()
	if got := relative(g.meanTime(), want); !(got < 1e-3) {
		t.Errorf("without subtraction: relative error %.2g on one grid", got)
	}
	if got := relative(naive, want); got < 0.01 {
		t.Errorf("with subtraction: relative error %.2g; the special elimination would not be needed", got)
	}
}

// The scheme is of second order, and its limit is that of quadrature.
func TestOrder_GridConvergence(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 8} {
		e := escape(t, Channel(standardChannel(t, n), 1./8), Options{})
		for name, q := range map[string]Estimate{"rate": e.Rate, "time to the saddle": e.MeanTimeToSaddle} {
			if !(math.Abs(q.Order-2) < 0.15) {
				t.Errorf("n = %d: order of the %s is %.3f, want 2", n, name, q.Order)
			}
			if len(q.Grids) != 3 {
				t.Errorf("n = %d: %d grids", n, len(q.Grids))
			}
		}
	}
}

// Error estimates cover the true error, found from much finer grids.
func TestEstimate_CoversTheError(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		p := Channel(standardChannel(t, n), 1./8)
		fine := escape(t, p, Options{Resolution: 3, Tail: 1e-8})
		for _, o := range []Options{{Resolution: 1}, {}, {Grids: 2}} {
			e := escape(t, p, o)
			for _, q := range [][2]Estimate{{e.Rate, fine.Rate}, {e.MeanTimeToSaddle, fine.MeanTimeToSaddle}, {e.MeanTimeBeyond, fine.MeanTimeBeyond}} {
				if got := math.Abs(q[0].Value - q[1].Value); !(got <= q[0].Error+q[1].Error) {
					t.Errorf("n = %d, %+v: error %.2g, estimate %.2g", n, o, got, q[0].Error)
				}
			}
		}
	}
}

// Half the first nonzero eigenvalue of the whole double well, by another program:
// uniform grid, no absorbing plane, dense eigensolver.
func TestRate_IsHalfTheFirstNonzeroEigenvalue(t *testing.T) {
	for _, row := range []struct {
		n, nx, nr int
		tol       float64
	}{{1, 200, 1, 1e-5}, {3, 40, 14, 6e-3}} {
		p := Channel(standardChannel(t, row.n), 0.25)
		zero, coarse := fullSpectrum(p, 2.2, 2.6, row.nx/2, max(1, row.nr/2))
		_, fine := fullSpectrum(p, 2.2, 2.6, row.nx, row.nr)
		if !(math.Abs(zero) < 1e-9) {
			t.Errorf("n = %d: lowest eigenvalue %v, want 0", row.n, zero)
		}
		got, want := (4*fine-coarse)/3/2, escape(t, p, Options{}).Rate.Value
		if !(relative(got, want) < row.tol) {
			t.Errorf("n = %d: half the first nonzero eigenvalue is %v, kappa %v: relative gap %.2g", row.n, got, want, relative(got, want))
		}
	}
}

// Constant noise and a constant transverse curvature: the transverse directions
// separate off, and the rate is that of one dimension for every n.
func TestLangevin_SeparableChannel(t *testing.T) {
	loss := func(x, r float64) float64 {
		q := 1 - x*x
		return q*q + 3*r*r/2
	}
	want := escape(t, Langevin(1, 0.2, loss, -1, 0, 1), Options{})
	if got := relative(want.MeanTimeToSaddle.Value, onAxisTime(Langevin(1, 0.2, loss, -1, 0, 1), -2.5, 0)); !(got < 1e-6) {
		t.Errorf("n = 1: relative error %.2g against quadrature", got)
	}
	for _, n := range []int{2, 3, 6, 15, maxDim} {
		e := escape(t, Langevin(n, 0.2, loss, -1, 0, 1), Options{})
		if got := relative(e.Rate.Value, want.Rate.Value); !(got < 1e-4) {
			t.Errorf("n = %d: kappa %v, want %v: relative error %.2g", n, e.Rate.Value, want.Rate.Value, got)
		}
		if got := relative(e.MeanTimeBeyond.Value, want.MeanTimeBeyond.Value); !(got < 1e-4) {
			t.Errorf("n = %d: time beyond off by %.2g", n, got)
		}
	}
}

// Wrong weights and clocks are told from the reference by far more than its
// tolerance of 2e-4.
func TestReject_WrongGenerators(t *testing.T) {
	for _, row := range readTable(t, channelRateCSV) {
		c, err := landscape.NewChannel(landscape.ChannelParameters{Dim: int(row[6]), Floor: row[0], Height: row[1], Width: row[2], KMin: row[3], KSaddle: row[4]})
		if err != nil {
			t.Fatal(err)
		}
		for name, sabotage := range map[string]func(*Axisymmetric){
			"weight r^(n-1)":       func(p *Axisymmetric) { p.Dim++ },
			"mass without 1/L":     func(p *Axisymmetric) { p.Speed = func(x, r float64) float64 { return 1 } },
			"linear barrier":       func(p *Axisymmetric) { p.Potential = p.Speed },
			"temperature half off": func(p *Axisymmetric) { p.Temperature /= 2 },
		} {
			p := Channel(c, row[5])
			sabotage(&p)
			e := escape(t, p, Options{Grids: 2})
			if got := relative(e.Rate.Value, row[7]); !(got > 10*2e-4) {
				t.Errorf("%s passes at n = %v, T = %v: relative gap %.2g", name, row[6], row[5], got)
			}
		}
		// Eq. 17 with n+1 for n does not become exact as T -> 0: at T = 1/64 the
		// right one is within 3 %.
		p := Channel(c, 1./64)
		e := escape(t, p, Options{Grids: 2})
		wrong := eq17(c, 1./64) * math.Sqrt((row[0]+row[1])/row[0])
		if got := relative(e.Rate.Value, wrong); !(got > 0.2) || !(relative(e.Rate.Value, eq17(c, 1./64)) < 0.05) {
			t.Errorf("n = %v: Eq. 17 with n+1 is within %.2g", row[6], got)
		}
	}
}

func drawChannel(t *rapid.T) (*landscape.Channel, float64) {
	c, err := landscape.NewChannel(landscape.ChannelParameters{
		Dim:   rapid.IntRange(1, 3).Draw(t, "n"),
		Floor: math.Exp(rapid.Float64Range(-2, 1).Draw(t, "log L0")), Height: math.Exp(rapid.Float64Range(-1, 1).Draw(t, "log dL")),
		Width: math.Exp(rapid.Float64Range(-1, 1).Draw(t, "log w")), KMin: math.Exp(rapid.Float64Range(-0.5, 1).Draw(t, "log km")), KSaddle: math.Exp(rapid.Float64Range(-0.5, 1).Draw(t, "log ks"))})
	if err != nil {
		t.Fatal(err)
	}
	return c, 1 / rapid.Float64Range(4, 20).Draw(t, "1/T")
}

// gapOfBeyond returns 1 - kappa T_beyond and the numerical error it may have.
func gapOfBeyond(e Escape) (gap, slack float64) {
	return 1 - e.Rate.Value*e.MeanTimeBeyond.Value, 1e-3 + e.Rate.RelativeError() + e.MeanTimeBeyond.RelativeError()
}

// L -> aL multiplies rates by a, theta -> w theta divides them by w², at fixed T,
// up to the one cell that rounding may add to the grid of the scaled problem; and
// eigenvalue times mean time is 1 up to O(exp(-barrier)) when n = 1. For more
// dimensions it is less: from far off the axis, where the tails of the stationary
// density are power laws, a path passes over the plane of the other minimum and
// comes back. Those paths die out with T: at half the temperature, the gap is 29
// to 45 times smaller where it can be told from numerical error.
func TestProp_ScalingAndConsistency(t *testing.T) {
	o := Options{Resolution: 1, Grids: 2, Tail: 1e-5}
	rapid.Check(t, func(t *rapid.T) {
		c, temperature := drawChannel(t)
		q := c.Parameters()
		e, err := Channel(c, temperature).Escape(o)
		if err != nil {
			t.Fatal(err)
		}
		if !(e.Rate.RelativeError() < 0.05) {
			t.Fatalf("relative error %v", e.Rate.RelativeError())
		}
		a, w := math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log a")), math.Exp(rapid.Float64Range(-1, 1).Draw(t, "log factor of theta"))
		scaled, err := landscape.NewChannel(landscape.ChannelParameters{Dim: q.Dim, Floor: a * q.Floor, Height: a * q.Height,
			Width: w * q.Width, KMin: a * q.KMin / (w * w), KSaddle: a * q.KSaddle / (w * w)})
		if err != nil {
			t.Fatal(err)
		}
		s, err := Channel(scaled, temperature).Escape(o)
		if err != nil {
			t.Fatal(err)
		}
		if got := relative(s.Rate.Value, e.Rate.Value*a/(w*w)); !(got < 1e-6+e.Rate.RelativeError()/10) {
			t.Fatalf("scaled rate off by %v", got)
		}
		if got := relative(s.MeanTimeBeyond.Value, e.MeanTimeBeyond.Value*w*w/a); !(got < 1e-6+e.MeanTimeBeyond.RelativeError()/10) {
			t.Fatalf("scaled time off by %v", got)
		}
		if barrier := math.Log(1+q.Height/q.Floor) / temperature; barrier > 12 {
			gap, slack := gapOfBeyond(e)
			if !(gap > -slack) || q.Dim == 1 && !(gap < slack) {
				t.Fatalf("kappa T_beyond = %v at barrier %v, n = %d: want 1 within %v, or less when n > 1", 1-gap, barrier, q.Dim, slack)
			}
			cold, err := Channel(c, temperature/2).Escape(o)
			if err != nil {
				t.Fatal(err)
			}
			if half, slack := gapOfBeyond(cold); !(math.Abs(half) < gap/8+slack) {
				t.Fatalf("1 - kappa T_beyond falls from %v to %v at half the temperature, want less than an eighth within %v", gap, half, slack)
			}
		}
		if !(e.MeanTimeBeyond.Value > e.MeanTimeToSaddle.Value) {
			t.Fatalf("times %v, %v", e.MeanTimeToSaddle.Value, e.MeanTimeBeyond.Value)
		}
	})
}

// Wells of different depth: times in both clocks of noise against quadrature.
func TestProp_TiltedWellMatchesQuadrature(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tilt := rapid.Float64Range(-0.3, 0.3).Draw(t, "tilt")
		// L' = -4 x (1 - x²) + tilt (1 - x²)(1 + x²): stationary at -1, 1 and where
		// 4 x = tilt (1 + x²).
		loss := func(x, _ float64) float64 { return 1.5 + (1-x*x)*(1-x*x) + tilt*(x-math.Pow(x, 5)/5) }
		saddle := 0.0
		for range 60 {
			saddle = tilt * (1 + saddle*saddle) / 4
		}
		// x⁵ outweighs x⁴ far out: the loss grows like |x| beyond |x| = 2.
		tamed := func(x, r float64) float64 {
			if x < -1.8 {
				return loss(-1.8, r) + 10*math.Pow(-1.8-x, 2)
			}
			return loss(x, r)
		}
		temperature := rapid.Float64Range(0.03, 0.3).Draw(t, "T")
		for _, p := range []Axisymmetric{LossProportional(1, temperature, tamed, -1, saddle, 1), Langevin(1, temperature, tamed, -1, saddle, 1)} {
			for _, exit := range []float64{saddle, 1} {
				got, err := p.MeanFirstPassageTime(exit, Options{})
				if err != nil {
					t.Fatal(err)
				}
				want := onAxisTime(p, -4, exit)
				if r := relative(got.Value, want); !(r < 2e-4) {
					t.Fatalf("time to %v is %v +- %v, quadrature %v: %v", exit, got.Value, got.Error, want, r)
				}
			}
		}
	})
}

func TestPrincipalEigenvalueAndTime_OfAnyPlane(t *testing.T) {
	p := Channel(standardChannel(t, 2), 0.25)
	e := escape(t, p, Options{})
	lambda, err := p.PrincipalEigenvalue(p.Saddle, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(2*e.Rate.Value, lambda.Value); relative(lambda.Value, 2*e.Rate.Value) > 1e-14 {
		t.Error(diff)
	}
	before := 0.0
	for _, exit := range []float64{-0.5, -0.2, 0, 0.3, 1} {
		time, err := p.MeanFirstPassageTime(exit, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !(time.Value > before) || !(time.RelativeError() < 1e-4) {
			t.Errorf("time to x = %v is %v +- %v after %v", exit, time.Value, time.Error, before)
		}
		before = time.Value
	}
	if got := relative(before, e.MeanTimeBeyond.Value); !(got < 1e-13) {
		t.Errorf("time beyond differs by %v", got)
	}
}

// The heaviest case of the catalogue, n = 5 at T = 1/2, has no external reference:
// its own estimate is the accuracy asserted.
func BenchmarkEscapeHeavyTail(b *testing.B) {
	b.ReportAllocs()
	var e Escape
	for b.Loop() {
		e = escape(b, Channel(standardChannel(b, 5), 0.5), Options{})
	}
	got := max(e.Rate.RelativeError(), e.MeanTimeToSaddle.RelativeError(), e.MeanTimeBeyond.RelativeError())
	if !(got < 1e-4) {
		b.Fatalf("estimated relative error %.2g", got)
	}
	b.ReportMetric(-math.Log10(got), "digits")
}

func BenchmarkEscape(b *testing.B) {
	for _, row := range readTable(b, channelRateCSV) {
		b.Run(fmt.Sprintf("channel/temperature=%v/dim=%v", row[5], row[6]), func(b *testing.B) {
			c, err := landscape.NewChannel(landscape.ChannelParameters{Dim: int(row[6]), Floor: row[0], Height: row[1], Width: row[2], KMin: row[3], KSaddle: row[4]})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			var e Escape
			for b.Loop() {
				e = escape(b, Channel(c, row[5]), Options{})
			}
			got := relative(e.Rate.Value, row[7])
			if !(got < 1e-4) || !(e.Rate.RelativeError() < 1e-4) {
				b.Fatalf("relative error %.2g, estimate %.2g", got, e.Rate.RelativeError())
			}
			b.ReportMetric(-math.Log10(got+1e-16), "digits")
		})
	}
}
