package noise

import (
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// Isotropic is the constant isotropic noise of gradient Langevin dynamics
// (GLD),
//
//	d theta = -grad L dt + sqrt(2D) dW  (Mori2022, Eq. 5)
//	Sigma   = (2D/eta) I
type Isotropic struct {
	n               int
	d, learningRate float64
}

// NewIsotropic returns the noise in n >= 1 dimensions with diffusion constant
// D > 0 and learning rate eta > 0.
func NewIsotropic(n int, diffusion, learningRate float64) (*Isotropic, error) {
	err := model.CheckDomain("isotropic noise").
		AtLeast(1, "dimension n", n).
		Positive("diffusion constant D", diffusion).
		Positive("learning rate eta", learningRate).Err()
	if err != nil {
		return nil, err
	}
	return &Isotropic{n: n, d: diffusion, learningRate: learningRate}, nil
}

// D returns the diffusion constant.
func (p *Isotropic) D() float64 { return p.d }

// LearningRate returns eta.
func (p *Isotropic) LearningRate() float64 { return p.learningRate }

// Dim returns n.
func (p *Isotropic) Dim() int { return p.n }

// Covariance stores (2D/eta) I in dst.
func (p *Isotropic) Covariance(dst *mat.SymDense, theta []float64) {
	checkLen("isotropic noise", p.n, theta)
	setScalar(dst, p.n, 2*p.d/p.learningRate)
}

// LossIsotropic is isotropic noise proportional to the loss, at temperature T
// on the logarithm of the loss,
//
//	d theta = -grad L dt + sqrt(2 T L) dW,  T = eta h*/B  (Mori2022, Eqs. 20, 21)
//	Sigma(theta) = (2 T L(theta)/eta) I
type LossIsotropic struct {
	landscape                 landscape.Landscape
	temperature, learningRate float64
}

// NewLossIsotropic returns the noise for the loss of l at temperature T > 0 and
// learning rate eta > 0.
func NewLossIsotropic(l landscape.Landscape, temperature, learningRate float64) (*LossIsotropic, error) {
	err := model.CheckDomain("loss-isotropic noise").
		That(l != nil, "landscape L", "nil", "a landscape").
		Positive("temperature T", temperature).
		Positive("learning rate eta", learningRate).Err()
	if err != nil {
		return nil, err
	}
	return &LossIsotropic{landscape: l, temperature: temperature, learningRate: learningRate}, nil
}

// Landscape returns the landscape whose loss scales the noise.
func (p *LossIsotropic) Landscape() landscape.Landscape { return p.landscape }

// Temperature returns T.
func (p *LossIsotropic) Temperature() float64 { return p.temperature }

// LearningRate returns eta.
func (p *LossIsotropic) LearningRate() float64 { return p.learningRate }

// Dim returns n.
func (p *LossIsotropic) Dim() int { return p.landscape.Dim() }

// Covariance stores (2 T L(theta)/eta) I in dst.
func (p *LossIsotropic) Covariance(dst *mat.SymDense, theta []float64) {
	checkLen("loss-isotropic noise", p.Dim(), theta)
	setScalar(dst, p.Dim(), 2*p.temperature*p.landscape.Loss(theta)/p.learningRate)
}
