package stattest

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mathext"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/verify/tol"
)

// near is agreement to rounding in the incomplete gamma and beta functions.
var near = tol.Approx(1e-11, 0)

// TestRateIntervalFarTail: as few events as one, at levels beyond all use, have a
// lower end with the probability asked for.
func TestRateIntervalFarTail(t *testing.T) {
	for _, alpha := range []float64{1e-12, 1e-14, 1e-20, 1e-100, 2e-300} {
		for _, r := range []int{1, 2, 3, 5, 20, 1000, 100000} {
			i := Exits{r, 1}.RateInterval(alpha)
			if d := cmp.Diff(alpha/2, mathext.GammaIncReg(float64(r), i.Low), tol.Relative(1e-9)); d != "" {
				t.Errorf("%d events, alpha %v: %v (-want +got):\n%s", r, alpha, i, d)
			}
		}
		if d := cmp.Diff(-math.Log1p(-alpha/2), (Exits{1, 1}).RateInterval(alpha).Low, tol.Relative(1e-12)); d != "" {
			t.Errorf("one event, alpha %v (-want +got):\n%s", alpha, d)
		}
	}
}

func TestRateInterval(t *testing.T) {
	cases := []struct {
		name, source string
		exits        Exits
		alpha        float64
		want         Interval
	}{
		{"no event", "log(2/alpha)/A", Exits{0, 2}, 0.05,
			Interval{0, 0, math.Log(40) / 2, 0.95}},
		{"one event", "-log(1-alpha/2); tail (1+x)exp(-x) = alpha/2 by bisection", Exits{1, 1}, 0.05,
			Interval{1, 0.025317807984289869, 5.5716433909388876, 0.95}},
		{"ten events", "Garwood1936, table: 4.80 to 18.39", Exits{10, 1}, 0.05,
			Interval{10, 4.795388696132434, 18.390356042017778, 0.95}},
		{"hundred events, far tail", "arbitrary-precision root of the incomplete gamma function", Exits{100, 1}, 1e-9,
			Interval{100, 50.441752134469968, 174.96851153686224, 1 - 1e-9}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, c.exits.RateInterval(c.alpha), near); d != "" {
				t.Errorf("%s (-want +got):\n%s", c.source, d)
			}
			mean := c.exits.MeanTimeInterval(c.alpha)
			want := Interval{1 / c.want.Estimate, 1 / c.want.High, 1 / c.want.Low, c.want.Level}
			if d := cmp.Diff(want, mean, near); d != "" {
				t.Errorf("mean time (-want +got):\n%s", d)
			}
		})
	}
}

// exitTimes draws n exponential exit times of the given rate, stopped at the
// horizon.
func exitTimes(rng *rand.Rand, n int, rate, horizon float64) (times []float64, censored []bool) {
	times, censored = make([]float64, n), make([]bool, n)
	for i := range times {
		times[i] = rng.ExpFloat64() / rate
		if times[i] > horizon {
			times[i], censored[i] = horizon, true
		}
	}
	return times, censored
}

func TestTally(t *testing.T) {
	got, err := Tally([]float64{1, 2, 3}, []bool{false, true, false})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Exits{2, 6}, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(Exits{3, 7}, got.Plus(Exits{1, 1})); d != "" {
		t.Error(d)
	}
	for _, bad := range [][]float64{nil, {0}, {-1, 2}, {math.NaN()}, {math.Inf(1)}} {
		if _, err := Tally(bad, nil); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%v: error %v, want a domain error", bad, err)
		}
	}
}

// TestProp_RateTestInvertsInterval: the test rejects exactly the values outside
// the interval, for any count and alpha.
func TestProp_RateTestInvertsInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := Exits{Events: rapid.IntRange(0, 5000).Draw(t, "events"), Exposure: math.Exp(rapid.Float64Range(-9, 9).Draw(t, "log exposure"))}
		alpha := math.Exp(rapid.Float64Range(-25, -0.1).Draw(t, "log alpha"))
		i := x.RateInterval(alpha)
		for _, end := range []struct {
			want   float64
			reject bool
		}{{i.Low * 0.999999, true}, {i.Low * 1.000001, false}, {i.High * 0.999999, false}, {i.High * 1.000001, true}} {
			if end.want == 0 {
				continue
			}
			f := RateTest{Want: end.want, Alpha: alpha}.Assert(x)
			if f.Rejected != end.reject {
				t.Fatalf("want %v in %v: rejected %v, statistic %v critical %v", end.want, i, f.Rejected, f.Statistic, f.Critical)
			}
		}
	})
}
