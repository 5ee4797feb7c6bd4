package verify

import (
	"math"

	"sgdescape/verify/stattest"
)

// of tells what the number behind the effect counts, in the plural.
func (e Effect) of(unit string) Effect {
	e.Unit = unit
	return e
}

// relative is the effect measured/predicted - 1 of a positive quantity.
func relative(name string, measured stattest.Interval, predicted float64, n int) Effect {
	c := stattest.Equivalence(measured, stattest.Exactly(predicted), 0)
	return Effect{Name: name, Value: c.Effect.Estimate, Low: c.Effect.Low, High: c.Effect.High, N: n}
}

// exact is an effect without sampling error; numerical is a bound of its
// numerical one.
func exact(name string, value, numerical float64, n int) Effect {
	return Effect{Name: name, Value: value, Low: value - numerical, High: value + numerical, N: n}
}

// difference is the effect measured - predicted.
func difference(name string, measured stattest.Interval, predicted float64, n int) Effect {
	c := stattest.EquivalenceOfDifference(measured, stattest.Exactly(predicted), 0)
	return Effect{Name: name, Value: c.Effect.Estimate, Low: c.Effect.Low, High: c.Effect.High, N: n}
}

// localSlopes returns d log y/d log x between neighbouring points.
func localSlopes(x, y []float64) []float64 {
	slopes := make([]float64, len(x)-1)
	for i := range slopes {
		slopes[i] = math.Log(y[i+1]/y[i]) / math.Log(x[i+1]/x[i])
	}
	return slopes
}
