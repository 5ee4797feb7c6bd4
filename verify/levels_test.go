package verify

import (
	"context"
	"errors"
	"math"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
	"sgdescape/sim/sgd"
	"sgdescape/theory/discrete"
	"sgdescape/theory/firstpassage"
	"sgdescape/theory/generator"
)

// An encounter is a level of the theory and the simulation of the same problem.
type encounter struct {
	prediction
	ensemble escape.Ensemble                // without horizon, replicas and seed
	internal bool                           // the clock is tau, the horizon of the ensemble is one of t
	clock    func(o escape.Outcome) float64 // nil for t
	step     float64                        // of the simulation, in the clock's unit
	cost     float64                        // of a step, in units of that of the one-dimensional valley
}

// valley poses the isotropic valley and, with h = 1 and L* = 1/2, the regression
// on Gaussian inputs.
type valley struct {
	eta   float64
	batch int
	n     int // dimension, d of the regression
	h     float64
	floor float64
	c     float64
}

// b is B/(eta h*).
func (v valley) b() float64 { return float64(v.batch) / (v.eta * v.h) }

// barrier is log(T) of the power law: the exponent times log c.
func (v valley) barrier() float64 { return math.Max(v.b()+1-float64(v.n)/2, 0) * math.Log(v.c) }

// must1 returns v and panics if err is not nil.
func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (v valley) landscape() *landscape.IsotropicValley {
	return must1(landscape.NewIsotropicValley(v.n, v.h, v.floor))
}

func (v valley) population() *dataset.Population { return must1(dataset.NewPopulation(v.n, 1)) }

// equation returns runs of Eq. 13, or Eq. 15 in tau, with steps dt in that clock.
func (v valley) equation(form sde.Form, dt float64, crossing escape.Crossing) escape.Ensemble {
	l := v.landscape()
	p := must1(sde.New(sde.Config{Landscape: l, Noise: must1(noise.NewLossProportional(l, MinimumHessian(l), v.batch)),
		LearningRate: v.eta, Dt: dt, Form: form}))
	return escape.Ensemble{Process: p, Start: l.Minimum(), Exit: escape.LossAbove(v.c * v.floor), Crossing: crossing}
}

// exact returns runs of Eq. 4 with the exact covariance of Gaussian inputs.
func (v valley) exact(dt float64, crossing escape.Crossing) escape.Ensemble {
	l := v.population()
	p := must1(sde.New(sde.Config{Landscape: l, Noise: must1(noise.NewGaussianInputs(l, v.batch)), LearningRate: v.eta, Dt: dt}))
	return escape.Ensemble{Process: p, Start: l.Minimum(), Exit: escape.LossAbove(v.c * l.MinimumLoss()), Crossing: crossing}
}

// Steps of a simulation that is held against a diffusion, in units of 1/h with
// the largest curvature: in a valley, and over a saddle, where times are longer.
const (
	diffusionStep = 0.01
	saddleStep    = 0.02
)

// Horizons in units of the mean: about two runs in a hundred are censored, or
// none.
const (
	censoringHorizon = 4
	allHorizon       = 60
)

// t1 is Eq. 13 against the radial integral.
func (v valley) t1() (encounter, error) {
	dt := diffusionStep / v.h
	exit, err := must1(firstpassage.NewProportionalValley(v.n, v.h, v.floor, 1/v.b(), v.c)).Solve()
	if err != nil {
		return encounter{}, err
	}
	p, err := ofExit(exit, stepMargin(v.h, dt, v.barrier()))
	return encounter{prediction: p, ensemble: v.equation(sde.Time, dt, escape.Corrected), step: dt, cost: float64(2*v.n - 1)}, err
}

// t1InTau is Eq. 15, by the time t stored along its runs, against the same.
func (v valley) t1InTau() (encounter, error) {
	e, err := v.t1()
	dtau := diffusionStep / v.h * v.floor
	e.ensemble = v.equation(sde.LogTime, dtau, escape.Corrected)
	return e, err
}

