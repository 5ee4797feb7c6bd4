package stattest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sgdescape/verify/tol"
)

func TestProportionInterval(t *testing.T) {
	cases := []struct {
		name, source string
		k, n         int
		alpha        float64
		want         Interval
	}{
		{"none of ten", "1 - (alpha/2)^(1/n)", 0, 10, 0.05, Interval{0, 0, 1 - math.Pow(0.025, 0.1), 0.95}},
		{"all of ten", "(alpha/2)^(1/n)", 10, 10, 0.05, Interval{1, math.Pow(0.025, 0.1), 1, 0.95}},
		{"one of two", "(1-p)^2 = 1 - alpha/2, p^2 = 1 - alpha/2", 1, 2, 0.05,
			Interval{0.5, 1 - math.Sqrt(0.975), math.Sqrt(0.975), 0.95}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, ProportionTest{Alpha: c.alpha}.Interval(c.k, c.n), near); d != "" {
				t.Errorf("%s (-want +got):\n%s", c.source, d)
			}
		})
	}
}

// inverts fails unless the test rejects just outside and not just inside the
// ends of the interval.
func inverts(t *rapid.T, i Interval, low, high float64, rejects func(x float64) bool) {
	for _, end := range []struct {
		x    float64
		want bool
	}{{i.Low * 0.999999, true}, {i.Low * 1.000001, false}, {i.High * 0.999999, false}, {i.High * 1.000001, true}} {
		if !(end.x > low && end.x < high) {
			continue
		}
		if got := rejects(end.x); got != end.want {
			t.Fatalf("%v in %v: rejected %v, want %v", end.x, i, got, end.want)
		}
	}
}

func TestProp_ProportionTestInvertsInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 3000).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		alpha := math.Exp(rapid.Float64Range(-25, -0.1).Draw(t, "log alpha"))
		inverts(t, ProportionTest{Alpha: alpha}.Interval(k, n), 0, 1, func(p float64) bool {
			return ProportionTest{Want: p, Alpha: alpha}.Assert(k, n).Rejected
		})
	})
}

func TestProp_RateRatioTestInvertsInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) Exits {
			return Exits{rapid.IntRange(0, 2000).Draw(t, "events "+name), math.Exp(rapid.Float64Range(-5, 5).Draw(t, "log exposure "+name))}
		}
		x, y := draw("1"), draw("2")
		alpha := math.Exp(rapid.Float64Range(-25, -0.1).Draw(t, "log alpha"))
		if x.Events+y.Events == 0 {
			return
		}
		inverts(t, RateRatioTest{Alpha: alpha}.Interval(x, y), 0, math.Inf(1), func(r float64) bool {
			return RateRatioTest{Want: r, Alpha: alpha}.Assert(x, y).Rejected
		})
	})
}

// tail returns P(K >= k), K ~ Bin(n, p), by adding up.
func tail(k, n int, p float64) float64 {
	sum := 0.0
	for j := k; j <= n; j++ {
		choose := logGamma(float64(n+1)) - logGamma(float64(j+1)) - logGamma(float64(n-j+1))
		sum += math.Exp(choose + float64(j)*math.Log(p) + float64(n-j)*math.Log1p(-p))
	}
	return sum
}

// TestProp_ProportionAtMost: rejected exactly when the tail is below alpha, and
// Detectable is the p at which that happens with the promised probability.
func TestProp_ProportionAtMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 200).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		test := ProportionAtMostTest{Limit: rapid.Float64Range(0.01, 0.9).Draw(t, "limit"), Alpha: math.Exp(rapid.Float64Range(-20, -1).Draw(t, "log alpha"))}
		p := tail(k, n, test.Limit)
		if math.Abs(p/test.Alpha-1) < 1e-9 {
			return // within rounding of the edge
		}
		if got := test.Assert(k, n).Rejected; got != (p < test.Alpha) {
			t.Fatalf("tail %v, alpha %v: rejected %v", p, test.Alpha, got)
		}
		effect := test.Detectable(n)
		if test.Limit+effect > 1-1e-6 {
			return // never detected, or 1-p too coarse to add up with
		}
		critical := 0
		for tail(critical, n, test.Limit) >= test.Alpha {
			critical++
		}
		if err := tol.Close(tail(critical, n, test.Limit+effect), DetectionPower, 1e-6); err != nil {
			t.Fatalf("power at the detectable effect: %v", err)
		}
	})
}

// TestBernstein: the bound of Maurer and Pontil, term by term, for ten zeros and
// ten ones: V = 5/19, l = log(400).
func TestBernstein(t *testing.T) {
	xs := make([]float64, 20)
	for i := range 10 {
		xs[i] = 1
	}
	l := math.Log(400)
	half := math.Sqrt(2*(5./19)*l/20) + 7*3*l/(3*19)
	test := MeanTest{Alpha: 0.01, Low: -1, High: 2}
	if err := tol.Close(test.Assert(xs).Critical, half, 1e-12); err != nil {
		t.Error(err)
	}
	want := Interval{0.5, -1, 2, 0.99} // clipped to the range
	if d := cmp.Diff(want, test.Interval(xs), near); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestSkewnessCorrection: the critical value solves its equation.
func TestSkewnessCorrection(t *testing.T) {
	const alpha, n, g = 1e-6, 1_000_000_000, 500. // n so large that Student's law is normal
	z := studentCritical(alpha, n, g)
	if err := tol.Close(math.Erfc(z/math.Sqrt2)/2*math.Exp(g*z*z*z/(3*math.Sqrt(n))), alpha/2, 1e-5); err != nil {
		t.Error(err)
	}
}

// TestReject_SkewnessIgnored: at level 0.998 the mean of 100 exponential numbers
// is missed too often by Student's interval and not by the raised one.
func TestReject_SkewnessIgnored(t *testing.T) {
	const alpha, replicas = 0.002, 20000
	plain, raised := 0, 0
	for i := range replicas {
		rng := rand.New(rand.NewPCG(12, uint64(i)))
		xs := fill(100, rng.ExpFloat64)
		if !studentInterval(xs, alpha).Contains(1) {
			plain++
		}
		if !(MeanTest{Alpha: alpha}).Interval(xs).Contains(1) {
			raised++
		}
	}
	t.Logf("missed %d and %d times, %v allowed on average", plain, raised, alpha*replicas)
	limit := ProportionAtMostTest{Limit: alpha, Alpha: 1e-9}
	if !limit.Assert(plain, replicas).Rejected {
		t.Errorf("Student's interval missed only %d times of %d", plain, replicas)
	}
	if err := limit.Assert(raised, replicas).Err(); err != nil {
		t.Error(err)
	}
}
