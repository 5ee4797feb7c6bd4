package discrete_test

import (
	"fmt"

	"sgdescape/theory/discrete"
)

// The mean time until SGD on a regression with Gaussian inputs first has a loss
// above twice the minimum.
func ExampleGaussianRegression_Solve() {
	problem := discrete.GaussianRegression{LearningRate: 0.1, BatchSize: 1, Dim: 1, LossRatio: 2}
	passage, err := problem.Solve(discrete.Settings{})
	if err != nil {
		fmt.Println(err)
		return
	}
	t := passage.MeanFirstPassageTime()
	fmt.Printf("T = %.3f, to a relative %.0e\n", t.Value, t.Error/t.Value)
	fmt.Printf("kappa T = %.4f\n", passage.EscapeRate()*t.Value)
	// Output:
	// T = 3220.975, to a relative 2e-08
	// kappa T = 1.0002
}

// The stationary distribution of SGD has a power-law tail.
func ExampleTailExponent() {
	alpha, err := discrete.TailExponent(0.1, 1, 1)
	fmt.Printf("P(|theta| > r) ~ r^-%.4f, T ~ c^%.4f, %v\n", alpha, alpha/2, err)
	// Output:
	// P(|theta| > r) ~ r^-17.2846, T ~ c^8.6423, <nil>
}
