package escape

import (
	"context"
	"fmt"
	"slices"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// A SummaryCheckpoint is an unfinished [Ensemble.Summarise]: the summary so far,
// the runs under way, and a bit for each replica that has begun. Its memory
// grows with the replicas by no more than that.
type SummaryCheckpoint struct {
	// Identity tells ensembles apart; see [Ensemble.ResumeSummary].
	Identity string
	Replicas int // of the ensemble
	// Summary is that of the finished runs. Its Occupation counts every block that
	// was made, by the runs under way as well.
	Summary *Summary
	Running []lane.Run // under way, ordered by replica

	begun bitset
	seen  *sample
}

// ResumeSummary is [Ensemble.Summarise] in pieces, as [Ensemble.Resume] is
// [Ensemble.Run] in pieces: interrupted and resumed at any moments, with any
// numbers of workers, it gives the summary of an ensemble that was not, to the
// bit. The occupation asked for has to be the same every time. It does not
// change c, which may be resumed more than once.
//
// The checkpoint of another ensemble, or of another occupation, is refused as
// [Ensemble.Resume] describes. For this it keeps the outcomes and ends of up to
// 64 finished runs, spread evenly over the replicas, and of at least 32 once as
// many have finished. KeepEnds does not matter here.
func (e Ensemble) ResumeSummary(ctx context.Context, occupation *Histogram, c *SummaryCheckpoint) (*Summary, *SummaryCheckpoint, error) {
	e.KeepEnds = false
	if err := e.checkSummary(occupation); err != nil {
		return nil, nil, err
	}
	id, err := e.identity()
	if err != nil {
		return nil, nil, err
	}
	if h := occupation; h != nil {
		id += fmt.Sprint(" occupation of ", h)
	}
	progress := e.meter()
	var from stage
	total, seen := NewSummary(occupation), &sample{first: e.FirstReplica, n: e.Process.Dim()}
	if c != nil {
		if err := e.acceptSummary(ctx, c, id, occupation); err != nil {
			return nil, nil, err
		}
		from = stage{begun: c.begun, running: c.Running}
		total.Merge(c.Summary)
		seen.merge(c.seen)
		progress(int(total.Exits + total.Censored))
	}
	rest, err := e.summarise(ctx, from, total, seen, progress)
	if rest == nil {
		return total, nil, nil
	}
	next := &SummaryCheckpoint{Identity: id, Replicas: e.Replicas, Summary: total, Running: rest.running, begun: rest.begun, seen: seen.sorted()}
	return e.addUnderWay(total.clone(), rest), next, err
}

// acceptSummary refuses a checkpoint that is not one of this ensemble, whose
// identity is id, and its occupation.
func (e Ensemble) acceptSummary(ctx context.Context, c *SummaryCheckpoint, id string, occupation *Histogram) error {
	if err := checkIdentity(c.Identity, id, false); err != nil {
		return err
	}
	n, words := e.Process.Dim(), len(newBitset(e.Replicas))
	d := model.CheckDomain("checkpoint").
		That(len(c.begun) == words && !c.begun.anyFrom(e.Replicas), "set of replicas", fmt.Sprintf("%d words", len(c.begun)), fmt.Sprintf("%d words, and no replica from %d on", words, e.Replicas)).
		That(ordered(e, c.seen.outcomes, outcomeReplica), "order of outcomes", "broken", "replicas of the ensemble, each once").
		That(len(c.seen.ends) == n*len(c.seen.outcomes), "length of the ends", len(c.seen.ends), fmt.Sprintf("%d for each of %d outcomes", n, len(c.seen.outcomes)))
	if h := c.Summary.Occupation; h != nil || occupation != nil {
		d.That(h != nil && occupation != nil && len(h.Counts) == len(occupation.Counts), "occupation", h, fmt.Sprint(occupation))
	}
	e.checkRunning(d, c.Running)
	if err := d.Err(); err != nil {
		return err
	}
	under := map[uint64]bool{}
	for _, r := range c.Running {
		under[r.Replica] = true
		d.That(e.hasBegun(c, r.Replica), fmt.Sprintf("replica %d", r.Replica), "not in the set of those that have begun", "in it")
	}
	for _, o := range c.seen.outcomes {
		d.That(e.hasBegun(c, o.Replica) && !under[o.Replica], fmt.Sprintf("replica %d", o.Replica), "not among the finished", "among them")
	}
	finished := c.Summary.Exits + c.Summary.Censored
	d.That(int64(c.begun.count()) == finished+int64(len(under)), "number of replicas that have begun", c.begun.count(),
		fmt.Sprintf("%d finished and %d under way", finished, len(under)))
	if err := d.Err(); err != nil {
		return err
	}
	return e.replay(ctx, record{finished: finished, steps: c.Summary.Steps, outcomes: slices.All(c.seen.outcomes), kept: len(c.seen.outcomes),
		ends: c.seen.ends, n: n, running: c.Running})
}

func (e Ensemble) hasBegun(c *SummaryCheckpoint, replica uint64) bool {
	return c.begun.has(int(replica - e.FirstReplica))
}
