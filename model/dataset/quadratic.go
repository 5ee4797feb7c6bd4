package dataset

import "gonum.org/v1/gonum/mat"

// MinimumLoss returns L*, the loss at the minimum; it is positive.
func (r *Regression) MinimumLoss() float64 { return r.minimumLoss }

// Minimum returns a copy of theta*, the least-squares solution.
func (r *Regression) Minimum() []float64 { return append([]float64(nil), r.minimum...) }

// Loss returns L(theta), from the quadratic form. Two rows of it at a time: a sum
// waits for itself.
func (r *Regression) Loss(theta []float64) float64 {
	checkLen("regression", r.d, theta)
	minimum := r.minimum[:len(theta)]
	sum := 0.0
	for i := 0; i < len(theta); i += 2 {
		pair := min(i+1, r.d-1)
		row, next := r.hessian[i*r.d:][:len(theta)], r.hessian[pair*r.d:][:len(theta)]
		h0, h1 := 0.0, 0.0
		for j, m := range minimum {
			z := theta[j] - m
			h0 += float64(row[j] * z)
			h1 += float64(next[j] * z)
		}
		sum += float64(h0 * (theta[i] - minimum[i]))
		if pair > i {
			sum += float64(h1 * (theta[pair] - minimum[pair]))
		}
	}
	return r.minimumLoss + float64(sum/2)
}

// Grad stores grad L(theta) = H (theta - theta*) in dst.
func (r *Regression) Grad(dst, theta []float64) {
	checkLen("regression", r.d, dst, theta)
	for i := range dst {
		row := r.hessian[i*r.d : (i+1)*r.d]
		hz := 0.0
		for j, h := range row {
			hz += float64(h * (theta[j] - r.minimum[j]))
		}
		dst[i] = hz
	}
}

// Hessian stores H = X^T X/N in dst; it does not depend on theta.
func (r *Regression) Hessian(dst *mat.SymDense, theta []float64) {
	checkLen("regression", r.d, theta)
	for i := range r.d {
		for j := i; j < r.d; j++ {
			dst.SetSym(i, j, r.hessian[i*r.d+j])
		}
	}
}
