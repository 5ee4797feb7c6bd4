package escape_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

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
			if diff := cmp.Diff(r.Outcomes, next.Outcomes); diff != "" || r.Censored < len(next.Running) {
				t.Fatalf("%d censored, %d running, checkpoint and result differ by\n%s", r.Censored, len(next.Running), diff)
			}
			if err := next.Save(path); err != nil {
				t.Fatal(err)
			}
			c = must(escape.LoadCheckpoint(path))
			interruptions++
		}
	})
}
