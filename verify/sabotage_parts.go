package verify

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
	"sgdescape/sim/sgd"
	"sgdescape/theory/firstpassage"
	"sgdescape/theory/rate"
	"sgdescape/verify/stattest"
)

// sabotages lists them all. What is wrong is reachable from here only.
func sabotages() []sabotage {
	var all []sabotage
	for _, group := range [][]sabotage{lawSabotages(), noiseSabotages(), networkSabotages(), strengthSabotages(), simulatorSabotages(), estimatorSabotages(), suiteSabotages()} {
		all = append(all, group...)
	}
	return all
}

// oneOutlier spoils Eq. 16.
func oneOutlier(change func(rate.OneOutlier) float64) func(*Parts) {
	return func(p *Parts) { p.LogOneOutlier = change }
}

// outliers spoils Eq. 17.
func outliers(change func(rate.Outliers) float64) func(*Parts) {
	return func(p *Parts) { p.LogOutliers = change }
}

// radial spoils the exact integral.
func radial(change func(*firstpassage.Radial)) func(*Parts) {
	return func(p *Parts) {
		p.RadialMeanTime = func(r firstpassage.Radial) (float64, error) { change(&r); return r.MeanTime() }
	}
}

func lawSabotages() []sabotage {
	return []sabotage{
		{name: "Eq. 16: h_s for h*", by: "eq16-limit", spoil: oneOutlier(func(l rate.OneOutlier) float64 {
			l.OutlierCurvature = l.EscapeCurvature
			return l.LogEscapeRate()
		})},
		{name: "Eq. 16: the exponent without the 1/2", by: "eq16-limit", spoil: oneOutlier(func(l rate.OneOutlier) float64 {
			return l.LogEscapeRate() + 0.5*l.LogLossBarrier()
		})},
		{name: "Eq. 16: the linear barrier for the logarithmic one", by: "eq16-well", spoil: oneOutlier(func(l rate.OneOutlier) float64 {
			return l.LogEscapeRate() + (l.LogLossBarrier()-(l.LossRatio-1))/l.Temperature
		})},
		{name: "Eq. 16: 2 % in the rate", by: "eq16-limit", spoil: oneOutlier(func(l rate.OneOutlier) float64 {
			return l.LogEscapeRate() + math.Log(1.02)
		})},
		{name: "Eq. 16: reaching the saddle for passing it", by: "eq16-limit", spoil: oneOutlier(func(l rate.OneOutlier) float64 {
			return l.LogEscapeRate() + math.Ln2
		})},
		{name: "Eq. 16: without the 1/2pi", by: "eq16-limit", spoil: oneOutlier(func(l rate.OneOutlier) float64 {
			return l.LogEscapeRate() + math.Log(2*math.Pi)
		})},
		{name: "Eq. 16: twice the temperature (2L/B for L/B on log L)", by: "eq16-limit", spoil: oneOutlier(func(l rate.OneOutlier) float64 {
			l.Temperature *= 2
			return l.LogEscapeRate()
		})},
		{name: "Eq. 16: per step for per unit of t", by: "eq16-limit", spoil: oneOutlier(func(l rate.OneOutlier) float64 {
			return l.LogEscapeRate() + math.Log(l.LearningRate)
		})},
		{name: "Eq. 17: determinants of minimum and saddle swapped", by: "eq17-limit-n1", spoil: outliers(func(l rate.Outliers) float64 {
			l.LogDetMinimum, l.LogDetSaddle = l.LogDetSaddle, l.LogDetMinimum
			return l.LogEscapeRate()
		})},
		{name: "Eq. 17: n+1 for n", by: "eq17-limit-n1", spoil: outliers(func(l rate.Outliers) float64 {
			l.OutlierCount++
			return l.LogEscapeRate()
		})},
		{name: "Eq. 17: determinants without the root", by: "eq17-limit-n1", spoil: outliers(func(l rate.Outliers) float64 {
			return l.LogEscapeRate() + (l.LogDetMinimum-l.LogDetSaddle)/2
		})},
		{name: "Eq. 17: n/2 left out of its correction", by: "eq17-coefficient-n1", spoil: func(p *Parts) {
			p.FirstOrder = func(l landscape.Passage) (float64, error) {
				c1, err := rate.FirstOrder(l)
				return c1 - float64(l.Dim())/2, err
			}
		}},
		{name: "Eq. 17: no correction at all", by: "eq17-table-n2", spoil: func(p *Parts) {
			p.FirstOrder = func(landscape.Passage) (float64, error) { return 0, nil }
		}},
		{name: "Fig. 3b: n+1 for n in the slope", by: "eq17-slope", spoil: func(p *Parts) {
			p.ThresholdExponent = func(l rate.Threshold) float64 { l.OutlierCount++; return l.Exponent() }
		}},
		{name: "Fig. 3b: n-1 for n in the slope", by: "eq17-slope", spoil: func(p *Parts) {
			p.ThresholdExponent = func(l rate.Threshold) float64 { l.OutlierCount--; return l.Exponent() }
		}},
		{name: "Eq. 18: phi without the 1, as in tau", by: "eq18-t", spoil: func(p *Parts) {
			p.StationaryExponent = func(temperature float64) float64 { return 1 / temperature }
		}},
		{name: "Eq. 18: 2B/(eta h*) for B/(eta h*)", by: "eq18-t", spoil: func(p *Parts) {
			p.StationaryExponent = func(temperature float64) float64 { return 1 + 2/temperature }
		}},
		{name: "Eq. 19: n_c without the 1", by: "eq19-critical-dimension", spoil: func(p *Parts) {
			p.CriticalCount = func(temperature float64) float64 { return 2 / temperature }
		}},
		{name: "Eq. 23: the 1/L of the change from tau to t is forgotten", by: "eq23-clock", spoil: func(p *Parts) {
			p.InTime = func(internal rate.Law, _ float64) float64 { return internal.LogEscapeRate() }
		}},
		{name: "Eq. 23: the change from tau to t divides by L*", by: "eq23-clock", spoil: func(p *Parts) {
			p.InTime = func(internal rate.Law, floor float64) float64 { return internal.LogEscapeRate() - math.Log(floor) }
		}},
		{name: "radial integral: n+1 for n", by: "t1-radial-n1", spoil: radial(func(r *firstpassage.Radial) { r.Dim++ })},
		{name: "radial integral: c-1 for c", by: "t1-radial-n1", spoil: radial(func(r *firstpassage.Radial) { r.Ratio = 1 + (r.Ratio-1)*(r.Ratio-1) })},
		{name: "radial integral: b/2 for b", by: "t1-radial-n1", spoil: radial(func(r *firstpassage.Radial) { r.BatchOverEtaH /= 2 })},
	}
}

