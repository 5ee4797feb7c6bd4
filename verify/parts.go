package verify

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/network"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sgd"
	"sgdescape/theory/firstpassage"
	"sgdescape/theory/rate"
	"sgdescape/verify/problem"
	"sgdescape/verify/stattest"
)

// Parts are the pieces a verdict rests on: laws, noise models, simulators and
// estimators. Claims reach them through [Env.Parts] only, so that a sabotaged
// piece can be handed to the same claims and must be caught by one of them.
type Parts struct {
	// Pieces are the noise of Eq. 6 and the simulators.
	problem.Pieces
	// ExactCovariance is the noise of Eq. 8.
	ExactCovariance func(noise.Samples, model.SGD) (noise.Model, error)

	// Laws.
	LogOneOutlier      func(rate.OneOutlier) float64                  // log kappa, Eq. 16
	LogOutliers        func(rate.Outliers) float64                    // log kappa, Eq. 17
	FirstOrder         func(landscape.Passage) (float64, error)       // c_1, the correction of Eqs. 16, 17
	ThresholdExponent  func(rate.Threshold) float64                   // phi - n/2, Fig. 3b
	StationaryExponent func(temperature float64) float64              // phi, Eq. 18
	CriticalCount      func(temperature float64) float64              // n_c, Eq. 19
	RadialMeanTime     func(firstpassage.Radial) (float64, error)     // T1 of the valley
	InTime             func(internal rate.Law, floor float64) float64 // log kappa from log kappa_tau, Eq. 23

	// Levels solves the levels of the theory of a problem.
	Levels func(context.Context, problem.Problem) (problem.Levels, []model.Condition, error)

	// Eq. 7 in a network.
	Train        func(e sgd.Epochs, theta []float64, fit *network.Fit, epochs int) error
	SampleLosses func(residuals []float64) (losses []float64, mean float64) // l_mu and L
	OutputGram   func(fit *network.Fit, theta []float64) *mat.SymDense      // grad f_mu . grad f_nu
	WeightedGram func(gram *mat.SymDense, weights []float64) *mat.SymDense  // with the spectrum of mean(w C)
	// Eq. 24 in a network.
	NoiseStrength func(fit *network.Fit, theta []float64) (strength, loss float64)

	// Run carries out an ensemble.
	Run func(context.Context, escape.Ensemble) (*escape.Result, error)
	// Exits summarises its outcomes.
	Exits func(*escape.Result) stattest.Exits
}

// TrueParts returns the pieces of this program.
func TrueParts() Parts {
	return Parts{
		Pieces:             problem.DefaultPieces(),
		ExactCovariance:    func(s noise.Samples, p model.SGD) (noise.Model, error) { return noise.NewExact(s, p) },
		LogOneOutlier:      rate.OneOutlier.LogEscapeRate,
		LogOutliers:        rate.Outliers.LogEscapeRate,
		FirstOrder:         rate.FirstOrder,
		ThresholdExponent:  rate.Threshold.Exponent,
		StationaryExponent: func(temperature float64) float64 { return 1 + 1/temperature },
		CriticalCount:      rate.CriticalOutlierCount,
		RadialMeanTime:     firstpassage.Radial.MeanTime,
		InTime: func(internal rate.Law, floor float64) float64 {
			return rate.InTime{Internal: internal, MinimumLoss: floor}.LogEscapeRate()
		},
		Levels: func(ctx context.Context, p problem.Problem) (problem.Levels, []model.Condition, error) {
			return p.Levels(ctx)
		},
		Train: func(e sgd.Epochs, theta []float64, fit *network.Fit, epochs int) error {
			return e.Run(theta, fit, epochs)
		},
		SampleLosses: sampleLosses, OutputGram: (*network.Fit).OutputGram, WeightedGram: weightedGram,
		NoiseStrength: noiseStrength,
		Run:           func(ctx context.Context, e escape.Ensemble) (*escape.Result, error) { return e.Run(ctx) },
		Exits:         Exits,
	}
}

// Exits is the sufficient statistic of a constant rate: how many runs left, in
// how much time watched, censored runs included.
func Exits(r *escape.Result) stattest.Exits {
	return stattest.Exits{Events: r.Exits, Exposure: float64(r.Exposure)}
}
