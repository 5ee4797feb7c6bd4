package problem

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
)

// RegressionParameters pose a [Regression].
type RegressionParameters struct {
	LearningRate float64 // eta > 0
	BatchSize    int     // B, 1 <= B <= N
	Dim          int     // d >= 1 inputs; 0 stands for those of Data
	Ratio        float64 // c > 1: exit at L = c L*
	NoiseStd     float64 // s > 0, standard deviation of the targets of the population
	Sampling     model.Sampling
	// Data is the data set; nil stands for the population, N -> infinity, of
	// Gaussian inputs with independent targets.
	Data *dataset.Regression
	// DataName is the file of Data, or another name by which it is known; it may be
	// empty.
	DataName string
}

// Regression is the exit of linear regression, trained by SGD, through the
// loss threshold L = c L* (Mori2022, Fig. 3).
type Regression struct {
	RegressionParameters
	valley     landscape.Valley
	floor      float64             // L*
	population *dataset.Population // nil for a data set
	curvatures []float64           // eigenvalues of H, ascending
}

// NewRegression returns the problem, or an error wrapping [model.ErrDomain].
func NewRegression(p RegressionParameters) (*Regression, error) {
	d := model.CheckDomain("regression").Above(1, "loss ratio c", p.Ratio)
	r := &Regression{RegressionParameters: p}
	sgd := r.SGDParameters()
	d.Include(sgd.Validate())
	if p.Data != nil {
		d.That(p.Dim == 0 || p.Dim == p.Data.Dim(), "dimension d", p.Dim, fmt.Sprintf("%d, the number of inputs in the data", p.Data.Dim()))
		r.Dim, r.valley, r.floor = p.Data.Dim(), p.Data, p.Data.MinimumLoss()
	} else {
		population, err := dataset.NewPopulation(p.Dim, p.NoiseStd)
		if d.Include(err); err == nil {
			r.population, r.valley, r.floor = population, population, population.MinimumLoss()
		}
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	if r.population != nil { // H is the unit matrix
		r.curvatures = make([]float64, r.population.Dim())
		for i := range r.curvatures {
			r.curvatures[i] = 1
		}
		return r, nil
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(r.hessian(), false) {
		return nil, d.That(false, "Hessian H", "without eigenvalues", "a finite matrix").Err()
	}
	r.curvatures = eigen.Values(nil)
	return r, nil
}

// SGDParameters returns eta, B, N and the sampling scheme.
func (p *Regression) SGDParameters() model.SGD {
	s := model.SGD{LearningRate: p.LearningRate, BatchSize: p.BatchSize, Sampling: p.Sampling}
	if p.Data != nil {
		s.DatasetSize = p.Data.Len()
	}
	return s
}

// Name returns "regression".
func (p *Regression) Name() string { return "regression" }

// Parameters returns the parameters by flag name.
func (p *Regression) Parameters() map[string]any {
	m := map[string]any{"eta": p.LearningRate, "batch": p.BatchSize, "d": p.Dim, "c": p.Ratio}
	if p.Data == nil {
		m["population"], m["noise-std"] = true, p.NoiseStd
	} else {
		m["samples"], m["sampling"], m["floor"] = p.Data.Len(), p.Sampling.String(), p.floor
		if p.DataName != "" {
			m["data"] = p.DataName
		}
	}
	return m
}

// MinimumLoss returns L*.
func (p *Regression) MinimumLoss() float64 { return p.floor }

func (p *Regression) hessian() *mat.SymDense {
	h := mat.NewSymDense(p.valley.Dim(), nil)
	p.valley.Hessian(h, p.valley.Minimum())
	return h
}

// ExactNoise returns the exact covariance of the minibatch gradient (Eq. 8).
func (p *Regression) ExactNoise() (noise.Model, error) {
	if p.population != nil {
		return noise.NewGaussianInputs(p.population, p.BatchSize)
	}
	return noise.NewExact(p.Data, p.SGDParameters())
}

// maxDrawn is the largest batch that is drawn from the population: a step takes
// some 0.1 s, and runs are interrupted between blocks of steps alone.
const maxDrawn = 10_000_000

// Valley returns the landscape.
func (p *Regression) Valley() landscape.Valley { return p.valley }

// Ensemble returns runs of SGD (Eq. 2), with B <= 1e7 on the population, or of
// one of its diffusions.
func (p *Regression) Ensemble(s Simulation) (escape.Ensemble, error) {
	if s.ToSaddle {
		return escape.Ensemble{}, noSaddle(p)
	}
	var process escape.Process
	var err error
	switch s.Process {
	case SGD:
		if p.population != nil && p.BatchSize > maxDrawn {
			return escape.Ensemble{}, model.CheckDomain("regression").That(false, "batch size B", p.BatchSize,
				fmt.Sprintf("at most %d for SGD on the population: each step draws B samples", maxDrawn)).Err()
		}
		process, err = s.Pieces.orDefault().SGD(p.valley, p.SGDParameters())
	case SDE, SDELog:
		return valleyEnsemble(p, p.valley, p.floor, p.Ratio, p.LearningRate, p.BatchSize, s)
	case SDEExact:
		var sigma noise.Model
		if sigma, err = p.ExactNoise(); err == nil {
			process, err = diffusion(p.valley, sigma, p.LearningRate, s)
		}
	default:
		err = unsupported(p, s, fmt.Sprint(Processes()))
	}
	if err != nil {
		return escape.Ensemble{}, err
	}
	return s.ensemble(process, p.valley.Minimum(), escape.LossAbove(p.Ratio*p.floor)), nil
}

// isotropy is the largest over the smallest curvature.
func (p *Regression) isotropy() float64 {
	return p.curvatures[len(p.curvatures)-1] / p.curvatures[0]
}

// meanCurvature is the geometric mean of the curvatures.
func (p *Regression) meanCurvature() float64 {
	sum := 0.0
	for _, h := range p.curvatures {
		sum += math.Log(h)
	}
	return math.Exp(sum / float64(len(p.curvatures)))
}
