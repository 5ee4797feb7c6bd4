package escape_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
)

// summaryCampaign is the machine for summaries: one ensemble that is started,
// paused, saved, read back, set back and resumed in any order.
type summaryCampaign struct {
	ensemble  func() escape.Ensemble
	want      *escape.Summary // of the ensemble that was never touched
	histogram *escape.Histogram
	path      string
	paused    []*escape.SummaryCheckpoint // from the first to the last
}

// last is the checkpoint to go on from.
func (c *summaryCampaign) last() *escape.SummaryCheckpoint {
	if len(c.paused) == 0 {
		return nil
	}
	return c.paused[len(c.paused)-1]
}

// advance carries the ensemble on for some blocks of steps, or to its end, and
// compares. After the end it begins anew.
func (c *summaryCampaign) advance(t *rapid.T, workers int, blocks int64) {
	e := c.ensemble()
	e.Workers = workers
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var made atomic.Int64
	e.Process = stepped{e.Process, func() {
		if blocks >= 0 && made.Add(1) > blocks {
			cancel()
		}
	}}
	s, next, err := e.ResumeSummary(ctx, c.histogram, c.last())
	switch {
	case err == nil:
		if next != nil || !s.Equal(c.want) {
			t.Fatalf("ended with checkpoint %v and %+v, want %+v", next, s, c.want)
		}
		c.paused = nil
	case errors.Is(err, context.Canceled):
		running := int64(len(next.Running))
		if sum := next.Summary; s.Exits != sum.Exits || s.Censored != sum.Censored+running || s.Steps < sum.Steps || s.Steps > c.want.Steps || s.Exposure() > c.want.Exposure() {
			t.Fatalf("paused with %+v; %+v have finished and %d are under way", s, sum, running)
		}
		c.paused = append(c.paused, next)
	default:
		t.Fatal(err)
	}
}

func (c *summaryCampaign) actions() map[string]func(*rapid.T) {
	onPaused := func(act func(t *rapid.T)) func(*rapid.T) {
		return func(t *rapid.T) {
			if len(c.paused) > 0 {
				act(t)
			}
		}
	}
	return map[string]func(*rapid.T){
		"step":          func(t *rapid.T) { c.advance(t, workers(t), blocksOf(t)) },
		"pause at once": func(t *rapid.T) { c.advance(t, workers(t), 0) },
		"finish":        func(t *rapid.T) { c.advance(t, workers(t), -1) },
		"checkpoint": onPaused(func(t *rapid.T) {
			if err := c.last().Save(c.path); err != nil {
				t.Fatal(err)
			}
			read, err := escape.LoadSummaryCheckpoint(c.path)
			if err != nil {
				t.Fatal(err)
			}
			c.paused[len(c.paused)-1] = read
		}),
		"set back": onPaused(func(t *rapid.T) {
			c.paused = c.paused[:rapid.IntRange(0, len(c.paused)-1).Draw(t, "checkpoint")]
		}),
		"wrong checkpoint": onPaused(func(t *rapid.T) {
			e, h := c.ensemble(), escape.NewHistogram(1, -1, 1, 8)
			if rapid.Bool().Draw(t, "wrong seed, not occupation") {
				e.Seed, h = e.Seed+1, c.histogram
			}
			e.Process = stepped{e.Process, func() {}}
			if _, _, err := e.ResumeSummary(context.Background(), h, c.last()); !errors.Is(err, model.ErrDomain) {
				t.Fatalf("a checkpoint of another ensemble: error %v, want ErrDomain", err)
			}
		}),
	}
}

// summaryEnsemble has exits and censored runs.
func summaryEnsemble(p escape.Process) escape.Ensemble {
	return escape.Ensemble{Process: p, Start: []float64{0, 0}, Exit: escape.LossAbove(0.8), Horizon: 30, FirstReplica: 7, Replicas: campaignReplicas, Seed: 11}
}

// TestProp_SummaryCampaign: any interleaving of step, pause, checkpoint, resume
// and numbers of workers gives the summary of an ensemble that ran through, with
// its occupation, to the bit.
func TestProp_SummaryCampaign(t *testing.T) {
	laws := map[string]escape.Process{"t": valley(sde.Time, 2, 0.1), "tau": valley(sde.LogTime, 2, 0.1), "sgd": population(2, 0.1)}
	want := map[string]*escape.Summary{}
	for name, p := range laws {
		want[name] = must(summaryEnsemble(p).Summarise(context.Background(), occupation()))
		if w := want[name]; w.Exits < 10 || w.Censored < 10 {
			t.Fatalf("%s: %d exits and %d censored runs; the property wants both", name, w.Exits, w.Censored)
		}
	}
	path := filepath.Join(t.TempDir(), "summary")
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"t", "tau", "sgd"}).Draw(t, "process")
		c := &summaryCampaign{ensemble: func() escape.Ensemble { return summaryEnsemble(laws[name]) }, want: want[name], path: path}
		if rapid.Bool().Draw(t, "occupation") {
			c.histogram = occupation()
		} else {
			without := *c.want
			without.Occupation = nil
			c.want = &without
		}
		t.Repeat(c.actions())
		c.advance(t, 2, -1)
	})
}

// TestReject_SummaryCampaign: a summary differs by one outcome, by one unit in
// the last place of a time, and by one count of the occupation.
func TestReject_SummaryCampaign(t *testing.T) {
	e := summaryEnsemble(valley(sde.Time, 2, 0.1))
	of := func() *escape.Summary { return must(e.Summarise(context.Background(), occupation())) }
	want := of()
	if !want.Equal(of()) || want.Equal(nil) {
		t.Error("a summary is not equal to itself, or equal to none")
	}
	more, count, later := of(), of(), escape.NewSummary(nil)
	more.Add(escape.Outcome{Steps: 1, Time: 0.1})
	count.Occupation.Counts[3]++
	early := escape.NewSummary(nil)
	early.Add(escape.Outcome{Steps: 10, Time: 1})
	later.Add(escape.Outcome{Steps: 10, Time: 1 + 0x1p-52})
	if want.Equal(more) || want.Equal(count) || early.Equal(later) {
		t.Error("other summaries are called equal")
	}
}
