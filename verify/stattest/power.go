package stattest

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// A shape is what the power of a [MeanTest] depends on beside the size of its
// sample: third and fourth moments of a law, and the higher ones of a gamma law
// in their place.
type shape struct {
	skew, kurt float64     // gamma and the excess kurtosis kappa >= 1.5 gamma^2
	moments    [10]float64 // standardised moments 0 .. 9 of the gamma law of that kappa
}

// newShape takes the excess kurtosis of the gamma family, 1.5 gamma^2, wherever a
// smaller one is given.
func newShape(skew, kurt float64) shape {
	s := shape{skew: math.Abs(skew)}
	s.kurt = math.Max(kurt, 1.5*skew*skew)
	half := math.Sqrt(s.kurt / 6) // half the skewness of the gamma law of that kurtosis
	cumulant := func(r int) float64 {
		if r == 1 {
			return 0
		}
		return math.Gamma(float64(r)) * math.Pow(half, float64(r-2))
	}
	s.moments[0] = 1
	for m := range len(s.moments) - 1 {
		choose := 1.0 // of j among m
		for j := range m + 1 {
			s.moments[m+1] += choose * cumulant(j+1) * s.moments[m-j]
			choose *= float64(m-j) / float64(j+1)
		}
	}
	return s
}

// spread returns standard deviation and skewness of the polynomial
// c[0] + c[1] u + c[2] u^2 + c[3] u^3 of a standardised number u.
func (s shape) spread(c [4]float64) (sd, skew float64) {
	var mean, m2, m3 float64
	for i := range c {
		mean += c[i] * s.moments[i]
	}
	c[0] -= mean
	for i := range c {
		for j := range c {
			m2 += c[i] * c[j] * s.moments[i+j]
			for k := range c {
				m3 += c[i] * c[j] * c[k] * s.moments[i+j+k]
			}
		}
	}
	return math.Sqrt(m2), m3 / math.Pow(m2, 1.5)
}

// deviationHigh returns the sample standard deviation of n numbers, in units of
// the true one, that is exceeded with probability beta. The sample variance has
//
//	mean 1,  variance kappa/n + 2/(n-1),  skewness E[(u^2-1)^3]/((kappa+2)^1.5 sqrt(n))
//
// and is given the quantile of a shifted gamma law with these.
func (s shape) deviationHigh(beta float64, n int) float64 {
	m := float64(n)
	_, skew := s.spread([4]float64{-1, 0, 1})
	return math.Sqrt(1 + math.Sqrt(s.kurt/m+2/(m-1))*gammaQuantile(beta, skew/math.Sqrt(m)))
}

// skewnessHigh returns the absolute sample skewness of n numbers that is exceeded
// with probability beta. To first order the sample skewness is gamma plus the
// mean of
//
//	u^3 - 3u - (3/2) gamma (u^2 - 1) - gamma
//
// which is given a shifted gamma law with its standard deviation and skewness.
// The factor 1 + 12/n is that by which the tails of the sample skewness of normal
// numbers are heavier.
func (s shape) skewnessHigh(beta float64, n int) float64 {
	m := float64(n)
	sd, skew := s.spread([4]float64{0, -3, -1.5 * s.skew, 1})
	return s.skew + (1+12/m)*sd/math.Sqrt(m)*gammaQuantile(beta/2, skew/math.Sqrt(m))
}

// power returns by how much, in units of sigma/sqrt(n), a shift must exceed the
// expected half-width for a test to find it with probability [DetectionPower]. A
// shift against the tail, positive if the law is skewed to the left, is missed
// when
//
//	mean - Want <= z(g) s/sqrt(n)
//
// in which the mean strays down and both s and the sample skewness g up, all
// three by the same large numbers if the tail is on that side. Let A be the
// quantile of the mean, of a gamma law as well, B = z (s_high - 1) and
// C = s_high (z(g_high) - z(gamma)). Mean and s have the correlation
// rho = gamma/sqrt(kappa+2), so for normal deviates A and B combine to
//
//	sqrt(A^2 + 2 rho A B + B^2) + C
//
// with C added as if it were always there. With -rho, and the quantile of the
// short tail in A, this is the shift along the tail.
func (s shape) power(n int, z, zHigh float64, along bool) float64 {
	const beta = 1 - DetectionPower
	m := float64(n)
	a, rho := gammaQuantile(beta, s.skew/math.Sqrt(m)), s.skew/math.Sqrt(s.kurt+2)
	if along {
		a, rho = gammaQuantile(beta, -s.skew/math.Sqrt(m)), -rho
	}
	high := s.deviationHigh(beta, n)
	b := z * (high - 1)
	return math.Sqrt(a*a+2*rho*a*b+b*b) + high*(zHigh-z)
}

// gammaQuantile returns what a gamma law of the given skewness, shifted and
// scaled to mean 0 and variance 1 (and mirrored if the skewness is negative),
// exceeds with probability p < 1/2.
func gammaQuantile(p, skew float64) float64 {
	if z := -mathext.NormalQuantile(p); math.Abs(skew) < 0.01 { // Cornish and Fisher; the next term is of order skew^3
		return z + (z*z-1)*skew/6 + (z*z*z-7*z)*skew*skew/144
	}
	k := 4 / (skew * skew)
	if skew < 0 {
		return (k - mathext.GammaIncRegInv(k, p)) / math.Sqrt(k)
	}
	return (mathext.GammaIncRegCompInv(k, p) - k) / math.Sqrt(k)
}
