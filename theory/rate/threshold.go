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
// next term is n/(2c) q/(q-1) relative to it, for q > 1, and of order c^-q for
// q < 1: at c = 2 the prefactor is a third too small in one dimension. The
// condition [FiniteRatio] is set when the larger of n/(2c) and c^-q exceeds a
// twentieth.
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
	next := math.Max(float64(l.OutlierCount)/(2*l.LossRatio), math.Exp(-l.Exponent()*l.LogLossBarrier()))
	if next > 0.05 {
		out = append(out, model.Condition{Name: FiniteRatio,
			Detail: fmt.Sprintf("c is finite: the prefactor of the mean time is too small by a share of about %.2g", next)})
	}
	return out
}

// Source returns the citation.
func (Threshold) Source() string {
	return "Mori2022, Fig. 3b (slope); prefactor: large-c limit of the exact radial integral, closed form"
}
