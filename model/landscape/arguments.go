package landscape

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// repeatTolerance is how far two values of a gradient or a Hessian at one point
// may be apart, relative to its largest element: sums in another order differ by
// rounding.
const repeatTolerance = 1e-6

// checkArguments returns an error wrapping [model.ErrDomain] when f, called name,
// makes something else of a dst that is not zero, or changes theta. dst has as
// many elements as f sets. What is not finite is passed over.
func checkArguments(name string, f func(dst, theta []float64), size int, theta []float64) error {
	d := model.CheckDomain("landscape")
	call := func(held float64, at []float64) []float64 {
		dst, given := make([]float64, size), slices.Clone(at)
		for i := range dst {
			dst[i] = held
		}
		f(dst, given)
		if d.Err() == nil && !slices.Equal(given, at) {
			d.That(false, fmt.Sprintf("theta after %s at theta = %v", name, at), given, fmt.Sprintf("it as before: %s must not change theta", name))
		}
		return dst
	}
	first := call(0, theta)
	call(0, besides(theta))
	scale := 0.0
	for _, x := range first {
		scale = math.Max(scale, math.Abs(x))
	}
	if d.Err() != nil || !finite(first) {
		return d.Err()
	}
	held := scale
	if held == 0 {
		held = 1
	}
	for i, second := range call(held, theta) {
		if d.Err() == nil && !(math.Abs(second-first[i]) <= repeatTolerance*scale) {
			d.That(false, fmt.Sprintf("element %d that %s stores at theta = %v", i, name, theta),
				fmt.Sprintf("%.6g in a dst that held 0 and %.6g in one that held %.6g", first[i], second, held), fmt.Sprintf("the same: %s must set dst", name))
		}
	}
	return d.Err()
}

// checkLossAndGrad is [checkArguments] for Loss, which has no dst, and Grad.
func checkLossAndGrad(l Landscape, theta []float64) error {
	if err := checkArguments("Loss", func(_, theta []float64) { l.Loss(theta) }, 0, theta); err != nil {
		return err
	}
	return checkArguments("Grad", l.Grad, l.Dim(), theta)
}

// checkHessian is [checkArguments] for Hessian, whose elements are counted along
// the rows. One by differences sets dst, and costs much.
func checkHessian(l Landscape, theta []float64) error {
	if f, ok := l.(*Func); ok && f.def.Hessian == nil {
		return nil
	}
	n := l.Dim()
	return checkArguments("Hessian", func(dst, theta []float64) {
		h := mat.NewSymDense(n, dst)
		l.Hessian(h, theta)
		for i := range n {
			for j := range i {
				dst[i*n+j] = dst[j*n+i] // a symmetric matrix holds its upper triangle
			}
		}
	}, n*n, theta)
}

// besides returns the next numbers above theta: a function that stores the very
// point of the check in theta is seen there.
func besides(theta []float64) []float64 {
	next := make([]float64, len(theta))
	for i, x := range theta {
		next[i] = math.Nextafter(x, math.Inf(1))
	}
	return next
}
