package firstpassage

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sgdescape/theory/diffusion"
)

// discretised is a killed generator, by its inverse, on a mesh and on the mesh
// with every panel halved.
type discretised struct {
	mesh, fine       *diffusion.Mesh
	green, fineGreen *diffusion.Green
	lower, upper     diffusion.Boundary
}

const (
	maxKrylov      = 80
	eigenTolerance = 1e-12
)

// lanczos projects the Green function on the Krylov space of the constant
// function. It returns the modes of the largest space and of that whose survival function is known
// best; nil when there is no decomposition. The mean time is unit, in units of exp(green.Scale).
// Source: Karlin1981, section 15.13; Lanczos with full reorthogonalisation.
func (d *discretised) lanczos(unit float64) (largest, best *modes) {
	m := d.mesh
	n := len(m.X)
	// Weights of the speed measure, relative to its largest density.
	top := floats.Max(m.LogSpeed)
	weight := make([]float64, n)
	for i, w := range m.Weight {
		weight[i] = w * math.Exp(m.LogSpeed[i]-top)
	}
	dot := func(a, b []float64) float64 {
		sum := 0.0
		for i, w := range weight {
			sum += w * a[i] * b[i]
		}
		return sum
	}

	v := make([]float64, n)
	for i := range v {
		v[i] = 1
	}
	norm := math.Sqrt(dot(v, v))
	floats.Scale(1/norm, v)
	basis := [][]float64{v}
	atStart := []float64{1 / norm} // the basis at the start
	projected := mat.NewSymDense(maxKrylov, nil)
	edges := make([]float64, len(m.EdgeX))
	var before *modes
	for k := 0; k < maxKrylov; k++ {
		u := make([]float64, n)
		d.green.Apply(u, edges, basis[k])
		value := edges[m.StartEdge]
		size := math.Sqrt(dot(u, u))
		for pass := range 2 {
			for j, w := range basis {
				c := dot(w, u)
				floats.AddScaled(u, -c, w)
				value -= c * atStart[j]
				if j == k && pass == 0 {
					projected.SetSym(k, k, c)
				}
			}
		}
		beta := math.Sqrt(dot(u, u))
		exhausted := !(beta > 1e-14*size)
		if k%4 == 3 || exhausted || k+1 == maxKrylov {
			largest = ritz(projected, basis, atStart, norm)
			if largest == nil {
				return nil, nil
			}
			largest.scale = d.green.Scale
			if exhausted {
				largest.compare(largest, unit)
				largest.eigenErr = eigenTolerance
			} else {
				largest.compare(before, unit)
			}
			if best == nil || largest.better(best) {
				best = largest
			}
			if exhausted || best.resolved() {
				break
			}
			before = largest
		}
		if k+1 < maxKrylov {
			floats.Scale(1/beta, u)
			projected.SetSym(k, k+1, beta)
			basis = append(basis, u)
			atStart = append(atStart, value/beta)
		}
	}
	return largest, best
}

// ritz diagonalises the projection on the basis.
func ritz(projected *mat.SymDense, basis [][]float64, atStart []float64, norm float64) *modes {
	k := len(basis)
	var eigen mat.EigenSym
	if !eigen.Factorize(projected.SliceSym(0, k), true) {
		return nil
	}
	values := eigen.Values(nil) // ascending
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	s := &modes{basis: basis, norm: norm}
	for j := k - 1; j >= 0; j-- {
		if !(values[j] > 0) {
			continue // rounding around 0: a mode that dies at once
		}
		vector := mat.Col(nil, j, &vectors)
		s.times = append(s.times, values[j])
		s.vectors = append(s.vectors, vector)
		s.share = append(s.share, floats.Dot(vector, atStart)*vector[0]*norm)
	}
	if len(s.times) == 0 {
		return nil
	}
	return s
}
