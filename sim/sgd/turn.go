package sgd

import (
	"math"

	"sgdescape/sim/lane"
)

// A step with one sample changes the squared distance r² = |theta - m|² from
// the minimum m by
//
//	-2 e z.x + e² |x|² = e0 (a e0 + b),  z = theta - m, e = rate e0
//	a = rate (rate |x|² - 2), b = 2 rate (m.x - y)
//
// where e0 = theta.x - y is the residual, which the step computes anyhow, and a
// and b belong to the sample. In many dimensions this is much less work than a
// sum over the coordinates. Only whether the loss has to be looked at depends
// on it, so that a and b need not be exact: they share one number.

// turns tells whether the loops in d dimensions carry r² on.
func turns(d int) bool { return d == 5 || d == 10 }

// turn returns the number that holds a and b: it is b but for a relative error
// of 2^-20 because the lower half of its bits is the upper half of those of a.
func turn(rate float64, x, m []float64, y float64) float64 {
	a := rate * (float64(rate*dot(x, x)) - 2)
	b := rate * (2 * (dot(m, x) - y))
	const half = 1<<32 - 1
	return math.Float64frombits(math.Float64bits(b)&^half | math.Float64bits(a)>>32)
}

// upper returns a, but for a relative error of 2^-20.
func upper(turn float64) float64 { return math.Float64frombits(math.Float64bits(turn) << 32) }

// nearDistance2 returns the carried r² up to which the true one is at most
// safe2 throughout a block that began with the true one. With the largest |x|
// and |y| among the samples and |m|, as long as r² <= safe2 (beyond it, infinity is
// carried on),
//
//	|theta| <= |m| + sqrt(safe2) = t,  |e0| <= t |x| + |y| = e
//
// so that no term of a e0² + b e0 exceeds v = rate e² (rate |x|² + 2). What a
// and b lack is 2^-20 v each. Of rounding there are errors of (d+2) ulps in e0
// and in b, some in their products and sums, and those of theta, of which each
// step adds at most 2 (t + rate e |x|) ulps to a distance of at most
// t + rate e |x|. With d <= 10 it is all less than half of the result's margin.
func (k *lockstep) nearDistance2() float64 {
	if k.watch.Monitor != lane.Loss || !(k.safe2 > 0) || math.IsInf(k.safe2, 1) {
		return k.safe2
	}
	var x, y float64
	for mu, target := range k.p.regression.Targets() {
		input := k.p.regression.Input(mu)
		x = max(x, math.Sqrt(dot(input, input)))
		y = max(y, math.Abs(target))
	}
	t := math.Sqrt(dot(k.minimum, k.minimum)) + math.Sqrt(k.safe2)
	e := float64(t*x) + y
	r := t + float64(k.rate*e*x)
	v := float64(k.rate * e * e * (float64(k.rate*x*x) + 2))
	const ulp, half = 0x1p-52, 0x1p-20 // what a rounding and half of the bits are worth
	lacking, rounding := float64(2*half*v), float64(64*ulp*(v+float64(r*r)))
	return k.safe2 - float64(2*drawRows*(lacking+rounding))
}

func dot(x, y []float64) float64 {
	sum := 0.0
	for i := range x {
		sum += float64(x[i] * y[i])
	}
	return sum
}
