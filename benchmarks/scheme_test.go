package benchmarks

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/sde"
	"sgdescape/sim/sgd"
)

// BenchmarkSchemeStep is one block of the schemes of higher order, for Eq. 13.
// Asserted as for the Euler-Maruyama step, from which they differ at this short
// step by less than the tolerance.
func BenchmarkSchemeStep(b *testing.B) {
	for _, c := range schemeCases {
		c.run(b)
	}
}

var schemeCases = makeSchemeCases()

func makeSchemeCases() []stepCase {
	const short = 0.01
	var cases []stepCase
	for _, scheme := range []sde.Scheme{sde.EulerMaruyama, sde.Milstein, sde.WeakRungeKutta} {
		cases = append(cases, lazily(fmt.Sprintf("scheme=%v/problem=doublewell/n=1", scheme), func() stepProblem {
			l, m := doubleWell()
			return stepProblem{
				process:   must(sde.New(sde.Config{Landscape: l, Noise: m, LearningRate: lowEta, Dt: lowDt, Scheme: scheme})),
				landscape: l, noise: m, start: offset(l.Minimum()), rate: lowEta,
			}
		}))
		if scheme == sde.Milstein {
			continue // needs commuting noise in several dimensions
		}
		cases = append(cases, lazily(fmt.Sprintf("scheme=%v/problem=ellipse/n=2", scheme), func() stepProblem {
			hessian := mat.NewSymDense(2, []float64{2, 0.5, 0.5, 1})
			l := must(landscape.NewQuadraticValley(hessian, nil, 0.5))
			m := must(noise.NewLossProportional(l, hessian, 1))
			return stepProblem{
				process:   must(sde.New(sde.Config{Landscape: l, Noise: m, LearningRate: eta, Dt: short, Scheme: scheme})),
				landscape: l, noise: m, start: offset(l.Minimum()),
			}
		}))
	}
	return cases
}

// BenchmarkMomentumStep is one block of heavy-ball SGD. The first step from rest
// is one of SGD, and asserted as such.
func BenchmarkMomentumStep(b *testing.B) {
	for _, c := range momentumCases {
		c.run(b)
	}
}

var momentumCases = makeMomentumCases()

func makeMomentumCases() []stepCase {
	var cases []stepCase
	for _, d := range []int{1, 10} {
		cases = append(cases, lazily(fmt.Sprintf("source=population/beta=0.9/d=%d/B=1", d), func() stepProblem {
			// With beta = 0.9 the step is ten times as long as it looks.
			population := must(dataset.NewPopulation(d, 1))
			return stepProblem{
				process:   must(sgd.NewMomentum(population, model.SGD{LearningRate: eta / 10, BatchSize: 1}, 0.9)),
				landscape: population, noise: must(noise.NewGaussianInputs(population, 1)),
				rate: eta / 10, start: offset(population.Minimum()),
			}
		}))
	}
	return cases
}
