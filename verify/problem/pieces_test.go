package problem_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
	"sgdescape/verify/problem"
	"sgdescape/verify/tol"
)

// A walker moves along the first axis at speed 1: the simplest process a user
// could write, with an exit time known in advance.
type walker struct{ config sde.Config }

func (w walker) Dim() int                     { return w.config.Landscape.Dim() }
func (w walker) StepLength() float64          { return w.config.Dt }
func (w walker) InLogTime() bool              { return false }
func (w walker) Discrete() bool               { return true }
func (w walker) Loss(theta []float64) float64 { return w.config.Landscape.Loss(theta) }
func (w walker) Kernel(watch lane.Watch) (lane.Kernel, error) {
	return walking{w, watch}, nil
}

type walking struct {
	walker
	watch lane.Watch
}

func (walking) Extra() int               { return 0 }
func (walking) Begin(*lane.State, int)   {}
func (w walking) outside(x float64) bool { return w.watch.Normal[0]*x > w.watch.Level }
func (w walking) Advance(s *lane.State, active, steps int) {
	for k := 1; k <= steps; k++ {
		for j := range active {
			s.Theta[j] += w.config.Dt
			if w.outside(s.Theta[j]) {
				s.Leave(j, k, 0)
			}
		}
	}
}

// TestUsersIntegrator: an integrator written by a user takes the place of this
// program's, on the problem's landscape, start and exit.
func TestUsersIntegrator(t *testing.T) {
	p := must(problem.NewDoubleWell(well))
	for _, c := range []struct {
		name     string
		toSaddle bool
		want     float64 // distance from -w
	}{{"to the saddle", true, 1}, {"to the other minimum", false, 2}} {
		t.Run(c.name, func(t *testing.T) {
			const dt = 1. / 1024
			ensemble, err := p.Ensemble(problem.Simulation{
				Process: problem.SDE, Replicas: 3, Horizon: 10, Dt: dt, ToSaddle: c.toSaddle, Crossing: escape.Grid,
				Pieces: problem.Pieces{SDE: func(c sde.Config) (escape.Process, error) { return walker{c}, nil }},
			})
			if err != nil {
				t.Fatal(err)
			}
			result, err := ensemble.Run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range result.Outcomes {
				if err := tol.CloseAbs(float64(o.Time), c.want, dt); err != nil || o.Censored {
					t.Errorf("run %d: %v, censored %v", o.Replica, err, o.Censored)
				}
			}
		})
	}
}

// TestEveryPieceIsUsed: each piece that a user supplies is asked for with the
// parameters of the problem, and its error is returned.
func TestEveryPieceIsUsed(t *testing.T) {
	refuse := errors.New("not today")
	own := problem.Pieces{
		LossProportional: func(_ landscape.Landscape, _ mat.Symmetric, batch int) (noise.Model, error) {
			if batch != 1 {
				t.Errorf("batch size is %d, want 1", batch)
			}
			return nil, refuse
		},
		SGD: func(_ landscape.Landscape, s model.SGD) (escape.Process, error) {
			if s.LearningRate != 0.1 {
				t.Errorf("learning rate is %v, want 0.1", s.LearningRate)
			}
			return nil, refuse
		},
		SDE: func(c sde.Config) (escape.Process, error) {
			if want := defaultStep; math.Abs(c.Dt-want) > 1e-12 || c.LearningRate != 0.1 || c.Form != sde.Time {
				t.Errorf("the SDE is %+v, want dt = %v, eta = 0.1 and the clock t", c, want)
			}
			return nil, refuse
		},
	}
	withNoise := problem.Pieces{LossProportional: own.LossProportional}
	regression := must(problem.NewRegression(population))
	wellOfOne := must(problem.NewDoubleWell(well))
	valley := must(withRadial(func(p *problem.RadialParameters) { p.Dim = 1 })())
	pipe := must(withChannel(func(p *problem.ChannelParameters) {
		p.Dim, p.LearningRate, p.BatchSize, p.Height, p.Width = 1, 0.1, 1, 1, math.Sqrt(8)
	})())
	for _, c := range []struct {
		name    string
		problem problem.Problem
		process problem.Process
		pieces  problem.Pieces
	}{
		{"SGD of the regression", regression, problem.SGD, own},
		{"noise of the regression", regression, problem.SDE, withNoise},
		{"noise of the well", wellOfOne, problem.SDE, withNoise},
		{"noise of the valley", valley, problem.SDE, withNoise},
		{"SDE of the valley", valley, problem.SDE, problem.Pieces{SDE: own.SDE}},
		{"exact SDE of the regression", regression, problem.SDEExact, problem.Pieces{SDE: own.SDE}},
		{"SDE of the channel", pipe, problem.SDE, problem.Pieces{SDE: own.SDE}},
	} {
		if _, err := c.problem.Ensemble(problem.Simulation{Process: c.process, Replicas: 1, Horizon: 1, Pieces: c.pieces}); !errors.Is(err, refuse) {
			t.Errorf("%s: error is %v, want that of the piece", c.name, err)
		}
	}
	if p := problem.DefaultPieces(); p.LossProportional == nil || p.SDE == nil || p.SGD == nil {
		t.Error("a default piece is missing")
	}
}

// defaultStep is the default step in units of the relaxation time, as the help
// of the command line states it.
const defaultStep = 0.004

// TestDefaultStep: the default step is that part of the relaxation time, in tau
// for Eq. 15, and a given step is taken as it is.
func TestDefaultStep(t *testing.T) {
	p := must(withRadial(func(p *problem.RadialParameters) { p.Curvature, p.Floor = 4, 0.3 })())
	for _, c := range []struct {
		name    string
		process problem.Process
		dt      float64
		want    float64
	}{
		{"t", problem.SDE, 0, defaultStep / 4},
		{"tau", problem.SDELog, 0, defaultStep / 4 * 0.3},
		{"t, given", problem.SDE, 0.05, 0.05},
		{"tau, given", problem.SDELog, 0.05, 0.05},
	} {
		ensemble, err := p.Ensemble(problem.Simulation{Process: c.process, Dt: c.dt, Replicas: 1, Horizon: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := tol.Close(ensemble.Process.StepLength(), c.want, 1e-12); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
