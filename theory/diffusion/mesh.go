package diffusion

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"sgdescape/model"
)

// ErrResolution is wrapped by the error that reports a process which no mesh
// resolves. Source: a convention of this package.
var ErrResolution = errors.New("process not resolved")

// A Region is where a process lives (Karlin1981): between two ends, of which an infinite one
// is never reached and must not attract.
type Region struct {
	Lower, Upper float64 // Lower < Upper; may be infinite
	Start        float64 // Lower <= Start <= Upper, finite: becomes an edge of the mesh
}

// Mesh holds a process on a region: nodes in ascending order with quadrature
// weights, and the logarithms of its shape and speed. An infinite region is cut
// where the speed density has fallen by exp(-41) from its largest value on that
// side. Source: Karlin1981; Gauss-Legendre collocation, see the package comment.
type Mesh struct {
	X        []float64 // nodes
	Weight   []float64 // sum_i Weight[i] f(X[i]) is the integral of f
	LogShape []float64 // Psi at the nodes; 0 at the start
	LogSpeed []float64 // log m at the nodes

	EdgeX        []float64 // edges of the panels
	EdgeLogShape []float64 // Psi at the edges
	StartEdge    int       // index of the start in EdgeX

	process  Process
	coord    coordinate
	panels   []panel
	coreMass float64 // log of the speed measure below EdgeX[0]; -Inf but for radii
	core     func(first panel) float64
}

const (
	maxPanels   = 100000
	firstPanels = 4    // on each side of the start, so that no narrow feature slips through
	farStep     = 0.5  // panel of an infinite side, in the stretched coordinate
	farthest    = 600  // sinh overflows at 710
	tailDrop    = 41.0 // exp(-41) = 2e-18
	finestPanel = 1e-13
	outerShare  = 1e-8 // of the upper end of a radius: below it only a narrow inner part matters
	jumpBudget  = 1e-9 // change of Psi that jumps may leave unresolved
)

// NewMesh resolves the process on the region.
func NewMesh(p Process, r Region) (*Mesh, error) {
	err := model.CheckDomain("region of a diffusion").
		That(p.Drift != nil, "drift a", "nil", "a function").
		That(p.Noise != nil, "noise g²", "nil", "a function").
		That(r.Lower < r.Upper, "region", fmt.Sprintf("[%v, %v]", r.Lower, r.Upper), "lower < upper").
		Finite("start", r.Start).
		That(r.Lower <= r.Start && r.Start <= r.Upper, "start", r.Start, "a number in the region").Err()
	if err != nil {
		return nil, err
	}
	m := &Mesh{process: p, coord: identity, coreMass: math.Inf(-1)}
	lo, hi, at := r.Lower, r.Upper, r.Start
	if math.IsInf(lo, -1) || math.IsInf(hi, 1) {
		width := 1.0
		switch {
		case !math.IsInf(lo, -1) && lo < at:
			width = at - lo
		case !math.IsInf(hi, 1) && at < hi:
			width = hi - at
		}
		m.coord = stretched(at, width)
		lo, hi, at = math.Asinh((lo-r.Start)/width), math.Asinh((hi-r.Start)/width), 0
	}
	left, err := m.side(at, lo)
	if err != nil {
		return nil, err
	}
	right, err := m.side(at, hi)
	if err != nil {
		return nil, err
	}
	slices.Reverse(left)
	m.StartEdge = len(left)
	m.assemble(append(left, right...))
	return m, nil
}

// NewRadialMesh resolves a process on 0 < r <= upper whose speed density
// behaves as r^(n-1) near r = 0, an entrance that is never hit for n > 1 and
// reflects for n = 1. For n > 1 the mesh is cut at the smaller of 1e-8 of the
// upper end and of 1e-4 of the radius below which 2 r a/g² is n-1, and g² is
// constant, to 1e-6: there T(0) - T(r) = r²/(n g²(0)) is of relative order
// 1e-14. A start below the cut, EdgeX[0], is moved there. A process that is like
// this nowhere near r = 0 is an error.
// Source: Karlin1981.
func NewRadialMesh(p Process, n int, upper, start float64) (*Mesh, error) {
	err := model.CheckDomain("region of a radius").
		That(p.Drift != nil, "drift a", "nil", "a function").
		That(p.Noise != nil, "noise g²", "nil", "a function").
		AtLeast(1, "dimension n", n).
		Positive("upper end", upper).
		That(start >= 0 && start <= upper, "start", start, "a radius in the region").Err()
	if err != nil {
		return nil, err
	}
	if n == 1 {
		return NewMesh(p, Region{Lower: 0, Upper: upper, Start: start})
	}
	lowest, err := innerCut(p, n, upper)
	if err != nil {
		return nil, err
	}
	from := max(start, lowest)
	m := &Mesh{process: p, coord: logarithmic}
	m.core = func(first panel) float64 {
		// m ~ r^(n-1): the mass below the first edge is m(r) r/n there, and the
		// first node is close enough to it in log r to scale m by the power.
		x := first.x[0]
		return first.rise[0] + first.logNoise[0] + math.Log(x/float64(n)) + float64(n)*math.Log(first.xLo/x)
	}
	// The outer part is meshed from where alone it would be cut, as if there were no
	// other: a cut a little lower costs a panel or two.
	outer := max(upper*outerShare, lowest)
	q, qOuter, qLowest := math.Log(from), math.Log(outer), math.Log(lowest)
	innerPanels := min(firstPanels, 1+int(qOuter-qLowest))
	var left, right []panel
	for _, part := range []struct {
		out      *[]panel
		from, to float64
		panels   int
	}{
		{&left, q, min(q, qOuter), firstPanels}, {&left, min(q, qOuter), qLowest, innerPanels},
		{&right, q, max(q, qOuter), innerPanels}, {&right, max(q, qOuter), math.Log(upper), firstPanels},
	} {
		if err := m.span(part.out, part.from, part.to, part.panels); err != nil {
			return nil, err
		}
	}
	slices.Reverse(left)
	m.StartEdge = len(left)
	m.assemble(append(left, right...))
	return m, nil
}

