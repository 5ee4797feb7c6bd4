package firstpassage

import (
	"math"
	"sync"

	"sgdescape/model"
	"sgdescape/theory/diffusion"
)

// Exit is the solved first passage of a one-dimensional diffusion from its
// start to the absorbing ends, by the Green function of the killed process
// (Karlin1981). It is built by the Solve method of [OneD] and [RadialProcess],
// and its methods may be called from several goroutines.
type Exit struct {
	mesh        *diffusion.Mesh
	green       *diffusion.Green
	fine        *diffusion.Mesh // every panel halved
	fineGreen   *diffusion.Green
	lower       diffusion.Boundary
	upper       diffusion.Boundary
	logMean     float64
	meanError   float64
	probability float64

	mu         sync.Mutex // guards what LogMoment extends
	logMoments []float64  // of T, from the first
	last       []float64  // G^k 1 at the nodes, scaled
	lastLog    float64    // logarithm of that scale
}

// tolerance of the mean: a larger difference between a mesh and its refinement
// is an error.
const meanTolerance = 1e-8

// rounding is the relative error that sums over a mesh are given whatever two
// meshes say: values at 40 digits differ by up to 5e-13 from B/(eta h) = 0.4 to
// 1e4 and up to c = 1e6.
const rounding = 1e-12

func newExit(mesh *diffusion.Mesh, lower, upper diffusion.Boundary) (*Exit, error) {
	e := &Exit{mesh: mesh, lower: lower, upper: upper}
	coarse, err := diffusion.NewGreen(mesh, lower, upper)
	if err != nil {
		return nil, err
	}
	e.green = coarse
	e.probability = coarse.ProbabilityUp()
	fineMesh, err := mesh.Refined()
	if err != nil {
		return nil, err
	}
	fine, err := diffusion.NewGreen(fineMesh, lower, upper)
	if err != nil {
		return nil, err
	}
	e.fine, e.fineGreen = fineMesh, fine
	e.logMean, e.last, e.lastLog = firstMoment(coarse, mesh)
	e.logMoments = []float64{e.logMean}
	check, _, _ := firstMoment(fine, fineMesh)
	e.meanError = math.Abs(math.Expm1(check-e.logMean)) + rounding
	if !(e.meanError <= meanTolerance) {
		return nil, accuracyError("mean first-passage time", e.meanError, meanTolerance)
	}
	return e, nil
}

// firstMoment returns log (G 1)(start), and G 1 with its scale.
func firstMoment(g *diffusion.Green, m *diffusion.Mesh) (log float64, u []float64, scale float64) {
	one := make([]float64, len(m.X))
	for i := range one {
		one[i] = 1
	}
	u = make([]float64, len(m.X))
	edges := make([]float64, len(m.EdgeX))
	g.Apply(u, edges, one)
	return g.Scale + math.Log(edges[m.StartEdge]), u, g.Scale
}

// LogMeanTime returns log T of the mean first-passage time T.
func (e *Exit) LogMeanTime() float64 { return e.logMean }

// MeanTime returns T, +Inf when it overflows.
func (e *Exit) MeanTime() float64 { return math.Exp(e.logMean) }

// RelativeError returns the relative difference of T between the mesh and the
// mesh with every panel halved, plus 1e-12 for rounding: an estimate (usually a
// large overestimate) of the error. What the lowest edge of a radius cuts off is
// below that rounding.
func (e *Exit) RelativeError() float64 { return e.meanError }

// ProbabilityUp returns the probability of leaving through the upper end.
func (e *Exit) ProbabilityUp() float64 { return e.probability }

// LogMoment returns log E[T^k] for k >= 1, from
//
//	E_x[T^k] = k! (G^k 1)(x)                                (Karlin1981)
//
// It panics for k < 1.
func (e *Exit) LogMoment(k int) float64 {
	if k < 1 {
		panic("firstpassage: moment of order below 1")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if k <= len(e.logMoments) {
		return e.logMoments[k-1]
	}
	scratch := make([]float64, len(e.last))
	edges := make([]float64, len(e.mesh.EdgeX))
	for j := len(e.logMoments) + 1; j <= k; j++ {
		e.green.Apply(scratch, edges, e.last)
		e.lastLog += e.green.Scale
		e.last, scratch = scratch, e.last
		factorial, _ := math.Lgamma(float64(j) + 1)
		e.logMoments = append(e.logMoments, factorial+e.lastLog+math.Log(edges[e.mesh.StartEdge]))
		// Keep the largest value at 1: powers of a scaled mean still overflow.
		top := 0.0
		for _, v := range e.last {
			top = math.Max(top, v)
		}
		for i := range e.last {
			e.last[i] /= top
		}
		e.lastLog += math.Log(top)
	}
	return e.logMoments[k-1]
}

// Variance returns E[T²] - T², +Inf when it overflows.
func (e *Exit) Variance() float64 {
	return math.Exp(2*e.logMean) * e.SquaredVariation()
}

// SquaredVariation returns the variance over T²; it tends to 1 as the barrier grows
// and exits become a Poisson process.
func (e *Exit) SquaredVariation() float64 {
	return math.Expm1(e.LogMoment(2) - 2*e.logMean)
}

// Conditions reports a mean time that overflows ([model.Underflow] of the rate).
func (e *Exit) Conditions() []model.Condition {
	if !math.IsInf(e.MeanTime(), 1) {
		return nil
	}
	return []model.Condition{{Name: model.Underflow, Detail: "the mean time overflows; its logarithm is exact"}}
}
