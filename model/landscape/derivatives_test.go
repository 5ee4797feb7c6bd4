package landscape_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model/landscape"
)

// scale draws a log-uniform positive number.
func scale(t *rapid.T, label string) float64 {
	return math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log "+label))
}

// positiveDefinite draws A A^T + s I.
func positiveDefinite(t *rapid.T, n int) *mat.SymDense {
	a := mat.NewDense(n, n, rapid.SliceOfN(rapid.Float64Range(-1, 1), n*n, n*n).Draw(t, "A"))
	h := mat.NewSymDense(n, nil)
	h.SymOuterK(1, a)
	s := scale(t, "s")
	for i := range n {
		h.SetSym(i, i, h.At(i, i)+s)
	}
	return h
}

// catalogue draws one landscape of every kind.
func catalogue(t *rapid.T) map[string]landscape.Valley {
	n := rapid.IntRange(1, 5).Draw(t, "n")
	floor, height, width := scale(t, "L0"), scale(t, "dL"), scale(t, "w")
	isotropic, err1 := landscape.NewIsotropicValley(n, scale(t, "h"), floor)
	quadratic, err2 := landscape.NewQuadraticValley(positiveDefinite(t, n), point(t, n, "theta*"), floor)
	well, err3 := landscape.NewDoubleWell(floor, height, width)
	channel, err4 := landscape.NewChannel(landscape.ChannelParameters{
		Dim: n, Floor: floor, Height: height, Width: width, KMin: scale(t, "km"), KSaddle: scale(t, "ks")})
	// L0 + dL (1 - (x/w)²)² + tilt x + ..., with the tilt too small to remove a well.
	tilt := rapid.Float64Range(-0.5, 0.5).Draw(t, "tilt") * height / width
	polynomial, err5 := landscape.NewPolynomial([]float64{floor + 2*height, tilt, -2 * height / (width * width), 0, height / math.Pow(width, 4)})
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return map[string]landscape.Valley{
		"isotropic valley": isotropic, "quadratic valley": quadratic, "double well": well,
		"channel": channel, "polynomial": polynomial,
	}
}

func point(t *rapid.T, n int, label string) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(-3, 3), n, n).Draw(t, label)
}

// differenceTolerance is the error, relative to the size of what is compared and
// of its integral, that central differences with step s = 1e-6 are allowed:
// rounding leaves 2e-16/s = 2e-10, and truncation s²/6 times the ratio of the
// third derivative to the function, at most e^6 on the ranges drawn here.
const differenceTolerance = 1e-5

func TestProp_Derivatives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for name, l := range catalogue(t) {
			theta := point(t, l.Dim(), "theta")
			if worst := gradientError(l, theta); !(worst < differenceTolerance) {
				t.Fatalf("%s: gradient at %v is wrong by %g of its size", name, theta, worst)
			}
			if worst := hessianError(l, theta); !(worst < differenceTolerance) {
				t.Fatalf("%s: Hessian at %v is wrong by %g of its size", name, theta, worst)
			}
		}
	})
}

// gradientError compares Grad with differences of Loss, relative to the largest
// component and the loss.
func gradientError(l landscape.Landscape, theta []float64) float64 {
	got := make([]float64, l.Dim())
	l.Grad(got, theta)
	want := fd.Gradient(nil, l.Loss, theta, &fd.Settings{Formula: fd.Central, Step: 1e-6})
	size, worst := l.Loss(theta), 0.0
	for i := range got {
		size = math.Max(size, math.Abs(want[i]))
		worst = math.Max(worst, math.Abs(got[i]-want[i]))
	}
	return worst / size
}

// hessianError compares Hessian with differences of Grad.
func hessianError(l landscape.Landscape, theta []float64) float64 {
	n := l.Dim()
	got := mat.NewSymDense(n, nil)
	for i := range n { // stale numbers must be overwritten
		for j := i; j < n; j++ {
			got.SetSym(i, j, 1e9)
		}
	}
	l.Hessian(got, theta)
	want := mat.NewDense(n, n, nil)
	fd.Jacobian(want, l.Grad, theta, &fd.JacobianSettings{Formula: fd.Central, Step: 1e-6})
	grad := make([]float64, n)
	l.Grad(grad, theta)
	size := math.Max(mat.Max(want), -mat.Min(want))
	for _, g := range grad {
		size = math.Max(size, math.Abs(g))
	}
	var diff mat.Dense
	diff.Sub(got, want)
	return math.Max(mat.Max(&diff), -mat.Min(&diff)) / size
}

// wrongGradient is a landscape whose gradient misses a factor.
type wrongGradient struct {
	landscape.Landscape
	factor float64
}

func (w wrongGradient) Grad(dst, theta []float64) {
	w.Landscape.Grad(dst, theta)
	for i := range dst {
		dst[i] *= w.factor
	}
}

func TestReject_WrongDerivatives(t *testing.T) {
	well, err := landscape.NewDoubleWell(1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	theta := []float64{0.4}
	if worst := gradientError(wrongGradient{well, 1.001}, theta); worst < differenceTolerance {
		t.Errorf("a gradient wrong by 0.1 %% passes: %g", worst)
	}
	if worst := hessianError(wrongGradient{well, 1.001}, theta); worst < differenceTolerance {
		t.Errorf("a Hessian wrong by 0.1 %% passes: %g", worst)
	}
}
