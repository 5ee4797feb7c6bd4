package verify

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model/network"
)

// measureSpectrum compares the spectrum of a weighted Gram matrix, by which
// Eq. 7 is judged, with that of the matrix of parameters by parameters itself in a
// network so small that it can be formed. The gradients are differences of the
// outputs, which are linear in each weight but for the kinks of ReLU.
func measureSpectrum(_ context.Context, env *Env) (Effect, error) {
	const nData = 6
	net, err := network.New(3, 4, 5)
	if err != nil {
		return Effect{}, err
	}
	rng := rand.New(rand.NewPCG(1, 7)) // a fixed network, away from kinks
	normals := func(n int) []float64 {
		xs := make([]float64, n)
		for i := range xs {
			xs[i] = rng.NormFloat64()
		}
		return xs
	}
	fit, err := network.NewFit(net, normals(3*nData), make([]float64, nData)) // targets 0: the residual is the output
	if err != nil {
		return Effect{}, err
	}
	theta, weights := normals(net.Dim()), normals(nData)
	for mu := range weights {
		weights[mu] = math.Exp(weights[mu])
	}
	p := net.Dim()
	jacobian := mat.NewDense(nData, p, nil)
	fd.Jacobian(jacobian, func(outputs, theta []float64) { copy(outputs, fit.Residuals(theta)) }, theta,
		&fd.JacobianSettings{Formula: fd.Central, Step: 1e-5})
	whole := mat.NewSymDense(p, nil)
	for mu, w := range weights {
		whole.SymRankOne(whole, w/nData, jacobian.RowView(mu))
	}
	weighted := env.Parts.WeightedGram(env.Parts.OutputGram(fit, theta), weights)
	var large, small mat.EigenSym
	if !large.Factorize(whole, false) || !small.Factorize(weighted, false) {
		return Effect{}, errors.New("an eigenvalue decomposition did not converge")
	}
	want, got := large.Values(nil)[p-nData:], small.Values(nil)
	worst := 0.0
	for i := range got {
		worst = math.Max(worst, math.Abs(got[i]-want[i])/want[nData-1])
	}
	return exact("largest difference of the eigenvalues / the largest", worst, 1e-9, nData), nil
}

// networkSabotages spoil the pieces by which Eq. 7 is judged in a network.
func networkSabotages() []sabotage {
	gram := func(change func(fit *network.Fit, theta []float64, mu, nu int, g float64) float64) func(*Parts) {
		return func(p *Parts) {
			p.OutputGram = func(fit *network.Fit, theta []float64) *mat.SymDense {
				g := fit.OutputGram(theta)
				for mu := range fit.Len() {
					for nu := mu; nu < fit.Len(); nu++ {
						g.SetSym(mu, nu, change(fit, theta, mu, nu, g.At(mu, nu)))
					}
				}
				return g
			}
		}
	}
	return []sabotage{
		{name: "Eq. 7: a network without the bias of its output", by: "spectrum", spoil: gram(
			func(_ *network.Fit, _ []float64, _, _ int, g float64) float64 { return g - 1 })},
		{name: "Eq. 7: the gradient of l for that of f", by: "spectrum", spoil: gram(
			func(fit *network.Fit, theta []float64, mu, nu int, g float64) float64 {
				r := fit.Residuals(theta)
				return r[mu] * r[nu] * g
			})},
		{name: "Eq. 7: weights without the root", by: "spectrum", spoil: func(p *Parts) {
			p.WeightedGram = func(g *mat.SymDense, weights []float64) *mat.SymDense {
				squares := make([]float64, len(weights))
				for mu, w := range weights {
					squares[mu] = w * w
				}
				return weightedGram(g, squares)
			}
		}},
		{name: "Eq. 7: a sum over samples for the mean", by: "spectrum", spoil: func(p *Parts) {
			p.WeightedGram = func(g *mat.SymDense, weights []float64) *mat.SymDense {
				sum := weightedGram(g, weights)
				sum.ScaleSym(float64(len(weights)), sum)
				return sum
			}
		}},
		{name: "Eq. 7: L without its 1/2", by: "fig1-init", spoil: func(p *Parts) {
			p.SampleLosses = func(residuals []float64) ([]float64, float64) {
				losses, mean := sampleLosses(residuals)
				return losses, 2 * mean
			}
		}},
		// Before training all residuals are near 1, and the two are nearly one.
		{name: "Eq. 7: the loss of the mean |residual| for L", by: "fig1-trained", long: true, spoil: func(p *Parts) {
			p.SampleLosses = func(residuals []float64) ([]float64, float64) {
				losses, _ := sampleLosses(residuals)
				size := 0.0
				for _, r := range residuals {
					size += math.Abs(r) / float64(len(residuals))
				}
				return losses, size * size / 2
			}
		}},
	}
}
