package discrete

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
)

func gaussianData(t testing.TB, n, d int) *dataset.Regression {
	t.Helper()
	data, err := dataset.Gaussian(7, n, d, 1)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestStat_DatasetRegression(t *testing.T) {
	for i, p := range []DatasetRegression{
		{gaussianData(t, 40, 1), 0.2, 1, model.WithReplacement, 1.8},
		{gaussianData(t, 40, 1), 0.5, 3, model.WithoutReplacement, 1.6},
		{gaussianData(t, 300, 1), 1, 5, model.WithReplacement, 1.8},
		{gaussianData(t, 300, 1), 1, 5, model.WithoutReplacement, 1.8},
	} {
		n := p.Data.Len()
		inputs, targets := p.Data.Inputs(), p.Data.Targets()
		ledger.Assert(t, simulation("data set", i), meanOf(mustSolve(t, p, Settings{}), 4000, func(rng *rand.Rand) int {
			batch := rng.Perm(n)
			theta := p.Data.Minimum()[0]
			for k := 1; ; k++ {
				grad := 0.0
				for j := range p.BatchSize {
					if p.Sampling == model.WithReplacement {
						batch[j] = rng.IntN(n)
					} else {
						other := j + rng.IntN(n-j)
						batch[j], batch[other] = batch[other], batch[j]
					}
					x, y := inputs[batch[j]], targets[batch[j]]
					grad += (theta*x - y) * x / float64(p.BatchSize)
				}
				theta -= p.LearningRate * grad
				if p.Data.Loss([]float64{theta}) > p.LossRatio*p.Data.MinimumLoss() {
					return k
				}
			}
		}))
	}
}

// forced returns the chain that is solved by the Fourier transform, however few
// minibatches there are.
func (p DatasetRegression) forced() mixtureChain {
	atMin, h, n := p.Data.Minimum()[0], 0.0, float64(p.Data.Len())
	var one []moment
	for mu := range p.Data.Len() {
		x, y := p.Data.Input(mu)[0], p.Data.Target(mu)
		one = append(one, moment{x * x, x * (y - atMin*x), 1 / n})
		h += x * x / n
	}
	chain := mixtureChain{eta: p.LearningRate, edge: math.Sqrt(2 * p.Data.MinimumLoss() * (p.LossRatio - 1) / h), one: one, b: p.BatchSize, shrink: 1}
	if p.Sampling == model.WithoutReplacement {
		return chain.withoutReplacement()
	}
	return chain
}

// The Fourier transform against the sum over all minibatches.
func TestDatasetRegression_TransformAgainstEnumeration(t *testing.T) {
	const with, without = model.WithReplacement, model.WithoutReplacement
	for _, p := range []DatasetRegression{
		{gaussianData(t, 60, 1), 0.4, 2, with, 1.8},
		{gaussianData(t, 60, 1), 0.4, 2, without, 1.8},
		{gaussianData(t, 20, 1), 0.8, 5, without, 1.8},
		{gaussianData(t, 18, 1), 1.2, 9, without, 1.4},
		{gaussianData(t, 60, 1), 1.7, 58, without, 1.02},
	} {
		exact := mustSolve(t, p, Settings{}).MeanSteps()
		transformed, err := solve(p.forced(), 0, p.LearningRate, Settings{}, "")
		if err != nil {
			t.Fatal(err)
		}
		within(t, "E[k]", transformed.MeanSteps().Value, exact.Value, 2e-3)
	}
}

// The law on the grid has the mass, mean and variance of the mixture.
func TestDatasetRegression_Moments(t *testing.T) {
	chain := DatasetRegression{gaussianData(t, 60, 1), 0.4, 2, model.WithReplacement, 1.8}.forced()
	mean, sd := chain.jump(0.3)
	law := chain.convolved(0.3, mean, sd, 32)
	var mass, first, second float64
	for i, w := range law.weights {
		x := law.first + law.spacing*float64(i)
		mass += w
		first += w * x
		second += w * x * x
	}
	within(t, "mass", mass, 1, 1e-12)
	within(t, "mean", first, mean, 1e-9)
	within(t, "standard deviation", math.Sqrt(second-first*first), sd, 1e-9)
}

// TestReject_ReplacementMixedUp: with B/N = 1/5 the two schemes differ by more
// than both errors.
func TestReject_ReplacementMixedUp(t *testing.T) {
	data := gaussianData(t, 25, 1)
	with := mustSolve(t, DatasetRegression{data, 0.8, 5, model.WithReplacement, 1.8}, Settings{}).MeanSteps()
	without := mustSolve(t, DatasetRegression{data, 0.8, 5, model.WithoutReplacement, 1.8}, Settings{}).MeanSteps()
	if !(without.Value-with.Value > 5*(with.Error+without.Error)) {
		t.Errorf("E[k] with replacement %v, without %v: not told apart", with, without)
	}
}

// Many points are shared out on a grid; the grid must not matter.
func TestDatasetRegression_ManyPoints(t *testing.T) {
	p := DatasetRegression{gaussianData(t, 4000, 1), 0.3, 1, model.WithReplacement, 1.8}
	got := mustSolve(t, p, Settings{})
	if conditions := got.Conditions(); len(conditions) != 0 {
		t.Errorf("conditions %v, want none", conditions)
	}
	grid := mixtureChain{eta: 0.3, edge: 1, b: 1, shrink: 1}
	for mu := range p.Data.Len() {
		x, y := p.Data.Input(mu)[0], p.Data.Target(mu)
		grid.one = append(grid.one, moment{x * x, x * y, 1.0 / 4000})
	}
	moments := func(c mixtureChain) (sum, mass float64) {
		c.steps(Settings{}.orDefault())(0.4, func(next, w float64) {
			sum += w * math.Exp(next)
			mass += w
		})
		return sum, mass
	}
	sum, mass := moments(grid)
	var want, stay float64
	for _, m := range grid.one {
		if next := 0.4 - 0.3*(m.a*0.4-m.b); math.Abs(next) <= 1 {
			want += m.weight * math.Exp(next)
			stay += m.weight
		}
	}
	within(t, "probability to stay", mass, stay, 1e-12)
	within(t, "E[exp(next)]", sum, want, 1e-5)
}

// Nothing is approximated without replacement, however many minibatches there are.
func TestDatasetRegression_Condition(t *testing.T) {
	p := mustSolve(t, DatasetRegression{gaussianData(t, 200, 1), 0.5, 4, model.WithoutReplacement, 1.5}, Settings{Order: 6, Nodes: 16})
	if conditions := p.Conditions(); len(conditions) != 0 {
		t.Errorf("conditions %v, want none", conditions)
	}
	if p.Source() == "" {
		t.Error("no source")
	}
}

func TestSolve_Domain(t *testing.T) {
	data, plane := gaussianData(t, 20, 1), gaussianData(t, 20, 2)
	valley, err := landscape.NewIsotropicValley(1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	regression := GaussianRegression{LearningRate: 0.1, BatchSize: 1, Dim: 1, LossRatio: 2}
	for _, tc := range []struct {
		name string
		p    problem
		s    Settings
		bad  int
	}{
		{"everything", GaussianRegression{InputVariance: -1}, Settings{Order: 3, Nodes: 65}, 7},
		{"settings", regression, Settings{Order: 100}, 1},
		{"Gaussian noise, everything", gaussianNoise{GaussianRegression{LearningRate: math.NaN(), LossRatio: 1}}, Settings{}, 4},
		{"scheme, everything", EulerMaruyama{}, Settings{Nodes: -1}, 8},
		{"line, everything", GaussianChain{Low: 1, High: math.Inf(1), Start: 0}, Settings{}, 5},
		{"line, boundaries", GaussianChain{Landscape: valley, Noise: unit{}, LearningRate: 1, Low: 1, High: 0, Start: 2}, Settings{}, 2},
		{"no data", DatasetRegression{}, Settings{}, 4},
		{"plane", DatasetRegression{plane, 0.1, 1, model.WithReplacement, 2}, Settings{}, 1},
		{"full batch", DatasetRegression{data, 0.1, 20, model.WithoutReplacement, 2}, Settings{}, 1},
	} {
		_, err := tc.p.Solve(tc.s)
		var domain *model.DomainError
		if !errors.As(err, &domain) || !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v", tc.name, err)
			continue
		}
		if len(domain.Fields) != tc.bad {
			t.Errorf("%s: %d bad fields, want %d: %v", tc.name, len(domain.Fields), tc.bad, err)
		}
	}
}

type gaussianNoise struct{ GaussianRegression }

func (p gaussianNoise) Solve(s Settings) (*Passage, error) { return p.SolveGaussianNoise(s) }

// unit is noise of variance 1.
type unit struct{}

func (unit) Dim() int { return 1 }

func (unit) Covariance(dst *mat.SymDense, _ []float64) { dst.SetSym(0, 0, 1) }

func TestBasin_Domain(t *testing.T) {
	valley, err := landscape.NewIsotropicValley(1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name                string
		l                   landscape.Landscape
		start, level, scale float64
	}{
		{"no landscape", nil, 0, 2, 1},
		{"start above the level", valley, 3, 2, 1},
		{"no end", valley, 0, 1e30, 1e-3},
		{"scale zero", valley, 0, 2, 0},
	} {
		if _, _, err := Basin(tc.l, tc.start, tc.level, tc.scale); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v", tc.name, err)
		}
	}
}

func BenchmarkDatasetRegression(b *testing.B) {
	p := DatasetRegression{gaussianData(b, 10000, 1), 0.1, 1, model.WithReplacement, 1.8}
	b.ReportAllocs()
	var e Estimate
	for b.Loop() {
		e = mustSolve(b, p, Settings{}).MeanFirstPassageTime()
	}
	if !(e.Error <= 2e-3*e.Value) { // an estimate is twice the distance between two resolutions
		b.Errorf("T = %v +- %v, want an estimated relative error of 2e-3", e.Value, e.Error)
	}
}
