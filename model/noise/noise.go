// Package noise is a catalogue of gradient-noise models: the covariance
// Sigma(theta) of the minibatch gradient, per minibatch.
//
// A noise model enters the diffusion limit as
//
//	d theta = -grad L dt + sqrt(eta Sigma(theta)) dW   (Itô; Mori2022, Eq. 4)
//
// so the diffusion matrix of the Fokker-Planck equation is eta Sigma/2. The
// comparator GLD, d theta = -grad L dt + sqrt(2D) dW (Mori2022, Eq. 5), is the
// constant covariance Sigma = (2D/eta) I.
//
// # Models
//
//	[Exact]             c [mean(grad l grad l^T) - grad L grad L^T]   Eq. 8
//	[GaussianInputs]    (1/B) [(s² + |theta|²) I + theta theta^T]     Eq. 8, N -> infinity
//	[LossProportional]  (2 L/B) H*                                    Eq. 6
//	[LossIsotropic]     (2 T L/eta) I                                 Eq. 20
//	[Aligned]           a H                                           constant
//	[Isotropic]         (2D/eta) I                                    Eq. 5
//
// From Eq. 8 to Eq. 6 the paper drops grad L grad L^T and decouples loss and
// curvature, mean(l C) ~ mean(l) mean(C) with C = grad f grad f^T (Mori2022,
// Eqs. 7, 9, 10). With l = (f - y)²/2 one has grad l = (f - y) grad f, so that
//
//	grad l grad l^T = (f - y)² C = 2 l C
//
// which is where the factor 2 comes from, and the 1/B is that of a mean over B
// independent samples. There is no factor 1/N. Both are tested by enumeration of
// all minibatches of a small data set on which the decoupling is exact.
//
// Both steps are approximations. For Gaussian inputs the exact variance along
// theta is (s² + 2|theta|²)/B and Eq. 6 has (s² + |theta|²)/B: they agree at the
// minimum and differ by a factor 2 far from it.
//
// # Parameters
//
// A constructor refuses values outside their domain with an error that wraps
// model.ErrDomain and names all of them. Parameters can be read back, so that a
// simulator may recognise a type and run a faster loop for it. Slices and
// matrices of the wrong size are a bug of the caller and panic.
package noise

import "gonum.org/v1/gonum/mat"

// A Model gives the covariance of the minibatch gradient.
//
// Methods must be safe for concurrent use.
type Model interface {
	// Dim returns the number n of parameters.
	Dim() int
	// Covariance stores Sigma(theta), n x n, positive semidefinite, in dst,
	// whatever it held, and does not change theta.
	Covariance(dst *mat.SymDense, theta []float64)
}
