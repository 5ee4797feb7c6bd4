package stationary

import "math"

// betaPrime is the law of v > 0 with the density v^(a-1) (1+v)^-(a+c)/Beta(a, c),
// for a and c of any size. With x = v/(1+v) its distribution function is the
// regularised incomplete beta function I_x(a, c) (DLMF 8.17).
type betaPrime struct {
	a, c    float64
	logBeta float64 // log Beta(a, c)
}

func newBetaPrime(a, c float64) betaPrime { return betaPrime{a, c, logBeta(a, c)} }

// tails returns the logarithms of P(V <= v) and P(V > v), and of the density of
// log V, at v = exp(logV).
//
// The tail that v lies in is a continued fraction in v itself, so that neither
// 1 - x nor the power of a number next to 1 is ever taken; the other tail is the
// rest to 1.
func (d betaPrime) tails(v, logV float64) (logLower, logUpper, logDensity float64) {
	logY := -math.Log1p(v) // 1 - x
	logX := -math.Log1p(1 / v)
	if v < 1 {
		logX = logV + logY
	} else {
		logY = logX - logV
	}
	logDensity = d.a*logX + d.c*logY - d.logBeta
	if v*(d.c+1) < d.a+1 {
		logLower = logDensity + math.Log(lowerFraction(d.a, d.c, v/(1+v))/d.a)
		return logLower, logRest(logLower), logDensity
	}
	logUpper = logDensity - logX + math.Log(upperFraction(d.a, d.c, v)/d.c)
	return logRest(logUpper), logUpper, logDensity
}

// logRest returns log(1 - exp(x)), and -Inf where rounding made x >= 0.
func logRest(x float64) float64 {
	if x > -math.Ln2 {
		return math.Log(math.Max(0, -math.Expm1(x)))
	}
	return math.Log1p(-math.Exp(x))
}

// logQuantile returns the logarithm of the v that V stays below with
// probability q in [0, 1].
//
// The density of t = log V is log-concave, and therefore both tails are: Newton
// steps on the logarithm of a tail converge from any start, from one side after
// the first step.
func (d betaPrime) logQuantile(q float64) float64 {
	switch q {
	case 0:
		return math.Inf(-1)
	case 1:
		return math.Inf(1)
	}
	lower := q <= 0.5
	want := math.Log(q)
	if !lower {
		want = math.Log(1 - q) // exact in 1 - q
	}
	const steps = 200
	t := d.start(want, lower)
	for range steps {
		logLower, logUpper, logDensity := d.tails(math.Exp(t), t)
		have, sign := logLower, 1.0
		if !lower {
			have, sign = logUpper, -1
		}
		step := sign * (want - have) * math.Exp(have-logDensity)
		t += step
		if math.Abs(step) <= 1e-9*math.Max(1, math.Abs(t)) {
			break // the error is of the order of its square
		}
	}
	return t
}

// start returns a first t = log v for a tail of the given logarithm: the normal
// approximation of log V where the law is narrow, else a bound of the tail.
func (d betaPrime) start(logTail float64, lower bool) float64 {
	a, c := d.a, d.c
	switch {
	case a > 1 && c > 1:
		// Mean and variance of log V to the leading order of 1/a and 1/c.
		z := math.Sqrt(-2 * logTail)
		z -= (2.30753 + 0.27061*z) / (1 + z*(0.99229+0.04481*z)) // Abramowitz and Stegun, 26.2.22
		if lower {
			z = -z
		}
		return math.Log((a-0.5)/(c-0.5)) + z*math.Sqrt(1/(a-0.5)+1/(c-0.5))
	case lower:
		return (logTail + math.Log(a) + d.logBeta) / a // P(V <= v) < v^a/(a Beta)
	case a <= 1:
		return logExpm1(-logTail / c) // P(V > v) <= (1+v)^-c, equal for a = 1
	default:
		return -(logTail + math.Log(c) + d.logBeta) / c // P(V > v) < v^-c/(c Beta)
	}
}

// logExpm1 returns log(exp(x) - 1) for x > 0.
func logExpm1(x float64) float64 { return x + math.Log(-math.Expm1(-x)) }

// lowerFraction returns a B_x(a, c)/(x^a (1-x)^c), by the continued fraction of
// DLMF 8.17.22. It is quick for x < (a+1)/(a+c+2).
func lowerFraction(a, c, x float64) float64 {
	return continuedFraction(func(m float64) (odd, even float64) {
		odd = -(a + m) * (a + c + m) * x / ((a + 2*m) * (a + 2*m + 1))
		m++
		return odd, m * (c - m) * x / ((a + 2*m - 1) * (a + 2*m))
	})
}

// upperFraction returns c B_y(c, a)/(x^(a-1) y^c), y = 1/(1+v) = 1 - x. This is
// F(1, 1-a; c+1; -1/v) (DLMF 8.17.8 with 15.8.1) by the continued fraction of
// Gauss (DLMF 15.7.1). It is quick for x > (a+1)/(a+c+2).
func upperFraction(a, c, v float64) float64 {
	return continuedFraction(func(m float64) (odd, even float64) {
		odd = (m + 1 - a) * ((c + m) / (v * (c + 2*m) * (c + 2*m + 1)))
		m++
		return odd, m * ((c + a - 1 + m) / (v * (c + 2*m - 1) * (c + 2*m)))
	})
}

// continuedFraction returns 1/(1 + d1/(1 + d2/(1 + ...))) by the modified Lentz
// method; pair(m) gives the elements of index 2m+1 and 2m+2.
func continuedFraction(pair func(m float64) (odd, even float64)) float64 {
	const tiny, pairs = 1e-300, 100000
	f, num, den := 1.0, 1.0, 0.0
	extend := func(d float64) float64 {
		den = 1 + d*den
		if math.Abs(den) < tiny {
			den = tiny
		}
		den = 1 / den
		num = 1 + d/num
		if math.Abs(num) < tiny {
			num = tiny
		}
		f *= num * den
		return math.Abs(num*den - 1)
	}
	for m := range pairs {
		odd, even := pair(float64(m))
		first := extend(odd)
		if extend(even) < 4e-16 && first < 4e-16 {
			break
		}
	}
	return 1 / f
}

// logBeta returns log Beta(a, c).
func logBeta(a, c float64) float64 {
	if a > c {
		a, c = c, a
	}
	gamma, _ := math.Lgamma(a)
	return gamma - logGammaRatio(c, a)
}

// logGammaRatio returns log[Gamma(x+a)/Gamma(x)] without the cancellation of the
// two logarithms for large x, by Stirling's series (DLMF 5.11.1).
func logGammaRatio(x, a float64) float64 {
	if x < leastStirling {
		top, _ := math.Lgamma(x + a)
		bottom, _ := math.Lgamma(x)
		return top - bottom
	}
	u := math.Log1p(a / x)
	return x*(u-a/x) + (a-0.5)*u + a*math.Log(x) + stirlingRest(x+a) - stirlingRest(x)
}

// leastStirling is where the first term left out of stirlingRest, x^-13/156, is
// below rounding.
const leastStirling = 10.0

// stirlingRest returns log Gamma(x) - (x-1/2) log x + x - log(2 pi)/2.
func stirlingRest(x float64) float64 {
	s := 1 / (x * x)
	return (1.0/12 - s*(1.0/360-s*(1.0/1260-s*(1.0/1680-s*(1.0/1188-s*(691.0/360360)))))) / x
}
