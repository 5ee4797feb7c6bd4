package firstpassage

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/theory/diffusion"
)

// NewPassage returns the first passage of the diffusion limit of SGD (Mori2022,
// Eq. 4) on a one-dimensional landscape, from its minimum to the point target:
// the saddle, or the minimum beyond it. The other side is infinite. In the
// high-barrier limit the escape rate is 1/T of the passage beyond the saddle,
// and half of 1/T of the passage to the saddle itself.
func NewPassage(l landscape.Valley, n noise.Model, learningRate float64, target []float64) (OneD, error) {
	process, err := diffusion.FromLandscape(l, n, learningRate)
	if err != nil {
		return OneD{}, err
	}
	start := l.Minimum()[0]
	ok := len(target) == 1 && target[0] != start && !math.IsNaN(target[0]) && !math.IsInf(target[0], 0)
	if err := model.CheckDomain("passage").That(ok, "target", target, "a point other than the minimum").Err(); err != nil {
		return OneD{}, err
	}
	p := OneD{Process: process, Start: start, Lower: math.Inf(-1), Upper: math.Inf(1)}
	if target[0] > start {
		p.Upper, p.UpperEnd = target[0], diffusion.Absorbing
	} else {
		p.Lower, p.LowerEnd = target[0], diffusion.Absorbing
	}
	return p, nil
}

// NewThreshold returns the first passage of the diffusion limit of SGD (Mori2022,
// Eq. 4) on a one-dimensional valley from the minimum to the loss c L*, on whichever side it is
// reached first. With the exact covariance of a data set as noise it is the
// theory without decoupling.
//
// The thresholds are the crossings of L = c L* next to the minimum, looked for
// outwards in steps of 1/64 of the distance at which the parabola at the
// minimum crosses; a loss that rises above c L* and falls below again within
// one step is not seen.
func NewThreshold(l landscape.Valley, n noise.Model, learningRate, ratio float64) (OneD, error) {
	process, err := diffusion.FromLandscape(l, n, learningRate)
	if err != nil {
		return OneD{}, err
	}
	at := l.Minimum()[0]
	loss := func(x float64) float64 { return l.Loss([]float64{x}) }
	minimumLoss := loss(at)
	hessian := mat.NewSymDense(1, nil)
	l.Hessian(hessian, []float64{at})
	curvature := hessian.At(0, 0)
	err = model.CheckDomain("loss threshold").
		Positive("loss L* at the minimum", minimumLoss).
		Positive("curvature h at the minimum", curvature).
		Above(1, "loss ratio c", ratio).Err()
	if err != nil {
		return OneD{}, err
	}
	p := OneD{Process: process, Start: at, LowerEnd: diffusion.Absorbing, UpperEnd: diffusion.Absorbing}
	scale := math.Sqrt(2 * minimumLoss * (ratio - 1) / curvature)
	if p.Lower, err = crossing(loss, at, -scale, ratio*minimumLoss); err != nil {
		return OneD{}, err
	}
	p.Upper, err = crossing(loss, at, scale, ratio*minimumLoss)
	return p, err
}

// crossing returns the point nearest to at, in the direction of scale, where
// the loss reaches the level.
func crossing(loss func(float64) float64, at, scale, level float64) (float64, error) {
	inside, step := at, scale/64
	for range 64 * 40 {
		outside := inside + step
		if loss(outside) >= level {
			return bisect(loss, inside, outside, level), nil
		}
		inside = outside
		if math.Abs(inside-at) > 64*math.Abs(step) {
			step *= 2
		}
	}
	return math.NaN(), model.CheckDomain("loss threshold").That(false, "loss threshold c L*", level,
		fmt.Sprintf("a loss that is reached between %v and %v", at, inside)).Err()
}

// bisect returns the crossing between inside (below the level) and outside.
func bisect(loss func(float64) float64, inside, outside, level float64) float64 {
	for {
		middle := inside + (outside-inside)/2
		if middle == inside || middle == outside {
			return outside
		}
		if loss(middle) < level {
			inside = middle
		} else {
			outside = middle
		}
	}
}
