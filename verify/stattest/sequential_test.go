package stattest

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/verify/tol"
)

// TestRateSequence: at both ends of the interval the mixed likelihood ratio is
// 1/alpha, by quadrature of its definition
//
//	M(kappa) = int_0^inf (l/kappa)^N exp(-(l - kappa) A) Gamma(l; a, a/Guess) dl
func TestRateSequence(t *testing.T) {
	for _, c := range []struct {
		name string
		s    RateSequence
		x    Exits
	}{
		{"some events", RateSequence{Alpha: 1e-3, Guess: 1.5, Weight: 2}, Exits{12, 10}},
		{"no event", RateSequence{Alpha: 1e-3, Guess: 1.5, Weight: 2}, Exits{0, 10}},
		{"default weight", RateSequence{Alpha: 0.05, Guess: 0.1}, Exits{3, 10}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := c.s.Weight
			if a == 0 {
				a = 1
			}
			b := a / c.s.Guess
			n, i := float64(c.x.Events), c.s.Interval(c.x)
			for _, kappa := range []float64{i.Low, i.High} {
				if kappa == 0 {
					continue
				}
				const steps, top = 200000, 40.0
				sum := 0.0
				for k := range steps { // midpoint rule; the integrand is smooth and dies out before top
					l := (float64(k) + 0.5) * top / steps
					log := n*math.Log(l/kappa) - (l-kappa)*c.x.Exposure + a*math.Log(b) + (a-1)*math.Log(l) - b*l - logGamma(a)
					sum += math.Exp(log) * top / steps
				}
				if err := tol.Close(sum, 1/c.s.Alpha, 1e-6); err != nil {
					t.Errorf("M(%v): %v", kappa, err)
				}
			}
			if (i.Low == 0) != (c.x.Events == 0) || !i.Contains(i.Estimate) {
				t.Errorf("interval %v", i)
			}
		})
	}
}

// TestRateSequenceExtremes: rates and guesses at the ends of the range of a
// float64. In units of 1/exposure, with k = kappa A and c = b/A,
//
//	log M = a log(c/(1+c)) - N log(1+c) + log Gamma(a+N)/Gamma(a) - N log k + k
//
// is log(1/alpha) at both ends, a being 1.
func TestRateSequenceExtremes(t *testing.T) {
	const alpha = 1e-6
	for _, c := range []struct {
		x    Exits
		exp  float64 // Guess is 10^exp
		logC float64 // log(b/A) in units of log 10
	}{
		{Exits{3, 1e-300}, 0, 300},
		{Exits{3, 1e300}, 0, -300},
		{Exits{0, 1e300}, 300, -600},
		{Exits{5, 1e-308}, 0, 308},
		{Exits{1000, 1e-300}, 300, 0},
		{Exits{1000, 1e300}, -300, 0},
	} {
		s := RateSequence{Alpha: alpha, Guess: math.Pow(10, c.exp)}
		i := s.Interval(c.x)
		n, logC := float64(c.x.Events), c.logC*math.Ln10
		logSum := math.Max(logC, 0) // log(1+c), but for c = 1
		if logC == 0 {
			logSum = math.Ln2
		}
		for _, kappa := range []float64{i.Low, i.High} {
			if kappa == 0 || math.IsInf(kappa, 1) { // out of range
				continue
			}
			k := kappa * c.x.Exposure
			m := logC - logSum - n*logSum + logGamma(1+n) + k
			if n > 0 {
				m -= n * math.Log(k)
			}
			if err := tol.CloseAbs(m, -math.Log(alpha), 1e-9*math.Max(1, n*math.Abs(math.Log(k)))); err != nil {
				t.Errorf("%+v, guess 1e%v: log M(%v): %v", c.x, c.exp, kappa, err)
			}
		}
	}
	if i := (RateSequence{Alpha: alpha, Guess: 1}).Interval(Exits{5, 1e-308}); !math.IsInf(i.High, 1) || i.Low > 1e308 {
		t.Errorf("an upper end beyond the largest float64: %v", i)
	}
}

func logGamma(x float64) float64 { g, _ := math.Lgamma(x); return g }

// TestProp_RateSequenceScales: a change of the unit of time changes nothing,
// and the interval is never narrower than one for a single look.
func TestProp_RateSequenceScales(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := RateSequence{Alpha: math.Exp(rapid.Float64Range(-25, -1).Draw(t, "log alpha")), Guess: math.Exp(rapid.Float64Range(-8, 8).Draw(t, "log guess"))}
		x := Exits{Events: rapid.IntRange(0, 3000).Draw(t, "N"), Exposure: math.Exp(rapid.Float64Range(-8, 8).Draw(t, "log A"))}
		unit := math.Exp(rapid.Float64Range(-8, 8).Draw(t, "log unit"))
		i := s.Interval(x)
		scaled := RateSequence{Alpha: s.Alpha, Guess: s.Guess / unit}.Interval(Exits{x.Events, x.Exposure * unit})
		if d := cmp.Diff(i, scaled.Scale(unit), tol.Relative(1e-9)); d != "" {
			t.Fatalf("(-in one unit +in another):\n%s", d)
		}
		// A single look may spend alpha on one side each; Ville's bound cannot do
		// better than the sharpest single test, of level 2 alpha in two halves.
		if once := x.RateInterval(math.Min(2*s.Alpha, 0.99)); i.High < once.High*(1-1e-9) && x.Events == 0 {
			t.Fatalf("always valid %v, once %v", i, once)
		}
	})
}

