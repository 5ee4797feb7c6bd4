package stattest

import (
	"fmt"
	"math"

	"sgdescape/model"
)

// A MeanTimePlan estimates a mean exit time from runs of which some were
// censored, by a constant rate after a transient if the data allow it, and
// without supposing any law if they do not.
type MeanTimePlan struct {
	Transient float64 // t0 >= 0; no run may be censored earlier
	Alpha     float64 // of the interval
	// CheckAlpha is the alpha of the [ExponentialTest] that decides; 0 means
	// 0.001. A false alarm here makes the interval one of the restricted mean
	// but never a wrong one; a departure that it overlooks is smaller than the
	// Detectable of its finding.
	CheckAlpha float64
}

// Estimate follows the runs in two parts,
//
//	E[T] = E[min(T, t0)] + P(T > t0)/kappa
//
// with kappa the constant rate after t0. The three unknowns get alpha/3 each:
// the bounded mean of [MeanTest], the interval of [ProportionTest], and
// [Exits.RateInterval] of the runs that survived t0, with their clocks started
// there. With t0 = 0 only kappa is left and gets all of alpha.
//
// The finding is that of the [ExponentialTest]. If it rejects, or too few runs
// left after t0 to tell, the estimate is that of [MeanTimeFromTimes].
func (p MeanTimePlan) Estimate(times []float64, censored []bool) (MeanTimeEstimate, Finding, error) {
	mustAlpha(p.Alpha)
	if err := checkTimes(times, censored); err != nil {
		return MeanTimeEstimate{}, Finding{}, err
	}
	d := model.CheckDomain("mean exit time").NonNegative("transient t0", p.Transient)
	var after Exits
	early := make([]float64, len(times)) // min(T, t0)
	survived := 0
	for i, t := range times {
		isCensored := censored != nil && censored[i]
		d.That(!isCensored || t >= p.Transient, fmt.Sprintf("run %d, censored at", i), t, fmt.Sprintf("at least the transient %v", p.Transient))
		early[i] = math.Min(t, p.Transient)
		if t > p.Transient || isCensored {
			survived++
			after.Exposure += t - p.Transient
			if !isCensored {
				after.Events++
			}
		}
	}
	if err := d.Err(); err != nil {
		return MeanTimeEstimate{}, Finding{}, err
	}
	check := ExponentialTest{Transient: p.Transient, Alpha: p.CheckAlpha}
	if check.Alpha == 0 {
		check.Alpha = 0.001
	}
	if after.Events < 2 {
		e, err := MeanTimeFromTimes(times, censored, p.Alpha)
		return e, Finding{Alpha: check.Alpha, Critical: math.Inf(1), Detectable: math.Inf(1)}, err
	}
	f, err := check.Assert(times, censored)
	if err != nil {
		return MeanTimeEstimate{}, Finding{}, err
	}
	if f.Rejected {
		e, err := MeanTimeFromTimes(times, censored, p.Alpha)
		return e, f, err
	}
	e := MeanTimeEstimate{ConstantRate: true, Horizon: math.Inf(1)}
	if p.Transient == 0 {
		e.Interval = after.MeanTimeInterval(p.Alpha)
		return e, f, nil
	}
	first := MeanTest{Alpha: p.Alpha / 3, Low: 0, High: p.Transient}.Interval(early)
	alive := ProportionTest{Alpha: p.Alpha / 3}.Interval(survived, len(times))
	rest := after.MeanTimeInterval(p.Alpha / 3)
	e.Interval = Interval{
		Estimate: first.Estimate + alive.Estimate*rest.Estimate,
		Low:      first.Low + alive.Low*rest.Low,
		High:     first.High + alive.High*rest.High,
		Level:    1 - p.Alpha,
	}
	return e, f, nil
}
