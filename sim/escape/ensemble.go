// Package escape runs ensembles of trajectories until they escape.
//
// A result is a function of the ensemble's fields alone: the number of workers
// and the machine do not enter. A run that has not escaped by the horizon is a
// censored outcome; it is counted, its time is exposure, and it is never
// averaged in as if it had escaped.
package escape

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// A Process is a law of motion: package sde and package sgd have them.
type Process = lane.Process

// An Ensemble is a set of independent replicas of one escape problem.
type Ensemble struct {
	Process  Process
	Start    []float64 // where every run starts, inside
	Exit     Rule
	Crossing Crossing
	Horizon  model.Time // > 0; runs that have not left by then are censored. In t rounded to whole steps, at least one
	Replicas int        // >= 1
	// FirstReplica is the number of the first replica. Batches with adjoining
	// ranges give together what one ensemble over the whole range gives.
	FirstReplica uint64
	Seed         uint64
	Workers      int // 0 stands for GOMAXPROCS
	// KeepEnds records where each run ended, in [Result.Ends].
	KeepEnds bool
	// Progress, if not nil, is called now and then, never concurrently, with
	// the number of finished runs.
	Progress func(done, total int)
}

// mostReplicas bounds an ensemble: the bits of so many replicas take half a GB,
// and their outcomes 160 GB.
const mostReplicas = 1 << 32

// An Outcome is the end of one replica.
type Outcome struct {
	Replica uint64
	// Steps is the number of steps to the exit, or to the censoring.
	Steps model.Steps
	// Time is the exit time t, or, when Censored, the time up to which the run
	// is known to be inside.
	Time model.Time
	// InternalTime is the exit time in tau, for processes that step in tau; 0 for
	// others. Of a censored run it is the tau at the end of its last block.
	InternalTime model.InternalTime
	Censored     bool
	// Diverged reports an exit that says nothing about the law, because the scheme
	// blew up or the law ends there: at a point that is not finite, through a loss
	// threshold at a point whose loss is NaN, where the correction of the crossing is
	// NaN, or in log time at a point without 0 < L < Inf. In log time it has the time
	// of the last point before.
	Diverged bool
}

