package verify_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"sgdescape/model"
	"sgdescape/sim/sde"
	"sgdescape/verify"
)

// TestLongSteps: a step with which the scheme leaves the minimum by itself gives
// no verdict, in either clock, and a long one is told.
func TestLongSteps(t *testing.T) {
	const h, floor = 8, 0.5
	for _, c := range []struct {
		z    float64 // h dt
		want string
	}{{0.08, ""}, {0.4, "condition long-step"}, {1.9, "condition long-step"}, {2.1, "no verdict"}, {24, "no verdict"}} {
		inT := doubleWell(t, 0.04, floor)
		inT.Dt = c.z / h
		inTau := inT
		inTau.Dt = 0
		inTau.Process = must(sde.New(sde.Config{Landscape: inT.Landscape, Noise: inT.Noise, LearningRate: 0.04, Dt: c.z / h * floor, Form: sde.LogTime}))
		for name, s := range map[string]verify.Setup{"t": inT, "tau": inTau} {
			kappa := math.Exp(must(s.Exact()).LogEscapeRate())
			trial := verify.Trial{Replicas: 64, Steps: 2e5}
			j, err := trial.Judge(context.Background(), s, verify.Rate(kappa), verify.Within(0.1))
			refused := errors.Is(err, model.ErrDomain) && strings.Contains(err.Error(), "2 relaxation times at the minimum")
			if refused != (c.want == "no verdict") {
				t.Errorf("%s, h dt = %g: error %v, want it: %t", name, c.z, err, !refused)
			}
			if err == nil && strings.Contains(j.String(), "condition long-step") != (c.want != "") {
				t.Errorf("%s, h dt = %g: %v, want %q", name, c.z, j, c.want)
			}
		}
	}
}
