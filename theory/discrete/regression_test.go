package discrete

import (
	"math"
	"math/rand/v2"
	"testing"
)

func mustSolve(t testing.TB, p interface {
	Solve(Settings) (*Passage, error)
}, s Settings) *Passage {
	t.Helper()
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

// The mean of n independent runs has the standard deviation
// sqrt((E[k²] - E[k]²)/n), both moments from the solution. A distance of 4.5
// of them has the probability 7e-6 by chance.
func TestGaussianRegression_MonteCarlo(t *testing.T) {
	for _, p := range []GaussianRegression{
		{LearningRate: 0.2, BatchSize: 1, Dim: 1, LossRatio: 2},
		{LearningRate: 0.6, BatchSize: 3, Dim: 1, LossRatio: 4},
		{LearningRate: 0.1, BatchSize: 1, Dim: 2, LossRatio: 1.5},
		{LearningRate: 0.3, BatchSize: 4, Dim: 5, LossRatio: 1.5},
	} {
		rng := rand.New(rand.NewPCG(1, uint64(p.Dim)))
		const n = 4000
		sum := 0.0
		for range n {
			sum += float64(naiveSteps(rng, p))
		}
		s := mustSolve(t, p, Settings{})
		mean := s.MeanSteps().Value
		sd := math.Sqrt((s.SecondMoment().Value/(p.LearningRate*p.LearningRate) - mean*mean) / n)
		if z := (sum/n - mean) / sd; !(math.Abs(z) < 4.5) {
			t.Errorf("%+v: simulated E[k] = %.5g, exact %.5g +- %.2g (z = %.2f)", p, sum/n, mean, sd, z)
		}
	}
}
