package rival

import (
	"math"

	"sgdescape/model"
)

// StateDependent is the escape rate of the power-law dynamic in one dimension,
// whose noise grows with the square of the distance from the minimum,
//
//	d w = -L' dt + sqrt(eta C(w)) dW,  C = sigma_g + sigma_H (w - w*)²      (Meng2020)
//	kappa = (1/2pi) sqrt(h* |h_s|) X^-(K + 1/2)                            (closed form, Itô)
//	X = 1 + 2 dL/(eta K sigma_g),  K = h*/(eta sigma_H)
//
// where C is taken as a function of the loss of the quadratic valley, C =
// sigma_g + 2 sigma_H (L - L*)/h*, up to the saddle. Isothermal noise, for which
// the stationary density is C^-K, has the exponent -(K - 1/2); Itô's has the
// density C^-(K+1). The exponents are Kramers' two integrals for either sense.
//
// With C = (2L/B) h, that is sigma_g = 2 L* h*/B and sigma_H = h*²/B, it is
// K = B/(eta h*), X = L_s/L* and exactly Mori2022, Eq. 16, in Itô's sense. As
// sigma_H -> 0 it is the Eyring-Kramers law at D = eta sigma_g/2.
//
// Checked against the abstract of Meng2020 only, which bears out the quadratic
// noise and a mean escape time of polynomial order in the barrier. Exponent and
// prefactor are derived here to leading order in 1/K and tested against quadrature
// of Kramers' integrals, in both senses.
type StateDependent struct {
	LearningRate     float64 // eta > 0
	MinimumCurvature float64 // h* > 0
	EscapeCurvature  float64 // |h_s| > 0
	LossBarrier      float64 // dL > 0
	Floor            float64 // sigma_g > 0, variance of the gradient at the minimum
	Growth           float64 // sigma_H > 0
	Isothermal       bool    // false: Itô
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad field.
func (l StateDependent) Validate() error {
	return model.CheckDomain("law of state-dependent noise").
		Positive("learning rate eta", l.LearningRate).
		Positive("curvature h* at the minimum", l.MinimumCurvature).
		Positive("escape curvature |h_s|", l.EscapeCurvature).
		Positive("loss barrier dL", l.LossBarrier).
		Positive("floor sigma_g", l.Floor).
		Positive("growth sigma_H", l.Growth).Err()
}

// exponents returns K and log X.
func (l StateDependent) exponents() (k, logX float64) {
	k = l.MinimumCurvature / (l.LearningRate * l.Growth)
	return k, math.Log1p(2 * l.LossBarrier / (l.LearningRate * k * l.Floor))
}

// LogEscapeRate returns log kappa.
func (l StateDependent) LogEscapeRate() float64 {
	k, logX := l.exponents()
	half := 0.5
	if l.Isothermal {
		half = -0.5
	}
	return 0.5*(math.Log(l.MinimumCurvature)+math.Log(l.EscapeCurvature)) - logTwoPi - (k+half)*logX
}

// EscapeRate returns kappa.
func (l StateDependent) EscapeRate() float64 { return math.Exp(l.LogEscapeRate()) }

// Conditions lists the assumptions that do not hold well.
func (l StateDependent) Conditions() []model.Condition {
	k, logX := l.exponents()
	return barrierConditions(l.LogEscapeRate(), k*logX)
}

// Source returns the citation.
func (StateDependent) Source() string {
	return "Meng2020 (noise); exponent by Kramers' integrals, closed form"
}
