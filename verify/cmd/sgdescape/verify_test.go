package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/verify"
	"sgdescape/verify/report"
)

// TestClaimWritesNoReport: a few claims are printed, and a report that lies in
// the default place stays as it is, unless a folder is named.
func TestClaimWritesNoReport(t *testing.T) {
	t.Chdir(t.TempDir())
	args := strings.Fields("verify --profile short --claim eq8-with-replacement")
	code, out, errOut := sgdescape(t.Context(), args...)
	if code != exitExpected || errOut != "" || !strings.Contains(out, "no report written") {
		t.Errorf("exit code %d, %s\n%s", code, errOut, out)
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 0 {
		t.Errorf("%v was written (%v)", entries, err)
	}
	if code, out, errOut := sgdescape(t.Context(), append(args, "--report", "report")...); code != exitExpected || !strings.Contains(out, "report in report") {
		t.Errorf("exit code %d, %s\n%s", code, errOut, out)
	}
	if files := readAll(t, "report"); len(files) != 2 {
		t.Errorf("the report has %d files, want 2", len(files))
	}
	ctx, cancel := context.WithCancel(t.Context())
	interruptAfter(t, cancel, 0)
	if code, _, errOut := sgdescape(ctx, args...); code != exitFailed || !strings.Contains(errOut, "interrupted after 0 of 1 claims; no report was written") {
		t.Errorf("exit code %d, message %q", code, errOut)
	}
}

// TestClaimList: blanks around identifiers do not matter.
func TestClaimList(t *testing.T) {
	got, err := claimIDs([]string{" eq16-limit", "", "eq8-with-replacement "})
	if diff := cmp.Diff([]string{"eq16-limit", "eq8-with-replacement"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestResumeKeepsOtherClaims: resuming with another list of claims adds to what
// is stored and measures none of it again.
func TestResumeKeepsOtherClaims(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my report")
	verifyClaim := func(id string) {
		t.Helper()
		if code, _, errOut := sgdescape(t.Context(), "verify", "--profile", "short", "--resume", "--report", dir, "--claim", id); code != exitExpected {
			t.Fatalf("%s: exit code %d, %s", id, code, errOut)
		}
	}
	verifyClaim("eq8-with-replacement")
	before, err := report.ReadVerdicts(dir)
	if err != nil {
		t.Fatal(err)
	}
	replaceLedger(t, func(claims []verify.Claim) {
		for i, c := range claims {
			if c.ID == "eq8-with-replacement" {
				claims[i].Measure = func(context.Context, *verify.Env) (verify.Measurement, error) {
					t.Error("a stored claim is measured again")
					return verify.Measurement{}, nil
				}
			}
		}
	})
	verifyClaim("eq19-critical-dimension")
	after, err := report.ReadVerdicts(dir)
	if err != nil || len(after.Claims) != 2 || !after.Complete || after.Asked != 2 {
		t.Fatalf("%d claims are stored, complete: %t (%v), want 2", len(after.Claims), after.Complete, err)
	}
	if diff := cmp.Diff(before.Claims[0], after.Claims[0]); diff != "" {
		t.Errorf("the stored claim (-before +after):\n%s", diff)
	}
}

// TestReject_BrokenVerdicts: what cannot be gone on from is refused before
// anything is judged, stays as it is, and the message says what to do.
func TestReject_BrokenVerdicts(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, report.VerdictsFile)
	args := strings.Fields("verify --profile short --claim eq8-with-replacement --report " + dir)
	if code, _, errOut := sgdescape(t.Context(), args...); code != exitExpected {
		t.Fatalf("exit code %d, message %q", code, errOut)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"cut": string(whole[:len(whole)/2]), "empty": "", "another object": "{}", "a list": "[1]"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errOut := sgdescape(t.Context(), append(args, "--resume")...)
		want := ", want the file an earlier run wrote; without --resume every claim is judged anew and the file replaced (to keep it: mv " + file + " " + file + ".broken)\n"
		if code != exitFailed || out != "" || strings.Count(errOut, "\n") != 1 || strings.Count(errOut, "want") != 1 ||
			!strings.HasPrefix(errOut, "sgdescape: --resume: "+file+": ") || !strings.HasSuffix(errOut, want) {
			t.Errorf("%s: exit code %d, output %q, message %q", name, code, out, errOut)
		}
		if kept, err := os.ReadFile(file); err != nil || string(kept) != text {
			t.Errorf("%s: the file is %q now (%v)", name, kept, err)
		}
	}
	if err := errors.Join(os.Remove(file), os.Mkdir(file, 0o755)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ flag, want string }{
		{"--resume", "sgdescape: --resume: " + file + " is no file that can be read: is a directory, want the file an earlier run wrote\n"},
		{"--json", "sgdescape: --report is \"" + dir + "\", want a folder that can be written: " + report.VerdictsFile + " is a folder in it\n"},
	} {
		if code, out, errOut := sgdescape(t.Context(), append(args, c.flag)...); code != exitFailed || out != "" || errOut != c.want {
			t.Errorf("a folder for a file, %s: exit code %d, output %q, message %q, want %q", c.flag, code, out, errOut, c.want)
		}
	}
}

// TestReject_OtherBuild: what another build has judged, or one that did not say
// which it was, is not kept; the run says so.
func TestReject_OtherBuild(t *testing.T) {
	for _, program := range []string{"", "0123456789abcdef"} {
		dir := t.TempDir()
		args := strings.Fields("verify --profile short --claim eq8-with-replacement,eq19-critical-dimension --report " + dir)
		if code, _, errOut := sgdescape(t.Context(), args...); code != exitExpected || errOut != "" {
			t.Fatalf("exit code %d, message %q", code, errOut)
		}
		v, err := report.ReadVerdicts(dir)
		if err != nil || v.Program == "" {
			t.Fatalf("stored program is %q (%v)", v.Program, err)
		}
		want := readAll(t, dir)
		v.Program = program
		v.Claims[0].Effect.Value = 42
		v.Claims = append(v.Claims, verify.VerdictLine{ID: "gone-since"})
		if err := report.WriteVerdicts(dir, v); err != nil {
			t.Fatal(err)
		}
		again := strings.Fields("verify --profile short --resume --claim eq19-critical-dimension --report " + dir)
		code, _, errOut := sgdescape(t.Context(), again...)
		if line := "another build of this program judged the 3 claims in " + dir + "; they are judged anew\n"; code != exitExpected || !strings.HasSuffix(errOut, line) {
			t.Errorf("exit code %d, message %q, want %q", code, errOut, line)
		}
		if diff := cmp.Diff(want, readAll(t, dir)); diff != "" {
			t.Errorf("the report (-judged by this build +resumed):\n%s", diff)
		}
		if code, _, errOut := sgdescape(t.Context(), again...); code != exitExpected || errOut != "" {
			t.Errorf("resumed by the same build: exit code %d, message %q", code, errOut)
		}
	}
}

// TestReject_RedTeeth: claims that are red without sabotage are a changed
// verdict, and the sabotages that others see are in the table all the same.
func TestReject_RedTeeth(t *testing.T) {
	killTable = func(context.Context, uint64, int) ([]verify.Kill, error) {
		return []verify.Kill{{Sabotage: "a", By: "check b", Killed: true}}, &verify.RedError{By: []string{"eq16-limit", "eq17-limit-n3"}, Skipped: 5}
	}
	t.Cleanup(func() { killTable = verify.KillTable })
	dir := t.TempDir()
	code, out, errOut := sgdescape(t.Context(), strings.Fields("verify --profile short --claim eq8-with-replacement --teeth --report "+dir)...)
	want := "sgdescape: teeth skipped: 2 claims are red without sabotage (eq16-limit, eq17-limit-n3), which leaves out 5 sabotages\n"
	if code != exitChanged || errOut != want || !strings.Contains(out, "1 of 1 sabotages caught") {
		t.Errorf("exit code %d, message %q, want %q; output\n%s", code, errOut, want, out)
	}
	v, err := report.ReadVerdicts(dir)
	if err != nil || v.Expected || len(v.Kills) != 1 {
		t.Errorf("stored: as expected: %t, %d kills (%v)", v.Expected, len(v.Kills), err)
	}
	reason := strings.TrimSuffix(strings.TrimPrefix(want, "sgdescape: teeth skipped: "), "\n")
	skipped := verify.SkippedTeeth{Reason: reason, Sabotages: 5, By: []string{"eq16-limit", "eq17-limit-n3"}}
	if v.Skipped == nil || !cmp.Equal(*v.Skipped, skipped) {
		t.Errorf("stored: skipped are %+v, want %+v", v.Skipped, skipped)
	}
	if page := readAll(t, dir)[report.IndexFile]; !strings.Contains(page, "Kill table incomplete: "+reason) {
		t.Error("the page does not say why sabotages are missing")
	}
}

// TestInterruptedTeeth: a run that ends among the sabotages says so, in the
// message and in the report.
func TestInterruptedTeeth(t *testing.T) {
	killTable = func(context.Context, uint64, int) ([]verify.Kill, error) { return nil, context.Canceled }
	t.Cleanup(func() { killTable = verify.KillTable })
	dir := t.TempDir()
	code, _, errOut := sgdescape(t.Context(), strings.Fields("verify --profile short --claim eq8-with-replacement --teeth --report "+dir)...)
	if code != exitFailed || !strings.HasPrefix(errOut, "sgdescape: interrupted while the sabotages were judged; the results so far are in "+dir+", continue with: ") {
		t.Errorf("exit code %d, message %q", code, errOut)
	}
	if page := readAll(t, dir)[report.IndexFile]; !strings.Contains(page, "Kill table incomplete: the run ended before all sabotages were judged") {
		t.Error("the page does not say that sabotages are missing")
	}
}

// TestNumericalErrorOnly: the table tells intervals of numerical error from
// those of chance.
func TestNumericalErrorOnly(t *testing.T) {
	const footnote = "\n* chance has no part: the interval is that of the numerical error only\n"
	line := func(share float64) (row, out string) {
		replaceLedger(t, func(claims []verify.Claim) { claims[0].Share = share })
		_, out, _ = sgdescape(t.Context(), strings.Fields("verify --profile short --claim eq8-with-replacement")...)
		return strings.Split(out, "\n")[1], out
	}
	if row, out := line(0); !strings.Contains(row, "] *  [") || !strings.Contains(out, footnote) {
		t.Errorf("an exact claim is printed as\n%s", out)
	}
	if row, out := line(1); strings.Contains(row, "*") || strings.Contains(out, footnote) {
		t.Errorf("a claim on chance is printed as\n%s", out)
	}
}

// TestTooFewRuns: a verdict left open is not counted as the expected one nor as
// another. Exit code 2, but for the short profile; a changed verdict wins.
func TestTooFewRuns(t *testing.T) {
	wide := verify.Effect{Name: "wide", Low: -1e9, High: 1e9}
	wrong := verify.Effect{Name: "wrong", Low: 1e9, High: 1e9}
	for _, c := range []struct {
		profile string
		effects []verify.Effect
		code    int
		counts  verify.Counts
		message string
	}{
		{"short", []verify.Effect{wide}, exitExpected, verify.Counts{Undecided: 1}, ""},
		{"quick", []verify.Effect{wide}, exitFailed, verify.Counts{Undecided: 1}, "sgdescape: 1 of 1 claims are undecided: too few runs\n"},
		{"full", []verify.Effect{wide, wide}, exitFailed, verify.Counts{Undecided: 2}, "sgdescape: 2 of 2 claims are undecided: too few runs\n"},
		{"quick", []verify.Effect{wide, wrong}, exitChanged, verify.Counts{Undecided: 1, Changed: 1}, ""},
		{"short", []verify.Effect{wide, wrong}, exitChanged, verify.Counts{Undecided: 1, Changed: 1}, ""},
	} {
		replaceLedger(t, func(claims []verify.Claim) {
			for i := range claims {
				claims[i].Share, claims[i].Expected, claims[i].Pinned = 1, verify.Agrees, verify.Band{}
				claims[i].Measure = func(context.Context, *verify.Env) (verify.Measurement, error) {
					return verify.Measurement{Effect: c.effects[i]}, nil
				}
			}
		})
		ids := strings.Join([]string{"eq8-with-replacement", "eq19-critical-dimension"}[:len(c.effects)], ",")
		args := []string{"verify", "--profile", c.profile, "--claim", ids}
		code, out, errOut := sgdescape(t.Context(), args...)
		summary := fmt.Sprintf("0 as expected, %d undecided (too few runs), %d changed", c.counts.Undecided, c.counts.Changed)
		if code != c.code || errOut != c.message || !strings.Contains(out, summary) {
			t.Errorf("%s, %d claims: exit code %d, want %d, message %q\n%s", c.profile, len(c.effects), code, c.code, errOut, out)
		}
		if open := strings.Contains(out, "(?) "); open != (c.profile != "short") || strings.Count(out, "undecided (too few runs)\n") != c.counts.Undecided || strings.Count(out, "\n(!) ") != c.counts.Changed {
			t.Errorf("%s: marks of what is open or changed:\n%s", c.profile, out)
		}
		var v verify.Verdicts
		if _, out, _ = sgdescape(t.Context(), append(args, "--json")...); json.Unmarshal([]byte(out), &v) != nil || v.Counts != c.counts || v.Expected {
			t.Errorf("%s: counts are %+v, as expected: %t", c.profile, v.Counts, v.Expected)
		}
	}
}

func TestStartedAs(t *testing.T) {
	for arg0, want := range map[string]string{"bin/sgdescape": "bin/sgdescape", "/my tools/sgdescape": "'/my tools/sgdescape'",
		"/tmp/go-build1234/b001/exe/sgdescape": "go run ./verify/cmd/sgdescape", "/opt/exe/sgdescape": "/opt/exe/sgdescape"} {
		if got := startedAs(arg0); got != want {
			t.Errorf("%s is started as %s, want %s", arg0, got, want)
		}
	}
}

// TestReject_ReportFolder: the error of a folder that cannot be made names the
// flag.
func TestReject_ReportFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errOut := sgdescape(t.Context(), "verify", "--profile", "short", "--claim", "eq8-with-replacement", "--report", file+"/sub")
	want := "--report is \"" + file + "/sub\", want a folder that can be written: "
	if code != exitFailed || out != "" || !strings.Contains(errOut, want) || strings.Count(errOut, "\n") != 1 {
		t.Errorf("exit code %d, output %q, message %q, want %q", code, out, errOut, want)
	}
}

// TestReportFileFails: a file of the report that can be written no more when
// claims are judged is named, the summary names no report, and what was kept is
// gone on from.
func TestReportFileFails(t *testing.T) {
	const ids = "eq8-with-replacement,eq19-critical-dimension"
	for _, c := range []struct {
		file   string
		during int // the claim
		kept   string
	}{
		{report.IndexFile, 0, "; the results of 2 of 2 claims are in "},
		{report.VerdictsFile, 0, ""},
		{report.VerdictsFile, 1, "; the results of 1 of 2 claims are in "},
	} {
		dir := filepath.Join(t.TempDir(), "report")
		block := filepath.Join(dir, c.file)
		replaceLedger(t, func(claims []verify.Claim) {
			measure := claims[c.during].Measure
			claims[c.during].Measure = func(ctx context.Context, e *verify.Env) (verify.Measurement, error) {
				// A folder in the place of the file, which it cannot replace.
				if err := os.Rename(block, block+".kept"); err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Error(err)
				}
				if err := os.Mkdir(block, 0o755); err != nil {
					t.Error(err)
				}
				return measure(ctx, e)
			}
		})
		args := []string{"verify", "--profile", "short", "--claim", ids, "--report", dir}
		code, out, errOut := sgdescape(t.Context(), args...)
		if code != exitFailed || strings.Contains(out, "report in") || !strings.HasSuffix(out, "; no report written\n") {
			t.Errorf("%s: exit code %d, output\n%s", c.file, code, out)
		}
		want := "sgdescape: --report is \"" + dir + "\", want a folder that can be written: " + c.file + ": file exists"
		if c.kept != "" {
			want += c.kept + filepath.Join(dir, report.VerdictsFile) + ", continue with: "
		}
		if !strings.HasPrefix(errOut, want) || strings.Contains(errOut, "--resume\n") != (c.kept != "") || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%s: message %q, want %q", c.file, errOut, want)
		}
		selectClaims = verify.Select
		if err := os.Remove(block); err != nil {
			t.Fatal(err)
		}
		_ = os.Rename(block+".kept", block) // if there was one
		if code, out, errOut := sgdescape(t.Context(), append(args, "--resume")...); code != exitExpected || !strings.HasSuffix(out, "report in "+dir+"\n") {
			t.Errorf("%s: resumed: exit code %d, message %q", c.file, code, errOut)
		}
	}
}

func TestShellQuote(t *testing.T) {
	for word, want := range map[string]string{"report/a-1.b": "report/a-1.b", "my report": "'my report'", "it's": `'it'\''s'`, "": "''", "a$b": "'a$b'"} {
		if got := shellQuote(word); got != want {
			t.Errorf("%q is quoted as %s, want %s", word, got, want)
		}
	}
}
