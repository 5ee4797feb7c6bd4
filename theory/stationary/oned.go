package stationary

import (
	"math"
	"sort"

	"sgdescape/theory/diffusion"
)

// OneD is the stationary density of dX = a dt + sqrt(g²) dW between reflecting
// or infinite ends, the speed density of the process normalised,
//
//	P(x) = m(x)/int m,  m = (2/g²) exp(int 2a/g² dx)      (zero flux; Gardiner2009)
//
// In the internal clock of [diffusion.Process.InClock] it is L P, normalised
// anew: P_tau ~ L P. Values are accurate to about 1e-11 where the density is
// within exp(-41) of its maximum.
type OneD struct {
	process diffusion.Process
	mesh    *diffusion.Mesh
	nodes   []float64 // log of the distribution function at the nodes
	edges   []float64
	logMass float64
}

// NewOneD returns the stationary density on the region. Region.Start is a
// point where the density is not small, such as the minimum. The error wraps
// model.ErrDomain, in particular when an infinite end carries infinite mass, or
// [diffusion.ErrResolution].
func NewOneD(p diffusion.Process, r diffusion.Region) (*OneD, error) {
	mesh, err := diffusion.NewMesh(p, r)
	if err != nil {
		return nil, err
	}
	s := &OneD{process: p, mesh: mesh}
	s.nodes, s.edges = mesh.LogIntegral(mesh.LogSpeed)
	s.logMass = s.edges[len(s.edges)-1]
	return s, nil
}

// LogDensity returns log P(x), -Inf outside the region that carries mass.
func (s *OneD) LogDensity(x float64) float64 {
	k, ok := s.panel(x)
	if !ok {
		return math.Inf(-1)
	}
	return s.mesh.LogShapeAt(k, x) + math.Log(2/s.process.Noise(x)) - s.logMass
}

// CDF returns the probability of X <= x.
func (s *OneD) CDF(x float64) float64 {
	k, ok := s.panel(x)
	switch {
	case ok:
		return math.Exp(s.edges[k]-s.logMass) + s.mesh.Interpolate(k, x, func(i int) float64 {
			return math.Exp(s.nodes[i]-s.logMass) - math.Exp(s.edges[k]-s.logMass)
		})
	case x < s.mesh.EdgeX[0]:
		return 0
	default:
		return 1
	}
}

// Mean returns the mean of f(X) over the density; f is called at the nodes of
// the mesh.
func (s *OneD) Mean(f func(x float64) float64) float64 {
	sum := 0.0
	for i, x := range s.mesh.X {
		sum += s.mesh.Weight[i] * math.Exp(s.mesh.LogSpeed[i]-s.logMass) * f(x)
	}
	return sum
}

// panel returns the panel that holds x.
func (s *OneD) panel(x float64) (k int, ok bool) {
	edges := s.mesh.EdgeX
	if !(x >= edges[0] && x <= edges[len(edges)-1]) {
		return 0, false
	}
	k = sort.SearchFloat64s(edges, x) - 1
	return max(k, 0), true
}
