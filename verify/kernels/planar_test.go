package kernels

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
)

// A vector is a point of the plane, and a moments the mean of the next one and the
// covariance xx, xy, yy about it.
type (
	vector  [2]float64
	moments struct {
		mean       vector
		xx, xy, yy float64
	}
)

// A planar is a chain in two dimensions with Gaussian steps, until it is outside
// a region.
type planar struct {
	step   func(at vector) moments
	region region
	costs  []func(at vector) float64 // means of a step
}

// A region is where a chain is inside, with a quadrature of n times n nodes and
// the two n that are used. (Not 26: quad.Legendre of gonum 0.17 is wrong there.)
type region struct {
	coarse, fine int
	quadrature   func(n int) (nodes []vector, weights []float64)
}

// means returns the means of the summed costs from the start to the exit, from
//
//	T(x) = cost(x) + integral of p(y | x) T(y) over the region
//
// by Nyström's method.
func (c planar) means(start vector) []answer {
	return twice(func(nodes int) []float64 { return c.solve(start, nodes) }, c.region.coarse, c.region.fine)
}

func (c planar) solve(start vector, n int) []float64 {
	y, weight := c.region.quadrature(n)
	k, b := mat.NewDense(len(y), len(y), nil), mat.NewDense(len(y), len(c.costs), nil)
	row := func(weights, costs []float64, at vector) {
		p := c.step(at).density()
		for j := range y {
			weights[j] = p(y[j]) * weight[j]
		}
		for q, cost := range c.costs {
			costs[q] = cost(at)
		}
	}
	for i := range y {
		row(k.RawRowView(i), b.RawRowView(i), y[i])
	}
	t := solve(k, b)
	weights, means := make([]float64, len(y)), make([]float64, len(c.costs))
	row(weights, means, start)
	for j, w := range weights {
		for q := range means {
			means[q] += w * t.At(j, q)
		}
	}
	return means
}

// density returns the density of the next point.
func (m moments) density() func(y vector) float64 {
	det := m.xx*m.yy - m.xy*m.xy
	norm := 1 / (2 * math.Pi * math.Sqrt(det))
	return func(y vector) float64 {
		u, v := y[0]-m.mean[0], y[1]-m.mean[1]
		return norm * math.Exp(-(m.yy*u*u-2*m.xy*u*v+m.xx*v*v)/(2*det))
	}
}

// expect returns the mean of f at the next point, by Gauss-Hermite quadrature.
func (m moments) expect(f func(y vector) float64) (sum float64) {
	const n = 24
	x, w := make([]float64, n), make([]float64, n)
	quad.Hermite{}.FixedLocations(x, w, math.Inf(-1), math.Inf(1))
	a := math.Sqrt(m.xx)
	b := m.xy / a
	c := math.Sqrt(m.yy - b*b)
	for i, u := range x {
		for j, v := range x {
			u, v := u*math.Sqrt2, v*math.Sqrt2
			sum += w[i] * w[j] / math.Pi * f(vector{m.mean[0] + a*u, m.mean[1] + b*u + c*v})
		}
	}
	return sum
}

// star returns the quadrature of a region around the origin that is convex
// enough: along each direction it is inside up to one radius, found by bisection
// below most.
func star(inside func(vector) bool, most float64) region {
	return region{20, 25, func(n int) (nodes []vector, weights []float64) {
		r, w := make([]float64, n), make([]float64, n)
		quad.Legendre{}.FixedLocations(r, w, 0, 1)
		directions := n
		for k := range directions {
			sin, cos := math.Sincos(2 * math.Pi * (float64(k) + 0.5) / float64(directions))
			edge := bisect(func(r float64) bool { return inside(vector{r * cos, r * sin}) }, 0, most)
			for i, u := range r {
				nodes = append(nodes, vector{edge * u * cos, edge * u * sin})
				weights = append(weights, w[i]*edge*edge*u*2*math.Pi/float64(directions))
			}
		}
		return nodes, weights
	}}
}

// strip returns the quadrature of the region from x = low to an edge that depends
// on y, for |y| <= reach. The edge is found by bisection below high.
func strip(inside func(vector) bool, low, high, reach float64) region {
	return region{32, 40, func(n int) (nodes []vector, weights []float64) {
		x, wx, y, wy := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		quad.Legendre{}.FixedLocations(x, wx, 0, 1)
		quad.Legendre{}.FixedLocations(y, wy, -reach, reach)
		for j, v := range y {
			edge := bisect(func(x float64) bool { return inside(vector{x, v}) }, low, high)
			for i, u := range x {
				nodes = append(nodes, vector{low + (edge-low)*u, v})
				weights = append(weights, wy[j]*wx[i]*(edge-low))
			}
		}
		return nodes, weights
	}}
}

// bisect returns where inside, true at low, ends; high if it does not.
func bisect(inside func(float64) bool, low, high float64) float64 {
	if inside(high) {
		return high
	}
	for range 60 {
		if middle := (low + high) / 2; inside(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}
