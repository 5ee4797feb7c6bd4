package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/verify/stattest"
)

// filter runs the command on a stream.
func filter(in string, args ...string) (code int, out string) {
	var b, complaints strings.Builder
	code = run(args, strings.NewReader(in), &b, &complaints)
	return code, b.String() + complaints.String()
}

// events is a stream of go test -json.
type events struct{ strings.Builder }

func (s *events) add(e event) {
	line, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	s.Write(append(line, '\n'))
}

// pkg adds a package that prints some lines and ends in the given way.
func (s *events) pkg(name, end string, lines ...string) {
	s.add(event{Action: "start", Package: name})
	for _, l := range lines {
		s.add(event{Action: "output", Package: name, Output: l + "\n"})
	}
	if end != "" {
		s.add(event{Action: end, Package: name})
	}
}

// account is what a package prints of its part of the ledger.
func account(name string, share float64, full, missing bool, assertions ...string) (lines []string) {
	alpha, drawn := share*stattest.RunAlpha/float64(len(assertions)), 0.0
	for i, a := range assertions {
		l := stattest.LedgerLine{Package: name, Name: a, Count: 1, Result: "passed",
			Worst: stattest.Finding{N: 10, Alpha: alpha, Statistic: 1, Critical: 6, Effect: 0.1, Detectable: 1}}
		if missing && i == 0 {
			l.Count, l.Result = 0, "missing"
		} else {
			drawn += alpha
		}
		lines = append(lines, l.String())
	}
	lines = append(lines, stattest.LedgerTotal{Package: name, Drawn: drawn, Share: share * stattest.RunAlpha, Seed: 1, Full: full}.String())
	return append(lines, "ok  \tsgdescape/"+name+"\t0.1s")
}

// whole is a run of every package that has a share; change may replace one.
func whole(change func(name string, share float64) []string) string {
	var s events
	for _, p := range stattest.PackageShares() {
		lines := account(p.Name, p.Share, true, false, "one", "two, with \"quotes\"")
		if change != nil {
			if other := change(p.Name, p.Share); other != nil {
				lines = other
			}
		}
		s.pkg("sgdescape/"+p.Name, "pass", lines...)
	}
	return s.String()
}

// only changes one package.
func only(name string, change func(share float64) []string) func(string, float64) []string {
	return func(n string, share float64) []string {
		if n != name {
			return nil
		}
		return change(share)
	}
}