// scheme is the Euler-Maruyama scheme of either equation, watched on its grid,
// against the exactly solved chain.
func (v valley) scheme(form sde.Form, share float64) (encounter, error) {
	dt := share / v.h
	if form == sde.LogTime {
		dt *= v.floor
	}
	chain, err := discrete.EulerMaruyama{InternalTime: form == sde.LogTime, Step: dt, LearningRate: v.eta, BatchSize: v.batch,
		Curvature: v.h, MinimumLoss: v.floor, LossRatio: v.c, Dim: v.n}.Solve(discrete.Settings{})
	if err != nil {
		return encounter{}, err
	}
	return encounter{prediction: ofPassage(chain, dt), ensemble: v.equation(form, dt, escape.Grid), internal: form == sde.LogTime,
		clock: func(o escape.Outcome) float64 { return float64(o.Steps) * dt }, step: dt, cost: float64(2*v.n - 1)}, nil
}

// t2 is Eq. 4 with the exact covariance against its radial integral.
func (v valley) t2() (encounter, error) {
	exit, err := must1(firstpassage.NewGaussianInputs(v.n, v.eta, float64(v.batch), 1, v.c)).Solve()
	if err != nil {
		return encounter{}, err
	}
	p, err := ofExit(exit, stepMargin(1, diffusionStep, v.barrier()))
	return encounter{prediction: p, ensemble: v.exact(diffusionStep, escape.Corrected), step: diffusionStep, cost: float64(10 * v.n)}, err
}

// t3 is Eq. 4 in steps of eta, watched at every step, against the chain with
// Gaussian noise.
func (v valley) t3() (encounter, error) {
	chain, err := v.regression().SolveGaussianNoise(discrete.Settings{})
	if err != nil {
		return encounter{}, err
	}
	return encounter{prediction: ofPassage(chain, v.eta), ensemble: v.exact(v.eta, escape.Grid),
		clock: v.inSteps, step: v.eta, cost: float64(10 * v.n)}, nil
}

// t4 is minibatch SGD against its exactly solved chain.
func (v valley) t4() (encounter, error) {
	var s discrete.Settings
	if v.n > 1 {
		s.Nodes = 20 // a percent of a percent is enough here
	}
	chain, err := v.regression().Solve(s)
	if err != nil {
		return encounter{}, err
	}
	l := v.population()
	p := must1(sgd.New(l, model.SGD{LearningRate: v.eta, BatchSize: v.batch}))
	return encounter{prediction: ofPassage(chain, v.eta), clock: v.inSteps, step: v.eta, cost: float64(2 * v.n * v.batch),
		ensemble: escape.Ensemble{Process: p, Start: l.Minimum(), Exit: escape.LossAbove(v.c * l.MinimumLoss())}}, nil
}

func (v valley) regression() discrete.GaussianRegression {
	return discrete.GaussianRegression{LearningRate: v.eta, BatchSize: v.batch, Dim: v.n, LossRatio: v.c}
}

func (v valley) inSteps(o escape.Outcome) float64 { return float64(o.Steps) * v.eta }

// t4OfData is minibatch SGD on a data set with one input against its chain.
func t4OfData(data *dataset.Regression, s model.SGD, c float64) (encounter, error) {
	chain, err := discrete.DatasetRegression{Data: data, LearningRate: s.LearningRate, BatchSize: s.BatchSize, Sampling: s.Sampling, LossRatio: c}.Solve(discrete.Settings{})
	if err != nil {
		return encounter{}, err
	}
	return encounter{prediction: ofPassage(chain, s.LearningRate), step: s.LearningRate, cost: float64(4 * s.BatchSize),
		clock:    func(o escape.Outcome) float64 { return float64(o.Steps) * s.LearningRate },
		ensemble: escape.Ensemble{Process: must1(sgd.New(data, s)), Start: data.Minimum(), Exit: escape.LossAbove(c * data.MinimumLoss())}}, nil
}

