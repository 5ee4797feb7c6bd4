package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sgdescape/benchmarks/compare"
	"sgdescape/benchmarks/gate"
	"sgdescape/benchmarks/measure"
	"sgdescape/benchmarks/record"
)

// method is that of the default flags.
var method = measure.Runner{Time: time.Millisecond, RunTime: 50 * time.Millisecond}.Method()

// saved is a record of another machine.
const saved = `goos: plan9
goarch: amd64
cpu: abacus
BenchmarkA 	 1000	 100 ns/op	 0 B/op	 0 allocs/op
`

// fixture is a repository with one benchmark, committed.
func fixture(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"go.mod": "module fixture\n\ngo 1.24\n",
		"a_test.go": "package fixture\n\nimport \"testing\"\n\nvar x int\n\n" +
			"func BenchmarkA(b *testing.B) {\n\tfor b.Loop() {\n\t\tx++\n\t}\n}\n\n" +
			"func BenchmarkUntimed(b *testing.B) {\n\tfor b.Loop() {\n\t\tx++\n\t}\n\tb.ReportMetric(0, \"ns/op\")\n}\n",
		"saved.txt":         saved,
		"saved.info.json":   `{"method": "` + method + `"}`,
		"untimed.txt":       "BenchmarkA 	 1000	 0 B/op	 0 allocs/op\n",
		"untimed.info.json": `{"method": "` + method + `"}`,
		"empty.txt":         "PASS\n",
		"empty.info.json":   `{"method": "` + method + `"}`,
		"other.txt":         saved,
		"other.info.json":   `{"method": "mean of a second"}`,
		"nobody.txt":        saved,
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"init", "--quiet"},
		{"add", "."},
		{"-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "--message", "fixture"},
	} {
		if out, err := measure.Git(t.Context(), dir, args...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	t.Chdir(dir)
	return dir
}

// Whatever keeps the gate from deciding gives exit code 2 and a reason.
func TestReject_NothingDecided(t *testing.T) {
	fixture(t)
	tests := []struct {
		name string
		args []string
		want string // in the message
	}{
		{"no base", []string{"run", "--package", "."}, "base is not given, want a revision or a saved file"},
		{"empty base", []string{"run", "--package", ".", "--base", ""}, "--base is empty, want a revision"},
		{"two bases", []string{"run", "--package", ".", "--base", "HEAD", "--file", "saved.txt"}, "base is both the revision HEAD and the file saved.txt, want one of them"},
		{"unknown revision", []string{"run", "--package", ".", "--base", "nowhere"}, `benchgate: the revision is "nowhere", which names no commit here, want a branch, a tag or a hash`},
		{"a flag for a revision", []string{"run", "--package", ".", "--base", "--all"}, `the revision is "--all", which names no commit here`},
		{"unknown revision to part from", []string{"run", "--package", ".", "--base", "nowhere", "--merge-base"}, `the revision is "nowhere", which`},
		{"unknown package", []string{"run", "--package", "./nowhere", "--base", "HEAD"}, "nowhere"},
		{"unknown file", []string{"run", "--package", ".", "--file", "nowhere.txt"}, "nowhere.txt"},
		{"a file without results", []string{"run", "--package", ".", "--file", "empty.txt"}, "no benchmark results"},
		{"a file without times", []string{"run", "--package", ".", "--file", "untimed.txt"}, "untimed.txt holds no benchmark results with a time"},
		{"another machine", []string{"run", "--package", ".", "--file", "saved.txt"}, "another machine"},
		{"a file without description", []string{"run", "--package", ".", "--file", "nobody.txt"}, "no record"},
		{"measured otherwise", []string{"run", "--package", ".", "--file", "other.txt"}, "measured otherwise"},
		{"no benchmark", []string{"run", "--package", ".", "--base", "HEAD", "--bench", "Nothing"}, "no benchmark in common"},
		{"no benchmark with a time", []string{"run", "--package", ".", "--base", "HEAD", "--bench", "Untimed"}, "no benchmark in common that prints a time"},
		{"a record that cannot be written", []string{"record", "a", "--package", ".", "--dir", "nowhere", "--bench", "Nothing"}, `nowhere/a.txt", want a file in a folder that can be written`},
		{"a record without times", []string{"record", "a", "--package", ".", "--dir", ".", "--bench", "Untimed"}, `no benchmark that matches "Untimed" prints a time`},
		{"bad numbers", []string{"run", "--package", ".", "--base", "HEAD", "--alpha", "NaN", "--floor", "-1"}, "alpha"},
		{"bad core", []string{"run", "--package", ".", "--base", "HEAD", "--core", "x"}, "--core"},
		{"half a core", []string{"run", "--package", ".", "--base", "HEAD", "--core", "1x"}, "--core \"1x\""},
		{"no such core", []string{"run", "--package", ".", "--base", "HEAD", "--core", "1000"}, "--core is 1000, want a core that this process may use"},
		{"JSON that cannot be written", []string{"run", "--package", ".", "--base", "HEAD", "--json", "nowhere/out.json"}, `--json is "nowhere/out.json", want a file in a folder that can be written`},
		{"Markdown in place of a folder", []string{"run", "--package", ".", "--base", "HEAD", "--markdown", "."}, `--markdown is ".", a folder, want a file`},
		{"one file for two reports", []string{"run", "--package", ".", "--base", "HEAD", "--bench", "Nothing", "--json", "out", "--markdown", "./out"}, `--json and --markdown are both "out", want two files`},
		{"one file for two tables", []string{"peers", "--rounds", "6", "--core", "1000", "--json", "out", "--markdown", "out"}, `--json and --markdown are both "out", want two files`},
		{"too few looks to find anything", []string{"run", "--package", ".", "--base", "HEAD", "--looks", "2"}, "need 4 blocks"},
		{"no peers' rounds", []string{"peers", "--rounds", "0"}, "rounds is 0"},
		{"no peers' exits", []string{"peers", "--exits", "5"}, "exits is 5"},
		{"rounds too few for an interval", []string{"peers", "--rounds", "5", "--json", "rows.json"}, "at least 6 with --json"},
		{"bad flag", []string{"run", "--nonsense"}, "nonsense"},
		{"help for nothing", []string{"help", "foo"}, `help: no command "foo" of "benchgate", want one of completion, flame, `},
		{"help for too much", []string{"help", "run", "fast"}, `no command "fast" of "benchgate run", want no more words`},
		{"a record of nothing", []string{"record", "a", "--rounds", "0"}, "--rounds is 0, want 1 or more"},
		{"a record without a name", []string{"record"}, "0 arguments [], want one, the name of the record"},
		{"two profiles", []string{"flame", "a", "b"}, `2 arguments ["a" "b"], want one, a CPU profile`},
		{"a self-test of nothing", []string{"selftest", "--count", "0"}, "--count is 0, want an integer >= 1"},
		{"no folder of records", []string{"history", "--dir", "nowhere"}, `--dir is "nowhere", want a folder of records`},
		{"a file for a folder of records", []string{"history", "--dir", "empty.txt"}, `--dir is "empty.txt", want a folder of records`},
		{"a plot that cannot be written", []string{"history", "--dir", ".", "--out", "nowhere/a.svg"}, `--out is "nowhere/a.svg", want a file in a folder`},
		{"a profile of nothing", []string{"flame", "empty.txt"}, `the profile is "empty.txt", want one that go test -cpuprofile wrote`},
		{"a picture that cannot be written", []string{"flame", "empty.txt", "--out", "."}, `--out is ".", a folder, want a file`},
		{"bad command", []string{"jump"}, "jump"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := execute(context.Background(), tt.args, &stdout, &stderr)
			if code != exitUndecided || !strings.Contains(stderr.String(), tt.want) {
				t.Errorf("exit code %d, message %q, want %d and %q", code, stderr.String(), exitUndecided, tt.want)
			}
		})
	}
}

