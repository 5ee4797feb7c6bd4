package stattest

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"sgdescape/verify/tol"
)

func TestEquivalence(t *testing.T) {
	in := func(low, high float64) Interval { return Interval{(low + high) / 2, low, high, 0.99} }
	cases := []struct {
		name    string
		got     Comparison
		want    Outcome
		atLeast float64
	}{
		{"inside", Equivalence(in(9.8, 10.3), Exactly(10), 0.05), Agrees, 0},
		{"inside, off the law", Equivalence(in(10.2, 10.4), Exactly(10), 0.05), Agrees, 0.02},
		{"on the margin", Equivalence(in(0.75, 1.25), Exactly(1), 0.25), Agrees, 0},
		{"straddles the margin", Equivalence(in(9.8, 10.6), Exactly(10), 0.05), Undecided, 0},
		{"wider than the margin", Equivalence(in(5, 20), Exactly(10), 0.05), Undecided, 0},
		{"above", Equivalence(in(10.6, 12), Exactly(10), 0.05), Disagrees, 0.06},
		{"below", Equivalence(in(5, 9), Exactly(10), 0.05), Disagrees, 0.1},
		{"error of the law swallows the gap", Equivalence(in(10.6, 12), Around(10, 0.02), 0.05), Undecided, 10.6/10.2 - 1},
		{"zero events", Equivalence(Exits{0, 1}.RateInterval(0.01), Exactly(100), 0.05), Disagrees, 1 - math.Log(200)/100},
		{"zero events, mean time", Equivalence(Exits{0, 100}.MeanTimeInterval(0.01), Exactly(1), 0.05), Disagrees, 100/math.Log(200) - 1},
		{"NaN", Equivalence(in(math.NaN(), 1), Exactly(1), 0.05), Undecided, math.NaN()},
		{"negative law", Equivalence(in(1, 2), Exactly(-1), 0.05), Undecided, math.NaN()},
		{"negative margin", Equivalence(in(1, 1), Exactly(1), -1), Undecided, 0},
		{"slope inside", EquivalenceOfDifference(in(-0.02, 0.01), Exactly(0), 0.05), Agrees, 0},
		{"slope outside", EquivalenceOfDifference(in(-1.2, -1.1), Exactly(-1), 0.05), Disagrees, 0.1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.got.Outcome != c.want {
				t.Errorf("%v, want %v", c.got, c.want)
			}
			if d := cmp.Diff(c.atLeast, c.got.AtLeast(), tol.Approx(1e-12, 1e-12)); d != "" {
				t.Errorf("smallest effect (-want +got):\n%s", d)
			}
		})
	}
}

// TestProp_EquivalenceNarrows: an interval inside another decides at least as
// much, and never the opposite.
func TestProp_EquivalenceNarrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(0.5, 1.5).Draw(t, "low")
		high := rapid.Float64Range(low, 2).Draw(t, "high")
		a := rapid.Float64Range(low, high).Draw(t, "inner low")
		b := rapid.Float64Range(a, high).Draw(t, "inner high")
		delta := rapid.Float64Range(0, 0.9).Draw(t, "delta")
		outer := Equivalence(Interval{low, low, high, 0.9}, Exactly(1), delta).Outcome
		inner := Equivalence(Interval{a, a, b, 0.9}, Exactly(1), delta).Outcome
		if outer != Undecided && inner != outer {
			t.Fatalf("outer %v, inner %v", outer, inner)
		}
	})
}

func TestOutcomeText(t *testing.T) {
	for _, o := range []Outcome{Agrees, Disagrees, Undecided} {
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var back Outcome
		if err := json.Unmarshal(text, &back); err != nil || back != o {
			t.Errorf("%s came back as %v, %v", text, back, err)
		}
	}
	var o Outcome
	if err := json.Unmarshal([]byte(`"perhaps"`), &o); err == nil {
		t.Error("unknown word accepted")
	}
	c := Equivalence(Interval{1.2, 1.1, 1.3, 1 - 1e-9}, Exactly(1), 0.05)
	if got := c.String(); !strings.HasPrefix(got, "disagrees: effect 0.2 [0.1, 0.3] at level 1-1e-09, margin 0.05") {
		t.Error(got)
	}
}

