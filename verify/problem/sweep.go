package problem

import (
	"math"

	"sgdescape/model"
)

// A Point is one problem of a [Sweep].
type Point struct {
	X       float64 // the value on the axis of the sweep
	Problem Problem
}

// Sweep returns a family of problems that ends at p: against the loss ratio c
// for an exit through a threshold (axis "c", from near 1 to that of p), and
// against the temperature T = eta h*/B for an exit over a saddle (axis "T",
// from four times that of p down to it, by way of eta). It needs points >= 2.
func Sweep(p Problem, points int) (axis string, family []Point, err error) {
	if err := model.CheckDomain("sweep").AtLeast(2, "number of points", points).Err(); err != nil {
		return "", nil, err
	}
	for i := range points {
		// from 1/points to 1 in equal steps of log c
		share := float64(i+1) / float64(points)
		// from 4 to 1 in equal steps of log T
		hotter := math.Pow(4, 1-float64(i)/float64(points-1))
		var x float64
		var member Problem
		switch q := p.(type) {
		case *Radial:
			axis, x = "c", math.Pow(q.Ratio, share)
			parameters := q.RadialParameters
			parameters.Ratio = x
			member, err = keep(NewRadial(parameters))
		case *Regression:
			axis, x = "c", math.Pow(q.Ratio, share)
			parameters := q.RegressionParameters
			parameters.Ratio = x
			member, err = keep(NewRegression(parameters))
		case *DoubleWell:
			axis, x = "T", hotter*q.PowerLaw().Temperature
			parameters := q.DoubleWellParameters
			parameters.LearningRate *= hotter
			member, err = keep(NewDoubleWell(parameters))
		case *Channel:
			axis, x = "T", hotter*q.Temperature
			parameters := q.ChannelParameters
			parameters.LearningRate *= hotter
			parameters.Temperature = x
			member, err = keep(NewChannel(parameters))
		default:
			return "", nil, model.CheckDomain("sweep").That(false, "problem", p.Name(), "radial, regression, doublewell or channel").Err()
		}
		if err != nil {
			return "", nil, err
		}
		family = append(family, Point{x, member})
	}
	return axis, family, nil
}

// keep keeps a nil pointer out of the interface.
func keep[P Problem](p P, err error) (Problem, error) {
	if err != nil {
		return nil, err
	}
	return p, nil
}
