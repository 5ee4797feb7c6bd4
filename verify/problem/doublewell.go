package problem

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/sim/escape"
	"sgdescape/theory/rate"
)

// DoubleWellParameters pose a [DoubleWell].
type DoubleWellParameters struct {
	LearningRate float64 // eta > 0
	BatchSize    int     // B >= 1
	Floor        float64 // L0 > 0
	Height       float64 // dL > 0
	Width        float64 // w > 0
}

// A DoubleWell is the escape over the saddle of the symmetric one-dimensional
// double well, with the noise of Eq. 13 and h* = L”(-w).
type DoubleWell struct {
	DoubleWellParameters
	well *landscape.DoubleWell
}

// NewDoubleWell returns the problem, or an error wrapping [model.ErrDomain].
func NewDoubleWell(p DoubleWellParameters) (*DoubleWell, error) {
	well, err := landscape.NewDoubleWell(p.Floor, p.Height, p.Width)
	err = model.CheckDomain("double well").Include(checkSGD(p.LearningRate, p.BatchSize)).Include(err).Err()
	if err != nil {
		return nil, err
	}
	return &DoubleWell{p, well}, nil
}

// checkSGD validates eta and B of a problem without a data set.
func checkSGD(learningRate float64, batchSize int) error {
	return model.SGD{LearningRate: learningRate, BatchSize: batchSize}.Validate()
}

// Name returns "doublewell".
func (p *DoubleWell) Name() string { return "doublewell" }

// Parameters returns the parameters by flag name.
func (p *DoubleWell) Parameters() map[string]any {
	return map[string]any{"eta": p.LearningRate, "batch": p.BatchSize, "floor": p.Floor, "height": p.Height, "width": p.Width}
}

// Landscape returns the landscape of the problem.
func (p *DoubleWell) Landscape() *landscape.DoubleWell { return p.well }

// OutlierCurvature returns h* = 8 dL/w².
func (p *DoubleWell) OutlierCurvature() float64 { return wellCurvature(p.Height, p.Width) }

// wellCurvature is the curvature of L0 + dL (1-(x/w)²)² at its minima.
func wellCurvature(height, width float64) float64 { return 8 * height / (width * width) }

// PowerLaw returns Eq. 16 for the problem.
func (p *DoubleWell) PowerLaw() rate.OneOutlier {
	hStar := p.OutlierCurvature()
	return rate.OneOutlier{
		OutlierCurvature: hStar,
		EscapeCurvature:  hStar / 2,
		LossRatio:        (p.Floor + p.Height) / p.Floor,
		Temperature:      p.LearningRate * hStar / float64(p.BatchSize),
		LearningRate:     p.LearningRate,
	}
}

// Outliers returns Eq. 17 for the problem, which is Eq. 16 at n = 1.
func (p *DoubleWell) Outliers() rate.Outliers {
	hStar := p.OutlierCurvature()
	return rate.Outliers{
		OutlierCount:     1,
		OutlierCurvature: hStar,
		EscapeCurvature:  hStar / 2,
		LogDetMinimum:    math.Log(hStar),
		LogDetSaddle:     math.Log(hStar / 2),
		LossRatio:        (p.Floor + p.Height) / p.Floor,
		Temperature:      p.LearningRate * hStar / float64(p.BatchSize),
		LearningRate:     p.LearningRate,
	}
}

// Valley returns the landscape.
func (p *DoubleWell) Valley() landscape.Valley { return p.well }

// Ensemble returns runs of Eq. 13 or Eq. 15.
func (p *DoubleWell) Ensemble(s Simulation) (escape.Ensemble, error) {
	h := mat.NewSymDense(1, []float64{p.OutlierCurvature()})
	sigma, err := s.Pieces.orDefault().LossProportional(p.well, h, p.BatchSize)
	if err != nil {
		return escape.Ensemble{}, err
	}
	return passage(p, p.well, sigma, p.LearningRate, s)
}
