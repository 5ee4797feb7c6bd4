package landscape

import (
	"fmt"
	"math"
	"reflect"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// Tolerances of [Certify]. Both are free of units.
const (
	// residualTolerance bounds the change of the loss along the Newton step,
	// relative to the loss. It is quadratic in the distance: a displacement of
	// 1e-6 sqrt(L/h) is the most that passes.
	residualTolerance = 1e-12
	// flatTolerance is the curvature, relative to the largest in magnitude,
	// below which a direction counts as flat.
	flatTolerance = 1e-9
)

// What errors call the points.
const (
	atMinimum = "minimum theta*"
	atSaddle  = "saddle theta^s"
	atBeyond  = "minimum beyond"
)

// Spectrum returns the eigenvalues of the Hessian of l at theta in ascending
// order. They are NaN when the Hessian is not finite.
func Spectrum(l Landscape, theta []float64) []float64 {
	values, _ := eigen(l, theta)
	return values
}

// eigen returns eigenvalues in ascending order and the eigenvectors.
func eigen(l Landscape, theta []float64) ([]float64, *mat.Dense) {
	n := l.Dim()
	h := mat.NewSymDense(n, nil)
	l.Hessian(h, theta)
	var decomposition mat.EigenSym
	vectors := mat.NewDense(n, n, nil)
	if finite(h.RawSymmetric().Data) && decomposition.Factorize(h, true) {
		decomposition.VectorsTo(vectors)
		return decomposition.Values(nil), vectors
	}
	values := make([]float64, n)
	for i := range values {
		values[i] = math.NaN()
	}
	return values, vectors
}

// A CriticalPoint describes a point of a landscape near a zero of the gradient.
type CriticalPoint struct {
	Theta       []float64
	Loss        float64
	Eigenvalues []float64 // of the Hessian, ascending
	Index       int       // number of negative eigenvalues
	Flat        int       // number of eigenvalues that vanish to rounding
	Residual    float64   // sum g_i²/(2|lambda_i|) over |L|; 0 at a critical point
}

// Inspect describes the point theta of l. The residual is the change of the
// loss along the Newton step in the eigenbasis of the Hessian, relative to the
// loss,
//
//	residual = sum_i g_i²/(2 |lambda_i|)/|L|
//
// so that it does not depend on the units of theta or of the loss. It is +Inf or
// NaN when the gradient does not vanish along a direction without curvature.
func Inspect(l Landscape, theta []float64) CriticalPoint {
	checkLen("point", l.Dim(), theta)
	p := CriticalPoint{Theta: append([]float64(nil), theta...), Loss: l.Loss(theta)}
	grad := make([]float64, l.Dim())
	l.Grad(grad, theta)
	values, vectors := eigen(l, theta)
	p.Eigenvalues = values
	largest := math.Max(math.Abs(values[0]), math.Abs(values[len(values)-1]))
	for i, lambda := range values {
		g := mat.Dot(vectors.ColView(i), mat.NewVecDense(len(grad), grad))
		if g != 0 {
			p.Residual += float64(math.Abs(g/lambda) * math.Abs(g/p.Loss) / 2) // g² may overflow, or vanish
		}
		switch {
		case math.Abs(lambda) <= flatTolerance*largest:
			p.Flat++
		case lambda < 0:
			p.Index++
		}
	}
	return p
}

// CheckMinimum returns an error wrapping [model.ErrDomain] unless theta is a
// non-degenerate minimum of l: the gradient vanishes to the tolerance and every
// eigenvalue of the Hessian is positive.
//
// Limits: a curvature of less than 1e-9 of the largest counts as flat; with a
// Hessian by differences of the loss (see [Definition]) flat directions are seen
// only to 1e-7.
func CheckMinimum(l Landscape, theta []float64) error { return certify(l, theta, atMinimum, 0) }

// CheckSaddle is [CheckMinimum] for a saddle of index one: exactly one eigenvalue
// is negative. The error states the index that was found.
func CheckSaddle(l Landscape, theta []float64) error { return certify(l, theta, atSaddle, 1) }

// checkPoint refuses a landscape that is nil and a point that is not one of it.
func checkPoint(l Landscape, theta []float64, name string) error {
	c := model.CheckDomain(name)
	if v := reflect.ValueOf(l); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return c.That(false, "landscape L", "nil", "a landscape (nil is what a constructor returns beside its error)").Err()
	}
	if err := c.MatrixDim("dimension n", l.Dim()).Err(); err != nil {
		return err
	}
	if len(theta) != l.Dim() {
		return c.That(false, "length of the "+name, len(theta), fmt.Sprintf("n = %d", l.Dim())).Err()
	}
	for i, x := range theta {
		c.Finite(fmt.Sprintf("%s[%d]", name, i), x)
	}
	return c.Err()
}

func certify(l Landscape, theta []float64, name string, index int) error {
	if err := checkPoint(l, theta, name); err != nil {
		return err
	}
	c := model.CheckDomain(name)
	goal := "of L"
	if index > 0 {
		goal = "of |grad L|^2"
	}
	p := Inspect(l, theta)
	return c.Finite("loss at the "+name, p.Loss).
		That(finite(p.Eigenvalues), "Hessian at the "+name, "not finite", "finite numbers").
		That(p.Residual <= residualTolerance, "relative residual of the gradient at the "+name, p.Residual,
			fmt.Sprintf("at most %g: polish the point with gonum's optimize.Minimize (%s) or Newton's method", residualTolerance, goal)).
		That(p.Flat == 0, "number of flat directions at the "+name, p.Flat, "0").
		That(p.Index == index, "index of the "+name, p.Index, fmt.Sprintf("%d negative eigenvalues", index)).Err()
}

func finite(xs []float64) bool {
	for _, x := range xs {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}
