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
)

func diffusion(l landscape.Landscape, n noise.Model, form sde.Form) *sde.Process {
	return must(sde.New(sde.Config{Landscape: l, Noise: n, LearningRate: eta, Dt: dt, Form: form}))
}

// radial is the valley L = 1/2 + |theta|²/2 in n dimensions, and the noise of
// Eq. 13 with B = 1 in it.
func radial(n int) (*landscape.IsotropicValley, noise.Model) {
	valley := must(landscape.NewIsotropicValley(n, 1, 0.5))
	identity := mat.NewDiagDense(n, nil)
	for i := range n {
		identity.SetDiag(i, 1)
	}
	return valley, must(noise.NewLossProportional(valley, symmetric(identity), 1))
}

func symmetric(m mat.Matrix) *mat.SymDense {
	n, _ := m.Dims()
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			s.SetSym(i, j, m.At(i, j))
		}
	}
	return s
}

// BenchmarkEMStep is one block of an Euler-Maruyama scheme, for each equation
// (Mori2022, Eqs. 13, 15, 4, 5) and kind of landscape.
func BenchmarkEMStep(b *testing.B) {
	for _, c := range emCases() {
		c.run(b)
	}
}

func emCases() []stepCase {
	var cases []stepCase
	add := func(equation, problem string, l landscape.Valley, m noise.Model, form sde.Form) {
		cases = append(cases, stepCase{
			name:      fmt.Sprintf("equation=%s/problem=%s/n=%d", equation, problem, l.Dim()),
			process:   diffusion(l, m, form),
			landscape: l,
			noise:     m,
			eta:       eta,
			start:     offset(l.Minimum()),
		})
	}
	for _, n := range []int{1, 2, 10} {
		valley, proportional := radial(n)
		add("mul", "radial", valley, proportional, sde.Time)
		add("add", "radial", valley, proportional, sde.LogTime)
		add("gld", "radial", valley, must(noise.NewIsotropic(n, 0.05, eta)), sde.Time)
		population := must(dataset.NewPopulation(n, 1))
		add("exact", "population", population, must(noise.NewGaussianInputs(population, 1)), sde.Time)
	}
	well := must(landscape.NewDoubleWell(1, 1, 1))
	wellNoise := must(noise.NewLossProportional(well, mat.NewSymDense(1, []float64{8}), 1))
	add("mul", "doublewell", well, wellNoise, sde.Time)
	add("add", "doublewell", well, wellNoise, sde.LogTime)

	channel := must(landscape.NewChannel(landscape.ChannelParameters{Dim: 3, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3}))
	add("mul", "channel", channel, must(noise.NewLossIsotropic(channel, 0.25, eta)), sde.Time)

	ellipse := must(landscape.NewQuadraticValley(mat.NewSymDense(2, []float64{2, 0.5, 0.5, 1}), nil, 0.5))
	hessian := mat.NewSymDense(2, nil)
	ellipse.Hessian(hessian, []float64{0, 0})
	add("mul", "ellipse", ellipse, must(noise.NewLossProportional(ellipse, hessian, 1)), sde.Time)

	user := must(landscape.WithMinimum(must(landscape.NewFunc(landscape.Definition{
		Dim:  1,
		Loss: func(theta []float64) float64 { return 0.5 + theta[0]*theta[0]/2 },
		Grad: func(dst, theta []float64) { dst[0] = theta[0] },
	})), []float64{0}))
	add("mul", "user", user, must(noise.NewLossProportional(user, mat.NewSymDense(1, []float64{1}), 1)), sde.Time)

	blocks := blockValley{must(landscape.NewIsotropicValley(1, 1, 0.5))}
	add("mul", "userblock", blocks, must(noise.NewLossProportional(blocks, mat.NewSymDense(1, []float64{1}), 1)), sde.Time)

	data := regressions[2]()
	add("exact", "regression", data, must(noise.NewExact(data, model.SGD{LearningRate: eta, BatchSize: 1, DatasetSize: data.Len()})), sde.Time)
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
