package escape_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
)

// far is |theta| beyond which the laws of farAway differ. Eight steps of them do not get
// there, and every exit is beyond.
const far = 0.4

// steepened is a valley that is steeper beyond far.
type steepened struct{ landscape.Valley }

func (l steepened) Grad(dst, theta []float64) {
	l.Valley.Grad(dst, theta)
	if math.Abs(theta[0]) > far {
		dst[0] *= 1.5
	}
}

// louder is a noise that is greater beyond far.
type louder struct{ noise.Model }

func (m louder) Covariance(dst *mat.SymDense, theta []float64) {
	m.Model.Covariance(dst, theta)
	if math.Abs(theta[0]) > far {
		dst.ScaleSym(1.5, dst)
	}
}

// farAway is a diffusion in a valley whose loops are chosen as for a law of one's own.
func farAway(change func(*sde.Config)) escape.Process {
	l := must(landscape.NewIsotropicValley(1, 1, 0.5))
	c := sde.Config{Landscape: user{l}, Noise: opaque{must(noise.NewLossProportional(l, hessian(l, l.Minimum()), 1))}, LearningRate: 0.1, Dt: 0.02}
	if change != nil {
		change(&c)
	}
	return must(sde.New(c))
}

// beyond is the region |theta[0]| > edge, to which NaN belongs.
func beyond(edge float64) escape.Rule {
	return escape.Outside(func(theta []float64) bool { return !(math.Abs(theta[0]) <= edge) })
}

// farEnsemble leaves beyond far, long before its horizon.
func farEnsemble() escape.Ensemble {
	return escape.Ensemble{Process: farAway(nil), Start: []float64{0}, Exit: beyond(0.6), Crossing: escape.Grid, Horizon: 1e12, Replicas: 200, Seed: 5}
}

// pausedAt returns a checkpoint when some runs have finished. It can be had as
// often as wanted.
func pausedAt(t *testing.T, e escape.Ensemble, finished int) func() *escape.Checkpoint {
	t.Helper()
	e.Workers = 1 // two could finish all runs before the first reports
	_, c, err := e.Resume(cancelAfterExits(&e, finished), nil)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("not paused: %v", err)
	}
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	return func() *escape.Checkpoint { return must(escape.LoadCheckpoint(path)) }
}

// pausedSummary is the same for a summary.
func pausedSummary(t *testing.T, e escape.Ensemble, finished int) *escape.SummaryCheckpoint {
	t.Helper()
	e.Workers = 1
	_, c, err := e.ResumeSummary(cancelAfterExits(&e, finished), occupation(), nil)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("not paused: %v", err)
	}
	return c
}

// occupation leaves runs on either side, more of them above.
func occupation() *escape.Histogram { return escape.NewHistogram(0, -0.5, 0.4, 8) }

// TestCheckpointMismatch: a checkpoint of another ensemble is refused, with an
// error of one line, by the field that differs, by the trial run, or by a replica
// that is run again.
func TestCheckpointMismatch(t *testing.T) {
	const field, trial, replica = "ensemble is ", "trial=", "replica "
	// A run that nothing stops is not waited for.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, test := range []struct {
		name   string
		of     func() escape.Ensemble
		change func(*escape.Ensemble)
		by     string
	}{
		{"seed", ensemble, func(e *escape.Ensemble) { e.Seed++ }, field},
		{"horizon", ensemble, func(e *escape.Ensemble) { e.Horizon *= 2 }, field},
		{"replicas", ensemble, func(e *escape.Ensemble) { e.Replicas++ }, field},
		{"first", ensemble, func(e *escape.Ensemble) { e.FirstReplica++ }, field},
		{"threshold", ensemble, func(e *escape.Ensemble) { e.Exit = escape.LossAbove(0.81) }, field},
		{"crossing", ensemble, func(e *escape.Ensemble) { e.Crossing = escape.Grid }, field},
		{"start", ensemble, func(e *escape.Ensemble) { e.Start = []float64{0, 0.1} }, field},
		{"process", ensemble, func(e *escape.Ensemble) { e.Process = valley(sde.LogTime, 2, 0.1) }, trial},
		{"wider region", farEnsemble, func(e *escape.Ensemble) { e.Exit = beyond(0.7) }, replica},
		{"narrower region", farEnsemble, func(e *escape.Ensemble) { e.Exit = beyond(0.5) }, replica},
		{"region that nobody leaves", farEnsemble, func(e *escape.Ensemble) { e.Exit = beyond(1e300) }, replica},
		{"landscape", farEnsemble, func(e *escape.Ensemble) {
			e.Process = farAway(func(c *sde.Config) { c.Landscape = steepened{c.Landscape.(user).Valley} })
		}, replica},
		{"noise", farEnsemble, func(e *escape.Ensemble) {
			e.Process = farAway(func(c *sde.Config) { c.Noise = louder{c.Noise} })
		}, replica},
	} {
		e := test.of()
		e.Workers = 1
		refused := func(what string, err error) {
			t.Helper()
			if !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), test.by) || strings.Contains(err.Error(), "\n") {
				t.Errorf("another %s, %s: error %v, want ErrDomain and %q", test.name, what, err, test.by)
			}
		}
		for _, finished := range []int{1, 70} {
			c, s := pausedAt(t, e, finished), pausedSummary(t, e, finished)
			other := e
			test.change(&other)
			stored := c()
			_, _, err := other.Resume(ctx, stored)
			refused("outcomes", err)
			if diff := cmp.Diff(c().Outcomes, stored.Outcomes); diff != "" {
				t.Errorf("another %s: refused, but changed (-want +got):\n%s", test.name, diff)
			}
			_, _, err = other.ResumeSummary(ctx, occupation(), s)
			refused("summary", err)
		}
	}
}

