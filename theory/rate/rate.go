// Package rate holds the escape laws in closed form: the power laws of SGD
// (Mori2022, Eqs. 16, 17), the Eyring-Kramers rate in the internal time they
// come from (Mori2022, Eqs. 22, 23), and the law of an exit through a loss
// threshold.
//
// Every law is a struct with exported parameters and the method set of [Law].
// Build it as a literal and call Validate once; a method of a law that
// Validate refuses returns NaN or a meaningless number, but never panics.
//
// The noise enters through the temperature T = eta h*/B alone ([Temperature]).
// Rates are per unit of t = eta k unless a law says tau.
package rate

import (
	"sgdescape/model"
)

// A Law is an escape rate together with its logarithm, which is exact where
// the rate underflows. Source: see the Source method of each implementation.
type Law interface {
	// LogEscapeRate returns log kappa.
	LogEscapeRate() float64
	// EscapeRate returns kappa, 0 when it underflows (a condition says so).
	EscapeRate() float64
	// Conditions lists the assumptions that do not hold well.
	Conditions() []model.Condition
	// Source returns the citation of the law.
	Source() string
}

var (
	_ Law = OneOutlier{}
	_ Law = Outliers{}
	_ Law = Threshold{}
	_ Law = EyringKramers{}
	_ Law = InTime{}
)

// Temperature returns the effective temperature on U = log L along an outlier
// of curvature h*,
//
//	T = eta h*/B                                     (Mori2022, Eqs. 15, 20)
//
// With a finite data set 1/B is the factor of Eq. 8, which for sampling without
// replacement is (1/B)(N-B)/(N-1); it is 0 for the full batch.
func Temperature(p model.SGD, outlierCurvature float64) float64 {
	return p.LearningRate * outlierCurvature * p.CovarianceFactor()
}

// CriticalOutlierCount returns the number of outliers from which on the valley
// no longer binds,
//
//	n_c = 2 (B/(eta h*) + 1) = 2 (1/T + 1)                (Mori2022, Eq. 19)
func CriticalOutlierCount(temperature float64) float64 { return 2 * (1/temperature + 1) }

// Stable reports whether n < n_c (Mori2022, Eq. 19): exactly when L^-phi can be
// normalised in n dimensions. It is false for NaN.
func Stable(outlierCount int, temperature float64) bool {
	return float64(outlierCount) < CriticalOutlierCount(temperature)
}
