package verify

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/sim/sde"
)

// A loss may be far stiffer where runs leave, or turn back, than at its critical
// points, as x² + 20 x⁴ is. Euler-Maruyama makes such a wall too low, in first order
// of the step, and a run that overshoots is thrown to the other side.
const (
	// exitWallStep is the longest step that is chosen for an exit through a threshold,
	// in relaxation times where runs meet it. In quartic and sextic valleys at T = 0.1
	// and 0.3, c = 1.5 to 2.5, the rate is some 1 % too high with it, 1 % to 6 % with
	// five times it, and 1 % to 12 % with ten times.
	exitWallStep = 0.02
	// outerWallStep is that for an exit over a saddle, where runs turn back at the walls
	// around the minimum. With a wall 1e6 r⁶ behind that of a double well the rate is 1 %
	// too high at T = 0.64, 8 % at 1.6 and a quarter at 3.2, where runs climb far above
	// the saddle.
	outerWallStep = 0.05
	// longExitWallStep and longOuterWallStep are from where on a step is said to be too
	// long: beyond the latter runs overshoot the valley.
	longExitWallStep  = 0.3
	longOuterWallStep = 1
)

// wallStiffness is the largest curvature, up or down, on the way from the minimum up
// to the loss of the threshold or of the saddle: along both sides of every axis of
// the Hessian, halfway and at the end. Where that loss is not reached nothing is known.
func (s Setup) wallStiffness() float64 {
	level := s.LossRatio * s.Landscape.Loss(s.Landscape.Minimum())
	if p, ok := s.Landscape.(landscape.Passage); ok && s.LossRatio == 0 {
		level = s.Landscape.Loss(p.Saddle())
	}
	largest := 0.0
	s.climb(level, func(_ []float64, end float64, at func(x float64) []float64) {
		for _, x := range []float64{end / 2, end} {
			values := landscape.Spectrum(s.Landscape, at(x))
			if steepest := math.Max(-values[0], values[len(values)-1]); steepest > largest { // false for NaN
				largest = steepest
			}
		}
	})
	return largest
}

// climb goes from the minimum up to the level along both sides of every axis of the
// Hessian, and calls visit with the direction, the way to the level, 0 if it is not
// reached, and the point after a way x.
func (s Setup) climb(level float64, visit func(axis []float64, end float64, at func(x float64) []float64)) {
	minimum := s.Landscape.Minimum()
	var eigen mat.EigenSym
	if !eigen.Factorize(MinimumHessian(s.Landscape), true) {
		return
	}
	var axes mat.Dense
	eigen.VectorsTo(&axes)
	for i, h := range eigen.Values(nil) {
		guess := math.Sqrt(2 * (level - s.Landscape.Loss(minimum)) / h) // in a parabola
		for _, side := range []float64{-1, 1} {
			axis := mat.Col(nil, i, &axes)
			floats.Scale(side, axis)
			at := func(x float64) []float64 {
				point := append([]float64(nil), minimum...)
				floats.AddScaled(point, x, axis)
				return point
			}
			visit(axis, firstAbove(level, guess, func(x float64) float64 { return s.Landscape.Loss(at(x)) }), at)
		}
	}
}

// firstAbove returns about where a loss that begins at 0 first reaches the level, and
// 0 if it does not within four times the guess.
func firstAbove(level, guess float64, loss func(x float64) float64) float64 {
	below := 0.0
	for above := guess / 16; above < 4*guess; below, above = above, above*1.2 {
		if !(loss(above) >= level) {
			continue
		}
		for range 20 {
			if middle := (below + above) / 2; loss(middle) >= level {
				above = middle
			} else {
				below = middle
			}
		}
		return above
	}
	return 0
}

// wallStep is the longest step that is chosen for the walls.
func (s Setup) wallStep() float64 {
	longest := exitWallStep
	if s.LossRatio == 0 {
		longest = outerWallStep
	}
	return longest / s.wallStiffness()
}

// wallConditions tells of a step dt in t that is too long for the walls.
func (s Setup) wallConditions(dt float64) []model.Condition {
	longest, effect := longExitWallStep, "the rate is too high"
	if s.LossRatio == 0 {
		longest, effect = longOuterWallStep, "runs that overshoot are thrown over the saddle"
	}
	z := dt * s.wallStiffness()
	if !(z > longest) {
		return nil
	}
	return []model.Condition{{Name: sde.LongStep, Detail: fmt.Sprintf(
		"the step dt = %.4g is %.3g relaxation times where the loss is stiffest around the minimum, below the loss at the exit; above %g %s", dt, z, longest, effect)}}
}
