package generator

import "math"

// A grid is the finite-volume discretisation of an [Axisymmetric] problem
// between an absorbing plane on the right and either the end of the box or an
// absorbing plane on the left. Unknown (i, j) is column i (x) and cell j (r).
type grid struct {
	nx, nr     int
	strideX    int
	strideR    int
	x, r       []float64
	mass       []float64 // integral of exp(-U/T)/a over the cell, scaled
	volume     []float64 // integral of r^(n-2) dr dx over the cell
	shell      []float64 // logarithm of the integral of r^(n-2) dr over cell j
	logScale   float64   // mass and conductances are divided by exp(logScale)
	net        *network
	iLeft      int       // column of the left plane; -1 when it is absorbing
	toRight    []float64 // conductances to the right plane
	toLeft     []float64 // conductances of column 0 to an absorbing left plane
	rightIndex []int     // the unknowns they start from
}

// logFloor keeps every weight away from underflow.
const logFloor = -650

// assemble builds the grid whose spacing is 1/refine of the box's coarsest.
// With absorbLeft the left plane is absorbing too.
//
// The generator a (T Laplace - grad U . grad) becomes, on uniform xi, rho,
//
//	mass      exp(-U/T)/a r^(n-2) x' r' d xi d rho
//	x faces   T exp(-U/T) r^(n-2) (r'/x') d rho/d xi
//	r faces   T exp(-U/T) r^(n-2) (x'/r') d xi/d rho
func (p Axisymmetric) assemble(b box, refine int, absorbLeft bool) *grid {
	hx := 2 * b.xiAnchor / float64(b.between*refine)
	hr := b.rhoStep / float64(refine)
	left := (b.between + b.beyondLeft) * refine // columns from the right plane to the first
	if absorbLeft {
		left = b.between*refine - 1
	}
	g := &grid{nx: left, nr: 1, iLeft: b.beyondLeft * refine}
	if absorbLeft {
		g.iLeft = -1
	}
	if p.Dim > 1 {
		g.nr = b.radial * refine
	}
	if g.nr <= g.nx {
		g.strideX, g.strideR = g.nr, 1
	} else {
		g.strideX, g.strideR = 1, g.nx
	}
	n := g.nx * g.nr
	g.net = newNetwork(n, min(g.nr, g.nx))
	g.mass, g.volume = make([]float64, n), make([]float64, n)
	g.x, g.r = make([]float64, g.nx), make([]float64, g.nr)

	invT := 1 / p.Temperature
	q := float64(p.Dim - 2)
	shell := make([]float64, g.nr)
	g.shell = shell
	if p.Dim > 1 {
		for j := range shell {
			g.r[j] = b.r((float64(j) + 0.5) * hr)
			inner, outer := b.r(float64(j)*hr), b.r(float64(j+1)*hr)
			// (outer^(n-1) - inner^(n-1))/(n-1)
			shell[j] = (q+1)*math.Log(outer) + math.Log(-math.Expm1((q+1)*math.Log(inner/outer))/(q+1))
		}
	}
	xiOf := func(i int) float64 { return b.xiAnchor - float64(left-i)*hx }

	logMass := make([]float64, n)
	top := math.Inf(-1)
	for i := range g.nx {
		g.x[i] = b.x(xiOf(i))
		if i == g.iLeft {
			g.x[i] = b.left
		}
		for j, r := range g.r {
			k := i*g.strideX + j*g.strideR
			half := 1.0
			if i == 0 && !absorbLeft {
				half = 0.5 // the first column is the reflecting end of the box
			}
			width := half * b.dx(xiOf(i)) * hx
			g.volume[k] = width * math.Exp(shell[j])
			logMass[k] = math.Log(width) + shell[j] - p.Potential(g.x[i], r)*invT - math.Log(p.Speed(g.x[i], r))
			top = math.Max(top, logMass[k])
		}
	}
	g.logScale = top
	for k, l := range logMass {
		g.mass[k] = math.Exp(math.Max(l-top, logFloor))
	}
	conductance := func(x, r, lw, geometry float64) float64 {
		l := math.Log(p.Temperature*geometry) + lw - p.Potential(x, r)*invT - top
		return math.Exp(math.Max(l, logFloor))
	}
	for i := range g.nx {
		xi := xiOf(i)
		for j, r := range g.r {
			k := i*g.strideX + j*g.strideR
			// Face to the right: another column, or the absorbing plane.
			face := xi + hx/2
			c := conductance(b.x(face), r, shell[j], 1/(b.dx(face)*hx))
			if i+1 < g.nx {
				g.net.couple(k, g.strideX, c)
			} else {
				g.net.kill(k, c)
				g.toRight = append(g.toRight, c)
				g.rightIndex = append(g.rightIndex, k)
			}
			if i == 0 && absorbLeft {
				face := xi - hx/2
				c := conductance(b.x(face), r, shell[j], 1/(b.dx(face)*hx))
				g.net.kill(k, c)
				g.toLeft = append(g.toLeft, c)
			}
			if j+1 < g.nr {
				rho := float64(j+1) * hr
				half := 1.0
				if i == 0 && !absorbLeft {
					half = 0.5
				}
				rFace := b.r(rho)
				g.net.couple(k, g.strideR, conductance(g.x[i], rFace, q*math.Log(rFace), half*b.dx(xi)*hx/(b.dr(rho)*hr)))
			}
		}
	}
	return g
}

// onAxis returns the value of f at column i on the axis r = 0. Cells are centred
// at h/2 and 3h/2 and f is even in rho, so (9 f_0 - f_1)/8 is exact to order h⁴.
func (g *grid) onAxis(f []float64, i int) float64 {
	k := i * g.strideX
	if g.nr == 1 {
		return f[k]
	}
	return (9*f[k] - f[k+g.strideR]) / 8
}
