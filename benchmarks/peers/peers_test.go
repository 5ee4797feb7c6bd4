package peers

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sgdescape/benchmarks/measure"
	"sgdescape/theory/discrete"
	"sgdescape/verify/stattest"
	"sgdescape/verify/stattest/account"
)

var ledger = account.Open("benchmarks/peers", Processes...)

func TestMain(m *testing.M) { os.Exit(ledger.Run(m)) }

// This module does the same work: its own line carries the exact mean. The means
// of many short runs are compared with it. (The error of that of sgd10 is a
// sixteenth of theirs.)
func TestStat_Own(t *testing.T) {
	for _, process := range Processes {
		ledger.Assert(t, process, func(seed uint64, alpha float64) (stattest.Finding, error) {
			means := make([]float64, 1000)
			for i := range means {
				var out bytes.Buffer
				if err := Own(context.Background(), &out, Workload{process, 20, stattest.DeriveSeed(seed, uint64(i)), 1, i%2 == 1}); err != nil {
					return stattest.Finding{}, err
				}
				results, err := measure.ReadResults(&out, process)
				if err != nil {
					return stattest.Finding{}, err
				}
				means[i] = results.Values["Peer/peer=sgdescape/process="+process]["mean-steps"][0]
			}
			return stattest.MeanTest{Want: exact[process].steps, Alpha: alpha}.Assert(means), nil
		})
	}
	if err := Own(context.Background(), &bytes.Buffer{}, Workload{"div", 1, 1, 1, false}); err == nil {
		t.Error("an unknown process was accepted")
	}
}

// TestExactSGD solves the integral equation of sgd1 on its data set, which is
// good to 1e-3.
func TestExactSGD(t *testing.T) {
	data, err := sgdData(1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := discrete.DatasetRegression{Data: data, LearningRate: eta, BatchSize: 1, LossRatio: sgdRatios[1]}.Solve(discrete.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.MeanSteps(); !(math.Abs(got.Value/exact["sgd1"].steps-1) <= 1e-3) {
		t.Errorf("sgd1: %+v steps an exit, want %v", got, exact["sgd1"].steps)
	}
}

// shell is a peer that runs a script.
func shell(t *testing.T, name, script string) Peer {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell")
	}
	return Peer{Name: name, command: []string{"sh", "-c", script, name}}
}

// say prints results as a peer does; $1 is the process. The means are off by
// some standard errors, of which each is 1.
func say(ns, off float64) string {
	script := "case $1 in\n"
	for process, m := range exact {
		script += fmt.Sprintf("%s) m=%v ;;\n", process, m.steps+off*math.Hypot(1, m.stdErr))
	}
	return script + fmt.Sprintf(`esac
echo "BenchmarkPeer/peer=x/process=$1 1 %v ns/step $m mean-steps 1 mean-steps-error $clock"`, ns)
}

func TestRun(t *testing.T) {
	o := Options{Core: measure.AnyCore, Rounds: 3, Exits: 1}
	ours := shell(t, own, say(2, 0))
	slow := shell(t, "slow", say(6, 5.9))
	absent := shell(t, "absent", "echo 'not here' >&2; exit 77")
	rows, notes, err := Run(context.Background(), []Peer{ours, slow, absent}, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2*len(Processes) || rows[1].Peer != "slow" || math.Abs(rows[1].Factor-3) > 1e-9 {
		t.Errorf("rows %+v", rows)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "not here") {
		t.Errorf("notes %q", notes)
	}
}

// A peer that computes something else, or nothing, is an error.
func TestReject_WrongPeer(t *testing.T) {
	o := Options{Core: measure.AnyCore, Rounds: 1, Exits: 1}
	ours := shell(t, own, say(2, 0))
	for name, script := range map[string]string{
		"wrong mean": say(1, 6.1),
		"crash":      "exit 1",
		"silence":    "exit 0",
		"NaN":        say(1, math.NaN()),
		"no time":    say(0, 0),
		"no mean":    "echo 'BenchmarkPeer 1 5 ns/step 1 mean-steps-error'",
		"no error":   "echo 'BenchmarkPeer 1 5 ns/step 1 mean-steps'",
	} {
		if _, _, err := Run(context.Background(), []Peer{ours, shell(t, name, script)}, o); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

// Two workers in half the time of one do twice the work; so do two programs that
// do not slow each other down.
func TestScale(t *testing.T) {
	if runtime.NumCPU() < 2 {
		t.Skip("one core")
	}
	o := Options{Core: measure.AnyCore, Rounds: 3, Exits: 1}
	one, two := shell(t, own, "clock='3 clock-s'\n"+say(1, 0)), shell(t, own, "clock='2 clock-s'\n"+say(1, 0))
	either := func(one, two Peer) Variant {
		return func(flags ...string) Peer {
			if slices.Contains(flags, "--workers") {
				return two
			}
			return one
		}
	}
	rows, note, err := Scale(context.Background(), either(one, two), o)
	if err != nil || note != "" {
		t.Fatal(err, note)
	}
	if len(rows) != 2*len(Processes) {
		t.Fatalf("rows %+v", rows)
	}
	for _, r := range rows {
		if r.Workers != 1.5 || r.Programs != 2 {
			t.Errorf("%+v, want 1.5 and 2", r)
		}
	}
	report := Report{TwoCores: rows}
	var b strings.Builder
	if err := report.WriteMarkdown(&b); err != nil || !strings.Contains(b.String(), "| sgd10     | summary  | 1.50        |") {
		t.Errorf("%v: %s", err, b.String())
	}
	for name, bad := range map[string]Peer{
		"no clock":   shell(t, own, say(1, 0)),
		"wrong mean": shell(t, own, "clock='3 clock-s'\n"+say(1, 9)),
		"cannot run": shell(t, own, "echo no >&2; exit 77"),
	} {
		if _, _, err := Scale(context.Background(), either(one, bad), o); err == nil {
			t.Errorf("two workers, %s: accepted", name)
		}
		if _, _, err := Scale(context.Background(), either(bad, two), o); err == nil {
			t.Errorf("one worker, %s: accepted", name)
		}
	}
}

// Tools that are not installed are skipped, and said to be.
func TestBuildWithoutTools(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	built, notes, err := Build(t.Context(), t.TempDir(), []string{"x"})
	if err != nil {
		t.Fatal(err)
	}
	if len(built) != 1 || len(notes) != len(recipes)+1 {
		t.Errorf("built %v, notes %q", built, notes)
	}
}
