package landscape

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

const (
	// slopeStep is the step of the differences that a gradient is held against, in
	// units of sqrt(L/h): long, so that a loss that is exact to 1e-8 only will do.
	slopeStep = 1e-3
	// slopeTolerance is the error that any gradient is allowed, relative to its
	// largest component in units of L/sqrt(L/h_ii). A slip is a factor, or a term; a gradient by differences
	// of one's own is right to 1e-6 or better.
	slopeTolerance = 1e-3
	// besideStep is how far from the minimum it is looked at, in sqrt(L/h): the
	// loss is besideStep²/2 higher. On a wall, it is wallStep.
	besideStep = 0.3
	wallStep   = 1
	// curvatureStep and curvatureTolerance are the same for a Hessian and the
	// differences of Grad. The step is longer, for gradients that are differences
	// themselves.
	curvatureStep      = 1e-2
	curvatureTolerance = 1e-2
)

// checkSlope returns an error wrapping [model.ErrDomain] when Grad is not the
// gradient of Loss at one of the points, or one of them changes theta, or Grad
// adds to dst. The differences are taken with the
// steps s and 2s along every coordinate: their error is s² L‴/6, a third of what
// they differ by, and the rounding of the loss over s.
func checkSlope(l Landscape, minimum []float64, points [][]float64) error {
	n := l.Dim()
	scale := lengths(l, minimum)
	got, slope, coarse := make([]float64, n), make([]float64, n), make([]float64, n)
	x := make([]float64, n)
	for _, theta := range points {
		if err := checkLossAndGrad(l, theta); err != nil {
			return err
		}
		loss := l.Loss(theta)
		l.Grad(got, theta)
		copy(x, theta)
		for i := range n {
			along := func(u float64) float64 {
				x[i] = u
				return l.Loss(x)
			}
			step := slopeStep * scale[i]
			slope[i] = fd.Derivative(along, theta[i], &fd.Settings{Formula: fd.Central, Step: step})
			coarse[i] = fd.Derivative(along, theta[i], &fd.Settings{Formula: fd.Central, Step: 2 * step})
			x[i] = theta[i]
		}
		if !finite(slope) || !finite(coarse) || math.IsNaN(loss) || math.IsInf(loss, 0) {
			continue
		}
		size := 0.0 // of the gradient, in units of the loss
		for i := range n {
			size = math.Max(size, math.Abs(slope[i])*scale[i])
		}
		for i := range n {
			const epsilon = 0x1p-52
			// A loss is a sum of terms, so that its rounding is some ulps; and so is
			// that of theta + s, which moves the point.
			rounding := 100 * epsilon * (math.Abs(loss) + math.Abs(slope[i]*theta[i])) / (slopeStep * scale[i])
			tolerance := slopeTolerance*size/scale[i] + math.Abs(coarse[i]-slope[i]) + rounding
			if !(math.Abs(got[i]-slope[i]) <= tolerance) {
				factor := "not"
				if math.Abs(slope[i]) > tolerance {
					factor = fmt.Sprintf("%.4g times", got[i]/slope[i])
				}
				return model.CheckDomain("landscape").That(false, "gradient", fmt.Sprintf(
					"%s the slope of the loss at theta = %v (component %d: %.6g by Grad, %.6g by central differences of Loss)",
					factor, theta, i, got[i], slope[i]), "the slope").Err()
			}
		}
	}
	return nil
}

// checkCurvature returns an error wrapping [model.ErrDomain] when Hessian is not
// the derivative of Grad at one of the points, changes theta, or adds to dst.
func checkCurvature(l Landscape, minimum []float64, points [][]float64) error {
	n := l.Dim()
	scale := lengths(l, minimum)
	got := mat.NewSymDense(n, nil)
	x, up, down := make([]float64, n), make([]float64, n), make([]float64, n)
	for _, theta := range points {
		if err := checkHessian(l, theta); err != nil {
			return err
		}
		l.Hessian(got, theta)
		copy(x, theta)
		fine, coarse := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
		for i := range n {
			differences := func(column *mat.Dense, step float64) {
				x[i] = theta[i] + step
				l.Grad(up, x)
				x[i] = theta[i] - step
				l.Grad(down, x)
				x[i] = theta[i]
				for k := range n {
					column.Set(k, i, (up[k]-down[k])/(2*step))
				}
			}
			differences(fine, curvatureStep*scale[i])
			differences(coarse, 2*curvatureStep*scale[i])
		}
		size := 0.0 // of the Hessian, in units of the loss
		for i := range n {
			for k := range n {
				size = math.Max(size, math.Abs(fine.At(k, i))*scale[k]*scale[i])
			}
		}
		if math.IsNaN(size) || math.IsInf(size, 0) || !finite(fine.RawMatrix().Data) || !finite(coarse.RawMatrix().Data) {
			continue
		}
		for i := range n {
			for k := range n {
				want := fine.At(k, i)
				tolerance := curvatureTolerance*size/(scale[k]*scale[i]) + math.Abs(coarse.At(k, i)-want)
				if !(math.Abs(got.At(k, i)-want) <= tolerance) {
					return model.CheckDomain("landscape").That(false, "Hessian", fmt.Sprintf(
						"%.6g in row %d, column %d at theta = %v, where central differences of Grad give %.6g", got.At(k, i), k, i, theta, want),
						"the second derivatives of the loss").Err()
				}
			}
		}
	}
	return nil
}

// lengths returns sqrt(L/|H_ii|) at the minimum, the distance over which the loss
// changes by its half; 1 where that is no number.
func lengths(l Landscape, minimum []float64) []float64 {
	h := mat.NewSymDense(l.Dim(), nil)
	l.Hessian(h, minimum)
	loss := math.Abs(l.Loss(minimum))
	all := make([]float64, l.Dim())
	for i := range all {
		all[i] = math.Sqrt(loss / math.Abs(h.At(i, i)))
		if !(all[i] > 0) || math.IsInf(all[i], 1) {
			all[i] = 1
		}
	}
	return all
}

// besideMinimum returns two points, on either side of the minimum and so many
// sqrt(L/h) away, at which no component of the gradient along an axis of the
// Hessian vanishes.
func besideMinimum(l Landscape, minimum []float64, step float64) [][]float64 {
	values, axes := eigen(l, minimum)
	loss := math.Abs(l.Loss(minimum))
	points := [][]float64{append([]float64(nil), minimum...), append([]float64(nil), minimum...)}
	for i, h := range values {
		far := step * math.Sqrt(loss/(float64(len(values))*math.Abs(h)))
		if math.IsNaN(far) || math.IsInf(far, 0) {
			continue
		}
		for j := range minimum {
			points[0][j] += float64(far * axes.At(j, i))
			points[1][j] -= float64(far * axes.At(j, i))
		}
	}
	return points
}

// fartherFrom returns the one of the points that is farthest from theta.
func fartherFrom(theta []float64, points [][]float64) []float64 {
	far := points[0]
	for _, p := range points[1:] {
		if floats.Distance(p, theta, 2) > floats.Distance(far, theta, 2) {
			far = p
		}
	}
	return far
}

// pointsBetween returns three points between a and b.
func pointsBetween(a, b []float64) [][]float64 {
	var points [][]float64
	for _, u := range []float64{0.25, 0.5, 0.75} {
		theta := make([]float64, len(a))
		for i := range theta {
			theta[i] = float64((1-u)*a[i]) + float64(u*b[i])
		}
		points = append(points, theta)
	}
	return points
}
