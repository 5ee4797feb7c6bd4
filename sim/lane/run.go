package lane

import (
	"context"
	"math"
	"math/bits"

	"sgdescape/model"
)

// A Finish is the end of one trajectory.
type Finish struct {
	Replica  uint64
	Steps    int64
	Clock    float64   // t where the process accumulates it
	Censored bool      // the run was still inside at the horizon
	Theta    []float64 // where the run ended; valid until the callback returns
}

// A Schedule says what a worker has to do.
type Schedule struct {
	Process Process
	Kernel  Kernel
	Start   []float64
	Seed    uint64
	Horizon float64 // in t; a run inside at this time is censored

	// Resume, if not nil, returns the next suspended run to carry on, or false
	// when none is left. It is asked before Next, until it returns false.
	Resume func() (Run, bool)
	// Next returns the next replica to start, or false when none is left.
	Next func() (replica uint64, ok bool)
	// Done receives every finished run.
	Done func(Finish)
	// AfterBlock, if not nil, is called after every block; see [Worker.State].
	AfterBlock func(w *Worker)
}

// A Worker carries trajectories on [Width] lanes.
type Worker struct {
	schedule Schedule
	state    *State
	active   int
	replica  [Width]uint64
	maxSteps int64

	// Every lane makes the same steps, so that one counter is enough: lane j
	// has made now - origin[j] steps. Before now reaches due, no lane is at the
	// horizon; but if unbounded, a clock may be.
	now, due  int64
	origin    [Width]int64
	longest   float64 // a bound of the time t of a step, in log time
	unbounded bool    // in log time, and without such a bound
	theta     []float64
}

// NewWorker returns a worker for the schedule.
func NewWorker(sc Schedule) *Worker {
	w := &Worker{
		schedule: sc,
		state:    NewState(sc.Process.Dim(), sc.Kernel.Extra()),
		theta:    Own[float64](sc.Process.Dim()),
		maxSteps: math.MaxInt64,
		due:      math.MaxInt64,
	}
	if !sc.Process.InLogTime() {
		w.maxSteps = HorizonSteps(sc.Process, sc.Horizon)
		return w
	}
	if k, ok := sc.Kernel.(Bounded); ok {
		w.longest = k.LongestStep()
	}
	w.unbounded = !(w.longest > 0) || math.IsInf(w.longest, 1)
	return w
}

// HorizonSteps returns the number of steps of a process that steps in t after
// which a run is censored: the horizon rounded to whole steps, at least one.
func HorizonSteps(p Process, horizon float64) int64 {
	k := math.Round(horizon / p.StepLength())
	if k >= math.MaxInt64/2 {
		return math.MaxInt64 / 2
	}
	return max(1, int64(k))
}

// State returns the lanes, of which the first Active are under way.
func (w *Worker) State() *State { return w.state }

// Active returns the number of lanes under way.
func (w *Worker) Active() int { return w.active }

// Replica returns the replica on lane j and the number of steps it has made.
func (w *Worker) Replica(j int) (replica uint64, steps int64) { return w.replica[j], w.steps(j) }

func (w *Worker) steps(j int) int64 { return w.now - w.origin[j] }

// Run carries replicas until none is left. When ctx is cancelled it stops
// between two blocks and returns the error of ctx; the runs under way can then
// be taken with [Worker.Suspend].
func (w *Worker) Run(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !w.fill() {
			return nil
		}
		w.block()
		if w.schedule.AfterBlock != nil {
			w.schedule.AfterBlock(w)
		}
	}
}

// Suspend takes the runs under way off the worker.
func (w *Worker) Suspend() []Run {
	runs := make([]Run, 0, w.active)
	for w.active > 0 {
		j := w.active - 1
		runs = append(runs, w.state.take(j, w.replica[j], w.steps(j)))
		w.retire(j)
	}
	return runs
}

