package firstpassage_test

import (
	"fmt"
	"math"

	"sgdescape/theory/diffusion"
	"sgdescape/theory/firstpassage"
)

// The worked point: regression on Gaussian inputs, eta = 0.1, B = 1, d = 1,
// exit at twice the least loss.
func ExampleRadial() {
	decoupled := firstpassage.Radial{Dim: 1, BatchOverEtaH: 10, Ratio: 2, Curvature: 1}
	t1, err := decoupled.MeanTime()
	if err != nil {
		fmt.Println(err)
		return
	}
	process, err := firstpassage.NewGaussianInputs(1, 0.1, 1, 1, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	exact, err := process.Solve()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("T1 = %.1f, T2 = %.1f\n", t1, exact.MeanTime())
	// Output: T1 = 574.1, T2 = 192.4
}

// An Ornstein-Uhlenbeck process climbs to four standard deviations.
func ExampleOneD() {
	exit, err := firstpassage.OneD{
		Process: diffusion.Process{
			Drift: func(x float64) float64 { return -x },
			Noise: func(float64) float64 { return 2 },
		},
		Lower: math.Inf(-1), Upper: 4, UpperEnd: diffusion.Absorbing,
	}.Solve()
	if err != nil {
		fmt.Println(err)
		return
	}
	spectrum, err := exit.Spectrum()
	if err != nil {
		fmt.Println(err)
		return
	}
	mean := exit.MeanTime()
	fmt.Printf("mean %.2f, rate %.6f, S(mean) = %.4f\n", mean, spectrum.Eigenvalue(), spectrum.Survival(mean))
	// Output: mean 2018.39, rate 0.000496, S(mean) = 0.3679
}
