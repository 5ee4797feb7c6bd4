package verify

import (
	"context"
	"fmt"
	"math"

	"sgdescape/model"
	"sgdescape/sim/sde"
	"sgdescape/verify/stattest"
)

// A RateLaw is anything that claims an escape rate: the laws of packages rate
// and rival, a [Rate], or one of your own.
type RateLaw interface {
	// LogEscapeRate returns log kappa, with kappa per unit of t = eta k. A simulated
	// rate is exits over the time watched, 1/MFPT from the minimum; the decay of the
	// survival function is larger where runs need a part of that time before the first
	// can leave, as through a low threshold in many dimensions.
	LogEscapeRate() float64
}

// Rate is a law by its value: kappa = 1/MFPT per unit of t.
type Rate float64

// Validate returns an error wrapping [model.ErrDomain] unless kappa > 0.
func (r Rate) Validate() error {
	return model.CheckDomain("law").Positive("predicted rate kappa", float64(r)).Err()
}

// LogEscapeRate returns log kappa.
func (r Rate) LogEscapeRate() float64 { return math.Log(float64(r)) }

// A Trial sets how much a verdict may cost and how sure it has to be. The zero
// value is what [Escape] uses.
type Trial struct {
	// Alpha is the probability that the verdict is wrong although the simulation
	// is right; 0 stands for 1e-8. Draw it from a [stattest.Budget] where many
	// verdicts share one.
	Alpha float64
	Seed  uint64 // the runs are a function of it
	// Steps is the budget of simulation steps; 0 stands for 2e8. A judgement that
	// is decided early uses less. On two cores the whole of it takes about a second
	// with landscape and noise of the catalogue in one dimension, which have loops
	// of their own (4 ns a step); 20 s with a loss given as a function, in one
	// dimension (80 ns); and 1 to 4 minutes in 2 to 10 dimensions (0.2 to 1.2 us),
	// the more so for gradients by differences. See [Setup.Dt] for the other half
	// of the cost.
	Steps    float64
	Replicas int // runs of one batch, between two looks; 0 stands for 1024
	Workers  int // 0 stands for GOMAXPROCS; never changes a result
}

// The defaults of a [Trial].
const (
	trialAlpha    = 1e-8
	trialSteps    = 2e8
	trialReplicas = 1024
)

// trialHorizon is how long a run is watched, in mean escape times of the law:
// of exponential times exp(-10) is beyond.
const trialHorizon = 10

// trialTransient is the least horizon, in relaxation times or, if it is sooner
// reached, times to a threshold near the minimum: until the first few have passed
// hardly any run can leave, and a short watch would blame the law.
const trialTransient = 100

// trialSettling is how many of these times of a watch at most are lost for
// escapes while the population settles.
const trialSettling = 3

// A Judgement is the verdict on a law.
type Judgement struct {
	Verdict Verdict
	Effect  Effect // simulated / predicted rate - 1, with its always-valid interval
	Band    Band
	Exits   stattest.Exits
	Batches int
	Steps   int64 // simulated
	// Detectable is the smallest relative error of a law, up or down, that so
	// many exits show to lie outside the band with probability
	// [stattest.DetectionPower].
	Detectable float64
	// Hints are, if the law disagrees, that it is about another exit by its type,
	// or the slips whose factor simulated/predicted lies in the interval. Of several, this judgement cannot tell which it is.
	Hints []string
	// MissingExits is about how many exits more decide an undecided judgement,
	// and EnoughSteps the [Trial.Steps] for them, if the ratio stays where it is,
	// or is 1 while no run has left; MaxInt and +Inf when it lies on an edge of the
	// band. Both are 0 when the verdict is another. Where the budget cut runs short
	// EnoughSteps is at least what watches them to the end.
	MissingExits int
	EnoughSteps  float64
	CutShort     bool // EnoughSteps is what watches runs to the end

	// Conditions tell of a step too long for a diffusion ([sde.LongStep]), and of
	// runs that do not leave at one rate ([UnevenRate]).
	Conditions []model.Condition

	// Exact is, if the law disagrees and [Setup.Exact] has a law, that law's rate
	// over the predicted one; 0 otherwise.
	Exact float64
}

