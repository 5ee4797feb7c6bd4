package noise

import (
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
)

// GaussianInputs is the exact covariance of a population with standard normal
// inputs and independent targets of variance s²,
//
//	Sigma(theta) = (1/B) [(s² + |theta|²) I + theta theta^T]
//	             = (1/B) [2 L(theta) I + theta theta^T]
//
// from Eq. 8 of Mori2022 with Isserlis' theorem for the fourth moments. The
// variance along theta is (s² + 2|theta|²)/B, where the decoupled form has
// (s² + |theta|²)/B.
type GaussianInputs struct {
	population *dataset.Population
	batchSize  int
}

// NewGaussianInputs returns the noise of the population p for the batch size
// B >= 1.
func NewGaussianInputs(p *dataset.Population, batchSize int) (*GaussianInputs, error) {
	err := model.CheckDomain("Gaussian-input noise").
		That(p != nil, "population", "nil", "a population").
		AtLeast(1, "batch size B", batchSize).Err()
	if err != nil {
		return nil, err
	}
	return &GaussianInputs{population: p, batchSize: batchSize}, nil
}

// Population returns the population.
func (p *GaussianInputs) Population() *dataset.Population { return p.population }

// BatchSize returns B.
func (p *GaussianInputs) BatchSize() int { return p.batchSize }

// Dim returns d.
func (p *GaussianInputs) Dim() int { return p.population.Dim() }

// Covariance stores Sigma(theta) in dst.
func (p *GaussianInputs) Covariance(dst *mat.SymDense, theta []float64) {
	checkLen("Gaussian-input noise", p.Dim(), theta)
	b := float64(p.batchSize)
	diagonal := 2 * p.population.Loss(theta)
	for i, x := range theta {
		for j := i; j < len(theta); j++ {
			dst.SetSym(i, j, x*theta[j]/b)
		}
		dst.SetSym(i, i, (diagonal+float64(x*x))/b)
	}
}
