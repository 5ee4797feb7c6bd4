package gate

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/verify/stattest"
)

// counted returns a trial of one count, after its first look at 8 rounds, with
// base and head counts chosen by round and run.
func counted(t interface{ Fatal(...any) }, base, head func(round, run int) float64) Result {
	s := &Series{Pair: Pair{Benchmark: "A", Unit: "allocs/op"}, Exact: true}
	trial, err := NewTrial(DefaultPlan(), []*Series{s})
	if err != nil {
		t.Fatal(err)
	}
	for i := range DefaultPlan().Looks[0] {
		s.Add([]float64{base(i, 0), base(i, 1)}, []float64{head(i, 0), head(i, 1)})
	}
	if err := trial.Look(); err != nil {
		t.Fatal(err)
	}
	return trial.Results()[0]
}

// One added allocation is always caught, at the first look, however many there
// are.
func TestProp_AddedAllocationIsCaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		allocs := float64(rapid.IntRange(0, 1e6).Draw(t, "allocations"))
		added := float64(rapid.IntRange(0, 3).Draw(t, "added"))
		r := counted(t,
			func(int, int) float64 { return allocs },
			func(int, int) float64 { return allocs + added })
		want := Clean
		if added > 0 {
			want = Regression
		}
		if r.Verdict != want || !r.Counted {
			t.Errorf("%v -> %v: %v, exact %v", r.Base, r.Head, r.Verdict, r.Counted)
		}
	})
}

// Allocations of the runtime in up to 7 of the 16 runs of a side neither hide
// an added allocation nor pass for one.
func TestProp_DisturbedCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		disturbed := func(label string) func(round, run int) float64 {
			n := rapid.IntRange(0, 7).Draw(t, label)
			return func(round, run int) float64 {
				if 2*round+run < n {
					return 1
				}
				return 0
			}
		}
		base, head := disturbed("disturbed base runs"), disturbed("disturbed head runs")
		if r := counted(t, base, head); r.Verdict != Clean {
			t.Errorf("nothing added: %v", r.Verdict)
		}
		more := func(round, run int) float64 { return 1 + head(round, run) }
		if r := counted(t, base, more); r.Verdict == Clean {
			t.Errorf("one added: %v", r.Verdict)
		}
	})
}

// Counts that waver between two values keep the family-wise rate, although
// there is no floor: their majority is a toss of a coin.
func TestStat_WaveringCounts(t *testing.T) {
	plan := DefaultPlan()
	plan.FamilyAlpha = 0.05
	ledger.Assert(t, "wavering counts", func(seed uint64, alpha float64) (stattest.Finding, error) {
		const trials, benchmarks = 400, 10
		alarms := 0
		for trial := range uint64(trials) {
			alarm, err := wavering(plan, benchmarks, rand.New(rand.NewPCG(seed, trial)))
			if err != nil {
				return stattest.Finding{}, err
			}
			if alarm {
				alarms++
			}
		}
		return stattest.ProportionAtMostTest{Limit: plan.FamilyAlpha, Alpha: alpha}.Assert(alarms, trials), nil
	})
}

// wavering runs one trial of counts that are 100 or 101, and tells whether it
// ends in a regression.
func wavering(plan Plan, benchmarks int, rng *rand.Rand) (bool, error) {
	var family []*Series
	for range benchmarks {
		family = append(family, &Series{Pair: Pair{Benchmark: "A", Unit: "B/op"}, Exact: true})
	}
	trial, err := NewTrial(plan, family)
	if err != nil {
		return false, err
	}
	waver := func() []float64 { return []float64{float64(100 + rng.IntN(2)), float64(100 + rng.IntN(2))} }
	for {
		rounds, ok := trial.NextLook()
		if !ok {
			return trial.Verdict() == Regression, nil
		}
		for _, s := range family {
			for s.Rounds < rounds {
				s.Add(waver(), waver())
			}
		}
		if err := trial.Look(); err != nil {
			return false, err
		}
	}
}

// Counts without a majority are judged like timings.
func TestScatteredCounts(t *testing.T) {
	scatter := func(scale float64) func(int, int) float64 {
		return func(i, j int) float64 { return scale * float64(1000+(7*i+3*j)%13) }
	}
	if r := counted(t, scatter(1), scatter(1)); r.Verdict != Clean || r.Counted {
		t.Errorf("same scatter: %v", r.Verdict)
	}
	if r := counted(t, scatter(1), scatter(1.2)); r.Verdict != Regression || r.Counted {
		t.Errorf("20 %% more: %v", r.Verdict)
	}
}

// Slower beyond doubt, but by an estimated 4 %: no regression. That it might be
// 6 % keeps it from being clean.
func TestSignificantBelowFloor(t *testing.T) {
	s := &Series{Pair: Pair{Benchmark: "A", Unit: "sec/op"}}
	trial, err := NewTrial(DefaultPlan(), []*Series{s})
	if err != nil {
		t.Fatal(err)
	}
	for range DefaultPlan().Looks[0] {
		s.Add([]float64{1, 1}, []float64{1.02, 1.06})
	}
	if err := trial.Look(); err != nil {
		t.Fatal(err)
	}
	r := trial.Results()[0]
	if r.Verdict != Undecided || !(r.Effect.P < 1e-6) || !(r.Effect.Ratio < 1.05) {
		t.Errorf("%v, p = %v, ratio %v", r.Verdict, r.Effect.P, r.Effect.Ratio)
	}
}

