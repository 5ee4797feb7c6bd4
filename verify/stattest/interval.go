package stattest

import (
	"fmt"
	"math"
)

// An Interval is a confidence interval [Low, High] for a quantity, with its
// point estimate. Low may be -Inf and High +Inf when the data bound one side
// only.
type Interval struct {
	Estimate  float64
	Low, High float64
	Level     float64 // probability of covering the truth, 1 - alpha
}

// Exactly returns the interval that holds x alone, at level 1: a target
// without error.
func Exactly(x float64) Interval { return Interval{Estimate: x, Low: x, High: x, Level: 1} }

// Around returns [x(1-rtol), x(1+rtol)] at level 1: a target whose numerical
// error is bounded by the relative tolerance.
func Around(x, rtol float64) Interval {
	half := math.Abs(x) * rtol
	return Interval{Estimate: x, Low: x - half, High: x + half, Level: 1}
}

// Contains reports whether Low <= x <= High; never for NaN.
func (i Interval) Contains(x float64) bool { return i.Low <= x && x <= i.High }

// HalfWidth returns (High - Low)/2.
func (i Interval) HalfWidth() float64 { return (i.High - i.Low) / 2 }

// RelativeHalfWidth returns HalfWidth divided by the absolute estimate, and
// +Inf when there is no finite estimate other than zero.
func (i Interval) RelativeHalfWidth() float64 {
	if r := i.HalfWidth() / math.Abs(i.Estimate); i.Estimate != 0 && !math.IsInf(i.Estimate, 0) && !math.IsNaN(r) {
		return r
	}
	return math.Inf(1)
}

// Inverse returns the interval of 1/x for an interval of non-negative numbers;
// zero becomes +Inf and the reverse.
func (i Interval) Inverse() Interval {
	return Interval{Estimate: 1 / i.Estimate, Low: 1 / i.High, High: 1 / i.Low, Level: i.Level}
}

// Scale returns the interval of a*x.
func (i Interval) Scale(a float64) Interval {
	i.Estimate, i.Low, i.High = a*i.Estimate, a*i.Low, a*i.High
	if a < 0 {
		i.Low, i.High = i.High, i.Low
	}
	return i
}

// String prints estimate, bounds and level.
func (i Interval) String() string {
	return fmt.Sprintf("%.6g [%.6g, %.6g] at level %s", i.Estimate, i.Low, i.High, levelString(i.Level))
}

// levelString keeps a level such as 1-1e-9 from being rounded to 1.
func levelString(level float64) string {
	if alpha := 1 - level; alpha > 0 && alpha < 1e-3 {
		return fmt.Sprintf("1-%.3g", alpha)
	}
	return fmt.Sprintf("%.6g", level)
}

// mustAlpha panics unless 0 < alpha < 1.
func mustAlpha(alpha float64) {
	if !(alpha > 0 && alpha < 1) {
		panic(fmt.Sprintf("stattest: alpha is %v, want a number in (0, 1)", alpha))
	}
}
