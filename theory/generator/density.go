package generator

import "math"

// A Field is a function of x and r on the finest grid of a solution (source: the
// finite volumes of this package). Row i holds
// the values at X[i] and every R[j]; with n = 1, R is the single value 0.
type Field struct {
	X, R   []float64
	Values [][]float64
	// Volume[i][j] is the n-dimensional volume of the cell: integrals are sums of
	// Values times Volume.
	Volume [][]float64
}

// Integral returns the sum of values times volume, the integral over the box
// (midpoint rule of the finite volumes).
func (f Field) Integral() float64 {
	s := 0.0
	for i, row := range f.Values {
		for j, v := range row {
			s += v * f.Volume[i][j]
		}
	}
	return s
}

// sphereArea returns the measure of the unit sphere in the n-1 transverse
// directions, 2 pi^((n-1)/2)/Gamma((n-1)/2), or 1 when n = 1.
func sphereArea(n int) float64 {
	if n == 1 {
		return 1
	}
	h := float64(n-1) / 2
	g, _ := math.Lgamma(h)
	return 2 * math.Exp(h*math.Log(math.Pi)-g)
}

// field arranges a vector of the grid.
func (g *grid) field(p Axisymmetric, value func(k int) float64) Field {
	area := sphereArea(p.Dim)
	f := Field{X: g.x, R: g.r, Values: make([][]float64, g.nx), Volume: make([][]float64, g.nx)}
	for i := range g.nx {
		f.Values[i], f.Volume[i] = make([]float64, g.nr), make([]float64, g.nr)
		for j := range g.nr {
			k := i*g.strideX + j*g.strideR
			f.Values[i][j] = value(k)
			f.Volume[i][j] = area * g.volume[k]
		}
	}
	return f
}

// QuasiStationaryDensity returns the density, per n-dimensional volume and in
// the clock t, to which the population that has not yet reached the saddle's
// plane settles, normalised to 1. Inside the well it is the power law
//
//	P(z) ~ exp(-U/T)/a = L^-(1 + 1/T)                     (Mori2022, Eq. 18)
//
// times the principal eigenfunction. Of second order in the grid spacing.
func (p Axisymmetric) QuasiStationaryDensity(o Options) (Field, error) {
	b, _, err := p.prepare(p.Saddle, o)
	if err != nil {
		return Field{}, err
	}
	g := p.assemble(b, 1<<(b.grids-1), false)
	g.net.factorise()
	_, phi, err := p.principal(g)
	if err != nil {
		return Field{}, err
	}
	f := g.field(p, func(k int) float64 { return phi[k] * g.mass[k] / g.volume[k] })
	total := f.Integral()
	for _, row := range f.Values {
		for j := range row {
			row[j] /= total
		}
	}
	return f, nil
}

// A Committor is the solution of the committor problem between two planes
// (Metzner2006).
type Committor struct {
	// Probability q(x, r) of reaching the plane of the minimum beyond before
	// the plane of the minimum.
	Probability Field
	// AtSaddle is q at the saddle.
	AtSaddle float64
	// Rate is the number of transitions from the left plane to the right one
	// per unit of t, divided by the stationary population to the left of the
	// saddle's plane: the reactive rate, which tends to kappa.
	Rate Estimate
}

// Committor returns the probability of reaching the plane x = Beyond before the
// plane x = Minimum, and the reactive rate
//
//	k = integral T exp(-U/T) |grad q|² / integral_{x < saddle} exp(-U/T)/a
//
// (Metzner2006). The generator applied to q is zero.
func (p Axisymmetric) Committor(o Options) (Committor, error) {
	var out Committor
	b, o, err := p.prepare(p.Beyond, o)
	if err != nil {
		return out, err
	}
	// The population of the well is taken on the box that has the saddle as a
	// node, and scaled to the same unit of density.
	well, err := p.box(p.Minimum, p.Saddle, o)
	if err != nil {
		return out, err
	}
	rate := func(b, well box, refine int) float64 {
		g := p.assemble(b, refine, true)
		q := g.rightHitting()
		// The current is the same through every plane; at the left one q is small
		// and accurate, whereas 1 - q at the right one would cancel.
		current := 0.0
		for j, c := range g.toLeft {
			current += c * q[j*g.strideR]
		}
		out.Probability = g.field(p, func(k int) float64 { return q[k] })
		out.AtSaddle = g.interpolateOnAxis(q, p.Saddle)
		w := p.assemble(well, refine, false)
		population := 0.0
		for _, m := range w.mass {
			population += m
		}
		population += w.halfColumnAtPlane(p, well, refine)
		return current / population * math.Exp(g.logScale-w.logScale)
	}
	larger := rate(b.enlarged(), well.enlarged(), 1)
	values := make([]float64, min(b.grids, well.grids))
	for l := range values {
		values[l] = rate(b, well, 1<<l)
	}
	out.Rate = extrapolate(values, 2*math.Abs(larger-values[0]))
	return out, nil
}

// rightHitting solves A q = (conductance to the right plane).
func (g *grid) rightHitting() []float64 {
	q := make([]float64, g.net.n)
	for m, k := range g.rightIndex {
		q[k] = g.toRight[m]
	}
	g.net.factorise()
	g.net.solve(q)
	return q
}

// interpolateOnAxis interpolates f on the axis by Lagrange's cubic through the
// four columns around x.
func (g *grid) interpolateOnAxis(f []float64, x float64) float64 {
	i := 0
	for i+1 < g.nx && g.x[i+1] <= x {
		i++
	}
	i = min(max(i-1, 0), g.nx-4)
	s := 0.0
	for a := i; a < i+4; a++ {
		l := 1.0
		for c := i; c < i+4; c++ {
			if c != a {
				l *= (x - g.x[c]) / (g.x[a] - g.x[c])
			}
		}
		s += l * g.onAxis(f, a)
	}
	return s
}

// halfColumnAtPlane is the mass of the half cells between the last column and
// the right plane, which carry no unknown: the trapezoidal rule ends there.
func (g *grid) halfColumnAtPlane(p Axisymmetric, b box, refine int) float64 {
	hx := 2 * b.xiAnchor / float64(b.between*refine)
	s := 0.0
	for j, r := range g.r {
		s += math.Exp(math.Log(b.dx(b.xiAnchor)*hx/2) + g.shell[j] - p.Potential(b.right, r)/p.Temperature - math.Log(p.Speed(b.right, r)) - g.logScale)
	}
	return s
}
