package verify

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"sgdescape/model/network"
	"sgdescape/sim/sgd"
	"sgdescape/verify/stattest"
)

// The experiment of Fig. 2, on a network and data small enough to be fitted to
// L of some 1e-3 within seconds.
const (
	fig2Digits = 100
	fig2Hidden = 50 // units in each of two hidden layers
	fig2Eta    = 0.1
	fig2Batch  = 25
	fig2Epochs = 500
	fig2Every  = 5 // epochs from one record to the next
	fig2Early  = fig2Epochs / 8 / fig2Every
	fig2Late   = fig2Epochs / 2 / fig2Every // records from which on training is late
)

// A training is the course of one network: loss and noise strength at
// initialisation and after every [fig2Every] epochs.
type training struct{ losses, strengths []float64 }

// slope returns that of log strength against log loss over the records from one
// to before another, by least squares.
func (r training) slope(from, to int) float64 {
	x, y := make([]float64, to-from), make([]float64, to-from)
	for i := range x {
		x[i], y[i] = math.Log(r.losses[from+i]), math.Log(r.strengths[from+i])
	}
	_, slope := stat.LinearRegression(x, y, nil, false)
	return slope
}

// noiseStrength returns Nstrength = mean |grad l_mu|² - |grad L|² of Eq. 24, by
// which Tr Sigma = Nstrength/B times the factor of the sampling, and L. It is
// noise.Strength, but takes the time of two gradients of the whole data.
func noiseStrength(fit *network.Fit, theta []float64) (strength, loss float64) {
	residuals, norms2 := fit.Residuals(theta), make([]float64, fit.Len())
	fit.OutputGradNorms2(norms2, theta)
	for mu, r := range residuals {
		strength += r * r * norms2[mu] / float64(fit.Len())
	}
	all := make([]int, fit.Len())
	for mu := range all {
		all[mu] = mu
	}
	grad := make([]float64, fit.Dim())
	loss = fit.BatchGrad(grad, theta, all)
	return strength - floats.Dot(grad, grad), loss
}

// fig2Trainings trains independent networks, once for all claims.
func fig2Trainings(ctx context.Context, env *Env) ([]training, error) {
	return Shared(ctx, env, "fig2", func(ctx context.Context, env *Env) ([]training, error) {
		return eachNetwork(ctx, env, "fig2", 40, func(seed uint64) (r training, err error) {
			fit, err := parityNetwork(seed, fig2Digits, fig2Hidden)
			if err != nil {
				return r, err
			}
			theta := fit.Glorot(seed)
			for epoch := 0; ; epoch += fig2Every {
				strength, loss := env.Parts.NoiseStrength(fit, theta)
				if !(strength > 0 && loss > 0) {
					return r, fmt.Errorf("after %d epochs of training L = %v and Nstrength = %v, want positive numbers", epoch, loss, strength)
				}
				r.losses, r.strengths = append(r.losses, loss), append(r.strengths, strength)
				if epoch == fig2Epochs {
					return r, nil
				}
				part := sgd.Epochs{LearningRate: fig2Eta, BatchSize: fig2Batch, Seed: stattest.DeriveSeed(seed, uint64(epoch))}
				if err := env.Parts.Train(part, theta, fit, fig2Every); err != nil {
					return r, err
				}
				if err := ctx.Err(); err != nil {
					return r, err
				}
			}
		})
	})
}