// Decisions fall at planned counts only.
func TestReject_UnplannedLook(t *testing.T) {
	s := &Series{Pair: Pair{Benchmark: "A", Unit: "sec/op"}}
	trial, err := NewTrial(DefaultPlan(), []*Series{s})
	if err != nil {
		t.Fatal(err)
	}
	s.Add([]float64{1, 1}, []float64{2, 2})
	if err := trial.Look(); err == nil || trial.Verdict() != Undecided {
		t.Errorf("a look after one round: error %v, verdict %v", err, trial.Verdict())
	}
	for range 100 {
		s.Add([]float64{1, 1}, []float64{2, 2})
	}
	if err := trial.Look(); err == nil {
		t.Error("a look after 101 rounds was allowed")
	}
}

func TestPlanValidate(t *testing.T) {
	good := DefaultPlan()
	tests := []struct {
		name   string
		change func(*Plan)
	}{
		{"alpha 0", func(p *Plan) { p.FamilyAlpha = 0 }},
		{"beta 1", func(p *Plan) { p.MissBeta = 1 }},
		{"negative floor", func(p *Plan) { p.Floor = -0.1 }},
		{"no looks", func(p *Plan) { p.Looks = nil }},
		{"looks out of order", func(p *Plan) { p.Looks = []int{8, 8} }},
		{"look at nothing", func(p *Plan) { p.Looks = []int{0, 8} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := good
			tt.change(&p)
			if err := p.Validate(); !errors.Is(err, model.ErrDomain) {
				t.Errorf("accepted: %v", err)
			}
			if _, err := NewTrial(p, []*Series{{}}); !errors.Is(err, model.ErrDomain) {
				t.Errorf("a trial was made: %v", err)
			}
		})
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	if _, err := NewTrial(good, nil); !errors.Is(err, model.ErrDomain) {
		t.Errorf("a trial of nothing was made: %v", err)
	}
}

// A plan whose last look cannot convict anyone is refused.
func TestEnoughBlocks(t *testing.T) {
	plan := DefaultPlan()
	if err := plan.EnoughBlocks(100, 2); err != nil {
		t.Error(err)
	}
	// The first threshold is 0.01/100 = 1e-4; 6^-6 = 2.1e-5 is below, 6^-5 = 1.3e-4 above.
	if err := plan.SingleLook(6).EnoughBlocks(100, 2); err != nil {
		t.Error(err)
	}
	if err := plan.SingleLook(5).EnoughBlocks(100, 2); err == nil {
		t.Error("five blocks were called enough for 100 comparisons")
	}
}

// A record of so few runs that no number of rounds could convict anyone, or call
// anything clean, is refused.
func TestEnoughSaved(t *testing.T) {
	plan := DefaultPlan().SingleLook(60) // 120 values of the head side
	// The first threshold is 0.01/100 = 1e-4; 1/C(122, 2) = 1.4e-4 is above, 1/C(123, 3) = 3.3e-6 below.
	if err := plan.EnoughSaved(100, 3, 2); err != nil {
		t.Error(err)
	}
	if err := plan.EnoughSaved(100, 2, 2); err == nil || !strings.Contains(err.Error(), "need 3 saved runs of each benchmark to decide, there are 2") {
		t.Errorf("two runs for 100 comparisons: %v", err)
	}
	// One comparison: alpha = 0.01 is above 1/C(121, 1) = 8.3e-3, beta = 0.001 is not.
	if err := plan.EnoughSaved(1, 1, 2); err != nil {
		t.Error(err)
	}
	plan.MissBeta = 0.001
	if err := plan.EnoughSaved(1, 1, 2); err == nil {
		t.Error("one run was called enough to be clean at beta = 0.001")
	}
	// The same number as by the law, of 2 values of the head side.
	plan = Plan{FamilyAlpha: 0.02, MissBeta: 0.02, Floor: 0.05, Looks: []int{1}}
	for n := range 20 {
		if want, err := mannWhitney(n, 2)[0] <= 0.02, plan.EnoughSaved(1, n, 2); want != (err == nil) {
			t.Errorf("%d runs: %v, want enough: %v", n, err, want)
		}
	}
}

func TestCombine(t *testing.T) {
	tests := []struct {
		name string
		in   []Verdict
		want Verdict
	}{
		{"nothing", nil, Undecided},
		{"clean", []Verdict{Clean, Clean}, Clean},
		{"one open", []Verdict{Clean, Undecided}, Undecided},
		{"a regression is one whatever else is open", []Verdict{Undecided, Regression, Clean}, Regression},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Combine(tt.in...); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
