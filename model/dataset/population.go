package dataset

import (
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// A Population is the limit N -> infinity of a regression with standard normal
// inputs in d dimensions and independent normal targets of mean 0 and standard
// deviation s:
//
//	L(theta) = (s² + |theta|²)/2,  L* = s²/2,  H = I,  theta* = 0
type Population struct {
	d        int
	noiseStd float64
}

// NewPopulation returns the population with dimension d, 1 to [model.MaxDim], and standard
// deviation s > 0 of the targets.
func NewPopulation(d int, noiseStd float64) (*Population, error) {
	err := model.CheckDomain("population").
		MatrixDim("dimension d", d).
		Positive("noise standard deviation s", noiseStd).
		Include(checkMinimumLoss("minimum loss L* = s²/2", noiseStd*noiseStd/2)).Err()
	if err != nil {
		return nil, err
	}
	return &Population{d: d, noiseStd: noiseStd}, nil
}

// Dim returns d.
func (p *Population) Dim() int { return p.d }

// NoiseStd returns s.
func (p *Population) NoiseStd() float64 { return p.noiseStd }

// MinimumLoss returns L* = s²/2.
func (p *Population) MinimumLoss() float64 { return p.noiseStd * p.noiseStd / 2 }

// Minimum returns the origin.
func (p *Population) Minimum() []float64 { return make([]float64, p.d) }

// Loss returns L(theta) = (s² + |theta|²)/2.
func (p *Population) Loss(theta []float64) float64 {
	checkLen("population", p.d, theta)
	r2 := 0.0
	for _, x := range theta {
		r2 += float64(x * x)
	}
	return (float64(p.noiseStd*p.noiseStd) + r2) / 2
}

// Grad stores theta in dst.
func (p *Population) Grad(dst, theta []float64) {
	checkLen("population", p.d, dst, theta)
	copy(dst, theta)
}

// Hessian stores the identity in dst.
func (p *Population) Hessian(dst *mat.SymDense, theta []float64) {
	checkLen("population", p.d, theta)
	dst.Zero()
	for i := range p.d {
		dst.SetSym(i, i, 1)
	}
}
