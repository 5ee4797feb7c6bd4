package problem

import (
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
)

// stepFraction sets the default step of an SDE: this fraction of the
// relaxation time 1/h of the stiffest direction at the minimum.
const stepFraction = 0.004

// diffusion returns the process of Eq. 13, 4 or 15 with the step asked for, or
// with the default one.
func diffusion(l landscape.Valley, sigma noise.Model, eta float64, s Simulation) (escape.Process, error) {
	form := sde.Time
	dt := s.Dt
	if dt == 0 {
		dt = stepFraction / stiffness(l)
	}
	if s.Process == SDELog {
		form = sde.LogTime
		if s.Dt == 0 {
			dt *= l.Loss(l.Minimum()) // d tau = L dt
		}
	}
	process, err := s.Pieces.orDefault().SDE(sde.Config{Landscape: l, Noise: sigma, LearningRate: eta, Dt: dt, Form: form})
	if p, ok := process.(*sde.Process); ok && err == nil {
		err = p.CheckStep(l.Minimum())
	}
	return process, err
}

// stiffness is the largest curvature at the minimum.
func stiffness(l landscape.Valley) float64 {
	values := curvatures(l)
	return values[len(values)-1]
}

// passage returns runs from the minimum over the saddle along the first axis.
func passage(p Problem, l landscape.Passage, sigma noise.Model, eta float64, s Simulation) (escape.Ensemble, error) {
	if s.Process != SDE && s.Process != SDELog {
		return escape.Ensemble{}, unsupported(p, s, `"sde" or "sde-log": the landscape has no data set`)
	}
	process, err := diffusion(l, sigma, eta, s)
	if err != nil {
		return escape.Ensemble{}, err
	}
	normal := make([]float64, l.Dim())
	normal[0] = 1
	end := l.Beyond()
	if s.ToSaddle {
		end = l.Saddle()
	}
	return s.ensemble(process, l.Minimum(), escape.BeyondPlane(normal, end[0])), nil
}

func (s Simulation) ensemble(process escape.Process, start []float64, exit escape.Rule) escape.Ensemble {
	return escape.Ensemble{
		Process: process, Start: start, Exit: exit, Crossing: s.Crossing,
		Horizon: s.Horizon, Replicas: s.Replicas, Seed: s.Seed, Workers: s.Workers,
	}
}
