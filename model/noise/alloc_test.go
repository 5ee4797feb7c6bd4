package noise_test

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
)

// TestCovarianceDoesNotAllocate: covariances stand in the inner loop of
// integrators. Exact on more than ten dimensions is the exception.
func TestCovarianceDoesNotAllocate(t *testing.T) {
	const n = 3
	valley, err1 := landscape.NewIsotropicValley(n, 1, 1)
	population, err2 := dataset.NewPopulation(n, 1)
	data, err3 := dataset.Gaussian(1, 100, n, 1)
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			t.Fatal(err)
		}
	}
	hessian := mat.NewSymDense(n, nil)
	valley.Hessian(hessian, valley.Minimum())
	proportional, err1 := noise.NewLossProportional(valley, hessian, 2)
	loss, err2 := noise.NewLossIsotropic(valley, 0.1, 0.1)
	exact, err3 := noise.NewExact(data, sgd(2, 100))
	gaussian, err4 := noise.NewGaussianInputs(population, 2)
	aligned, err5 := noise.NewAligned(hessian, 2)
	isotropic, err6 := noise.NewIsotropic(n, 1, 0.1)
	for _, err := range []error{err1, err2, err3, err4, err5, err6} {
		if err != nil {
			t.Fatal(err)
		}
	}
	sigma, theta := mat.NewSymDense(n, nil), []float64{1, 2, 3}
	for name, model := range map[string]noise.Model{
		"proportional": proportional, "loss-isotropic": loss, "exact": exact, "Gaussian inputs": gaussian,
		"aligned": aligned, "isotropic": isotropic,
	} {
		if allocs := testing.AllocsPerRun(100, func() { model.Covariance(sigma, theta) }); allocs != 0 {
			t.Errorf("%s: %v allocations per call", name, allocs)
		}
	}
}
