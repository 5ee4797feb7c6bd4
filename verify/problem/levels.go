package problem

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/noise"
	"sgdescape/theory/discrete"
	"sgdescape/theory/firstpassage"
)

// spectrumSpread is the largest ratio of curvatures up to which the isotropic
// answers are given for a data set.
const spectrumSpread = 1.1

// Levels computes T0 to T4: all of them for the population and for a data set
// in one dimension; for a data set in more dimensions the isotropic answers T0
// and T1, if its curvatures are equal within a tenth.
func (p *Regression) Levels(context.Context) (Levels, []model.Condition, error) {
	if p.population == nil && p.isotropy() > spectrumSpread {
		return Levels{}, []model.Condition{{Name: "anisotropic-valley",
			Detail: fmt.Sprintf("the curvatures of the data set differ by a factor %.3g: no level of the theory covers it exactly", p.isotropy())}}, nil
	}
	levels, conditions, err := thresholdLevels(p.Dim, p.meanCurvature(), p.Ratio, p.LearningRate, p.BatchSize)
	if err != nil {
		return nil, nil, err
	}
	if p.population == nil && p.Dim > 1 {
		return levels, append(conditions, model.Condition{Name: "isotropic-approximation",
			Detail: fmt.Sprintf("curvatures that differ by a factor %.3g are replaced by their geometric mean", p.isotropy())}), nil
	}
	if levels["T2"], err = p.diffusionLevel(0); err != nil {
		return nil, nil, err
	}
	if levels["T3"], err = p.diffusionLevel(p.LearningRate); err != nil {
		return nil, nil, err
	}
	if levels["T4"], err = p.chainLevel(); err != nil {
		return nil, nil, err
	}
	return levels, conditions, nil
}

// diffusionLevel solves the diffusion with the exact covariance, watched all
// the time (interval 0) or only at multiples of the interval.
func (p *Regression) diffusionLevel(interval float64) (Level, error) {
	var solve func() (*firstpassage.Exit, error)
	if p.population != nil {
		s := p.NoiseStd
		process, err := firstpassage.NewGaussianInputs(p.Dim, p.LearningRate, float64(p.BatchSize), s*s, p.Ratio)
		if err != nil {
			return Level{}, err
		}
		process.MonitoringInterval = interval
		solve = process.Solve
	} else {
		sigma, err := p.ExactNoise()
		if err != nil {
			return Level{}, err
		}
		process, err := firstpassage.NewThreshold(p.valley, sigma, p.LearningRate, p.Ratio)
		if err != nil {
			return Level{}, err
		}
		process.MonitoringInterval = interval
		solve = process.Solve
	}
	exit, err := solve()
	if err != nil {
		return Level{}, err
	}
	return exitLevel(exit)
}

// chainLevel solves the discrete chain.
func (p *Regression) chainLevel() (Level, error) {
	var passage *discrete.Passage
	var err error
	if p.Data == nil {
		passage, err = discrete.GaussianRegression{LearningRate: p.LearningRate, BatchSize: p.BatchSize, Dim: p.Dim, LossRatio: p.Ratio}.Solve(discrete.Settings{})
	} else {
		passage, err = discrete.DatasetRegression{Data: p.Data, LearningRate: p.LearningRate, BatchSize: p.BatchSize, Sampling: p.Sampling, LossRatio: p.Ratio}.Solve(discrete.Settings{})
	}
	if err != nil {
		return Level{}, err
	}
	mfpt := passage.MeanFirstPassageTime()
	return rateLevel(passage.LogEscapeRate(), mfpt.Value, mfpt.Error/mfpt.Value), nil
}

// exitLevel is the level of a solved first passage through a loss threshold,
// whose rate is the principal eigenvalue.
func exitLevel(e *firstpassage.Exit) (Level, error) {
	spectrum, err := e.Spectrum()
	if err != nil {
		return Level{}, err
	}
	return rateLevel(spectrum.LogEigenvalue(), e.MeanTime(), e.RelativeError()), nil
}

// rateLevel is a level with a rate and a mean time. A mean time that overflows
// is left out; the logarithm of the rate still tells it.
func rateLevel(logKappa, mfpt, relativeError float64) Level {
	level := Level{Rate: ptr(math.Exp(logKappa)), LogRate: &logKappa, RelativeError: &relativeError}
	if !math.IsInf(mfpt, 1) {
		level.MFPT = &mfpt
	}
	return level
}

// Levels computes T0 (Eq. 16) and T1 (the quadrature of Eq. 13). The rate of T1
// is half the principal eigenvalue of the process that ends at the saddle:
// half of those that reach it fall back.
func (p *DoubleWell) Levels(context.Context) (Levels, []model.Condition, error) {
	law := p.PowerLaw()
	sigma, err := noise.NewLossProportional(p.well, mat.NewSymDense(1, []float64{p.OutlierCurvature()}), p.BatchSize)
	if err != nil {
		return nil, nil, err
	}
	solve := func(target []float64) (*firstpassage.Exit, error) {
		passage, err := firstpassage.NewPassage(p.well, sigma, p.LearningRate, target)
		if err != nil {
			return nil, err
		}
		return passage.Solve()
	}
	toSaddle, err := solve(p.well.Saddle())
	if err != nil {
		return nil, nil, err
	}
	beyond, err := solve(p.well.Beyond())
	if err != nil {
		return nil, nil, err
	}
	spectrum, err := toSaddle.Spectrum()
	if err != nil {
		return nil, nil, err
	}
	exact := rateLevel(spectrum.LogEigenvalue()-math.Ln2, beyond.MeanTime(), beyond.RelativeError())
	if mfpt := toSaddle.MeanTime(); !math.IsInf(mfpt, 1) {
		exact.MFPTToSaddle = &mfpt
	}
	return Levels{"T0": lawLevel(law), "T1": exact}, law.Conditions(), nil
}
