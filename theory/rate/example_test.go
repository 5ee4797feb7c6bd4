package rate_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"sgdescape/theory/rate"
)

// Escape from a valley with two outliers: Hessians at the minimum and at the
// saddle on the outlier subspace, losses, learning rate and batch size.
func ExampleFromHessians() {
	law, err := rate.FromHessians(rate.Hessians{
		Minimum:      mat.NewSymDense(2, []float64{8, 0, 0, 8}),
		Saddle:       mat.NewSymDense(2, []float64{-4, 0, 0, 8}),
		LossMinimum:  0.1,
		LossSaddle:   0.2,
		LearningRate: 0.01,
		BatchSize:    1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("T = %.2f, exponent %.1f, kappa = %.3g\n", law.Temperature, law.Exponent(), law.EscapeRate())
	fmt.Println(law.Source(), law.Conditions())
	// Output:
	// T = 0.08, exponent 12.5, kappa = 0.000155
	// Mori2022, Eq. 17 []
}

func ExampleEffectiveDimension() {
	dimension, conditions, err := rate.EffectiveDimension([]float64{0.01, 9, -0.002, 11, 0.2, 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("n = %d, gap %.0f, conditions %v\n", dimension.Count, dimension.Gap, conditions)
	// Output: n = 3, gap 45, conditions []
}
