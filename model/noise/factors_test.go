package noise_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/noise"
)

// factorial returns a data set of N = 16 on which the decoupling of Eq. 7 is
// exact at the minimum, because every sample has the same loss there: inputs
// are the 2^4 corners of a cube in two of its four directions (scaled, so that H is
// not a multiple of the identity), targets a linear law plus the product of the other
// two, which is ±1, uncorrelated with the inputs.
func factorial(t *testing.T) *dataset.Regression {
	t.Helper()
	var inputs, targets []float64
	for corner := range 16 {
		sign := func(bit int) float64 { return float64(2*(corner>>bit&1) - 1) }
		x := []float64{2 * sign(0), sign(0) + 3*sign(1)}
		inputs = append(inputs, x...)
		targets = append(targets, 0.5*x[0]-x[1]+0.7*sign(2)*sign(3))
	}
	data, err := dataset.NewRegression(inputs, targets, 2)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// scaledHessian returns factor H(theta*).
func scaledHessian(data *dataset.Regression, factor float64) *mat.SymDense {
	h := mat.NewSymDense(data.Dim(), nil)
	data.Hessian(h, data.Minimum())
	h.ScaleSym(factor, h)
	return h
}

// TestLossProportionalFactors proves the factors of Eq. 6 at the minimum of a
// data set of equal residuals: over all minibatches, Sigma = (2 L*/B) H* to
// rounding.
func TestLossProportionalFactors(t *testing.T) {
	data := factorial(t)
	theta := data.Minimum()
	if want := 0.7 * 0.7 / 2; math.Abs(data.MinimumLoss()-want) > 1e-14 {
		t.Fatalf("L* = %v, want %v", data.MinimumLoss(), want)
	}
	for _, b := range []int{1, 2, 3} {
		want := enumerated(data, model.SGD{LearningRate: 0.1, BatchSize: b, DatasetSize: 16}, theta)
		hessian := scaledHessian(data, 1)
		proportional, err := noise.NewLossProportional(data, hessian, b)
		if err != nil {
			t.Fatal(err)
		}
		got := mat.NewSymDense(2, nil)
		proportional.Covariance(got, theta)
		if diff := relativeDifference(got, want); diff > 1e-13 {
			t.Errorf("B = %d: (2L/B)H differs from the enumeration by %g:\n%v\n%v", b, diff, mat.Formatted(got), mat.Formatted(want))
		}
	}
}

// TestReject_SlippedFactors holds the two misprints against the same
// enumeration: both must miss it by their factor.
func TestReject_SlippedFactors(t *testing.T) {
	data := factorial(t)
	theta := data.Minimum()
	const b, nData = 2, 16
	want := enumerated(data, model.SGD{LearningRate: 0.1, BatchSize: b, DatasetSize: nData}, theta)
	for _, row := range []struct {
		name         string
		factor, miss float64
	}{
		{"Eq. 6 with 1/N", 2 * data.MinimumLoss() / (b * nData), 1 - 1.0/nData},
		{"gradient of Eq. 2 with a second 1/2", 2 * data.MinimumLoss() / b / 4, 1 - 1.0/4},
		{"Eq. 6 without its 2", data.MinimumLoss() / b, 1 - 1.0/2},
	} {
		if diff := relativeDifference(scaledHessian(data, row.factor), want); math.Abs(diff-row.miss) > 1e-12 {
			t.Errorf("%s misses the enumeration by %v, want %v", row.name, diff, row.miss)
		}
	}
}

// TestMeanGradientFactor: the mean of grad l_mu over the samples is the gradient
// of L with l_mu = (f - y)²/2. With a second factor 1/2, as Eq. 2 is printed, it
// would be half of it.
func TestMeanGradientFactor(t *testing.T) {
	data := factorial(t)
	theta := []float64{1, 2}
	want, sample, mean := make([]float64, 2), make([]float64, 2), make([]float64, 2)
	data.Grad(want, theta)
	for mu := range data.Len() {
		data.SampleGrad(sample, theta, mu)
		for i := range mean {
			mean[i] += sample[i] / float64(data.Len())
		}
	}
	for i := range mean {
		if math.Abs(mean[i]-want[i]) > 1e-13*math.Abs(want[i]) {
			t.Errorf("mean of grad l_mu = %v, grad L = %v", mean, want)
		}
		if math.Abs(mean[i]/2-want[i]) < 0.4*math.Abs(want[i]) {
			t.Errorf("half the mean passes for grad L = %v", want)
		}
	}
}

// TestReject_SamplingSchemeSwapped: the covariance of one scheme is not that of
// the other.
func TestReject_SamplingSchemeSwapped(t *testing.T) {
	data := factorial(t)
	theta := []float64{1, 2}
	with := model.SGD{LearningRate: 0.1, BatchSize: 3, DatasetSize: 16}
	without := with
	without.Sampling = model.WithoutReplacement
	exact, err := noise.NewExact(data, without)
	if err != nil {
		t.Fatal(err)
	}
	got := mat.NewSymDense(2, nil)
	exact.Covariance(got, theta)
	// (N-B)/(N-1) = 13/15, two fifteenths off
	if diff := relativeDifference(got, enumerated(data, with, theta)); math.Abs(diff-2.0/15) > 1e-12 {
		t.Errorf("the schemes differ by %v, want 2/15", diff)
	}
	if diff := relativeDifference(got, enumerated(data, without, theta)); diff > 1e-12 {
		t.Errorf("without replacement: off by %v", diff)
	}
}
