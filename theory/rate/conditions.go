package rate

import (
	"fmt"
	"math"

	"sgdescape/model"
)

// Limits at which a condition is set.
const (
	// LowBarrierBelow is the least barrier of U over the temperature. The
	// relative error of Kramers' formula is of order T, and the population
	// beyond the barrier is of order exp(-barrier/T): below 4 neither is small.
	LowBarrierBelow = 4.0
	// LargeLearningRateFrom is the value of eta h* from which the diffusion
	// limit is doubtful. At eta h* = 0.1 the exact discrete chain of regression
	// with Gaussian inputs (B = 1, d = 1, c = 2) already needs 17 times longer
	// to exit than its diffusion limit.
	LargeLearningRateFrom = 0.1
)

// Names of conditions set by this package only.
const (
	TurnedEigenvectors = "turned-eigenvectors" // the escape direction at the saddle is no eigenvector at the minimum
	AnisotropicOutlier = "anisotropic-noise"   // the outliers at the minimum are not of one size
	FiniteRatio        = "finite-ratio"        // the loss ratio is too small for the large-ratio prefactor
	NoGap              = "no-gap"              // the spectrum shows no clear gap
)

// conditions assembles the conditions the laws share; a zero field of the
// arguments leaves its condition out.
func conditions(logRate, logBarrier, temperature, learningRate, curvature float64, n int) []model.Condition {
	var out []model.Condition
	if barrier := logBarrier / temperature; barrier < LowBarrierBelow {
		out = append(out, model.Condition{Name: model.LowBarrier,
			Detail: fmt.Sprintf("the barrier of log L is %.4g T, less than %g T", barrier, LowBarrierBelow)})
	}
	if eta := learningRate * curvature; eta >= LargeLearningRateFrom {
		out = append(out, model.Condition{Name: model.LargeLearningRate,
			Detail: fmt.Sprintf("eta h* = %.4g is not below %g: the diffusion limit is doubtful", eta, LargeLearningRateFrom)})
	}
	if n > 0 && !Stable(n, temperature) {
		out = append(out, model.Condition{Name: model.NotNormalisable,
			Detail: fmt.Sprintf("n = %d outliers, n_c = %.6g: the stationary density does not exist", n, CriticalOutlierCount(temperature))})
	}
	if math.Exp(logRate) == 0 && !math.IsInf(logRate, -1) {
		out = append(out, model.Condition{Name: model.Underflow,
			Detail: fmt.Sprintf("the rate is exp(%.17g)", logRate)})
	}
	return out
}
