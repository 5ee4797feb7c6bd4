package discrete

import (
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/stat/combin"
)

// A subset is the sum S of b values drawn without replacement from n values x_j
// that add up to 0. Its characteristic function is the coefficient of t^b in a
// polynomial F, found by Cauchy's integral over t = r exp(i psi) (Erdos1959):
//
//	E exp(i omega S) = int t^-b F(t, omega) dpsi / int t^-b F(t, 0) dpsi
//	F(t, omega) = prod_j (1 + t exp(i omega x_j))
//
// The radius is that of a count with the mean b among n, r = b/(n-b), which makes
// the integrand a bump of width sqrt(n/(b (n-b))). More than n/2 values are the
// opposite of the rest, so that r <= 1. A small r allows the series
//
//	log F(t, omega) = -n sum_k (-t)^k/k phi(k omega),  phi(omega) = mean of exp(i omega x_j)
//
// which knows the values by their law alone: its cost does not depend on n.
//
// # Numerics
//
// The trapezoidal rule with m points adds the probabilities that the count is off
// by a multiple of m; they are below 1e-16 of that of b. Frequencies at which the
// result is below 1e-16, and points at which F is below 1e-18 of F(r, 0), are left
// out. They are known beforehand, because a mean of logarithms is at most the
// logarithm of the mean, for every t, not only those of the integral:
//
//	|F(t, omega)|² <= (1 + |t|² + 2 Re(t phi))^n
//
// The law is one on a grid, where every value has three weights (see
// mixtureChain). In the product that stands for its exponential, in the
// series for the logarithm of its factor. There, |F(t, omega)| <= F(r, 0) holds as
// long as the fourth derivative of log|1 + t| along the circle is not negative at
// t = r, which is up to r = 2 - sqrt(3); beyond, values at one place would be
// amplified.
type subset struct {
	n, b       float64
	complement bool // b values are left, not drawn
	r          float64
	series     []float64    // -n (-r)^k/k, from k = 1 on; nil for the product
	turns      []complex128 // u = exp(i psi), the points of the rule
	weights    []complex128 // u^-b for the series, u^(n-b) for the product
	whole      complex128   // the integral at omega = 0
	logCount   float64      // log of the number of subsets
}

const (
	mostOfSeries = 2 - 1.7320508075688772 // r up to which the series is used: b up to 0.21 n

	logRounding = -36.8 // of 1e-16
	logLeftOut  = -41.4 // of 1e-18
)

func newSubset(n, drawn int) *subset {
	s := &subset{n: float64(n), b: float64(min(drawn, n-drawn)), complement: drawn > n-drawn}
	s.r = s.b / (s.n - s.b)
	s.logCount = combin.LogGeneralizedBinomial(s.n, s.b)
	if s.r <= mostOfSeries {
		for k, power := 1.0, s.r; math.Log(s.n*math.Abs(power)) > logRounding; k, power = k+1, -power*s.r {
			s.series = append(s.series, s.n*power/k)
		}
	}
	power := -s.b
	if s.series == nil {
		power += s.n
	}
	m := s.points()
	for l := range m {
		psi := 2 * math.Pi * float64(l) / float64(m)
		s.turns = append(s.turns, cmplx.Rect(1, psi))
		s.weights = append(s.weights, cmplx.Rect(1, math.Mod(power*float64(l), float64(m))*2*math.Pi/float64(m)))
	}
	s.whole = s.integral(func(int) complex128 { return 1 }, func() []complex128 {
		all := make([]complex128, n)
		for j := range all {
			all[j] = 1
		}
		return all
	})
	return s
}

// points returns m.
func (s *subset) points() int {
	more, less := 0.0, 0.0 // log P(count = b +- m)/P(count = b)
	for m := 1; ; m++ {
		l := float64(m)
		more += math.Log(math.Max(0, s.n-s.b-l+1) / (s.b + l) * s.r)
		less += math.Log(math.Max(0, s.b-l+1) / (s.n - s.b + l) / s.r)
		if more < logRounding && less < logRounding {
			return m
		}
	}
}

// characteristic returns E exp(i omega S), where phi(k) is the mean of
// exp(i k omega x_j), and each returns them for k = 1.
func (s *subset) characteristic(phi func(k int) complex128, each func() []complex128) complex128 {
	// The bound over |t|^b is least where its derivative vanishes.
	one := phi(1)
	slope := cmplx.Abs(one) * (s.n - 2*s.b)
	t := (math.Sqrt(slope*slope+4*s.b*(s.n-s.b)) - slope) / (2 * (s.n - s.b))
	if s.n/2*math.Log(1+t*t+2*t*cmplx.Abs(one))-s.b*math.Log(t)-s.logCount < logRounding {
		return 0
	}
	value := s.integral(phi, each) / s.whole
	if s.complement {
		return cmplx.Conj(value)
	}
	return value
}

// integral returns the sum of the trapezoidal rule, over F(r, 0).
func (s *subset) integral(phi func(k int) complex128, each func() []complex128) (sum complex128) {
	var f func(turn complex128) complex128
	if s.series == nil {
		f = s.product(each())
	} else {
		f = s.exponential(phi)
	}
	one, least := phi(1), (1+s.r)*(1+s.r)*math.Exp(2*logLeftOut/s.n)
	for l, turn := range s.turns {
		if 1+s.r*s.r+2*s.r*real(turn*one) >= least {
			sum += f(turn) * s.weights[l]
		}
	}
	return sum
}

// exponential takes F over F(r, 0) by the series.
func (s *subset) exponential(phi func(k int) complex128) func(turn complex128) complex128 {
	terms := make([]complex128, len(s.series))
	for k, c := range s.series {
		terms[k] = complex(c, 0) * phi(k+1)
	}
	peak := complex(s.n*math.Log1p(s.r), 0)
	return func(turn complex128) complex128 {
		logF := complex(0, 0)
		for k := len(terms) - 1; k >= 0; k-- {
			logF = (logF + terms[k]) * turn
		}
		return cmplx.Exp(logF - peak)
	}
}

// product takes F over F(r, 0) u^n, which is prod_j ((1-p)/u + p v_j) with p = b/n.
// The odd and the even j go in step, so that no factor waits.
func (s *subset) product(values []complex128) func(turn complex128) complex128 {
	p := s.b / s.n
	for j := range values {
		values[j] *= complex(p, 0)
	}
	return func(turn complex128) complex128 {
		rest := complex(1-p, 0) * cmplx.Conj(turn)
		even, odd := complex(1, 0), complex(1, 0)
		j := 0
		for ; j+1 < len(values); j += 2 {
			even *= rest + values[j]
			odd *= rest + values[j+1]
		}
		if j < len(values) {
			even *= rest + values[j]
		}
		return even * odd
	}
}
