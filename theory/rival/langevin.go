package rival

import (
	"math"

	"sgdescape/model"
)

var logTwoPi = math.Log(2 * math.Pi)

// Arrhenius is the escape rate of gradient Langevin dynamics up to a prefactor,
//
//	kappa = A exp(-dL/D)                              (Arrhenius1889)
//
// for the noise sqrt(2D) dW of Mori2022, Eq. 5. It assumes constant isotropic
// noise and says nothing about A. Against the power law it differs in the
// barrier, dL instead of log(L_s/L*): the two agree to first order in dL/L*
// when D = (eta h*/B) L*.
type Arrhenius struct {
	AttemptRate       float64 // A > 0, per unit t
	LossBarrier       float64 // dL > 0
	DiffusionConstant float64 // D > 0
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad field.
func (l Arrhenius) Validate() error {
	return model.CheckDomain("Arrhenius law").
		Positive("attempt rate A", l.AttemptRate).
		Positive("loss barrier dL", l.LossBarrier).
		Positive("diffusion constant D", l.DiffusionConstant).Err()
}

// LogEscapeRate returns log kappa.
func (l Arrhenius) LogEscapeRate() float64 {
	return math.Log(l.AttemptRate) - l.LossBarrier/l.DiffusionConstant
}

// EscapeRate returns kappa.
func (l Arrhenius) EscapeRate() float64 { return math.Exp(l.LogEscapeRate()) }

// Conditions lists the assumptions that do not hold well.
func (l Arrhenius) Conditions() []model.Condition {
	return barrierConditions(l.LogEscapeRate(), l.LossBarrier/l.DiffusionConstant)
}

// Source returns the citation.
func (Arrhenius) Source() string { return "Arrhenius1889" }

// EyringKramers is the escape rate of gradient Langevin dynamics through one
// saddle,
//
//	kappa = (|h_e^s|/2pi) sqrt(det H*/|det H_s|) exp(-dL/D)   (Kramers1940, Bovier2004)
//
// for the noise sqrt(2D) dW of Mori2022, Eq. 5, as D -> 0; the relative error is
// of order D. It assumes constant isotropic noise, one saddle with exactly one
// negative eigenvalue, and no flat direction. On the potential log L, with D =
// eta h*/B and per unit of tau, it is Mori2022, Eq. 22.
type EyringKramers struct {
	EscapeCurvature   float64 // |h_e^s| > 0
	LogDetMinimum     float64 // log det H*, all directions
	LogDetSaddle      float64 // log |det H_s|, all directions
	LossBarrier       float64 // dL > 0
	DiffusionConstant float64 // D > 0
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad field.
func (l EyringKramers) Validate() error {
	return model.CheckDomain("Eyring-Kramers law of GLD").
		Positive("escape curvature |h_e^s|", l.EscapeCurvature).
		Finite("log det H*", l.LogDetMinimum).
		Finite("log |det H_s|", l.LogDetSaddle).
		Positive("loss barrier dL", l.LossBarrier).
		Positive("diffusion constant D", l.DiffusionConstant).Err()
}

// LogEscapeRate returns log kappa.
func (l EyringKramers) LogEscapeRate() float64 {
	return math.Log(l.EscapeCurvature) - logTwoPi + 0.5*(l.LogDetMinimum-l.LogDetSaddle) - l.LossBarrier/l.DiffusionConstant
}

// EscapeRate returns kappa.
func (l EyringKramers) EscapeRate() float64 { return math.Exp(l.LogEscapeRate()) }

// Conditions lists the assumptions that do not hold well.
func (l EyringKramers) Conditions() []model.Condition {
	return barrierConditions(l.LogEscapeRate(), l.LossBarrier/l.DiffusionConstant)
}

// Source returns the citation.
func (EyringKramers) Source() string { return "Kramers1940, Bovier2004" }
