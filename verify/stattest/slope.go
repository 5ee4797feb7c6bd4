package stattest

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"sgdescape/model"
)

// A Line is a weighted least-squares fit y = Intercept + Slope x.
type Line struct {
	Slope, Intercept float64
	SlopeError       float64 // standard error of Slope
	ChiSquare        float64 // sum of squared residuals in units of the errors
	DegreesOfFreedom int     // number of points - 2
	known            bool    // the errors were given, not read off the residuals
}

// FitLine fits a line to points whose standard errors sigma are known and
// Gaussian; an exponent is the slope in log-log coordinates. With
// w = 1/sigma^2 and xbar the weighted mean of x,
//
//	Slope = sum w (x - xbar) y / Sxx,   Sxx = sum w (x - xbar)^2
//	SlopeError = 1/sqrt(Sxx)
//
// A nil sigma means equal, unknown errors, estimated from the residuals; that
// needs three points, known errors need two. Needs distinct x.
func FitLine(x, y, sigma []float64) (Line, error) {
	if len(y) != len(x) || sigma != nil && len(sigma) != len(x) {
		panic(fmt.Sprintf("stattest: %d x, %d y, %d sigma", len(x), len(y), len(sigma)))
	}
	d := model.CheckDomain("line fit")
	least := 3
	if sigma != nil {
		least = 2
	}
	d.AtLeast(least, "number of points", len(x))
	w := make([]float64, len(x))
	var sw, swx, swy float64
	for i := range x {
		w[i] = 1
		d.Finite(fmt.Sprintf("x of point %d", i), x[i]).Finite(fmt.Sprintf("y of point %d", i), y[i])
		if sigma != nil {
			d.Positive(fmt.Sprintf("standard error of point %d", i), sigma[i])
			w[i] = 1 / (sigma[i] * sigma[i])
		}
		sw, swx, swy = sw+w[i], swx+w[i]*x[i], swy+w[i]*y[i]
	}
	xbar, ybar := swx/sw, swy/sw
	var sxx, sxy float64
	for i := range x {
		sxx += w[i] * (x[i] - xbar) * (x[i] - xbar)
		sxy += w[i] * (x[i] - xbar) * (y[i] - ybar)
	}
	if d.Err() == nil {
		// equal x may differ from their mean, by its rounding
		d.That(slices.Min(x) < slices.Max(x), "x of every point", x[0], "distinct x")
	}
	if d.Err() == nil {
		d.Positive("spread of x", sxx)
	}
	if err := d.Err(); err != nil {
		return Line{}, err
	}
	l := Line{Slope: sxy / sxx, DegreesOfFreedom: len(x) - 2, known: sigma != nil}
	l.Intercept = ybar - l.Slope*xbar
	for i := range x {
		r := y[i] - l.Intercept - l.Slope*x[i]
		l.ChiSquare += w[i] * r * r
	}
	l.SlopeError = 1 / math.Sqrt(sxx)
	if !l.known {
		l.SlopeError *= math.Sqrt(l.ChiSquare / float64(l.DegreesOfFreedom))
		l.ChiSquare = float64(l.DegreesOfFreedom) // by construction: no test of the fit
	}
	return l, nil
}

// SlopeInterval returns the interval of the slope: normal for known errors,
// Student's with DegreesOfFreedom otherwise. It supposes that the points lie on
// a line; see PValue.
func (l Line) SlopeInterval(alpha float64) Interval {
	half := l.critical(alpha) * l.SlopeError
	return Interval{Estimate: l.Slope, Low: l.Slope - half, High: l.Slope + half, Level: 1 - alpha}
}

func (l Line) critical(alpha float64) float64 {
	mustAlpha(alpha)
	if l.known {
		return -mathext.NormalQuantile(alpha / 2)
	}
	return studentQuantile(alpha, float64(l.DegreesOfFreedom))
}

// PValue returns the probability that points on a line scatter as much as
// these, from ChiSquare with DegreesOfFreedom. It is 1 for two points or
// unknown errors. A small value means that the points bend or that the errors
// are too small, and that the interval of the slope should not be believed.
func (l Line) PValue() float64 {
	if l.DegreesOfFreedom < 1 || !l.known {
		return 1
	}
	return mathext.GammaIncRegComp(float64(l.DegreesOfFreedom)/2, l.ChiSquare/2)
}

// A SlopeTest asserts the slope of a line through points. Effects are
// |slope - Want|.
type SlopeTest struct {
	Want  float64
	Alpha float64
}

// Assert tests the slope of a fitted line.
func (t SlopeTest) Assert(l Line) Finding {
	f := Finding{
		N: l.DegreesOfFreedom + 2, Alpha: t.Alpha,
		Critical:   l.critical(t.Alpha),
		Effect:     math.Abs(l.Slope - t.Want),
		Detectable: t.Detectable(l),
	}
	if f.Effect != 0 || l.SlopeError != 0 { // points without scatter may have the slope wanted
		f.Statistic = f.Effect / l.SlopeError
	}
	return f.finish()
}

// Detectable returns the smallest |slope - Want| found with probability
// [DetectionPower] on points placed and measured like those of l, SlopeError
// being the true standard error. For known errors it is, with t the critical
// value and z = z(DetectionPower),
//
//	(t + z) SlopeError
//
// Errors read off nu = DegreesOfFreedom residuals are exceeded by a factor r,
// r^2 = chi2_nu(DetectionPower)/nu, and r t stands in the place of t if the
// slope does not stray as well. Both are independent:
//
//	(t + sqrt(z^2 + t^2 (r-1)^2)) SlopeError
//
// approximate, and exact in the limits of few and of many points: 3 % too large to
// 1 % too small in between.
func (t SlopeTest) Detectable(l Line) float64 {
	critical, stray := l.critical(t.Alpha), mathext.NormalQuantile(DetectionPower)
	if !l.known {
		nu := float64(l.DegreesOfFreedom)
		stray = math.Hypot(stray, critical*(math.Sqrt(chiSquareQuantile(1-DetectionPower, nu)/nu)-1))
	}
	return (critical + stray) * l.SlopeError
}

// Needed returns how many times the work behind the points of l must be done
// for the given effect to be detected, the errors falling as its inverse square
// root.
func (t SlopeTest) Needed(l Line, effect float64) int {
	return needed(effect, func(n int) float64 { return t.Detectable(l) / math.Sqrt(float64(n)) })
}
