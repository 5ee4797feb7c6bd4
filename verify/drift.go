package verify

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/sim/sde"
)

// Euler-Maruyama makes the drift stronger by the factor 1 + L” dt/2 and the noise
// s² = eta Sigma by 1 + L” dt, in first order of the step. The exponent of an exit
// through a threshold, the integral of 2 L'/s², is lower by that of L' L”/s² times
// dt, and the rate higher; with the noise of Eq. 6 in a parabola by h dt/2 times
// log(c)/T. (The minimum and a saddle have L' = 0: between them the part of constant
// noise vanishes.)
const (
	// driftError is the largest such error, of log kappa, of the step that is chosen.
	driftError = 0.03
	// longDriftError is from where on a step is said to be too long.
	longDriftError = 0.15
)

// driftErrorRate returns the error of log kappa over the step, to first order, along
// that axis of the Hessian along which the exponent is the least; 0 for an exit over
// a saddle and where no axis leads to the threshold.
func (s Setup) driftErrorRate() float64 {
	if s.LossRatio == 0 || absent(s.Noise) {
		return 0
	}
	n := s.Landscape.Dim()
	gradient, sigma := make([]float64, n), mat.NewSymDense(n, nil)
	least, rate := math.Inf(1), 0.0
	s.climb(s.LossRatio*s.Landscape.Loss(s.Landscape.Minimum()), func(axis []float64, end float64, at func(x float64) []float64) {
		if end == 0 {
			return
		}
		const pieces = 32
		direction := mat.NewVecDense(n, axis)
		exponent, excess, before := 0.0, 0.0, 0.0
		for k := range pieces {
			slope := func(x float64) float64 {
				s.Landscape.Grad(gradient, at(x))
				return floats.Dot(gradient, axis)
			}
			after := slope(end * float64(k+1) / pieces)
			middle := end * (float64(k) + 0.5) / pieces
			s.Noise.Covariance(sigma, at(middle))
			drift := slope(middle) / (s.LearningRate * mat.Inner(direction, sigma, direction))
			exponent += 2 * drift * end / pieces
			excess += drift * (after - before)
			before = after
		}
		if exponent < least { // false for NaN
			least, rate = exponent, excess
		}
	})
	return rate
}

// driftStep is the longest step that is chosen for the drift before a threshold.
func (s Setup) driftStep() float64 {
	if rate := s.driftErrorRate(); rate > 0 {
		return driftError / rate
	}
	return math.Inf(1)
}

// driftConditions tells of a step dt in t that is too long for the drift.
func (s Setup) driftConditions(dt float64) []model.Condition {
	raised := s.driftErrorRate() * dt
	if !(raised > longDriftError) {
		return nil
	}
	return []model.Condition{{Name: sde.LongStep, Detail: fmt.Sprintf(
		"the step dt = %.4g makes the drift before the threshold too weak beside the noise: the rate is some %.2g %% too high, to first order of the step", dt, 100*math.Expm1(raised))}}
}