// innerCut returns the radius at which a radial mesh is cut: what lies below
// matters to relative order 1e-14, its mass as r^n and T(0) - T(r) as r². Both are
// measured against the inner length, within which the process is a Brownian motion
// in n dimensions, and not against the upper end, which may be far outside. The
// process is looked at in steps of a factor 4, down to the cut.
func innerCut(p Process, n int, upper float64) (float64, error) {
	const (
		brownian = 1e-6   // departure from a Brownian motion that is still measured well
		margin   = 1e-4   // the departure, of order r², is 1e-14 at this share of the radius
		smallest = 1e-200 // of the upper end
	)
	inner, cut := 0.0, smallest*upper
	for r := upper; r > cut; r /= 4 {
		noise := p.Noise(r)
		slope := 2*r*p.Drift(r)/noise - float64(n-1)
		change := p.Noise(r/4)/noise - 1
		switch {
		case !(math.Abs(slope) <= brownian*float64(n) && math.Abs(change) <= brownian):
			inner, cut = 0, smallest*upper
		case inner == 0: // holds here, and down to the cut unless a smaller radius says otherwise
			inner, cut = r, math.Min(outerShare*upper, margin*r)
		}
	}
	if inner == 0 {
		r := smallest * upper
		return 0, model.CheckDomain("radius").That(false, "drift a and noise g² at the center",
			fmt.Sprintf("%v and %v at r = %v", p.Drift(r), p.Noise(r), r),
			fmt.Sprintf("those of %d equal directions: g² constant, 2 r a/g² = %d", n, n-1)).Err()
	}
	return cut, nil
}

// span appends the resolved panels from q = from to q = to, both finite, in that
// order. It begins with a number of equal panels.
func (m *Mesh) span(out *[]panel, from, to float64, panels int) error {
	unresolved := 0.0
	for k := range panels {
		if from == to {
			break
		}
		a := from + (to-from)*float64(k)/float64(panels)
		b := from + (to-from)*float64(k+1)/float64(panels)
		if k+1 == panels {
			b = to
		}
		if err := m.resolve(out, a, b, &unresolved); err != nil {
			return err
		}
	}
	return nil
}

// side returns the resolved panels from q = from to q = to, which may lie
// below and may be infinite, in that order.
func (m *Mesh) side(from, to float64) ([]panel, error) {
	var out []panel
	if !math.IsInf(to, 0) {
		err := m.span(&out, from, to, firstPanels)
		return out, err
	}
	unresolved := 0.0
	sign := math.Copysign(1, to)
	shape, top := 0.0, math.Inf(-1)
	q, step := 0.0, farStep
	for below := 0; below < 3; q += step {
		// A steep side is left in steps over which Psi changes by about 10, so
		// that nothing far below the cut is resolved.
		x, dx := m.coord.x(from+sign*q), m.coord.dx(from+sign*q)
		steepness := math.Abs(2 * m.process.Drift(x) / m.process.Noise(x) * dx)
		if step = farStep; steepness*step > 10 {
			step = max(10/steepness, farStep/1024)
		}
		if q > farthest {
			return nil, model.CheckDomain("region of a diffusion").That(false, "infinite end",
				"attracting", "a speed density that falls off: the process escapes, or is "+model.NotNormalisable).Err()
		}
		known := len(out)
		if err := m.resolve(&out, from+sign*q, from+sign*(q+step), &unresolved); err != nil {
			return nil, err
		}
		// density in q, so that a tail 1/x does not pass for one that falls off
		highest := math.Inf(-1)
		for _, pan := range out[known:] {
			base := shape
			if sign < 0 {
				base = shape - pan.riseAll
			}
			for i := range order {
				highest = max(highest, base+pan.rise[i]+pan.logNoise[i]+math.Log(pan.weight[i]/(pan.hi-pan.lo)))
			}
			shape += sign * pan.riseAll
		}
		top = max(top, highest)
		if highest < top-tailDrop {
			below++
		} else {
			below = 0
		}
	}
	return out, nil
}

