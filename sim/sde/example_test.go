package sde_test

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/sde"
	"sgdescape/sim/stream"
)

// One Brownian path through Eq. 13 in t and through Eq. 15 in tau: with
// dW_tau = sqrt(L) dW both visit the same points.
func ExampleStepper_Step() {
	valley, err := landscape.NewIsotropicValley(1, 1, 0.5)
	if err != nil {
		panic(err)
	}
	sigma, err := noise.NewLossProportional(valley, mat.NewSymDense(1, []float64{1}), 1)
	if err != nil {
		panic(err)
	}
	config := sde.Config{Landscape: valley, Noise: sigma, LearningRate: 0.1, Dt: 1e-4}
	inT, err := sde.New(config)
	if err != nil {
		panic(err)
	}
	config.Form = sde.LogTime
	inTau, err := sde.New(config)
	if err != nil {
		panic(err)
	}
	a, b := inT.Stepper(), inTau.Stepper()
	x, y := []float64{0.5}, []float64{0.5}
	xi := make([]float64, 1)
	source := stream.New(1, 0)
	t := 0.0
	for range 10000 {
		source.Normals(xi)
		dtau := valley.Loss(y) * 1e-4
		a.Step(x, xi, 1e-4)
		t += float64(b.Step(y, xi, dtau))
	}
	fmt.Printf("t = %.3f, same point: %v\n", t, math.Abs(x[0]-y[0]) < 1e-3)
	// Output:
	// t = 1.000, same point: true
}
