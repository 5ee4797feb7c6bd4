package selftest

import (
	"context"
	"testing"
	"time"

	"sgdescape/benchmarks/compare"
	"sgdescape/benchmarks/gate"
	"sgdescape/benchmarks/measure"
)

// quick is the gate scaled down: shorter runs, and looks that come earlier.
func quick() compare.Options {
	core, _ := measure.LastCore()
	plan := gate.DefaultPlan()
	plan.Looks = []int{5, 8}
	plan.FamilyAlpha = 1e-4 // a false alarm in so many test runs
	return compare.Options{
		Plan:   plan,
		Runner: measure.Runner{Core: core, Time: 500 * time.Microsecond, RunTime: 5 * time.Millisecond},
		Budget: time.Minute,
	}
}

// One repetition of every scenario with real builds and clocks. The machine may
// be busy, so the test asks only for what the gate promises on any machine:
// unchanged code is no regression, slower code is not clean, allocations are
// counted exactly, and no time means undecided.
func TestScenarios(t *testing.T) {
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			out, err := Run(context.Background(), s, quick(), 1)
			if err != nil {
				t.Fatal(err)
			}
			got := func(v gate.Verdict) bool { return out.Verdicts[v.String()] == 1 }
			ok := map[string]bool{
				"same code":                 !got(gate.Regression),
				"7 % more work in one loop": !got(gate.Clean),
				"one more allocation":       got(gate.Regression) && out.Blamed["Allocate"] == 1,
				"too little time":           got(gate.Undecided),
			}[s.Name]
			if !ok || out.Completed != 1 {
				t.Errorf("%+v", out)
			}
		})
	}
}

// Twice the work is seen on any machine, however busy.
func TestTwiceTheWork(t *testing.T) {
	twice := base
	twice.chain *= 2
	out, err := Run(context.Background(), Scenario{Want: gate.Regression, changed: twice}, quick(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if out.Wrong() != 0 || out.Blamed["Chain"] != 1 || out.Completed != 1 {
		t.Errorf("%+v", out)
	}
}

// A cancelled self-test stops at once, keeps what it has, and is not complete.
func TestRunCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	o := quick()
	o.Progress = func(done, total int, _ string) {
		if done > 0 {
			cancel()
		}
	}
	out, err := Run(ctx, Scenarios()[0], o, 50)
	if err != nil {
		t.Fatal(err)
	}
	if out.Completed != 0 {
		t.Errorf("completed %d repetitions after being cancelled", out.Completed)
	}
}