// Escape judges a law by simulated escapes and fails the test unless the
// simulated rate is within the band around it:
//
//	verify.Escape(t, setup, law, verify.Within(0.05))
//
// Runs are added in batches until the interval of simulated/predicted - 1 lies
// inside the band or outside it, or the budget of steps is spent. The interval
// is always valid, so stopping when it is decided costs nothing
// ([stattest.RateSequence]); that supposes one rate, and where exit times scatter more
// it is made as much wider ([Scatter]). The seed is fixed: the same test has the same
// verdict on every machine. It logs the number of exits, alpha, the interval,
// and the smallest effect it would have found.
//
// A step of one's own that is too long for the diffusion ([sde.LongStep]) fails the
// test, whatever the verdict; a [Setup.Process] of one's own does not.
//
// # What a red result means
//
// "disagrees" says: with probability 1 - alpha the rate of this simulation is
// outside the band. It does not say who is wrong. In the order in which to look:
//
//  1. The law is not about this setup. Its learning rate, noise, clock or exit
//     is another one. A ratio simulated/predicted near 1/2 is a law for reaching
//     the saddle where passing it is simulated; one near 1/eta is a law per
//     step, kappa eta; one near L* is a law per unit of the internal time tau,
//     kappa/L*. The judgement lists the slips whose factor its interval contains.
//  2. The law is asymptotic. Eqs. 16 and 17 hold as T = eta h*/B -> 0 with an
//     error of order T, and a power law through a loss threshold has its
//     prefactor at large c only. If n = 1, compare with [Setup.Exact]: if the
//     simulation agrees with that, the simulation is right and the law is used
//     too far out.
//  3. The simulation is not about the law. Halve [Setup.Dt]: the verdict must
//     not move. A simulator of your own belongs through package simtest first.
//
// "undecided" says: the budget is spent and the interval still straddles an
// edge of the band. The message tells about how many exits are missing, and the
// [Trial.Steps] for them. That or a wider band decides; another seed does not.
func Escape(t stattest.TB, s Setup, law RateLaw, band Band) Judgement {
	t.Helper()
	return Trial{}.Escape(t, s, law, band)
}

// Escape is the function [Escape] with other settings.
func (c Trial) Escape(t stattest.TB, s Setup, law RateLaw, band Band) Judgement {
	t.Helper()
	j, err := c.Judge(context.Background(), s, law, band)
	if err != nil {
		t.Errorf("no verdict: %v", err)
		return j
	}
	t.Logf("%v", j)
	switch j.Verdict {
	case Agrees:
		if long := j.longStep(); long != "" && absent(s.Process) {
			t.Errorf("no verdict: the law agrees with these runs, but they are not of the setup: %s; state a shorter Setup.Dt, or the chain of these steps as Setup.Process", long)
		}
	case Disagrees:
		t.Errorf("the law disagrees with the simulation: %s", j.explain())
	case Undecided:
		t.Errorf("the law is neither confirmed nor refuted: %s", j.explain())
	}
	return j
}