// A budget too short for the first look gives exit code 2 and a report all the
// same, and no trace of the worktree is left.
func TestNoTimeIsUndecided(t *testing.T) {
	dir := fixture(t)
	var stdout, stderr bytes.Buffer
	args := []string{"run", "--package", ".", "--base", "HEAD", "--budget", "1ms", "--json", "out.json", "--markdown", "out.md"}
	if code := execute(context.Background(), args, &stdout, &stderr); code != exitUndecided {
		t.Errorf("exit code %d, want %d; %s", code, exitUndecided, stderr.String())
	}
	if !strings.Contains(stdout.String(), "undecided") || !strings.Contains(stdout.String(), "time budget") {
		t.Errorf("the table does not say why nothing was decided:\n%s", stdout.String())
	}
	for _, name := range []string{"out.json", "out.md"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(text), "undecided") {
			t.Errorf("%s: %v %s", name, err, text)
		}
	}
	noWorktreeLeft(t, dir)
}

// A record made here can be compared with at once, and is drawn by history.
// What the comparison says is not tested: between a record and a run the load
// of the machine may change by any factor, which is why the gate prefers a
// revision, whose runs it interleaves.
func TestRecordIsABase(t *testing.T) {
	dir := fixture(t)
	run := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := execute(context.Background(), args, &out, &out)
		return code, out.String()
	}
	if code, out := run("record", "first", "--package", ".", "--dir", ".", "--rounds", "12", "--run-time", "5ms"); code != exitClean {
		t.Fatalf("record: exit code %d\n%s", code, out)
	}
	code, out := run("run", "--package", ".", "--file", "first.txt", "--run-time", "5ms", "--looks", "6,9", "--json", "out.json")
	report, err := os.ReadFile(filepath.Join(dir, "out.json"))
	if err != nil || !strings.Contains(out, "first.txt") || !strings.Contains(string(report), `"A"`) {
		t.Errorf("run: exit code %d, %v\n%s\n%s", code, err, out, report)
	}
	for _, name := range []string{"saved.txt", "untimed.txt", "empty.txt", "other.txt", "nobody.txt"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if code, out := run("history", "--dir", ".", "--out", "history.svg"); code != exitClean {
		t.Errorf("history: exit code %d\n%s", code, out)
	}
	svg, err := os.ReadFile(filepath.Join(dir, "history.svg"))
	if err != nil || !strings.Contains(string(svg), "<svg") {
		t.Errorf("history.svg: %v", err)
	}
}

