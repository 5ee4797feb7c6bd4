package stattest

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/verify/tol"
)

// near is agreement to rounding in the incomplete gamma and beta functions.
var near = tol.Approx(1e-11, 0)

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

// coverage counts how often an interval holds the truth and checks that the
// count is consistent with at least the level it states: the failure count is
// no larger than a binomial one at alpha 1e-8. It returns the failure rate.
func coverage(t *testing.T, replicas int, level, truth float64, draw func(*rand.Rand) Interval) float64 {
	t.Helper()
	misses := 0
	for i := range replicas {
		if !draw(rand.New(rand.NewPCG(1, uint64(i)))).Contains(truth) {
			misses++
		}
	}
	if p := binomialAtLeast(misses, replicas, 1-level); p < 1e-8 {
		t.Errorf("missed %d of %d times at level %v: p = %.2g", misses, replicas, level, p)
	}
	return float64(misses) / float64(replicas)
}

// TestStat_RateCoverage: 4000 replications a row at level 0.95; each row raises
// a false alarm with probability 1e-8, and finds a true miss rate of 0.074 with
// probability 0.999 (4000 trials: critical count 281, 0.074*4000 - 3.1*16.6 > 244).
func TestStat_RateCoverage(t *testing.T) {
	for _, c := range []struct {
		name    string
		runs    int
		horizon float64 // in mean exit times
	}{
		{"every run left", 20, math.Inf(1)},
		{"one third censored", 20, 1},
		{"nearly all censored", 20, 0.05},
		{"one run", 1, 1},
		{"many runs", 300, 0.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			miss := coverage(t, 4000, 0.95, 3, func(rng *rand.Rand) Interval {
				x, err := Tally(exitTimes(rng, c.runs, 3, c.horizon/3))
				if err != nil {
					t.Fatal(err)
				}
				return x.RateInterval(0.05)
			})
			t.Logf("miss rate %.4f", miss)
		})
	}
}

// TestReject_WrongRateIntervals: the coverage check notices the usual mistakes.
func TestReject_WrongRateIntervals(t *testing.T) {
	wrong := map[string]func(times []float64, censored []bool) Interval{
		"censored runs dropped": func(times []float64, censored []bool) Interval {
			var x Exits
			for i, time := range times {
				if !censored[i] {
					x.Events++
					x.Exposure += time
				}
			}
			return x.RateInterval(0.05)
		},
		"censored runs counted as exits": func(times []float64, censored []bool) Interval {
			x, _ := Tally(times, nil)
			return x.RateInterval(0.05)
		},
		"censored runs count as zero time": func(times []float64, censored []bool) Interval {
			x, _ := Tally(times, censored)
			for i := range times {
				if censored[i] {
					x.Exposure -= times[i]
				}
			}
			return x.RateInterval(0.05)
		},
		"half the degrees of freedom": func(times []float64, censored []bool) Interval {
			x, _ := Tally(times, censored)
			y := Exits{Events: 2 * x.Events, Exposure: 2 * x.Exposure}
			return y.RateInterval(0.05)
		},
		"one side given for both": func(times []float64, censored []bool) Interval {
			x, _ := Tally(times, censored)
			i := x.RateInterval(0.1) // each tail 0.05
			i.Low = x.RateInterval(0.2).Low
			return i
		},
	}
	for name, interval := range wrong {
		t.Run(name, func(t *testing.T) {
			misses := 0
			const replicas = 4000
			for i := range replicas {
				times, censored := exitTimes(rand.New(rand.NewPCG(2, uint64(i))), 60, 1, 1)
				if !interval(times, censored).Contains(1) {
					misses++
				}
			}
			if p := binomialAtLeast(misses, replicas, 0.05); p > 1e-8 {
				t.Errorf("missed only %d of %d times", misses, replicas)
			}
		})
	}
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
