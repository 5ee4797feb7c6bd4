package noise

import (
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// LossProportional is the noise of the paper's theory,
//
//	Sigma(theta) = (2 L(theta)/B) H*  (Mori2022, Eq. 6, without its factor 1/N)
//
// with the Hessian H* at the minimum.
type LossProportional struct {
	landscape landscape.Landscape
	hessian   *mat.SymDense
	batchSize int
}

// NewLossProportional returns the noise for the loss of l, the Hessian H*
// (n x n, positive semidefinite, copied) and the batch size B >= 1.
func NewLossProportional(l landscape.Landscape, hessian mat.Symmetric, batchSize int) (*LossProportional, error) {
	c := model.CheckDomain("loss-proportional noise").
		That(l != nil, "landscape L", "nil", "a landscape").
		AtLeast(1, "batch size B", batchSize)
	n := 0
	if l != nil {
		n = l.Dim()
	}
	h := copyHessian(c, n, hessian)
	if err := c.Err(); err != nil {
		return nil, err
	}
	return &LossProportional{landscape: l, hessian: h, batchSize: batchSize}, nil
}

// Landscape returns the landscape whose loss scales the noise.
func (p *LossProportional) Landscape() landscape.Landscape { return p.landscape }

// Hessian returns H*. It is shared and must not be changed.
func (p *LossProportional) Hessian() mat.Symmetric { return p.hessian }

// BatchSize returns B.
func (p *LossProportional) BatchSize() int { return p.batchSize }

// Dim returns n.
func (p *LossProportional) Dim() int { return p.landscape.Dim() }

// Covariance stores (2 L(theta)/B) H* in dst.
func (p *LossProportional) Covariance(dst *mat.SymDense, theta []float64) {
	checkLen("loss-proportional noise", p.Dim(), theta)
	dst.ScaleSym(2*p.landscape.Loss(theta)/float64(p.batchSize), p.hessian)
}
