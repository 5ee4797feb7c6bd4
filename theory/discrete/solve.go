package discrete

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// Settings control the accuracy of a solution. The zero value asks for the
// defaults, which reach 1e-7 in one dimension and, for the radius in several,
// 3e-5 in two, 2e-4 in five and 3e-4 in ten. [Estimate] tells the error of each
// solution.
//
// Source: the collocation scheme of this package.
type Settings struct {
	Order int // nodes a panel, 4 to 24; 0 means 12
	Nodes int // nodes of the Gaussian quadrature, 12 to 64; 0 means 32
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field.
func (s Settings) Validate() error {
	return model.CheckDomain("settings of the discrete chain").
		That(s.Order == 0 || (s.Order >= 4 && s.Order <= 24), "nodes a panel", s.Order, "an integer from 4 to 24, or 0").
		That(s.Nodes == 0 || (s.Nodes >= 12 && s.Nodes <= maxNodes), "quadrature nodes", s.Nodes, "an integer from 12 to 64, or 0").
		Err()
}

func (s Settings) orDefault() Settings {
	if s.Order == 0 {
		s.Order = 12
	}
	if s.Nodes == 0 {
		s.Nodes = 32
	}
	return s
}

// maxNodes bounds [Settings.Nodes]; no rule has more than twice as many.
const maxNodes = 64

// coarser is the resolution whose distance from s is reported as the error.
func (s Settings) coarser() Settings {
	return Settings{Order: max(3, s.Order*3/4), Nodes: max(11, s.Nodes*7/8)}
}

// A transition is the one-step law of a chain on a state interval. A state
// outside the interval has exited.
type transition interface {
	// interval returns the ends of the state interval.
	interval() (lo, hi float64)
	// finest returns the shortest panel wanted at each end; 0 for no grading.
	finest() [2]float64
	// core returns the state about which the law of a step changes on a scale of its
	// own, and farther out on that of the distance from it; a scale of 0 for none.
	core() focus
	// roughness returns how many times more points than nodes a panel needs for
	// E[f(next)] to be projected on polynomials: 1 when it is smooth.
	roughness() int
	// compare returns resolutions, beside the coarser one, from which the error is
	// taken, and how many times the farthest distance it is.
	compare(s Settings) (others []resolution, factor float64)
	// steps prepares the quadrature of one step at the given resolution.
	steps(s Settings) step
	// below prepares P(lo <= next state <= level) as a function of the present
	// state, for a level inside the interval.
	below(s Settings, level float64) func(present float64) float64
}

// A resolution is one at which a chain is solved; the panels at the edges are widen
// times the shortest ones that the chain wants.
type resolution struct {
	set   Settings
	widen float64
}

// A step calls emit with states inside the interval and weights w such that the
// sum of w f(state) is E[f(next); no exit], given the present state.
type step func(present float64, emit func(next, weight float64))

// A solved chain at one resolution.
type resolved struct {
	chain  transition
	set    Settings
	step   step
	mesh   *mesh
	kernel *mat.Dense // K: row i is the law of the next state from node i
	lu     mat.LU     // of I - K
	steps  []float64  // E[k] from every node
}

// mostStates bounds the nodes of a mesh, so that a solution in one dimension takes less than a minute.
const mostStates = 2000

// resolve assembles K by collocation at the nodes of the mesh and solves
// (I - K) m = 1. It gives an error where steps are too short, or too many, for
// float64.
func resolve(chain transition, s Settings, widen float64) (*resolved, error) {
	lo, hi := chain.interval()
	finest := chain.finest()
	finest[0] *= widen
	finest[1] *= widen
	r := &resolved{chain: chain, set: s, step: chain.steps(s), mesh: newMesh(lo, hi, finest, chain.core(), s.Order)}
	for p, edge := range r.mesh.edges[1:] {
		if !(edge > r.mesh.edges[p]) {
			return nil, fmt.Errorf("discrete: a panel of %.3g at the edge, as short as the steps there, is lost to rounding in [%.6g, %.6g]: the mean number of steps exceeds what float64 resolves",
				math.Max(finest[0], finest[1]), lo, hi)
		}
	}
	n := len(r.mesh.nodes)
	if n > mostStates {
		return nil, fmt.Errorf("discrete: %d nodes on [%.6g, %.6g], want at most %d: the law of a step changes on a scale of %.3g", n, lo, hi, mostStates, chain.core().scale)
	}
	r.kernel = mat.NewDense(n, n, nil)
	r.assemble(chain.roughness())
	generator := mat.NewDense(n, n, nil)
	generator.Scale(-1, r.kernel)
	for i := range n {
		generator.Set(i, i, 1+generator.At(i, i))
	}
	r.lu.Factorize(generator)
	if cond := r.lu.Cond(); !(cond < 1e15) {
		return nil, fmt.Errorf("discrete: I - K is singular to rounding (condition number %.3g): the mean number of steps exceeds what float64 resolves", cond)
	}
	r.steps = r.backward(ones(n))
	for i, m := range r.steps {
		if !(m > 0) { // K is a probability only up to the error of the collocation
			return nil, fmt.Errorf("discrete: E[k] = %.3g from %.6g, want at least 1: the mean number of steps exceeds what float64 and the nodes resolve", m, r.mesh.nodes[i])
		}
	}
	return r, nil
}

// assemble fills the kernel: row i is E[f(next)] at node i for smooth chains,
// and else the value at node i of its least-squares polynomial on the panel,
// (1/w_i) sum_q W_q E[f(next) | x_q] l_i(x_q) with a finer Gauss rule.
func (r *resolved) assemble(roughness int) {
	if roughness == 1 {
		for i, x := range r.mesh.nodes {
			r.row(r.kernel.RawRowView(i), x)
		}
		return
	}
	fine := newRule(roughness * r.mesh.order)
	row, l := make([]float64, len(r.mesh.nodes)), make([]float64, r.mesh.order)
	for p := 0; p+1 < len(r.mesh.edges); p++ {
		fine.each(r.mesh.edges[p], r.mesh.edges[p+1], func(x, w float64) {
			clear(row)
			r.row(row, x)
			first := r.mesh.basis(l, x)
			for i, v := range l {
				floats.AddScaled(r.kernel.RawRowView(first+i), w*v/r.mesh.weights[first+i], row)
			}
		})
	}
}

// row adds to dst, of length n, the weights with which the nodal values enter
// E[f(next); no exit] from the state x.
func (r *resolved) row(dst []float64, x float64) {
	m := r.mesh.moments()
	r.step(x, m.add)
	m.weights(dst)
}

// expect returns E[f(next); no exit] from the state x, for nodal values f.
func (r *resolved) expect(f []float64, x float64) float64 {
	row := make([]float64, len(f))
	r.row(row, x)
	return floats.Dot(row, f)
}

// advance returns K f at the nodes.
func (r *resolved) advance(f []float64) []float64 {
	next := mat.NewVecDense(len(f), nil)
	next.MulVec(r.kernel, mat.NewVecDense(len(f), f))
	return next.RawVector().Data
}

// backward solves (I - K) f = g.
func (r *resolved) backward(g []float64) []float64 {
	f := mat.NewVecDense(len(g), nil)
	// A condition warning was excluded when the matrix was factorised.
	_ = r.lu.SolveVecTo(f, false, mat.NewVecDense(len(g), g))
	return f.RawVector().Data
}

// forward solves (I - K)^T f = g.
func (r *resolved) forward(g []float64) []float64 {
	f := mat.NewVecDense(len(g), nil)
	_ = r.lu.SolveVecTo(f, true, mat.NewVecDense(len(g), g))
	return f.RawVector().Data
}

// stepsFrom returns E[k] from any state by m(x) = 1 + (K m)(x).
func (r *resolved) stepsFrom(x float64) float64 { return 1 + r.expect(r.steps, x) }

// secondFrom returns E[k²] from any state: k² = 1 + 2 k' + k'² with k' the
// number of steps still to come, hence (I - K) m2 = 1 + 2 K m = 2 m - 1.
func (r *resolved) secondFrom(x float64) float64 {
	g := make([]float64, len(r.steps))
	for i, m := range r.steps {
		g[i] = 2*m - 1
	}
	second := r.backward(g)
	return 1 + 2*r.expect(r.steps, x) + r.expect(second, x)
}

// principal returns 1 - lambda_1 of K, by how much its last digits still moved,
// and the left eigenvector normalised to sum 1. Inverse iteration on I - K gives
// the small 1 - lambda_1 of a rare exit without cancellation; when most runs
// exit at once, lambda_1 is small and iteration with K converges faster.
func (r *resolved) principal() (gap, moved float64, left []float64) {
	left = append([]float64(nil), r.mesh.weights...)
	floats.Scale(1/floats.Sum(left), left)
	before := math.NaN()
	for i := range 600 {
		if i == 20 {
			before = math.NaN() // the other iteration starts from the same quotient
		}
		if i < 20 || gap < 0.5 {
			left = r.forward(left)
			gap = 1 / floats.Sum(left)
		} else {
			next := mat.NewVecDense(len(left), nil)
			next.MulVec(r.kernel.T(), mat.NewVecDense(len(left), left))
			left = next.RawVector().Data
			gap = 1 - floats.Sum(left)
		}
		floats.Scale(1/floats.Sum(left), left)
		if moved = math.Abs(gap - before); moved <= 2e-14*math.Abs(gap) {
			break
		}
		before = gap
	}
	return gap, moved, left
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}
