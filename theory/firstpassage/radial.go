package firstpassage

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mathext"

	"sgdescape/model"
)

// ErrAccuracy is wrapped by every error that reports an integral which did not
// reach its accuracy. Source: a convention of this package.
var ErrAccuracy = errors.New("accuracy not reached")

// Radial is the first passage of the isotropic quadratic valley
//
//	L = L* + h |theta|²/2,  d theta = -grad L dt + sqrt(2 eta L h/B) dW   (Mori2022, Eq. 13)
//
// from the minimum to the loss c L*, in n dimensions. With b = B/(eta h) and
// v = L/L* - 1,
//
//	h T = (b/2) int_0^{c-1} v^{-n/2} (1+v)^b [ int_0^v w^{n/2-1} (1+w)^{-b-1} dw ] dv
//
// which is the scale and speed integral of the radius (Karlin1981) and holds on both sides of n_c (Mori2022,
// Eq. 19). The inner integral is an incomplete beta function (DLMF8, 8.17). T depends on
// losses only through c. Relative accuracy 1e-11, and 1e-10 for b = 1e4; about
// 0.1 ms.
type Radial struct {
	Dim           int     // n >= 1
	BatchOverEtaH float64 // b = B/(eta h) = 1/T > 0
	Ratio         float64 // c > 1
	Curvature     float64 // h > 0
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad field.
func (p Radial) Validate() error {
	return model.CheckDomain("radial first passage").
		AtLeast(1, "dimension n", p.Dim).
		Positive("b = B/(eta h)", p.BatchOverEtaH).
		Above(1, "loss ratio c", p.Ratio).
		Positive("curvature h", p.Curvature).Err()
}

// MeanTime returns the mean first-passage time T in units of t. It is +Inf when
// T overflows; use [Radial.LogMeanTime] then.
func (p Radial) MeanTime() (float64, error) {
	log, err := p.LogMeanTime()
	return math.Exp(log), err
}

// LogMeanTime returns log T. The error wraps [model.ErrDomain] or
// [ErrAccuracy].
func (p Radial) LogMeanTime() (float64, error) {
	if err := p.Validate(); err != nil {
		return math.NaN(), err
	}
	if p.Slope() < leastQ && p.Ratio > farRatio {
		// The complement does not exist or cancels, and the continued fraction is slow near x = 1.
		e, err := p.Process().Solve()
		if err != nil {
			return math.NaN(), err
		}
		return e.LogMeanTime(), nil
	}
	// With s = log(1+v) the integral over v is int g(s) ds, where
	//	g = I(v) (1+v)^(b+1)/v^(n/2),  I(v) = int_0^v w^{n/2-1} (1+w)^{-b-1} dw
	// is a power series in v/(1+v) with positive coefficients, hence increasing.
	// It is summed in panels from the upper end, where it is largest, until the
	// rest is below rounding.
	k := newInner(p.Dim, p.BatchOverEtaH)
	var x, w [panelNodes]float64
	top := math.Log1p(p.Ratio - 1)
	logSum := math.Inf(-1)
	for hi, panels := top, 0; hi > 0; panels++ {
		if panels == maxPanels {
			return math.NaN(), fmt.Errorf("radial first passage: %d panels: %w", panels, ErrAccuracy)
		}
		logG, slope, err := k.at(hi)
		if err != nil {
			return math.NaN(), err
		}
		if logG+math.Log(hi) < logSum-45 {
			break // what is left is at most hi g(hi)
		}
		// g grows by at most exp(4) or so in a panel, and has singularities at
		// a distance 2 pi from the real axis of s.
		lo := math.Max(0, hi-math.Min(1, 4/slope))
		quad.Legendre{}.FixedLocations(x[:], w[:], lo, hi)
		panel := math.Inf(-1)
		for i := range x {
			v, _, err := k.at(x[i])
			if err != nil {
				return math.NaN(), err
			}
			panel = logAdd(panel, v+math.Log(w[i]))
		}
		logSum = logAdd(logSum, panel)
		hi = lo
	}
	return math.Log(p.BatchOverEtaH/2) + logSum - math.Log(p.Curvature), nil
}

const (
	panelNodes = 20
	maxPanels  = 2000
	leastQ     = 0.25 // below it B(p, q) - B_{1-x}(q, p) cancels, both being of order 1/q
	farRatio   = 100  // beyond it, for q < leastQ, a mesh is faster
)

// Process returns the same first passage as a diffusion of the radius, for
// everything beyond the mean: moments, survival, the principal eigenvalue. The
// receiver must be valid.
func (p Radial) Process() RadialProcess {
	// All depends on losses through c only: L* = 1.
	r, err := NewProportionalValley(p.Dim, p.Curvature, 1, 1/p.BatchOverEtaH, p.Ratio)
	if err != nil {
		panic("firstpassage: " + err.Error())
	}
	return r
}

// LogLargeRatio returns the logarithm of the limit c -> infinity of T,
//
//	h T ~ (b/2) Beta(n/2, b+1-n/2) c^(b+1-n/2)/(b+1-n/2)   (closed form)
//
// It is NaN when n >= n_c (Mori2022, Eq. 19), for which the limit does not exist.
func (p Radial) LogLargeRatio() float64 {
	b, q := p.BatchOverEtaH, p.Slope()
	if !(q > 0) {
		return math.NaN()
	}
	return math.Log(b/2) + mathext.Lbeta(float64(p.Dim)/2, q) + q*math.Log(p.Ratio) - math.Log(q) - math.Log(p.Curvature)
}

// Slope returns b + 1 - n/2, the limit of d log T/d log c for n < n_c
// (Mori2022, Fig. 3b).
func (p Radial) Slope() float64 { return p.BatchOverEtaH + 1 - float64(p.Dim)/2 }

// inner evaluates g of [Radial.LogMeanTime]; p = n/2, q = b + 1 - n/2.
type inner struct {
	p, q, b float64
	logBeta float64 // NaN for q <= 0, where it is not used
}

func newInner(n int, b float64) inner {
	k := inner{p: float64(n) / 2, q: b + 1 - float64(n)/2, b: b, logBeta: math.NaN()}
	if k.q > 0 {
		k.logBeta = mathext.Lbeta(k.p, k.q)
	}
	return k
}

// at returns log g and d log g/ds at s = log(1+v).
//
// With x = v/(1+v), I(v) is the incomplete beta function B_x(p, q) and
// g = B_x(p, q)/(x^p (1-x)^q) is free of powers: a continued fraction where x
// is below its mean, and the complement B(p, q) - B_{1-x}(q, p) above.
func (k inner) at(s float64) (logG, slope float64, err error) {
	x := -math.Expm1(-s)
	y := math.Exp(-s) // 1 - x
	if k.q < leastQ || x*(k.p+k.q+2) < k.p+1 {
		f, err := betaFraction(k.p, k.q, x)
		if err != nil {
			return 0, 0, err
		}
		logG = math.Log(f / k.p)
	} else {
		f, err := betaFraction(k.q, k.p, y)
		if err != nil {
			return 0, 0, err
		}
		// log [Beta(p,q)/(x^p y^q) - f/q]
		whole := k.logBeta - k.p*math.Log(x) + k.q*s
		logG = whole + math.Log1p(-f/k.q*math.Exp(-whole))
	}
	// dg/ds = (1+v)/v + g (b+1 - p (1+v)/v), from the derivative of I.
	slope = math.Exp(-logG)/x + k.b + 1 - k.p/x
	return logG, slope, nil
}

// betaFraction returns a B_x(a, c)/(x^a (1-x)^c) by its continued fraction,
// evaluated by the modified Lentz method (DLMF8, 8.17.22). It converges for
// 0 <= x < 1, quickly for x < (a+1)/(a+c+2).
func betaFraction(a, c, x float64) (float64, error) {
	const tiny, eps = 1e-300, 1e-16
	f, cc, dd := 1.0, 1.0, 0.0
	for i := 1; i <= 200000; i++ {
		m := float64(i / 2)
		var d float64
		if i%2 == 0 {
			d = m * (c - m) * x / ((a + 2*m - 1) * (a + 2*m))
		} else {
			d = -(a + m) * (a + c + m) * x / ((a + 2*m) * (a + 2*m + 1))
		}
		dd = 1 + d*dd
		if math.Abs(dd) < tiny {
			dd = tiny
		}
		dd = 1 / dd
		cc = 1 + d/cc
		if math.Abs(cc) < tiny {
			cc = tiny
		}
		delta := cc * dd
		f *= delta
		if i > 2 && math.Abs(delta-1) < eps*4 {
			return 1 / f, nil
		}
	}
	return 0, fmt.Errorf("incomplete beta function at a=%v, c=%v, x=%v: %w", a, c, x, ErrAccuracy)
}

// logAdd returns log(exp(a) + exp(b)).
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}
