package sde_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/sde"
)

// TestRelativeStep: in t and in tau a step counts in relaxation times at the
// minimum; from 2 on, and only then, it is refused, and that is where a run
// without noise moves away from the minimum.
func TestRelativeStep(t *testing.T) {
	const h, floor = 8, 0.25
	well, err := landscape.NewDoubleWell(floor, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	atMin := landscape.Spectrum(well, well.Minimum())
	if len(atMin) != 1 || atMin[0] != h {
		t.Fatalf("curvature %v, want %v", atMin, h)
	}
	sigma, err := noise.NewLossIsotropic(well, 0.1, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	for _, steps := range []float64{0.01, 0.29, 0.31, 1.9, 1.999, 2.001, 3} {
		for form, dt := range map[sde.Form]float64{sde.Time: steps / h, sde.LogTime: steps / h * floor} {
			p, err := sde.New(sde.Config{Landscape: well, Noise: sigma, LearningRate: 0.1, Dt: dt, Form: form})
			if err != nil {
				t.Fatal(err)
			}
			if got := p.RelativeStep(well.Minimum()); math.Abs(got/steps-1) > 1e-12 {
				t.Errorf("%v: %g relaxation times, want %g", form, got, steps)
			}
			// A step without noise, from beside the minimum.
			theta := []float64{-1 + 1e-5}
			p.Stepper().Step(theta, []float64{0}, dt)
			away := math.Abs(theta[0]+1) > 1e-5
			err = p.CheckStep(well.Minimum())
			if (err != nil) != away || err != nil && (!errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "2 relaxation times")) {
				t.Errorf("%v, %g relaxation times: error %v, moves away: %t", form, steps, err, away)
			}
			conditions := p.StepConditions(well.Minimum())
			if (len(conditions) == 1 && conditions[0].Name == sde.LongStep) != (steps > 0.3) {
				t.Errorf("%v, %g relaxation times: conditions %v", form, steps, conditions)
			}
		}
	}
}
