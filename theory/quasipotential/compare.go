package quasipotential

import (
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// A Comparison holds the exponent of the escape rate under anisotropic noise
// against the one of the isotropic approximation (Mori2022, Eqs. 17, 20, 21).
// Both are per eps = eta/B: the rate goes as exp(-exponent B/eta).
type Comparison struct {
	// Anisotropy is a in A = (1 - a) h* 1 + a H*: 0 is the isotropic
	// approximation, 1 the noise of Eq. 15.
	Anisotropy float64
	// Exponent is the quasi-potential V under A.
	Exponent float64
	// ExponentError estimates the absolute error of Exponent.
	ExponentError float64
	// IsotropicExponent is log(L_s/L*)/h*, as in Eq. 17, with h* = e^T H* e for
	// the escape direction e at the saddle.
	IsotropicExponent float64
	// OutlierCurvature is that h*.
	OutlierCurvature float64
	// RelativeError is IsotropicExponent/Exponent - 1: what Eq. 17 makes of the
	// exponent. Positive when Eq. 17 overestimates the barrier.
	RelativeError float64
	// Path is the path of least action under A.
	Path Path
}

// Compare returns the exponent of the escape from the minimum over the saddle
// with the noise sqrt(2 (eta/B) H*) of Mori2022, Eq. 15, beside the isotropic
// approximation that Eq. 17 makes of it:
//
//	RelativeError = (log(L_s/L*)/h*)/V - 1,   h* = e^T H* e
//
// e being the eigenvector of the negative eigenvalue of H_s. The error vanishes
// when H* is proportional to the identity, and when the path is straight along a
// common eigenvector of all Hessians on it (Mori2022, appendix: h* = h_e*). For
// errors see [Sweep].
func Compare(l landscape.Landscape, minimum, saddle []float64, o Options) (Comparison, error) {
	all, err := Sweep(l, minimum, saddle, []float64{1}, o)
	if err != nil {
		return Comparison{}, err
	}
	return all[0], nil
}

// Sweep returns the comparison for each anisotropy a in [0, 1] of the noise
//
//	A = (1 - a) h* 1 + a H*
//
// between the isotropic approximation of Mori2022, Eq. 20 (a = 0, where Eq. 17's
// exponent is exact) and Eq. 15 (a = 1). An error wraps [model.ErrDomain] when the
// arguments are bad, H* is not positive definite or H_s has not exactly one
// negative eigenvalue.
func Sweep(l landscape.Landscape, minimum, saddle, anisotropies []float64, o Options) ([]Comparison, error) {
	p := Problem{Landscape: l, From: minimum, To: saddle}
	d := model.CheckDomain("comparison with Eq. 17").Include(p.Validate())
	for _, a := range anisotropies {
		d.That(a >= 0 && a <= 1, "anisotropy a", a, "a number from 0 to 1")
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	n := l.Dim()
	atMin, atSad := mat.NewSymDense(n, nil), mat.NewSymDense(n, nil)
	l.Hessian(atMin, minimum)
	l.Hessian(atSad, saddle)
	var eigen mat.EigenSym
	var chol mat.Cholesky
	d.That(finite(atMin) && chol.Factorize(atMin), "Hessian H*", mat.Formatted(atMin, mat.Squeeze()), "a positive definite matrix").
		That(finite(atSad) && eigen.Factorize(atSad, true), "Hessian H_s", "not finite", "finite numbers")
	if err := d.Err(); err != nil {
		return nil, err
	}
	negative := 0
	for _, x := range eigen.Values(nil) {
		if x < 0 {
			negative++
		}
	}
	if err := d.That(negative == 1, "negative eigenvalues of H_s", negative, "exactly 1").Err(); err != nil {
		return nil, err
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	e := vectors.ColView(0)
	hStar := mat.Inner(e, atMin, e)

	out := make([]Comparison, 0, len(anisotropies))
	for _, a := range anisotropies {
		noise := mat.NewSymDense(n, nil)
		noise.ScaleSym(a, atMin)
		for i := range n {
			noise.SetSym(i, i, noise.At(i, i)+(1-a)*hStar)
		}
		p.Noise = noise
		path, err := Solve(p, o)
		if err != nil {
			return nil, err
		}
		c := Comparison{Anisotropy: a, Exponent: path.Action, ExponentError: path.ActionError, OutlierCurvature: hStar, Path: path}
		c.IsotropicExponent = path.LogLossBarrier / hStar
		c.RelativeError = c.IsotropicExponent/c.Exponent - 1
		out = append(out, c)
	}
	return out, nil
}
