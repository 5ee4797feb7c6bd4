package sde

import "math"

// exp returns exp(x) for x <= 0 with an error of about an ulp and the same bits
// on every architecture, which math.Exp does not promise. Results below 1e-300
// are 0; NaN stays NaN.
//
//	exp(x) = 2^k (E(r²) + r O(r²)),  r = x - k log 2,  |r| <= log(2)/2
//
// with the even and the odd part of the series to the order r^13.
func exp(x float64) float64 {
	if !(x >= -690) {
		if x != x {
			return x
		}
		return 0
	}
	const (
		ln2High = 6.93147180369123816490e-01 // the high bits of log 2, exact times k
		ln2Low  = 1.90821492927058770002e-10
	)
	k := int64(float64(x*math.Log2E) - 0.5)
	f := float64(k)
	r := (x - float64(f*ln2High)) - float64(f*ln2Low)
	s := float64(r * r)
	even := 1 / 479001600.0
	even = float64(even*s) + 1/3628800.0
	even = float64(even*s) + 1/40320.0
	even = float64(even*s) + 1/720.0
	even = float64(even*s) + 1/24.0
	even = float64(even*s) + 0.5
	odd := 1 / 6227020800.0
	odd = float64(odd*s) + 1/39916800.0
	odd = float64(odd*s) + 1/362880.0
	odd = float64(odd*s) + 1/5040.0
	odd = float64(odd*s) + 1/120.0
	odd = float64(odd*s) + 1/6.0
	// 1 + (r + (s E' + r s O')), the small terms first.
	tail := float64(even*s) + float64(odd*float64(r*s))
	return (1 + (r + tail)) * math.Float64frombits(uint64(k+1023)<<52)
}
