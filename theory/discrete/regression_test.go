package discrete

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"sgdescape/model"
)

type problem interface {
	Solve(Settings) (*Passage, error)
}

func mustSolve(t interface{ Fatal(...any) }, p problem, s Settings) *Passage {
	passage, err := p.Solve(s)
	if err != nil {
		t.Fatal(err)
	}
	return passage
}

// naiveSteps runs SGD on fresh Gaussian samples, as one would write it down.
func naiveSteps(rng *rand.Rand, p GaussianRegression) int {
	theta := make([]float64, p.Dim)
	grad := make([]float64, p.Dim)
	x := make([]float64, p.Dim)
	for k := 1; ; k++ {
		clear(grad)
		for range p.BatchSize {
			residual := -rng.NormFloat64()
			for i := range x {
				x[i] = rng.NormFloat64()
				residual += theta[i] * x[i]
			}
			for i := range x {
				grad[i] += residual * x[i] / float64(p.BatchSize)
			}
		}
		r2 := 0.0
		for i := range theta {
			theta[i] -= p.LearningRate * grad[i]
			r2 += theta[i] * theta[i]
		}
		if 1+r2 > p.LossRatio {
			return k
		}
	}
}

// zScore returns the distance of the mean of n runs from E[k], in standard
// deviations sqrt((E[k²] - E[k]²)/n); both moments are those of the solution.
func zScore(p *Passage, n int, run func() int) float64 {
	sum := 0.0
	for range n {
		sum += float64(run())
	}
	mean := p.MeanSteps().Value
	sd := math.Sqrt((p.SecondMoment().Value/(p.eta*p.eta) - mean*mean) / float64(n))
	return (sum/float64(n) - mean) / sd
}

// moderate settings are good to 1e-3, a tenth of what the simulations resolve.
var moderate = Settings{Order: 8, Nodes: 24}

var simulated = []GaussianRegression{
	{LearningRate: 0.2, BatchSize: 1, Dim: 1, LossRatio: 2},
	{LearningRate: 0.6, BatchSize: 3, Dim: 1, LossRatio: 4},
	{LearningRate: 0.1, BatchSize: 1, Dim: 2, LossRatio: 1.5},
	{LearningRate: 0.3, BatchSize: 4, Dim: 5, LossRatio: 1.5},
}

// |z| < 4.5 fails by chance with probability 7e-6 a case.
func TestGaussianRegression_MonteCarlo(t *testing.T) {
	for i, p := range simulated {
		rng := rand.New(rand.NewPCG(1, uint64(i)))
		z := zScore(mustSolve(t, p, moderate), 4000, func() int { return naiveSteps(rng, p) })
		if !(math.Abs(z) < 4.5) {
			t.Errorf("%+v: simulation and solution differ by %.2f standard deviations", p, z)
		}
	}
}

// TestReject_WrongChains holds the same simulation against chains that are
// wrong in one point each.
func TestReject_WrongChains(t *testing.T) {
	p := simulated[0]
	gaussian := func(q GaussianRegression) *Passage {
		passage, err := q.SolveGaussianNoise(Settings{})
		if err != nil {
			t.Fatal(err)
		}
		return passage
	}
	with := func(change func(*GaussianRegression)) GaussianRegression {
		q := p
		change(&q)
		return q
	}
	for _, tc := range []struct {
		name  string
		wrong *Passage
	}{
		{"learning rate off by 5 %", mustSolve(t, with(func(q *GaussianRegression) { q.LearningRate *= 1.05 }), moderate)},
		{"one dimension more", mustSolve(t, with(func(q *GaussianRegression) { q.Dim++ }), moderate)},
		{"one sample more", mustSolve(t, with(func(q *GaussianRegression) { q.BatchSize++ }), moderate)},
		{"threshold off by 3 %", mustSolve(t, with(func(q *GaussianRegression) { q.LossRatio *= 1.03 }), moderate)},
		{"Gaussian noise", gaussian(p)},
	} {
		rng := rand.New(rand.NewPCG(1, 0))
		z := zScore(tc.wrong, 4000, func() int { return naiveSteps(rng, p) })
		if math.Abs(z) < 4.5 {
			t.Errorf("%s: not rejected, z = %.2f", tc.name, z)
		}
	}
}

// The distance from a finer solution must lie within ten times the reported
// error, and below the accuracy the package states.
func TestGaussianRegression_ErrorEstimate(t *testing.T) {
	for _, tc := range []struct {
		p    GaussianRegression
		rtol float64
	}{
		{GaussianRegression{LearningRate: 0.1, BatchSize: 1, Dim: 1, LossRatio: 2}, 1e-7},
		{GaussianRegression{LearningRate: 1, BatchSize: 10, Dim: 1, LossRatio: 3}, 1e-7},
		{GaussianRegression{LearningRate: 0.5, BatchSize: 4, Dim: 3, LossRatio: 1.3}, 5e-5},
	} {
		got := mustSolve(t, tc.p, Settings{}).MeanFirstPassageTime()
		want := mustSolve(t, tc.p, Settings{Order: 14, Nodes: 40}).MeanFirstPassageTime()
		within(t, "T", got.Value, want.Value, tc.rtol)
		if distance := math.Abs(got.Value - want.Value); !(distance <= 10*got.Error) {
			t.Errorf("%+v: off by %.2g, reported error %.2g", tc.p, distance, got.Error)
		}
	}
}

