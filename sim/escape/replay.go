package escape

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// A record is what a checkpoint says about its runs.
type record struct {
	finished int64 // runs
	steps    int64 // of all finished runs

	outcomes iter.Seq2[int, Outcome] // of finished runs, by their place
	kept     int                     // number of these outcomes
	ends     []float64               // n numbers for each place
	n        int

	running []lane.Run
}

// A witness is a finished outcome and where it ended, if that is known.
type witness struct {
	Outcome
	end  []float64
	seen bool // found to be true
}

// oneIn is of how many finished runs one is run again.
const oneIn = 16

// longestAlone bounds the steps of a run under way that is run again when there
// is no finished one to compare with.
const longestAlone = 1 << 20

// choose returns what to run again, at most [lane.Width] runs in all: finished
// ones, ordered by steps, and the run under way with the fewest, or nil.
func (r record) choose() (finished []witness, running *lane.Run) {
	want := min(lane.Width-1, 1+int(r.finished/oneIn), r.kept)
	limit := int64(longestAlone)
	if r.finished > 0 {
		limit = 2 * (r.steps / r.finished)
	}
	place := 0 // among the outcomes kept, of which each stretch gives one
	for i, o := range r.outcomes {
		if stretch := place * want / r.kept; len(finished) <= stretch && int64(o.Steps) <= limit {
			finished = append(finished, witness{Outcome: o, end: r.ends[i*r.n : (i+1)*r.n]})
		}
		place++
	}
	slices.SortFunc(finished, func(a, b witness) int { return cmp.Compare(a.Steps, b.Steps) })
	for i, under := range r.running {
		if under.Steps <= limit && (running == nil || under.Steps < running.Steps) {
			running = &r.running[i]
		}
	}
	return finished, running
}

// replay runs some replicas of a record again and refuses it if anything comes
// out otherwise. Cancelled before it knows, it returns nil.
func (e Ensemble) replay(ctx context.Context, r record) error {
	kernel, err := e.Process.Kernel(e.watch())
	if err != nil {
		return err
	}
	finished, running := r.choose()
	var replicas []uint64
	if running != nil {
		replicas = append(replicas, running.Replica)
	}
	for _, w := range finished {
		replicas = append(replicas, w.Replica)
	}
	inner, stop := context.WithCancel(ctx)
	defer stop()
	left := len(replicas) // to be compared
	var refusal error
	compare := func(replica uint64, same bool, stored, given string) {
		if left--; !same && refusal == nil {
			refusal = model.CheckDomain("checkpoint").
				That(false, fmt.Sprintf("replica %d", replica), stored, given+", as this ensemble has it").Err()
		}
		if left == 0 || refusal != nil {
			stop()
		}
	}
	started := 0
	made := int64(0) // steps of every lane, for all start together
	due := 0         // the first of finished that may not be known yet
	worker := lane.NewWorker(lane.Schedule{
		Process: e.Process,
		Kernel:  kernel,
		Start:   e.Start,
		Seed:    e.Seed,
		Horizon: float64(e.Horizon),
		Next: func() (uint64, bool) {
			if started == len(replicas) {
				return 0, false
			}
			started++
			return replicas[started-1], true
		},
		Done: func(f lane.Finish) {
			got := witness{Outcome: outcome(e.Process, e.Exit.watch.Monitor, f), end: f.Theta}
			if running != nil && f.Replica == running.Replica {
				if made < running.Steps { // else it has been compared
					compare(f.Replica, false, underWayAfter(running.Steps), got.String())
				}
				return
			}
			i := slices.IndexFunc(finished, func(w witness) bool { return w.Replica == f.Replica })
			want := &finished[i]
			want.seen = true
			stored, given, same := want.compare(got)
			compare(f.Replica, same, stored, given)
		},
		AfterBlock: func(w *lane.Worker) {
			made += lane.BlockSteps
			if running != nil && made-lane.BlockSteps < running.Steps && running.Steps <= made {
				for j := range w.Active() {
					if replica, _ := w.Replica(j); replica == running.Replica {
						stored, given, same := compareUnderWay(running, w.State(), j)
						compare(replica, same && made == running.Steps, stored, given)
					}
				}
			}
			for ; due < len(finished) && int64(finished[due].Steps) <= made; due++ {
				if w := finished[due]; !w.seen {
					compare(w.Replica, false, w.String(), underWayAfter(made))
				}
			}
		},
	})
	_ = worker.Run(inner)
	return refusal
}

func underWayAfter(steps int64) string { return fmt.Sprintf("under way after %d steps", steps) }

// String tells how the run ended.
func (w witness) String() string {
	how := "an exit"
	switch {
	case w.Censored:
		how = "censored"
	case w.Diverged:
		how = "diverged"
	}
	return fmt.Sprintf("%s after %d steps, t = %v, tau = %v", how, w.Steps, w.Time, w.InternalTime)
}

// compare reports whether two ends of one replica are the same, and describes
// both.
func (w witness) compare(got witness) (stored, given string, same bool) {
	stored, given = w.String(), got.String()
	same = w.Steps == got.Steps && w.Censored == got.Censored && w.Diverged == got.Diverged &&
		sameBits(float64(w.Time), float64(got.Time)) && sameBits(float64(w.InternalTime), float64(got.InternalTime))
	if !same {
		return stored, given, false
	}
	for i, x := range w.end {
		if !sameBits(x, got.end[i]) {
			at := func(x float64) string { return fmt.Sprintf(", theta[%d] = %v", i, x) }
			return stored + at(x), given + at(got.end[i]), false
		}
	}
	return stored, given, true
}

// compareUnderWay reports whether lane j is where a run under way was, and
// describes both. The scratch of kernels does not count.
func compareUnderWay(r *lane.Run, s *lane.State, j int) (stored, given string, same bool) {
	stored, given = underWayAfter(r.Steps), underWayAfter(r.Steps)
	for i, x := range r.Theta {
		if y := s.Theta[i*lane.Width+j]; !sameBits(x, y) {
			return fmt.Sprintf("%s at theta[%d] = %v", stored, i, x), fmt.Sprintf("%s at theta[%d] = %v", given, i, y), false
		}
	}
	if y := s.Clock[j]; !sameBits(r.Clock, y) {
		return fmt.Sprintf("%s, t = %v", stored, r.Clock), fmt.Sprintf("%s, t = %v", given, y), false
	}
	same = r.Stream == [4]uint64{s.S0[j], s.S1[j], s.S2[j], s.S3[j]}
	return stored + " with one random stream", given + " with another", same
}

// sameBits reports that two numbers are the same, or both no number: the bits
// of NaN depend on the instructions that were used.
func sameBits(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
}
