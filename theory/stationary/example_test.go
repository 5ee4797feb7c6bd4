package stationary_test

import (
	"fmt"

	"sgdescape/theory/stationary"
)

// With T = eta h*/B = 0.4 five outliers are stable in t, and just not in tau.
func ExampleQuadratic() {
	inTime := stationary.Quadratic{Dim: 5, Curvature: 1, MinimumLoss: 0.5, Exponent: stationary.Exponent(0.4)}
	internal := inTime
	internal.Exponent = stationary.InternalExponent(0.4)
	fmt.Printf("t: phi = %g, median loss %.3f\n", inTime.Exponent, inTime.LossQuantile(0.5))
	fmt.Println("tau:", internal.Validate())
	// Output:
	// t: phi = 3.5, median loss 2.065
	// tau: stationary density: stationary exponent phi is 2.5, want a finite number > 2.5
}
