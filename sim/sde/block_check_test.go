package sde

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
)

// bowl is 1 + x² + 2y² with an Eval that is off by an error.
type bowl struct{ lossError, gradError float64 }

func (bowl) Dim() int { return 2 }

func (bowl) Loss(theta []float64) float64 {
	if theta[0] > 5 {
		return math.NaN()
	}
	return 1 + theta[0]*theta[0] + 2*theta[1]*theta[1]
}

func (bowl) Grad(dst, theta []float64) { dst[0], dst[1] = 2*theta[0], 4*theta[1] }

func (bowl) Hessian(dst *mat.SymDense, _ []float64) {
	dst.SetSym(0, 0, 2)
	dst.SetSym(0, 1, 0)
	dst.SetSym(1, 1, 4)
}

func (b bowl) Eval(theta, loss, grad []float64) {
	for j := range loss {
		x, y := theta[j], theta[lane.Width+j]
		loss[j] = 1 + float64(2*y)*y + x*x*(1+b.lossError)
		grad[j], grad[lane.Width+j] = 2*x, 4*y*(1+b.gradError)
	}
}

// TestCheckBlock: an Eval that is not Loss and Grad is told, with the point, among
// any number of points.
func TestCheckBlock(t *testing.T) {
	var points [][]float64
	for k := range 2*lane.Width + 3 {
		points = append(points, []float64{0.01 * float64(k), 1})
	}
	last := len(points) - 1
	outside := [][]float64{{6, 0}} // where the loss is NaN
	for name, c := range map[string]struct {
		l      landscape.Landscape
		points [][]float64
		want   string // in the error; "" for none
	}{
		"right":            {bowl{}, points, ""},
		"loss is NaN":      {bowl{lossError: 1}, outside, ""},
		"loss":             {bowl{lossError: 1e-6}, points, "loss by Eval at [0.07 1] is 3.0049000049, want 3.0049"},
		"loss, last point": {bowl{lossError: 1e-6}, append([][]float64{}, points[last]), "loss by Eval at [1.3 1]"},
		"gradient":         {bowl{gradError: -1e-6}, points, "gradient by Eval at [0 1], coordinate 1, is 3.99"},
		"no block":         {must(landscape.NewDoubleWell(1, 1, 1)), [][]float64{{0.3}}, ""},
	} {
		for _, l := range []landscape.Landscape{c.l, must(landscape.WithMinimum(c.l, minimumOf(c.l)))} {
			p := must(New(Config{Landscape: l, Noise: must(noise.NewLossIsotropic(l, 0.2, 0.1)), LearningRate: 0.1, Dt: 0.01}))
			err := p.CheckBlock(c.points)
			if (err == nil) != (c.want == "") || err != nil && (!errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s, %T: error %v, want one with %q", name, l, err, c.want)
			}
		}
	}
}

func minimumOf(l landscape.Landscape) []float64 {
	if v, ok := l.(landscape.Valley); ok {
		return v.Minimum()
	}
	return make([]float64, l.Dim())
}

// TestCheckedBlock: a block stays one when its minimum is checked, and noise that
// was built on either belongs to it.
func TestCheckedBlock(t *testing.T) {
	mine := bowl{}
	checked := must(landscape.WithMinimum(mine, []float64{0, 0}))
	for _, of := range []landscape.Landscape{mine, checked} {
		for _, l := range []landscape.Landscape{mine, checked} {
			p := must(New(Config{Landscape: l, Noise: must(noise.NewLossIsotropic(of, 0.2, 0.1)), LearningRate: 0.1, Dt: 0.01, Form: LogTime}))
			k, ok := must(p.Kernel(lane.Watch{Monitor: lane.Loss, Level: 3})).(*blocks)
			if !ok {
				t.Fatalf("noise of %T, landscape %T: another loop", of, l)
			}
			if _, mine := k.eval.(bowl); !mine || !k.foreign {
				t.Errorf("noise of %T, landscape %T: evaluated by %T, foreign %v", of, l, k.eval, k.foreign)
			}
		}
	}
}