// A record names the revision that was built, whatever is committed while it is
// measured.
func TestRecordNamesWhatWasBuilt(t *testing.T) {
	dir := fixture(t)
	commits := "package fixture\n\nimport (\n\t\"os\"\n\t\"os/exec\"\n\t\"testing\"\n)\n\n" +
		"func BenchmarkCommit(b *testing.B) {\n\targs := []string{\"-c\", \"user.name=test\", \"-c\", \"user.email=test@localhost\", " +
		"\"commit\", \"--quiet\", \"--allow-empty\", \"--message\", \"later\"}\n" +
		"\tcmd := exec.Command(\"git\", args...)\n\tcmd.Env = append(os.Environ(), \"GIT_DIR=.git\", \"GIT_WORK_TREE=.\", \"GIT_INDEX_FILE=.git/index\")\n" +
		"\tif err := cmd.Run(); err != nil {\n\t\tb.Fatal(err)\n\t}\n\tfor b.Loop() {\n\t\tx++\n\t}\n}\n"
	if err := os.WriteFile("b_test.go", []byte(commits), 0o644); err != nil {
		t.Fatal(err)
	}
	built, err := measure.Describe(t.Context(), dir, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := execute(t.Context(), []string{"record", "a", "--package", ".", "--dir", ".", "--bench", "Commit", "--rounds", "1", "--run-time", "1ms"}, &out, &out); code != exitClean {
		t.Fatalf("exit code %d\n%s", code, out.String())
	}
	info, err := record.ReadInfo(os.DirFS(dir), "a.txt")
	if err != nil || info.Revision != built+"+" { // b_test.go is in no revision
		t.Errorf("revision %q, %v, want %q", info.Revision, err, built+"+")
	}
}

// A record of one run can decide nothing, and is refused before the rounds: five
// beside the eight of the head side have 1/C(13, 5) = 8e-4, below 0.01/2 looks/3.
func TestReject_RecordOfOneRun(t *testing.T) {
	fixture(t)
	var out bytes.Buffer
	if code := execute(t.Context(), []string{"record", "one", "--package", ".", "--dir", ".", "--rounds", "1", "--run-time", "1ms"}, &out, &out); code != exitClean {
		t.Fatalf("exit code %d\n%s", code, out.String())
	}
	code := execute(t.Context(), []string{"run", "--package", ".", "--file", "one.txt", "--run-time", "1ms", "--looks", "2,4"}, &out, &out)
	if code != exitUndecided || !strings.Contains(out.String(), "A: gate: 3 comparisons at alpha = 0.01 and beta = 0.01 need 5 saved runs") {
		t.Errorf("exit code %d\n%s", code, out.String())
	}
}

// noWorktreeLeft fails if git knows of any but the repository itself.
func noWorktreeLeft(t *testing.T, dir string) {
	t.Helper()
	out, err := measure.Git(context.Background(), dir, "worktree", "list").Output()
	if err != nil || strings.Count(string(out), "\n") != 1 {
		t.Errorf("worktrees left: %v\n%s", err, out)
	}
}

// A benchmark that ends the program is an error: those after it would only seem
// to be gone.
func TestReject_EndOfProgram(t *testing.T) {
	fixture(t)
	ends := "package fixture\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc BenchmarkA0(b *testing.B) {\n\tfor b.Loop() {\n\t\tx++\n\t}\n}\n\n" +
		"func BenchmarkEnds(*testing.B) { os.Exit(0) }\n"
	if err := os.WriteFile("0_test.go", []byte(ends), 0o644); err != nil { // before a_test.go
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"run", "--package", ".", "--base", "HEAD", "--run-time", "1ms", "--looks", "4"},
		{"record", "a", "--package", ".", "--dir", ".", "--run-time", "1ms", "--rounds", "1"},
	} {
		var stdout, stderr bytes.Buffer
		code := execute(context.Background(), args, &stdout, &stderr)
		if code != exitUndecided || !strings.Contains(stderr.String(), "os.Exit(0)") {
			t.Errorf("%s: exit code %d, message %q\n%s", args[0], code, stderr.String(), stdout.String())
		}
	}
}

