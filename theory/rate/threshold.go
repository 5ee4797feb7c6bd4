package rate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"sgdescape/model"
)

// Threshold is the law of the exit of a quadratic valley through the loss
// threshold L = c L*. There is no saddle, and what the power law claims is the
// slope alone,
//
//	mean first-passage time ~ c^(phi - n/2),  phi = 1 + B/(eta h*)   (Mori2022, Eq. 18, Fig. 3b)
//
// The prefactor is the limit c -> infinity of the exact radial integral of the
// isotropic valley (closed form; b = B/(eta h*)),
//
//	h* T ~ (b/2) Beta(n/2, b + 1 - n/2) c^(b + 1 - n/2)/(b + 1 - n/2)
//
// and kappa = 1/T. It needs n < n_c (Mori2022, Eq. 19). With q = b + 1 - n/2 the
// exact time is this one times
//
//	1 + n/(2c) q/(q-1) - (log c + psi(-q) - psi(n/2)) c^-q/Beta(n/2, q) + ...   (closed form)
//
// where psi is the digamma function, and 1 - 1/c at q = 1. For large c the law is
// too small for q > 1 and too large for q <= 1; 1/Beta grows as n^q, so that with
// many outliers the law is reached at c far above n/2. In one dimension at c = 2
// it is three times too large at q = 0.7, right at q = 2, and a third too small
// for large q. The condition [FiniteRatio] is set where the exact time differs
// from the law by more than a twentieth of the law.
type Threshold struct {
	OutlierCount     int     // n >= 1, and n < n_c
	OutlierCurvature float64 // h* > 0
	LossRatio        float64 // c > 1
	Temperature      float64 // T = eta h*/B > 0
	LearningRate     float64 // eta; 0 stands for unknown
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field. It refuses n >= n_c, for which the prefactor does not exist.
func (l Threshold) Validate() error {
	return model.CheckDomain("law of the loss threshold").
		AtLeast(1, "outlier count n", l.OutlierCount).
		That(Stable(l.OutlierCount, l.Temperature), "outlier count n", l.OutlierCount, "fewer than n_c = 2 (B/(eta h*) + 1)").
		Positive("outlier curvature h*", l.OutlierCurvature).
		Above(1, "loss ratio c", l.LossRatio).
		Positive("temperature T = eta h*/B", l.Temperature).
		NonNegative("learning rate eta", l.LearningRate).Err()
}

// Exponent returns phi - n/2 = B/(eta h*) + 1 - n/2, the slope of log T against log c.
func (l Threshold) Exponent() float64 { return 1/l.Temperature + 1 - float64(l.OutlierCount)/2 }

// LogLossBarrier returns log c.
func (l Threshold) LogLossBarrier() float64 { return math.Log(l.LossRatio) }

// LogMeanTime returns the logarithm of the asymptotic mean first-passage time,
// in units of t.
func (l Threshold) LogMeanTime() float64 {
	b, p, q := 1/l.Temperature, float64(l.OutlierCount)/2, l.Exponent()
	return math.Log(b/2) + mathext.Lbeta(p, q) + q*l.LogLossBarrier() - math.Log(q) - math.Log(l.OutlierCurvature)
}

// LogEscapeRate returns log kappa = -log T.
func (l Threshold) LogEscapeRate() float64 { return -l.LogMeanTime() }

// EscapeRate returns kappa.
func (l Threshold) EscapeRate() float64 { return math.Exp(l.LogEscapeRate()) }

// Conditions lists the assumptions that do not hold well.
func (l Threshold) Conditions() []model.Condition {
	out := conditions(l.LogEscapeRate(), l.LogLossBarrier(), l.Temperature, l.LearningRate, l.OutlierCurvature, l.OutlierCount)
	if c, set := l.finiteRatio(); set {
		out = append(out, c)
	}
	return out
}

// Source returns the citation.
func (Threshold) Source() string {
	return "Mori2022, Fig. 3b (slope); prefactor: large-c limit of the exact radial integral, closed form"
}

// finiteRatio returns the condition that the exact time is not the law's.
func (l Threshold) finiteRatio() (condition model.Condition, set bool) {
	ratio := l.exactOverLaw()
	detail := ""
	switch {
	case math.Abs(ratio-1) <= 0.05:
		return model.Condition{}, false
	case ratio > 1:
		detail = fmt.Sprintf("1/kappa is too small, %.3g of the exact mean time", 1/ratio)
	case ratio > 1e-6:
		detail = fmt.Sprintf("1/kappa is too large, %.3g times the exact mean time", 1/ratio)
	default: // NaN, or lost in rounding
		detail = "the prefactor of the mean time is far from its limit"
	}
	return model.Condition{Name: FiniteRatio, Detail: "c is finite: " + detail}, true
}

// exactOverLaw returns the exact mean time of the isotropic valley over the
// law's, NaN where its series in 1/c is of no use: for c next to 1, and for n/2
// above 5 c, where it cancels.
//
// With p = n/2 and y = 1/c the exact time is b/(2q) times the integral from y to
// 1 of
//
//	q Beta(p,q) y^{-q-1} (1-y)^{-p} - F(p+q, 1; 1+q; y)/y
//
// (closed form: the radial integral, whose inner one is F(p+q, 1; p+1; 1-y) y/p,
// and DLMF 15.8.4), and the constant of its expansion is psi(p) - psi(-q). The
// poles of the two parts at whole q cancel; they are passed at a distance.
func (l Threshold) exactOverLaw() float64 {
	const aside, rounding, terms = 1e-5, 1e-14, 1000
	c, p, q := l.LossRatio, float64(l.OutlierCount)/2, l.Exponent()
	if !(q > 0 && c >= 1.1 && p > 0 && p <= 5*c) {
		return math.NaN()
	}
	if whole := math.Round(q); whole > 0 && math.Abs(q-whole) < aside {
		q = whole + aside
	}
	power, outer := 1.0, 1.0                   // sum of (p)_j/j! q/(q-j) c^-j
	constant, inner := l.LogLossBarrier(), 1.0 // less the sum of (p+q)_j/(1+q)_j c^-j/j
	for j := 1.0; j < terms && (outer > rounding || inner > rounding); j++ {
		outer *= (p + j - 1) / (j * c)
		power += outer * q / (q - j)
		inner *= (p + q + j - 1) / ((q + j) * c)
		constant -= inner / j
	}
	// psi(-q) = psi(1+q) + pi cot(pi q) (DLMF 5.5.4)
	constant += mathext.Digamma(1+q) + math.Pi/math.Tan(math.Pi*q) - mathext.Digamma(p)
	return power - constant*math.Exp(-q*l.LogLossBarrier()-mathext.Lbeta(p, q))
}
