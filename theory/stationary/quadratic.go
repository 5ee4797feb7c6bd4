package stationary

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"sgdescape/model"
)

// Exponent returns the stationary exponent of the clock t,
//
//	phi = 1 + B/(eta h*) = 1 + 1/T,  P(theta) ~ L^-phi          (Mori2022, Eq. 18)
func Exponent(temperature float64) float64 { return 1 + 1/temperature }

// InternalExponent returns the stationary exponent of the clock tau,
//
//	phi - 1 = B/(eta h*) = 1/T,  P_tau(theta) ~ L P(theta)   (Mori2022, Eqs. 15, 18)
func InternalExponent(temperature float64) float64 { return 1 / temperature }

// Quadratic is the density proportional to L^-phi on the isotropic quadratic
// valley L = L* + h |theta|²/2 in n dimensions (Mori2022, Eq. 18). With
// v = h r²/(2 L*) = L/L* - 1 it is a beta-prime law of v with parameters n/2 and
// phi - n/2 (a multivariate Student law of theta; closed form),
//
//	P(theta) = (h/(2 pi L*))^(n/2) Gamma(phi)/Gamma(phi - n/2) (1+v)^-phi
//
// It exists when phi > n/2. With phi = 1 + B/(eta h*) that is n < n_c (Mori2022,
// Eq. 19).
//
// Probabilities and the logarithms of densities are accurate to about 1e-14
// times n for any phi, large or next to n/2, and the v of a quantile to a few
// times 1e-15 max(n, |log v|, 1/(phi - n/2)), relative.
type Quadratic struct {
	Dim         int     // n >= 1
	Curvature   float64 // h > 0
	MinimumLoss float64 // L* > 0
	Exponent    float64 // phi > n/2; see [Exponent], [InternalExponent]
}

