package stattest

import "math"

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