// fill puts suspended runs and new replicas on idle lanes and reports whether
// any lane is active.
func (w *Worker) fill() bool {
	for w.active < Width && w.schedule.Resume != nil {
		r, ok := w.schedule.Resume()
		if !ok {
			w.schedule.Resume = nil
			break
		}
		w.state.put(w.active, r)
		w.enter(w.active, r.Replica, r.Steps)
		w.active++
	}
	for w.active < Width {
		r, ok := w.schedule.Next()
		if !ok {
			break
		}
		w.begin(w.active, r)
		w.active++
	}
	return w.active > 0
}

func (w *Worker) begin(j int, replica uint64) {
	w.state.Start(j, w.schedule.Seed, replica, w.schedule.Start)
	w.schedule.Kernel.Begin(w.state, j)
	w.enter(j, replica, 0)
}

// enter notes that lane j holds a replica that has made some steps.
func (w *Worker) enter(j int, replica uint64, steps int64) {
	w.replica[j], w.origin[j] = replica, w.now-steps
	w.due = min(w.due, w.dueOf(j))
}

// block advances all lanes by one block and sees who has finished.
func (w *Worker) block() {
	s := w.state
	w.schedule.Kernel.Advance(s, w.active, BlockSteps)
	w.now += BlockSteps
	if w.now >= w.due || w.unbounded && w.late() {
		w.due = math.MaxInt64
		w.sweep(1<<w.active - 1)
		for j := range w.active {
			w.due = min(w.due, w.dueOf(j))
		}
	} else if s.left != 0 {
		w.sweep(s.left)
	}
}

// dueOf returns when lane j will have made maxSteps, or before when its clock
// cannot reach the horizon.
func (w *Worker) dueOf(j int) int64 {
	if w.maxSteps < math.MaxInt64 {
		return w.origin[j] + w.maxSteps
	}
	const margin = 1 - 1e-6 // for the rounding of the clock
	steps := (w.schedule.Horizon - w.state.Clock[j]) / w.longest * margin
	switch {
	case w.unbounded || steps >= 1<<62:
		return math.MaxInt64
	case steps > 0:
		return w.now + int64(steps)
	}
	return w.now // also for a clock that is no number
}

// late reports whether a clock has reached the horizon, or is no number.
func (w *Worker) late() bool {
	for _, t := range w.state.Clock[:w.active] {
		if !(t < w.schedule.Horizon) {
			return true
		}
	}
	return false
}

// sweep ends the runs, among the given lanes, that have left or reached the
// horizon. Lanes are visited from the last to the first, so that retiring one,
// which moves the last active lane into its place, never skips a lane.
func (w *Worker) sweep(lanes uint64) {
	s := w.state
	inLogTime, horizon := w.schedule.Process.InLogTime(), w.schedule.Horizon
	s.left = 0
	for lanes != 0 {
		j := bits.Len64(lanes) - 1
		lanes &^= 1 << j
		steps := w.steps(j)
		left := steps - BlockSteps + int64(s.Hit[j])
		switch {
		case s.Hit[j] != 0 && left <= w.maxSteps && !(inLogTime && s.HitClock[j] > horizon):
			w.finish(j, left, s.HitClock[j], false, s.HitTheta)
		case inLogTime && (s.Hit[j] != 0 || !(s.Clock[j] < horizon)):
			w.finish(j, steps, horizon, true, s.Theta)
		case steps >= w.maxSteps:
			w.finish(j, w.maxSteps, 0, true, s.Theta)
		default:
			continue
		}
		w.retire(j)
	}
}

// finish reports lane j.
func (w *Worker) finish(j int, steps int64, clock float64, censored bool, theta []float64) {
	for i := range w.theta {
		w.theta[i] = theta[i*Width+j]
	}
	w.schedule.Done(Finish{Replica: w.replica[j], Steps: steps, Clock: clock, Censored: censored, Theta: w.theta})
}

// retire frees lane j by moving the last active lane into it.
func (w *Worker) retire(j int) {
	w.active--
	w.state.move(j, w.active)
	w.replica[j], w.origin[j] = w.replica[w.active], w.origin[w.active]
}

// Time returns the time t of a finished run.
func (f Finish) Time(p Process) model.Time {
	if p.InLogTime() {
		return model.Time(f.Clock)
	}
	return model.Time(float64(f.Steps) * p.StepLength())
}
