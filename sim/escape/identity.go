package escape

import (
	"fmt"
	"math"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// identity describes all that the outcomes depend on. Of the process and of a
// user's region it holds the bits of a short trial run.
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
		if x != x { // whose bits depend on the instructions that made it
			x = math.NaN()
		}
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

// checkIdentity refuses a checkpoint with another identity, or one that has
// been resumed.
func checkIdentity(stored, id string, used bool) error {
	d := model.CheckDomain("checkpoint")
	if used {
		return d.That(false, "checkpoint", "used up", "one that was not resumed before").Err()
	}
	return d.That(stored == id, "ensemble", stored, id).Err()
}

// ordered reports that the replicas of items are some of the ensemble's, in
// order.
func ordered[T any](e Ensemble, items []T, replica func(T) uint64) bool {
	for i, item := range items {
		r := replica(item)
		if r < e.FirstReplica || r-e.FirstReplica >= uint64(e.Replicas) || i > 0 && r <= replica(items[i-1]) {
			return false
		}
	}
	return true
}

func outcomeReplica(o Outcome) uint64 { return o.Replica }
func runReplica(r lane.Run) uint64    { return r.Replica }

// checkRunning refuses runs under way that cannot be of this ensemble.
func (e Ensemble) checkRunning(d *model.Domain, running []lane.Run) {
	if len(running) == 0 {
		return
	}
	kernel, err := e.Process.Kernel(e.watch())
	if err != nil {
		d.Include(err)
		return
	}
	n, extra := e.Process.Dim(), kernel.Extra()
	whole := true
	for _, r := range running {
		whole = whole && len(r.Theta) == n && len(r.Extra) == extra && r.Steps > 0
	}
	d.That(ordered(e, running, runReplica), "order of the runs under way", "broken", "replicas of the ensemble, each once").
		That(whole, "state of a run under way", "broken", fmt.Sprintf("%d + %d numbers after some steps", n, extra))
}
