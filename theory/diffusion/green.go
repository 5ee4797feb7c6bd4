package diffusion

import (
	"math"

	"sgdescape/model"
)

// A Boundary is what happens at an end of a region. Source: Karlin1981, section 15.6.
type Boundary int

const (
	// Reflecting ends send the process back. An infinite end, and the origin
	// of a radius, are of this kind.
	Reflecting Boundary = iota
	// Absorbing ends stop it.
	Absorbing
)

// Green is the inverse G of minus the generator of a process with at least one
// absorbing end,
//
//	(G f)(x) = phi_up(x) int_lower^x m phi_down f + phi_down(x) int_x^upper m phi_up f
//
// where phi_down grows from the lower end and phi_up falls to the upper one:
// integrals of the scale density s for an absorbing end, 1 for a reflecting
// one. G 1 is the mean first-passage time. Every term is positive for f >= 0,
// so nothing cancels, however high the barriers. Source: Karlin1981, section
// 15.3.
type Green struct {
	Scale float64 // the logarithm by which [Green.Apply] divides

	mesh           *Mesh
	growing        []float64 // w m phi_down, relative to the running maximum, at the nodes
	falling        []float64
	keepUp, keepDn []float64 // factor of the sum carried into panel k
	outUp, outDn   []float64 // factor of the two integrals at the nodes
	edgeUp, edgeDn []float64 // and at the edges
	core           float64   // share of the mass below the lowest edge
	probabilityUp  float64
}

// NewGreen returns the Green function on the mesh.
func NewGreen(m *Mesh, lower, upper Boundary) (*Green, error) {
	err := model.CheckDomain("Green function").
		That(lower == Absorbing || upper == Absorbing, "ends", "both reflecting", "at least one absorbing end").Err()
	if err != nil {
		return nil, err
	}
	n, last := len(m.X), len(m.panels)
	down, edgeDown := make([]float64, n), make([]float64, last+1)
	up, edgeUp := make([]float64, n), make([]float64, last+1)
	logScale := make([]float64, n)
	for i, v := range m.LogShape {
		logScale[i] = -v
	}
	if upper == Absorbing {
		up, edgeUp = m.LogIntegralAbove(logScale)
	}
	probability := 1.0
	if lower == Absorbing {
		down, edgeDown = m.LogIntegral(logScale)
		probability = 0
		if upper == Absorbing {
			total := edgeDown[last]
			for i := range down {
				down[i] -= total
			}
			for k := range edgeDown {
				edgeDown[k] -= total
			}
			probability = math.Exp(edgeDown[m.StartEdge])
		}
	}
	g := &Green{mesh: m, Scale: math.Inf(-1), probabilityUp: probability,
		growing: make([]float64, n), falling: make([]float64, n),
		keepUp: make([]float64, last), keepDn: make([]float64, last),
		outUp: make([]float64, n), outDn: make([]float64, n),
		edgeUp: make([]float64, last+1), edgeDn: make([]float64, last+1)}
	for i, v := range m.LogSpeed {
		g.Scale = max(g.Scale, v+down[i]+up[i])
	}

	// Left to right: sums are held relative to the largest term so far.
	reference := math.Inf(-1)
	if !math.IsInf(m.coreMass, -1) {
		reference = m.coreMass + down[0]
	}
	before := reference
	for k := range last {
		at := k * order
		for i := at; i < at+order; i++ {
			reference = max(reference, m.LogSpeed[i]+down[i])
		}
		if k == 0 {
			g.core = expDifference(before, reference)
		} else {
			g.keepUp[k] = math.Exp(before - reference)
		}
		for i := at; i < at+order; i++ {
			g.growing[i] = m.Weight[i] * math.Exp(m.LogSpeed[i]+down[i]-reference)
			g.outUp[i] = math.Exp(up[i] + reference - g.Scale)
		}
		g.edgeUp[k+1] = math.Exp(edgeUp[k+1] + reference - g.Scale)
		if k == 0 {
			g.edgeUp[0] = math.Exp(edgeUp[0] + reference - g.Scale)
		}
		before = reference
	}

	// Right to left.
	reference = math.Inf(-1)
	for k := last - 1; k >= 0; k-- {
		before = reference
		at := k * order
		for i := at; i < at+order; i++ {
			reference = max(reference, m.LogSpeed[i]+up[i])
		}
		g.keepDn[k] = expDifference(before, reference)
		for i := at; i < at+order; i++ {
			g.falling[i] = m.Weight[i] * math.Exp(m.LogSpeed[i]+up[i]-reference)
			g.outDn[i] = math.Exp(down[i] + reference - g.Scale)
		}
		g.edgeDn[k] = math.Exp(edgeDown[k] + reference - g.Scale)
	}
	return g, nil
}

// expDifference returns exp(a - b), 0 for a = -Inf.
func expDifference(a, b float64) float64 {
	if math.IsInf(a, -1) {
		return 0
	}
	return math.Exp(a - b)
}

// Apply stores exp(-Scale) G f at the nodes in dst and at the edges in
// dstEdges, for f at the nodes. dst must not be f.
func (g *Green) Apply(dst, dstEdges, f []float64) {
	var e [order]float64
	sum := g.core * f[0]
	dstEdges[0] = g.edgeUp[0] * sum
	for k := range g.mesh.panels {
		at := k * order
		if k > 0 {
			sum *= g.keepUp[k]
		}
		total := 0.0
		for i := range order {
			e[i] = g.growing[at+i] * f[at+i]
			total += e[i]
		}
		for i := range order {
			part := 0.0
			row := &legendre.upTo[i]
			for j, v := range e {
				part += row[j] * v
			}
			dst[at+i] = g.outUp[at+i] * (sum + part)
		}
		sum += total
		dstEdges[k+1] = g.edgeUp[k+1] * sum
	}
	sum = 0
	for k := len(g.mesh.panels) - 1; k >= 0; k-- {
		at := k * order
		sum *= g.keepDn[k]
		total := 0.0
		for i := range order {
			e[i] = g.falling[at+i] * f[at+i]
			total += e[i]
		}
		for i := range order {
			part := 0.0
			row := &legendre.upTo[order-1-i]
			for j, v := range e {
				part += row[order-1-j] * v
			}
			dst[at+i] += g.outDn[at+i] * (sum + part)
		}
		sum += total
		dstEdges[k] += g.edgeDn[k] * sum
	}
}

// ProbabilityUp returns the probability that the start is left through the
// upper end.
func (g *Green) ProbabilityUp() float64 { return g.probabilityUp }
