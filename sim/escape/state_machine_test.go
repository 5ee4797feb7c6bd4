package escape_test

import (
	gocmp "cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
)

// stepped is a process that tells of every block of steps, so that a campaign
// can be interrupted in the middle of runs.
type stepped struct {
	escape.Process
	block func()
}

func (p stepped) Kernel(w lane.Watch) (lane.Kernel, error) {
	k, err := p.Process.Kernel(w)
	return steppedKernel{k, p.block}, err
}

type steppedKernel struct {
	lane.Kernel
	block func()
}

func (k steppedKernel) Advance(s *lane.State, active, steps int) {
	k.Kernel.Advance(s, active, steps)
	k.block()
}

// campaignReplicas is the number of runs of a campaign.
const campaignReplicas = 200

// campaignEnsemble is the ensemble of one part of a campaign.
func campaignEnsemble(p escape.Process, first uint64, replicas int) escape.Ensemble {
	return escape.Ensemble{Process: stepped{p, func() {}}, Start: []float64{0, 0}, Exit: escape.LossAbove(0.8), Horizon: 30,
		FirstReplica: first, Replicas: replicas, Seed: 11, KeepEnds: true}
}

// A part is a range of replicas: not begun, paused with a checkpoint, or done.
type part struct {
	first    uint64
	replicas int
	paused   *escape.Checkpoint
	done     *escape.Result
}

// campaign is the machine: the whole range of replicas, cut into parts that
// are started, paused, saved, read back and resumed in any order.
type campaign struct {
	process escape.Process
	want    *escape.Result // of the ensemble that was never touched
	path    string
	parts   []part
}

// advance carries a part on for some blocks of steps, or to its end.
func (c *campaign) advance(t *rapid.T, i, workers int, blocks int64) {
	p := &c.parts[i]
	e := campaignEnsemble(c.process, p.first, p.replicas)
	e.Workers = workers
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var made atomic.Int64
	e.Process = stepped{c.process, func() {
		if blocks >= 0 && made.Add(1) > blocks {
			cancel()
		}
	}}
	r, next, err := e.Resume(ctx, p.paused)
	switch {
	case err == nil:
		p.done, p.paused = r, nil
		if next != nil {
			t.Fatal("a finished part has a checkpoint")
		}
	case errors.Is(err, context.Canceled):
		p.paused = next
		c.compareUnfinished(t, *p, r)
	default:
		t.Fatal(err)
	}
}

// compareUnfinished: what a paused part reports is the truth about finished
// runs and a lower bound for the others.
func (c *campaign) compareUnfinished(t *rapid.T, p part, r *escape.Result) {
	running := map[uint64]bool{}
	for _, run := range p.paused.Running {
		running[run.Replica] = true
	}
	for _, o := range r.Outcomes {
		want := c.want.Outcomes[o.Replica]
		switch {
		case !running[o.Replica]:
			if o != want {
				t.Fatalf("replica %d ended as %+v, want %+v", o.Replica, o, want)
			}
		case !o.Censored || o.Steps > want.Steps:
			t.Fatalf("replica %d is under way as %+v, its end is %+v", o.Replica, o, want)
		}
	}
}

