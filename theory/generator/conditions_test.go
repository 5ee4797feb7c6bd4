package generator

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model"
)

func TestEscape_Conditions(t *testing.T) {
	names := func(p Axisymmetric) (out []string) {
		for _, c := range escape(t, p, Options{Resolution: 1, Grids: 2}).Conditions {
			out = append(out, c.Name)
		}
		return out
	}
	if got := names(Channel(standardChannel(t, 2), 1./16)); len(got) != 0 {
		t.Errorf("conditions %v, want none", got)
	}
	if diff := cmp.Diff([]string{model.LowBarrier}, names(Channel(standardChannel(t, 2), 0.4))); diff != "" {
		t.Error(diff)
	}
	// A loss that grows like a logarithm holds no stationary density.
	slow := LossProportional(1, 0.5, func(x, _ float64) float64 {
		if x = math.Abs(x); x < 1 {
			return 1 + (1-x*x)*(1-x*x)
		}
		return 1 + 0.1*math.Log1p(40*(x-1)*(x-1))
	}, -1, 0, 1)
	if diff := cmp.Diff([]string{model.LowBarrier, model.NotNormalisable}, names(slow)); diff != "" {
		t.Error(diff)
	}
}

func TestEscape_RefusesNaNInTheBox(t *testing.T) {
	p := LossProportional(1, 0.2, func(x, _ float64) float64 {
		if x < -1.4 {
			return math.NaN()
		}
		return 1 + (1-x*x)*(1-x*x)
	}, -1, 0, 1)
	if _, err := p.Escape(Options{Grids: 2}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("Escape: error %v, want ErrDomain", err)
	}
	if _, err := p.PrincipalEigenvalue(0, Options{Grids: 2}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("PrincipalEigenvalue: error %v, want ErrDomain", err)
	}
	if _, err := p.MeanFirstPassageTime(0, Options{Grids: 2}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("MeanFirstPassageTime: error %v, want ErrDomain", err)
	}
}
