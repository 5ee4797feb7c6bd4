package escape_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sgdescape/model/landscape"
	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
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

// limited is a process of which so many kernels can be made.
type limited struct {
	escape.Process
	left int
}

var errNoKernel = errors.New("no kernel")

func (l *limited) Kernel(w lane.Watch) (lane.Kernel, error) {
	if l.left--; l.left < 0 {
		return nil, errNoKernel
	}
	return l.Process.Kernel(w)
}

// TestResume_KernelFails: what was found before a kernel could not be made is kept,
// wherever that is.
func TestResume_KernelFails(t *testing.T) {
	e := ensemble()
	e.Workers = 1
	want := must(e.Run(context.Background()))
	pause := pausedAt(t, e, 200)
	summary := pausedSummary(t, e, 200)
	wantSummary := must(e.Summarise(context.Background(), occupation()))
	failed := 0
	for left := 0; ; left++ {
		c := pause()
		c.Identity = strings.Replace(c.Identity, "*sde.Process", "*escape_test.limited", 1)
		finished := len(c.Outcomes)
		e.Process = &limited{ensemble().Process, left}
		r, next, err := e.Resume(context.Background(), c)
		if err == nil {
			if diff := cmp.Diff(want, r); diff != "" || next != nil {
				t.Errorf("with %d kernels (-want +got):\n%s", left, diff)
			}
			break
		}
		failed++
		if next != nil {
			c = next
		}
		if len(c.Outcomes) < finished || next != nil && !errors.Is(err, errNoKernel) {
			t.Fatalf("with %d kernels: %d outcomes left of %d, error %v", left, len(c.Outcomes), finished, err)
		}
		c.Identity = pause().Identity // names the type of the process
		if r, _, err := ensembleOf(e).Resume(context.Background(), c); err != nil || !cmp.Equal(want, r) {
			t.Errorf("resumed after a failure with %d kernels: error %v, the result is the same: %v", left, err, cmp.Equal(want, r))
		}
	}
	if failed < 3 {
		t.Errorf("%d failures", failed)
	}
	// A summary's checkpoint does not change.
	e.Process = &limited{ensemble().Process, 3}
	summary.Identity = strings.Replace(summary.Identity, "*sde.Process", "*escape_test.limited", 1)
	if s, next, err := e.ResumeSummary(context.Background(), occupation(), summary); err == nil || next == nil && s != nil {
		t.Errorf("a summary without kernels: %v, %v, %v", s, next, err)
	}
	summary.Identity = strings.Replace(summary.Identity, "*escape_test.limited", "*sde.Process", 1)
	if s, _, err := ensembleOf(e).ResumeSummary(context.Background(), occupation(), summary); err != nil || !s.Equal(wantSummary) {
		t.Errorf("the summary afterwards: error %v", err)
	}
}

// ensembleOf is e on a process whose kernels can be made.
func ensembleOf(e escape.Ensemble) escape.Ensemble {
	e.Process = ensemble().Process
	e.Progress = nil
	return e
}

// TestResume_CancelledAtTheEnd: a context that is cancelled when the last run has
// finished takes nothing from a result that is whole.
func TestResume_CancelledAtTheEnd(t *testing.T) {
	e := ensemble()
	want := must(e.Run(context.Background()))
	if r, c, err := e.Resume(cancelAfterExits(&e, e.Replicas), nil); err != nil || c != nil || !cmp.Equal(want, r) {
		t.Errorf("Resume: error %v, a checkpoint: %v", err, c != nil)
	}
	if r, err := e.Run(cancelAfterExits(&e, e.Replicas)); err != nil || !cmp.Equal(want, r) {
		t.Errorf("Run: error %v", err)
	}
	if s, c, err := e.ResumeSummary(cancelAfterExits(&e, e.Replicas), nil, nil); err != nil || c != nil || s.Exits != int64(want.Exits) {
		t.Errorf("ResumeSummary: error %v, a checkpoint: %v", err, c != nil)
	}
}

// TestCheckpoint_SaveUsed: a checkpoint that was resumed is empty and does not
// replace a file.
func TestCheckpoint_SaveUsed(t *testing.T) {
	e := ensemble()
	c := pausedAt(t, e, 100)()
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Resume(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if err := c.Save(path); err == nil || !strings.Contains(err.Error(), "used up") {
		t.Errorf("a used checkpoint is saved: error %v", err)
	}
	if c, err := escape.LoadCheckpoint(path); err != nil || len(c.Outcomes) == 0 {
		t.Errorf("the file before: error %v", err)
	}
}

// unlike is a landscape whose gradient is NaN beyond 0.4, of one sign or the other.
type unlike struct {
	landscape.Valley
	payload uint64
}

func (l *unlike) Grad(dst, theta []float64) {
	l.Valley.Grad(dst, theta)
	if math.Abs(theta[0]) > 0.4 {
		dst[0] = math.Float64frombits(0x7ff8000000000000 | l.payload)
	}
}

// TestCheckpoint_NaNBits: which NaN a trial run ends with depends on the
// instructions, not on the ensemble.
func TestCheckpoint_NaNBits(t *testing.T) {
	of := func(payload uint64) escape.Ensemble {
		l := &unlike{must(landscape.NewIsotropicValley(1, 1, 0.5)), payload}
		p := must(sde.New(sde.Config{Landscape: l, Noise: unitNoise(l), LearningRate: 0.1, Dt: 0.1}))
		return escape.Ensemble{Process: p, Start: []float64{0}, Exit: beyond(1e300), Crossing: escape.Grid, Horizon: 100, Replicas: 1000, Seed: 1}
	}
	c := pausedAt(t, of(1), 100)()
	if _, _, err := of(1<<63).Resume(context.Background(), c); err != nil {
		t.Error(err)
	}
}