// resolve appends the panels that resolve the process between q = from and
// q = to, in that order.
func (m *Mesh) resolve(out *[]panel, from, to float64, unresolved *float64) error {
	lo, hi := min(from, to), max(from, to)
	pan, badAt, ok := newPanel(m.process, m.coord, lo, hi)
	if !ok {
		return model.CheckDomain("diffusion").That(false, "drift a and noise g²",
			fmt.Sprintf("%v and %v at x = %v", m.process.Drift(badAt), m.process.Noise(badAt), badAt),
			"finite, with g² > 0").Err()
	}
	if len(*out) >= maxPanels {
		return fmt.Errorf("diffusion: more than %d panels at x = %v: %w", maxPanels, pan.xLo, ErrResolution)
	}
	if pan.worst <= 1 {
		*out = append(*out, pan)
		return nil
	}
	if hi-lo <= finestPanel*max(1, math.Abs(lo)) || pan.xHi-pan.xLo <= 4e-16*math.Abs(pan.xLo) {
		if *unresolved += pan.variation; !(*unresolved <= jumpBudget) {
			return fmt.Errorf("diffusion: Psi changes by %.3g within %.3g of x = %v: %w", *unresolved, pan.xHi-pan.xLo, pan.xLo, ErrResolution)
		}
		*out = append(*out, pan)
		return nil
	}
	middle := from + (to-from)/2
	if err := m.resolve(out, from, middle, unresolved); err != nil {
		return err
	}
	return m.resolve(out, middle, to, unresolved)
}

// assemble fills the mesh from panels in ascending order.
func (m *Mesh) assemble(panels []panel) {
	m.panels = panels
	n := len(panels)
	m.EdgeX, m.EdgeLogShape = make([]float64, n+1), make([]float64, n+1)
	m.X, m.Weight = make([]float64, 0, n*order), make([]float64, 0, n*order)
	m.LogShape, m.LogSpeed = make([]float64, 0, n*order), make([]float64, 0, n*order)
	for k := m.StartEdge; k < n; k++ {
		m.EdgeLogShape[k+1] = m.EdgeLogShape[k] + panels[k].riseAll
	}
	for k := m.StartEdge - 1; k >= 0; k-- {
		m.EdgeLogShape[k] = m.EdgeLogShape[k+1] - panels[k].riseAll
	}
	m.EdgeX[0] = panels[0].xLo
	for k, pan := range panels {
		m.EdgeX[k+1] = pan.xHi
		m.X = append(m.X, pan.x[:]...)
		m.Weight = append(m.Weight, pan.weight[:]...)
		for i := range order {
			shape := m.EdgeLogShape[k] + pan.rise[i]
			m.LogShape = append(m.LogShape, shape)
			m.LogSpeed = append(m.LogSpeed, shape+pan.logNoise[i])
		}
	}
	m.coreMass = math.Inf(-1)
	if m.core != nil {
		m.coreMass = m.EdgeLogShape[0] + m.core(panels[0])
	}
}

// Refined returns the mesh with every panel halved; the difference between
// results on both estimates their error.
func (m *Mesh) Refined() (*Mesh, error) {
	every := make([]bool, len(m.panels))
	for k := range every {
		every[k] = true
	}
	return m.Split(every)
}

// Split returns the mesh with the panels k halved for which where[k] is true. Panel k
// lies between EdgeX[k] and EdgeX[k+1].
func (m *Mesh) Split(where []bool) (*Mesh, error) {
	out := &Mesh{process: m.process, coord: m.coord, core: m.core}
	panels := make([]panel, 0, 2*len(m.panels))
	for k, pan := range m.panels {
		if k == m.StartEdge {
			out.StartEdge = len(panels)
		}
		if !where[k] {
			panels = append(panels, pan)
			continue
		}
		middle := pan.lo + (pan.hi-pan.lo)/2
		for _, ends := range [2][2]float64{{pan.lo, middle}, {middle, pan.hi}} {
			half, badAt, ok := newPanel(m.process, m.coord, ends[0], ends[1])
			if !ok {
				return nil, model.CheckDomain("diffusion").That(false, "drift a and noise g²", badAt, "finite, with g² > 0").Err()
			}
			panels = append(panels, half)
		}
	}
	if m.StartEdge == len(m.panels) {
		out.StartEdge = len(panels)
	}
	out.assemble(panels)
	return out, nil
}
