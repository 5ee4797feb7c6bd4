package discrete

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A mesh cuts [lo, hi] into panels, each with the same number of
// Gauss-Legendre nodes. A function on the interval is represented by its
// values at the nodes and interpolated panel by panel.
type mesh struct {
	edges   []float64 // panel j is [edges[j], edges[j+1]]
	order   int
	nodes   []float64  // all nodes, ascending
	weights []float64  // Gauss-Legendre weights of the nodes
	bary    []float64  // barycentric weights of one panel
	series  *mat.Dense // row k, column j: the coefficient of T_k in the basis function of node j
}

// newMesh returns a mesh whose panels shrink by halves towards an end until
// they are as short as finest says; a zero leaves that end ungraded. No panel
// is longer than an eighth of the interval, nor than the core allows.
func newMesh(lo, hi float64, finest [2]float64, core focus, order int) *mesh {
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
	edges = core.halve(append(edges, hi))

	m := &mesh{edges: edges, order: order}
	reference := newRule(order) // order is at most 24, so that there are so many nodes
	x, w := reference.x, reference.w
	m.bary = make([]float64, order)
	for j := range x {
		m.bary[j] = math.Sqrt((1 - x[j]*x[j]) * w[j])
		if j%2 == 1 {
			m.bary[j] = -m.bary[j]
		}
	}
	m.series = chebyshevSeries(x)
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

// chebyshevSeries returns the coefficients c_kj of the basis functions of nodes
// on [-1, 1], l_j(t) = sum_k c_kj T_k(t): the inverse of the matrix T_k(t_j), well
// conditioned at the nodes of Gauss.
func chebyshevSeries(nodes []float64) *mat.Dense {
	n := len(nodes)
	values := mat.NewDense(n, n, nil)
	for j, t := range nodes {
		for k := range n {
			values.Set(j, k, math.Cos(float64(k)*math.Acos(t)))
		}
	}
	series := new(mat.Dense)
	if err := series.Inverse(values); err != nil {
		panic("discrete: " + err.Error())
	}
	return series
}

// moments gather the law of the next state on a mesh: for every panel, the sums
// of weight T_k(t) over the states in it. That costs a few multiplications a
// state, where the weights of the nodes would cost as many divisions.
type moments struct {
	mesh *mesh
	sums []float64 // panel by panel, order numbers each
	last int       // panel of the last state
}

func (m *mesh) moments() *moments {
	return &moments{mesh: m, sums: make([]float64, len(m.nodes))}
}

// add enters a state with its weight. States come in runs, so that the panel is
// sought next to the last one.
func (m *moments) add(x, weight float64) {
	edges, p := m.mesh.edges, m.last
	for x < edges[p] && p > 0 {
		p--
	}
	for p+2 < len(edges) && x >= edges[p+1] {
		p++
	}
	m.last = p
	t := 2*((x-edges[p])/(edges[p+1]-edges[p])) - 1 // x - lo is exact in a short panel
	s := m.sums[p*m.mesh.order : (p+1)*m.mesh.order]
	// Even and odd k apart, T_{k+2} = (2 T_2) T_k - T_{k-2}, so that neither
	// waits for the other.
	twice := 4*t*t - 2
	even, evenBefore := weight, weight*twice/2 // T_0 and T_{-2}
	odd, oddBefore := weight*t, weight*t       // T_1 and T_{-1}
	k := 0
	for ; k+1 < len(s); k += 2 {
		s[k] += even
		s[k+1] += odd
		even, evenBefore = twice*even-evenBefore, even
		odd, oddBefore = twice*odd-oddBefore, odd
	}
	if k < len(s) {
		s[k] += even
	}
}

// weights adds to dst the weight of every node.
func (m *moments) weights(dst []float64) {
	n := m.mesh.order
	for first := 0; first < len(m.sums); first += n {
		for k, sum := range m.sums[first : first+n] {
			if sum != 0 {
				floats.AddScaled(dst[first:first+n], sum, m.mesh.series.RawRowView(k))
			}
		}
	}
}