func noiseSabotages() []sabotage {
	exact := func(change func(s noise.Samples, g model.SGD, m noise.Model) noise.Model) func(*Parts) {
		return func(p *Parts) {
			p.ExactCovariance = func(s noise.Samples, g model.SGD) (noise.Model, error) {
				m, err := noise.NewExact(s, g)
				if err != nil {
					return nil, err
				}
				return change(s, g, m), nil
			}
		}
	}
	return []sabotage{
		{name: "Eq. 6: the 2 of 2L/B is missing", by: "barrier-sgd-linear", spoil: func(p *Parts) {
			p.LossProportional = func(l landscape.Landscape, h mat.Symmetric, b int) (noise.Model, error) {
				return noise.NewLossProportional(l, h, 2*b)
			}
		}},
		{name: "Eq. 6: constant noise for multiplicative noise", by: "barrier-sgd-ratio", spoil: func(p *Parts) {
			p.LossProportional = func(_ landscape.Landscape, h mat.Symmetric, b int) (noise.Model, error) {
				return noise.NewAligned(h, 2/float64(b))
			}
		}},
		{name: "Eq. 8: sampling schemes swapped", by: "eq8-without-replacement", spoil: func(p *Parts) {
			p.ExactCovariance = func(s noise.Samples, g model.SGD) (noise.Model, error) {
				g.Sampling = model.WithReplacement + model.WithoutReplacement - g.Sampling
				return noise.NewExact(s, g)
			}
		}},
		{name: "Eq. 8: (N-B)/N for (N-B)/(N-1)", by: "eq8-without-replacement", spoil: exact(func(_ noise.Samples, g model.SGD, m noise.Model) noise.Model {
			return scaledNoise{m, float64(g.DatasetSize-1) / float64(g.DatasetSize)}
		})},
		{name: "Eq. 8: the printed 1/N too many", by: "eq8-with-replacement", spoil: exact(func(_ noise.Samples, g model.SGD, m noise.Model) noise.Model {
			return scaledNoise{m, 1 / float64(g.DatasetSize)}
		})},
		{name: "Eq. 8: without grad L grad L^T", by: "eq8-with-replacement", spoil: exact(func(s noise.Samples, g model.SGD, m noise.Model) noise.Model {
			return uncentred{m, s, g}
		})},
		{name: "Eq. 8: the sum for the mean over the minibatch", by: "eq8-with-replacement", spoil: exact(func(_ noise.Samples, g model.SGD, m noise.Model) noise.Model {
			return scaledNoise{m, float64(g.BatchSize * g.BatchSize)}
		})},
	}
}

// sdeWith spoils the configuration of every diffusion.
func sdeWith(change func(*sde.Config)) func(*Parts) {
	return func(p *Parts) {
		p.SDE = func(c sde.Config) (escape.Process, error) { change(&c); return sde.New(c) }
	}
}

