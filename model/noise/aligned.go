package noise

import (
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// Aligned is constant noise along the Hessian at the minimum,
//
//	Sigma = a H
//
// the noise of the exponential escape laws; a = 2 L*/B makes it the value of
// [LossProportional] at the minimum.
type Aligned struct {
	hessian *mat.SymDense
	scale   float64
}

// NewAligned returns the noise for the Hessian H (positive semidefinite,
// copied) and the scale a > 0, which carries the unit of a loss.
func NewAligned(hessian mat.Symmetric, scale float64) (*Aligned, error) {
	c := model.CheckDomain("Hessian-aligned noise").Positive("scale a", scale)
	h := copyHessian(c, 0, hessian)
	if err := c.Err(); err != nil {
		return nil, err
	}
	return &Aligned{hessian: h, scale: scale}, nil
}

// Hessian returns H. It is shared and must not be changed.
func (p *Aligned) Hessian() mat.Symmetric { return p.hessian }

// Scale returns a.
func (p *Aligned) Scale() float64 { return p.scale }

// Dim returns n.
func (p *Aligned) Dim() int { return p.hessian.SymmetricDim() }

// Covariance stores a H in dst.
func (p *Aligned) Covariance(dst *mat.SymDense, theta []float64) {
	checkLen("Hessian-aligned noise", p.Dim(), theta)
	dst.ScaleSym(p.scale, p.hessian)
}
