package rate

import (
	"math"

	"sgdescape/model"
)

var logTwoPi = math.Log(2 * math.Pi)

// OneOutlier is the escape rate when the Hessian has one outlier, along which
// the saddle lies,
//
//	kappa = (1/2pi) sqrt(h* |h_s|) (L_s/L*)^-(1/2 + B/(eta h*))   (Mori2022, Eq. 16)
//
// per unit of t. It is the limit T -> 0 of the exact rate; the relative gap is
// of order T. All losses enter through their ratio.
type OneOutlier struct {
	OutlierCurvature float64 // h* > 0, at the minimum
	EscapeCurvature  float64 // |h_s| > 0, modulus of the negative curvature at the saddle
	LossRatio        float64 // L_s/L* > 1
	Temperature      float64 // T = eta h*/B > 0
	LearningRate     float64 // eta; 0 stands for unknown, and no condition is set on eta h*
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad field.
func (l OneOutlier) Validate() error {
	return model.CheckDomain("law of one outlier").
		Positive("outlier curvature h*", l.OutlierCurvature).
		Positive("escape curvature |h_s|", l.EscapeCurvature).
		Above(1, "loss ratio L_s/L*", l.LossRatio).
		Positive("temperature T = eta h*/B", l.Temperature).
		NonNegative("learning rate eta", l.LearningRate).Err()
}

// Exponent returns 1/2 + B/(eta h*), the power of L*/L_s.
func (l OneOutlier) Exponent() float64 { return 0.5 + 1/l.Temperature }

// LogLossBarrier returns log(L_s/L*).
func (l OneOutlier) LogLossBarrier() float64 { return math.Log(l.LossRatio) }

// LogEscapeRate returns log kappa.
func (l OneOutlier) LogEscapeRate() float64 {
	hStar, hSaddle := l.OutlierCurvature, l.EscapeCurvature
	return -logTwoPi + 0.5*(math.Log(hStar)+math.Log(hSaddle)) - l.Exponent()*l.LogLossBarrier() // Eq. 16
}

// EscapeRate returns kappa.
func (l OneOutlier) EscapeRate() float64 { return math.Exp(l.LogEscapeRate()) }

// Conditions lists the assumptions that do not hold well.
func (l OneOutlier) Conditions() []model.Condition {
	return conditions(l.LogEscapeRate(), l.LogLossBarrier(), l.Temperature, l.LearningRate, l.OutlierCurvature, 1)
}

// Source returns the citation.
func (OneOutlier) Source() string { return "Mori2022, Eq. 16" }

// Outliers is the escape rate with n outliers,
//
//	kappa = (|h_e^s|/2pi) sqrt(det H*/|det H_s|) (L_s/L*)^-(B/(eta h*) + 1 - n/2)   (Mori2022, Eq. 17)
//
// per unit of t; the determinants run over the n-dimensional outlier subspace
// only. At n = 1 it is [OneOutlier]. When the outliers differ in size but the
// eigenvectors of the Hessian do not turn along the path, the same formula
// holds with the h* of the escape direction in T (Mori2022, appendix);
// [FromHessians] fills the fields in either case.
type Outliers struct {
	OutlierCount     int     // n >= 1
	OutlierCurvature float64 // h* > 0, along the escape direction
	EscapeCurvature  float64 // |h_e^s| > 0
	LogDetMinimum    float64 // log det H*
	LogDetSaddle     float64 // log |det H_s|
	LossRatio        float64 // L_s/L* > 1
	Temperature      float64 // T = eta h*/B > 0
	LearningRate     float64 // eta; 0 stands for unknown

	noted []model.Condition // found by FromHessians
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad field.
func (l Outliers) Validate() error {
	return model.CheckDomain("law of n outliers").
		AtLeast(1, "outlier count n", l.OutlierCount).
		Positive("outlier curvature h*", l.OutlierCurvature).
		Positive("escape curvature |h_e^s|", l.EscapeCurvature).
		Finite("log det H*", l.LogDetMinimum).
		Finite("log |det H_s|", l.LogDetSaddle).
		Above(1, "loss ratio L_s/L*", l.LossRatio).
		Positive("temperature T = eta h*/B", l.Temperature).
		NonNegative("learning rate eta", l.LearningRate).Err()
}

// Exponent returns B/(eta h*) + 1 - n/2, the power of L*/L_s.
func (l Outliers) Exponent() float64 { return 1/l.Temperature + 1 - float64(l.OutlierCount)/2 }

// LogLossBarrier returns log(L_s/L*).
func (l Outliers) LogLossBarrier() float64 { return math.Log(l.LossRatio) }

// LogEscapeRate returns log kappa.
func (l Outliers) LogEscapeRate() float64 {
	return math.Log(l.EscapeCurvature) - logTwoPi + 0.5*(l.LogDetMinimum-l.LogDetSaddle) - l.Exponent()*l.LogLossBarrier() // Eq. 17
}

// EscapeRate returns kappa.
func (l Outliers) EscapeRate() float64 { return math.Exp(l.LogEscapeRate()) }

// Conditions lists the assumptions that do not hold well.
func (l Outliers) Conditions() []model.Condition {
	out := conditions(l.LogEscapeRate(), l.LogLossBarrier(), l.Temperature, l.LearningRate, l.OutlierCurvature, l.OutlierCount)
	return append(out, l.noted...)
}

// Source returns the citation.
func (Outliers) Source() string { return "Mori2022, Eq. 17" }
