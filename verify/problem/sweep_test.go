package problem_test

import (
	"errors"
	"testing"

	"sgdescape/model"
	"sgdescape/verify/problem"
	"sgdescape/verify/tol"
)

// TestSweep: a family ends at its problem, c rises to it and T falls to it, and
// each member has the value of the axis.
func TestSweep(t *testing.T) {
	byTemperature := channel
	byTemperature.Temperature, byTemperature.TemperatureGiven = 0.25, true
	for _, c := range []struct {
		name    string
		problem problem.Problem
		axis    string
		rising  bool
		value   func(problem.Problem) float64
	}{
		{"radial", must(problem.NewRadial(radial)), "c", true, func(p problem.Problem) float64 { return p.(*problem.Radial).Ratio }},
		{"regression", must(problem.NewRegression(population)), "c", true, func(p problem.Problem) float64 { return p.(*problem.Regression).Ratio }},
		{"data", onData(1, 1, 100, nil), "c", true, func(p problem.Problem) float64 { return p.(*problem.Regression).Ratio }},
		{"double well", must(problem.NewDoubleWell(well)), "T", false, func(p problem.Problem) float64 { return p.(*problem.DoubleWell).PowerLaw().Temperature }},
		{"channel", must(problem.NewChannel(channel)), "T", false, func(p problem.Problem) float64 { return p.(*problem.Channel).PowerLaw().Temperature }},
		{"channel by temperature", must(problem.NewChannel(byTemperature)), "T", false, func(p problem.Problem) float64 { return p.(*problem.Channel).PowerLaw().Temperature }},
	} {
		t.Run(c.name, func(t *testing.T) {
			axis, family, err := problem.Sweep(c.problem, 4)
			if err != nil || axis != c.axis || len(family) != 4 {
				t.Fatalf("axis %q, %d members, %v", axis, len(family), err)
			}
			for i, point := range family {
				if err := tol.Close(point.X, c.value(point.Problem), 1e-13); err != nil {
					t.Errorf("member %d: %v", i, err)
				}
				if i > 0 && (point.X > family[i-1].X) != c.rising {
					t.Errorf("member %d is at %v, the one before at %v", i, point.X, family[i-1].X)
				}
			}
			if err := tol.Close(family[3].X, c.value(c.problem), 1e-13); err != nil {
				t.Errorf("the last member is not the problem: %v", err)
			}
		})
	}
	for _, points := range []int{1, 0, -3} {
		if _, _, err := problem.Sweep(must(problem.NewRadial(radial)), points); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%d points: error is %v, want ErrDomain", points, err)
		}
	}
	if _, _, err := problem.Sweep(stranger{}, 3); !errors.Is(err, model.ErrDomain) {
		t.Errorf("a problem of another kind: error is %v, want ErrDomain", err)
	}
}

// A stranger is a problem this package does not know.
type stranger struct{ problem.Problem }

func (stranger) Name() string { return "stranger" }
