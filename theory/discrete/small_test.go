package discrete

import (
	"math"
	"math/rand/v2"
	"testing"

	"sgdescape/model/dataset"
)

// TestDatasetRegression_Few: with few samples T jumps at many places, and by much.
// The stated error holds against the law of the state itself, carried forward on a
// fine grid until it decays by one rate, which shares nothing with the panels but
// the step. Two resolutions alone state too little for five of the 30 sets.
func TestDatasetRegression_Few(t *testing.T) {
	sets := 0
	for seed := uint64(0); sets < 30; seed++ {
		rng := rand.New(rand.NewPCG(seed, 3))
		n := 2 + rng.IntN(4)
		x, y := make([]float64, n), make([]float64, n)
		for i := range n {
			x[i], y[i] = rng.NormFloat64(), rng.NormFloat64()
		}
		data, err := dataset.NewRegression(x, y, 1)
		if err != nil {
			t.Fatal(err)
		}
		p := DatasetRegression{Data: data, BatchSize: 1,
			LearningRate: math.Exp(5*rng.Float64() - 3), LossRatio: 1 + math.Exp(4*rng.Float64()-2.5)}
		s, err := p.Solve(Settings{})
		if err != nil {
			continue // it hardly ever leaves
		}
		got := s.MeanSteps()
		if got.Value < 3 || got.Value > 1000 {
			continue
		}
		sets++
		errorHolds(t, p, got)
	}
}

// TestDatasetRegression_MeshesAgree: sets of three samples on which two meshes happen
// to agree so well that four times their distance is too little.
func TestDatasetRegression_MeshesAgree(t *testing.T) {
	for _, c := range []struct {
		x, y     []float64
		rate, at float64
	}{
		{[]float64{0.1756, 0.6897, 1.8501}, []float64{2.5647, 1.5319, -0.5219}, 1.5097, 3.8949},
		{[]float64{0.0173, 1.7570, 0.9541}, []float64{0.5485, 2.7490, 1.2495}, 0.6695, 1.5170},
	} {
		data, err := dataset.NewRegression(c.x, c.y, 1)
		if err != nil {
			t.Fatal(err)
		}
		p := DatasetRegression{Data: data, BatchSize: 1, LearningRate: c.rate, LossRatio: c.at}
		errorHolds(t, p, mustSolve(t, p, Settings{}).MeanSteps())
	}
}

// errorHolds compares E[k] with the law carried forward.
func errorHolds(t *testing.T, p DatasetRegression, got Estimate) {
	t.Helper()
	want, coarser := forward(p, 1<<13), forward(p, 1<<12)
	if !(math.Abs(got.Value-want) <= got.Error+2*math.Abs(want-coarser)+1e-9*want) {
		t.Errorf("%d samples, eta = %v, c = %v: E[k] = %.6g +- %.2g, want %.6g, or %.6g on a coarser grid",
			p.Data.Len(), p.LearningRate, p.LossRatio, got.Value, got.Error, want, coarser)
	}
}

// forward returns E[k] from the law of the state on a grid. What lies between two
// points of it is shared between them, so that the mean is exact.
func forward(p DatasetRegression, cells int) float64 {
	atMin, h := p.Data.Minimum()[0], 0.0
	type sample struct{ shrink, shift float64 }
	var samples []sample
	for mu := range p.Data.Len() {
		x := p.Data.Input(mu)[0]
		h += x * x / float64(p.Data.Len())
		samples = append(samples, sample{1 - p.LearningRate*x*x, p.LearningRate * x * (p.Data.Target(mu) - atMin*x)})
	}
	edge := math.Sqrt(2 * p.Data.MinimumLoss() * (p.LossRatio - 1) / h)
	width := 2 * edge / float64(cells)
	law, next := make([]float64, cells+1), make([]float64, cells+1)
	law[cells/2] = 1
	sum, inside, ratio := 0.0, 1.0, 0.0
	for same := 0; same < 30 && inside > 1e-12; {
		sum += inside
		clear(next)
		after := 0.0
		for i, weight := range law {
			if weight == 0 {
				continue
			}
			weight /= float64(len(samples))
			z := float64(i)*width - edge
			for _, s := range samples {
				to := s.shrink*z + s.shift
				if math.Abs(to) > edge {
					continue
				}
				at := (to + edge) / width
				k := min(int(at), cells-1)
				f := at - float64(k)
				next[k] += weight * (1 - f)
				next[k+1] += weight * f
				after += weight
			}
		}
		same++
		if math.Abs(after/inside-ratio) > 1e-9 {
			same = 0
		}
		inside, ratio = after, after/inside
		law, next = next, law
	}
	return sum + inside/(1-ratio)
}
