package stattest

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// incompleteBeta returns the regularised I_x(a, b). Up to a + b = 1e4 it is
// mathext.RegIncBeta, whose continued fraction is cut off too early for more:
// I_{1/2}(n, n) is off by 4e-7 at n = 1e6 and by 2 % at n = 1e7. Beyond, the
// same fraction is carried to its end and its factor taken from Stirling's
// series, without the cancellation of large logarithms.
func incompleteBeta(a, b, x float64) float64 {
	if a+b < 1e4 || a < 10 || b < 10 || !(x > 0 && x < 1) {
		return mathext.RegIncBeta(a, b, x)
	}
	if x > (a+1)/(a+b+2) { // the fraction converges on this side
		return 1 - betaFraction(b, a, 1-x, x)
	}
	return betaFraction(a, b, x, 1-x)
}

// betaFraction returns I_x(a, b), y = 1 - x, by
//
//	x^a y^b / (a B(a, b)) * 1/(1+ d_1/(1+ d_2/(1+ ...))),
//	d_{2m} = m (b-m) x/((a+2m-1)(a+2m)),
//	d_{2m+1} = -(a+m)(a+b+m) x/((a+2m)(a+2m+1))
//
// in Lentz's way; it takes of the order of sqrt(max(a, b)) terms.
func betaFraction(a, b, x, y float64) float64 {
	const tiny = 1e-300
	c, d := 1.0, 1-(a+b)*x/(a+1)
	if math.Abs(d) < tiny {
		d = tiny
	}
	d = 1 / d
	h := d
	step := func(coefficient float64) float64 {
		if d = 1 + coefficient*d; math.Abs(d) < tiny {
			d = tiny
		}
		if c = 1 + coefficient/c; math.Abs(c) < tiny {
			c = tiny
		}
		d = 1 / d
		h *= d * c
		return d * c
	}
	for m := 1.0; m < 1e6; m++ {
		step(m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m)))
		if change := step(-(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))); math.Abs(change-1) < 1e-15 {
			break
		}
	}
	return math.Exp(logBetaDensity(a, b, x, y)) / a * h
}

// logBetaDensity returns log(x^a y^b / B(a, b)), y = 1 - x, for a, b >= 10. With
// n = a + b, u = (n x - a)/a, v = (n y - b)/b and delta Stirling's error,
//
//	a (log(1+u) - u) + b (log(1+v) - v) + log(a b/(2 pi n))/2
//	    + delta(n) - delta(a) - delta(b)
//
// in which the terms linear in u and v, which cancel, are left out.
func logBetaDensity(a, b, x, y float64) float64 {
	n := a + b
	u, v := (n*x-a)/a, (n*y-b)/b
	return a*(math.Log1p(u)-u) + b*(math.Log1p(v)-v) + math.Log(a/n*b/(2*math.Pi))/2 +
		stirling(n) - stirling(a) - stirling(b)
}

// stirling returns log Gamma(z) - (z - 1/2) log z + z - log(2 pi)/2, to 1e-12 for
// z >= 10.
func stirling(z float64) float64 {
	w := 1 / (z * z)
	return (1./12 - w*(1./360-w*(1./1260-w/1680))) / z
}

// betaQuantile returns x with I_x(a, b) = p, by bisection in log(x/(1-x))
// wherever the series behind mathext.InvRegIncBeta does not converge: far tails
// of very unequal a and b, such as a = 1e5, b = 1, p = 1e-9.
func betaQuantile(a, b, p float64) float64 {
	x := mathext.InvRegIncBeta(a, b, p)
	if x > 0 && x < 1 && math.Abs(incompleteBeta(a, b, x)-p) <= 1e-9*p {
		return x
	}
	low, high := -700.0, 700.0
	for range 80 { // 1400/2^80 is far below the rounding of x
		mid := (low + high) / 2
		x = 1 / (1 + math.Exp(-mid))
		if incompleteBeta(a, b, x) < p {
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
