package stattest

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// betaQuantile returns x with I_x(a, b) = p, by bisection in log(x/(1-x))
// wherever the series behind mathext.InvRegIncBeta does not converge: far tails
// of very unequal a and b, Student's law with 1e5 degrees of freedom being one.
func betaQuantile(a, b, p float64) float64 {
	x := mathext.InvRegIncBeta(a, b, p)
	if x > 0 && x < 1 && math.Abs(mathext.RegIncBeta(a, b, x)-p) <= 1e-9*p {
		return x
	}
	low, high := -700.0, 700.0
	for range 80 { // 1400/2^80 is far below the rounding of x
		mid := (low + high) / 2
		x = 1 / (1 + math.Exp(-mid))
		if mathext.RegIncBeta(a, b, x) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return x
}

// studentQuantile returns t > 0 with P(|T| > t) = alpha for nu degrees of
// freedom: I_x(nu/2, 1/2) = alpha at x = nu/(nu + t^2).
func studentQuantile(alpha, nu float64) float64 {
	low, high := 0.0, 1.0
	tail := func(t float64) float64 { return mathext.RegIncBeta(nu/2, 0.5, nu/(nu+t*t)) }
	for tail(high) > alpha {
		low, high = high, 2*high
		if math.IsInf(high, 1) {
			return high
		}
	}
	for range 60 {
		if mid := (low + high) / 2; tail(mid) > alpha {
			low = mid
		} else {
			high = mid
		}
	}
	return high
}
