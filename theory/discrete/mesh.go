package discrete

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// A mesh cuts [lo, hi] into panels, each with the same number of
// Gauss-Legendre nodes. A function on the interval is represented by its
// values at the nodes and interpolated panel by panel.
type mesh struct {
	edges   []float64 // panel j is [edges[j], edges[j+1]]
	order   int
	nodes   []float64 // all nodes, ascending
	weights []float64 // Gauss-Legendre weights of the nodes
	bary    []float64 // barycentric weights of one panel
}

// newMesh returns a mesh whose panels shrink by halves towards an end until
// they are as short as finest says; a zero leaves that end ungraded. No panel
// is longer than an eighth of the interval.
func newMesh(lo, hi float64, finest [2]float64, order int) *mesh {
	widest := (hi - lo) / 8
	grade := func(h float64) []float64 { // distances from the end, ascending, up to the middle
		half := (hi - lo) / 2
		if !(h > 0) || h > widest {
			h = widest
		}
		var at []float64
		for x, step := h, h; x < half-0.5*math.Min(step, widest); step = math.Min(2*step, widest) {
			at = append(at, x)
			x += step
		}
		return at
	}
	edges := []float64{lo}
	for _, x := range grade(finest[0]) {
		edges = append(edges, lo+x)
	}
	edges = append(edges, lo+(hi-lo)/2)
	right := grade(finest[1])
	for i := len(right) - 1; i >= 0; i-- {
		edges = append(edges, hi-right[i])
	}
	edges = append(edges, hi)

	m := &mesh{edges: edges, order: order}
	x, w := make([]float64, order), make([]float64, order)
	quad.Legendre{}.FixedLocations(x, w, -1, 1)
	m.bary = make([]float64, order)
	for j := range x {
		m.bary[j] = math.Sqrt((1 - x[j]*x[j]) * w[j])
		if j%2 == 1 {
			m.bary[j] = -m.bary[j]
		}
	}
	for p := 0; p+1 < len(edges); p++ {
		half := (edges[p+1] - edges[p]) / 2
		for j := range x {
			m.nodes = append(m.nodes, edges[p]+half*(1+x[j]))
			m.weights = append(m.weights, half*w[j])
		}
	}
	return m
}

// basis stores in dst, of length order, the weights with which the nodes of one
// panel enter the interpolated value at x, and returns the index of the panel's
// first node.
func (m *mesh) basis(dst []float64, x float64) int {
	p, q := 0, len(m.edges)-2 // the panel is one of p..q
	for p < q {
		if mid := (p + q + 1) / 2; x < m.edges[mid] {
			q = mid - 1
		} else {
			p = mid
		}
	}
	first := p * m.order
	sum := 0.0
	for j, node := range m.nodes[first : first+len(dst)] {
		gap := x - node
		if gap == 0 {
			clear(dst)
			dst[j] = 1
			return first
		}
		dst[j] = m.bary[j] / gap
		sum += dst[j]
	}
	scale := 1 / sum
	for j := range dst {
		dst[j] *= scale
	}
	return first
}
