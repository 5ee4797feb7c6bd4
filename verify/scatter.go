package verify

import (
	"fmt"
	"math"

	"sgdescape/model"
	"sgdescape/sim/escape"
	"sgdescape/verify/stattest"
)

// UnevenRate names the condition of runs that do not leave at one rate.
const UnevenRate = "uneven-rate"

// A Scatter compares the scatter of exit times with that of runs that leave at
// one rate. With mean time M = A/N, N exits in the time watched A, and the sum over
// all runs, each left or censored at t_i,
//
//	V = sum (t_i - M [run i left])² / (N M²)
//
// is the variance of M over that at one rate, M²/N; without censoring it is the
// squared coefficient of variation. It is above 1 where many runs leave soon after the
// start and the rest seldom, as through a passage that opens at the start alone. The
// zero value has seen no run.
type Scatter struct {
	exits    stattest.Exits
	squares  float64 // sum of t_i²
	finished float64 // sum of t_i of the runs that left
}

// Add enters the runs of a result.
func (s *Scatter) Add(r *escape.Result) {
	s.exits = s.exits.Plus(Exits(r))
	for _, o := range r.Outcomes {
		t := float64(o.Time)
		s.squares += t * t
		if !o.Censored {
			s.finished += t
		}
	}
}

// Factor returns by which factor an interval for one rate is too narrow: the root
// of V, or 1 where V is less than three of its standard deviations above 1. At one rate
// V has 2/sqrt(N), or less with censoring.
func (s Scatter) Factor() float64 {
	n := float64(s.exits.Events)
	if n == 0 {
		return 1
	}
	mean := s.exits.MeanTime()
	v := (s.squares/mean-2*s.finished)/(n*mean) + 1
	if !(v > 1+6/math.Sqrt(n)) || math.IsInf(v, 1) {
		return 1
	}
	return math.Sqrt(v)
}

// Widen returns the interval of a rate or of a mean time, made for one rate, wider
// by the factor of the runs, on the scale of logarithms.
func (s Scatter) Widen(i stattest.Interval) stattest.Interval {
	f := s.Factor()
	if f == 1 {
		return i
	}
	i.Low, i.High = i.Estimate*math.Pow(i.Low/i.Estimate, f), i.Estimate*math.Pow(i.High/i.Estimate, f)
	return i
}

// Conditions tells of intervals that were widened.
func (s Scatter) Conditions() []model.Condition {
	f := s.Factor()
	if f == 1 {
		return nil
	}
	return []model.Condition{{Name: UnevenRate, Detail: fmt.Sprintf(
		"the exit times scatter %.3g times as much as those of runs that leave at one rate, more of them soon after the start than later: the interval is wider by that factor", f)}}
}
