package verify

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model/network"
)

// measureNoiseStrength compares the noise strength, by which Eq. 24 is judged,
// with B times the trace of the covariance of minibatches of one sample, in a
// network so small that their gradients can be taken by differences of the loss.
func measureNoiseStrength(_ context.Context, env *Env) (Effect, error) {
	const nData, inputs = 6, 3
	net, err := network.New(inputs, 4, 5)
	if err != nil {
		return Effect{}, err
	}
	rng := rand.New(rand.NewPCG(1, 24)) // a fixed network, away from kinks
	normals := func(n int) []float64 {
		xs := make([]float64, n)
		for i := range xs {
			xs[i] = rng.NormFloat64()
		}
		return xs
	}
	x, y, theta := normals(inputs*nData), normals(nData), normals(net.Dim())
	fit, err := network.NewFit(net, x, y)
	if err != nil {
		return Effect{}, err
	}
	gradients := mat.NewDense(nData, net.Dim(), nil)
	for mu := range nData {
		sample, err := network.NewFit(net, x[mu*inputs:(mu+1)*inputs], y[mu:mu+1])
		if err != nil {
			return Effect{}, err
		}
		fd.Gradient(gradients.RawRowView(mu), sample.Loss, theta, &fd.Settings{Formula: fd.Central, Step: 1e-5})
	}
	trace := 0.0
	for i := range net.Dim() {
		mean := mat.Sum(gradients.ColView(i)) / nData
		for mu := range nData {
			trace += math.Pow(gradients.At(mu, i)-mean, 2) / nData
		}
	}
	strength, _ := env.Parts.NoiseStrength(fit, theta)
	return exact("noise strength / trace of the covariance - 1", math.Abs(strength/trace-1), 1e-7, nData), nil
}

// strengthSabotages spoil the piece by which Eq. 24 is judged in a network.
func strengthSabotages() []sabotage {
	spoil := func(change func(fit *network.Fit, theta []float64, strength, loss float64) float64) func(*Parts) {
		return func(p *Parts) {
			p.NoiseStrength = func(fit *network.Fit, theta []float64) (float64, float64) {
				strength, loss := noiseStrength(fit, theta)
				return change(fit, theta, strength, loss), loss
			}
		}
	}
	meanNorm2 := func(fit *network.Fit, theta []float64) float64 {
		norms2, mean := make([]float64, fit.Len()), 0.0
		fit.OutputGradNorms2(norms2, theta)
		for _, g := range norms2 {
			mean += g / float64(fit.Len())
		}
		return mean
	}
	return []sabotage{
		{name: "Eq. 24: without |grad L|²", by: "strength", spoil: spoil(func(fit *network.Fit, theta []float64, strength, _ float64) float64 {
			all, grad := make([]int, fit.Len()), make([]float64, fit.Dim())
			for mu := range all {
				all[mu] = mu
			}
			fit.BatchGrad(grad, theta, all)
			return strength + math.Pow(mat.Norm(mat.NewVecDense(len(grad), grad), 2), 2)
		})},
		{name: "Eq. 24: decoupled", by: "strength", spoil: spoil(func(fit *network.Fit, theta []float64, _, loss float64) float64 {
			return 2 * loss * meanNorm2(fit, theta)
		})},
		{name: "Eq. 24: the gradient of f for that of l", by: "fig2-late", long: true, spoil: spoil(func(fit *network.Fit, theta []float64, _, _ float64) float64 {
			return meanNorm2(fit, theta)
		})},
	}
}
