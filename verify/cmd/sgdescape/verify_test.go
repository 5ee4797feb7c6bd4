package main

import (
	"context"
	"encoding/json"
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
	if v, err := report.ReadVerdicts(dir); err != nil || v.Expected || len(v.Kills) != 1 {
		t.Errorf("stored: as expected: %t, %d kills (%v)", v.Expected, len(v.Kills), err)
	}
}

// TestTooFewRuns: a verdict the short profile could not reach is not counted as
// one that was.
func TestTooFewRuns(t *testing.T) {
	replaceLedger(t, func(claims []verify.Claim) {
		for i := range claims {
			claims[i].Share, claims[i].Expected, claims[i].Pinned = 1, verify.Agrees, verify.Band{}
			claims[i].Measure = func(context.Context, *verify.Env) (verify.Measurement, error) {
				return verify.Measurement{Effect: verify.Effect{Name: "wide", Low: -1e9, High: 1e9}}, nil
			}
		}
	})
	args := []string{"verify", "--profile", "short", "--claim", "eq8-with-replacement"}
	code, out, errOut := sgdescape(t.Context(), args...)
	if code != exitExpected || !strings.Contains(out, "1 of 1 claims judged: 0 as expected, 1 undecided (too few runs), 0 changed") {
		t.Errorf("exit code %d, %s\n%s", code, errOut, out)
	}
	var v verify.Verdicts
	if _, out, _ = sgdescape(t.Context(), append(args, "--json")...); json.Unmarshal([]byte(out), &v) != nil || v.Counts != (verify.Counts{Undecided: 1}) {
		t.Errorf("counts are %+v", v.Counts)
	}
}

func TestShellQuote(t *testing.T) {
	for word, want := range map[string]string{"report/a-1.b": "report/a-1.b", "my report": "'my report'", "it's": `'it'\''s'`, "": "''", "a$b": "'a$b'"} {
		if got := shellQuote(word); got != want {
			t.Errorf("%q is quoted as %s, want %s", word, got, want)
		}
	}
}
