package noise

import (
	"gonum.org/v1/gonum/mat"

	"sgdescape/model/dataset"
)

// moments holds, for every pair (a, b) of parameters, the one-sample covariance
// of the gradient as a quadratic form in z = theta - theta*. With the residual
// e = theta*.x - y at the minimum, grad l = (z.x + e) x, so that
//
//	Cov(grad l)_ab = sum_ij u_i u_j q_ab,ij,  u = (z, 1), w = (x, e)
//	q_ab,ij        = mean(w_i w_j x_a x_b) - mean(w_i x_a) mean(w_j x_b)
//
// symmetrised in i and j.
type moments struct {
	d       int
	minimum []float64
	forms   [][]float64 // one (d+1) x (d+1) form per pair a <= b, row by row
}

func newMoments(r *dataset.Regression) *moments {
	d := r.Dim()
	m := &moments{d: d, minimum: r.Minimum()}
	nData := float64(r.Len())

	first := make([]float64, (d+1)*d) // mean(w_i x_a)
	eachExtended(r, m.minimum, func(w []float64) {
		for i, wi := range w {
			for a, xa := range w[:d] {
				first[i*d+a] += wi * xa / nData
			}
		}
	})
	for range d * (d + 1) / 2 {
		m.forms = append(m.forms, make([]float64, (d+1)*(d+1)))
	}
	eachExtended(r, m.minimum, func(w []float64) {
		p := 0
		for a := range d {
			for b := a; b < d; b++ {
				form := m.forms[p]
				for i, wi := range w {
					for j, wj := range w {
						// Deviations, so that a small variance does not cancel.
						form[i*(d+1)+j] += float64((float64(wi*w[a]) - first[i*d+a]) * (float64(wj*w[b]) - first[j*d+b]) / nData)
					}
				}
				p++
			}
		}
	})
	return m
}

// eachExtended calls f with w = (x, e) for every sample. The slice is reused.
func eachExtended(r *dataset.Regression, minimum []float64, f func(w []float64)) {
	d := r.Dim()
	w := make([]float64, d+1)
	for mu := range r.Len() {
		copy(w, r.Input(mu))
		e := -r.Target(mu)
		for i, x := range r.Input(mu) {
			e += float64(minimum[i] * x)
		}
		w[d] = e
		f(w)
	}
}

// covariance stores the one-sample covariance in dst.
func (m *moments) covariance(dst *mat.SymDense, theta []float64) {
	var u [maxMomentDim + 1]float64
	for i := range m.d {
		u[i] = theta[i] - m.minimum[i]
	}
	u[m.d] = 1
	p := 0
	for a := range m.d {
		for b := a; b < m.d; b++ {
			sum := 0.0
			for i := range m.d + 1 {
				row := m.forms[p][i*(m.d+1) : (i+1)*(m.d+1)]
				inner := 0.0
				for j, q := range row {
					inner += float64(q * u[j])
				}
				sum += float64(inner * u[i])
			}
			dst.SetSym(a, b, sum)
			p++
		}
	}
}