// strengthClaims judge Eq. 24's claim that the strength of the noise follows the
// loss, where the paper does (Fig. 2).
func strengthClaims() []Claim {
	claim := func(id, when string, from, to int, expected Verdict, pinned Band) Claim {
		return Claim{
			ID: id, Equation: "Eq. 24, Fig. 2",
			Statement: fmt.Sprintf("In a ReLU network on the parity of handwritten digits, %s, the noise strength mean |grad l|² - |grad L|² is proportional to L: it grows as L^1, within 10 %% of the exponent.", when),
			Left:      "log Nstrength", Right: "log L",
			Band:     Within(0.1),
			Reason:   "Eq. 6 lets the noise follow L with exponent 1; a tenth of it changes Nstrength by a quarter where L falls to a tenth.",
			Expected: expected, Pinned: pinned, Share: 1,
			Measure: func(ctx context.Context, env *Env) (Measurement, error) {
				return measureStrength(ctx, env, when, from, to)
			},
		}
	}
	return []Claim{
		claim("fig2-early", fmt.Sprintf("in the first %d epochs of %d", (fig2Early-1)*fig2Every, fig2Epochs), 0, fig2Early, Disagrees, Band{-0.38, -0.18}),
		claim("fig2-late", fmt.Sprintf("in the last %d epochs of %d", fig2Epochs-fig2Late*fig2Every, fig2Epochs), fig2Late, fig2Epochs/fig2Every+1, Agrees, Band{}),
	}
}

// measureStrength averages the slopes of independent networks, each with its own
// digits, initialisation and minibatches.
func measureStrength(ctx context.Context, env *Env, when string, from, to int) (Measurement, error) {
	trainings, err := fig2Trainings(ctx, env)
	if err != nil {
		return Measurement{}, err
	}
	excess := make([][]float64, len(trainings))
	for i, r := range trainings {
		excess[i] = []float64{r.slope(from, to) - 1}
	}
	mean, err := stattest.ClusterMean(excess, env.Alpha)
	if err != nil {
		return Measurement{}, err
	}
	return Measurement{
		Effect: Effect{Name: "slope of log Nstrength against log L - 1",
			Value: mean.Estimate, Low: mean.Low, High: mean.High, N: len(trainings), Unit: "networks"},
		Tables: []Table{strengthTable(trainings)},
		Figure: strengthFigure(trainings, "Noise strength and loss of a network "+when, from, to),
		Notes: []string{fmt.Sprintf("64-%d-%d-1 units, %d digits, eta = %g, B = %d; a record every %d epochs.",
			fig2Hidden, fig2Hidden, fig2Digits, fig2Eta, fig2Batch, fig2Every)},
	}, nil
}

// strengthTable lists geometric means over networks in the course of training.
func strengthTable(trainings []training) Table {
	table := Table{Title: "Geometric means over networks", Columns: []string{"epochs", "L", "Nstrength", "Nstrength/L"}}
	for record := 0; record*fig2Every <= fig2Epochs; record += 50 / fig2Every {
		var loss, strength float64
		for _, r := range trainings {
			loss += math.Log(r.losses[record]) / float64(len(trainings))
			strength += math.Log(r.strengths[record]) / float64(len(trainings))
		}
		table.AddRow(record*fig2Every, math.Exp(loss), math.Exp(strength), math.Exp(strength-loss))
	}
	return table
}

// strengthFigure draws the records of the first networks, with the line of
// slope 1 through their mean.
func strengthFigure(trainings []training, title string, from, to int) *Figure {
	const shown = 8
	figure := &Figure{Title: title, XLabel: "L", YLabel: "noise strength", XLog: true, YLog: true}
	least, most, ratio, n := math.Inf(1), 0.0, 0.0, 0.0
	for i, r := range trainings[:min(shown, len(trainings))] {
		series := Series{Name: fmt.Sprintf("network %d", i+1), Mark: Points}
		for record := from; record < to; record++ {
			loss, strength := r.losses[record], r.strengths[record]
			series.Add(loss, strength)
			least, most = math.Min(least, loss), math.Max(most, loss)
			ratio, n = ratio+math.Log(strength/loss), n+1
		}
		figure.Series = append(figure.Series, series)
	}
	line, height := Series{Name: "slope 1", Mark: Curve}, math.Exp(ratio/n)
	line.Add(least, height*least)
	line.Add(most, height*most)
	figure.Series = append(figure.Series, line)
	return figure
}
