package benchmarks

import (
	"fmt"
	"math"
	"testing"

	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/theory/discrete"
	"sgdescape/theory/firstpassage"
	"sgdescape/theory/generator"
	"sgdescape/theory/quasipotential"
	"sgdescape/theory/rival"
)

// BenchmarkSpectrum is the principal absorbing eigenvalue of the valley of Eq.
// 13, mesh included; values from an independent discretisation, good to 1e-6.
func BenchmarkSpectrum(b *testing.B) {
	for _, p := range []struct{ b, c, want float64 }{
		{10, 1.5, 0.028697011142157298},
		{10, 2, 0.0017455055887406097},
	} {
		process := must(firstpassage.NewProportionalValley(1, 1, 0.5, 1/p.b, p.c))
		solution{name: fmt.Sprintf("c=%v/b=%v/n=1", p.c, p.b), solve: func() (float64, error) {
			exit, err := process.Solve()
			if err != nil {
				return 0, err
			}
			spectrum, err := exit.Spectrum()
			if err != nil {
				return 0, err
			}
			return spectrum.Eigenvalue(), nil
		}, want: p.want, rtol: 2e-6}.run(b)
	}
}

// BenchmarkPlanar is the two-dimensional diffusion with the exact covariance of
// Gaussian inputs, without use of its symmetry; the value is from
// arbitrary-precision quadrature of the radius.
func BenchmarkPlanar(b *testing.B) {
	population := must(dataset.NewPopulation(2, 1))
	problem := generator.Planar{
		Landscape: population, Noise: must(noise.NewGaussianInputs(population, 1)),
		LearningRate: 0.05, Minimum: []float64{0, 0}, LossRatio: 1.6,
	}
	solution{name: "problem=population/c=1.6/n=2", solve: func() (float64, error) {
		exit, err := problem.Exit(generator.PlanarOptions{})
		return exit.MeanTime.Value, err
	}, want: 314.44242903203696, rtol: 1e-5}.run(b)
}

// BenchmarkGaussianChain is the chain in steps of eta with Gaussian noise of the
// covariance of Eq. 13. With eta = dt it is the Euler-Maruyama scheme, whose
// mean number of steps is known.
func BenchmarkGaussianChain(b *testing.B) {
	valley, proportional := radial(1)
	edge := math.Sqrt(0.8) // L = 1.8 L*
	chain := discrete.GaussianChain{Landscape: valley, Noise: proportional, LearningRate: eta, Low: -edge, High: edge}
	solution{name: "equation=mul/c=1.8/n=1", solve: func() (float64, error) {
		passage, err := chain.Solve(discrete.Settings{})
		if err != nil {
			return 0, err
		}
		return passage.MeanSteps().Value, nil
	}, want: 3587.8487, rtol: 3e-8}.run(b)
}

// BenchmarkQuasipotential is the path of least action from a minimum of the
// channel to its saddle with isotropic noise, where V = log(L_s/L*).
func BenchmarkQuasipotential(b *testing.B) {
	for _, n := range []int{2, 4} {
		channel := must(landscape.NewChannel(landscape.ChannelParameters{Dim: n, Floor: 1, Height: 1, Width: 1, KMin: 2, KSaddle: 3}))
		problem := quasipotential.Problem{Landscape: channel, From: channel.Minimum(), To: channel.Saddle()}
		solution{name: fmt.Sprintf("problem=channel/n=%d", n), solve: func() (float64, error) {
			path, err := quasipotential.Solve(problem, quasipotential.Options{})
			return path.Action, err
		}, want: math.Log(2), rtol: 1e-4}.run(b)
	}
}

// BenchmarkRival is one rate of the rival law for constant noise, in the double
// well L = 1 + (1 - x²)²: (1/2pi) sqrt(8·4) exp(-1/D), by hand.
func BenchmarkRival(b *testing.B) {
	const d = 0.1
	law := rival.EyringKramers{EscapeCurvature: 4, LogDetMinimum: math.Log(8), LogDetSaddle: math.Log(4), LossBarrier: 1, DiffusionConstant: d}
	solution{name: "law=eyringkramers", solve: func() (float64, error) { return law.LogEscapeRate(), nil },
		want: math.Log(math.Sqrt(8*4)/(2*math.Pi)) - 1/d, rtol: 1e-14}.run(b)
}