// A Result is the outcome of an ensemble.
type Result struct {
	Outcomes []Outcome // ordered by replica
	Exits    int
	Censored int
	Diverged int        // exits among Exits that are not to be trusted
	Exposure model.Time // sum of all times, censored or not
	Steps    int64      // steps of all runs
	// Ends holds, with KeepEnds, the point at which each outcome was recorded: n
	// numbers per outcome, in the same order. It is the first point found
	// outside, on the grid of the steps, or where a censored run was at the end of
	// its last block, up to 7 steps after the horizon. Where the correction of a
	// crossing was NaN, so is the first number.
	Ends []float64
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field.
func (e Ensemble) Validate() error {
	d := model.CheckDomain("ensemble").
		That(e.Process != nil, "process", e.Process, "a process").
		Positive("horizon", float64(e.Horizon)).
		AtLeast(1, "number of replicas", e.Replicas).
		That(e.Replicas < 1 || uint64(e.Replicas) <= mostReplicas, "number of replicas", e.Replicas, fmt.Sprintf("at most %d; FirstReplica divides a larger number", uint64(mostReplicas))).
		That(e.Replicas <= 0 || e.FirstReplica <= math.MaxUint64-uint64(e.Replicas-1), "first replica", e.FirstReplica, "room for all replicas below 2^64").
		AtLeast(0, "number of workers", e.Workers).
		That(e.Crossing >= Automatic && e.Crossing <= Grid, "crossing", e.Crossing, "automatic, corrected or grid")
	if e.Process == nil {
		return d.Err()
	}
	d.Positive("step length", e.Process.StepLength())
	n := e.Process.Dim()
	d.That(len(e.Start) == n, "length of the start", len(e.Start), fmt.Sprintf("n = %d", n))
	for i, x := range e.Start {
		d.Finite(fmt.Sprintf("start theta[%d]", i), x)
	}
	e.Exit.check(d, n)
	if err := d.Err(); err != nil {
		return err
	}
	d.That(!e.Exit.left(e.Process, e.Start), "start", e.Start, "a point inside")
	if e.Process.InLogTime() {
		d.Positive("loss at the start, for log time,", e.Process.Loss(e.Start))
	}
	if _, err := e.Process.Kernel(e.watch()); err != nil {
		return d.Include(err).Err()
	}
	if w := e.watch(); w.Corrected && w.Monitor != lane.Region {
		x := e.Exit.distance(e.Process, e.Start)
		d.That(x == 0 || 1e-150 <= x && x <= 1e150, "distance of the start from the boundary", x,
			"1e-150 to 1e150, as its square is compared: other units, or the crossing \"grid\"")
	}
	// A correction as large as the distance to the boundary would end every run
	// at once.
	if p, ok := e.Process.(corrector); ok && d.Err() == nil && e.watch().Corrected {
		d.That(!p.Left(e.watch(), e.Start), "step length", e.Process.StepLength(),
			"a shorter one: the corrected boundary has passed the start")
	}
	return d.Err()
}

// A corrector knows where the corrected boundary of an exit lies.
type corrector interface {
	Left(w lane.Watch, theta []float64) bool
}

// watch returns the exit rule with the correction that applies.
func (e Ensemble) watch() lane.Watch {
	w := e.Exit.watch
	w.Corrected = e.Crossing == Corrected || e.Crossing == Automatic && !e.Process.Discrete()
	return w
}

// Run simulates all replicas. When ctx is cancelled it returns the outcomes so
// far, with the runs that were under way censored where they were, together
// with the error of ctx; if all had finished there is none. Any other error comes
// with a nil result.
func (e Ensemble) Run(ctx context.Context) (*Result, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	l := e.newLedger(nil)
	rest, err := e.work(ctx, stage{}, e.collector(l, e.meter()))
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	return l.result(rest), err
}

// A part is what one worker does with its runs.
type part struct {
	done       func(o Outcome, end []float64) // called for every finished run
	afterBlock func(w *lane.Worker)           // may be nil
	stop       func()                         // called at the end, by one worker at a time
}

// A stage is where an interrupted ensemble stands.
type stage struct {
	begun   bitset     // replicas that are finished or under way, counted from the first; nil for none
	running []lane.Run // those under way, ordered by replica
}

// work runs the ensemble, or what is left of it from a stage on. It returns nil when
// all replicas have finished; otherwise the stage at which ctx was cancelled, or a
// kernel could not be made, with the error.
func (e Ensemble) work(ctx context.Context, from stage, newPart func() part) (*stage, error) {
	workers := e.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	workers = min(workers, 1+(e.Replicas-1)/lane.Width)
	running := newQueue(len(from.running), workers, nil)
	replicas := newQueue(e.Replicas, workers, from.begun)
	process, monitor := e.Process, e.Exit.watch.Monitor
	inner, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var mu sync.Mutex
	var suspended []lane.Run
	var wg sync.WaitGroup
	for range workers {
		// A worker's memory is allocated by its goroutine, and what it writes to all
		// the time by lane.Own, also that which other packages allocate for it: two
		// workers that share cache lines can be slower by half.
		wg.Go(func() {
			kernel, err := process.Kernel(e.watch())
			if err != nil {
				fail(err)
				return
			}
			p := newPart()
			resumes, starts := running.taker(), replicas.taker()
			worker := lane.NewWorker(lane.Schedule{
				Process: process,
				Kernel:  kernel,
				Start:   e.Start,
				Seed:    e.Seed,
				Horizon: float64(e.Horizon),
				Resume: func() (lane.Run, bool) {
					i, ok := resumes.take()
					if !ok {
						return lane.Run{}, false
					}
					return from.running[i], true
				},
				Next: func() (uint64, bool) {
					i, ok := starts.take()
					return e.FirstReplica + uint64(i), ok
				},
				Done:       func(f lane.Finish) { p.done(outcome(process, monitor, f), f.Theta) },
				AfterBlock: p.afterBlock,
			})
			_ = worker.Run(inner) // asked for below
			mu.Lock()
			defer mu.Unlock()
			suspended = append(suspended, worker.Suspend()...)
			p.stop()
		})
	}
	wg.Wait()
	begun := replicas.taken()
	if len(suspended) == 0 && begun.count() == e.Replicas && running.taken().count() == len(from.running) {
		return nil, nil
	}
	// Runs that no worker had taken up again before the cancellation stay as
	// they were.
	taken := running.taken()
	for i, r := range from.running {
		if !taken.has(i) {
			suspended = append(suspended, r)
		}
	}
	slices.SortFunc(suspended, func(a, b lane.Run) int { return cmp.Compare(a.Replica, b.Replica) })
	err := context.Cause(inner)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return &stage{begun: begun, running: suspended}, err
}

// underWay is the outcome of a run that is censored where it is.
func (e Ensemble) underWay(r lane.Run) Outcome {
	return outcome(e.Process, e.Exit.watch.Monitor, lane.Finish{Replica: r.Replica, Steps: r.Steps, Clock: r.Clock, Censored: true, Theta: r.Theta})
}

// meter returns a function that counts finished runs and reports progress.
func (e Ensemble) meter() func(more int) {
	all := &lane.Own[struct {
		mu   sync.Mutex
		done int
	}](1)[0]
	return func(more int) {
		all.mu.Lock()
		defer all.mu.Unlock()
		all.done += more
		if e.Progress != nil && more > 0 {
			e.Progress(all.done, e.Replicas)
		}
	}
}

// collector returns parts that write outcomes to the ledger, each to its own
// place so that workers need no lock.
func (e Ensemble) collector(l *ledger, progress func(int)) func() part {
	return func() part {
		finished := newTally(progress)
		return part{
			done: func(o Outcome, end []float64) {
				l.put(o, end)
				finished.count()
			},
			stop: finished.flush,
		}
	}
}

// A tally counts the finished runs of one worker and reports them in lots.
type tally struct {
	report func(more int)
	runs   int
}

func newTally(report func(more int)) *tally {
	t := &lane.Own[tally](1)[0]
	t.report = report
	return t
}

func (t *tally) count() {
	if t.runs++; t.runs == 64 {
		t.flush()
	}
}

func (t *tally) flush() {
	t.report(t.runs)
	t.runs = 0
}

// outcome translates the end of a trajectory.
func outcome(p Process, monitor lane.Monitor, f lane.Finish) Outcome {
	o := Outcome{
		Replica:  f.Replica,
		Steps:    model.Steps(f.Steps),
		Time:     f.Time(p),
		Censored: f.Censored,
	}
	if !f.Censored {
		o.Diverged = !lane.Finite(f.Theta) ||
			p.InLogTime() && !finiteAndPositive(p.Loss(f.Theta)) ||
			monitor == lane.Loss && math.IsNaN(p.Loss(f.Theta))
	}
	if p.InLogTime() {
		o.InternalTime = model.InternalTime(float64(f.Steps) * p.StepLength())
	}
	return o
}

func finiteAndPositive(x float64) bool { return x > 0 && x <= math.MaxFloat64 }