func TestInterval(t *testing.T) {
	i := Interval{2, 1, 4, 0.9}
	if i.HalfWidth() != 1.5 || i.RelativeHalfWidth() != 0.75 {
		t.Errorf("half-width %v, relative %v", i.HalfWidth(), i.RelativeHalfWidth())
	}
	if d := cmp.Diff(Interval{-4, -8, -2, 0.9}, i.Scale(-2)); d != "" {
		t.Error(d)
	}
	for _, open := range []Interval{{0, -1, 1, 0.9}, {math.Inf(1), 1, math.Inf(1), 0.9}, {math.NaN(), 1, 2, 0.9}} {
		if !math.IsInf(open.RelativeHalfWidth(), 1) {
			t.Errorf("%v: relative half-width %v", open, open.RelativeHalfWidth())
		}
	}
	if i.Contains(math.NaN()) || i.Contains(0.5) || !i.Contains(4) {
		t.Error("Contains is wrong")
	}
	if got := (Interval{2, 1, 4, 0.9}).String(); got != "2 [1, 4] at level 0.9" {
		t.Error(got)
	}
}

// TestRateEquivalencePlan: with the number of events that Needed asks for, the
// truth on the law is found to agree, and a truth that is Detectable beyond the
// margin to disagree, both by a count in the middle of its law.
func TestRateEquivalencePlan(t *testing.T) {
	plan := RateEquivalenceTest{Margin: 0.05, Alpha: 1e-8}
	n := plan.Needed(0)
	x := Exits{Events: n, Exposure: float64(n)}
	if got := plan.Assert(x, Exactly(1)); got.Outcome != Agrees {
		t.Errorf("%d events on the law: %v", n, got)
	}
	factor := math.Exp(plan.Detectable(float64(n)))
	x = Exits{Events: int(float64(n) * factor), Exposure: float64(n)}
	if got := plan.Assert(x, Exactly(1)); got.Outcome != Disagrees {
		t.Errorf("%d events at factor %v: %v", n, factor, got)
	}
	if got := plan.Needed(0.06); got != 0 {
		t.Errorf("effect beyond the margin: needed %d, want 0", got)
	}
	t.Logf("margin 5 %%, alpha 1e-8: %d events", n)
}

// equivalenceRows draws exits at a rate that is off the law by a known effect,
// and limits how often the outcome may be the wrong one.
var equivalenceRows = []struct {
	name   string
	effect func(t RateEquivalenceTest, events int) float64 // true log(rate/law)
	wrong  func(Outcome) bool
	limit  func(t RateEquivalenceTest) float64
}{
	{"agrees on the law", func(RateEquivalenceTest, int) float64 { return 0 },
		func(o Outcome) bool { return o != Agrees }, func(RateEquivalenceTest) float64 { return 2 * (1 - DetectionPower) }},
	{"disagrees above", func(t RateEquivalenceTest, n int) float64 { return t.Detectable(float64(n) * (1 + t.Margin)) },
		func(o Outcome) bool { return o != Disagrees }, func(RateEquivalenceTest) float64 { return 1 - DetectionPower }},
	{"disagrees below", func(t RateEquivalenceTest, n int) float64 { return -t.Detectable(float64(n) * (1 - t.Margin)) },
		func(o Outcome) bool { return o != Disagrees }, func(RateEquivalenceTest) float64 { return 1 - DetectionPower }},
	{"no agreement just above the margin", func(t RateEquivalenceTest, _ int) float64 { return math.Log1p(t.Margin) },
		func(o Outcome) bool { return o == Agrees }, func(t RateEquivalenceTest) float64 { return t.Alpha }},
	{"no disagreement on the margin", func(t RateEquivalenceTest, _ int) float64 { return math.Log1p(-t.Margin) },
		func(o Outcome) bool { return o == Disagrees }, func(t RateEquivalenceTest) float64 { return t.Alpha }},
}

// TestStat_Equivalence: the promises of the plan, 4000 times each.
func TestStat_Equivalence(t *testing.T) {
	const replicas = 4000
	plan := RateEquivalenceTest{Margin: 0.2, Alpha: 0.02}
	events := plan.Needed(0)
	for _, c := range equivalenceRows {
		t.Run(c.name, func(t *testing.T) {
			runner.Assert(t, "equivalence/"+c.name, func(seed uint64, alpha float64) (Finding, error) {
				wrong := 0
				mean := float64(events) * math.Exp(c.effect(plan, events))
				for i := range replicas {
					counts := distuv.Poisson{Lambda: mean, Src: rand.New(rand.NewPCG(seed, uint64(i)))}
					x := Exits{Events: int(counts.Rand()), Exposure: float64(events)}
					if c.wrong(plan.Assert(x, Exactly(1)).Outcome) {
						wrong++
					}
				}
				t.Logf("%d events: wrong %d times of %d, limit %.4f", events, wrong, replicas, c.limit(plan))
				return ProportionAtMostTest{Limit: c.limit(plan), Alpha: alpha}.Assert(wrong, replicas), nil
			})
		})
	}
}
