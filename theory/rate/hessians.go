package rate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// Hessians is what [FromHessians] needs to fill the law of n outliers
// (Mori2022, Eq. 17).
type Hessians struct {
	Minimum      mat.Symmetric // H*, n x n, on the outlier subspace: positive definite
	Saddle       mat.Symmetric // H_s, n x n, same basis: exactly one negative eigenvalue
	LossMinimum  float64       // L* > 0
	LossSaddle   float64       // L_s > L*
	LearningRate float64       // eta > 0
	BatchSize    float64       // B > 0; a number, so that the factor (N-B)/(N-1) can be absorbed
}

// FromHessians returns the law of n outliers (Mori2022, Eq. 17). The escape direction e is the eigenvector
// of the negative eigenvalue of H_s, and
//
//	h* = e^T H* e,   T = eta h*/B
//
// which is the outlier itself when all are of one size, and h_e* when the
// eigenvectors do not turn between minimum and saddle (Mori2022, appendix).
// When neither holds, the law is outside its derivation: the condition
// [TurnedEigenvectors] is set when |H* e - h* e| exceeds a hundredth of h*, and
// [AnisotropicOutlier] when the outliers differ by more than a tenth. A saddle
// that has not exactly one negative eigenvalue, a singular Hessian, or a
// minimum that is not positive definite is an error wrapping [model.ErrDomain].
// An eigenvalue of at most 1e-12 of the largest, in size, counts as 0.
func FromHessians(p Hessians) (Outliers, error) {
	d := model.CheckDomain("law of n outliers").
		That(p.Minimum != nil, "Hessian H*", p.Minimum, "an n x n matrix").
		That(p.Saddle != nil, "Hessian H_s", p.Saddle, "an n x n matrix").
		Positive("loss L* at the minimum", p.LossMinimum).
		Above(p.LossMinimum, "loss L_s at the saddle", p.LossSaddle).
		Positive("learning rate eta", p.LearningRate).
		Positive("batch size B", p.BatchSize)
	if err := d.Err(); err != nil {
		return Outliers{}, err
	}
	n := p.Minimum.SymmetricDim()
	d.That(p.Saddle.SymmetricDim() == n && n > 0, "size of H_s", p.Saddle.SymmetricDim(), fmt.Sprintf("that of H*, %d", n))
	if err := d.Err(); err != nil {
		return Outliers{}, err
	}
	var atMin, atSad mat.EigenSym
	d.That(finite(p.Minimum) && atMin.Factorize(p.Minimum, false), "Hessian H*", "not finite", "finite numbers")
	d.That(finite(p.Saddle) && atSad.Factorize(p.Saddle, true), "Hessian H_s", "not finite", "finite numbers")
	if err := d.Err(); err != nil {
		return Outliers{}, err
	}
	lambda, mu := atMin.Values(nil), atSad.Values(nil) // ascending
	rounding := zeroBelow(mu)
	negative, singular := 0, false
	for _, x := range mu {
		if x < 0 {
			negative++
		}
		singular = singular || math.Abs(x) <= rounding
	}
	least := zeroBelow(lambda)
	d.That(lambda[0] > least, "least eigenvalue of H*", lambda[0], fmt.Sprintf("a number > %.3g, which rounding does not reach", least)).
		That(negative == 1, "number of negative eigenvalues of H_s", negative, "exactly 1").
		That(!singular, "Hessian H_s", "singular", "no eigenvalue 0")
	if err := d.Err(); err != nil {
		return Outliers{}, err
	}

	var vectors mat.Dense
	atSad.VectorsTo(&vectors)
	e := vectors.ColView(0)
	hStar := mat.Inner(e, p.Minimum, e)
	law := Outliers{
		OutlierCount:     n,
		OutlierCurvature: hStar,
		EscapeCurvature:  -mu[0],
		LogDetMinimum:    logAbsProduct(lambda),
		LogDetSaddle:     logAbsProduct(mu),
		LossRatio:        p.LossSaddle / p.LossMinimum,
		Temperature:      p.LearningRate * hStar / p.BatchSize,
		LearningRate:     p.LearningRate,
	}
	var turned mat.VecDense
	turned.MulVec(p.Minimum, e)
	turned.AddScaledVec(&turned, -hStar, e)
	if residual := mat.Norm(&turned, 2) / hStar; residual > 0.01 {
		law.noted = append(law.noted, model.Condition{Name: TurnedEigenvectors,
			Detail: fmt.Sprintf("the escape direction misses being an eigenvector of H* by %.3g h*", residual)})
	}
	if spread := lambda[n-1] / lambda[0]; spread > 1.1 {
		law.noted = append(law.noted, model.Condition{Name: AnisotropicOutlier,
			Detail: fmt.Sprintf("the outliers at the minimum differ by a factor %.4g", spread)})
	}
	return law, law.Validate()
}

// zeroBelow returns the size up to which an eigenvalue of a spectrum counts as 0.
func zeroBelow(spectrum []float64) float64 {
	return 1e-12 * math.Max(floats.Norm(spectrum, math.Inf(1)), math.SmallestNonzeroFloat64)
}

func logAbsProduct(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Log(math.Abs(v))
	}
	return sum
}

func finite(a mat.Symmetric) bool {
	n := a.SymmetricDim()
	for i := range n {
		for j := i; j < n; j++ {
			if x := a.At(i, j); math.IsNaN(x) || math.IsInf(x, 0) {
				return false
			}
		}
	}
	return true
}
