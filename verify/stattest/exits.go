package stattest

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"sgdescape/model"
)

// Exits summarises runs that were watched until they left or until their
// horizon: the number of runs that left and the time for which all runs
// together, censored ones included, were watched. It is the sufficient
// statistic of a constant rate, and exits of disjoint batches add up.
type Exits struct {
	Events   int     // runs that left
	Exposure float64 // total time watched, summed over finished and censored runs
}

// Tally sums up runs: times[i] is the exit time of run i or, where censored[i],
// the time until which it was watched without leaving. A nil censored means
// that every run left.
func Tally(times []float64, censored []bool) (Exits, error) {
	if err := checkTimes(times, censored); err != nil {
		return Exits{}, err
	}
	var x Exits
	for i, t := range times {
		x.Exposure += t
		if censored == nil || !censored[i] {
			x.Events++
		}
	}
	return x, nil
}

func checkTimes(times []float64, censored []bool) error {
	if censored != nil && len(censored) != len(times) {
		panic(fmt.Sprintf("stattest: %d times but %d censoring marks", len(times), len(censored)))
	}
	d := model.CheckDomain("exit times").AtLeast(1, "number of runs", len(times))
	total := 0.0
	for i, t := range times {
		d.NonNegative(fmt.Sprintf("exit time of run %d", i), t)
		total += t
	}
	if d.Err() == nil {
		d.Positive("total exposure", total)
	}
	return d.Err()
}

// Plus returns the exits of both.
func (x Exits) Plus(y Exits) Exits {
	return Exits{Events: x.Events + y.Events, Exposure: x.Exposure + y.Exposure}
}

// Rate returns the maximum-likelihood estimate of a constant rate under right
// censoring,
//
//	kappa = events/exposure
func (x Exits) Rate() float64 {
	x.must()
	return float64(x.Events) / x.Exposure
}

// MeanTime returns exposure/events, the inverse of Rate; +Inf without events.
func (x Exits) MeanTime() float64 {
	x.must()
	return x.Exposure / float64(x.Events)
}

// RateInterval returns the two-sided interval of level 1 - alpha for a constant
// rate, with r events in exposure A,
//
//	kappa_low  = chi2_{2r}(alpha/2)   / (2A)            (Garwood1936)
//	kappa_high = chi2_{2r+2}(1-alpha/2) / (2A)
//
// where chi2_k(p) is the p-quantile. It is exact (never below its level) when
// the exposure is fixed beforehand, when watching stops at the r-th exit
// (Epstein1953 has 2r in both places, an interval inside this one), and when
// every run is followed to its exit. For runs that all stop at a common horizon
// it is approximate; its coverage there is tested to be no less than stated.
// Without events kappa_low = 0 and kappa_high = log(2/alpha)/A.
func (x Exits) RateInterval(alpha float64) Interval {
	x.must()
	mustAlpha(alpha)
	r := float64(x.Events)
	i := Interval{
		Estimate: r / x.Exposure,
		High:     mathext.GammaIncRegCompInv(r+1, alpha/2) / x.Exposure,
		Level:    1 - alpha,
	}
	if x.Events > 0 {
		i.Low = gammaQuantileLow(r, alpha/2) / x.Exposure
	}
	return i
}

// gammaQuantileLow returns x with P(r, x) = p for an integer r >= 1 and small p, by
// bisection in log x where mathext.GammaIncRegInv does not converge: p = 1e-20 is
// NaN for r = 3 there. The lower bound is that of P(r, x) <= x^r/r!.
func gammaQuantileLow(r, p float64) float64 {
	if p >= 1e-12 {
		return mathext.GammaIncRegInv(r, p)
	}
	logFactorial, _ := math.Lgamma(r + 1)
	low, high := (math.Log(p)+logFactorial)/r, math.Log(r)
	for range 60 {
		if mid := (low + high) / 2; mathext.GammaIncReg(r, math.Exp(mid)) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Exp(low)
}

// MeanTimeInterval returns the interval of 1/kappa; without events its high
// end and its estimate are +Inf and only the low end is informative.
func (x Exits) MeanTimeInterval(alpha float64) Interval {
	i := x.RateInterval(alpha).Inverse()
	i.Estimate = x.MeanTime()
	return i
}

func (x Exits) must() {
	if !(x.Events >= 0 && x.Exposure > 0 && !math.IsInf(x.Exposure, 1)) {
		panic(fmt.Sprintf("stattest: exits are %d events in exposure %v, want events >= 0 and a finite exposure > 0", x.Events, x.Exposure))
	}
}
