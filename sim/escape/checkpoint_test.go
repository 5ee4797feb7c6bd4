package escape_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
)

// cancelAfterExits returns a context that is cancelled when so many runs have
// finished.
func cancelAfterExits(e *escape.Ensemble, exits int) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	e.Progress = func(done, _ int) {
		if done >= exits {
			cancel()
		}
	}
	return ctx
}

// TestProp_Resume: an ensemble that is interrupted again and again, saved to a
// file, read back and resumed with other numbers of workers ends with the bits
// of one that was not.
func TestProp_Resume(t *testing.T) {
	processes := map[string]escape.Process{
		"t": valley(sde.Time, 2, 0.1), "tau": valley(sde.LogTime, 2, 0.1), "sgd": population(2, 0.1),
	}
	want := map[string]*escape.Result{}
	for name, p := range processes {
		e := ensemble()
		e.Process, e.KeepEnds = p, true
		want[name] = must(e.Run(context.Background()))
	}
	path := filepath.Join(t.TempDir(), "ensemble")
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"t", "tau", "sgd"}).Draw(t, "process")
		var c *escape.Checkpoint
		interruptions := 0
		for {
			e := ensemble()
			e.Process, e.KeepEnds = processes[name], true
			e.Workers = rapid.IntRange(1, 4).Draw(t, "workers")
			ctx := context.Background()
			stop := rapid.IntRange(0, 500).Draw(t, "exits until interrupted")
			if interruptions < 4 {
				ctx = cancelAfterExits(&e, stop)
			}
			r, next, err := e.Resume(ctx, c)
			if err == nil {
				if next != nil {
					t.Fatal("a finished ensemble has a checkpoint")
				}
				if diff := cmp.Diff(want[name], r); diff != "" {
					t.Fatalf("after %d interruptions (-want +got):\n%s", interruptions, diff)
				}
				return
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if len(r.Outcomes) != len(next.Outcomes)+len(next.Running) || r.Censored < len(next.Running) {
				t.Fatalf("%d outcomes, %d censored, of %d finished and %d running", len(r.Outcomes), r.Censored, len(next.Outcomes), len(next.Running))
			}
			if err := next.Save(path); err != nil {
				t.Fatal(err)
			}
			c = must(escape.LoadCheckpoint(path))
			interruptions++
		}
	})
}

// TestCheckpointMismatch: a checkpoint of another ensemble is refused.
func TestCheckpointMismatch(t *testing.T) {
	e := ensemble()
	_, c, err := e.Resume(cancelAfterExits(&e, 1), nil)
	if !errors.Is(err, context.Canceled) || c == nil {
		t.Fatalf("checkpoint %v, error %v", c, err)
	}
	for name, change := range map[string]func(*escape.Ensemble){
		"seed":      func(e *escape.Ensemble) { e.Seed++ },
		"horizon":   func(e *escape.Ensemble) { e.Horizon *= 2 },
		"replicas":  func(e *escape.Ensemble) { e.Replicas++ },
		"first":     func(e *escape.Ensemble) { e.FirstReplica++ },
		"threshold": func(e *escape.Ensemble) { e.Exit = escape.LossAbove(0.81) },
		"crossing":  func(e *escape.Ensemble) { e.Crossing = escape.Grid },
		"process":   func(e *escape.Ensemble) { e.Process = valley(sde.LogTime, 2, 0.1) },
		"start":     func(e *escape.Ensemble) { e.Start = []float64{0, 0.1} },
	} {
		e := ensemble()
		change(&e)
		if _, _, err := e.Resume(context.Background(), c); !errors.Is(err, model.ErrDomain) {
			t.Errorf("another %s: error %v, want ErrDomain", name, err)
		}
	}
}

// TestCheckpointFiles: a failed write leaves the old file and nothing else, and
// a file that is cut short or of another kind is an error.
func TestCheckpointFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ensemble")
	e := ensemble()
	_, c, _ := e.Resume(cancelAfterExits(&e, 1), nil)
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Save(filepath.Join(dir, "absent", "ensemble")); err == nil {
		t.Error("a folder that does not exist was written to")
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := c.Save(filepath.Join(dir, "folder")); err == nil {
		t.Error("a folder was replaced by a file")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("folder holds %v (%v), want the checkpoint and the folder", entries, err)
	}
	for _, size := range []int{0, 1, 30, len(whole) / 2, len(whole) - 1} {
		if err := os.WriteFile(path, whole[:size], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := escape.LoadCheckpoint(path); err == nil {
			t.Errorf("a checkpoint cut to %d bytes was read", size)
		}
	}
	if _, err := escape.LoadCheckpoint(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want ErrNotExist", err)
	}
}
