package diffusion

import "math"

// Interpolate returns the value at x, in panel k, of the polynomial in q
// through the values at the nodes of that panel; value is called with indices
// into X.
func (m *Mesh) Interpolate(k int, x float64, value func(i int) float64) float64 {
	pan := &m.panels[k]
	z := 2*(m.q(pan, x)-pan.lo)/(pan.hi-pan.lo) - 1
	// Barycentric formula; the weights of the Gauss-Legendre nodes are
	// (-1)^i sqrt((1-x_i²) w_i).
	top, bottom := 0.0, 0.0
	for i, node := range legendre.x {
		if z == node {
			return value(k*order + i)
		}
		c := math.Sqrt((1-node*node)*legendre.w[i]) / (z - node)
		if i%2 == 1 {
			c = -c
		}
		top += c * value(k*order+i)
		bottom += c
	}
	return top / bottom
}

// Refine stores in dst, at the nodes of the mesh of [Mesh.Refined], the values of
// the polynomials through f at the nodes of this one.
func (m *Mesh) Refine(dst, f []float64) {
	for k := range m.panels {
		from := (*[order]float64)(f[k*order:])
		for half := range legendre.halve {
			to := (*[order]float64)(dst[(2*k+half)*order:])
			for i := range to {
				row := &legendre.halve[half][i]
				even, odd := 0.0, 0.0 // two sums at once
				for j := 0; j < order; j += 2 {
					even += row[j] * from[j]
					odd += row[j+1] * from[j+1]
				}
				to[i] = even + odd
			}
		}
	}
}

// LogShapeAt returns Psi(x) for x in panel k.
func (m *Mesh) LogShapeAt(k int, x float64) float64 {
	return m.Interpolate(k, x, func(i int) float64 { return m.LogShape[i] })
}

// q inverts the coordinate inside a panel by Newton's method from the chord.
func (m *Mesh) q(pan *panel, x float64) float64 {
	q := pan.lo + (pan.hi-pan.lo)*(x-pan.xLo)/(pan.xHi-pan.xLo)
	for range 20 {
		step := (m.coord.x(q) - x) / m.coord.dx(q)
		q -= step
		if math.Abs(step) <= 1e-15*max(1, math.Abs(q)) {
			break
		}
	}
	return min(max(q, pan.lo), pan.hi)
}
