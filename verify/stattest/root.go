package stattest

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// root returns where a monotone function changes sign between a and b, to
// about 1e-13 of its size, by the Illinois variant of false position. f(a) and
// f(b) must have different signs.
func root(a, b float64, f func(float64) float64) float64 {
	fa, fb := f(a), f(b)
	for range 200 {
		if fb == 0 || math.Abs(b-a) <= 1e-13*math.Max(math.Abs(a), math.Abs(b)) {
			break
		}
		c := b - fb*(b-a)/(fb-fa)
		if !(c > math.Min(a, b) && c < math.Max(a, b)) {
			c = a + (b-a)/2
		}
		fc := f(c)
		if (fc < 0) != (fb < 0) {
			a, fa = b, fb
		} else {
			fa /= 2 // the same end moved twice: pull the other one in
		}
		b, fb = c, fc
	}
	return b
}

// betaQuantile returns x with I_x(a, b) = p, by bisection in log(x/(1-x))
// wherever the series behind mathext.InvRegIncBeta does not converge: far tails
// of very unequal a and b, such as a = 1e5, b = 1, p = 1e-9.
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
// freedom: I_x(nu/2, 1/2) = alpha at x = nu/(nu + t^2). The logarithm of the
// tail bends gently in t for many degrees of freedom and in log t for few.
func studentQuantile(alpha, nu float64) float64 {
	excess := func(logT float64) float64 {
		t := math.Exp(logT)
		return math.Log(mathext.RegIncBeta(nu/2, 0.5, nu/(nu+t*t))) - math.Log(alpha)
	}
	low, high := -1.0, 1.0
	for excess(low) < 0 {
		low *= 2
	}
	for excess(high) > 0 {
		low, high = high, 2*high
	}
	return math.Exp(root(low, high, excess))
}
