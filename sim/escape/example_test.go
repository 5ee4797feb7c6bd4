package escape_test

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
)

// The mean time in which Eq. 13 leaves a valley through a loss threshold.
func ExampleEnsemble() {
	valley, err := landscape.NewIsotropicValley(1, 1, 0.5) // n, h, L*
	if err != nil {
		panic(err)
	}
	sigma, err := noise.NewLossProportional(valley, mat.NewSymDense(1, []float64{1}), 1) // H*, B
	if err != nil {
		panic(err)
	}
	process, err := sde.New(sde.Config{Landscape: valley, Noise: sigma, LearningRate: 0.1, Dt: 0.01})
	if err != nil {
		panic(err)
	}
	result, err := escape.Ensemble{
		Process:  process,
		Start:    valley.Minimum(),
		Exit:     escape.LossAbove(1.5 * valley.Floor()),
		Horizon:  1000,
		Replicas: 5000,
		Seed:     1,
	}.Run(context.Background())
	if err != nil {
		panic(err)
	}
	mean := float64(result.Exposure) / float64(result.Exits)
	fmt.Printf("%d exits, %d censored\n", result.Exits, result.Censored)
	fmt.Println("within 5 % of the exact 35.63:", math.Abs(mean/35.63-1) < 0.05)
	// Output:
	// 5000 exits, 0 censored
	// within 5 % of the exact 35.63: true
}

// Statistics of many runs in constant memory.
func ExampleEnsemble_Summarise() {
	valley, err := landscape.NewIsotropicValley(2, 1, 0.5)
	if err != nil {
		panic(err)
	}
	sigma, err := noise.NewLossIsotropic(valley, 0.1, 0.1) // T, eta
	if err != nil {
		panic(err)
	}
	process, err := sde.New(sde.Config{Landscape: valley, Noise: sigma, LearningRate: 0.1, Dt: 0.01, Form: sde.LogTime})
	if err != nil {
		panic(err)
	}
	summary, err := escape.Ensemble{
		Process: process, Start: valley.Minimum(), Exit: escape.LossAbove(0.8), Horizon: 20, Replicas: 2000, Seed: 1,
	}.Summarise(context.Background(), escape.NewHistogram(0, -1, 1, 20))
	if err != nil {
		panic(err)
	}
	fmt.Println("runs:", summary.Exits+summary.Censored)
	fmt.Printf("inside at t = 20: %.2f\n", summary.Survival(20))
	median, ok := summary.Quantile(0.5)
	fmt.Printf("half have left by t = %.1f (%v)\n", float64(median), ok)
	// Output:
	// runs: 2000
	// inside at t = 20: 0.32
	// half have left by t = 13.4 (true)
}
