package escape

import (
	"context"
	"fmt"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// A Checkpoint is an unfinished ensemble: the outcomes so far and the runs
// under way, each at the end of a block of steps. Resumed with any number of
// workers it ends with the bits of an ensemble that was never interrupted.
//
// It shares the memory of the result it came with: [Checkpoint.Save] it before
// changing that. One that was read by [LoadCheckpoint] owns its memory, and
// hands it on when it is resumed.
type Checkpoint struct {
	// Identity tells ensembles apart; see [Ensemble.Resume].
	Identity string
	Replicas int // of the ensemble
	// Outcomes are those of the result, ordered by replica: the runs of Running
	// are censored where they are, all others have finished.
	Outcomes []Outcome
	Ends     []float64  // of Outcomes, with KeepEnds
	Running  []lane.Run // under way, ordered by replica

	owner bool // of the memory of Outcomes and Ends
	used  bool
}

// Resume is [Ensemble.Run] in pieces. It goes on from c, or begins if c is nil.
// When ctx is cancelled it returns the outcomes so far, in which the runs under
// way count as censored where they are, a checkpoint from which to go on, and
// the error of ctx. When the ensemble is finished the checkpoint is nil. If a kernel
// cannot be made, what was found comes with that error in the same way.
//
// A checkpoint can be resumed once, unless it was refused; to go on from the
// same one again, save it and load it anew. Outcomes take 40 bytes a replica,
// and Ends 8 bytes a coordinate: once for a checkpoint that was loaded, whose
// memory the result takes over, and twice for another, whose result stays as it is.
//
// The checkpoint of another ensemble is refused with an error wrapping
// [model.ErrDomain]. Three things are compared. First the fields: start,
// horizon, replicas, seed, crossing and KeepEnds, type, dimension and step of the
// process, level or plane of the exit. Then the bits of a trial run, the
// first 8 steps of 64 replicas. Last, because an outcome is a function of the
// ensemble and the replica alone, some replicas are run again: one and another
// for every 16 that have finished, at most 63, spread evenly over them but for
// those of more than twice the mean number of steps, and the run under way that
// has made the fewest. Every field of their outcomes, their ends with KeepEnds,
// and theta, clock and stream of the run under way have to be the same, to the
// bit.
//
// So another region, landscape or noise is found out if one of these runs meets
// what differs: where a fraction p of all outcomes is not the same, with
// probability 1-(1-p)^k from k of them. What is met by none of them is not told
// apart: a difference in places where few runs come, or only those that take
// long, and, before a first run has finished, one that neither the trial nor the
// run under way has come to. (That one is left out then if it has made more than
// 2^20 steps.) All this takes at most as long as two mean runs on all lanes of
// one worker. When ctx is cancelled meanwhile the checkpoint returned is c, as
// it was.
func (e Ensemble) Resume(ctx context.Context, c *Checkpoint) (*Result, *Checkpoint, error) {
	if err := e.Validate(); err != nil {
		return nil, nil, err
	}
	id, err := e.identity()
	if err != nil {
		return nil, nil, err
	}
	progress := e.meter()
	var from stage
	if c != nil {
		if err := e.accept(ctx, c, id); err != nil {
			return nil, nil, err
		}
		from = e.stageOf(c)
		progress(len(c.Outcomes) - len(c.Running))
	}
	l := e.newLedger(c)
	if c != nil {
		*c = Checkpoint{used: true}
	}
	rest, err := e.work(ctx, from, e.collector(l, progress))
	r := l.result(rest)
	if rest == nil {
		return r, nil, nil
	}
	next := &Checkpoint{Identity: id, Replicas: e.Replicas, Outcomes: r.Outcomes, Ends: r.Ends, Running: rest.running}
	return r, next, err
}

// stageOf returns where the ensemble of a checkpoint stands.
func (e Ensemble) stageOf(c *Checkpoint) stage {
	s := stage{begun: newBitset(e.Replicas), running: c.Running}
	for _, o := range c.Outcomes {
		s.begun.add(int(o.Replica - e.FirstReplica))
	}
	return s
}

// accept refuses a checkpoint that is not one of this ensemble, whose identity
// is id.
func (e Ensemble) accept(ctx context.Context, c *Checkpoint, id string) error {
	if err := checkIdentity(c.Identity, id, c.used); err != nil {
		return err
	}
	n := e.endNumbers()
	d := model.CheckDomain("checkpoint").
		That(ordered(e, c.Outcomes, outcomeReplica), "order of outcomes", "broken", "replicas of the ensemble, each once").
		That(len(c.Ends) == n*len(c.Outcomes), "length of the ends", len(c.Ends), fmt.Sprintf("%d for each of %d outcomes", n, len(c.Outcomes)))
	e.checkRunning(d, c.Running)
	if err := d.Err(); err != nil {
		return err
	}
	r := record{outcomes: c.finished, ends: c.Ends, n: n, running: c.Running}
	for _, o := range c.finished {
		r.kept++
		r.steps += int64(o.Steps)
	}
	if err := d.That(r.kept == len(c.Outcomes)-len(c.Running), "runs under way", len(c.Running), "one outcome for each").Err(); err != nil {
		return err
	}
	r.finished = int64(r.kept)
	return e.replay(ctx, r)
}

// finished gives the outcomes but for those of the runs under way, and their
// places.
func (c *Checkpoint) finished(yield func(i int, o Outcome) bool) {
	running := c.Running
	for i, o := range c.Outcomes {
		if len(running) > 0 && running[0].Replica == o.Replica {
			running = running[1:]
			continue
		}
		if !yield(i, o) {
			return
		}
	}
}
