package gate

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"sgdescape/model"
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

// One added allocation is always caught, however many there are and even if
// up to 7 of the 16 runs of a side carry an allocation of the runtime.
func TestProp_AddedAllocationIsCaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		allocs := float64(rapid.IntRange(0, 1e6).Draw(t, "allocations"))
		added := float64(rapid.IntRange(0, 3).Draw(t, "added"))
		disturbedBase := rapid.IntRange(0, 7).Draw(t, "disturbed base runs")
		disturbedHead := rapid.IntRange(0, 7).Draw(t, "disturbed head runs")
		extra := func(disturbed int) func(round, run int) float64 {
			return func(round, run int) float64 {
				if 2*round+run < disturbed {
					return 1
				}
				return 0
			}
		}
		r := counted(t,
			func(i, j int) float64 { return allocs + extra(disturbedBase)(i, j) },
			func(i, j int) float64 { return allocs + added + extra(disturbedHead)(i, j) })
		want := Clean
		if added > 0 {
			want = Regression
		}
		if r.Verdict != want || !r.Counted {
			t.Errorf("%v -> %v: %v, exact %v", r.Base, r.Head, r.Verdict, r.Counted)
		}
	})
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
