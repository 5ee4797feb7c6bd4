package verify

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/sim/sde"
)

// The noise alone, without the drift, lifts the loss of a parabola from L* to
// c L* in the mean time (c - 1) L*/(eta Tr(H Sigma)/2): the second factor is the
// growth of its mean (Itô). That is the time of an escape through a threshold so
// near that the drift has no part yet, and a step has to be short beside it: runs
// are looked at once a step.
const (
	// liftStep is the longest step that is chosen for a setup, in such times. In one
	// dimension, at c = 1.05 to 1.0001 it makes the rate 1.2 % to 1.4 % too low. With
	// the noise of Eq. 6 and T = eta h/B < 2 (c - 1) a hundredth of the relaxation time
	// is shorter.
	liftStep = 0.02
	// longLiftStep is from where on a step is said to be too long: there the rate
	// is 5 % to 7 % too low.
	longLiftStep = 0.1
)

// liftTime returns the mean time in which the noise alone lifts the loss to the
// threshold, and +Inf if the setup has none, or no noise at the minimum.
func (s Setup) liftTime() float64 {
	if s.LossRatio == 0 || absent(s.Noise) {
		return math.Inf(1)
	}
	growth, _ := s.lossGrowth()
	return (s.LossRatio - 1) * s.Landscape.Loss(s.Landscape.Minimum()) / growth
}

// lossGrowth returns eta Tr(H Sigma)/2 at the minimum, and its part along every
// axis of the Hessian, in the order of the eigenvalues.
func (s Setup) lossGrowth() (sum float64, parts []float64) {
	n := s.Landscape.Dim()
	sigma := mat.NewSymDense(n, nil)
	s.Noise.Covariance(sigma, s.Landscape.Minimum())
	var eigen mat.EigenSym
	if !eigen.Factorize(MinimumHessian(s.Landscape), true) {
		return 0, make([]float64, n)
	}
	var axes mat.Dense
	eigen.VectorsTo(&axes)
	for i, h := range eigen.Values(nil) {
		along := axes.ColView(i)
		part := math.Max(0, s.LearningRate*h*mat.Inner(along, sigma, along)/2) // below 0 by rounding
		sum, parts = sum+part, append(parts, part)
	}
	return sum, parts
}

// step is the step in t of the setup.
func (s Setup) step() float64 {
	if s.Dt != 0 {
		return s.Dt
	}
	return min(0.01/s.stiffness(), s.wallStep(), s.driftStep(), liftStep*s.liftTime())
}

// settling is how long a population takes to settle: the longest relaxation time
// at the minimum or, along an axis on which the noise is sooner at the threshold,
// that time.
func (s Setup) settling() float64 {
	relaxation := 1 / s.slowness()
	if math.IsInf(s.liftTime(), 1) {
		return relaxation
	}
	height := (s.LossRatio - 1) * s.Landscape.Loss(s.Landscape.Minimum())
	_, growth := s.lossGrowth()
	longest := 0.0
	for i, h := range landscape.Spectrum(s.Landscape, s.Landscape.Minimum()) {
		longest = math.Max(longest, math.Min(1/h, height/growth[i]))
	}
	return longest
}

// stepConditions returns the conditions of a step, stated as one of t, that is
// too long for the relaxation at the minimum or for the threshold.
func (s Setup) stepConditions(p *sde.Process) []model.Condition {
	conditions := p.StepConditions(s.Landscape.Minimum())
	dt, lift := p.StepLength()*s.timePerStep(), s.liftTime()
	if dt > longLiftStep*lift {
		conditions = append(conditions, model.Condition{Name: sde.LongStep, Detail: fmt.Sprintf(
			"the step dt = %.4g is %.3g times the time %.4g in which the noise alone lifts the loss to c L*, above %g: runs are looked at too seldom to be seen when they leave", dt, dt/lift, lift, longLiftStep)})
	}
	return slices.Concat(conditions, s.wallConditions(dt), s.driftConditions(dt))
}
