package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestCheckpoint: a simulation that is interrupted and goes on from its
// checkpoint ends with the numbers of an uninterrupted one, and leaves no file.
func TestCheckpoint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "runs")
	args := []string{"simulate", "regression", "--c", "1.8", "--process", "sgd", "--runs", "4000", "--json"}
	outcome := func(ctx context.Context, extra ...string) (int, map[string]any) {
		var out, errOut bytes.Buffer
		code := run(ctx, append(append([]string{}, args...), extra...), &out, &errOut)
		var m map[string]any
		if out.Len() > 0 {
			if err := json.Unmarshal(out.Bytes(), &m); err != nil {
				t.Fatal(err)
			}
		}
		delete(m, "seconds")
		delete(m, "steps_per_second")
		return code, m
	}
	_, whole := outcome(context.Background())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if code, part := outcome(ctx, "--checkpoint", file); code != exitFailed || part["interrupted"] != true {
		t.Fatalf("exit code %d, %v after an interruption", code, part)
	}
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("no checkpoint after an interruption: %v", err)
	}
	ctx, cancel = context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	outcome(ctx, "--checkpoint", file) // gets somewhere, wherever that is
	code, resumed := outcome(context.Background(), "--checkpoint", file, "--workers", "3")
	if code != exitExpected {
		t.Fatalf("exit code %d after resuming", code)
	}
	if diff := cmp.Diff(whole, resumed); diff != "" {
		t.Errorf("resumed run differs (-whole +resumed):\n%s", diff)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the checkpoint of a finished simulation is still there")
	}
	if err := os.WriteFile(file, []byte("truncated"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _ := outcome(context.Background(), "--checkpoint", file); code != exitFailed {
		t.Errorf("exit code %d for a file that is no checkpoint, want %d", code, exitFailed)
	}
}

// TestReject_UnusableCheckpoint: a file that cannot be written, or read, is
// refused in one line before anything is simulated.
func TestReject_UnusableCheckpoint(t *testing.T) {
	dir := t.TempDir()
	inDir := func(name string) string { return filepath.Join(dir, name) }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	base := "simulate regression --process sgd --runs 400 --checkpoint "
	if code, _, errOut := sgdescape(ctx, strings.Fields(base+inDir("whole"))...); code != exitFailed || !strings.Contains(errOut, "the same command goes on from "+inDir("whole")) {
		t.Fatalf("exit code %d, message %q", code, errOut)
	}
	whole, err := os.ReadFile(inDir("whole"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(inDir("cut"), whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, want string }{
		{"absent/ck", "want a file that can be written: "},
		{"whole/ck", "want a file that can be read: "},
		{"", "a folder, want a file\n"},
		{"cut", "without it the simulation starts over: rm " + inDir("cut") + "\n"},
	} {
		code, out, errOut := sgdescape(t.Context(), strings.Fields(base+dir+"/"+c.file)...)
		if code != exitFailed || out != "" || strings.Count(errOut, "\n") != 1 || !strings.Contains(errOut, "--checkpoint is ") || !strings.Contains(errOut, c.want) {
			t.Errorf("%q: exit code %d, output %q, message %q, want %q", c.file, code, out, errOut, c.want)
		}
	}
}

// removedThen is a context that removes a folder when it is first asked whether
// it has ended.
type removedThen struct {
	context.Context
	remove func()
}

func (c removedThen) Err() error {
	c.remove()
	return c.Context.Err()
}

// TestReject_LostCheckpoint: a save that fails although the probe did not is
// reported, and nothing is promised.
func TestReject_LostCheckpoint(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	lost := removedThen{ctx, func() { os.Remove(dir) }}
	code, out, errOut := sgdescape(lost, strings.Fields("simulate regression --process sgd --runs 400 --checkpoint "+dir+"/ck")...)
	if code != exitFailed || !strings.Contains(out, "0 exits") || strings.Contains(errOut, "goes on") || !strings.Contains(errOut, "they are not kept in "+dir+"/ck: ") {
		t.Errorf("exit code %d, output %q, message %q", code, out, errOut)
	}
}

// TestReject_OtherStep: of a diffusion it is the step that differs, not eta.
func TestReject_OtherStep(t *testing.T) {
	file := filepath.Join(t.TempDir(), "runs")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	base := "simulate radial --process sde --runs 400 --checkpoint " + file
	if code, _, errOut := sgdescape(ctx, strings.Fields(base)...); code != exitFailed || !strings.Contains(errOut, "interrupted") {
		t.Fatalf("exit code %d, message %q", code, errOut)
	}
	want := "(the step (of --dt, or of the curvature) was 0.004 and is 0.002)"
	for _, other := range []string{"--dt 0.002", "--h 2"} {
		if code, _, errOut := sgdescape(t.Context(), strings.Fields(base+" "+other)...); code != exitFailed || !strings.Contains(errOut, want) {
			t.Errorf("%s: exit code %d, message %q, want %q", other, code, errOut, want)
		}
	}
}

// TestReject_OtherCheckpoint: a checkpoint of another command line is refused,
// and the message says what differs.
func TestReject_OtherCheckpoint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "runs")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	base := "simulate regression --process sgd --checkpoint " + file
	if code, _, errOut := sgdescape(ctx, strings.Fields(base)...); code != exitFailed || !strings.Contains(errOut, "interrupted") {
		t.Fatalf("exit code %d, message %q", code, errOut)
	}
	for _, c := range []struct{ args, want string }{
		{"--seed 2 --runs 400", "(--runs was 5000 and is 400; --seed was 1 and is 2)"},
		{"--horizon 7", "(--horizon was 100000 and is 7)"},
		{"--eta 0.05", "(--eta was 0.1 and is 0.05)"},
		{"--c 3", "(another problem, process or exit, or other parameters)"},
		{"--batch 2", "(another problem, process or exit, or other parameters)"},
	} {
		code, out, errOut := sgdescape(t.Context(), strings.Fields(base+" "+c.args)...)
		if code != exitFailed || out != "" || !strings.Contains(errOut, "made by another command line "+c.want) {
			t.Errorf("%s: exit code %d, message %q, want %q", c.args, code, errOut, c.want)
		}
	}
}
