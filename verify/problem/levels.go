package problem

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/theory/discrete"
	"sgdescape/theory/firstpassage"
	"sgdescape/theory/generator"
)

// spectrumSpread is the largest ratio of curvatures up to which the isotropic
// answers are given for a data set.
const spectrumSpread = 1.1

// equalCurvatures is the largest ratio of curvatures that rounding makes of
// equal ones.
const equalCurvatures = 1 + 1e-9

// NoNoise names the condition of a full batch without replacement.
const NoNoise = "no-noise"

// Levels computes T0 to T4: all of them for the population and for a data set
// in one dimension, T0 to T2 in two, and T0 and T1 in more dimensions, where
// T1 is that of equal curvatures. Answers for equal curvatures, which T0 is in
// any dimension, are given if they are equal within a tenth. A level whose
// solver gives up, as for times beyond its resolution, is left out, and a
// condition says why. There are none for a full batch without replacement, which
// has no noise.
func (p *Regression) Levels(context.Context) (Levels, []model.Condition, error) {
	a := newAnswers(nil)
	if p.Data != nil && p.Sampling == model.WithoutReplacement && p.BatchSize == p.Data.Len() {
		a.remark(NoNoise, "the full batch has no noise: SGD never leaves")
		return a.levels, a.conditions, nil
	}
	planar := p.population == nil && p.Dim == 2
	if p.population != nil || p.isotropy() <= spectrumSpread {
		a = thresholdLevels(p.Dim, p.meanCurvature(), p.Ratio, p.LearningRate, p.BatchSize)
		if p.population == nil && p.isotropy() > equalCurvatures {
			a.remark("isotropic-approximation",
				fmt.Sprintf("curvatures that differ by a factor %.3g are replaced by their geometric mean", p.isotropy()))
		}
	} else {
		a.remark("anisotropic-valley", fmt.Sprintf("the curvatures of the data set differ by a factor %.3g", p.isotropy()))
	}
	p.remarkLeftOut(a)
	p.remarkUncentred(a)
	a.remarkUnstable(p.LearningRate, p.curvatures[len(p.curvatures)-1])
	if factor := p.SGDParameters().CovarianceFactor() * float64(p.BatchSize); factor < 1 {
		a.remark("finite-data-set",
			fmt.Sprintf("without replacement the noise is smaller by (N-B)/(N-1) = %.4g, which T0 and T1 leave out", factor))
	}
	switch {
	case planar:
		delete(a.levels, "T1") // in favour of the exact one
		a.add("T1")(p.planarLevel(p.proportionalNoise))
		a.add("T2")(p.planarLevel(p.ExactNoise))
	case p.population != nil || p.Dim == 1:
		a.add("T2")(p.diffusionLevel(0))
		a.add("T3")(p.diffusionLevel(p.LearningRate))
		a.add("T4")(p.chainLevel())
	}
	if p.population != nil {
		p.addSlopes(a.levels)
	}
	return a.levels, a.conditions, nil
}

// remarkLeftOut tells which levels a data set in more than one dimension lacks.
func (p *Regression) remarkLeftOut(a *answers) {
	if p.population != nil || p.Dim == 1 {
		return
	}
	var left string
	switch equal := p.isotropy() <= spectrumSpread; {
	case p.Dim == 2 && equal:
		left = "T3 and T4 are left out"
	case p.Dim == 2:
		left = "T0, T3 and T4 are left out"
	case equal:
		left = "T2, T3 and T4 are left out"
	default:
		left = "all levels, T0 to T4, are left out (`sgdescape simulate` works for any d)"
	}
	a.remark("levels-left-out", fmt.Sprintf("%s: the data have d = %d inputs. For d = 1 there are T0 to T4; "+
		"for d = 2 there are T1 and T2, and T0 if the curvatures are equal within a tenth; for more there are T0 and T1 if they are", left, p.Dim))
}

// uncentredFrom is the mean of the targets or of an input, in standard
// deviations, from which a condition is set: it raises L*, or the curvature, by
// about a quarter.
const uncentredFrom = 0.5

// remarkUncentred tells of targets with a mean that the model, which has no
// intercept, cannot fit. A constant input would be one: it takes the mean out
// of the residuals.
func (p *Regression) remarkUncentred(a *answers) {
	if p.Data == nil {
		return
	}
	p.remarkUncentredInputs(a)
	theta := p.valley.Minimum()
	residuals := make([]float64, p.Data.Len())
	for mu := range residuals {
		residuals[mu] = p.Data.Target(mu)
		for i, x := range p.Data.Input(mu) {
			residuals[mu] -= theta[i] * x
		}
	}
	mean, std := stat.PopMeanStdDev(p.Data.Targets(), nil)
	left, scatter := stat.PopMeanStdDev(residuals, nil)
	if math.Abs(mean) > uncentredFrom*std && math.Abs(left) > 1e-6*scatter {
		a.remark("uncentred-targets",
			fmt.Sprintf("the mean of the targets is %.4g, their standard deviation %.4g: the model has no intercept, centre inputs and targets", mean, std))
	}
}

