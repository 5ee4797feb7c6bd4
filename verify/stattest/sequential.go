package stattest

import (
	"fmt"
	"math"

	"sgdescape/model"
)

// A RateSequence is an always-valid interval of a constant rate: it may be
// looked at after any run, and watching may stop for any reason, its own width
// included, and it still holds the rate at its level.
//
// With N exits in exposure A and a Gamma prior of shape a and mean Guess on the
// alternative rate, the likelihood ratio mixed over the prior,
//
//	M(kappa) = (b/(b+A))^a (b+A)^-N Gamma(a+N)/Gamma(a) kappa^-N exp(kappa A),
//	b = a/Guess
//
// is a non-negative martingale of mean 1 when kappa is the rate, whatever rule
// starts, censors or ends the runs, as long as the rule does not look ahead.
// By Ville's inequality it ever reaches 1/alpha with probability at most alpha,
// so the interval is {kappa : M(kappa) < 1/alpha} (Howard2021, section 4.1, for
// the method). It is exact for runs that stop at a common horizon, too, where
// [Exits.RateInterval] is approximate. The price at alpha = 1e-8 and 1000
// events is a half-width about one seventh larger.
type RateSequence struct {
	Alpha float64
	// Guess is the rate believed before the first run, > 0. Any value leaves the
	// interval valid; a wrong one makes it wider, by the logarithm of the error.
	Guess float64
	// Weight is a, how many events the guess is worth; 0 means 1.
	Weight float64
}

// Check returns an error wrapping model.ErrDomain that names every field
// outside its domain.
func (s RateSequence) Check() error {
	return model.CheckDomain("rate sequence").
		That(s.Alpha > 0 && s.Alpha < 1, "alpha", s.Alpha, "a number in (0, 1)").
		Positive("guessed rate kappa", s.Guess).
		NonNegative("weight of the guess", s.Weight).Err()
}

// Interval returns the always-valid interval after the given exits, which are
// those of all runs so far. It panics where Check returns an error.
func (s RateSequence) Interval(x Exits) Interval {
	x.must()
	if err := s.Check(); err != nil {
		panic("stattest: " + err.Error())
	}
	n := float64(x.Events)
	// In units of 1/exposure the estimate is n, however large or small the rate is.
	// log M is convex in log kappa with its minimum there.
	constant := s.logEvidence(n, x.Exposure) + math.Log(s.Alpha)
	excess := func(kappa float64) float64 { // log(alpha M)
		m := constant + kappa
		if n > 0 {
			m -= n * math.Log(kappa)
		}
		return m
	}
	i := Interval{Estimate: x.Rate(), Level: 1 - s.Alpha}
	in, out := n, math.Max(n, 1)
	for !(excess(out) >= 0) {
		in, out = out, 2*out
	}
	i.High = root(in, out, excess) / x.Exposure
	if x.Events > 0 {
		in, out = n, n
		for !(excess(out) >= 0) {
			in, out = out, out/2
		}
		i.Low = root(in, out, excess) / x.Exposure
	}
	return i
}

// logEvidence returns log M without its two terms in kappa, which is in units of
// 1/exposure.
func (s RateSequence) logEvidence(n, exposure float64) float64 {
	a := s.Weight
	if a == 0 {
		a = 1
	}
	logB := math.Log(a) - math.Log(s.Guess) - math.Log(exposure) // of b/A
	up, _ := math.Lgamma(a + n)
	down, _ := math.Lgamma(a)
	return up - down - a*log1pExp(-logB) - n*log1pExp(logB)
}

// log1pExp returns log(1 + exp(x)).
func log1pExp(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// Needed returns the number of events, at the guessed rate, from which the
// relative half-width is at most the given one.
func (s RateSequence) Needed(relativeHalfWidth float64) int {
	return needed(relativeHalfWidth, func(n int) float64 {
		return s.Interval(Exits{Events: n, Exposure: float64(n) / s.Guess}).RelativeHalfWidth()
	})
}

// A Stop says whether an interval is good enough to stop. Any rule is allowed.
type Stop func(Interval) bool

// Narrow stops when the relative half-width is at most r.
func Narrow(r float64) Stop {
	return func(i Interval) bool { return i.RelativeHalfWidth() <= r }
}

// Decided stops when [Equivalence] with the target within delta is decided
// either way.
func Decided(target Interval, delta float64) Stop {
	return func(i Interval) bool { return Equivalence(i, target, delta).Outcome != Undecided }
}

// A SequentialRate adds batches of runs until its interval is good enough or
// the batches are spent.
type SequentialRate struct {
	Sequence RateSequence
	Stop     Stop
	Batches  int // at most so many
}

// A SequentialResult is what a [SequentialRate] found.
type SequentialResult struct {
	Exits    Exits
	Interval Interval
	Batches  int  // run
	Stopped  bool // false: the batches were spent before Stop was satisfied
}

// Run calls batch with 0, 1, ... and adds up the exits. Batch i must consist of
// fresh runs, independent of all others, each carried to its exit or its
// horizon. An error of a batch ends the run and is returned.
func (d SequentialRate) Run(batch func(i int) (Exits, error)) (SequentialResult, error) {
	check := model.CheckDomain("sequential rate").Include(d.Sequence.Check()).
		AtLeast(1, "number of batches", d.Batches).
		That(d.Stop != nil, "stopping rule", "nil", "a function")
	if err := check.Err(); err != nil {
		return SequentialResult{}, err
	}
	var r SequentialResult
	for r.Batches < d.Batches && !r.Stopped {
		x, err := batch(r.Batches)
		sum := r.Exits.Plus(x)
		if err == nil {
			err = model.CheckDomain("exits").AtLeast(0, "number of events", x.Events).
				Positive("exposure", x.Exposure).Positive("exposure of all batches", sum.Exposure).Err()
		}
		if err != nil {
			return r, fmt.Errorf("batch %d: %w", r.Batches, err)
		}
		r.Exits = sum
		r.Batches++
		r.Interval = d.Sequence.Interval(r.Exits)
		r.Stopped = d.Stop(r.Interval)
	}
	return r, nil
}