// sgdWith spoils the parameters of every SGD.
func sgdWith(change func(*model.SGD)) func(*Parts) {
	return func(p *Parts) {
		p.SGD = func(l landscape.Landscape, g model.SGD) (escape.Process, error) { change(&g); return sgd.New(l, g) }
	}
}

// outcomesWith spoils every outcome of an ensemble.
func outcomesWith(change func(o *escape.Outcome, step model.Time)) func(*Parts) {
	return func(p *Parts) {
		p.Run = func(ctx context.Context, e escape.Ensemble) (*escape.Result, error) {
			r, err := e.Run(ctx)
			if err != nil {
				return r, err
			}
			r.Exposure = 0
			for i := range r.Outcomes {
				change(&r.Outcomes[i], model.Time(e.Process.StepLength()))
				r.Exposure += r.Outcomes[i].Time
			}
			return r, nil
		}
	}
}

// runWith spoils every ensemble.
func runWith(change func(*escape.Ensemble)) func(*Parts) {
	return func(p *Parts) {
		p.Run = func(ctx context.Context, e escape.Ensemble) (*escape.Result, error) { change(&e); return e.Run(ctx) }
	}
}

func simulatorSabotages() []sabotage {
	return []sabotage{
		{name: "Stratonovich for Ito", by: "eq18-t", spoil: sdeWith(func(c *sde.Config) {
			c.Landscape = stratonovich{c.Landscape.(landscape.Valley), c.Noise, c.LearningRate}
		})},
		{name: "eta squared for eta in the diffusion", by: "eq18-t", spoil: sdeWith(func(c *sde.Config) {
			c.Noise = scaledNoise{c.Noise, c.LearningRate}
		})},
		{name: "dt for its root in the noise", by: "eq18-t", spoil: sdeWith(func(c *sde.Config) { c.Noise = scaledNoise{c.Noise, c.Dt} })},
		{name: "uncorrected crossings of a diffusion", by: "crossing", spoil: runWith(func(e *escape.Ensemble) { e.Crossing = escape.Grid })},
		{name: "corrected crossings of discrete SGD", by: "steps", spoil: func(p *Parts) {
			p.SGD = func(l landscape.Landscape, g model.SGD) (escape.Process, error) {
				process, err := sgd.New(l, g)
				return correctedSGD{process, l, g}, err
			}
		}},
		{name: "batch size off by one", by: "fig3a-eta0.3", spoil: sgdWith(func(g *model.SGD) { g.BatchSize++ })},
		{name: "learning rate a quarter too large", by: "fig3b-d1-t4", spoil: sgdWith(func(g *model.SGD) { g.LearningRate *= 1.25 })},
		{name: "momentum left on", by: "fig3b-d1-t4", spoil: func(p *Parts) {
			p.SGD = func(l landscape.Landscape, g model.SGD) (escape.Process, error) { return sgd.NewMomentum(l, g, 0.3) }
		}},
		{name: "one step too few in k", by: "steps", spoil: outcomesWith(func(o *escape.Outcome, step model.Time) { o.Steps--; o.Time -= step })},
		{name: "one step too many in k", by: "steps", spoil: outcomesWith(func(o *escape.Outcome, step model.Time) { o.Steps++; o.Time += step })},
		{name: "the exit of SGD put half a step earlier", by: "steps", spoil: outcomesWith(func(o *escape.Outcome, step model.Time) { o.Time -= step / 2 })},
		{name: "exits looked for at the end of a block only", by: "steps", spoil: outcomesWith(func(o *escape.Outcome, step model.Time) {
			const block = model.Steps(lane.BlockSteps)
			o.Steps = (o.Steps + block - 1) / block * block
			o.Time = step * model.Time(o.Steps)
		})},
		{name: "steps for t", by: "steps", spoil: outcomesWith(func(o *escape.Outcome, _ model.Time) { o.Time = model.Time(o.Steps) })},
		{name: "one seed for every worker", by: "replicas", spoil: func(p *Parts) {
			p.Run = func(ctx context.Context, e escape.Ensemble) (*escape.Result, error) {
				n := e.Replicas
				e.Replicas = (n + 3) / 4
				r, err := e.Run(ctx)
				if err != nil {
					return r, err
				}
				for len(r.Outcomes) < n {
					r.Outcomes = append(r.Outcomes, r.Outcomes[len(r.Outcomes)-e.Replicas])
				}
				return r, nil
			}
		}},
		{name: "the seed is ignored", by: "replicas", spoil: runWith(func(e *escape.Ensemble) { e.Seed = 1 })},
		{name: "every batch begins with replica 0", by: "batches", spoil: runWith(func(e *escape.Ensemble) { e.FirstReplica = 0 })},
		{name: "the number of workers enters the seed", by: "workers", spoil: runWith(func(e *escape.Ensemble) { e.Seed += uint64(e.Workers) })},
	}
}

