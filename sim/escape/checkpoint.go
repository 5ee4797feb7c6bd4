package escape

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"math"
	"os"
	"sort"

	"github.com/google/renameio/v2"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// A Checkpoint is an unfinished ensemble: the outcomes so far and the runs
// under way, each at the end of a block of steps. Resumed with any number of
// workers it ends with the bits of an ensemble that was never interrupted.
type Checkpoint struct {
	// Identity tells ensembles apart; see [Ensemble.Resume].
	Identity string
	Outcomes []Outcome  // finished, ordered by replica
	Ends     []float64  // of Outcomes, with KeepEnds
	Running  []lane.Run // under way, ordered by replica
}

// begun reports which of the replicas from first on are finished or under way,
// or nil for none.
func (c *Checkpoint) begun(first uint64, replicas int) []bool {
	if len(c.Outcomes)+len(c.Running) == 0 {
		return nil
	}
	begun := make([]bool, replicas)
	for _, o := range c.Outcomes {
		begun[o.Replica-first] = true
	}
	for _, r := range c.Running {
		begun[r.Replica-first] = true
	}
	return begun
}

// checkpointFormat is the first word of a checkpoint file. A change of it, or
// of the meaning of a field, makes old files unreadable.
const checkpointFormat = "sgdescape checkpoint 2"

// Save writes the checkpoint to a file, whole or not at all.
func (c *Checkpoint) Save(path string) error {
	var data bytes.Buffer
	enc := gob.NewEncoder(&data)
	if err := enc.Encode(checkpointFormat); err != nil {
		return err
	}
	if err := enc.Encode(c); err != nil {
		return err
	}
	return renameio.WriteFile(path, data.Bytes(), 0o600)
}

// LoadCheckpoint reads a file written by [Checkpoint.Save].
func LoadCheckpoint(path string) (*Checkpoint, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	dec := gob.NewDecoder(bytes.NewReader(data))
	var format string
	if err := dec.Decode(&format); err != nil || format != checkpointFormat {
		return nil, fmt.Errorf("escape: %s is not a checkpoint of this version", path)
	}
	c := new(Checkpoint)
	if err := dec.Decode(c); err != nil {
		return nil, fmt.Errorf("escape: %s: %w", path, err)
	}
	return c, nil
}

// identity describes all that the outcomes depend on. Of the process and of a
// user's region it holds the bits of a short trial run, which two different
// laws do not share.
func (e Ensemble) identity() (string, error) {
	w := e.watch()
	kernel, err := e.Process.Kernel(w)
	if err != nil {
		return "", err
	}
	n := e.Process.Dim()
	s := lane.NewState(n, kernel.Extra())
	for j := range lane.Width {
		s.Start(j, e.Seed, uint64(j), e.Start)
		kernel.Begin(s, j)
	}
	kernel.Advance(s, lane.Width, lane.BlockSteps)
	hash := uint64(14695981039346656037)
	for _, x := range append(append(append([]float64(nil), s.Theta...), s.Clock[:]...), s.HitClock[:]...) {
		hash = (hash ^ math.Float64bits(x)) * 1099511628211
		hash ^= hash >> 29
	}
	for _, k := range s.Hit {
		hash = (hash ^ uint64(k)) * 1099511628211
	}
	return fmt.Sprintf("%T n=%d step=%v start=%v exit=%d %v %v corrected=%v ends=%v horizon=%v replicas=%d from %d seed=%d trial=%016x",
		e.Process, n, e.Process.StepLength(), e.Start, w.Monitor, w.Level, w.Normal, w.Corrected, e.KeepEnds,
		float64(e.Horizon), e.Replicas, e.FirstReplica, e.Seed, hash), nil
}

// Resume is [Ensemble.Run] in pieces. It goes on from c, or begins if c is nil.
// When ctx is cancelled it returns the outcomes so far, in which the runs under
// way count as censored where they are, a checkpoint from which to go on, and
// the error of ctx. When the ensemble is finished the checkpoint is nil.
//
// A checkpoint of an ensemble that differs in anything but the number of
// workers and the progress function is refused with an error wrapping
// [model.ErrDomain].
func (e Ensemble) Resume(ctx context.Context, c *Checkpoint) (*Result, *Checkpoint, error) {
	if err := e.Validate(); err != nil {
		return nil, nil, err
	}
	id, err := e.identity()
	if err != nil {
		return nil, nil, err
	}
	if c == nil {
		c = &Checkpoint{Identity: id}
	}
	if c.Identity != id {
		return nil, nil, model.CheckDomain("checkpoint").That(false, "ensemble", c.Identity, id).Err()
	}
	next := &Checkpoint{Identity: id}
	l := e.newLedger()
	for i, o := range c.Outcomes {
		l.put(o, c.Ends[i*l.n:(i+1)*l.n])
	}
	progress := e.meter()
	progress(len(c.Outcomes))
	err = e.work(ctx, c, e.collector(l, progress, &next.Running))
	if err != nil {
		return nil, nil, err
	}
	if ctx.Err() == nil {
		return l.result(), nil, nil
	}
	// Runs that no worker had taken up again before the cancellation stay as
	// they were.
	taken := make([]bool, e.Replicas)
	for _, r := range next.Running {
		taken[r.Replica-e.FirstReplica] = true
	}
	for _, r := range c.Running {
		if i := r.Replica - e.FirstReplica; !taken[i] && !l.finished[i] {
			next.Running = append(next.Running, r)
		}
	}
	sort.Slice(next.Running, func(i, j int) bool { return next.Running[i].Replica < next.Running[j].Replica })
	for i, o := range l.outcomes {
		if l.finished[i] {
			next.Outcomes = append(next.Outcomes, o)
			next.Ends = append(next.Ends, l.ends[i*l.n:(i+1)*l.n]...)
		}
	}
	for _, r := range next.Running {
		l.put(outcome(e.Process, e.Exit.watch.Monitor, lane.Finish{Replica: r.Replica, Steps: r.Steps, Clock: r.Clock, Censored: true, Theta: r.Theta}), r.Theta)
	}
	return l.result(), next, ctx.Err()
}
