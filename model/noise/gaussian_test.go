package noise_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/dataset"
	"sgdescape/model/noise"
)

// momentScores draws n samples of the population, forms the mean of grad l
// grad l^T and returns by how many standard errors each element (row by row,
// upper triangle) misses sigma + theta theta^T. The gradient of L is theta, so
// the mean of the product is the covariance plus theta theta^T without bias.
//
// The standard error is that of the sample itself.
func momentScores(sigma *mat.SymDense, theta []float64, s float64, n int, seed uint64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 0))
	d := len(theta)
	sum, sum2 := mat.NewSymDense(d, nil), mat.NewSymDense(d, nil)
	x := make([]float64, d)
	for range n {
		e := -s * rng.NormFloat64()
		for i := range x {
			x[i] = rng.NormFloat64()
			e += theta[i] * x[i]
		}
		for i := range d {
			for j := i; j < d; j++ {
				g := e * e * x[i] * x[j]
				sum.SetSym(i, j, sum.At(i, j)+g)
				sum2.SetSym(i, j, sum2.At(i, j)+g*g)
			}
		}
	}
	var scores []float64
	for i := range d {
		for j := i; j < d; j++ {
			mean := sum.At(i, j) / float64(n)
			standardError := math.Sqrt((sum2.At(i, j)/float64(n) - mean*mean) / float64(n))
			scores = append(scores, (mean-sigma.At(i, j)-theta[i]*theta[j])/standardError)
		}
	}
	return scores
}

// Six elements are compared at 6 standard errors each. A normal score exceeds 6
// with probability 2e-9; the products have heavy but finite tails (a product of
// four normals), which at n = 4e5 leaves the normal law a factor of a few at 6:
// a false alarm has a probability below 1e-7. A relative error of 6 standard
// errors, about 4 %, is what the check detects.
const (
	momentSamples = 400_000
	momentBound   = 6.0
)

var momentTheta = []float64{1, -2, 0.5}

func TestGaussianInputsBySampling(t *testing.T) {
	population, err := dataset.NewPopulation(3, 0.8)
	if err != nil {
		t.Fatal(err)
	}
	model, err := noise.NewGaussianInputs(population, 1)
	if err != nil {
		t.Fatal(err)
	}
	sigma := mat.NewSymDense(3, nil)
	model.Covariance(sigma, momentTheta)
	for k, z := range momentScores(sigma, momentTheta, 0.8, momentSamples, 1) {
		if !(math.Abs(z) < momentBound) {
			t.Errorf("element %d is off by %v standard errors", k, z)
		}
	}
}

// TestReject_DecoupledGaussianInputs: the same check rejects the decoupled form
// 2 L I/B, which misses theta theta^T.
func TestReject_DecoupledGaussianInputs(t *testing.T) {
	population, err := dataset.NewPopulation(3, 0.8)
	if err != nil {
		t.Fatal(err)
	}
	identity := mat.NewSymDense(3, nil)
	population.Hessian(identity, momentTheta)
	decoupled, err := noise.NewLossProportional(population, identity, 1)
	if err != nil {
		t.Fatal(err)
	}
	sigma := mat.NewSymDense(3, nil)
	decoupled.Covariance(sigma, momentTheta)
	worst := 0.0
	for _, z := range momentScores(sigma, momentTheta, 0.8, momentSamples, 1) {
		worst = math.Max(worst, math.Abs(z))
	}
	if worst < 2*momentBound {
		t.Errorf("the decoupled form is off by %v standard errors only", worst)
	}
}

// TestGaussianInputsRadial: along theta the variance is (s² + 2|theta|²)/B, across
// it (s² + |theta|²)/B.
func TestGaussianInputsRadial(t *testing.T) {
	population, err := dataset.NewPopulation(2, 3)
	if err != nil {
		t.Fatal(err)
	}
	model, err := noise.NewGaussianInputs(population, 4)
	if err != nil {
		t.Fatal(err)
	}
	sigma := mat.NewSymDense(2, nil)
	model.Covariance(sigma, []float64{3, 4})
	along, across := mat.NewVecDense(2, []float64{0.6, 0.8}), mat.NewVecDense(2, []float64{-0.8, 0.6})
	for _, row := range []struct {
		name      string
		u, v      mat.Vector
		want, tol float64
	}{
		{"along", along, along, (9 + 50) / 4.0, 1e-14},
		{"across", across, across, (9 + 25) / 4.0, 1e-14},
		{"mixed", along, across, 0, 1e-14},
	} {
		if got := mat.Inner(row.u, sigma, row.v); math.Abs(got-row.want) > 20*row.tol {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

// TestExactTendsToGaussianInputs: the exact covariance of a large Gaussian data
// set is that of the population within six standard errors of the data set,
// each of them the spread of the products of gradient deviations over sqrt(N).
// As above, a false alarm has a probability below 1e-7.
func TestExactTendsToGaussianInputs(t *testing.T) {
	const n, d, s = 100_000, 2, 1.0
	theta := []float64{0.5, -1}
	data, err := dataset.Gaussian(3, n, d, s)
	if err != nil {
		t.Fatal(err)
	}
	population, err := dataset.NewPopulation(d, s)
	if err != nil {
		t.Fatal(err)
	}
	exact, err := noise.NewExact(data, sgd(1, n))
	if err != nil {
		t.Fatal(err)
	}
	limit, err := noise.NewGaussianInputs(population, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, want := mat.NewSymDense(d, nil), mat.NewSymDense(d, nil)
	exact.Covariance(got, theta)
	limit.Covariance(want, theta)
	products := mat.NewSymDense(d, nil) // mean squares
	mean, sample := make([]float64, d), make([]float64, d)
	data.Grad(mean, theta)
	for mu := range n {
		data.SampleGrad(sample, theta, mu)
		for i := range d {
			for j := i; j < d; j++ {
				q := (sample[i] - mean[i]) * (sample[j] - mean[j])
				products.SetSym(i, j, products.At(i, j)+q*q/n)
			}
		}
	}
	for i := range d {
		for j := i; j < d; j++ {
			standardError := math.Sqrt((products.At(i, j) - got.At(i, j)*got.At(i, j)) / n)
			if z := (got.At(i, j) - want.At(i, j)) / standardError; !(math.Abs(z) < momentBound) {
				t.Errorf("Sigma[%d][%d] = %v, population %v, %v standard errors off", i, j, got.At(i, j), want.At(i, j), z)
			}
		}
	}
}