// exitsFrom spoils the estimator: it sums up the outcomes one by one.
func exitsFrom(add func(x *stattest.Exits, o escape.Outcome)) func(*Parts) {
	return func(p *Parts) {
		p.Exits = func(r *escape.Result) stattest.Exits {
			var x stattest.Exits
			for _, o := range r.Outcomes {
				add(&x, o)
			}
			return x
		}
	}
}

func estimatorSabotages() []sabotage {
	return []sabotage{
		{name: "censored runs dropped", by: "censored-runs", spoil: exitsFrom(func(x *stattest.Exits, o escape.Outcome) {
			if !o.Censored {
				x.Events++
				x.Exposure += float64(o.Time)
			}
		})},
		{name: "censored runs counted as exits", by: "censored-runs", spoil: exitsFrom(func(x *stattest.Exits, o escape.Outcome) {
			x.Events++
			x.Exposure += float64(o.Time)
		})},
		{name: "censored runs counted as zero", by: "censored-runs", spoil: exitsFrom(func(x *stattest.Exits, o escape.Outcome) {
			x.Events++
			if !o.Censored {
				x.Exposure += float64(o.Time)
			}
		})},
		{name: "the clock of Eq. 15 read as t", by: "eq15-well", spoil: exitsFrom(func(x *stattest.Exits, o escape.Outcome) {
			if !o.Censored {
				x.Events++
			}
			x.Exposure += float64(o.InternalTime)
		})},
		{name: "exposure 2 % too long", by: "estimator", spoil: func(p *Parts) {
			p.Exits = func(r *escape.Result) stattest.Exits {
				return stattest.Exits{Events: r.Exits, Exposure: 1.02 * float64(r.Exposure)}
			}
		}},
		{name: "exposure added up in single precision", by: "estimator", spoil: func(p *Parts) {
			p.Exits = func(r *escape.Result) stattest.Exits {
				var sum float32
				for _, o := range r.Outcomes {
					sum += float32(o.Time)
				}
				return stattest.Exits{Events: r.Exits, Exposure: float64(sum)}
			}
		}},
		{name: "one exit too many", by: "estimator", spoil: func(p *Parts) {
			p.Exits = func(r *escape.Result) stattest.Exits {
				return stattest.Exits{Events: r.Exits + 1, Exposure: float64(r.Exposure)}
			}
		}},
	}
}

// stratonovich adds the drift that turns an Ito equation into the Stratonovich
// one of the same coefficients, in one dimension: (1/4) d(eta Sigma)/dx.
type stratonovich struct {
	landscape.Valley
	noise noise.Model
	eta   float64
}

func (s stratonovich) Grad(dst, theta []float64) {
	s.Valley.Grad(dst, theta)
	const step = 1e-5
	above, below := mat.NewSymDense(1, nil), mat.NewSymDense(1, nil)
	s.noise.Covariance(above, []float64{theta[0] + step})
	s.noise.Covariance(below, []float64{theta[0] - step})
	dst[0] -= s.eta * (above.At(0, 0) - below.At(0, 0)) / (2 * step) / 4
}

// scaledNoise is a noise model times a factor.
type scaledNoise struct {
	noise.Model
	factor float64
}

func (s scaledNoise) Covariance(dst *mat.SymDense, theta []float64) {
	s.Model.Covariance(dst, theta)
	dst.ScaleSym(s.factor, dst)
}

// uncentred is Eq. 8 with the second moment in place of the covariance.
type uncentred struct {
	noise.Model
	samples noise.Samples
	sgd     model.SGD
}

func (u uncentred) Covariance(dst *mat.SymDense, theta []float64) {
	u.Model.Covariance(dst, theta)
	g, mean := make([]float64, u.Dim()), mat.NewVecDense(u.Dim(), nil)
	for mu := range u.samples.Len() {
		u.samples.SampleGrad(g, theta, mu)
		mean.AddScaledVec(mean, 1/float64(u.samples.Len()), mat.NewVecDense(len(g), g))
	}
	dst.SymRankOne(dst, u.sgd.CovarianceFactor(), mean)
}

// correctedSGD moves the threshold of SGD on a population inwards, as is right
// for a diffusion only.
type correctedSGD struct {
	escape.Process
	landscape landscape.Landscape
	sgd       model.SGD
}

func (p correctedSGD) Kernel(w lane.Watch) (lane.Kernel, error) {
	population := p.landscape.(*dataset.Population)
	floor := population.MinimumLoss()
	radius := math.Sqrt(2 * (w.Level - floor))
	step := p.sgd.LearningRate * math.Sqrt(2*(floor+radius*radius)/float64(p.sgd.BatchSize))
	inside := math.Max(0, radius-lane.Shift*step)
	w.Level = floor + inside*inside/2
	return p.Process.Kernel(w)
}
