package kernels

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
)

// An answer is an exact mean, with a bound on its numerical error.
type answer struct {
	mean, error float64
	sampled     bool // error is a standard error
}

// twice solves at two resolutions and takes twice the distance of the means for
// their errors.
func twice(solve func(nodes int) []float64, coarse, fine int) []answer {
	c, f := solve(coarse), solve(fine)
	all := make([]answer, len(f))
	for i := range f {
		all[i] = answer{mean: f[i], error: 2 * math.Abs(f[i]-c[i])}
	}
	return all
}

// solve returns (I - K)^-1 b.
func solve(k, b *mat.Dense) *mat.Dense {
	n, _ := k.Dims()
	for i := range n {
		for j := range n {
			k.Set(i, j, -k.At(i, j))
		}
		k.Set(i, i, k.At(i, i)+1)
	}
	var t mat.Dense
	if err := t.Solve(k, b); err != nil {
		panic(err)
	}
	return &t
}

// A line is a chain in one dimension, x' = next(x, xi) with a standard normal xi,
// until it is outside [low, high].
type line struct {
	low, high float64
	next      func(x, xi float64) float64
	costs     []func(x, next float64) float64 // of a step
}

// means returns the means of the summed costs from the start to the exit, from
//
//	T(x) = E[cost(x, x') + T(x') 1(low <= x' <= high)]
//
// by collocation at Gauss's nodes. The expectation over xi is an integral over the
// pieces of [-9, 9] on which x' is inside, or outside.
func (c line) means(start float64) []answer {
	return twice(func(nodes int) []float64 { return c.solve(start, nodes) }, 36, 48)
}

func (c line) solve(start float64, n int) []float64 {
	x, weight := make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(x, weight, c.low, c.high)
	// Barycentric weights of interpolation at these nodes.
	bary := make([]float64, n)
	for i := range bary {
		bary[i] = math.Sqrt((x[i] - c.low) * (c.high - x[i]) * weight[i])
		if i%2 == 1 {
			bary[i] = -bary[i]
		}
	}
	basis := make([]float64, n)
	interpolate := func(at float64) []float64 {
		sum := 0.0
		for i := range basis {
			if at == x[i] {
				clear(basis)
				basis[i] = 1
				return basis
			}
			basis[i] = bary[i] / (at - x[i])
			sum += basis[i]
		}
		for i := range basis {
			basis[i] /= sum
		}
		return basis
	}
	// row adds the weights of T(x') and the mean costs.
	row := func(weights, costs []float64, at float64) {
		c.pieces(at, func(xi, w float64) {
			next := c.next(at, xi)
			for i, cost := range c.costs {
				costs[i] += w * cost(at, next)
			}
			if c.inside(next) {
				for i, b := range interpolate(next) {
					weights[i] += w * b
				}
			}
		})
	}
	k, b := mat.NewDense(n, n, nil), mat.NewDense(n, len(c.costs), nil)
	for i := range n {
		row(k.RawRowView(i), b.RawRowView(i), x[i])
	}
	t := solve(k, b)
	weights, means := make([]float64, n), make([]float64, len(c.costs))
	row(weights, means, start)
	for i, w := range weights {
		for q := range means {
			means[q] += w * t.At(i, q)
		}
	}
	return means
}

func (c line) inside(x float64) bool { return c.low <= x && x <= c.high }

// gauss are the nodes of a panel of the integral over xi.
var gauss = func() (g struct{ x, w []float64 }) {
	g.x, g.w = make([]float64, 10), make([]float64, 10)
	quad.Legendre{}.FixedLocations(g.x, g.w, 0, 1)
	return g
}()

// pieces calls emit with nodes and weights of the standard normal law, in panels
// that end where x' crosses an end of the interval.
func (c line) pieces(x float64, emit func(xi, w float64)) {
	const reach, step = 9.0, 0.125
	cuts := []float64{-reach}
	for k := 1; k <= int(2*reach/step); k++ {
		from, to := -reach+step*float64(k-1), -reach+step*float64(k)
		if in := c.inside(c.next(x, from)); in != c.inside(c.next(x, to)) {
			for range 60 {
				if middle := (from + to) / 2; c.inside(c.next(x, middle)) == in {
					from = middle
				} else {
					to = middle
				}
			}
			cuts = append(cuts, from, to)
			continue
		}
		if k%4 == 0 {
			cuts = append(cuts, to)
		}
	}
	for i, to := range cuts[1:] {
		from := cuts[i]
		for q, u := range gauss.x {
			xi := from + (to-from)*u
			emit(xi, (to-from)*gauss.w[q]*math.Exp(-xi*xi/2)/math.Sqrt(2*math.Pi))
		}
	}
}
