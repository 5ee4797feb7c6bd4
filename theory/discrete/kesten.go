package discrete

import (
	"fmt"
	"math"

	"sgdescape/model"
)

// TailExponent returns alpha(eta, B, d), the exponent of the power-law tail
// P(|theta| > r) ~ r^-alpha of the stationary distribution of minibatch SGD on
// a Gaussian regression with inputs of variance h = 1. It is the positive root of
//
//	E[(1 - 2 e s + e² s (s + v))^(alpha/2)] = 1,  e = eta/B      (Kesten1973)
//
// with s ~ chi²_B and v ~ chi²_{d-1}: the factor by which one step (Mori2022,
// Eq. 2) stretches a vector far out. Mean first-passage times grow with the
// threshold as c^(alpha/2). For inputs of variance h pass eta h.
//
// Domain: eta > 0, B >= 1, d >= 1, and E[log(...)] < 0, without which there is
// no stationary distribution and alpha would be negative; otherwise an error
// wrapping [model.ErrDomain]. Accuracy 1e-8 relative for alpha from 1e-5 up to 1e3 and
// B up to 1e6, and 1e-14 B beyond. Below 1e-5, next to the critical learning rate, it
// is 1e-13 B absolute, and an eta so close to that rate may be taken for one on the
// other side. Alpha above 1e6 in one dimension, 2e3 in several, is refused with an
// error. The work does not grow with B.
func TailExponent(learningRate float64, batchSize, dim int) (float64, error) {
	c := model.CheckDomain("tail exponent").
		Positive("learning rate eta", learningRate).
		AtLeast(1, "batch size B", batchSize).
		AtLeast(1, "dimension d", dim)
	if err := c.Err(); err != nil {
		return 0, err
	}
	k := stretch{learningRate / float64(batchSize), batchSize, dim}
	lyapunov := k.meanLog()
	if err := c.That(lyapunov < 0, "mean log stretch E[log]", lyapunov,
		"a number < 0 (SGD has no stationary distribution at this eta and B)").Err(); err != nil {
		return 0, err
	}
	limit := 1e6
	if dim > 1 {
		limit = 2e3
	}
	// log E[(...)^(alpha/2)] is convex, 0 at alpha = 0 and falls there, so it
	// has one more zero, above every alpha at which it is negative.
	low, high := 0.0, 0.5
	nodes := k.nodes(high)
	for nodes.logMoment(high) <= 0 {
		low, high = high, 2*high
		if high > limit {
			return 0, fmt.Errorf("discrete: tail exponent alpha above %g at eta = %v, B = %d, d = %d", limit, learningRate, batchSize, dim)
		}
		nodes = k.nodes(high)
	}
	for range 200 {
		alpha := low + (high-low)/2
		if alpha == low || alpha == high || high-low < 1e-13*high {
			break
		}
		if nodes.logMoment(alpha) > 0 {
			high = alpha
		} else {
			low = alpha
		}
	}
	return low + (high-low)/2, nil
}

// stretch is the law of the squared factor 1 - 2es + e²s(s+v).
type stretch struct {
	e    float64
	b, d int
}

// A logNode is the logarithm of a squared factor and of its weight.
type logNode struct{ factor, weight float64 }

type logNodes []logNode

var logNegligible = math.Log(1e-22)

