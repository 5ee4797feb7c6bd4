package diffusion

import (
	"sync"

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
	// The slices that the interfaces ask for, one set per goroutine.
	type scratch struct {
		x, grad []float64
		sigma   *mat.SymDense
	}
	pool := sync.Pool{New: func() any {
		return &scratch{make([]float64, 1), make([]float64, 1), mat.NewSymDense(1, nil)}
	}}
	return Process{
		Drift: func(x float64) float64 {
			s := pool.Get().(*scratch)
			s.x[0] = x
			l.Grad(s.grad, s.x)
			a := -s.grad[0]
			pool.Put(s)
			return a
		},
		Noise: func(x float64) float64 {
			s := pool.Get().(*scratch)
			s.x[0] = x
			n.Covariance(s.sigma, s.x)
			g2 := learningRate * s.sigma.At(0, 0)
			pool.Put(s)
			return g2
		},
	}, nil
}
