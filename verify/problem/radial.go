package problem

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/sim/escape"
	"sgdescape/theory/firstpassage"
	"sgdescape/theory/rate"
)

// RadialParameters pose a [Radial].
type RadialParameters struct {
	LearningRate float64 // eta > 0
	BatchSize    int     // B >= 1
	Dim          int     // n >= 1
	Curvature    float64 // h > 0
	Floor        float64 // L* > 0
	Ratio        float64 // c > 1: exit at L = c L*
}

// Radial is the exit from the isotropic quadratic valley through the loss
// threshold L = c L*, with the noise of Eq. 13.
type Radial struct {
	RadialParameters
	valley *landscape.IsotropicValley
}

// NewRadial returns the problem, or an error wrapping [model.ErrDomain].
func NewRadial(p RadialParameters) (*Radial, error) {
	valley, err := landscape.NewIsotropicValley(p.Dim, p.Curvature, p.Floor)
	err = model.CheckDomain("radial").
		Include(checkSGD(p.LearningRate, p.BatchSize)).
		Include(err).
		Above(1, "loss ratio c", p.Ratio).Err()
	if err != nil {
		return nil, err
	}
	return &Radial{p, valley}, nil
}

// Name returns "radial".
func (p *Radial) Name() string { return "radial" }

// Parameters returns the parameters by flag name.
func (p *Radial) Parameters() map[string]any {
	return map[string]any{"eta": p.LearningRate, "batch": p.BatchSize, "n": p.Dim, "h": p.Curvature, "floor": p.Floor, "c": p.Ratio}
}

// Levels computes T0 (Fig. 3b) and T1 (the exact radial integral).
func (p *Radial) Levels(context.Context) (Levels, []model.Condition, error) {
	a := thresholdLevels(p.Dim, p.Curvature, p.Ratio, p.LearningRate, p.BatchSize)
	a.remarkUnstable(p.LearningRate, p.Curvature)
	return a.levels, a.conditions, nil
}

// Valley returns the landscape.
func (p *Radial) Valley() landscape.Valley { return p.valley }

// Ensemble returns runs of Eq. 13 or Eq. 15.
func (p *Radial) Ensemble(s Simulation) (escape.Ensemble, error) {
	if s.Process != SDE && s.Process != SDELog {
		return escape.Ensemble{}, unsupported(p, s, `"sde" or "sde-log": the valley has no data set`)
	}
	return valleyEnsemble(p, p.valley, p.Floor, p.Ratio, p.LearningRate, p.BatchSize, s)
}

// valleyEnsemble returns runs of Eq. 13 or Eq. 15 from the minimum of a
// quadratic valley, through the loss threshold c L*.
func valleyEnsemble(p Problem, l landscape.Valley, floor, ratio, eta float64, batch int, s Simulation) (escape.Ensemble, error) {
	if s.ToSaddle {
		return escape.Ensemble{}, noSaddle(p)
	}
	if err := model.CheckDomain(p.Name()).MatrixDim("dimension n", l.Dim()).Err(); err != nil {
		return escape.Ensemble{}, err
	}
	h := mat.NewSymDense(l.Dim(), nil)
	l.Hessian(h, l.Minimum())
	sigma, err := s.Pieces.orDefault().LossProportional(l, h, batch)
	if err != nil {
		return escape.Ensemble{}, err
	}
	process, err := diffusion(l, sigma, eta, s)
	if err != nil {
		return escape.Ensemble{}, err
	}
	return s.ensemble(process, l.Minimum(), escape.LossAbove(ratio*floor)), nil
}

// thresholdLevels are T0 and T1 of the isotropic valley. T0 is absent where the
// power law does not hold (Eq. 19).
func thresholdLevels(n int, h, c, eta float64, batch int) *answers {
	temperature := eta * h / float64(batch)
	law := rate.Threshold{OutlierCount: n, OutlierCurvature: h, LossRatio: c, Temperature: temperature, LearningRate: eta}
	a := newAnswers(law.Conditions())
	if err := law.Validate(); err == nil {
		a.add("T0")(lawLevel(law))
		a.remark("threshold-exit",
			"without a saddle the power law gives the exponent; the prefactor of T0 is that of the exact integral for large c")
	} else {
		a.add("T0")(Level{}, err)
	}
	a.add("T1")(radialLevel(firstpassage.Radial{Dim: n, BatchOverEtaH: 1 / temperature, Ratio: c, Curvature: h}))
	return a
}

func radialLevel(exact firstpassage.Radial) (Level, error) {
	if err := exact.Validate(); err != nil {
		return Level{}, err
	}
	exit, err := exact.Process().Solve()
	if err != nil {
		return Level{}, err
	}
	return exitLevel(exit)
}
