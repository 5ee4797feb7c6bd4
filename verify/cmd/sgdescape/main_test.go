package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sgdescape/verify"
	"sgdescape/verify/report"
)

// sgdescape runs one command line.
func sgdescape(ctx context.Context, args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	code = run(ctx, args, &o, &e)
	return code, o.String(), e.String()
}

// fields runs a command line that must succeed and prints a JSON object.
func fields(t *testing.T, args ...string) map[string]any {
	t.Helper()
	code, out, errOut := sgdescape(t.Context(), args...)
	if code != exitExpected || errOut != "" {
		t.Fatalf("%v: exit code %d, %s", args, code, errOut)
	}
	var m map[string]any
	if err := json.Unmarshal([]byte(out), &m); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return m
}

func keys(m map[string]any) []string {
	var names []string
	for k := range m {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}

// write puts a file into a folder of the test.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestBadInput: every bad input gives one line that names the value and what is
// wanted, exit code 2, and nothing on the standard output.
func TestBadInput(t *testing.T) {
	interpolates := write(t, "line.csv", "x,y\n1,2\n2,4\n3,6\n")
	truncated := write(t, "cut.csv", "1,2,3\n4,5\n")
	words := write(t, "words.csv", "x,y\n1,2\n2,three\n")
	inTheWay := write(t, "report", "mine")
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		args string
		want []string
	}{
		{"eta = 0", "rate radial --eta 0", []string{"learning rate eta is 0", "> 0"}},
		{"eta < 0", "rate doublewell --eta -0.1", []string{"learning rate eta is -0.1", "> 0"}},
		{"eta NaN", "rate regression --eta NaN", []string{"learning rate eta is NaN"}},
		{"eta infinite", "rate channel --eta inf", []string{"learning rate eta is +Inf"}},
		{"eta not a number", "rate radial --eta fast", []string{`--eta is "fast", want a number`}},
		{"too many digits", "rate radial --batch 99999999999999999999", []string{"--batch is", "want a whole number a computer holds"}},
		{"B = 0", "rate radial --batch 0", []string{"batch size B is 0", ">= 1"}},
		{"B not whole", "rate radial --batch 1.5", []string{`--batch is "1.5", want a whole number`}},
		{"B > N", "rate regression --samples 20 --batch 21", []string{"batch size B is 21", "N = 20"}},
		{"c = 1", "rate radial --c 1", []string{"loss ratio c is 1", "> 1"}},
		{"c < 1", "rate regression --c 0.5", []string{"loss ratio c is 0.5", "> 1"}},
		{"c NaN", "simulate radial --process sde --c NaN", []string{"loss ratio c is NaN"}},
		{"L* = 0", "rate radial --floor 0", []string{"L*", "is 0"}},
		{"L0 < 0", "rate doublewell --floor -1", []string{"L0 is -1"}},
		{"dL = 0", "rate doublewell --height 0", []string{"dL is 0"}},
		{"w = 0", "rate channel --width 0", []string{"w is 0"}},
		{"n = 0", "rate channel --n 0", []string{"n is 0"}},
		{"d = 0", "rate regression --d 0", []string{"d is 0"}},
		{"noise = 0", "rate regression --noise-std 0", []string{"s is 0"}},
		{"T = 0", "rate channel --temperature 0", []string{"temperature T is 0"}},
		{"T and eta", "rate channel --temperature 0.1 --eta 0.1", []string{"--temperature", "--eta"}},
		{"two sources of data", "rate regression --population --samples 10", []string{"--population", "--samples", "at most one"}},
		{"runs beyond memory", "simulate regression --process sgd --runs 100000000000", []string{"--runs is 100000000000, want at most 50000000"}},
		{"runs beyond memory, ladder", "ladder regression --runs 100000000000 --out " + filepath.Join(dir, "l.html"), []string{"--runs is 100000000000, want at most 50000000"}},
		{"points beyond a plot", "ladder regression --points 100000000 --out " + filepath.Join(dir, "l.html"), []string{"--points is 100000000, want at most 1000"}},
		{"samples beyond memory", "rate regression --samples 100000000000", []string{"data-set size N is 100000000000, want at most 125000000/d samples"}},
		{"no folder", "verify --report=", []string{"--report is empty, want a folder"}},
		{"no checkpoint", "simulate regression --process sgd --checkpoint=", []string{"--checkpoint is empty, want a file"}},
		{"data in a folder", "rate regression --data " + dir, []string{"--data is \"" + dir + "\", want a CSV file that can be read: is a directory\n"}},
		{"data that interpolate", "rate regression --data " + interpolates, []string{interpolates, "L*", "0"}},
		{"data cut off", "rate regression --data " + truncated, []string{"sgdescape: " + truncated + ": number of columns in line 2"}},
		{"data with words", "rate regression --data " + words, []string{"sgdescape: " + words + ": line", "three"}},
		{"no data", "rate regression --data " + filepath.Join(dir, "none.csv"), []string{"none.csv", "no such file"}},
		{"dimension of data", "rate regression --d 3 --data digits", []string{"--d with --data digits", "no effect"}},
		{"noise of data", "rate regression --noise-std 3 --data digits", []string{"--noise-std with --data digits"}},
		{"seed of data", "rate regression --data-seed 3 --data digits", []string{"--data-seed with --data digits"}},
		{"components of a file", "rate regression --components 3 --data " + interpolates, []string{"--components with --data"}},
		{"components of samples", "rate regression --components 3 --samples 100", []string{"--components with --samples"}},
		{"seed of the population", "rate regression --data-seed 3", []string{"--data-seed with the population"}},
		{"samples < 1", "rate regression --samples -5", []string{"sample count N is -5"}},
		{"sampling", "rate regression --sampling maybe", []string{`"maybe"`, `"without"`}},
		{"unknown flag", "rate radial --speed 3", []string{"--speed"}},
		{"unknown command", "escape", []string{`"escape"`}},
		{"unknown problem", "rate saddle", []string{`"saddle"`}},
		{"no problem", "rate", []string{"PROBLEM", "radial, doublewell, channel or regression"}},
		{"batch beyond drawing", "simulate regression --process sgd --batch 1000000000000", []string{"batch size B is 1000000000000, want at most 10000000"}},
		{"no process", "simulate radial", []string{`--process is ""`, "sde-log"}},
		{"unknown process", "simulate radial --process adam", []string{`"adam"`, "sde-log"}},
		{"SGD without data", "simulate radial --process sgd", []string{`"sgd"`, "no data set"}},
		{"crossing with SGD", "simulate regression --process sgd --crossing grid", []string{"--crossing", "sgd"}},
		{"step with SGD", "simulate regression --process sgd --dt 0.1", []string{"--dt", "sgd"}},
		{"unknown crossing", "simulate radial --process sde --crossing maybe", []string{`"maybe"`, "grid"}},
		{"saddle of a valley", "simulate radial --process sde --exit saddle", []string{"saddle", "threshold"}},
		{"unknown exit", "simulate doublewell --process sde --exit left", []string{`"left"`, "beyond or saddle"}},
		{"no runs", "simulate radial --process sde --runs 0", []string{"--runs is 0", ">= 1"}},
		{"no horizon", "simulate radial --process sde --horizon 0", []string{"--horizon is 0", "> 0"}},
		{"horizon NaN", "simulate radial --process sde --horizon NaN", []string{"--horizon is NaN"}},
		{"step < 0", "simulate radial --process sde --dt -1", []string{"is -1", "> 0"}},
		{"workers < 0", "rate radial --workers -1", []string{"--workers is -1"}},
		{"workers < 0, simulate", "simulate radial --process sde --workers -1", []string{"-1"}},
		{"seed", "rate radial --seed -1", []string{`--seed is "-1", want a whole number >= 0`}},
		{"unknown claim", "verify --claim eq16-limti --report " + dir, []string{`"eq16-limti"`, "sgdescape claims", "perhaps eq16-limit\n"}},
		{"beginning of claims", "verify --claim fig3a --report " + dir, []string{`"fig3a"`, "perhaps fig3a-"}},
		{"claim like no other", "verify --claim zzz --report " + dir, []string{`"zzz"`, "lists\n"}},
		{"empty claim", "verify --claim= --report " + dir, []string{"--claim is empty"}},
		{"blank claims", "verify --claim=, --report " + dir, []string{"--claim is empty"}},
		{"nothing to resume from", "verify --claim eq16-limit --resume", []string{"--resume", "--report"}},
		{"unknown profile", "verify --profile slow --report " + dir, []string{`"slow"`, "short, quick or full"}},
		{"workers < 0, verify", "verify --workers -1 --report " + dir, []string{"--workers is -1"}},
		{"a file in the way of the report", "verify --profile short --claim eq8-with-replacement --report " + inTheWay, []string{inTheWay, "not a directory"}},
		{"ladder of one rung", "ladder radial --points 1", []string{"points is 1", ">= 2"}},
		{"ladder by an unknown process", "ladder radial --process adam", []string{`"adam"`, "sde-log"}},
		{"ladder without runs", "ladder radial --runs 0 --horizon NaN", []string{"--runs is 0", "--horizon is NaN"}},
		{"ladder by SGD without data", "ladder radial --process sgd --out " + filepath.Join(dir, "l.html"), []string{`"sgd"`, "no data set"}},
		{"a folder in the place of the ladder", "ladder radial --out " + dir, []string{"--out", dir, "want a file"}},
		{"ladder without a file", "ladder radial --out=", []string{"--out is empty"}},
		{"a file in the way of the ladder", "ladder radial --out " + filepath.Join(inTheWay, "l.html"), []string{inTheWay, "not a directory"}},
		{"help for nothing", "help foo", []string{`help: no command "foo" of "sgdescape", want one of claims, `, ", verify"}},
		{"help for no problem", "help rate saddle", []string{`no command "saddle" of "sgdescape rate", want one of channel, doublewell, radial, regression` + "\n"}},
		{"help for too much", "help claims all", []string{`no command "all" of "sgdescape claims", want no more words`}},
		{"arguments of claims", "claims all", []string{`"all"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errOut := sgdescape(t.Context(), strings.Fields(c.args)...)
			if code != exitFailed || out != "" {
				t.Errorf("exit code %d and output %q, want 2 and nothing", code, out)
			}
			if strings.Count(errOut, "\n") != 1 || !strings.HasPrefix(errOut, "sgdescape: ") || strings.HasPrefix(errOut, "sgdescape: sgdescape") || strings.Contains(errOut, "strconv") {
				t.Errorf("the message %q is not one line of this program", errOut)
			}
			for _, part := range c.want {
				if !strings.Contains(errOut, part) {
					t.Errorf("the message %q does not say %q", errOut, part)
				}
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"rate", "--help"}, {"rate", "regression", "--help"}, {"simulate", "channel", "--help"}, {"verify", "--help"}, {"claims", "--help"}, {"help"}, {"help", "rate", "channel"}, {"help", "help"}, {}} {
		code, out, errOut := sgdescape(t.Context(), args...)
		if code != exitExpected || errOut != "" || !strings.Contains(out, "Usage:") {
			t.Errorf("%v: exit code %d, %q, %q", args, code, out, errOut)
		}
		if typed := regexp.MustCompile(`(?m)^ +(?:-., )?--\S+ sgdescape`).FindString(out); typed != "" {
			t.Errorf("%v: the help takes a command for the type of a flag: %s", args, typed)
		}
	}
}

// TestRateExtremes: what a solver cannot resolve is left out within seconds, with
// a condition that names the value, and the other levels stand. Each of these
// ran for minutes, or into a panic, before grids and meshes were bounded.
func TestRateExtremes(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"channel --temperature 1e300", "temperature T is 1e+300 and a result is NaN"},
		{"channel --temperature 1e-300", "temperature T is 1e-300"},
		{"channel --height 1e-300", "temperature T is 8e-301, want a width"},
		{"channel --k-saddle 1e300", "want a width"},
		{"channel --floor 1e-8", "cells are too many"},
		{"regression --eta 1e-300", "discrete: a panel of 2e-303"},
		{"regression --samples 50 --eta 1e-150", "discrete: a panel of"},
		{"regression --d 4 --c 1e150", "nodes on [0, 1e+75]"},
		{"regression --batch 1000000000000000", "the mean number of steps exceeds"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // of seconds on an idle machine
		code, out, errOut := sgdescape(ctx, strings.Fields("rate "+c.args)...)
		cancel()
		if plain := strings.Join(strings.Fields(out), " "); code != exitExpected || errOut != "" || !strings.Contains(plain, c.want) || !strings.Contains(plain, " T0 ") {
			t.Errorf("%s: exit code %d, message %q, output %q, want %q", c.args, code, errOut, plain, c.want)
		}
	}
}

// TestRateJSON: the schema, with absent levels absent and times in t.
func TestRateJSON(t *testing.T) {
	m := fields(t, "rate", "regression", "--d", "1", "--population", "--eta", "0.1", "--batch", "1", "--c", "2", "--json")
	if diff := cmp.Diff([]string{"conditions", "levels", "parameters", "problem"}, keys(m)); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	levels := m["levels"].(map[string]any)
	if diff := cmp.Diff([]string{"T0", "T1", "T2", "T3", "T4"}, keys(levels)); diff != "" {
		t.Errorf("levels (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"exponent", "log_rate", "rate"}, keys(levels["T0"].(map[string]any))); diff != "" {
		t.Errorf("T0 (-want +got):\n%s", diff)
	}
	if got := levels["T1"].(map[string]any)["mfpt"].(float64); math.Abs(got-574.1016) > 1e-3 { // golden firstpassage/radial
		t.Errorf("T1 is %v, want 574.1016", got)
	}
	if m["problem"] != "regression" || m["parameters"].(map[string]any)["eta"] != 0.1 {
		t.Errorf("problem %v, parameters %v", m["problem"], m["parameters"])
	}
	well := fields(t, "rate", "doublewell", "--json")
	if diff := cmp.Diff([]string{"log_rate", "mfpt", "mfpt_to_saddle", "rate", "relative_error"}, keys(well["levels"].(map[string]any)["T1"].(map[string]any))); diff != "" {
		t.Errorf("T1 of the well (-want +got):\n%s", diff)
	}
	if got := fields(t, "rate", "doublewell", "--eta", "0.001", "--json")["conditions"]; got == nil {
		t.Error("conditions are null, want a list")
	}
}

// TestRateText: the table fits 100 columns and shows rates that underflow.
func TestRateText(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"rate radial --eta 0.001 --c 4", exitExpected, `(?m)^T1     1\.346e-601 +-1383\.56 +- +~7\.427e\+600`},
		{"rate doublewell --eta 1e-300", exitExpected, `(?m)^T0     exp\(-8\.66434e\+298\)`},
		{"rate regression --d 1 --c 1.5", exitExpected, `(?m)^T4  .* 78\.42`},
		{"rate regression --d 3 --samples 100", exitFailed, `condition anisotropic-valley`},
	} {
		code, out, errOut := sgdescape(t.Context(), strings.Fields(c.args)...)
		if code != c.code || (errOut == "") != (code == exitExpected) || !regexp.MustCompile(c.want).MatchString(out) {
			t.Errorf("%s: exit code %d, %s, want a match of %q in\n%s", c.args, code, errOut, c.want, out)
		}
		for _, line := range strings.Split(out, "\n") {
			if len(line) > 100 {
				t.Errorf("%s: a line of %d characters: %s", c.args, len(line), line)
			}
		}
	}
}

func TestShowExp(t *testing.T) {
	for _, c := range []struct {
		x    float64
		want string
	}{
		{-1000 * math.Ln10, "1e-1000"}, {-1000*math.Ln10 + math.Log(2.5), "2.5e-1000"}, {1000 * math.Ln10, "1e+1000"},
		{-800, "3.668e-348"}, {-1e12, "exp(-1e+12)"}, {math.Inf(-1), "exp(-Inf)"},
	} {
		if got := showExp(c.x); got != c.want {
			t.Errorf("exp(%v) is shown as %s, want %s", c.x, got, c.want)
		}
	}
}

var simulateArgs = strings.Fields("simulate radial --c 1.2 --process sde --runs 400 --seed 5 --json")

// TestSimulateJSON: the schema; the same bytes but for timings for any number
// of workers; another seed gives other numbers.
func TestSimulateJSON(t *testing.T) {
	one, eight := fields(t, append(simulateArgs, "--workers", "1")...), fields(t, append(simulateArgs, "--workers", "8")...)
	other := fields(t, append(simulateArgs, "--seed", "6")...)
	want := []string{"censored", "exits", "horizon", "mfpt", "mfpt_high", "mfpt_low", "parameters", "problem", "process",
		"rate", "rate_high", "rate_low", "runs", "seconds", "seed", "steps", "steps_per_second"}
	if diff := cmp.Diff(want, keys(one)); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	for _, m := range []map[string]any{one, eight, other} {
		delete(m, "seconds")
		delete(m, "steps_per_second")
	}
	if diff := cmp.Diff(one, eight); diff != "" {
		t.Errorf("one worker and eight differ:\n%s", diff)
	}
	if cmp.Equal(one, other) {
		t.Error("two seeds give the same runs")
	}
	low, mid, high := one["mfpt_low"].(float64), one["mfpt"].(float64), one["mfpt_high"].(float64)
	if !(low < mid && mid < high) || one["exits"].(float64)+one["censored"].(float64) != 400 {
		t.Errorf("mfpt %v [%v, %v], %v exits, %v censored of 400", mid, low, high, one["exits"], one["censored"])
	}
}

// TestSimulateCensors: runs that have not left are reported, in JSON and in
// words, and bounds that do not exist are null.
func TestSimulateCensors(t *testing.T) {
	some := fields(t, "simulate", "radial", "--c", "1.2", "--process", "sde", "--runs", "200", "--horizon", "2", "--json")
	if some["censored"].(float64) < 1 || some["exits"].(float64) < 1 {
		t.Errorf("%v exits, %v censored, want some of both", some["exits"], some["censored"])
	}
	if mfpt := some["mfpt"].(float64); !(mfpt > 2) { // the mean of those that left is below the horizon
		t.Errorf("the mean time is %v: censored runs were dropped", mfpt)
	}
	none := fields(t, "simulate", "radial", "--c", "9", "--process", "sde", "--runs", "10", "--horizon", "1", "--json")
	if none["exits"].(float64) != 0 || none["censored"].(float64) != 10 || none["rate"] != 0.0 {
		t.Errorf("%v exits, %v censored, rate %v", none["exits"], none["censored"], none["rate"])
	}
	for _, key := range []string{"mfpt", "mfpt_high"} {
		if x, there := none[key]; x != nil || !there {
			t.Errorf("%s is %v without exits, want null", key, x)
		}
	}
	for _, key := range []string{"mfpt_low", "rate_high"} {
		if x, _ := none[key].(float64); !(x > 0) {
			t.Errorf("%s is %v without exits, want a bound", key, none[key])
		}
	}
	code, out, _ := sgdescape(t.Context(), strings.Fields("simulate radial --c 9 --process sde --runs 10 --horizon 1")...)
	if code != exitExpected || !strings.Contains(out, "0 exits, 10 censored at t = 1") || !strings.Contains(out, "mfpt    -") {
		t.Errorf("exit code %d and\n%s", code, out)
	}
}

// TestSimulateInterrupted: what is known is printed, and the exit code is 2.
func TestSimulateInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, out, errOut := sgdescape(ctx, simulateArgs...)
	var m map[string]any
	if err := json.Unmarshal([]byte(out), &m); err != nil || m["interrupted"] != true {
		t.Errorf("output is %q (%v), want JSON of an interrupted run", out, err)
	}
	if code != exitFailed || !strings.Contains(errOut, "interrupted") {
		t.Errorf("exit code %d, message %q", code, errOut)
	}
	if m["unfinished"] != 400.0 {
		t.Errorf("%v unfinished, want 400", m["unfinished"])
	}
	_, out, _ = sgdescape(ctx, strings.Fields("simulate radial --process sde --runs 400")...)
	if !strings.Contains(out, "0 exits, 0 censored at t = 100000, 400 unfinished") {
		t.Errorf("an interrupted simulation says\n%s", out)
	}
}

// TestSimulateInterruptedUnderWay: runs under way are unfinished and not
// censored, too, and the time they were watched bounds the rate.
func TestSimulateInterruptedUnderWay(t *testing.T) {
	var m map[string]any
	for wait := 50 * time.Millisecond; ; wait *= 2 { // until steps were made
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		_, out, _ := sgdescape(ctx, strings.Fields("simulate radial --c 9 --process sde --runs 400 --json")...)
		cancel()
		m = nil
		if err := json.Unmarshal([]byte(out), &m); err != nil {
			t.Fatalf("%v in %q", err, out)
		}
		if m["steps"] != 0.0 {
			break
		}
	}
	if m["exits"] != 0.0 || m["censored"] != 0.0 || m["unfinished"] != 400.0 || m["rate_high"] == nil {
		t.Errorf("%v exits, %v censored, %v unfinished of 400, rate below %v", m["exits"], m["censored"], m["unfinished"], m["rate_high"])
	}
}

// TestRateOfNothing: where no level can be computed the conditions are printed, and
// the exit code is 2.
func TestRateOfNothing(t *testing.T) {
	for _, format := range []string{"", " --json"} {
		code, out, errOut := sgdescape(t.Context(), strings.Fields("rate regression --samples 10 --batch 10 --sampling without"+format)...)
		if code != exitFailed || !strings.Contains(errOut, "no level of the theory is computed for this problem") || !strings.Contains(out, "batch") {
			t.Errorf("%q: exit code %d, message %q, output\n%s", format, code, errOut, out)
		}
	}
}

// TestHorizonInSteps: the horizon is printed as it is used, in whole steps.
func TestHorizonInSteps(t *testing.T) {
	_, out, _ := sgdescape(t.Context(), strings.Fields("simulate regression --c 9 --process sgd --runs 10 --horizon 0.26")...)
	if !strings.Contains(out, "0 exits, 10 censored at t = 0.3\n") {
		t.Errorf("a horizon of 2.6 steps of 0.1 is printed as\n%s", out)
	}
}

const cheap = "verify --profile short --claim eq16-limit --claim eq8-with-replacement --claim eq19-critical-dimension"

func readAll(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(data)
	}
	return files
}

// interruptAfter puts a ledger in place that cancels the run once a claim has
// been judged.
func interruptAfter(t *testing.T, cancel context.CancelFunc, judged int) {
	replaceLedger(t, func(claims []verify.Claim) {
		if judged < len(claims) {
			claims[judged].Measure = func(ctx context.Context, _ *verify.Env) (verify.Measurement, error) {
				cancel()
				return verify.Measurement{}, ctx.Err()
			}
		}
	})
}

// replaceLedger changes the claims for the length of a test.
func replaceLedger(t *testing.T, change func([]verify.Claim)) {
	t.Helper()
	selectClaims = func(ids []string) ([]verify.Claim, error) {
		claims, err := verify.Select(ids)
		change(claims)
		return claims, err
	}
	t.Cleanup(func() { selectClaims = verify.Select })
}

// TestVerify: the report is written; an interrupted run is continued to the
// same bytes as an uninterrupted one.
func TestVerify(t *testing.T) {
	whole, parts := t.TempDir(), filepath.Join(t.TempDir(), "not", "there", "yet")
	args := func(dir string, more ...string) []string {
		return append(strings.Fields(cheap+" --report "+dir), more...)
	}
	code, out, errOut := sgdescape(t.Context(), args(whole)...)
	if code != exitExpected || errOut != "" || !strings.Contains(out, "3 of 3 claims judged: 3 as expected, 0 undecided (too few runs), 0 changed") {
		t.Fatalf("exit code %d, %s\n%s", code, errOut, out)
	}
	want := readAll(t, whole)
	if len(want) != 2 || want[report.IndexFile] == "" || want[report.VerdictsFile] == "" {
		t.Fatalf("the report has %d files", len(want))
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Run("interrupted", func(t *testing.T) {
		interruptAfter(t, cancel, 1)
		code, out, errOut := sgdescape(ctx, args(parts)...)
		again := "continue with: " + shellQuote(os.Args[0]) + " verify --profile short --seed 1 --claim eq16-limit,eq8-with-replacement,eq19-critical-dimension --report " + parts + " --resume"
		if code != exitFailed || !strings.Contains(errOut, "interrupted after 1 of 3 claims") || !strings.Contains(errOut, again) {
			t.Errorf("exit code %d, message %q", code, errOut)
		}
		if !strings.Contains(out, "1 of 3 claims judged: 1 as expected") {
			t.Errorf("the output does not say how far the run came:\n%s", out)
		}
		if v, err := report.ReadVerdicts(parts); err != nil || v.Complete || v.Expected || v.Asked != 3 || v.Counts != (verify.Counts{Expected: 1}) {
			t.Errorf("stored are %d claims of %d, complete: %t, as expected: %t (%v)", len(v.Claims), v.Asked, v.Complete, v.Expected, err)
		}
		if !strings.Contains(readAll(t, parts)[report.IndexFile], "interrupted") {
			t.Error("the page does not say that the run was interrupted")
		}
	})
	t.Run("resumed with another seed", func(t *testing.T) {
		code, out, errOut := sgdescape(t.Context(), args(parts, "--resume", "--seed", "2")...)
		if code != exitFailed || out != "" || !strings.Contains(errOut, "seed is 1, want 2") {
			t.Errorf("exit code %d, message %q", code, errOut)
		}
	})
	t.Run("resumed", func(t *testing.T) {
		replaceLedger(t, func(claims []verify.Claim) {
			claims[0].Measure = func(context.Context, *verify.Env) (verify.Measurement, error) {
				t.Error("a claim that was judged is measured again")
				return verify.Measurement{}, nil
			}
		})
		code, _, errOut := sgdescape(t.Context(), args(parts, "--resume")...)
		if code != exitExpected || errOut != "" {
			t.Errorf("exit code %d, message %q", code, errOut)
		}
		if diff := cmp.Diff(want, readAll(t, parts)); diff != "" {
			t.Errorf("the resumed report differs (-whole +resumed):\n%s", diff)
		}
	})
	t.Run("nothing to resume", func(t *testing.T) {
		if code, _, errOut := sgdescape(t.Context(), args(t.TempDir(), "--resume", "--claim", "eq8-with-replacement")...); code != exitExpected {
			t.Errorf("exit code %d, message %q", code, errOut)
		}
	})
	t.Run("JSON", func(t *testing.T) {
		code, out, _ := sgdescape(t.Context(), append(strings.Fields("verify --profile short --claim eq8-with-replacement --json --report"), t.TempDir())...)
		var v verify.Verdicts
		if err := json.Unmarshal([]byte(out), &v); code != exitExpected || err != nil || len(v.Claims) != 1 || !v.Expected {
			t.Errorf("exit code %d, %v, %+v", code, err, v)
		}
	})
	t.Run("a damaged report", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, report.VerdictsFile), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, errOut := sgdescape(t.Context(), args(dir, "--resume")...); code != exitFailed || out != "" || !strings.Contains(errOut, report.VerdictsFile) {
			t.Errorf("exit code %d, output %q, message %q", code, out, errOut)
		}
	})
}

// TestReject_ChangedVerdict: a verdict other than the expected one is exit code
// 1, in words and in JSON, and names the way to reproduce it.
func TestReject_ChangedVerdict(t *testing.T) {
	replaceLedger(t, func(claims []verify.Claim) { claims[0].Expected = verify.Disagrees })
	dir := t.TempDir()
	for _, format := range []string{"", "--json"} {
		args := append(strings.Fields("verify --profile short --claim eq8-with-replacement "+format+" --report"), dir)
		code, out, errOut := sgdescape(t.Context(), args...)
		if code != exitChanged || errOut != "" {
			t.Errorf("exit code %d, message %q, want 1 and none", code, errOut)
		}
		if !strings.Contains(out, "verdict is agrees, expected disagrees") || !strings.Contains(out, "--claim eq8-with-replacement") {
			t.Errorf("the output does not say what changed:\n%s", out)
		}
	}
}

// TestClaims: the list has every claim of the ledger, in words and in JSON.
func TestClaims(t *testing.T) {
	code, out, errOut := sgdescape(t.Context(), "claims")
	codeJSON, outJSON, _ := sgdescape(t.Context(), "claims", "--json")
	var lines []map[string]any
	if err := json.Unmarshal([]byte(outJSON), &lines); err != nil || code != exitExpected || codeJSON != exitExpected || errOut != "" {
		t.Fatalf("exit codes %d, %d, %v, %s", code, codeJSON, err, errOut)
	}
	ledger := verify.Ledger()
	if len(lines) != len(ledger) {
		t.Fatalf("%d claims are listed, want %d", len(lines), len(ledger))
	}
	for i, c := range ledger {
		want := []string{"band", "equation", "expected", "id", "left", "reason", "right", "statement"}
		if c.Pinned != (verify.Band{}) {
			want = slices.Insert(want, 5, "pinned")
		}
		if c.Expected == verify.Disagrees {
			want = slices.Insert(want, 1, "cause")
			if lines[i]["cause"] != c.Cause {
				t.Errorf("claim %s: the cause is listed as %q, want %q", c.ID, lines[i]["cause"], c.Cause)
			}
		}
		if diff := cmp.Diff(want, keys(lines[i])); diff != "" || lines[i]["id"] != c.ID || !strings.Contains(out, c.ID) {
			t.Errorf("claim %s is listed as %v", c.ID, lines[i])
		}
	}
}