func TestGaussianRegression_WorkedPoint(t *testing.T) {
	p := mustSolve(t, GaussianRegression{LearningRate: 0.1, BatchSize: 1, Dim: 1, LossRatio: 2}, Settings{})
	within(t, "T", p.MeanFirstPassageTime().Value, 3221.0, 2e-5)
	// Half the value of the time to an unstopped exit needs no correction here:
	// kappa T tends to 1 as the barrier grows.
	within(t, "kappa T", p.EscapeRate()*p.MeanFirstPassageTime().Value, 1, 1e-3)
	within(t, "log kappa", p.LogEscapeRate(), math.Log(p.EscapeRate()), 1e-15)
}

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
var coarse = Settings{Order: 6, Nodes: 14}

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
		base := at(p)
		further, more := p, p
		further.LossRatio *= 1.05
		more.BatchSize++ // at the same eta
		if got := at(further); !(got > base) {
			t.Errorf("E[k] falls from %v to %v as c grows", base, got)
		}
		if got := at(more); !(got > base) {
			t.Errorf("E[k] falls from %v to %v as B grows", base, got)
		}
	})
}

// S(0) = 1, S does not increase, its sum is E[k] and the sum of (2k+1) S(k) is
// E[k²]; the sum of a geometric tail is done in closed form.
func TestProp_Passage_Survival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawRegression(t)
		p.LossRatio = 1 + (p.LossRatio-1)*0.4
		s := mustSolve(t, p, coarse)
		if s.Survival(0) != 1 || s.Survival(-1) != 1 {
			t.Errorf("S(0) = %v, S(-1) = %v, want 1", s.Survival(0), s.Survival(-1))
		}
		const n = 200
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
		if want := s.SecondMoment().Value / (p.LearningRate * p.LearningRate); !(math.Abs(second/want-1) < 1e-6) {
			t.Errorf("sum of (2k+1) S = %v, E[k²] = %v", second, want)
		}
	})
}

// The quasi-stationary population has mass 1 and loses per step what the
// eigenvalue says.
func TestPassage_QuasiStationaryMean(t *testing.T) {
	for _, b := range []int{1, 2} {
		p := GaussianRegression{LearningRate: 0.15 * float64(b), BatchSize: b, Dim: 1, LossRatio: 1.8}
		s := mustSolve(t, p, Settings{})
		next := (&regressionChain{e: 0.15, b: b, d: 1, edge: math.Sqrt(p.LossRatio - 1)}).steps(Settings{}.orDefault())
		lost := s.QuasiStationaryMean(func(r float64) float64 {
			stay := 0.0
			next(r, func(_, w float64) { stay += w })
			return 1 - stay
		})
		within(t, "loss per step", lost, s.DecayPerStep().Value, 1e-7)
		within(t, "mass", s.QuasiStationaryMean(func(float64) float64 { return 1 }), 1, 1e-12)
	}
}

// The step rule must return the moments of one step: E[r'²] in closed form is
// r² (1 - 2eB + e²B(B+1+d)) + e² d B for the inputs of one step.
func TestGaussianRegression_OneStep(t *testing.T) {
	for _, tc := range []struct {
		b, d int
		e, r float64
	}{{1, 1, 0.1, 0.7}, {3, 1, 0.2, 2}, {1, 4, 0.05, 1}, {5, 2, 0.1, 0}, {40, 3, 0.01, 3}} {
		chain := &regressionChain{e: tc.e, b: tc.b, d: tc.d, edge: 1000}
		sum, mass := 0.0, 0.0
		chain.steps(Settings{}.orDefault())(tc.r, func(next, w float64) {
			sum += w * next * next
			mass += w
		})
		b, d := float64(tc.b), float64(tc.d)
		want := tc.r*tc.r*(1-2*tc.e*b+tc.e*tc.e*b*(b+1+d)) + tc.e*tc.e*d*b
		name := fmt.Sprintf("E[r'²] at %+v", tc)
		within(t, name, sum, want, 1e-9)
		within(t, "mass", mass, 1, 1e-12)
	}
}

func BenchmarkGaussianRegression(b *testing.B) {
	for _, bm := range []struct {
		p    GaussianRegression
		rtol float64
	}{
		{GaussianRegression{LearningRate: 0.1, BatchSize: 1, Dim: 1, LossRatio: 2}, 1e-7},
		{GaussianRegression{LearningRate: 0.1, BatchSize: 2, Dim: 2, LossRatio: 1.5}, 5e-5},
	} {
		b.Run(fmt.Sprintf("d=%d", bm.p.Dim), func(b *testing.B) {
			b.ReportAllocs()
			var e Estimate
			for b.Loop() {
				e = mustSolve(b, bm.p, Settings{}).MeanFirstPassageTime()
			}
			if !(e.Error <= bm.rtol*e.Value) {
				b.Errorf("T = %v +- %v, want a relative error of %v", e.Value, e.Error, bm.rtol)
			}
		})
	}
}