// TestCheckpointMismatch_NoneFinished: while no run has finished, the one under
// way tells what it has met.
func TestCheckpointMismatch_NoneFinished(t *testing.T) {
	e := farEnsemble()
	e.Exit, e.Workers = beyond(1e300), 1
	landscape, region := e, e
	landscape.Process = farAway(func(c *sde.Config) { c.Landscape = steepened{c.Landscape.(user).Valley} })
	region.Exit = beyond(far)
	ctx, cancel := context.WithCancel(context.Background())
	made := 0
	law := e.Process
	e.Process = stepped{law, func() {
		if made++; made == 300 {
			cancel()
		}
	}}
	r, c, err := e.Resume(ctx, nil)
	if !errors.Is(err, context.Canceled) || len(c.Running) != len(r.Outcomes) || len(c.Running) == 0 {
		t.Fatalf("%d of %d outcomes are under way, error %v", len(c.Running), len(r.Outcomes), err)
	}
	for name, other := range map[string]escape.Ensemble{"landscape": landscape, "region": region} {
		other.Process = stepped{other.Process, func() {}}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, _, err := other.Resume(ctx, c); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "under way after") {
			t.Errorf("another %s: error %v", name, err)
		}
	}
	e.Process, e.Progress = stepped{law, func() {}}, nil
	ctx, cancel = context.WithTimeout(context.Background(), 0)
	defer cancel()
	if _, next, err := e.Resume(ctx, c); !errors.Is(err, context.DeadlineExceeded) || len(next.Running) != len(r.Outcomes) {
		t.Errorf("the same landscape: error %v", err)
	}
}

// diverging is SGD with a learning rate at which it blows up, until theta is not
// a number.
func diverging() escape.Ensemble {
	return escape.Ensemble{Process: population(1, 4), Start: []float64{0.1}, Exit: beyond(math.MaxFloat64), Horizon: 1e5, Replicas: 200, Seed: 5, KeepEnds: true}
}

// TestCheckpointAccepted: the same ensemble is accepted with any number of
// workers, and ends as the one that was not interrupted.
func TestCheckpointAccepted(t *testing.T) {
	for name, of := range map[string]func() escape.Ensemble{
		"exits and censored": ensemble,
		"region":             farEnsemble,
		"all censored": func() escape.Ensemble {
			e := farEnsemble()
			e.Exit, e.Horizon, e.KeepEnds = beyond(100), 100, true
			return e
		},
		"diverged": diverging,
		"log time": func() escape.Ensemble {
			e := ensemble()
			e.Process, e.KeepEnds = valley(sde.LogTime, 2, 0.1), true
			return e
		},
	} {
		e := of()
		e.Workers = 1
		want := must(e.Run(context.Background()))
		wantSummary := must(e.Summarise(context.Background(), occupation()))
		if name == "diverged" && want.Diverged < e.Replicas/2 {
			t.Errorf("%d of %d runs diverged", want.Diverged, e.Replicas)
		}
		if name == "all censored" && want.Censored != e.Replicas {
			t.Errorf("%d of %d runs are censored", want.Censored, e.Replicas)
		}
		for _, finished := range []int{1, 130} {
			c, s := pausedAt(t, e, finished), pausedSummary(t, e, finished)
			for _, workers := range []int{1, 2, 3} {
				e := of()
				e.Workers = workers
				got, next, err := e.Resume(context.Background(), c())
				if err != nil || next != nil {
					t.Fatalf("%s, %d workers: checkpoint %v, error %v", name, workers, next, err)
				}
				if diff := cmp.Diff(want, got, sameNaN); diff != "" {
					t.Errorf("%s, %d workers (-want +got):\n%s", name, workers, diff)
				}
				summary, rest, err := e.ResumeSummary(context.Background(), occupation(), s)
				if err != nil || rest != nil || !summary.Equal(wantSummary) {
					t.Errorf("%s, %d workers: summary %+v, checkpoint %v, error %v; want %+v", name, workers, summary, rest, err, wantSummary)
				}
			}
		}
	}
}

var sameNaN = cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })

