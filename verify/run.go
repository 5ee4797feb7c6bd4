package verify

import (
	"context"
	"fmt"
	"math"
)

// A Result is a claim with what was measured and what was concluded.
type Result struct {
	Claim       Claim
	Verdict     Verdict
	Measurement Measurement
	Alpha       float64 // the share of the false-alarm budget spent
	// Problem is empty when the outcome is the expected one, and otherwise one
	// sentence that says what changed.
	Problem string
	// TooFewRuns is set when chance left the verdict open. In the short profile
	// that alone is no problem; in the others it is one, but no changed verdict.
	TooFewRuns bool
}

// Options steer a run. The zero value runs the short profile with seed 0.
type Options struct {
	Profile Profile
	Seed    uint64
	Workers int
	Parts   Parts // what is judged; the zero value stands for [TrueParts]
	// Program tells the code that judges from any other, for [Verdicts.Program].
	Program string
	// Done holds results of an earlier, interrupted run by claim ID; these
	// claims are not measured again.
	Done map[string]Result
	// Started and Finished are told of every claim, in the order of the ledger.
	// Step is told of progress within a claim. Each may be nil.
	Started  func(Claim)
	Step     func(Claim, float64)
	Finished func(Result)
}

// A Runner judges claims that share their experiments.
type Runner struct {
	opt    Options
	shared *sharedResults
	shares float64 // of the whole ledger
	at     float64 // alpha of every statistical claim, 0 for its own share
}

// testShare is the share of the false-alarm budget set aside for the
// statistical tests of this package that judge no claim.
const testShare = 1

// levelsShare is the share of the comparisons between the levels of the theory
// and simulations at parameters drawn at random.
const levelsShare = 1

// NewRunner returns a runner whose experiments have not been run yet.
func NewRunner(opt Options) *Runner {
	if opt.Parts.Run == nil {
		opt.Parts = TrueParts()
	}
	r := &Runner{opt: opt, shared: &sharedResults{values: map[string]*sharedResult{}}, shares: testShare + levelsShare}
	for _, c := range Ledger() {
		r.shares += c.Share
	}
	return r
}

// Judge measures one claim and concludes, or takes the measurement of an
// earlier run from [Options.Done].
func (r *Runner) Judge(ctx context.Context, claim Claim) (Result, error) {
	alpha := r.alpha(claim)
	if done, ok := r.opt.Done[claim.ID]; ok {
		return conclude(claim, done.Measurement, r.opt.Profile, alpha), nil
	}
	env := &Env{Profile: r.opt.Profile, Seed: r.opt.Seed, Workers: r.opt.Workers, Alpha: alpha, Parts: r.opt.Parts, shared: r.shared}
	if r.opt.Step != nil {
		env.Step = func(fraction float64) { r.opt.Step(claim, fraction) }
	}
	m, err := claim.Measure(ctx, env)
	if err != nil {
		return Result{}, fmt.Errorf("claim %s: %w", claim.ID, err)
	}
	return conclude(claim, m, r.opt.Profile, alpha), nil
}

// alpha is the claim's part of the false-alarm budget. The divisor is the whole
// ledger's, so that a claim gets the same alpha, and the same verdict, alone or
// together with others.
func (r *Runner) alpha(c Claim) float64 {
	if c.Share == 0 {
		return 0
	}
	if r.at > 0 {
		return r.at
	}
	return FalseAlarmBudget * c.Share / math.Max(r.shares, c.Share)
}

// Run judges the claims one after the other and returns their results, in
// order. When ctx ends, or a claim cannot be measured at all, it returns the
// results so far and the error.
func Run(ctx context.Context, claims []Claim, opt Options) ([]Result, error) {
	runner := NewRunner(opt)
	var results []Result
	for _, claim := range claims {
		if opt.Started != nil {
			opt.Started(claim)
		}
		result, err := runner.Judge(ctx, claim)
		if err != nil {
			return results, err
		}
		results = append(results, result)
		if opt.Finished != nil {
			opt.Finished(result)
		}
	}
	return results, nil
}

// conclude derives the verdict and compares it with what is expected.
//
// With too few runs an interval becomes wide, never wrong: the short profile
// accepts "undecided" in place of the expected verdict, but never the opposite
// one.
func conclude(c Claim, m Measurement, p Profile, alpha float64) Result {
	m.Effect.Alpha = alpha
	r := Result{Claim: c, Measurement: m, Alpha: alpha, Verdict: m.Effect.Judge(c.Band)}
	e := m.Effect
	noNumber := math.IsNaN(e.Low) || math.IsNaN(e.High) // no number of runs makes it one
	moved := c.Pinned != Band{} && e.Judge(c.Pinned) == Disagrees
	r.TooFewRuns = r.Verdict == Undecided && c.Expected != Undecided && c.Share > 0 && !moved && !noNumber
	switch {
	case noNumber:
		r.Problem = fmt.Sprintf("no interval: %s = %.5g in [%.5g, %.5g]", e.Name, e.Value, e.Low, e.High)
	case r.Verdict != c.Expected && !(r.Verdict == Undecided && c.Share > 0 && p.Name == Short.Name):
		r.Problem = fmt.Sprintf("verdict is %v, expected %v: %s = %.5g in [%.5g, %.5g], band %v",
			r.Verdict, c.Expected, e.Name, e.Value, e.Low, e.High, c.Band)
	case moved:
		r.Problem = fmt.Sprintf("effect has moved: %s = %.5g in [%.5g, %.5g], pinned to %v",
			e.Name, e.Value, e.Low, e.High, c.Pinned)
	}
	return r
}
