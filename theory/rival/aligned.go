package rival

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// Alignment turns the indicator of Zhu2019 into a rate. Started at a minimum,
// the mean loss of d theta = -grad L dt + sqrt(eta Sigma) dW climbs as
//
//	d/dt E[L] = (eta/2) Tr(H Sigma)  at t = 0        (Zhu2019; closed form by Itô's lemma)
//
// and Zhu2019 ranks noises of equal size by Tr(H Sigma): noise along the
// curvature climbs faster than isotropic noise. No escape rate is claimed
// there. The rate here is the inverse of the time in which the mean loss would
// climb dL at its first speed,
//
//	kappa = (eta/2) Tr(H Sigma)/dL
//
// which is this package's reading, and a condition says so always. It is local:
// it knows neither the saddle nor that the climb stops. It coincides with
// Mori2022 in no limit; with Sigma = (2L*/B) H its speed is eta L* Tr(H²)/B.
//
// Checked against the abstract of Zhu2019 only; the speed is derived here and
// tested against the closed form of the Ornstein-Uhlenbeck process.
type Alignment struct {
	LearningRate float64 // eta > 0
	Trace        float64 // Tr(H Sigma) > 0, at the minimum
	LossBarrier  float64 // dL > 0
}

// TraceOf returns Tr(H Sigma), the indicator of Zhu2019, for two symmetric
// matrices of the same size (closed form). It panics if the sizes differ.
func TraceOf(hessian, sigma mat.Symmetric) float64 {
	n := hessian.SymmetricDim()
	if m := sigma.SymmetricDim(); m != n {
		panic(fmt.Sprintf("rival: Hessian is %d x %d, noise covariance %d x %d", n, n, m, m))
	}
	sum := 0.0
	for i := range n {
		for j := range n {
			sum += hessian.At(i, j) * sigma.At(j, i)
		}
	}
	return sum
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad field.
func (l Alignment) Validate() error {
	return model.CheckDomain("alignment of noise and curvature").
		Positive("learning rate eta", l.LearningRate).
		Positive("trace Tr(H Sigma)", l.Trace).
		Positive("loss barrier dL", l.LossBarrier).Err()
}

// LogEscapeRate returns log kappa.
func (l Alignment) LogEscapeRate() float64 {
	return math.Log(l.LearningRate) + math.Log(l.Trace) - math.Log(2*l.LossBarrier)
}

// EscapeRate returns kappa.
func (l Alignment) EscapeRate() float64 { return math.Exp(l.LogEscapeRate()) }

// Conditions lists the assumptions that do not hold well; [IndicatorOnly] is
// always among them.
func (l Alignment) Conditions() []model.Condition {
	return append([]model.Condition{{Name: IndicatorOnly,
		Detail: "Tr(H Sigma) ranks noises near the minimum; the source derives no escape rate from it"}}, underflow(l.LogEscapeRate())...)
}

// Source returns the citation.
func (Alignment) Source() string {
	return "Zhu2019 (indicator Tr(H Sigma); rate: this package's reading)"
}

// HessianNoise is the escape rate under constant noise along the Hessian,
//
//	kappa = (|h_e^s|/2pi) exp[-(B dL/(eta Lnoise)) (s/h_e* + (1-s)/|h_e^s|)]   (Xie2021, mean escape time)
//
// with the curvatures h_e* and |h_e^s| along the escape direction at the minimum
// and at the saddle. The noise is Sigma = (2 Lnoise/B) |H|, constant in between
// up to a switch from the curvature of the minimum to that of the saddle, and s
// in (0, 1) is the share of the climb made under the former, a parameter that
// depends on the path and that Xie2021 leaves open. In the setting of Xie2021
// the covariance is H/B, that is Lnoise = 1/2, where the exponent reads
// -(2 B dL/eta) (s/h_e* + (1-s)/|h_e^s|).
//
// It assumes noise that does not depend on the loss, an escape along an
// eigenvector of both Hessians, and a prefactor in which the transverse
// directions cancel. With s = 1 and Lnoise = L* the exponent is that of
// Mori2022, Eq. 16, to first order in dL/L*; log(L_s/L*) is smaller than dL/L*,
// so that this law is slower for high barriers.
//
// Checked against the abstract of Xie2021 only, which bears out the exponential,
// its B/eta and the noise H/B. Prefactor and the place of s are derived here, from
// Kramers' two integrals for this noise in the isothermal sense, and tested against
// their quadrature; Itô's sense would put h_e* in the place of |h_e^s| in front.
type HessianNoise struct {
	LearningRate     float64 // eta > 0
	BatchSize        int     // B >= 1
	LossBarrier      float64 // dL > 0
	MinimumCurvature float64 // h_e* > 0
	EscapeCurvature  float64 // |h_e^s| > 0
	Share            float64 // s, 0 <= s <= 1
	NoiseLoss        float64 // Lnoise > 0; 0 means 1/2, the noise H/B
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad field.
func (l HessianNoise) Validate() error {
	return model.CheckDomain("law of constant noise along the Hessian").
		Positive("learning rate eta", l.LearningRate).
		AtLeast(1, "batch size B", l.BatchSize).
		Positive("loss barrier dL", l.LossBarrier).
		Positive("curvature h_e* at the minimum", l.MinimumCurvature).
		Positive("escape curvature |h_e^s|", l.EscapeCurvature).
		That(l.Share >= 0 && l.Share <= 1, "share s", l.Share, "a number from 0 to 1").
		NonNegative("loss of the noise Lnoise", l.NoiseLoss).Err()
}

// exponent returns the barrier in units of the temperature.
func (l HessianNoise) exponent() float64 {
	loss := l.NoiseLoss
	if loss == 0 {
		loss = 0.5
	}
	s := l.Share
	return float64(l.BatchSize) * l.LossBarrier / (l.LearningRate * loss) * (s/l.MinimumCurvature + (1-s)/l.EscapeCurvature)
}

// LogEscapeRate returns log kappa.
func (l HessianNoise) LogEscapeRate() float64 {
	return math.Log(l.EscapeCurvature) - logTwoPi - l.exponent()
}

// EscapeRate returns kappa.
func (l HessianNoise) EscapeRate() float64 { return math.Exp(l.LogEscapeRate()) }

// Conditions lists the assumptions that do not hold well.
func (l HessianNoise) Conditions() []model.Condition {
	return barrierConditions(l.LogEscapeRate(), l.exponent())
}

// Source returns the citation.
func (HessianNoise) Source() string {
	return "Xie2021 (noise and exponent; prefactor by Kramers' integrals, closed form)"
}
