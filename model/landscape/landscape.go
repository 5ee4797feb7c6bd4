// Package landscape is a catalogue of loss landscapes whose minima, saddles
// and spectra are known exactly, and the interface by which a user brings one
// more.
//
// Every catalogue type is built by a constructor that refuses values outside
// the domain with an error wrapping [model.ErrDomain]; its parameters can be
// read back through exported methods, so that a simulator may recognise the
// type and run a faster loop for it.
//
// # Catalogue
//
//	[IsotropicValley]  L* + h |theta|²/2
//	[QuadraticValley]  L* + (theta - theta*)^T H (theta - theta*)/2
//	[DoubleWell]       L0 + dL (1 - (x/w)²)²
//	[Channel]          L0 + dL (1 - (x/w)²)² + k(x) r²/2
//	[Polynomial]       sum_k c_k x^k
//
// The potential of the theory is U = log L (Mori2022, Eq. 15), so the loss of
// every catalogue type is positive everywhere.
//
// # A landscape of one's own
//
// Implement [Landscape], or state a loss and what else is known in a
// [Definition], or adapt an optimisation problem with [FromProblem]. [WithMinimum]
// and [WithPassage] attach critical points after checking them: a minimum must
// have a positive definite Hessian, a saddle exactly one negative eigenvalue, as
// the escape rate (Mori2022, Eqs. 16, 17) assumes. [Inspect] says what a point is.
//
// # Numerics
//
// Gradients and Hessians of the catalogue are closed forms. A critical point is
// accepted when the Newton step would change the loss by less than 1e-12 of its
// value, a criterion without units. Curvatures below 1e-9 of the largest count as
// flat, and flat directions are refused.
package landscape

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// A Landscape is a twice differentiable loss L(theta) in n dimensions.
//
// Methods must be safe for concurrent use: they are called from many
// goroutines. Slices have length Dim and are not retained; a wrong length is a
// bug of the caller and may panic. What dst held before does not matter, and
// theta is not changed.
type Landscape interface {
	// Dim returns the number n of parameters.
	Dim() int
	// Loss returns L(theta).
	Loss(theta []float64) float64
	// Grad stores grad L(theta) in dst, of length n.
	Grad(dst, theta []float64)
	// Hessian stores the Hessian of L at theta in dst, n x n.
	Hessian(dst *mat.SymDense, theta []float64)
}

// A Valley is a landscape with a known global minimum.
type Valley interface {
	Landscape
	// Minimum returns a new slice with the minimum theta*, of length n.
	Minimum() []float64
}

// A Passage is a valley that is left through a known saddle.
type Passage interface {
	Valley
	// Saddle returns a new slice with the saddle theta^s, of length n. Its
	// Hessian has exactly one negative eigenvalue.
	Saddle() []float64
	// Beyond returns a new slice with the minimum on the other side.
	Beyond() []float64
}

func checkLen(what string, n int, slices ...[]float64) {
	for _, s := range slices {
		if len(s) != n {
			panic(fmt.Sprintf("landscape: %s has %d dimensions, got a slice of length %d", what, n, len(s)))
		}
	}
}