// A benchmark that prints is told from the line that it broke.
func TestReject_PrintingBenchmark(t *testing.T) {
	fixture(t)
	prints := "package fixture\n\nimport (\n\t\"fmt\"\n\t\"testing\"\n)\n\n" +
		"func BenchmarkPrints(b *testing.B) {\n\tfmt.Println(\"here\")\n\tfor b.Loop() {\n\t\tx++\n\t}\n}\n"
	if err := os.WriteFile("b_test.go", []byte(prints), 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := execute(t.Context(), []string{"record", "a", "--package", ".", "--dir", ".", "--bench", "Prints"}, &stdout, &stderr)
	if code != exitUndecided || !strings.Contains(stderr.String(), `the line of a result is "BenchmarkPrints`) || !strings.Contains(stderr.String(), "here\", want nothing printed") {
		t.Errorf("exit code %d, message %q", code, stderr.String())
	}
}

// A gate interrupted before it measures says so and cleans up.
func TestInterrupted(t *testing.T) {
	dir := fixture(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var stdout, stderr bytes.Buffer
	if code := execute(ctx, []string{"run", "--package", ".", "--base", "HEAD"}, &stdout, &stderr); code != exitUndecided || stderr.String() != "benchgate: interrupted\n" {
		t.Errorf("exit code %d, want %d; message %q", code, exitUndecided, stderr.String())
	}
	noWorktreeLeft(t, dir)
}

// A gate interrupted while it measures keeps what it has, gives no verdict and
// no mean, and cleans up.
func TestInterruptedRun(t *testing.T) {
	dir := fixture(t)
	ctx, cancel := context.WithCancel(context.Background())
	o := compare.Options{Root: dir, Package: ".", Base: "HEAD", Pattern: ".", Plan: gate.DefaultPlan(), Budget: time.Hour,
		Runner: measure.Runner{Core: measure.AnyCore, Time: time.Millisecond, RunTime: 5 * time.Millisecond},
		Progress: func(done, _ int, what string) {
			if what == "A" && done == 3 {
				cancel()
			}
		}}
	report, err := compare.Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if !report.Interrupted || report.Verdict != gate.Undecided || report.GeoMean != 0 || len(report.Rows) != 1 || report.Rows[0].Cells[0].Rounds != 3 {
		t.Errorf("interrupted after three rounds: %+v", report)
	}
	if len(report.Notes) != 1 || report.Notes[0] != "prints no time, not compared: Untimed" {
		t.Errorf("notes %q", report.Notes)
	}
	var table bytes.Buffer
	if err := report.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	if text := table.String(); strings.Contains(text, "geometric mean") || !strings.Contains(text, ": no verdict; what was measured is above, 1 of 1 benchmarks") {
		t.Errorf("table of an interrupted run:\n%s", text)
	}
	noWorktreeLeft(t, dir)
}

// full is an output without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// A regression is one though its report cannot be written, and what could not
// be written is told.
func TestRegressionWithoutReport(t *testing.T) {
	dir := fixture(t)
	text, err := os.ReadFile("a_test.go")
	if err != nil {
		t.Fatal(err)
	}
	slower := strings.Replace(string(text), "var x int", "var x int\n\nvar keep []int", 1)
	slower = strings.Replace(slower, "x++", "keep = make([]int, 8)", 1)
	if err := os.WriteFile("a_test.go", []byte(slower), 0o644); err != nil {
		t.Fatal(err)
	}
	// One allocation more: 6^-4 is below alpha/3, the price of one of time and two counts.
	args := []string{"run", "--package", ".", "--base", "HEAD", "--bench", "^BenchmarkA$", "--run-time", "2ms", "--looks", "4", "--markdown", "out.md"}
	var stderr bytes.Buffer
	code := execute(context.Background(), args, full{}, &stderr)
	if code != exitRegression || !strings.Contains(stderr.String(), "no space left") || !strings.Contains(stderr.String(), "the verdict is regression") {
		t.Errorf("exit code %d, want %d; message %q", code, exitRegression, stderr.String())
	}
	if md, err := os.ReadFile(filepath.Join(dir, "out.md")); err != nil || !strings.Contains(string(md), "| A | regression |") {
		t.Errorf("out.md: %v\n%s", err, md)
	}
}

func TestWriteWhole(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "report")
	for _, text := range []string{"first", "second"} {
		if err := writeWhole(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if err != nil || string(got) != text {
			t.Errorf("read %q, %v, want %q", got, err, text)
		}
	}
	if err := writeWhole(filepath.Join(dir, "missing", "report"), nil); err == nil {
		t.Error("a file was written to a folder that does not exist")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
