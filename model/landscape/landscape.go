// Package landscape is a catalogue of loss landscapes whose minima, saddles
// and spectra are known exactly, and the interface by which a user brings one
// more.
//
// Every catalogue type is built by a constructor that refuses values outside
// the domain with an error wrapping [model.ErrDomain]; its parameters can be
// read back through exported methods, so that a simulator may recognise the
// type and run a faster loop for it.
package landscape

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// A Landscape is a twice differentiable loss L(theta) in n dimensions.
//
// Methods must be safe for concurrent use: they are called from many
// goroutines. Slices have length Dim and are not retained; a wrong length is a
// bug of the caller and may panic.
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