// remarkUncentredInputs tells of inputs with a mean, unless a constant input
// stands for an intercept.
func (p *Regression) remarkUncentredInputs(a *answers) {
	column := make([]float64, p.Data.Len())
	var found []string
	for i := range p.Data.Dim() {
		for mu := range column {
			column[mu] = p.Data.Input(mu)[i]
		}
		mean, std := stat.PopMeanStdDev(column, nil)
		if std <= 1e-12*math.Abs(mean) {
			return
		}
		if math.Abs(mean) > uncentredFrom*std {
			found = append(found, fmt.Sprintf("input %d has the mean %.4g and the standard deviation %.4g", i+1, mean, std))
		}
	}
	if len(found) == 0 {
		return
	}
	more := ""
	if len(found) > 1 {
		more = fmt.Sprintf(", and %d more", len(found)-1)
	}
	a.remark("uncentred-inputs", found[0]+more+": the curvature is mean² + variance, and the model has no intercept: centre inputs and targets")
}

// addSlopes adds the exponents with which T2 and T4 of the population grow for
// large c, which their exit times at this c need not have reached. Where SGD
// has no stationary law (Kesten's equation has no root) there is none for T4.
func (p *Regression) addSlopes(levels Levels) {
	if l, ok := levels["T2"]; ok {
		l.Exponent = new(firstpassage.GaussianInputsSlope(p.Dim, p.LearningRate, float64(p.BatchSize)))
		levels["T2"] = l
	}
	if l, ok := levels["T4"]; ok {
		if alpha, err := discrete.TailExponent(p.LearningRate, p.BatchSize, p.Dim); err == nil {
			l.Exponent = new(alpha / 2)
			levels["T4"] = l
		}
	}
}

// proportionalNoise returns the covariance of Eq. 6.
func (p *Regression) proportionalNoise() (noise.Model, error) {
	return noise.NewLossProportional(p.valley, p.hessian(), p.BatchSize)
}

// planarTolerance is the largest relative error of a planar level that is shown.
// A tenth of it ends the refinement. The two finest meshes, of some seconds, are for
// barriers log(c) B/(eta h) below planarBarrier: with higher ones the mean time is
// beyond exp(28) relaxation times, which no mesh resolves. Nor do they help where one curvature is planarSpread times the
// other: there it is the decay of the survival that is not found.
const (
	planarTolerance = 1e-3
	planarBarrier   = 28
	planarSpread    = 100
)

// planarLevel solves the diffusion in two dimensions with the given noise,
// whatever the curvatures.
func (p *Regression) planarLevel(covariance func() (noise.Model, error)) (Level, error) {
	sigma, err := covariance()
	if err != nil {
		return Level{}, err
	}
	options := generator.PlanarOptions{Levels: 4, Tolerance: planarTolerance / 10}
	spectrum := landscape.Spectrum(p.valley, p.valley.Minimum())
	if math.Log(p.Ratio)*float64(p.BatchSize)/(p.LearningRate*spectrum[1]) < planarBarrier && spectrum[1] < planarSpread*spectrum[0] {
		options.Levels = 6
	}
	exit, err := generator.Planar{
		Landscape: p.valley, Noise: sigma, LearningRate: p.LearningRate, Minimum: p.valley.Minimum(), LossRatio: p.Ratio,
	}.Exit(options)
	if err != nil {
		return Level{}, err
	}
	relativeError := math.Max(exit.MeanTime.RelativeError(), exit.PrincipalEigenvalue.RelativeError())
	if !(relativeError <= planarTolerance) {
		return Level{}, fmt.Errorf("the relative error of the mean time %.3g is %.2g, want %g or less: the barrier is too high for the mesh",
			exit.MeanTime.Value, relativeError, planarTolerance)
	}
	return rateLevel(math.Log(exit.PrincipalEigenvalue.Value), exit.MeanTime.Value, relativeError), nil
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

// Levels computes T0 (Eq. 16) and T1 (the quadrature of Eq. 13). The rate of T1
// is half the principal eigenvalue of the process that ends at the saddle:
// half of those that reach it fall back.
func (p *DoubleWell) Levels(context.Context) (Levels, []model.Condition, error) {
	law := p.PowerLaw()
	a := newAnswers(law.Conditions())
	a.add("T0")(lawLevel(law))
	a.add("T1")(p.quadratureLevel())
	a.remarkUnstable(p.LearningRate, p.OutlierCurvature())
	return a.levels, a.conditions, nil
}

func (p *DoubleWell) quadratureLevel() (Level, error) {
	sigma, err := noise.NewLossProportional(p.well, mat.NewSymDense(1, []float64{p.OutlierCurvature()}), p.BatchSize)
	if err != nil {
		return Level{}, err
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
		return Level{}, err
	}
	beyond, err := solve(p.well.Beyond())
	if err != nil {
		return Level{}, err
	}
	spectrum, err := toSaddle.Spectrum()
	if err != nil {
		return Level{}, err
	}
	exact := rateLevel(spectrum.LogEigenvalue()-math.Ln2, beyond.MeanTime(), beyond.RelativeError())
	exact.MFPTToSaddle = finite(toSaddle.MeanTime())
	return exact, nil
}
