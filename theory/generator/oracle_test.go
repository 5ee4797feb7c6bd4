package generator

import (
	"math"

	"gonum.org/v1/gonum/integrate"
	"gonum.org/v1/gonum/mat"
)

// quadratureTime is the mean first-passage time from a to b of the diffusion on
// the line with potential u, speed s and temperature T,
//
//	(1/T) integral_a^b exp(u(y)/T) integral_low^y exp(-u(z)/T)/s(z) dz dy
//
// by cumulative trapezoids on a uniform grid, extrapolated (Gardiner2009,
// ch. 5). It shares no code with the solvers.
func quadratureTime(u, s func(x float64) float64, temperature, low, a, b float64) float64 {
	on := func(cells int) float64 {
		// Grid from low to b with a as a node.
		h := (b - a) / float64(cells)
		left := int(math.Ceil((a - low) / h))
		n := left + cells + 1
		inner, x := make([]float64, n), make([]float64, n)
		ref := u(a)
		for i := range x {
			x[i] = a + float64(i-left)*h
			inner[i] = math.Exp(-(u(x[i])-ref)/temperature) / s(x[i])
		}
		outer, mass := make([]float64, 0, cells+1), 0.0
		for i := range x {
			if i > 0 {
				mass += (inner[i] + inner[i-1]) / 2 * h
			}
			if i >= left {
				outer = append(outer, mass*math.Exp((u(x[i])-ref)/temperature))
			}
		}
		return integrate.Trapezoidal(x[left:], outer) / temperature
	}
	f1, f2, f3 := on(2000), on(4000), on(8000)
	r1, r2 := (4*f2-f1)/3, (4*f3-f2)/3
	return (16*r2 - r1) / 15
}

// onAxisTime is quadratureTime for a problem with n = 1.
func onAxisTime(p Axisymmetric, low, exit float64) float64 {
	return quadratureTime(func(x float64) float64 { return p.Potential(x, 0) },
		func(x float64) float64 { return p.Speed(x, 0) }, p.Temperature, low, p.Minimum, exit)
}

// fullSpectrum returns the lowest two eigenvalues of minus the generator without
// absorption, on a uniform grid of cell centres over [-reach, reach] x (0, radius),
// by a dense eigensolver: an independent and crude discretisation.
func fullSpectrum(p Axisymmetric, reach, radius float64, nx, nr int) (first, second float64) {
	hx, hr := 2*reach/float64(nx), radius/float64(nr)
	if p.Dim == 1 {
		nr, hr = 1, 1
	}
	weight := func(r float64) float64 {
		if p.Dim == 1 {
			return 1
		}
		return math.Pow(r, float64(p.Dim-2))
	}
	radiusOf := func(j float64) float64 {
		if p.Dim == 1 {
			return 0
		}
		return (j + 0.5) * hr
	}
	xOf := func(i float64) float64 { return -reach + (i+0.5)*hx }
	mass := func(i, j int) float64 {
		x, r := xOf(float64(i)), radiusOf(float64(j))
		return math.Exp(-p.Potential(x, r)/p.Temperature) / p.Speed(x, r) * weight(r)
	}
	n := nx * nr
	a := mat.NewSymDense(n, nil)
	link := func(k, l int, g, mk, ml float64) {
		a.SetSym(k, k, a.At(k, k)+g/mk)
		a.SetSym(l, l, a.At(l, l)+g/ml)
		a.SetSym(k, l, -g/math.Sqrt(mk*ml))
	}
	for i := range nx {
		for j := range nr {
			x, r, m := xOf(float64(i)), radiusOf(float64(j)), mass(i, j)
			if i+1 < nx {
				g := p.Temperature * math.Exp(-p.Potential(x+hx/2, r)/p.Temperature) * weight(r) / (hx * hx)
				link(i*nr+j, (i+1)*nr+j, g, m, mass(i+1, j))
			}
			if j+1 < nr {
				g := p.Temperature * math.Exp(-p.Potential(x, r+hr/2)/p.Temperature) * weight(r+hr/2) / (hr * hr)
				link(i*nr+j, i*nr+j+1, g, m, mass(i, j+1))
			}
		}
	}
	var eigen mat.EigenSym
	eigen.Factorize(a, false)
	values := eigen.Values(nil)
	return values[0], values[1]
}
