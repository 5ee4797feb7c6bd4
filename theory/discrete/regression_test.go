package discrete

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/theory/rate"
	"sgdescape/verify/stattest"
)

var _ rate.Law = (*Passage)(nil)

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

// meanOf tests the mean of n runs against E[k] of the solution.
func meanOf(p *Passage, n int, run func(rng *rand.Rand) int) stattest.Assertion {
	return func(seed uint64, alpha float64) (stattest.Finding, error) {
		steps := make([]float64, n)
		for i := range steps {
			steps[i] = float64(run(rand.New(rand.NewPCG(seed, uint64(i)))))
		}
		return stattest.MeanTest{Want: p.MeanSteps().Value, Alpha: alpha}.Assert(steps), nil
	}
}

// moderate settings are good to 1e-3, a tenth of what the simulations resolve.
var moderate = Settings{Order: 8, Nodes: 24}

var simulated = []GaussianRegression{
	{LearningRate: 0.2, BatchSize: 1, Dim: 1, LossRatio: 2},
	{LearningRate: 0.6, BatchSize: 3, Dim: 1, LossRatio: 4},
	{LearningRate: 0.1, BatchSize: 1, Dim: 2, LossRatio: 1.5},
	{LearningRate: 0.3, BatchSize: 4, Dim: 5, LossRatio: 1.5},
	{LearningRate: 3, BatchSize: 1, Dim: 1, LossRatio: 1e10},
}

func TestStat_GaussianRegression(t *testing.T) {
	for i, p := range simulated {
		ledger.Assert(t, simulation("Gaussian regression", i), meanOf(mustSolve(t, p, moderate), 4000, func(rng *rand.Rand) int { return naiveSteps(rng, p) }))
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
		{"overshoot corrected away", mustSolve(t, with(func(q *GaussianRegression) {
			edge, err := ShiftedBoundary(1, 0, -q.LearningRate*math.Sqrt(3)) // Sigma(1) = 1 + 2
			if err != nil {
				t.Fatal(err)
			}
			q.LossRatio = 1 + edge*edge
		}), moderate)},
	} {
		ledger.Reject(t, simulation("Gaussian regression", 0), tc.name, meanOf(tc.wrong, 16000, func(rng *rand.Rand) int { return naiveSteps(rng, p) }))
	}
}

