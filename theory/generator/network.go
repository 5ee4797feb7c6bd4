package generator

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// A network is a symmetric M-matrix in the variables in which it can be
// handled without a subtraction: conductances w_ij >= 0 between nodes and
// killing v_i >= 0,
//
//	(A f)_i = v_i f_i + sum_j w_ij (f_i - f_j)
//
// with w_ij = 0 for |i-j| > band.
//
// Note: gonum's banded Cholesky works on the diagonal v_i + sum_j w_ij, in which
// a killing below 1e-16 of the conductances is lost; with it a rate of 1e-12 has
// no correct digit. Hence this elimination.
type network struct {
	n, band int
	w       []float64 // w[k*band+o-1] couples k and k+o; after factorise the multipliers
	v       []float64 // killing; after factorise the reduced killing
	d       []float64 // pivots
}

func newNetwork(n, band int) *network {
	return &network{n: n, band: band, w: make([]float64, n*band), v: make([]float64, n), d: make([]float64, n)}
}

// couple adds the conductance g between k and k+o, 1 <= o <= band.
func (a *network) couple(k, o int, g float64) { a.w[k*a.band+o-1] += g }

// kill adds the killing g to node k.
func (a *network) kill(k int, g float64) { a.v[k] += g }

// factorise eliminates the nodes in turn: the star of a node is replaced by the
// mesh between its neighbours (Grassmann1985). All operations are additions,
// multiplications and divisions of non-negative numbers.
func (a *network) factorise() {
	m := a.band
	for k := range a.n {
		row := a.w[k*m : (k+1)*m]
		if k+m >= a.n {
			row = row[:a.n-1-k]
		}
		d := a.v[k]
		for _, g := range row {
			d += g
		}
		a.d[k] = d
		for p, g := range row {
			if g == 0 {
				continue
			}
			t := g / d
			i := k + 1 + p
			a.v[i] += t * a.v[k]
			rest := row[p+1:]
			floats.AddScaled(a.w[i*m:i*m+len(rest)], t, rest)
		}
		for p := range row {
			row[p] /= d
		}
	}
}

// solve overwrites b with the solution f of A f = b. Components keep their
// relative accuracy when b >= 0.
func (a *network) solve(b []float64) {
	m := a.band
	for k := range a.n {
		hi := min(m, a.n-1-k)
		row := a.w[k*m : k*m+hi]
		floats.AddScaled(b[k+1:k+1+hi], b[k], row)
	}
	for k := a.n - 1; k >= 0; k-- {
		hi := min(m, a.n-1-k)
		row := a.w[k*m : k*m+hi]
		b[k] = b[k]/a.d[k] + floats.Dot(row, b[k+1:k+1+hi])
	}
}

// principalSteps bounds the iterations of principal; a rate of the catalogue takes
// 3 to 20. Each gains the square of the ratio of the two smallest eigenvalues, so
// that the bound is met, at 1e-12, where they are within 8 %.
const principalSteps = 200

// principal returns the smallest eigenvalue of A f = lambda M f, M diagonal and
// positive, and its eigenvector, by inverse iteration from the constant. A must
// have been factorised. The iterates stay positive, so no accuracy is lost; the
// Rayleigh quotient converges with the square of the ratio of the two lowest
// eigenvalues. It is not apart if it has not converged after principalSteps.
func (a *network) principal(mass []float64) (lambda float64, f []float64, apart bool) {
	f = make([]float64, a.n)
	g := make([]float64, a.n)
	for k := range f {
		f[k] = 1
	}
	previous := 0.0
	for range principalSteps {
		var mff, mfg, top float64
		for k := range f {
			g[k] = mass[k] * f[k]
		}
		a.solve(g)
		for k := range f {
			mff += mass[k] * f[k] * f[k]
			mfg += mass[k] * f[k] * g[k]
			top = max(top, g[k])
		}
		lambda = mff / mfg
		for k := range f {
			f[k] = g[k] / top
		}
		if !(math.Abs(lambda-previous) > 1e-12*lambda) { // or no number
			return lambda, f, true
		}
		previous = lambda
	}
	return lambda, f, false
}
