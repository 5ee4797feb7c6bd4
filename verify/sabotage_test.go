package verify

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
	"sgdescape/theory/firstpassage"
	"sgdescape/theory/rate"
	"sgdescape/verify/stattest"
)

// sabotages are wrong laws, simulators and estimators. The claim named with
// each must turn red in the short profile, whose wide intervals excuse an
// undecided verdict but never a wrong one.
var sabotages = []struct {
	name  string
	spoil func(*Parts)
	claim string
}{
	{"the 1/L of the change from tau to t is forgotten", func(p *Parts) {
		p.InTime = func(internal rate.Law, _ float64) float64 { return internal.LogEscapeRate() }
	}, "eq23-clock"},
	{"the change from tau to t divides by L*", func(p *Parts) {
		p.InTime = func(internal rate.Law, floor float64) float64 { return internal.LogEscapeRate() - math.Log(floor) }
	}, "eq23-clock"},
	{"n+1 outliers for n in the slope", func(p *Parts) {
		p.ThresholdExponent = func(l rate.Threshold) float64 { l.OutlierCount++; return l.Exponent() }
	}, "eq17-slope"},
	{"n-1 outliers for n in the slope", func(p *Parts) {
		p.ThresholdExponent = func(l rate.Threshold) float64 { l.OutlierCount--; return l.Exponent() }
	}, "eq17-slope"},
	{"n+1 for n in the radial integral", func(p *Parts) {
		p.RadialMeanTime = func(r firstpassage.Radial) (float64, error) { r.Dim++; return r.MeanTime() }
	}, "t1-radial-n2"},
	{"n_c without the 1", func(p *Parts) {
		p.CriticalCount = func(temperature float64) float64 { return 2 / temperature }
	}, "eq19-critical-dimension"},
	{"phi without the 1, as in tau", func(p *Parts) {
		p.StationaryExponent = func(temperature float64) float64 { return 1 / temperature }
	}, "eq18-t"},
	{"h_s for h* in Eq. 16", func(p *Parts) {
		p.LogOneOutlier = func(l rate.OneOutlier) float64 { l.OutlierCurvature = l.EscapeCurvature; return l.LogEscapeRate() }
	}, "eq16-limit"},
	{"the exponent of Eq. 16 without the 1/2", func(p *Parts) {
		p.LogOneOutlier = func(l rate.OneOutlier) float64 { return l.LogEscapeRate() + 0.5*l.LogLossBarrier() }
	}, "eq16-limit"},
	{"the linear barrier in place of the logarithmic one", func(p *Parts) {
		p.LogOneOutlier = func(l rate.OneOutlier) float64 {
			return l.LogEscapeRate() + (l.LogLossBarrier()-(l.LossRatio-1))/l.Temperature
		}
	}, "eq16-well"},
	{"Stratonovich for Ito", func(p *Parts) {
		p.SDE = func(c sde.Config) (escape.Process, error) {
			c.Landscape = stratonovich{c.Landscape.(landscape.Valley), c.Noise, c.LearningRate}
			return sde.New(c)
		}
	}, "eq18-t"},
	{"eta squared for eta in the diffusion", func(p *Parts) {
		p.SDE = func(c sde.Config) (escape.Process, error) {
			c.Noise = scaled{c.Noise, c.LearningRate} // eta Sigma becomes eta^2 Sigma
			return sde.New(c)
		}
	}, "eq18-t"},
	{"the 2 of 2L/B is missing", func(p *Parts) {
		p.LossProportional = func(l landscape.Landscape, h mat.Symmetric, b int) (noise.Model, error) {
			return noise.NewLossProportional(l, h, 2*b)
		}
	}, "barrier-sgd-linear"},
	{"constant noise in place of multiplicative noise", func(p *Parts) {
		p.LossProportional = func(l landscape.Landscape, h mat.Symmetric, b int) (noise.Model, error) {
			return noise.NewAligned(h, 2/float64(b))
		}
	}, "barrier-sgd-ratio"},
	{"sampling schemes swapped", func(p *Parts) {
		p.ExactCovariance = func(s noise.Samples, g model.SGD) (noise.Model, error) {
			g.Sampling = model.WithReplacement + model.WithoutReplacement - g.Sampling
			return noise.NewExact(s, g)
		}
	}, "eq8-without-replacement"},
	{"batch size off by one in SGD", func(p *Parts) {
		make := p.SGD
		p.SGD = func(l landscape.Landscape, g model.SGD) (escape.Process, error) { g.BatchSize++; return make(l, g) }
	}, "fig3b-d1-window"},
	{"censored runs dropped", func(p *Parts) {
		p.Exits = func(r *escape.Result) stattest.Exits {
			x := stattest.Exits{Events: r.Exits}
			for _, o := range r.Outcomes {
				if !o.Censored {
					x.Exposure += float64(o.Time)
				}
			}
			return x
		}
	}, "censored-runs"},
	{"censored runs counted as exits", func(p *Parts) {
		p.Exits = func(r *escape.Result) stattest.Exits {
			return stattest.Exits{Events: len(r.Outcomes), Exposure: float64(r.Exposure)}
		}
	}, "censored-runs"},
	{"the clock of Eq. 15 read as t", func(p *Parts) {
		p.Exits = func(r *escape.Result) stattest.Exits {
			x := stattest.Exits{Events: r.Exits}
			for _, o := range r.Outcomes {
				x.Exposure += float64(o.InternalTime)
			}
			return x
		}
	}, "eq15-well"},
}

// TestReject_Sabotage: each sabotage is caught.
func TestReject_Sabotage(t *testing.T) {
	for _, s := range sabotages {
		t.Run(s.name, func(t *testing.T) {
			claims, err := Select([]string{s.claim})
			if err != nil {
				t.Fatal(err)
			}
			sound, err := NewRunner(Options{Profile: Short, Seed: 2}).Judge(context.Background(), claims[0])
			if err != nil || sound.Problem != "" {
				t.Fatalf("the claim is red without sabotage: %v %s", err, sound.Problem)
			}
			parts := TrueParts()
			s.spoil(&parts)
			r, err := NewRunner(Options{Profile: Short, Seed: 2, Parts: parts}).Judge(context.Background(), claims[0])
			if err != nil {
				t.Fatal(err)
			}
			if r.Problem == "" {
				e := r.Measurement.Effect
				t.Errorf("claim %s did not notice: %v, %s = %.4g [%.4g, %.4g]", s.claim, r.Verdict, e.Name, e.Value, e.Low, e.High)
			}
		})
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

// scaled is a noise model times a factor.
type scaled struct {
	noise.Model
	factor float64
}

func (s scaled) Covariance(dst *mat.SymDense, theta []float64) {
	s.Model.Covariance(dst, theta)
	dst.ScaleSym(s.factor, dst)
}
