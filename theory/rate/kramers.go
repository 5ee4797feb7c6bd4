package rate

import (
	"math"

	"sgdescape/model"
)

// EyringKramers is the escape rate of the internal clock tau, in which SGD is a
// Langevin equation with additive noise on U = log L,
//
//	kappa_tau = (|u_e|/2pi) sqrt(det U''*/|det U''_s|) exp(-(U_s - U*)/T)   (Mori2022, Eqs. 22, 23; Kramers1940, Langer1969)
//
// per unit of tau; at a critical point the Hessian of U is H/L. [InTime] turns it into a rate
// per unit of t.
type EyringKramers struct {
	EscapeCurvature float64 // |u_e| = |h_e^s|/L_s > 0, negative curvature of U at the saddle
	LogDetMinimum   float64 // log det of the Hessian of U at the minimum, log det H* - n log L*
	LogDetSaddle    float64 // log |det| of the Hessian of U at the saddle, log |det H_s| - n log L_s
	Barrier         float64 // U_s - U* = log(L_s/L*) > 0
	Temperature     float64 // T = eta h*/B > 0
}

// OnLogLoss returns the Eyring-Kramers law on U = log L that belongs to the
// law of n outliers: curvatures of L are divided by L, and the loss L* > 0 at
// the minimum sets the scale (Mori2022, Eqs. 15, 22).
func OnLogLoss(l Outliers, minimumLoss float64) EyringKramers {
	n, atMin := float64(l.OutlierCount), math.Log(minimumLoss)
	atSad := atMin + l.LogLossBarrier()
	return EyringKramers{
		EscapeCurvature: l.EscapeCurvature / math.Exp(atSad),
		LogDetMinimum:   l.LogDetMinimum - n*atMin,
		LogDetSaddle:    l.LogDetSaddle - n*atSad,
		Barrier:         l.LogLossBarrier(),
		Temperature:     l.Temperature,
	}
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad field.
func (l EyringKramers) Validate() error {
	return model.CheckDomain("Eyring-Kramers law").
		Positive("escape curvature |u_e|", l.EscapeCurvature).
		Finite("log det U''*", l.LogDetMinimum).
		Finite("log |det U''_s|", l.LogDetSaddle).
		Positive("barrier U_s - U*", l.Barrier).
		Positive("temperature T", l.Temperature).Err()
}

// LogEscapeRate returns log kappa_tau.
func (l EyringKramers) LogEscapeRate() float64 {
	return math.Log(l.EscapeCurvature) - logTwoPi + 0.5*(l.LogDetMinimum-l.LogDetSaddle) - l.Barrier/l.Temperature // Eq. 22
}

// EscapeRate returns kappa_tau.
func (l EyringKramers) EscapeRate() float64 { return math.Exp(l.LogEscapeRate()) }

// Conditions lists the assumptions that do not hold well.
func (l EyringKramers) Conditions() []model.Condition {
	return conditions(l.LogEscapeRate(), l.Barrier, l.Temperature, 0, 0, 0)
}

// Source returns the citation.
func (EyringKramers) Source() string { return "Mori2022, Eqs. 22, 23" }

// InTime turns a rate per unit of tau into a rate per unit of t. A trajectory
// spends its time near the minimum, where d tau = L* dt, so that
//
//	kappa = L* kappa_tau                                  (Mori2022, Eq. 23)
type InTime struct {
	Internal    Law     // a rate per unit of tau
	MinimumLoss float64 // L* > 0
}

// Validate returns an error wrapping [model.ErrDomain] if L* is not positive
// or no law is given. It does not validate the law.
func (l InTime) Validate() error {
	return model.CheckDomain("change of clock").
		That(l.Internal != nil, "internal law", "nil", "a law in tau").
		Positive("loss L* at the minimum", l.MinimumLoss).Err()
}

// LogEscapeRate returns log kappa.
func (l InTime) LogEscapeRate() float64 {
	return math.Log(l.MinimumLoss) + l.Internal.LogEscapeRate() // Eq. 23
}

// EscapeRate returns kappa.
func (l InTime) EscapeRate() float64 { return math.Exp(l.LogEscapeRate()) }

// Conditions lists those of the internal law; underflow is judged anew.
func (l InTime) Conditions() []model.Condition {
	var out []model.Condition
	for _, c := range l.Internal.Conditions() {
		if c.Name != model.Underflow {
			out = append(out, c)
		}
	}
	return append(out, conditions(l.LogEscapeRate(), math.Inf(1), 1, 0, 0, 0)...)
}

// Source returns the citation.
func (l InTime) Source() string { return l.Internal.Source() + "; Mori2022, Eq. 23" }
