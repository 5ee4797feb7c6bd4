package verify

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"

	"sgdescape/model"
	"sgdescape/sim/escape"
	"sgdescape/verify/stattest"
)

// FalseAlarmBudget bounds the probability that some verdict of an unchanged
// program comes out differently on a fresh seed because an interval missed
// the truth. It is divided over the statistical claims by [Claim.Share], and is
// itself the ledger's half of what all tests of the repository may spend.
const FalseAlarmBudget = stattest.RunAlpha / 2

// A Profile sets how much work a run does. It changes sample sizes only, never
// a band or an expected verdict.
type Profile struct {
	Name string
	// Effort multiplies the number of runs of every simulation.
	Effort float64
}

// The standard profiles.
var (
	Short = Profile{Name: "short", Effort: 0.05} // seconds; verdicts may be undecided
	Quick = Profile{Name: "quick", Effort: 1}    // at most three minutes on two cores
	Full  = Profile{Name: "full", Effort: 10}    // at most half an hour on two cores
)

// ProfileNamed returns the profile with the given name.
func ProfileNamed(name string) (Profile, error) {
	for _, p := range []Profile{Short, Quick, Full} {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, model.CheckDomain("verify").That(false, "profile", fmt.Sprintf("%q", name), "short, quick or full").Err()
}

// Runs scales a number of runs by the effort, and returns at least 32.
func (p Profile) Runs(quick int) int { return max(32, int(p.Effort*float64(quick))) }

// An Env is what a claim may depend on besides its own parameters.
type Env struct {
	Profile Profile
	Seed    uint64
	Workers int     // 0 stands for GOMAXPROCS; never changes a result
	Alpha   float64 // miss probability of the interval of the claim at hand
	Parts   Parts   // what the claim judges
	// Step is told of progress within the claim, from 0 to 1. It may be nil.
	Step func(fraction float64)

	shared *sharedResults
}

// Progress reports progress within the claim.
func (e *Env) Progress(done, total int) {
	if e.Step != nil && total > 0 {
		e.Step(float64(done) / float64(total))
	}
}

// SeedFor returns the seed of the experiment with the given name: experiments
// of one run are independent, and each is the same whichever others run.
func (e *Env) SeedFor(experiment string) uint64 {
	h := fnv.New64a()
	h.Write(binary.LittleEndian.AppendUint64(nil, e.Seed))
	h.Write([]byte(experiment))
	return h.Sum64()
}

// simulate runs the ensemble with the seed of the named experiment.
func (e *Env) simulate(ctx context.Context, experiment string, ensemble escape.Ensemble) (*escape.Result, error) {
	ensemble.Seed, ensemble.Workers, ensemble.Progress = e.SeedFor(experiment), e.Workers, e.Progress
	r, err := e.Parts.Run(ctx, ensemble)
	if err != nil {
		return nil, fmt.Errorf("experiment %s: %w", experiment, err)
	}
	if r.Diverged > 0 {
		return nil, fmt.Errorf("experiment %s: %w", experiment, Diverged(r, ensemble))
	}
	return r, nil
}

// Diverged is the error of a simulation in which runs met what is no number: it
// says nothing about a rate.
func Diverged(r *escape.Result, ensemble escape.Ensemble) error {
	first := slices.IndexFunc(r.Outcomes, func(o escape.Outcome) bool { return o.Diverged })
	o := r.Outcomes[first]
	return fmt.Errorf("%d of %d runs diverged, the first of them replica %d of seed %d at step %d, t = %.4g: the step %g is too long, or loss, gradient or noise Sigma are not finite where they went, or Sigma has a negative eigenvalue there",
		r.Diverged, ensemble.Replicas, o.Replica, ensemble.Seed, o.Steps, o.Time, ensemble.Process.StepLength())
}

type sharedResults struct {
	mu     sync.Mutex
	values map[string]*sharedResult
}

type sharedResult struct {
	once  sync.Once
	value any
	err   error
}

// Shared runs the experiment named key once for this run and returns its
// result to every claim that asks. An experiment that failed, an interrupted
// one included, returns its error to all of them.
func Shared[T any](ctx context.Context, env *Env, key string, experiment func(context.Context, *Env) (T, error)) (T, error) {
	env.shared.mu.Lock()
	r := env.shared.values[key]
	if r == nil {
		r = &sharedResult{}
		env.shared.values[key] = r
	}
	env.shared.mu.Unlock()
	r.once.Do(func() { r.value, r.err = experiment(ctx, env) })
	value, _ := r.value.(T)
	return value, r.err
}
