package sde

import (
	"fmt"
	"math"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// blockTolerance is how far Eval may be from Loss and Grad: what the rounding of
// another order of operations leaves, relative to the largest at all points.
const blockTolerance = 1e-9

// CheckBlock returns an error wrapping [model.ErrDomain] when the landscape is a
// [Block] of one's own whose Eval is not its Loss and Grad at these points, up to
// 1e-9 of the largest loss, or component of the gradient, at all of them. What is
// not finite is passed over. Nothing is checked at other points.
func (p *Process) CheckBlock(points [][]float64) error {
	eval, ok := ownBlock(p.landscape)
	if !ok {
		return nil
	}
	n, d := p.n, model.CheckDomain("block landscape")
	theta, grads := make([]float64, n*lane.Width), make([]float64, n*lane.Width)
	var losses [lane.Width]float64
	wantLoss, wantGrad := make([]float64, len(points)), make([][]float64, len(points))
	largestLoss, largestSlope := 0.0, 0.0
	for i, point := range points {
		if err := d.That(len(point) == n, "length of a point", len(point), fmt.Sprintf("n = %d", n)).Err(); err != nil {
			return err
		}
		wantLoss[i], wantGrad[i] = p.landscape.Loss(point), make([]float64, n)
		p.landscape.Grad(wantGrad[i], point)
		largestLoss = maxFinite(largestLoss, wantLoss[i])
		for _, g := range wantGrad[i] {
			largestSlope = maxFinite(largestSlope, g)
		}
	}
	differ := func(got, want, scale float64) bool {
		return !math.IsNaN(want) && !math.IsInf(want, 0) && !(math.Abs(got-want) <= blockTolerance*scale)
	}
	for from := 0; from < len(points); from += lane.Width {
		lanes := points[from:min(from+lane.Width, len(points))]
		for j, point := range lanes {
			for i, x := range point {
				theta[i*lane.Width+j] = x
			}
		}
		eval.Eval(theta, losses[:len(lanes)], grads)
		for j, point := range lanes {
			if want := wantLoss[from+j]; differ(losses[j], want, largestLoss) {
				return d.That(false, fmt.Sprintf("loss by Eval at %v", point), losses[j], fmt.Sprintf("%v, which Loss gives", want)).Err()
			}
			for i, want := range wantGrad[from+j] {
				if got := grads[i*lane.Width+j]; differ(got, want, largestSlope) {
					return d.That(false, fmt.Sprintf("gradient by Eval at %v, coordinate %d,", point, i), got, fmt.Sprintf("%v, which Grad gives", want)).Err()
				}
			}
		}
	}
	return nil
}

// maxFinite returns the larger of a and |x|, or a if x is not finite.
func maxFinite(a, x float64) float64 {
	if x = math.Abs(x); x <= math.MaxFloat64 {
		return max(a, x)
	}
	return a
}
