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
	top, _ := math.Lgamma(p.Exponent)
	bottom, _ := math.Lgamma(c)
	return a*math.Log(p.Curvature/(2*math.Pi*p.MinimumLoss)) + top - bottom - p.Exponent*math.Log1p(p.excess(r))
}

// excess returns v = L/L* - 1 at radius r.
func (p Quadratic) excess(r float64) float64 { return p.Curvature * r * r / (2 * p.MinimumLoss) }

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
	return math.Ln2 + a*math.Log(p.Curvature/(2*p.MinimumLoss)) + logR - mathext.Lbeta(a, c) - p.Exponent*math.Log1p(p.excess(r))
}

// RadiusCDF returns the probability that |theta| <= r.
func (p Quadratic) RadiusCDF(r float64) float64 {
	if r <= 0 {
		return 0
	}
	return p.excessCDF(p.excess(r))
}

// RadiusQuantile returns the radius that |theta| stays below with probability
// q in [0, 1]; +Inf for q = 1. It panics for other q.
func (p Quadratic) RadiusQuantile(q float64) float64 {
	return math.Sqrt(2 * p.MinimumLoss / p.Curvature * p.excessQuantile(q))
}

// LossCDF returns the probability that L <= loss.
func (p Quadratic) LossCDF(loss float64) float64 {
	if loss <= p.MinimumLoss {
		return 0
	}
	return p.excessCDF(loss/p.MinimumLoss - 1)
}

// LossQuantile returns the loss that L stays below with probability q in
// [0, 1]; +Inf for q = 1. It panics for other q.
func (p Quadratic) LossQuantile(q float64) float64 {
	return p.MinimumLoss * (1 + p.excessQuantile(q))
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

func (p Quadratic) excessCDF(v float64) float64 {
	a, c := p.shape()
	if v > 1 {
		return 1 - mathext.RegIncBeta(c, a, 1/(1+v))
	}
	return mathext.RegIncBeta(a, c, v/(1+v))
}

func (p Quadratic) excessQuantile(q float64) float64 {
	if !(q >= 0 && q <= 1) {
		panic(fmt.Sprintf("stationary: probability %v is outside [0, 1]", q))
	}
	a, c := p.shape()
	if q > 0.5 {
		y := mathext.InvRegIncBeta(c, a, 1-q) // 1/(1+v), without cancellation in the tail
		return (1 - y) / y
	}
	x := mathext.InvRegIncBeta(a, c, q)
	return x / (1 - x)
}
