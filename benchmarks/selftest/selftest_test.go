package selftest

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sgdescape/benchmarks/compare"
	"sgdescape/benchmarks/gate"
	"sgdescape/benchmarks/measure"
	"sgdescape/verify/stattest"
	"sgdescape/verify/stattest/account"
)

var ledger = account.Open("benchmarks/selftest", "same code", "7 % more work in one loop")

func TestMain(m *testing.M) { os.Exit(ledger.Run(m)) }

// alpha is the probability at most of a false regression, and of a miss: an
// equal part of the share of this package.
var alpha = ledger.Budget.Total() / 2

// enter leaves in the ledger whether unchanged code was called a regression, or
// code slower than the floor clean. A slow-down of the floor is not called
// clean but with probability alpha, which is the effect that is detected.
func enter(t *testing.T, scenario string, out Outcome) {
	t.Helper()
	wrong, ok := map[string]gate.Verdict{"same code": gate.Regression, "7 % more work in one loop": gate.Clean}[scenario]
	if !ok {
		return
	}
	plan := quick().Plan
	f := stattest.Finding{N: plan.Looks[len(plan.Looks)-1], Alpha: alpha, Statistic: float64(out.Verdicts[wrong.String()]),
		Detectable: plan.Floor, Rejected: out.Verdicts[wrong.String()] > 0}
	if err := ledger.Enter(scenario, f, ""); err != nil {
		t.Error(err)
	}
}

// quick is the gate scaled down: shorter runs, and looks that come earlier.
func quick() compare.Options {
	core, _ := measure.LastCore()
	plan := gate.DefaultPlan()
	plan.Looks = []int{12, 16}
	plan.FamilyAlpha, plan.MissBeta = alpha, alpha
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
//
// The times are those of a real machine and not drawn from a seed, so that
// nothing can be repeated with -calibrate: benchgate selftest counts how often
// the gate errs.
func TestStat_Scenarios(t *testing.T) {
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			out, err := Run(context.Background(), s, quick(), 1)
			if err != nil {
				t.Fatal(err)
			}
			enter(t, s.Name, out)
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
	out, err := Run(context.Background(), Scenario{Want: gate.Regression, changed: twice, slower: "Chain"}, quick(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if out.Wrong() != 0 || out.Blamed["Chain"] != 1 || out.Completed != 1 {
		t.Errorf("%+v", out)
	}
}

// A regression that blames a benchmark which is not slower, alone or beside the
// one that is, is a false alarm and a wrong outcome.
func TestReject_WrongBlame(t *testing.T) {
	const yes, no = gate.Regression, gate.Clean
	for _, c := range []struct {
		name               string
		want               gate.Verdict
		slower             string
		chain, walk        gate.Verdict
		wrong, falseAlarms int
	}{
		{"the slower one", gate.Regression, "Chain", yes, no, 0, 0},
		{"another one", gate.Regression, "Chain", no, yes, 1, 1},
		{"both", gate.Regression, "Chain", yes, yes, 1, 1},
		{"none of the slower", gate.Regression, "Chain", no, no, 1, 0},
		{"one of the same code", gate.Clean, "", no, yes, 1, 1},
		{"two of the same code", gate.Clean, "", yes, yes, 1, 1},
		{"none of the same code", gate.Clean, "", no, no, 0, 0},
	} {
		out := Outcome{Want: c.want, Verdicts: map[string]int{}, Blamed: map[string]int{}}
		out.add(Scenario{Want: c.want, slower: c.slower}, &compare.Report{Verdict: gate.Combine(c.chain, c.walk),
			Rows: []compare.Row{{Benchmark: "Chain", Verdict: c.chain}, {Benchmark: "Walk", Verdict: c.walk}}})
		if out.Completed != 1 || out.Wrong() != c.wrong || out.FalseAlarms != c.falseAlarms || out.Passes(1) != (c.falseAlarms == 0) {
			t.Errorf("%s: %d wrong, want %d; passes with one miss %v: %+v", c.name, out.Wrong(), c.wrong, out.Passes(1), out)
		}
	}
}

// The fixture is a repository of its own in a hook of another one, too.
func TestFixtureInHook(t *testing.T) {
	ctx, other := t.Context(), t.TempDir()
	if err := git(ctx, other, "init", "--quiet"); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_DIR", filepath.Join(other, ".git"))
	if err := writeFixture(ctx, t.TempDir(), base); err != nil {
		t.Fatal(err)
	}
	if out, err := measure.Git(ctx, other, "tag").Output(); err != nil || len(out) > 0 {
		t.Errorf("tags of the other repository: %s, %v", out, err)
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
