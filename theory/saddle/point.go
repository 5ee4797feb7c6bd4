package saddle

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// A Point is a stationary point of a loss with the spectrum of its Hessian
// (Nocedal2006, sec. 2.1).
type Point struct {
	Theta        []float64
	Loss         float64
	GradientNorm float64    // |grad L|, what Newton's method left of it
	Eigenvalues  []float64  // of the Hessian, ascending
	Eigenvectors *mat.Dense // n x n, column i belongs to Eigenvalues[i]
	Hessian      *mat.SymDense
	Iterations   int // steps of the search, polishing included
}

// Index returns the number of negative eigenvalues of the Hessian: 0 at a
// minimum, 1 at a saddle that is passed by an escape.
func (p Point) Index() int {
	k := 0
	for _, x := range p.Eigenvalues {
		if x < 0 {
			k++
		}
	}
	return k
}

// An IndexError reports a stationary point that has not the number of negative
// eigenvalues that was asked for (Mori2022, Eq. 17 holds for exactly one).
type IndexError struct {
	Point Point
	Want  int
}

// Error names the index and the spectrum.
func (e *IndexError) Error() string {
	return fmt.Sprintf("saddle: the stationary point at %.6g has index %d (eigenvalues %.4g), want %d", e.Point.Theta, e.Point.Index(), e.Point.Eigenvalues, e.Want)
}

// A ConvergenceError reports a search that did not end at a stationary point
// (Nocedal2006, ch. 2).
type ConvergenceError struct {
	Theta        []float64
	GradientNorm float64
	Iterations   int
}

// Error says where the search stopped.
func (e *ConvergenceError) Error() string {
	return fmt.Sprintf("saddle: no stationary point after %d steps: |grad L| = %.3g at %.6g", e.Iterations, e.GradientNorm, e.Theta)
}

// workspace evaluates one landscape.
type workspace struct {
	l       landscape.Landscape
	n       int
	grad    []float64
	hessian *mat.SymDense
	values  []float64
	vectors mat.Dense
	eigen   mat.EigenSym
	inBasis []float64 // gradient in the eigenbasis
	descent float64   // step of steepest descent, see stableStep
}

func newWorkspace(l landscape.Landscape) *workspace {
	n := l.Dim()
	return &workspace{l: l, n: n, grad: make([]float64, n), hessian: mat.NewSymDense(n, nil), values: make([]float64, n), inBasis: make([]float64, n)}
}

// at evaluates gradient and spectrum at theta; false when they are not finite.
func (w *workspace) at(theta []float64) bool {
	w.l.Grad(w.grad, theta)
	w.l.Hessian(w.hessian, theta)
	for i := range w.n {
		if math.IsNaN(w.grad[i]) || math.IsInf(w.grad[i], 0) {
			return false
		}
		for j := i; j < w.n; j++ {
			if x := w.hessian.At(i, j); math.IsNaN(x) || math.IsInf(x, 0) {
				return false
			}
		}
	}
	if !w.eigen.Factorize(w.hessian, true) {
		return false
	}
	w.eigen.Values(w.values)
	if sum := floats.Sum(w.values); math.IsNaN(sum) || math.IsInf(sum, 0) {
		return false
	}
	w.eigen.VectorsTo(&w.vectors)
	for i := range w.n {
		w.inBasis[i] = 0
		for j := range w.n {
			w.inBasis[i] += w.vectors.At(j, i) * w.grad[j]
		}
	}
	return true
}

// polish runs Newton's method, theta - H^-1 grad L, until the gradient stops
// falling, and returns the point reached.
func (w *workspace) polish(theta []float64, iterations int) (Point, error) {
	theta = append([]float64(nil), theta...)
	best := append([]float64(nil), theta...)
	bestNorm := math.Inf(1)
	for range 50 {
		if !w.at(theta) {
			break
		}
		norm := floats.Norm(w.grad, 2)
		if !(norm < bestNorm) {
			break
		}
		copy(best, theta)
		bestNorm = norm
		iterations++
		if norm == 0 {
			break
		}
		for i := range w.n {
			s := w.inBasis[i] / w.values[i]
			for j := range w.n {
				theta[j] -= w.vectors.At(j, i) * s
			}
		}
	}
	if !w.at(best) {
		return Point{}, &ConvergenceError{Theta: best, GradientNorm: math.NaN(), Iterations: iterations}
	}
	scale := math.Max(math.Abs(w.values[0]), math.Abs(w.values[w.n-1])) * math.Max(1, floats.Norm(best, 2))
	if !(bestNorm <= 1e-9*scale) {
		return Point{}, &ConvergenceError{Theta: best, GradientNorm: bestNorm, Iterations: iterations}
	}
	p := Point{
		Theta: best, Loss: w.l.Loss(best), GradientNorm: bestNorm,
		Eigenvalues:  append([]float64(nil), w.values...),
		Eigenvectors: mat.DenseCopyOf(&w.vectors),
		Hessian:      mat.NewSymDense(w.n, nil),
		Iterations:   iterations,
	}
	p.Hessian.CopySym(w.hessian)
	return p, nil
}

// Minimise returns the minimum whose basin holds start, to rounding: BFGS from
// gonum's optimize, then Newton's method. The error is a [ConvergenceError] or
// an [IndexError] when that fails, and wraps [model.ErrDomain] when start is
// not a finite vector of the landscape's dimension (Nocedal2006, chs. 3, 6).
func Minimise(l landscape.Landscape, start []float64) (Point, error) {
	if err := checkStart("minimum search", l, start); err != nil {
		return Point{}, err
	}
	problem := optimize.Problem{Func: l.Loss, Grad: l.Grad}
	// The result is usable even when the line search stalls at rounding: the
	// polish decides.
	result, err := optimize.Minimize(problem, start, &optimize.Settings{GradientThreshold: 1e-6}, &optimize.BFGS{})
	if result == nil {
		return Point{}, fmt.Errorf("saddle: minimum search: %w", err)
	}
	p, err := newWorkspace(l).polish(result.X, result.MajorIterations)
	if err == nil && p.Index() != 0 {
		err = &IndexError{Point: p, Want: 0}
	}
	return p, err
}

func checkStart(subject string, l landscape.Landscape, start []float64) error {
	d := model.CheckDomain(subject).That(l != nil, "landscape L", l, "a landscape")
	if err := d.Err(); err != nil {
		return err
	}
	d.That(len(start) == l.Dim() && l.Dim() > 0, "length of theta", len(start), fmt.Sprintf("n = %d", l.Dim()))
	for i, x := range start {
		d.Finite(fmt.Sprintf("theta[%d]", i), x)
	}
	return d.Err()
}
