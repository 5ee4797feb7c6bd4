package sde

import (
	"fmt"
	"math"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// A step is measured in relaxation times at the minimum, z = h dt, where h is the
// largest curvature there; in tau it is z = h d tau/L*, because d tau = L dt. On
// the linearised drift a step multiplies by 1 - z (Euler-Maruyama, Milstein) or by
// 1 - z + z²/2 (weak Runge-Kutta); both leave the minimum without any noise for z
// from 2 on (Kloeden & Platen 1992, Sec. 9.8).
const (
	unstableStep = 2
	longStep     = 0.3
)

// LongStep is the name of the condition of [Process.StepConditions].
const LongStep = "long-step"

// RelativeStep returns the step in relaxation times at the minimum, h dt, or
// h d tau/L* with [LogTime].
func (p *Process) RelativeStep(minimum []float64) float64 {
	values := landscape.Spectrum(p.landscape, minimum)
	z := values[len(values)-1] * p.dt
	if p.form == LogTime {
		z /= p.landscape.Loss(minimum)
	}
	return z
}

// CheckStep returns an error wrapping [model.ErrDomain] when the step is so long
// that the scheme leaves the minimum by itself: 2 relaxation times or more.
func (p *Process) CheckStep(minimum []float64) error {
	z := p.RelativeStep(minimum)
	return model.CheckDomain("stochastic differential equation").That(z < unstableStep || math.IsNaN(z), "step "+p.clock(), p.dt,
		fmt.Sprintf("less than %.4g, %d relaxation times at the minimum (it is %.3g): a longer one leaves the minimum without noise", unstableStep*p.dt/z, unstableStep, z)).Err()
}

// StepConditions returns the condition [LongStep] when the step is above 0.3
// relaxation times at the minimum: the simulation then is of the chain of its
// steps rather than of the diffusion.
func (p *Process) StepConditions(minimum []float64) []model.Condition {
	z := p.RelativeStep(minimum)
	if !(z > longStep) {
		return nil
	}
	return []model.Condition{{Name: LongStep, Detail: fmt.Sprintf(
		"the step %s = %.4g is %.3g relaxation times at the minimum, above %g: the runs are of the chain of these steps rather than of the diffusion", p.clock(), p.dt, z, longStep)}}
}

// clock names the step.
func (p *Process) clock() string {
	if p.form == LogTime {
		return "d tau"
	}
	return "dt"
}
