package landscape

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// A Polynomial is the one-dimensional landscape
//
//	L(x) = sum_k c_k x^k
//
// that confines (even degree, positive leading coefficient) and is positive.
// All of its critical points are found at construction, by bisection between
// the critical points of L', so that none is missed, and they must be
// non-degenerate.
type Polynomial struct {
	coefficients []float64
	minima       []float64 // ascending; one more than maxima
	maxima       []float64 // ascending, each between two minima
	lowest       int       // index of the global minimum
}

// NewPolynomial returns the landscape with coefficients c_0, c_1, ..., of even
// degree >= 2 with a positive leading coefficient. The slice is copied. The
// loss must be positive everywhere, and L” must not vanish where L' does.
func NewPolynomial(coefficients []float64) (*Polynomial, error) {
	degree := len(coefficients) - 1
	c := model.CheckDomain("polynomial").
		That(degree >= 2 && degree%2 == 0, "degree", degree, "an even integer >= 2")
	for k, x := range coefficients {
		c.Finite(fmt.Sprintf("coefficient c_%d", k), x)
	}
	if degree >= 0 {
		c.Positive("leading coefficient", coefficients[degree])
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	p := &Polynomial{coefficients: append([]float64(nil), coefficients...)}
	slope := derivative(coefficients)
	for d := slope; len(d) > 1; d = derivative(d) {
		_, ok := rootBound(d)
		c.That(ok, "coefficients", coefficients, "magnitudes for which L and its derivatives do not overflow within a bound of their zeros")
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	for _, x := range realRoots(derivative(slope)) {
		value, size := horner(slope, x)
		c.That(math.Abs(value) > flatTolerance*size, "slope at the inflection point x", x, "away from 0 (no degenerate critical point)")
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	for i, x := range realRoots(slope) {
		if i%2 == 1 {
			p.maxima = append(p.maxima, x)
			continue
		}
		p.minima = append(p.minima, x)
		if p.at(x) < p.at(p.minima[p.lowest]) {
			p.lowest = len(p.minima) - 1
		}
	}
	c.That(len(p.minima) == len(p.maxima)+1, "number of critical points", len(p.minima)+len(p.maxima), "odd")
	if err := c.Err(); err != nil {
		return nil, err
	}
	for _, x := range p.minima {
		c.Include(CheckMinimum(p, []float64{x}))
	}
	for _, x := range p.maxima {
		c.Include(CheckSaddle(p, []float64{x}))
	}
	c.Positive("loss L* at the minimum", p.at(p.minima[p.lowest]))
	if err := c.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// Coefficients returns a copy of c_0, c_1, ...
func (p *Polynomial) Coefficients() []float64 { return append([]float64(nil), p.coefficients...) }

// Minima returns a copy of all minima in ascending order.
func (p *Polynomial) Minima() []float64 { return append([]float64(nil), p.minima...) }

// Maxima returns a copy of all maxima in ascending order; in one dimension they
// are the saddles. The i-th lies between the i-th and the (i+1)-th minimum.
func (p *Polynomial) Maxima() []float64 { return append([]float64(nil), p.maxima...) }

// Dim returns 1.
func (p *Polynomial) Dim() int { return 1 }

// Minimum returns the global minimum, the leftmost one if there are several.
func (p *Polynomial) Minimum() []float64 { return []float64{p.minima[p.lowest]} }

// at returns L(x).
func (p *Polynomial) at(x float64) float64 {
	value, _ := horner(p.coefficients, x)
	return value
}

// Loss returns L(x).
func (p *Polynomial) Loss(theta []float64) float64 {
	checkLen("polynomial", 1, theta)
	return p.at(theta[0])
}

// Grad stores L'(x) in dst.
func (p *Polynomial) Grad(dst, theta []float64) {
	checkLen("polynomial", 1, dst, theta)
	x, sum := theta[0], 0.0
	for k := len(p.coefficients) - 1; k >= 1; k-- {
		sum = float64(sum*x) + float64(float64(k)*p.coefficients[k])
	}
	dst[0] = sum
}

// Hessian stores L”(x) in dst.
func (p *Polynomial) Hessian(dst *mat.SymDense, theta []float64) {
	checkLen("polynomial", 1, theta)
	x, sum := theta[0], 0.0
	for k := len(p.coefficients) - 1; k >= 2; k-- {
		sum = float64(sum*x) + float64(float64(k*(k-1))*p.coefficients[k])
	}
	dst.SetSym(0, 0, sum)
}

// Over returns the passage from minimum i (0 is the leftmost) over the maximum
// next to it, to the right or to the left.
func (p *Polynomial) Over(i int, right bool) (*PolynomialPassage, error) {
	beyond := i - 1
	if right {
		beyond = i + 1
	}
	last := len(p.minima) - 1
	c := model.CheckDomain("passage of a polynomial").
		That(i >= 0 && i <= last, "minimum i", i, fmt.Sprintf("an integer from 0 to %d", last))
	if err := c.Err(); err != nil {
		return nil, err
	}
	c.That(beyond >= 0 && beyond <= last, "minimum beyond", beyond, fmt.Sprintf("an integer from 0 to %d", last))
	if err := c.Err(); err != nil {
		return nil, err
	}
	return &PolynomialPassage{Polynomial: p, from: p.minima[i], over: p.maxima[min(i, beyond)], to: p.minima[beyond]}, nil
}

// A PolynomialPassage is a [Polynomial] with the well in which escapes start and
// the maximum over which they leave; see [Polynomial.Over].
type PolynomialPassage struct {
	*Polynomial
	from, over, to float64
}

// Minimum returns the well in which escapes start.
func (p *PolynomialPassage) Minimum() []float64 { return []float64{p.from} }

// Saddle returns the maximum that is crossed.
func (p *PolynomialPassage) Saddle() []float64 { return []float64{p.over} }

// Beyond returns the minimum on the other side.
func (p *PolynomialPassage) Beyond() []float64 { return []float64{p.to} }
