package landscape

import "math"

// horner returns p(x) = sum_k c_k x^k and sum_k |c_k x^k|, the size against
// which rounding is measured.
func horner(c []float64, x float64) (value, size float64) {
	for k := len(c) - 1; k >= 0; k-- {
		value = float64(value*x) + c[k]
		size = float64(size*math.Abs(x)) + math.Abs(c[k])
	}
	return value, size
}

// derivative returns the coefficients of p'.
func derivative(c []float64) []float64 {
	if len(c) <= 1 {
		return nil
	}
	d := make([]float64, len(c)-1)
	for k := range d {
		d[k] = float64(k+1) * c[k+1]
	}
	return d
}

// realRoots returns the real roots of odd multiplicity of p, and those of even
// multiplicity that rounding lets it see, in ascending order. Between
// neighbouring roots of p' the polynomial is monotonic and has at most one root,
// which bisection finds to the last bit; the outermost intervals end at
// a bound of all roots.
func realRoots(c []float64) []float64 {
	degree := len(c) - 1
	if degree < 1 {
		return nil
	}
	bound, _ := rootBound(c)
	ends := append([]float64{-bound}, realRoots(derivative(c))...)
	ends = append(ends, bound)

	var roots []float64
	for i := 1; i < len(ends); i++ {
		x, ok := bisect(c, ends[i-1], ends[i])
		if ok && (len(roots) == 0 || x > roots[len(roots)-1]) {
			roots = append(roots, x)
		}
	}
	return roots
}

// rootBound returns a bound of all roots of p, and whether p can be evaluated there:
// Cauchy's 1 + max |c_k/c_n|, or where that is too far Fujiwara's
// 2 max |c_k/c_n|^(1/(n-k)) (Tôhoku Math. J. 10, 167 (1916)).
func rootBound(c []float64) (bound float64, ok bool) {
	n := len(c) - 1
	for _, x := range c[:n] {
		bound = math.Max(bound, math.Abs(x/c[n]))
	}
	bound++
	if _, size := horner(c, bound); !math.IsInf(size, 0) && !math.IsInf(bound, 0) {
		return bound, true
	}
	bound = 0
	for k, x := range c[:n] {
		power := 1 / float64(n-k)
		bound = math.Max(bound, 2*(1+1e-9)*math.Pow(math.Abs(x), power)/math.Pow(math.Abs(c[n]), power))
	}
	_, size := horner(c, bound)
	return bound, !math.IsInf(size, 0) && !math.IsInf(bound, 0)
}

// bisect returns the root of p in [low, high] if the signs at the ends differ or
// one of them is a root.
func bisect(c []float64, low, high float64) (float64, bool) {
	atLow, _ := horner(c, low)
	atHigh, _ := horner(c, high)
	switch {
	case atLow == 0:
		return low, true
	case atHigh == 0:
		return high, true
	case math.Signbit(atLow) == math.Signbit(atHigh):
		return 0, false
	}
	for {
		mid := low + (float64(high/2) - float64(low/2)) // the difference may overflow
		at, _ := horner(c, mid)
		switch {
		case at == 0 || !(low < mid && mid < high):
			return mid, true
		case math.Signbit(at) == math.Signbit(atLow):
			low = mid
		default:
			high = mid
		}
	}
}
