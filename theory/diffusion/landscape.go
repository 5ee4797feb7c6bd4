package diffusion

import (
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
)

// FromLandscape returns the diffusion limit of SGD on a one-dimensional
// landscape,
//
//	dx = -L'(x) dt + sqrt(eta Sigma(x)) dW                (Itô; Mori2022, Eq. 4)
//
// The learning rate stands inside the root once: times are in t = eta k.
func FromLandscape(l landscape.Landscape, n noise.Model, learningRate float64) (Process, error) {
	d := model.CheckDomain("one-dimensional diffusion").
		That(l != nil, "landscape", l, "a landscape").
		That(n != nil, "noise", n, "a noise model").
		Positive("learning rate eta", learningRate)
	if l != nil {
		d.That(l.Dim() == 1, "dimension of the landscape", l.Dim(), "1")
	}
	if n != nil {
		d.That(n.Dim() == 1, "dimension of the noise", n.Dim(), "1")
	}
	if err := d.Err(); err != nil {
		return Process{}, err
	}
	return Process{
		Drift: func(x float64) float64 {
			var grad [1]float64
			l.Grad(grad[:], []float64{x})
			return -grad[0]
		},
		Noise: func(x float64) float64 {
			sigma := mat.NewSymDense(1, nil)
			n.Covariance(sigma, []float64{x})
			return learningRate * sigma.At(0, 0)
		},
	}, nil
}
