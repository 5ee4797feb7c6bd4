package generator

import "math"

// An Estimate is a value extrapolated from nested grids, with an estimate of its
// error (Richardson extrapolation of a scheme of second order; Risken1989, ch. 6,
// for the generator it is applied to).
type Estimate struct {
	Value float64   // extrapolated to spacing zero
	Error float64   // estimated absolute error, >= 0; not a bound
	Order float64   // observed order of the scheme from three grids; NaN from two, or when rounding dominates
	Grids []float64 // the value on each grid, coarse to fine, spacing halved each time
}

// RelativeError returns Error/|Value|, the figure to hold against a tolerance
// (definition).
func (e Estimate) RelativeError() float64 { return e.Error / math.Abs(e.Value) }

// extrapolate removes the error terms h² and (with three grids) h⁴ from values
// on grids of spacing h, h/2, h/4:
//
//	R1 = (4 f(h/2) - f(h))/3, R2 = (4 f(h/4) - f(h/2))/3, R = (16 R2 - R1)/15
//
// The error estimate is 2 |R - R2| plus extra: twice, for grids that are still
// far from the asymptotic order.
func extrapolate(values []float64, extra float64) Estimate {
	e := Estimate{Order: math.NaN(), Grids: values}
	switch len(values) {
	case 2:
		e.Value = (4*values[1] - values[0]) / 3
		e.Error = math.Abs(e.Value-values[1]) + extra
	default:
		r1 := (4*values[1] - values[0]) / 3
		r2 := (4*values[2] - values[1]) / 3
		e.Value = (16*r2 - r1) / 15
		e.Error = 2*math.Abs(e.Value-r2) + extra
		d1, d2 := values[0]-values[1], values[1]-values[2]
		if math.Abs(d2) > 1e-10*math.Abs(values[2]) {
			e.Order = math.Log2(math.Abs(d1 / d2))
		}
	}
	return e
}
