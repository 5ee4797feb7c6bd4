package quasipotential

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// action returns the discretised geometric action of the path
//
//	S = 1/2 sum_k |D_k| |b(m_k)| - D_k . b(m_k),   D_k = y_{k+1} - y_k,  m_k = (y_k + y_{k+1})/2
//
// and, unless grad is nil, stores its derivative with respect to every point
// there (Heymann2008).
func (w *whitened) action(path, grad [][]float64) float64 {
	n := w.n
	delta, middle := make([]float64, n), make([]float64, n)
	dDelta, dMiddle, pull := make([]float64, n), make([]float64, n), make([]float64, n)
	for _, g := range grad {
		for j := range g {
			g[j] = 0
		}
	}
	total := 0.0
	for k := 0; k+1 < len(path); k++ {
		floats.SubTo(delta, path[k+1], path[k])
		for j := range middle {
			middle[j] = (path[k][j] + path[k+1][j]) / 2
		}
		w.at(middle, grad != nil)
		length, speed := floats.Norm(delta, 2), floats.Norm(w.drift, 2)
		total += 0.5 * (length*speed - floats.Dot(delta, w.drift))
		if grad == nil {
			continue
		}
		for j := range n {
			dDelta[j] = 0.5 * (delta[j]*ratio(speed, length) - w.drift[j])
			pull[j] = 0.5 * (w.drift[j]*ratio(length, speed) - delta[j])
		}
		for j := range n { // dMiddle = (db/dy)^T pull
			dMiddle[j] = 0
			for i := range n {
				dMiddle[j] += w.jac.At(i, j) * pull[i]
			}
		}
		for j := range n {
			grad[k][j] += dMiddle[j]/2 - dDelta[j]
			grad[k+1][j] += dMiddle[j]/2 + dDelta[j]
		}
	}
	return total
}

// ratio returns a/b, and 0 where b vanishes (a critical point or a doubled point).
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// reversal returns the mean angle between the path and the reversed drift, in
// the metric of the noise, weighted by the action of the segments. It vanishes
// under detailed balance, where the way up retraces the way down. Unweighted it
// would count how a path slides into the saddle along the drift, which is free.
func (w *whitened) reversal(path [][]float64) float64 {
	sum, total := 0.0, 0.0
	delta, middle := make([]float64, w.n), make([]float64, w.n)
	for k := 0; k+1 < len(path); k++ {
		floats.SubTo(delta, path[k+1], path[k])
		for j := range middle {
			middle[j] = (path[k][j] + path[k+1][j]) / 2
		}
		w.at(middle, false)
		product := floats.Norm(delta, 2) * floats.Norm(w.drift, 2)
		forward := floats.Dot(delta, w.drift)
		weight := 0.5 * (product - forward)
		total += weight
		if product > 0 {
			sum += weight * math.Acos(math.Max(-1, math.Min(1, -forward/product)))
		}
	}
	return sum / total
}