// TestRateSequencePrice holds the doc comment to its word.
func TestRateSequencePrice(t *testing.T) {
	x := Exits{Events: 1000, Exposure: 1000}
	price := RateSequence{Alpha: 1e-8, Guess: 1}.Interval(x).HalfWidth() / x.RateInterval(1e-8).HalfWidth()
	t.Logf("half-width %.3f times that of a single look", price)
	if err := tol.CloseAbs(price, 1+1./7, 0.02); err != nil {
		t.Error(err)
	}
	// a half-width of z/sqrt(n) with z between 6 and 7.3
	if n := (RateSequence{Alpha: 1e-8, Guess: 1}).Needed(0.03); !(n > 40000 && n < 60000) {
		t.Errorf("%d events for 3 %%", n)
	}
}

func TestSequentialRate(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 0))
	design := SequentialRate{Sequence: RateSequence{Alpha: 1e-6, Guess: 1}, Stop: Narrow(0.2), Batches: 1000}
	r, err := design.Run(func(int) (Exits, error) { return exitsOf(rng, 50, 2, 1), nil })
	if err != nil || !r.Stopped || r.Interval.RelativeHalfWidth() > 0.2 || r.Batches < 2 {
		t.Errorf("%+v, %v", r, err)
	}
	design.Batches = 2
	r, err = design.Run(func(int) (Exits, error) { return exitsOf(rng, 50, 2, 1), nil })
	if err != nil || r.Stopped || r.Batches != 2 {
		t.Errorf("budget spent: %+v, %v", r, err)
	}
	design = SequentialRate{Sequence: design.Sequence, Stop: Decided(Exactly(3), 0.1), Batches: 1000}
	r, err = design.Run(func(int) (Exits, error) { return exitsOf(rng, 50, 2, 1), nil })
	if err != nil || Equivalence(r.Interval, Exactly(3), 0.1).Outcome != Disagrees {
		t.Errorf("rate 2 against 3: %+v, %v", r, err)
	}
}

func TestSequentialRateErrors(t *testing.T) {
	good := SequentialRate{Sequence: RateSequence{Alpha: 1e-6, Guess: 1}, Stop: Narrow(0.2), Batches: 3}
	stop := errors.New("interrupted")
	if _, err := good.Run(func(int) (Exits, error) { return Exits{}, stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
	for _, c := range []struct {
		x    Exits
		want string
	}{
		{Exits{}, "batch 0: exits: exposure is 0, want a finite number > 0"},
		{Exits{-1, 2}, "batch 0: exits: number of events is -1, want"},
		{Exits{0, 1e308}, "batch 1: exits: exposure of all batches is +Inf, want"},
	} {
		if _, err := good.Run(func(int) (Exits, error) { return c.x, nil }); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %s", c.x, err, c.want)
		}
	}
	for name, bad := range map[string]SequentialRate{
		"alpha":   {Sequence: RateSequence{Guess: 1}, Stop: Narrow(1), Batches: 1},
		"guess":   {Sequence: RateSequence{Alpha: 0.1}, Stop: Narrow(1), Batches: 1},
		"weight":  {Sequence: RateSequence{Alpha: 0.1, Guess: 1, Weight: -1}, Stop: Narrow(1), Batches: 1},
		"stop":    {Sequence: RateSequence{Alpha: 0.1, Guess: 1}, Batches: 1},
		"batches": {Sequence: RateSequence{Alpha: 0.1, Guess: 1}, Stop: Narrow(1)},
	} {
		if _, err := bad.Run(nil); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), name[:4]) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestPanics: a caller's bugs.
func TestPanics(t *testing.T) {
	for name, bug := range map[string]func(){
		"alpha 0":            func() { Exits{1, 1}.RateInterval(0) },
		"alpha 1":            func() { MeanTest{Alpha: 1}.Interval([]float64{1, 2}) },
		"alpha NaN":          func() { RateTest{Want: 1, Alpha: math.NaN()}.Detectable(10) },
		"no exposure":        func() { Exits{1, 0}.Rate() },
		"negative events":    func() { Exits{-1, 1}.MeanTime() },
		"unequal lengths":    func() { _, _ = Tally([]float64{1, 2}, []bool{true}) },
		"unequal lengths KM": func() { KaplanMeier([]float64{1, 2}, []bool{true}) },
		"unequal points":     func() { _, _ = FitLine([]float64{1, 2}, []float64{1}, nil) },
		"more than all":      func() { ProportionTest{Alpha: 0.1}.Interval(3, 2) },
		"empty sample":       func() { TwoSampleTest{Alpha: 0.1}.Critical(0, 3) },
		"sequence":           func() { RateSequence{}.Interval(Exits{1, 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if p, ok := recover().(string); !ok || !strings.HasPrefix(p, "stattest: ") {
					t.Errorf("panic %q", p)
				}
			}()
			bug()
		})
	}
}
