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
package noise

import "gonum.org/v1/gonum/mat"

// A Model gives the covariance of the minibatch gradient.
//
// Methods must be safe for concurrent use.
type Model interface {
	// Dim returns the number n of parameters.
	Dim() int
	// Covariance stores Sigma(theta), n x n, positive semidefinite, in dst.
	Covariance(dst *mat.SymDense, theta []float64)
}
