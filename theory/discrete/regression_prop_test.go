package discrete

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"sgdescape/model"
)

// drawRegression keeps B/eta below 8, so that E[k] stays far from the limit of
// float64.
func drawRegression(t *rapid.T) GaussianRegression {
	b := rapid.IntRange(1, 6).Draw(t, "B")
	return GaussianRegression{
		LearningRate: float64(b) / rapid.Float64Range(1.5, 8).Draw(t, "B/eta"),
		BatchSize:    b,
		Dim:          1,
		LossRatio:    rapid.Float64Range(1.2, 2.2).Draw(t, "c"),
	}
}

// coarse settings suffice for comparisons between solutions on like grids.
var coarse = Settings{Order: 4, Nodes: 12}

func TestProp_GaussianRegression_Scaling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawRegression(t)
		h := math.Exp(rapid.Float64Range(-3, 3).Draw(t, "log h"))
		q := p
		q.LearningRate, q.InputVariance = p.LearningRate/h, h
		a, b := mustSolve(t, p, coarse), mustSolve(t, q, coarse)
		for _, x := range []struct {
			what      string
			got, want float64
		}{
			{"E[k]", b.MeanSteps().Value, a.MeanSteps().Value},
			{"kappa", b.EscapeRate(), h * a.EscapeRate()},
			{"T", b.MeanFirstPassageTime().Value, a.MeanFirstPassageTime().Value / h},
		} {
			if !(math.Abs(x.got/x.want-1) < 1e-8) {
				t.Errorf("L -> h L, eta -> eta/h: %s = %v, want %v", x.what, x.got, x.want)
			}
		}
	})
}

func TestProp_GaussianRegression_Monotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawRegression(t)
		at := func(q GaussianRegression) float64 { return mustSolve(t, q, coarse).MeanSteps().Value }
		q, what := p, "c"
		if rapid.Bool().Draw(t, "more samples") {
			q.BatchSize, what = p.BatchSize+1, "B" // at the same eta
		} else {
			q.LossRatio *= 1.05
		}
		if base, got := at(p), at(q); !(got > base) {
			t.Errorf("E[k] falls from %v to %v as %s grows", base, got, what)
		}
	})
}

// S(0) = 1, S does not increase, its sum is E[k] and the sum of (2k+1) S(k) is
// E[k²]; the sum of a geometric tail is done in closed form.
func TestProp_Passage_Survival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := EulerMaruyama{
			InternalTime: rapid.Bool().Draw(t, "internal time"),
			Step:         0.2,
			LearningRate: rapid.Float64Range(0.1, 1).Draw(t, "eta"),
			BatchSize:    1,
			Curvature:    1,
			MinimumLoss:  0.5,
			LossRatio:    rapid.Float64Range(1.1, 1.5).Draw(t, "c"),
			Dim:          1,
		}
		s := mustSolve(t, p, Settings{})
		if s.Survival(0) != 1 || s.Survival(-1) != 1 {
			t.Errorf("S(0) = %v, S(-1) = %v, want 1", s.Survival(0), s.Survival(-1))
		}
		const n = 40
		sum, second, before := 0.0, 0.0, 1.0
		for k := range n {
			now := s.Survival(model.Steps(k))
			if !(now <= before && now >= 0) {
				t.Errorf("S(%d) = %v after %v", k, now, before)
			}
			sum += now
			second += float64(2*k+1) * now
			before = now
		}
		tail, gap := s.Survival(n), s.DecayPerStep().Value
		sum += tail / gap
		second += tail * ((2*n+1)/gap + 2*(1-gap)/(gap*gap))
		if mean := s.MeanSteps().Value; !(math.Abs(sum/mean-1) < 1e-6) {
			t.Errorf("sum of S = %v, E[k] = %v", sum, mean)
		}
		if want := s.SecondMoment().Value / (p.Step * p.Step); !(math.Abs(second/want-1) < 1e-6) {
			t.Errorf("sum of (2k+1) S = %v, E[k²] = %v", second, want)
		}
		// Far out the survival is geometric.
		if ratio := s.Survival(301) / s.Survival(300); !(math.Abs(ratio+gap-1) < 1e-9) {
			t.Errorf("S(301)/S(300) = %v, lambda_1 = %v", ratio, 1-gap)
		}
	})
}
