package rival

import (
	"fmt"
	"math"

	"sgdescape/model"
)

// LevyJumps is the rate at which stable jumps leave the interval (w* - b, w* + a)
// around a minimum,
//
//	d w = -L' dt + eps d L_alpha
//	kappa = eps^alpha (Gamma(alpha) sin(pi alpha/2)/pi) (a^-alpha + b^-alpha)   (Imkeller2006, used by Nguyen2019)
//
// as eps -> 0, for the symmetric stable process with E exp(i q L_alpha(t)) =
// exp(-t |q|^alpha). One jump does it: the rate at which jumps are longer than
// the way out, Gamma(alpha) sin(pi alpha/2)/pi being the tail of that process.
// The barrier dL is absent, and so is every curvature.
//
// It assumes jumps of infinite variance, alpha < 2, of a size that does not
// depend on the state. It coincides with Mori2022 in no limit. As alpha -> 2 the
// prefactor vanishes: the law loses to diffusion, which it does not contain.
// Nguyen2019 shows that the discrete recursion leaves like the process if the
// step is small enough; their bound on the step is not checked here.
//
// Checked against the abstract of Nguyen2019 only. The constant is derived here
// from the tail of the stable law and tested against the Lévy-Khintchine formula
// and, for alpha = 1, against simulated jumps.
type LevyJumps struct {
	TailIndex    float64 // alpha, 0 < alpha < 2
	Scale        float64 // eps > 0, in w per unit t^(1/alpha)
	RightWidth   float64 // a > 0
	LeftWidth    float64 // b > 0; Inf for a side without an exit
	MinCurvature float64 // h* > 0 for the check of the small-noise limit; 0 leaves it out
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad field.
func (l LevyJumps) Validate() error {
	return model.CheckDomain("law of Lévy jumps").
		That(l.TailIndex > 0 && l.TailIndex < 2, "tail index alpha", l.TailIndex, "a number > 0 and < 2").
		Positive("scale eps", l.Scale).
		Positive("right width a", l.RightWidth).
		That(l.LeftWidth > 0, "left width b", l.LeftWidth, "a number > 0, or +Inf").
		NonNegative("curvature h*", l.MinCurvature).Err()
}

// LogEscapeRate returns log kappa.
func (l LevyJumps) LogEscapeRate() float64 {
	alpha := l.TailIndex
	lg, _ := math.Lgamma(alpha)
	right, left := -alpha*math.Log(l.RightWidth), -alpha*math.Log(l.LeftWidth)
	top := math.Max(right, left)
	widths := top + math.Log(math.Exp(right-top)+math.Exp(left-top))
	return alpha*math.Log(l.Scale) + lg + math.Log(math.Sin(math.Pi*alpha/2)/math.Pi) + widths
}

// EscapeRate returns kappa.
func (l LevyJumps) EscapeRate() float64 { return math.Exp(l.LogEscapeRate()) }

// Conditions lists the assumptions that do not hold well: the escape must be
// rare on the time 1/h* in which the valley forgets a jump.
func (l LevyJumps) Conditions() []model.Condition {
	out := underflow(l.LogEscapeRate())
	if l.MinCurvature > 0 && !(l.EscapeRate() < 0.1*l.MinCurvature) {
		out = append(out, model.Condition{Name: LargeNoise,
			Detail: fmt.Sprintf("kappa = %.4g is not small against h* = %.4g: jumps add up before the valley forgets them", l.EscapeRate(), l.MinCurvature)})
	}
	return out
}

// Source returns the citation.
func (LevyJumps) Source() string { return "Imkeller2006, Nguyen2019" }
