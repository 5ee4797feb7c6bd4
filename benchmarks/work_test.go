package benchmarks

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
	"sgdescape/sim/sgd"
	"sgdescape/theory/discrete"
	"sgdescape/theory/firstpassage"
)

// BenchmarkWork is work to accuracy: read s/1%. One op is 1024 exits on one
// worker, or one solution.
//
//	problem=radial      Eq. 13 in the valley L = (1 + theta²)/2, eta = 0.1, B = 1, from the minimum to L = 1.8 L*
//	problem=doublewell  Eq. 13 in L = 1 + (1 - x²)², eta = 0.05, B = 1, from one minimum to the other
//	problem=regression  SGD itself, Gaussian inputs, eta = 0.1, B = 1, d = 1, from the minimum to L = 2 L*
//
// Simulations of an equation (em: stepped in t, em-log: in tau) correct the
// crossings between grid times. Their step is short enough for an error of the
// mean time below 1 %, which is asserted against the exact time: a longer one
// would be faster and wrong (em at dt = 0.1 in the valley is 15 % off).
func BenchmarkWork(b *testing.B) {
	for _, c := range workCases() {
		c.run(b, 1024/thinning, 1)
	}
	for _, s := range workSolutions() {
		s.run(b)
	}
}

// The exact mean times of the three problems. The first is the closed integral
// of theory/firstpassage, which two of its methods give; the others are from
// arbitrary-precision quadrature (the third good to 5e-4).
const (
	radialTime     = 204.46304431761413
	doubleWellTime = 9.287887873242456
	regressionTime = 3220.9445098306423
)

// doubleWell returns L = 1 + (1 - x²)² and the noise of Eq. 13 with B = 1.
func doubleWell() (*landscape.DoubleWell, noise.Model) {
	well := must(landscape.NewDoubleWell(1, 1, 1))
	curvature := mat.NewSymDense(1, nil)
	well.Hessian(curvature, well.Minimum())
	return well, must(noise.NewLossProportional(well, curvature, 1))
}

func workCases() []exitCase {
	em := func(l landscape.Landscape, n noise.Model, form sde.Form, rate, step float64) escape.Process {
		return must(sde.New(sde.Config{Landscape: l, Noise: n, LearningRate: rate, Dt: step, Form: form}))
	}
	valley, valleyNoise := radial(1)
	well, wellNoise := doubleWell()
	toBeyond := escape.BeyondPlane([]float64{1}, 1)
	population := must(dataset.NewPopulation(1, 1))
	return []exitCase{
		{
			name: "problem=radial/method=em", process: em(valley, valleyNoise, sde.Time, eta, 0.005),
			start: []float64{0}, exit: escape.LossAbove(0.9), meanTime: radialTime, bias: 0.01,
		},
		{
			name: "problem=radial/method=em-log", process: em(valley, valleyNoise, sde.LogTime, eta, 0.002),
			start: []float64{0}, exit: escape.LossAbove(0.9), meanTime: radialTime, bias: 0.01,
		},
		{
			name: "problem=doublewell/method=em", process: em(well, wellNoise, sde.Time, 0.05, 0.005),
			start: []float64{-1}, exit: toBeyond, meanTime: doubleWellTime, bias: 0.01,
		},
		{
			name: "problem=doublewell/method=em-log", process: em(well, wellNoise, sde.LogTime, 0.05, 0.005),
			start: []float64{-1}, exit: toBeyond, meanTime: doubleWellTime, bias: 0.01,
		},
		{
			name:    "problem=regression/method=sgd",
			process: must(sgd.New(population, model.SGD{LearningRate: eta, BatchSize: 1})),
			start:   []float64{0}, exit: escape.LossAbove(1), meanTime: regressionTime,
		},
	}
}

func workSolutions() []solution {
	well, wellNoise := doubleWell()
	chain := discrete.GaussianRegression{LearningRate: eta, BatchSize: 1, Dim: 1, LossRatio: 2}
	return []solution{
		{
			name:  "problem=radial/method=integral",
			solve: firstpassage.Radial{Dim: 1, BatchOverEtaH: 10, Ratio: 1.8, Curvature: 1}.MeanTime,
			want:  radialTime, rtol: 1e-9, work: true,
		},
		{
			name:  "problem=radial/method=quadrature",
			solve: solveMean(must(firstpassage.NewProportionalValley(1, 1, 0.5, 0.1, 1.8))),
			want:  radialTime, rtol: 1e-8, work: true,
		},
		{
			name:  "problem=doublewell/method=quadrature",
			solve: solveMean(must(firstpassage.NewPassage(well, wellNoise, 0.05, well.Beyond()))),
			want:  doubleWellTime, rtol: 1e-7, work: true,
		},
		{
			name: "problem=regression/method=chain",
			solve: func() (float64, error) {
				passage, err := chain.Solve(discrete.Settings{})
				if err != nil {
					return 0, err
				}
				return passage.MeanFirstPassageTime().Value, nil
			},
			want: regressionTime, rtol: 5e-4, work: true,
		},
	}
}
