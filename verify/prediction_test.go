package verify

import (
	"fmt"
	"math"

	"sgdescape/model"
	"sgdescape/sim/escape"
	"sgdescape/theory/discrete"
	"sgdescape/theory/firstpassage"
	"sgdescape/verify/stattest"
)

// A prediction is all that a level of the theory says about the exit time T of
// one problem, for runs to be held against.
type prediction struct {
	mean, second float64                 // E[T], E[T²]
	rate         float64                 // at which the quasi-stationary population falls, S ~ exp(-rate t)
	hazard       float64                 // its exits over the time watched: the rate, or 1 - lambda_1 over the step of a chain
	step         float64                 // of a chain; 0 for a diffusion
	survival     func(t float64) float64 // P(T > t); nil if not known
	settled      float64                 // where survival is nil: by then the rate is constant to settledError
	// Mean and mean square of the time still to come of a run that has survived
	// long: 1/rate and 2/rate², or those of a geometric number of steps.
	rest, restSquare float64
	numerical        float64 // relative error of the numbers above
	// margin is the relative error in T that the step of the simulation makes; 0
	// for a chain that is simulated as it is solved.
	margin float64
}

// settledError bounds what is left of the transient where it is not computed.
const settledError = 2e-3

// stepMargin is the largest relative error of a mean exit time that Euler's step
// makes when crossings are corrected. Near the minimum the step inflates the
// stationary variance by 1/(1 - h dt/2) (closed form of the autoregression
// x' = (1 - h dt) x + noise), as a temperature higher by h dt/2 would. With a
// barrier Phi in units of the temperature, T ~ exp(Phi) falls by Phi h dt/2;
// the time of a crossing, known to a step, adds dt. Twice that is allowed, for
// the curvature is not h everywhere. TestProp_StepMargin holds it against the
// exactly solved scheme.
func stepMargin(h, dt, barrier float64) float64 { return h * dt * (1 + barrier) }

// ofExit is the prediction of a diffusion in one coordinate.
func ofExit(e *firstpassage.Exit, margin float64) (prediction, error) {
	s, err := e.Spectrum()
	if err != nil {
		return prediction{}, err
	}
	rate := s.Eigenvalue()
	return prediction{
		mean: e.MeanTime(), second: math.Exp(e.LogMoment(2)), rate: rate, hazard: rate, survival: s.Survival,
		rest: 1 / rate, restSquare: 2 / (rate * rate),
		numerical: e.RelativeError() + 10*s.SurvivalError(), margin: margin,
	}, nil
}

// ofPassage is the prediction of a chain of steps dt.
func ofPassage(p *discrete.Passage, dt float64) prediction {
	gap := p.DecayPerStep()
	unit := dt / (p.MeanFirstPassageTime().Value / p.MeanSteps().Value) // the passage may count in another clock
	second := p.SecondMoment()
	return prediction{
		mean: dt * p.MeanSteps().Value, second: unit * unit * second.Value,
		rate: -math.Log1p(-gap.Value) / dt, hazard: gap.Value / dt, step: dt,
		survival: func(t float64) float64 { return p.Survival(model.Steps(t/dt + 1e-9)) },
		rest:     dt / gap.Value, restSquare: dt * dt * (2 - gap.Value) / (gap.Value * gap.Value),
		numerical: gap.Error/gap.Value + p.MeanSteps().Error/p.MeanSteps().Value + second.Error/second.Value,
	}
}

// runs are simulated exit times. Those that had not left by the horizon are
// censored there.
type runs struct {
	times    []float64
	censored []bool
	horizon  float64
}

// runsOf reads the times of outcomes in a clock and censors them at a horizon of
// that clock.
func runsOf(r *escape.Result, horizon float64, clock func(escape.Outcome) float64) runs {
	out := runs{horizon: horizon}
	for _, o := range r.Outcomes {
		t := clock(o)
		out.times = append(out.times, math.Min(t, horizon))
		out.censored = append(out.censored, o.Censored || t > horizon)
	}
	return out
}