// check joins the parts, which are kept in the order of their replicas, once all
// are done.
func (c *campaign) check(t *rapid.T) {
	var outcomes []escape.Outcome
	var ends []float64
	var exits, censored int
	var steps int64
	next := uint64(0)
	for i, p := range c.parts {
		if p.first != next {
			t.Fatalf("part %d begins with replica %d, want %d", i, p.first, next)
		}
		next += uint64(p.replicas)
		if p.done == nil {
			return
		}
		outcomes, ends = append(outcomes, p.done.Outcomes...), append(ends, p.done.Ends...)
		exits, censored, steps = exits+p.done.Exits, censored+p.done.Censored, steps+p.done.Steps
	}
	if diff := cmp.Diff(c.want.Outcomes, outcomes); diff != "" {
		t.Fatalf("outcomes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(c.want.Ends, ends); diff != "" {
		t.Fatalf("ends (-want +got):\n%s", diff)
	}
	if exits != c.want.Exits || censored != c.want.Censored || steps != c.want.Steps {
		t.Fatalf("%d exits, %d censored, %d steps; want %d, %d, %d", exits, censored, steps, c.want.Exits, c.want.Censored, c.want.Steps)
	}
}

// on draws a part that is not done and acts on it; without one nothing happens.
// Once all are done a new campaign begins.
func (c *campaign) on(t *rapid.T, suitable func(part) bool, act func(i int)) {
	var open []int
	done := true
	for i, p := range c.parts {
		if done = done && p.done != nil; p.done == nil && suitable(p) {
			open = append(open, i)
		}
	}
	switch {
	case done:
		c.parts = []part{{replicas: campaignReplicas}}
	case len(open) > 0:
		act(rapid.SampledFrom(open).Draw(t, "part"))
	}
}

func anyPart(part) bool         { return true }
func paused(p part) bool        { return p.paused != nil }
func canBeCut(p part) bool      { return p.paused == nil && p.replicas > 1 }
func workers(t *rapid.T) int    { return rapid.IntRange(1, 4).Draw(t, "workers") }
func blocksOf(t *rapid.T) int64 { return rapid.Int64Range(0, 150).Draw(t, "blocks until paused") }
func (c *campaign) finish(t *rapid.T) {
	for i := range c.parts {
		if c.parts[i].done == nil {
			c.advance(t, i, 2, -1)
		}
	}
	c.check(t)
}

// actions are what may happen to a campaign, in any order.
func (c *campaign) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"step": func(t *rapid.T) {
			c.on(t, anyPart, func(i int) { c.advance(t, i, workers(t), blocksOf(t)) })
		},
		"pause at once": func(t *rapid.T) {
			c.on(t, anyPart, func(i int) { c.advance(t, i, workers(t), 0) })
		},
		"finish": func(t *rapid.T) {
			c.on(t, anyPart, func(i int) { c.advance(t, i, workers(t), -1) })
		},
		"checkpoint": func(t *rapid.T) {
			c.on(t, paused, func(i int) {
				if err := c.parts[i].paused.Save(c.path); err != nil {
					t.Fatal(err)
				}
				read, err := escape.LoadCheckpoint(c.path)
				if err != nil {
					t.Fatal(err)
				}
				c.parts[i].paused = read
			})
		},
		"lose work": func(t *rapid.T) { // a crash before the first checkpoint
			c.on(t, paused, func(i int) { c.parts[i].paused = nil })
		},
		"cut": func(t *rapid.T) {
			c.on(t, canBeCut, func(i int) {
				p := c.parts[i]
				n := rapid.IntRange(1, p.replicas-1).Draw(t, "replicas of the first piece")
				pieces := []part{{first: p.first, replicas: n}, {first: p.first + uint64(n), replicas: p.replicas - n}}
				c.parts = append(c.parts[:i:i], append(pieces, c.parts[i+1:]...)...)
			})
		},
		"wrong checkpoint": func(t *rapid.T) { // of one part handed to another ensemble
			c.on(t, paused, func(i int) {
				p := c.parts[i]
				e := campaignEnsemble(c.process, p.first+1, p.replicas)
				if _, _, err := e.Resume(context.Background(), p.paused); !errors.Is(err, model.ErrDomain) {
					t.Fatalf("a checkpoint of other replicas: error %v, want ErrDomain", err)
				}
			})
		},
		"": c.check,
	}
}

// campaigns is the property: after any interleaving the joined outcomes are
// those of one ensemble that ran through, bit for bit.
func campaigns(tb testing.TB) func(*rapid.T) {
	type law struct {
		process escape.Process
		want    *escape.Result
	}
	laws := map[string]law{}
	for name, p := range map[string]escape.Process{"t": valley(sde.Time, 2, 0.1), "tau": valley(sde.LogTime, 2, 0.1), "sgd": population(2, 0.1)} {
		e := campaignEnsemble(p, 0, campaignReplicas)
		e.Workers = 1
		want := must(e.Run(context.Background()))
		if want.Exits < 10 || want.Censored < 10 {
			tb.Fatalf("%s: %d exits and %d censored runs; the property wants both", name, want.Exits, want.Censored)
		}
		laws[name] = law{p, want}
	}
	path := filepath.Join(tb.TempDir(), "part")
	return func(t *rapid.T) {
		l := laws[rapid.SampledFrom([]string{"t", "tau", "sgd"}).Draw(t, "process")]
		c := &campaign{process: l.process, want: l.want, path: path, parts: []part{{replicas: campaignReplicas}}}
		t.Repeat(c.actions())
		c.finish(t)
	}
}

// TestProp_Campaign: any interleaving of step, pause, checkpoint, resume,
// numbers of workers and cuts by replicas gives the same outcomes.
func TestProp_Campaign(t *testing.T) { rapid.Check(t, campaigns(t)) }

// FuzzCampaign is the same property, driven by the fuzzer.
func FuzzCampaign(f *testing.F) { f.Fuzz(rapid.MakeFuzz(campaigns(f))) }

// TestReject_Campaign: a runner that forgets the state of the random streams at
// a pause is caught.
func TestReject_Campaign(t *testing.T) {
	p := valley(sde.Time, 2, 0.1)
	e := campaignEnsemble(p, 0, campaignReplicas)
	want := must(e.Run(context.Background()))
	ctx, cancel := context.WithCancel(context.Background())
	var made atomic.Int64
	e.Process = stepped{p, func() {
		if made.Add(1) > 20 {
			cancel()
		}
	}}
	_, c, err := e.Resume(ctx, nil)
	if !errors.Is(err, context.Canceled) || len(c.Running) == 0 {
		t.Fatalf("checkpoint %v, error %v", c, err)
	}
	// Resume runs the youngest run under way again, and refuses another stream of it.
	youngest := slices.MinFunc(c.Running, func(a, b lane.Run) int { return gocmp.Compare(a.Steps, b.Steps) })
	for i := range c.Running {
		c.Running[i].Stream = youngest.Stream
	}
	e.Process = stepped{p, func() {}}
	r, _, err := e.Resume(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if cmp.Diff(want.Outcomes, r.Outcomes) == "" {
		t.Error("lost streams were not noticed")
	}
}