// GaussianInputs returns the exact stationary density, in t and in one
// dimension, of the diffusion limit of regression with Gaussian inputs and
// noise of variance s², whose covariance is (s² + 2 theta²)/B,
//
//	P(theta) ~ (s² + 2 theta²)^-(1 + B/(2 eta))
//
// which decoupling would replace by (s² + theta²)^-(1 + B/eta). Source: closed
// form, the zero-flux solution of Eq. 4 (Mori2022, Eqs. 4, 8).
func GaussianInputs(learningRate, batchSize, noiseVariance float64) (Quadratic, error) {
	err := model.CheckDomain("stationary density of Gaussian inputs").
		Positive("learning rate eta", learningRate).
		Positive("batch size B", batchSize).
		Positive("noise variance s²", noiseVariance).Err()
	// (s² + 2 theta²)/2 is a valley with L* = s²/2 and curvature 2.
	return Quadratic{Dim: 1, Curvature: 2, MinimumLoss: noiseVariance / 2, Exponent: 1 + batchSize/(2*learningRate)}, err
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field; a density that cannot be normalised is one.
func (p Quadratic) Validate() error {
	return model.CheckDomain("stationary density").
		AtLeast(1, "dimension n", p.Dim).
		Positive("curvature h", p.Curvature).
		Positive("loss L* at the minimum", p.MinimumLoss).
		Above(float64(p.Dim)/2, "stationary exponent phi", p.Exponent).Err()
}

// shape returns the parameters n/2 and phi - n/2 of the law of v.
func (p Quadratic) shape() (a, c float64) {
	a = float64(p.Dim) / 2
	return a, p.Exponent - a
}

// LogDensity returns log P(theta), theta of length n.
func (p Quadratic) LogDensity(theta []float64) float64 {
	if len(theta) != p.Dim {
		panic(fmt.Sprintf("stationary: density has %d dimensions, got a slice of length %d", p.Dim, len(theta)))
	}
	r := 0.0
	for _, x := range theta {
		r = math.Hypot(r, x)
	}
	a, c := p.shape()
	return a*math.Log(p.Curvature/(2*math.Pi*p.MinimumLoss)) + logGammaRatio(c, a) - p.Exponent*p.logRise(r)
}

// scaled returns sqrt(v), v = L/L* - 1, at radius r.
func (p Quadratic) scaled(r float64) float64 {
	return r * (math.Sqrt(p.Curvature) / math.Sqrt(2*p.MinimumLoss))
}

// logRise returns log(L/L*) at radius r, also where the square of r overflows.
func (p Quadratic) logRise(r float64) float64 {
	x := p.scaled(r)
	if x > 1 {
		return 2*math.Log(x) + math.Log1p(1/x/x)
	}
	return math.Log1p(x * x)
}

// LogRadiusDensity returns the logarithm of the density of r = |theta| >= 0,
// -Inf for r < 0.
func (p Quadratic) LogRadiusDensity(r float64) float64 {
	if r < 0 {
		return math.Inf(-1)
	}
	a, c := p.shape()
	logR := 0.0
	if p.Dim > 1 {
		logR = float64(p.Dim-1) * math.Log(r)
	}
	return math.Ln2 + a*math.Log(p.Curvature/(2*p.MinimumLoss)) + logR - logBeta(a, c) - p.Exponent*p.logRise(r)
}

// RadiusCDF returns the probability that |theta| <= r.
func (p Quadratic) RadiusCDF(r float64) float64 {
	if r <= 0 {
		return 0
	}
	x := p.scaled(r)
	return p.excessCDF(x*x, func() float64 { return 2 * math.Log(x) })
}

// RadiusQuantile returns the radius that |theta| stays below with probability
// q in [0, 1]; +Inf for q = 1 and where the radius overflows. It panics for other
// q.
func (p Quadratic) RadiusQuantile(q float64) float64 {
	return math.Sqrt(2*p.MinimumLoss/p.Curvature) * math.Exp(p.logExcessQuantile(q)/2)
}

// LossCDF returns the probability that L <= loss.
func (p Quadratic) LossCDF(loss float64) float64 {
	if loss <= p.MinimumLoss {
		return 0
	}
	v := (loss - p.MinimumLoss) / p.MinimumLoss
	return p.excessCDF(v, func() float64 { return math.Log(v) })
}

// LossQuantile returns the loss that L stays below with probability q in
// [0, 1]; +Inf for q = 1 and where the loss overflows. It panics for other q.
func (p Quadratic) LossQuantile(q float64) float64 {
	return p.MinimumLoss * (1 + math.Exp(p.logExcessQuantile(q)))
}

// MeanLoss returns the mean of L, L* (phi - 1)/(phi - 1 - n/2), and +Inf when
// it does not exist (phi <= 1 + n/2).
func (p Quadratic) MeanLoss() float64 {
	_, c := p.shape()
	if c <= 1 {
		return math.Inf(1)
	}
	return p.MinimumLoss * (p.Exponent - 1) / (c - 1)
}

// MomentExists reports whether the mean of |theta|^k is finite: k < 2 phi - n.
// Sample means of higher moments do not converge.
func (p Quadratic) MomentExists(k float64) bool { return k < 2*p.Exponent-float64(p.Dim) }

// excessCDF returns the probability that L/L* - 1 <= v. For a sum of parameters
// below 170 package mathext has powers and Beta itself, not their logarithms,
// which is as accurate and quicker.
func (p Quadratic) excessCDF(v float64, logV func() float64) float64 {
	a, c := p.shape()
	if !(p.Exponent < 170 && v > 1e-300 && v < 1e300) {
		logLower, _, _ := newBetaPrime(a, c).tails(v, logV())
		return math.Exp(logLower)
	}
	if v > 1 {
		return 1 - mathext.RegIncBeta(c, a, 1/(1+v))
	}
	return mathext.RegIncBeta(a, c, v/(1+v))
}

func (p Quadratic) logExcessQuantile(q float64) float64 {
	if !(q >= 0 && q <= 1) {
		panic(fmt.Sprintf("stationary: probability %v is outside [0, 1]", q))
	}
	return newBetaPrime(p.shape()).logQuantile(q)
}
