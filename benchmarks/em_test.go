package benchmarks

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
)

const (
	eta = 0.1 // learning rate of the benchmarks
	dt  = 0.1 // step of the benchmarks, in t or tau

	// Where the drift grows faster than the distance, longer steps diverge.
	lowEta = 0.05
	lowDt  = 0.005
)

func diffusion(l landscape.Landscape, n noise.Model, form sde.Form) *sde.Process {
	return must(sde.New(sde.Config{Landscape: l, Noise: n, LearningRate: eta, Dt: dt, Form: form}))
}

// radial is the valley L = 1/2 + |theta|²/2 in n dimensions, and the noise of
// Eq. 13 with B = 1 in it.
func radial(n int) (*landscape.IsotropicValley, noise.Model) {
	valley := must(landscape.NewIsotropicValley(n, 1, 0.5))
	hessian := mat.NewSymDense(n, nil)
	valley.Hessian(hessian, valley.Minimum())
	return valley, must(noise.NewLossProportional(valley, hessian, 1))
}

// BenchmarkEMStep is one block of an Euler-Maruyama scheme, for each equation
// (Mori2022, Eqs. 13, 15, 4, 5) and kind of landscape.
func BenchmarkEMStep(b *testing.B) {
	for _, c := range emCases {
		c.run(b)
	}
}

var emCases = makeEMCases()

func makeEMCases() []stepCase {
	var cases []stepCase
	add := func(equation, problem string, n int, form sde.Form, pair func() (landscape.Valley, noise.Model)) {
		cases = append(cases, lazily(fmt.Sprintf("equation=%s/problem=%s/n=%d", equation, problem, n), func() stepProblem {
			l, m := pair()
			return stepProblem{process: diffusion(l, m, form), landscape: l, noise: m, start: offset(l.Minimum())}
		}))
	}
	for _, n := range []int{1, 2, 10} {
		valley := func() (landscape.Valley, noise.Model) { return radial(n) }
		add("mul", "radial", n, sde.Time, valley)
		add("add", "radial", n, sde.LogTime, valley)
		add("gld", "radial", n, sde.Time, func() (landscape.Valley, noise.Model) {
			l, _ := radial(n)
			return l, must(noise.NewIsotropic(n, 0.05, eta))
		})
		add("exact", "population", n, sde.Time, func() (landscape.Valley, noise.Model) {
			l := must(dataset.NewPopulation(n, 1))
			return l, must(noise.NewGaussianInputs(l, 1))
		})
	}
	steep := func(equation, problem string, n int, form sde.Form, plane []float64, pair func() (landscape.Valley, noise.Model)) {
		cases = append(cases, lazily(fmt.Sprintf("equation=%s/problem=%s/n=%d", equation, problem, n), func() stepProblem {
			l, m := pair()
			process := must(sde.New(sde.Config{Landscape: l, Noise: m, LearningRate: lowEta, Dt: lowDt, Form: form}))
			return stepProblem{process: process, landscape: l, noise: m, start: offset(l.Minimum()), rate: lowEta, plane: plane}
		}))
	}
	well := func() (landscape.Valley, noise.Model) { return doubleWell() }
	steep("mul", "doublewell", 1, sde.Time, []float64{1}, well)
	steep("add", "doublewell", 1, sde.LogTime, []float64{1}, well)
	steep("mul", "polynomial", 1, sde.Time, nil, func() (landscape.Valley, noise.Model) {
		l := must(landscape.NewPolynomial([]float64{2, 0.2, -2, 0, 1}))
		return l, must(noise.NewLossIsotropic(l, 0.4, lowEta))
	})
	steep("mul", "channel", 3, sde.Time, []float64{1, 0, 0}, func() (landscape.Valley, noise.Model) {
		l := must(landscape.NewChannel(landscape.ChannelParameters{Dim: 3, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3}))
		return l, must(noise.NewLossIsotropic(l, 0.25, lowEta))
	})
	add("mul", "ellipse", 2, sde.Time, func() (landscape.Valley, noise.Model) {
		hessian := mat.NewSymDense(2, []float64{2, 0.5, 0.5, 1})
		l := must(landscape.NewQuadraticValley(hessian, nil, 0.5))
		return l, must(noise.NewLossProportional(l, hessian, 1))
	})
	one := mat.NewSymDense(1, []float64{1})
	add("mul", "user", 1, sde.Time, func() (landscape.Valley, noise.Model) {
		l := must(landscape.WithMinimum(must(landscape.NewFunc(landscape.Definition{
			Dim:  1,
			Loss: func(theta []float64) float64 { return 0.5 + theta[0]*theta[0]/2 },
			Grad: func(dst, theta []float64) { dst[0] = theta[0] },
		})), []float64{0}))
		return l, must(noise.NewLossProportional(l, one, 1))
	})
	add("mul", "userblock", 1, sde.Time, func() (landscape.Valley, noise.Model) {
		l := blockValley{must(landscape.NewIsotropicValley(1, 1, 0.5))}
		return l, must(noise.NewLossProportional(l, one, 1))
	})
	add("exact", "regression", 2, sde.Time, func() (landscape.Valley, noise.Model) {
		l := regressions[2]()
		return l, must(noise.NewExact(l, model.SGD{LearningRate: eta, BatchSize: 1, DatasetSize: l.Len()}))
	})
	return cases
}

// A blockValley is what a user writes to have a landscape evaluated on blocks.
type blockValley struct{ *landscape.IsotropicValley }

// Eval implements sde.Block for one dimension.
func (blockValley) Eval(theta, loss, grad []float64) {
	for j := range loss {
		x := theta[j]
		loss[j] = 0.5 + x*x/2
		grad[j] = x
	}
}

var _ sde.Block = blockValley{}
var _ lane.Process = (*sde.Process)(nil)