// TestCheckpointTampered: any field of an outcome, its end, and the state of the
// run under way that is run again, are looked at.
func TestCheckpointTampered(t *testing.T) {
	e := ensemble()
	e.Replicas, e.Workers, e.KeepEnds = 70, 1, true
	c := pausedAt(t, e, 1)
	few := c()
	under := map[uint64]bool{}
	youngest := 0
	for i, r := range few.Running {
		under[r.Replica] = true
		if r.Steps < few.Running[youngest].Steps {
			youngest = i
		}
	}
	first := -1 // of the finished, which is run again
	for i, o := range few.Outcomes {
		if !under[o.Replica] && first < 0 {
			first = i
		}
	}
	for name, change := range map[string]func(c *escape.Checkpoint, o *escape.Outcome, r *lane.Run){
		"steps": func(_ *escape.Checkpoint, o *escape.Outcome, _ *lane.Run) { o.Steps++ },
		"fewer": func(_ *escape.Checkpoint, o *escape.Outcome, _ *lane.Run) { o.Steps -= 20 },
		"time": func(_ *escape.Checkpoint, o *escape.Outcome, _ *lane.Run) {
			o.Time = model.Time(math.Nextafter(float64(o.Time), 0))
		},
		"tau":          func(_ *escape.Checkpoint, o *escape.Outcome, _ *lane.Run) { o.InternalTime = 1 },
		"censored":     func(_ *escape.Checkpoint, o *escape.Outcome, _ *lane.Run) { o.Censored = !o.Censored },
		"diverged":     func(_ *escape.Checkpoint, o *escape.Outcome, _ *lane.Run) { o.Diverged = true },
		"end":          func(c *escape.Checkpoint, _ *escape.Outcome, _ *lane.Run) { c.Ends[2*first+1] += 1e-12 },
		"place":        func(_ *escape.Checkpoint, _ *escape.Outcome, r *lane.Run) { r.Theta[1] += 1e-12 },
		"stream":       func(_ *escape.Checkpoint, _ *escape.Outcome, r *lane.Run) { r.Stream[2]++ },
		"clock":        func(_ *escape.Checkpoint, _ *escape.Outcome, r *lane.Run) { r.Clock++ },
		"age":          func(_ *escape.Checkpoint, _ *escape.Outcome, r *lane.Run) { r.Steps -= 8 },
		"half a block": func(_ *escape.Checkpoint, _ *escape.Outcome, r *lane.Run) { r.Steps -= 4 },
		"order": func(c *escape.Checkpoint, _ *escape.Outcome, _ *lane.Run) {
			c.Outcomes[0], c.Outcomes[1] = c.Outcomes[1], c.Outcomes[0]
		},
		"replica": func(c *escape.Checkpoint, _ *escape.Outcome, _ *lane.Run) { c.Outcomes[len(c.Outcomes)-1].Replica = 70 },
		"ends":    func(c *escape.Checkpoint, _ *escape.Outcome, _ *lane.Run) { c.Ends = c.Ends[1:] },
		"runs":    func(c *escape.Checkpoint, _ *escape.Outcome, _ *lane.Run) { c.Running[0].Replica = math.MaxUint64 },
		"theta":   func(_ *escape.Checkpoint, _ *escape.Outcome, r *lane.Run) { r.Theta = r.Theta[:1] },
		"twice": func(c *escape.Checkpoint, o *escape.Outcome, _ *lane.Run) {
			c.Running = append(c.Running, c.Running[len(c.Running)-1])
			c.Running[len(c.Running)-1].Replica = 69
		},
	} {
		bad := c()
		change(bad, &bad.Outcomes[first], &bad.Running[youngest])
		if _, _, err := e.Resume(context.Background(), bad); !errors.Is(err, model.ErrDomain) {
			t.Errorf("another %s: error %v, want ErrDomain", name, err)
		}
	}
	good := c()
	if _, _, err := e.Resume(context.Background(), good); err != nil {
		t.Error(err)
	}
	if _, _, err := e.Resume(context.Background(), good); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "used up") {
		t.Errorf("a checkpoint was resumed twice: %v", err)
	}
}

// TestCheckpoint_CancelledReplay: a cancellation while replicas are run again
// loses nothing.
func TestCheckpoint_CancelledReplay(t *testing.T) {
	e := farEnsemble()
	e.Process = stepped{e.Process, func() {}}
	c := pausedAt(t, e, 70)
	ctx, cancel := context.WithCancel(context.Background())
	var made atomic.Int64
	e.Process = stepped{farAway(nil), func() {
		if made.Add(1) == 5 { // one is the trial run
			cancel()
		}
	}}
	_, next, err := e.Resume(ctx, c())
	if !errors.Is(err, context.Canceled) || made.Load() != 5 {
		t.Fatalf("error %v after %d blocks, want the cancellation after 5", err, made.Load())
	}
	if diff := cmp.Diff(c(), next, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".owner" }, cmp.Ignore()),
		cmp.AllowUnexported(escape.Checkpoint{})); diff != "" {
		t.Errorf("the checkpoint changed (-was +is):\n%s", diff)
	}
}