// doubleWell is Eq. 13, or Eq. 15 by the time t it stores, against quadrature.
func doubleWell(floor, height, width, eta float64, form sde.Form) (encounter, error) {
	l := must1(landscape.NewDoubleWell(floor, height, width))
	sigma := must1(noise.NewLossProportional(l, MinimumHessian(l), 1))
	h := MinimumHessian(l).At(0, 0)
	exit, err := must1(firstpassage.NewPassage(l, sigma, eta, l.Beyond())).Solve()
	if err != nil {
		return encounter{}, err
	}
	dt := saddleStep / h
	p, err := ofExit(exit, stepMargin(h, dt, math.Log1p(height/floor)/(eta*h)))
	inClock := dt
	if form == sde.LogTime {
		inClock *= floor
	}
	process := must1(sde.New(sde.Config{Landscape: l, Noise: sigma, LearningRate: eta, Dt: inClock, Form: form}))
	return encounter{prediction: p, step: dt, cost: 1,
		ensemble: escape.Ensemble{Process: process, Start: l.Minimum(), Exit: escape.BeyondPlane([]float64{1}, width)}}, err
}

// channel is Eq. 13 in n dimensions against the generator.
func channel(p landscape.ChannelParameters, temperature float64) (encounter, error) {
	l := must1(landscape.NewChannel(p))
	h := 8 * p.Height / (p.Width * p.Width)
	stiff := math.Max(h, math.Max(p.KMin, p.KSaddle))
	problem, options := generator.Channel(l, temperature), generator.Options{Grids: 2, Resolution: 1.5}
	mean, err := problem.MeanFirstPassageTime(p.Width, options)
	if err != nil {
		return encounter{}, err
	}
	rate, err := problem.PrincipalEigenvalue(p.Width, options)
	if err != nil {
		return encounter{}, err
	}
	dt := saddleStep / stiff
	process := must1(sde.New(sde.Config{Landscape: l, Noise: must1(noise.NewLossIsotropic(l, temperature, 1)), LearningRate: 1, Dt: dt}))
	normal := make([]float64, p.Dim)
	normal[0] = 1
	return encounter{
		prediction: prediction{mean: mean.Value, rate: rate.Value, hazard: rate.Value, settled: 6 / math.Min(h/2, math.Min(p.KMin, p.KSaddle)),
			numerical: mean.RelativeError() + rate.RelativeError(), margin: stepMargin(stiff, dt, math.Log1p(p.Height/p.Floor)/temperature)},
		step: dt, cost: float64(4 * p.Dim),
		ensemble: escape.Ensemble{Process: process, Start: l.Minimum(), Exit: escape.BeyondPlane(normal, p.Width)},
	}, nil
}

// run simulates an encounter with about so many steps, counted by their cost.
func (e encounter) run(seed uint64, budget float64) (runs, error) {
	clock := e.clock
	if clock == nil {
		clock = func(o escape.Outcome) float64 { return float64(o.Time) }
	}
	length := float64(censoringHorizon)
	if e.survival == nil {
		length = allHorizon
	}
	horizon := e.step * math.Ceil(length*e.mean/e.step)
	e.ensemble.Seed = seed
	e.ensemble.Horizon = model.Time(horizon)
	if e.internal {
		e.ensemble.Horizon = 1e6 * model.Time(horizon) // never reached: runs are censored in their own clock
	}
	affordable := budget / (e.cost * e.mean / e.step)
	if affordable < fewestRuns/4 {
		return runs{}, errCostly
	}
	e.ensemble.Replicas = int(math.Min(mostRuns, math.Max(fewestRuns, affordable)))
	r, err := e.ensemble.Run(context.Background())
	if err != nil {
		return runs{}, err
	}
	return runsOf(r, horizon, clock), nil
}

// errCostly is the error of an encounter whose fewest runs would cost four times
// the budget.
var errCostly = errors.New("too few runs for the budget")

const (
	fewestRuns = 300
	mostRuns   = 30000
)
