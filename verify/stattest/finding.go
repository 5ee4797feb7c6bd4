package stattest

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// DetectionPower is the probability with which Detectable promises that an
// effect of that size is found.
const DetectionPower = 0.999

// A Finding is the result of one assertion against a point hypothesis.
type Finding struct {
	N          int     // sample size, or number of events
	Alpha      float64 // probability of rejecting a true hypothesis, at most
	Statistic  float64 // the hypothesis is rejected when Statistic > Critical
	Critical   float64
	Effect     float64 // the observed discrepancy, in the unit of Detectable
	Detectable float64 // smallest effect found with probability DetectionPower
	Rejected   bool
}

// Err returns nil unless the hypothesis was rejected.
func (f Finding) Err() error {
	if !f.Rejected {
		return nil
	}
	return fmt.Errorf("rejected at alpha %.3g: statistic %.5g exceeds %.5g, observed effect %.4g (n = %d, detectable %.4g)",
		f.Alpha, f.Statistic, f.Critical, f.Effect, f.N, f.Detectable)
}

// String prints the numbers of the finding.
func (f Finding) String() string {
	return fmt.Sprintf("n %d, alpha %.3g, statistic %.4g, critical %.4g, effect %.4g, detectable with probability %v: %.4g",
		f.N, f.Alpha, f.Statistic, f.Critical, f.Effect, DetectionPower, f.Detectable)
}

// Worst returns, of findings that divide alpha among them, the one nearest to
// rejection or furthest beyond it, as the finding of the whole. Of no findings it is
// one that can detect nothing.
func Worst(alpha float64, findings ...Finding) Finding {
	worst := Finding{Critical: 1, Detectable: math.Inf(1)}
	for i, f := range findings {
		if i == 0 || f.Rejected && !worst.Rejected || f.Rejected == worst.Rejected && f.Margin() > worst.Margin() {
			worst = f
		}
	}
	worst.Alpha = alpha
	return worst
}

// Margin returns Statistic/Critical: above 1 the hypothesis is rejected.
func (f Finding) Margin() float64 { return f.Statistic / f.Critical }

// finish sets Rejected. A NaN statistic is rejected: it is evidence of a bug,
// not of agreement.
func (f Finding) finish() Finding {
	f.Rejected = !(f.Statistic <= f.Critical)
	return f
}

// deviate turns a two-sided p-value into the deviate z >= 0 of a standard
// normal with the same p-value, so that exact tests of different kinds share
// one scale. Below p = 1e-300 it stays at z = 37.
func deviate(p float64) float64 {
	if p >= 1 {
		return 0
	}
	return -mathext.NormalQuantile(math.Max(p, 1e-300) / 2)
}

// twoSided doubles the smaller tail probability.
func twoSided(lower, upper float64) float64 { return math.Min(1, 2*math.Min(lower, upper)) }