// nodes returns a quadrature good for moments up to alpha. The moment
// E[s^alpha] of a chi-square law lives near s = 2 alpha + B, far outside the
// bulk of the law, so the nodes reach that far and carry logarithms of weights.
// Nodes that contribute less than 1e-22 to every such moment are left out: a
// contribution is log-linear in the order, so its two ends decide.
func (k stretch) nodes(alpha float64) logNodes {
	middle := 1 / math.Sqrt(k.e) // u at which e s = 1: there the factor is 0 for d = 1
	us, away, uw := logRule(newRule(16), k.b, alpha, focus{middle, 1e-6 * math.Min(middle, 1)})
	var out logNodes
	add := func(factor, weight float64) {
		if weight > logNegligible || alpha/2*factor+weight > logNegligible {
			out = append(out, logNode{factor, weight})
		}
	}
	var vs, vw []float64
	if k.d > 1 {
		vs, _, vw = logRule(newRule(10), k.d-1, alpha, focus{0, 1e-3})
	}
	for i, u := range us {
		gap := 1 - k.e*u*u
		if math.Abs(away[i]) < middle/2 {
			gap = -k.e * away[i] * (u + middle) // without cancellation
		}
		if k.d == 1 {
			add(2*math.Log(math.Abs(gap)), uw[i])
			continue
		}
		for j, v := range vs {
			add(math.Log(gap*gap+k.e*k.e*u*u*v*v), uw[i]+vw[j])
		}
	}
	return out
}

// reach returns the values of chi_k between which all moments up to the
// alpha-th lie. Below the peak the density falls like exp(-x²) or faster, to
// 1e-28 over the distance 8, and a small chi is stretched by 1 at most, or by less
// than one in the middle. The tilted density u^(k-1+2 alpha) exp(-u²/2) peaks at
// sqrt(k-1+2 alpha) with a standard deviation below 1.
func reach(alpha float64, k int) (low, high float64) {
	return math.Max(0, math.Sqrt(float64(k-1))-8), math.Sqrt(float64(k)+2*alpha) + 10
}

// logRule returns nodes of chi_k, how far they are above the focus, and logarithms of
// their weights, which add up to 1. In the panels that touch the focus the distance
// is a fourth power of the variable of the rule, so that a logarithm there does no
// harm. Of u^(k-1) exp(-u²/2) only the ratio to its value at sqrt(k) is taken: both
// are out of the range of float64, and the digits of their logarithms are lost
// for k of a million.
func logRule(r rule, k int, alpha float64, at focus) (x, away, logWeight []float64) {
	lo, hi := reach(alpha, k)
	edges := panels(lo, hi, 1, at, focus{0, 0.5})
	centre, sum := math.Sqrt(float64(k)), 0.0
	add := func(u, beyond, w float64) {
		z := (u - centre) / centre
		l := math.Log(w) + float64(k-1)*math.Log1p(z) - float64(k)*z*(1+z/2)
		x, away, logWeight, sum = append(x, u), append(away, beyond), append(logWeight, l), sum+math.Exp(l)
	}
	for i := 0; i+1 < len(edges); i++ {
		from, to := edges[i], edges[i+1]
		length := to - from
		switch at.at {
		case from:
			r.each(0, 1, func(t, w float64) { add(from+length*t*t*t*t, length*t*t*t*t, 4*t*t*t*length*w) })
		case to:
			r.each(0, 1, func(t, w float64) { add(to-length*t*t*t*t, -length*t*t*t*t, 4*t*t*t*length*w) })
		default:
			r.each(from, to, func(u, w float64) { add(u, u-at.at, w) })
		}
	}
	for i := range logWeight {
		logWeight[i] -= math.Log(sum)
	}
	return x, away, logWeight
}

// logMoment returns log E[factor^(alpha/2)]; for a small alpha the moment is next to 1
// and the difference is summed.
func (n logNodes) logMoment(alpha float64) float64 {
	if alpha <= 0.5 { // no factor is so large that the exponential overflows
		excess := 0.0
		for _, x := range n {
			excess += math.Exp(x.weight) * math.Expm1(alpha/2*x.factor)
		}
		return math.Log1p(excess)
	}
	top := math.Inf(-1)
	for _, x := range n {
		top = math.Max(top, alpha/2*x.factor+x.weight)
	}
	sum := 0.0
	for _, x := range n {
		sum += math.Exp(alpha/2*x.factor + x.weight - top)
	}
	return top + math.Log(sum)
}

// meanLog returns E[log factor], twice the Lyapunov exponent per step.
func (k stretch) meanLog() float64 {
	sum := 0.0
	for _, x := range k.nodes(0) {
		sum += math.Exp(x.weight) * x.factor
	}
	return sum
}
