// Package record samples trajectories: points of many replicas at equal
// distances after a burn-in, and decimated paths.
package record

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// A Sampler records theta along free-running replicas of a process.
type Sampler struct {
	Process      lane.Process
	Start        []float64
	BurnIn       model.Steps // >= 0 steps before the first sample's interval
	Every        model.Steps // >= 1 steps between samples
	PerReplica   int         // >= 1 samples of each replica
	Replicas     int         // >= 1
	FirstReplica uint64
	Seed         uint64
	Workers      int // 0 stands for GOMAXPROCS
}

// Samples holds the samples of a [Sampler].
type Samples struct {
	Dim, PerReplica, Replicas int
	Theta                     []float64 // Replicas x PerReplica x Dim
}

// At returns sample i of the r-th replica, of length Dim. It is not a copy.
func (s *Samples) At(r, i int) []float64 {
	at := (r*s.PerReplica + i) * s.Dim
	return s.Theta[at : at+s.Dim : at+s.Dim]
}

// Coordinate returns coordinate i of all samples, replica by replica.
func (s *Samples) Coordinate(i int) []float64 {
	out := make([]float64, 0, s.Replicas*s.PerReplica)
	for at := i; at < len(s.Theta); at += s.Dim {
		out = append(out, s.Theta[at])
	}
	return out
}

// mostNumbers bounds the samples of one run: they take 32 GiB.
const mostNumbers = 1 << 32

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field.
func (s Sampler) Validate() error {
	d := model.CheckDomain("sampler").
		That(s.Process != nil, "process", s.Process, "a process").
		That(s.BurnIn >= 0, "burn-in", s.BurnIn, "an integer >= 0").
		That(s.Every >= 1, "steps between samples", s.Every, "an integer >= 1").
		AtLeast(1, "samples per replica", s.PerReplica).
		AtLeast(1, "number of replicas", s.Replicas).
		AtLeast(0, "number of workers", s.Workers)
	d.That(s.Replicas <= 0 || s.FirstReplica <= math.MaxUint64-uint64(s.Replicas-1), "first replica", s.FirstReplica, "room for all replicas below 2^64")
	if s.Process != nil {
		numbers := float64(s.Replicas) * float64(s.PerReplica) * float64(s.Process.Dim())
		d.That(!(numbers > mostNumbers), "replicas x samples x n", numbers, fmt.Sprintf("at most %d; other seeds give further samples", uint64(mostNumbers)))
	}
	checkStart(d, s.Process, s.Start)
	return d.Err()
}

// checkStart refuses a start that is not one of the process.
func checkStart(d *model.Domain, p lane.Process, start []float64) {
	for i, x := range start {
		d.Finite(fmt.Sprintf("start theta[%d]", i), x)
	}
	if p == nil {
		return
	}
	n := p.Dim()
	d.That(len(start) == n, "length of the start", len(start), fmt.Sprintf("n = %d", n)).
		Positive("step length", p.StepLength())
	if d.Err() == nil && p.InLogTime() {
		d.Positive("loss at the start, for log time,", p.Loss(start))
	}
}

// Run returns the samples: sample i of a replica is theta after
// BurnIn + (i+1) Every steps. The result does not depend on the number of
// workers. When ctx is cancelled it returns nil and the error of ctx.
func (s Sampler) Run(ctx context.Context) (*Samples, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	out := &Samples{Dim: s.Process.Dim(), PerReplica: s.PerReplica, Replicas: s.Replicas}
	out.Theta = make([]float64, s.Replicas*s.PerReplica*out.Dim)
	groups := (s.Replicas + lane.Width - 1) / lane.Width
	workers := s.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	kernels := make([]lane.Kernel, min(workers, groups))
	for i := range kernels { // all of them before any work, which an error would leave alone
		var err error
		if kernels[i], err = s.Process.Kernel(lane.Watch{}); err != nil {
			return nil, err
		}
	}
	for _, kernel := range kernels {
		wg.Go(func() {
			for g := int(next.Add(1) - 1); g < groups && ctx.Err() == nil; g = int(next.Add(1) - 1) {
				s.group(ctx, kernel, out, g*lane.Width)
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// group records up to Width replicas from the given one on.
func (s Sampler) group(ctx context.Context, kernel lane.Kernel, out *Samples, first int) {
	active := min(lane.Width, s.Replicas-first)
	state := lane.NewState(out.Dim, kernel.Extra())
	for j := range active {
		state.Start(j, s.Seed, s.FirstReplica+uint64(first+j), s.Start)
		kernel.Begin(state, j)
	}
	if advance(ctx, kernel, state, active, int64(s.BurnIn)) != nil {
		return
	}
	for i := range s.PerReplica {
		if advance(ctx, kernel, state, active, int64(s.Every)) != nil {
			return
		}
		for j := range active {
			state.Gather(out.At(first+j, i), j)
		}
	}
}

// advance moves the lanes by any number of steps, or until ctx is cancelled, and
// then returns its error.
func advance(ctx context.Context, kernel lane.Kernel, state *lane.State, active int, steps int64) error {
	for steps > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		k := min(steps, lane.BlockSteps)
		kernel.Advance(state, active, int(k))
		steps -= k
	}
	return ctx.Err()
}
