package noise_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/noise"
)

// TestProp_StrengthIsTheTrace holds Eq. 24 against the enumeration of all
// minibatches.
func TestProp_StrengthIsTheTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const nData = 6
		d := rapid.IntRange(1, 3).Draw(t, "d")
		p := sgd(rapid.IntRange(1, 3).Draw(t, "B"), nData)
		p.Sampling = rapid.SampledFrom([]model.Sampling{model.WithReplacement, model.WithoutReplacement}).Draw(t, "sampling")
		data, err := dataset.Gaussian(rapid.Uint64().Draw(t, "seed"), nData, d, 1)
		if err != nil {
			t.Fatal(err)
		}
		theta := point(t, d)
		want := mat.Trace(enumerated(data, p, theta))
		if got := p.CovarianceFactor() * noise.Strength(data, theta); math.Abs(got-want) > 1e-12*want {
			t.Fatalf("c N = %v, Tr Sigma = %v", got, want)
		}
	})
}

// Eq. 6 replaces the mean of loss times curvature by the product of the means.
// At the minimum for the parity of digits this overstates the noise by a half:
// pictures far from the mean are fitted better than the others.
func ExampleNewExact() {
	data, err := dataset.DigitsParity(2)
	if err != nil {
		panic(err)
	}
	theta := data.Minimum()
	hessian := mat.NewSymDense(2, nil)
	data.Hessian(hessian, theta)

	exact, err := noise.NewExact(data, model.SGD{LearningRate: 0.1, BatchSize: 10, DatasetSize: data.Len()})
	if err != nil {
		panic(err)
	}
	proportional, err := noise.NewLossProportional(data, hessian, 10)
	if err != nil {
		panic(err)
	}
	sigma := mat.NewSymDense(2, nil)
	exact.Covariance(sigma, theta)
	fmt.Printf("Eq. 8: variances %.4f and %.4f\n", sigma.At(0, 0), sigma.At(1, 1))
	proportional.Covariance(sigma, theta)
	fmt.Printf("Eq. 6: variances %.4f and %.4f\n", sigma.At(0, 0), sigma.At(1, 1))
	// Output:
	// Eq. 8: variances 0.0422 and 0.0469
	// Eq. 6: variances 0.0693 and 0.0693
}