// The distance from a finer solution must lie within ten times the reported
// error, and below the accuracy the package states.
func TestGaussianRegression_ErrorEstimate(t *testing.T) {
	finer := Settings{Order: 14, Nodes: 36}
	for _, tc := range []struct {
		p          GaussianRegression
		got, finer Settings
		rtol       float64
	}{
		{GaussianRegression{LearningRate: 0.1, BatchSize: 1, Dim: 1, LossRatio: 2}, Settings{}, finer, 1e-7},
		{GaussianRegression{LearningRate: 1, BatchSize: 10, Dim: 1, LossRatio: 3}, Settings{}, finer, 1e-7},
		{GaussianRegression{LearningRate: 0.5, BatchSize: 4, Dim: 3, LossRatio: 1.3}, moderate, Settings{}, 1e-3},
	} {
		got := mustSolve(t, tc.p, tc.got).MeanFirstPassageTime()
		want := mustSolve(t, tc.p, tc.finer).MeanFirstPassageTime()
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

// Mean square, mass and loss per step of the density against the eigenvector of
// the collocation, which does not know the bins: the bins must agree as 1/bins².
func TestOrder_QuasiStationaryDensity(t *testing.T) {
	line := GaussianChain{Landscape: quartic{}, Noise: unit{}, LearningRate: 0.2, Low: -1, High: 1.2}
	for _, tc := range []struct {
		name string
		p    problem
		bins int
	}{
		{"SGD, B=1", GaussianRegression{LearningRate: 0.3, BatchSize: 1, Dim: 1, LossRatio: 1.8}, 40},
		{"SGD, B=2", GaussianRegression{LearningRate: 0.6, BatchSize: 2, Dim: 1, LossRatio: 1.8}, 40},
		{"SGD, d=3", GaussianRegression{LearningRate: 0.3, BatchSize: 2, Dim: 3, LossRatio: 1.8}, 12},
		{"scheme, n=1", worked(true, 1.5), 40},
		{"scheme, n=2", EulerMaruyama{Step: 0.1, LearningRate: 0.1, BatchSize: 1, Curvature: 1, MinimumLoss: 0.5, LossRatio: 1.5, Dim: 2}, 40},
		{"line", line, 40},
		{"data set", DatasetRegression{gaussianData(t, 500, 1), 0.5, 1, model.WithReplacement, 1.8}, 40},
	} {
		s := mustSolve(t, tc.p, moderate)
		lo, hi := s.fine.chain.interval()
		want := s.QuasiStationaryMean(func(x float64) float64 { return x * x })
		off := func(bins int) float64 {
			density, err := s.QuasiStationaryDensity(bins)
			if err != nil {
				t.Fatal(err)
			}
			mass, moment, width := 0.0, 0.0, (hi-lo)/float64(bins)
			for i, v := range density {
				if v < 0 {
					t.Errorf("%s: density %v in bin %d", tc.name, v, i)
				}
				mass += v * width
				middle := lo + width*(float64(i)+0.5)
				moment += v * width * (middle*middle + width*width/12)
			}
			within(t, tc.name+": mass", mass, 1, 1e-9)
			return math.Abs(moment/want - 1)
		}
		if tc.name == "data set" { // steps of 1/N: no order
			if got := off(tc.bins); !(got < 0.01) {
				t.Errorf("%s: E[x²] off by %.3g with %d bins", tc.name, got, tc.bins)
			}
			continue
		}
		if order := math.Log2(off(tc.bins) / off(2*tc.bins)); !(math.Abs(order-2) < 0.1) {
			t.Errorf("%s: order %.3f, want 2", tc.name, order)
		}
	}
	s := mustSolve(t, worked(true, 1.5), Settings{})
	if _, err := s.QuasiStationaryDensity(3); !errors.Is(err, model.ErrDomain) {
		t.Errorf("3 bins: error %v", err)
	}
}

// quartic is a lopsided well.
type quartic struct{}

func (quartic) Dim() int { return 1 }

func (quartic) Loss(x []float64) float64 { return 1 + x[0]*x[0]*(1+x[0])*(1+x[0])/2 + x[0]*x[0] }

func (quartic) Grad(dst, x []float64) { dst[0] = x[0]*(1+x[0])*(1+2*x[0]) + 2*x[0] }

func (quartic) Hessian(dst *mat.SymDense, x []float64) {
	dst.SetSym(0, 0, 1+6*x[0]+6*x[0]*x[0]+2)
}

// Any parameters in the domain give a finite mean of at least one step.
func TestProp_GaussianRegression_Finite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := GaussianRegression{
			LearningRate: math.Exp(rapid.Float64Range(-1, 2).Draw(t, "log eta")),
			BatchSize:    rapid.IntRange(1, 3).Draw(t, "B"),
			Dim:          rapid.SampledFrom([]int{1, 1, 1, 1, 1, 1, 1, 1, 2}).Draw(t, "d"),
			LossRatio:    1 + math.Exp(rapid.Float64Range(-8, 1).Draw(t, "log(c-1)")),
		}
		s := mustSolve(t, p, coarse)
		m := s.MeanSteps()
		if !(m.Value >= 1 && m.Error >= 0 && m.Error < 0.5*m.Value) {
			t.Errorf("E[k] = %v +- %v", m.Value, m.Error)
		}
		if gap := s.DecayPerStep().Value; !(gap > 0 && gap < 1.01 && gap*m.Value > 0.5) {
			t.Errorf("1 - lambda_1 = %v, E[k] = %v", gap, m.Value)
		}
	})
}

// With an edge much closer than a step nearly every run exits at once; the
// condition says that kappa is then no rate.
func TestPassage_ImmediateExit(t *testing.T) {
	s := mustSolve(t, GaussianRegression{LearningRate: 20, BatchSize: 3, Dim: 2, LossRatio: 1 + 1e-6}, coarse)
	if m := s.MeanSteps().Value; !(m >= 1 && m < 1.01) {
		t.Errorf("E[k] = %v, want next to 1", m)
	}
	if kappa := s.EscapeRate(); !(kappa > 0) {
		t.Errorf("kappa = %v", kappa)
	}
	var names []string
	for _, c := range s.Conditions() {
		names = append(names, c.Name)
	}
	if diff := cmp.Diff([]string{model.LowBarrier}, names); diff != "" {
		t.Error(diff)
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