func TestLedger(t *testing.T) {
	const victim = "sim/stream"
	for _, c := range []struct {
		name, stream string
		args         []string
		code         int
		want         []string
	}{
		{"whole run", whole(nil), []string{"-full"}, 0,
			[]string{"ok  \tsgdescape/sim/stream\t0.1s\n", `sim/stream: two, with "quotes"`, "on seed 1: at most 9.99e-07 <= 1e-06 (32 assertions in 16 packages)"}},
		{"an assertion without a finding", whole(only(victim, func(share float64) []string { return account(victim, share, true, true, "one", "two") })), nil, 1,
			[]string{"testledger: sim/stream: one left no finding"}},
		{"more than the share", whole(only(victim, func(share float64) []string { return account(victim, 1.1*share, true, false, "one", "two") })), nil, 1,
			[]string{"testledger: sim/stream draws 5.5e-08, its share is 5e-08"}},
		{"more than the run", whole(only(victim, func(share float64) []string { return account(victim, 0.5, true, false, "one", "two") })), nil, 1,
			[]string{"at most 1.449e-06 ABOVE 1e-06", "testledger: the assertions spend 1.449e-06, a run may spend 1e-06"}},
		{"no share", whole(only(victim, func(float64) []string { return account("sim/splitting", 0.01, true, false, "one") })), nil, 1,
			[]string{"sim/splitting draws 1e-08, its share is 0"}},
		{"part of a package", whole(only(victim, func(share float64) []string { return account(victim, share, false, false, "one") })), nil, 0,
			[]string{"sim/stream: one"}},
		{"part of a package in a full run", whole(only(victim, func(share float64) []string { return account(victim, share, false, false, "one") })), []string{"-full"}, 1,
			[]string{"testledger: sim/stream has a share of the ledger and did not run all of its tests"}},
		{"a package that keeps silent", whole(only(victim, func(float64) []string { return []string{"ok"} })), []string{"-full"}, 1,
			[]string{"testledger: sim/stream has a share of the ledger and did not run all of its tests"}},
		{"a line that is lost", whole(only(victim, func(share float64) []string { return account(victim, share, true, false, "one", "two")[1:] })), []string{"-full"}, 1,
			[]string{"testledger: sim/stream draws 5e-08, its assertions in the stream only 2.5e-08: lines of the ledger are lost"}},
		{"nothing", "", nil, 1, []string{"testledger: no package was tested"}},
		{"killed between packages", whole(nil) + "\ngo test: exit status 137\n", []string{"-full"}, 1,
			[]string{"testledger: go test ended with exit status 137, and nothing in the stream says why"}},
		{"not JSON", "go: cannot find main module\n", nil, 1, []string{"go: cannot find main module\n", "no package was tested"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out := filter(c.stream, c.args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, w := range c.want {
				if !strings.Contains(out, w) {
					t.Errorf("no %q in\n%s", w, out)
				}
			}
		})
	}
}

func TestFreshSeeds(t *testing.T) {
	_, out := filter(whole(only("sim/sde", func(share float64) []string {
		return []string{stattest.LedgerTotal{Package: "sim/sde", Share: share * stattest.RunAlpha, Seed: 2}.String()}
	})))
	if !strings.Contains(out, "on 2 fresh seeds") {
		t.Error(out)
	}
}

// TestMakefile: every stream of the Makefile ends with the exit code of its go test.
func TestMakefile(t *testing.T) {
	text, err := os.ReadFile("../../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	streams := 0
	for _, line := range strings.Split(string(text), "\n") {
		if strings.Contains(line, "test -json") {
			streams++
			if !strings.Contains(line, "$(status); } | bin/testledger") {
				t.Errorf("the exit code is lost: %s", line)
			}
		}
	}
	status := regexp.MustCompile(`(?m)^status = (.*)$`).FindStringSubmatch(string(text))
	if streams < 3 || status == nil {
		t.Fatalf("%d streams, status %q", streams, status)
	}
	tail, err := exec.Command("sh", "-c", "{ (exit 137) "+strings.ReplaceAll(status[1], "$$", "$")+"; }").Output()
	if err != nil {
		t.Fatal(err)
	}
	if code, out := filter(whole(nil)+string(tail), "-full"); code != 1 || !strings.Contains(out, "exit status 137") {
		t.Errorf("code %d:\n%s", code, out)
	}
}

// TestRepeated: a test that fails once and passes when go test -count repeats it
// is told as a failed one, and so is one of a package that says it passed, or is
// not finished.
func TestRepeated(t *testing.T) {
	for _, end := range []string{"fail", "pass", ""} {
		var s events
		s.add(event{Action: "start", Package: "mine"})
		for _, result := range []string{"fail", "pass"} {
			s.add(event{Action: "output", Package: "mine", Test: "TestFlaky", Output: "    f_test.go:7: it is " + result + "\n"})
			s.add(event{Action: result, Package: "mine", Test: "TestFlaky"})
		}
		if end != "" {
			s.add(event{Action: end, Package: "mine"})
		}
		code, out := filter(s.String())
		if code != 1 || !strings.Contains(out, "it is fail\n") || strings.Contains(out, "it is pass\n") || !strings.Contains(out, "testledger: failed: mine TestFlaky f_test.go:7\n") {
			t.Errorf("package ends with %q: code %d:\n%s", end, code, out)
		}
	}
}

// TestBenchmarks: go test -bench reports no result for a benchmark that passed.
func TestBenchmarks(t *testing.T) {
	for end, want := range map[string]int{"pass": 0, "fail": 1} {
		var s events
		s.add(event{Action: "start", Package: "mine"})
		s.add(event{Action: "output", Package: "mine", Test: "BenchmarkStep", Output: "BenchmarkStep-2  1  290 ns/op\n"})
		s.add(event{Action: end, Package: "mine"})
		code, out := filter(s.String(), "-v")
		if code != want || !strings.Contains(out, "290 ns/op\n") {
			t.Errorf("package ends with %s: code %d, want %d:\n%s", end, code, want, out)
		}
	}
}

// TestInterrupted: a package that has begun and not ended fails the run, and
// what it has said is shown.
func TestInterrupted(t *testing.T) {
	var s events
	s.pkg("sgdescape/model", "pass", "ok  \tsgdescape/model\t0.1s")
	s.pkg("sgdescape/sim/sde", "", "signal: killed")
	if code, out := filter(s.String()); code != 1 || !strings.Contains(out, "signal: killed\n") || !strings.Contains(out, "testledger: sgdescape/sim/sde did not finish") {
		t.Errorf("code %d:\n%s", code, out)
	}
}

func TestCalibrations(t *testing.T) {
	line := func(alarms int) string {
		c := stattest.CalibrationLine{Package: "sim/sde", Name: "moments", Calibration: stattest.Calibrated(0.05, alarms, 200)}
		return c.String()
	}
	for alarms, want := range map[int]int{9: 0, 60: 1} {
		var s events
		s.pkg("sgdescape/sim/sde", "pass", line(alarms), "ok")
		code, out := filter(s.String(), "-full")
		if code != want || !strings.Contains(out, fmt.Sprintf("1 assertions repeated, 1 of them 200 times and none less than 200 times; %d fail more often than their alpha", want)) {
			t.Errorf("%d alarms: code %d, want %d:\n%s", alarms, code, want, out)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Read([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestCannotRun(t *testing.T) {
	if code, _ := filter("", "-no-such-flag"); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	if code := run(nil, brokenPipe{}, io.Discard, io.Discard); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	code, out := filter("", "-packages")
	if code != 0 || !slices.Contains(strings.Fields(out), "./sim/stream") {
		t.Errorf("packages: code %d, %q", code, out)
	}
}

// tiny is a module with a package for every way in which one can end.
var tiny = map[string]string{
	"go.mod":              "module tiny\n\ngo 1.26\n",
	"broken/b_test.go":    "package broken\n\nvar x int = \"not a number\"\n",
	"fails/f_test.go":     "package fails\n\nimport \"testing\"\n\nfunc TestGood(t *testing.T) { t.Log(\"quiet\") }\nfunc TestBad(t *testing.T) { t.Run(\"sub\", func(t *testing.T) { t.Error(\"bad\") }) }\n",
	"none/n.go":           "package none\n",
	"panics/p_test.go":    "package panics\n\nimport \"testing\"\n\nfunc TestPanic(t *testing.T) { panic(\"no\") }\n",
	"passes/p_test.go":    "package passes\n\nimport \"testing\"\n\nfunc TestGood(t *testing.T) { t.Log(\"quiet\") }\nfunc TestSkip(t *testing.T) { t.Skip(\"later\") }\n",
	"slow/s_test.go":      "package slow\n\nimport (\n\t\"testing\"\n\t\"time\"\n)\n\nfunc TestSlow(t *testing.T) { time.Sleep(time.Hour) }\n",
	"mainfails/m_test.go": "package mainfails\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestMain(m *testing.M) { m.Run(); fmt.Println(\"no finding\"); os.Exit(1) }\nfunc TestGood(t *testing.T) {}\n",
}

// TestAsGoTest: what is printed above the ledger is what go test prints, for
// packages that pass, fail, panic, take too long, cannot be built, or have no
// tests. Times differ from run to run, and so do the stacks below a panic.
func TestAsGoTest(t *testing.T) {
	dir := t.TempDir()
	for name, text := range tiny {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	goTest := func(args ...string) string {
		cmd := exec.Command("go", append([]string{"test", "-p=1", "-timeout=2s", "-vet=off"}, args...)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return string(out)
	}
	telling := regexp.MustCompile(`^(ok|FAIL|\?|#|panic: (no|test)|no finding| *---|.*_test.go:\d+:(\d+:)? (bad|cannot))`)
	seconds := regexp.MustCompile(`\d+\.\d+s`)
	lines := func(out string) (kept []string) {
		for _, l := range strings.Split(out, "\n") {
			if telling.MatchString(l) {
				kept = append(kept, strings.TrimSpace(seconds.ReplaceAllString(l, "0s")))
			}
		}
		slices.Sort(kept)
		return kept
	}
	code, got := filter(goTest("-json", "./..."))
	if code != 1 || !strings.Contains(got, "testledger: 5 packages failed: ") {
		t.Errorf("exit code %d:\n%s", code, got)
	}
	_, last, _ := strings.Cut(got, "testledger: 5 packages failed: ")
	culprits := regexp.MustCompile(`(?m)^testledger: failed: .*$`).FindAllString(strings.ReplaceAll(last, dir+"/", ""), -1)
	if d := cmp.Diff([]string{"testledger: failed: tiny/fails TestBad/sub f_test.go:6", "testledger: failed: tiny/panics TestPanic panics/p_test.go:5", "testledger: failed: tiny/slow TestSlow slow/s_test.go:8"}, culprits); d != "" {
		t.Errorf("the failed tests at the end (-want +got):\n%s", d)
	}
	if _, one := filter(goTest("-json", "./fails", "./passes")); !strings.HasSuffix(one, "testledger: 1 package failed: tiny/fails\ntestledger: failed: tiny/fails TestBad/sub f_test.go:6\n") {
		t.Errorf("the end of a run with one failed test:\n%s", one)
	}
	want := lines(goTest("./..."))
	// go test says FAIL once more at its end, and where a package's own line follows.
	bare := func(l string) bool { return l == "FAIL" }
	t.Logf("go test:\n%s", strings.Join(want, "\n"))
	if len(want) < 12 {
		t.Errorf("only %d lines to compare", len(want))
	}
	if d := cmp.Diff(slices.DeleteFunc(want, bare), slices.DeleteFunc(lines(got), bare)); d != "" {
		t.Errorf("(-go test +testledger):\n%s\n%s", d, got)
	}
	if code, cached := filter(goTest("-json", "./passes")); code != 0 || !strings.Contains(cached, "ok  \ttiny/passes\t") {
		t.Errorf("exit code %d:\n%s", code, cached)
	}
	if code, _ := filter(goTest("-json", "./passes", "./no-such-folder")); code != 1 {
		t.Errorf("a folder that does not exist: exit code %d, want 1", code)
	}
	if _, all := filter(goTest("-json", "-v", "./passes"), "-v"); !strings.Contains(all, "quiet") {
		t.Errorf("verbose:\n%s", all)
	}
}