// A judged is one number of the theory held against the runs.
type judged struct {
	what string
	stattest.Comparison
}

func (j judged) String() string { return fmt.Sprintf("%s: %v", j.what, j.Comparison) }

// survivalTimes are the times, in units of the mean, at which the survival
// function is compared.
var survivalTimes = []float64{0.3, 1, 2}

// assertions is the number of comparisons that judge makes, at most.
var assertions = len(survivalTimes) + 3

// judge compares the runs with the prediction. Each comparison disagrees, if the
// prediction is right and the margin covers the step, with probability alpha at
// most. Censored runs enter the rate by their likelihood (events over exposure);
// the moments are those of min(T, horizon), of which the theory knows
//
//	E[min(T, H)]  = E[T] - S(H) rest
//	E[min(T, H)²] = E[T²] - S(H) (2 H rest + rest²)
//
// because the time still to come of a run that has survived long is exponential,
// or geometric.
func (p prediction) judge(r runs, alpha float64) []judged {
	var out []judged
	add := func(what string, measured stattest.Interval, want, numerical, margin float64) {
		target := stattest.Interval{Estimate: want, Low: want - numerical, High: want + numerical, Level: 1}
		out = append(out, judged{what, stattest.EquivalenceOfDifference(measured, target, margin)})
	}
	n := len(r.times)
	alive := func(t float64) int {
		count := 0
		for _, x := range r.times {
			if x > t {
				count++
			}
		}
		return count
	}
	// d S/d log T is t/T exp(-t/T) for a constant rate, at most 1/e.
	slack := 0.5 * p.margin
	left := 0.0 // S(H)
	if p.survival != nil {
		for _, share := range survivalTimes {
			t := share * p.mean
			add(fmt.Sprintf("survival at %g T", share), stattest.ProportionTest{Alpha: alpha}.Interval(alive(t), n), p.survival(t), p.numerical, slack)
		}
		left = p.survival(r.horizon)
	}
	squares, end := make([]float64, n), r.horizon
	for i, x := range r.times {
		squares[i] = x * x
	}
	mean := p.mean - left*p.rest
	square := p.second - left*(2*end*p.rest+p.restSquare)
	if p.survival != nil {
		add("mean", stattest.MeanTest{Alpha: alpha, Low: 0, High: end}.Interval(r.times), mean, p.numerical*mean, p.margin*p.mean)
		add("second moment", stattest.MeanTest{Alpha: alpha, Low: 0, High: end * end}.Interval(squares), square, p.numerical*square,
			2*p.margin*(1+p.margin)*p.second)
	} else { // no run is censored
		add("mean", stattest.MeanTest{Alpha: alpha}.Interval(r.times), mean, p.numerical*mean, p.margin*p.mean)
	}
	from := math.Max(p.mean, p.settled)
	if p.step > 0 {
		from = p.step * math.Round(from/p.step)
	}
	var late stattest.Exits
	for i, x := range r.times {
		if x > from {
			late.Exposure += x - from
			if !r.censored[i] {
				late.Events++
			}
		}
	}
	if late.Events > 0 {
		add("hazard after the transient", late.RateInterval(alpha), p.hazard, (p.numerical+p.transient(from, end))*p.hazard, p.margin*p.hazard)
	}
	return out
}

// transient bounds the relative deviation from the rate of the mean hazard
// between two times. With S = A exp(-rate t) (1 + e(t)) and e falling to 0, the
// deviation is at most e(from) over the share of the runs that leaves in between.
func (p prediction) transient(from, to float64) float64 {
	if p.survival == nil {
		return settledError
	}
	e := p.survival(from)/p.survival(to)*math.Exp(-p.rate*(to-from)) - 1
	return math.Abs(e) / -math.Expm1(-p.rate*(to-from))
}

// disagreements returns the comparisons that disagree.
func disagreements(all []judged) []judged {
	var out []judged
	for _, j := range all {
		if j.Outcome == stattest.Disagrees {
			out = append(out, j)
		}
	}
	return out
}