// Judge returns the verdict on a law. An error means that nothing could be
// simulated; it wraps model.ErrDomain where a field is to blame, be it one of the
// law, if that has a method Validate() error.
func (c Trial) Judge(ctx context.Context, s Setup, law RateLaw, band Band) (Judgement, error) {
	c = c.orDefault()
	ensemble, err := s.ensemble()
	if err != nil {
		return Judgement{}, err
	}
	if err := model.CheckDomain("trial").That(!absent(law), "law", "nil", "a law"+constructorError).Err(); err != nil {
		return Judgement{}, err
	}
	if v, ok := law.(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return Judgement{}, err
		}
	}
	kappa := math.Exp(law.LogEscapeRate())
	if err := checkTrial(c, kappa, band); err != nil {
		return Judgement{}, err
	}
	stepInT := ensemble.Process.StepLength() * s.timePerStep()
	watch, err := c.plan(stepInT, kappa, s.settling())
	if err != nil {
		return Judgement{}, err
	}
	var scatter Scatter
	effect := func(i stattest.Interval, allowance float64) Effect {
		i = scatter.Widen(i)
		return Effect{Name: "simulated / predicted rate - 1", Value: i.Estimate/kappa - 1, Low: i.Low/kappa - 1, High: i.High*allowance/kappa - 1}
	}
	ensemble.Horizon, ensemble.Replicas = watch.horizon, c.Replicas
	ensemble.Seed, ensemble.Workers = c.Seed, c.Workers
	if err := checkConcurrent(ctx, ensemble, stepInT); err != nil {
		return Judgement{}, err
	}
	j := Judgement{Band: band}
	if p, ok := ensemble.Process.(*sde.Process); ok {
		j.Conditions = s.stepConditions(p)
	}
	sequence := stattest.SequentialRate{
		Sequence: stattest.RateSequence{Alpha: c.Alpha, Guess: kappa},
		Stop: func(i stattest.Interval) bool {
			return effect(i, watch.allowance).Judge(band) != Undecided || float64(j.Steps) >= c.Steps
		},
		Batches: math.MaxInt32, // the budget of steps ends the trial
	}
	r, err := sequence.Run(func(i int) (stattest.Exits, error) {
		e := ensemble
		e.FirstReplica = uint64(i) * uint64(c.Replicas)
		runs, err := e.Run(ctx)
		if err != nil {
			return stattest.Exits{}, err
		}
		if runs.Diverged > 0 {
			return stattest.Exits{}, Diverged(runs, e)
		}
		j.Steps += runs.Steps
		scatter.Add(runs)
		return Exits(runs), nil
	})
	if err != nil {
		return j, err
	}
	j.Exits, j.Batches = r.Exits, r.Batches
	j.Effect = effect(r.Interval, watch.allowance)
	j.Effect.Alpha, j.Effect.N = c.Alpha, r.Exits.Events
	j.Verdict = j.Effect.Judge(band)
	j.Detectable = detectable(scatter.Widen(r.Interval), r.Exits.Events, band)
	j.Conditions = append(j.Conditions, scatter.Conditions()...)
	switch j.Verdict {
	case Disagrees:
		j.Hints = hints(j.Effect, s, law)
		if exact, err := s.Exact(); err == nil {
			j.Exact = math.Exp(exact.LogEscapeRate()) / kappa
		}
	case Undecided:
		j.foresee(kappa, watch.wholeSteps, func(x stattest.Exits) bool {
			return effect(sequence.Sequence.Interval(x), 1).Judge(band) != Undecided
		})
	}
	return j, nil
}

// detectable is the farther edge of the band, plus the half width of the
// interval, plus what the estimate may stray (Poisson).
func detectable(i stattest.Interval, events int, band Band) float64 {
	if events == 0 {
		return math.Inf(1)
	}
	const deviate = 3.0902 // of DetectionPower
	edge := math.Max(math.Abs(finiteOrZero(band.Low)), math.Abs(finiteOrZero(band.High)))
	return edge + i.RelativeHalfWidth() + deviate/math.Sqrt(float64(events))
}

func finiteOrZero(x float64) float64 {
	if math.IsInf(x, 0) {
		return 0
	}
	return x
}

// longStep returns what is said of a step that is too long, if it is.
func (j Judgement) longStep() string {
	for _, c := range j.Conditions {
		if c.Name == sde.LongStep {
			return c.Detail
		}
	}
	return ""
}

// String prints the verdict with all its numbers.
func (j Judgement) String() string {
	e := j.Effect
	s := fmt.Sprintf("%v: %s = %.4g [%.4g, %.4g], band %v, %d exits in t = %.4g, %d batches, alpha %.2g, an effect of %.2g would be found outside the band with probability 0.999",
		j.Verdict, e.Name, e.Value, e.Low, e.High, j.Band, j.Exits.Events, j.Exits.Exposure, j.Batches, e.Alpha, j.Detectable)
	for _, c := range j.Conditions {
		s += fmt.Sprintf("; condition %s: %s", c.Name, c.Detail)
	}
	return s
}
