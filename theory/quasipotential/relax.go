package quasipotential

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A strand is the discretised action of a path with springs. The action does not
// depend on the parametrisation, so points would drift along the path; springs
//
//	stiffness sum_k (|D_k| - rest)²
//
// keep them evenly spread. The rest length is the mean distance, renewed after
// every step, so that evenly spread points carry no force.
type strand struct {
	w         *whitened
	stiffness float64
	rest      float64
	delta     []float64
}

// value returns action and springs, and stores their gradient unless grad is nil.
func (s *strand) value(path, grad [][]float64) float64 {
	v := s.w.action(path, grad)
	for k := 0; k+1 < len(path); k++ {
		floats.SubTo(s.delta, path[k+1], path[k])
		gap := floats.Norm(s.delta, 2)
		v += s.stiffness * (gap - s.rest) * (gap - s.rest)
		if grad != nil {
			pull := 2 * s.stiffness * ratio(gap-s.rest, gap)
			floats.AddScaled(grad[k], -pull, s.delta)
			floats.AddScaled(grad[k+1], pull, s.delta)
		}
	}
	return v
}

// hessian stores the second derivatives with respect to the inner points, by
// central differences of the gradient. A point couples to its neighbours only, so
// every third one can be moved at once.
func (s *strand) hessian(dst *mat.SymBandDense, path, up, down [][]float64, step float64) {
	n, inner := s.w.n, len(path)-2
	dst.Zero()
	for colour := range 3 {
		for j := range n {
			move := func(by float64) {
				for k := colour; k < inner; k += 3 {
					path[k+1][j] += by
				}
			}
			move(step)
			s.value(path, up)
			move(-2 * step)
			s.value(path, down)
			move(step)
			for k := colour; k < inner; k += 3 {
				for q := max(0, k-1); q <= min(inner-1, k+1); q++ {
					for i := range n {
						row, column := q*n+i, k*n+j
						second := (up[q+1][i] - down[q+1][i]) / (2 * step)
						// Both (row, column) and (column, row) are met: their mean.
						if row != column {
							second /= 2
						}
						dst.SetSymBand(row, column, dst.At(row, column)+second)
					}
				}
			}
		}
	}
}

// relax lowers the action of the path, in place, until it settles, by Newton's
// method with Levenberg's damping, and returns it. settled is false when the
// steps ran out.
func (w *whitened) relax(path [][]float64) (value float64, settled bool) {
	n, m := w.n, len(path)-1
	inner := m - 1
	length := 0.0
	for k := range m {
		length += floats.Distance(path[k], path[k+1], 2)
	}
	s := &strand{w: w, delta: make([]float64, n), rest: length / float64(m)}
	s.stiffness = (w.action(path, nil) + math.SmallestNonzeroFloat64) * float64(m) / (length * length)
	grad, up, down, trial := clone(path), clone(path), clone(path), clone(path)
	band := 2*n - 1
	size := inner * n
	hessian := mat.NewSymBandDense(size, band, nil)
	damped := mat.NewSymBandDense(size, band, nil)
	slope, step := mat.NewVecDense(size, nil), mat.NewVecDense(size, nil)

	const steps, least, most = 300, 1e-12, 1e12
	damping, quiet := 1e-3, 0
	for range steps {
		s.hessian(hessian, path, up, down, 1e-6*length)
		scale := 0.0
		for i := range size {
			scale = math.Max(scale, math.Abs(hessian.At(i, i)))
		}
		current := s.value(path, grad)
		for k := range inner {
			for j := range n {
				slope.SetVec(k*n+j, -grad[k+1][j])
			}
		}
		accepted := false
		before := current
		for ; damping <= most; damping *= 8 {
			for i := range size {
				for j := i; j <= min(size-1, i+band); j++ {
					x := hessian.At(i, j)
					if i == j {
						x += damping * scale
					}
					damped.SetSymBand(i, j, x)
				}
			}
			var chol mat.BandCholesky
			if !chol.Factorize(damped) || chol.SolveVecTo(step, slope) != nil {
				continue
			}
			for k := range inner {
				for j := range n {
					trial[k+1][j] = path[k+1][j] + step.AtVec(k*n+j)
				}
			}
			if v := s.value(trial, nil); v <= current {
				current, accepted = v, true
				break
			}
		}
		if !accepted {
			// No descent within rounding.
			return w.action(path, nil), true
		}
		for i := range path {
			copy(path[i], trial[i])
		}
		damping = math.Max(least, damping/16)
		s.rest = 0
		for k := range m {
			s.rest += floats.Distance(path[k], path[k+1], 2) / float64(m)
		}
		if quiet++; before-current > 1e-13*math.Abs(current) {
			quiet = 0
		}
		if quiet >= 3 {
			return w.action(path, nil), true
		}
	}
	return w.action(path, nil), false
}
