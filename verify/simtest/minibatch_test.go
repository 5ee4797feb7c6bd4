package simtest_test

import (
	"math/rand/v2"
	"testing"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/sim/lane"
	"sgdescape/sim/sgd"
	"sgdescape/verify/simtest"
)

// minibatchSGD is SGD of one's own; batch draws the indices.
type minibatchSGD struct {
	data  *dataset.Regression
	p     model.SGD
	rng   *rand.Rand
	batch func(rng *rand.Rand, p model.SGD) []int
	scale float64 // of the sum of gradients
}

func (s *minibatchSGD) Start(seed, replica uint64) { s.rng = rand.New(rand.NewPCG(seed, replica)) }

func (s *minibatchSGD) Step(theta []float64) {
	sum, g := make([]float64, len(theta)), make([]float64, len(theta))
	for _, mu := range s.batch(s.rng, s.p) {
		s.data.SampleGrad(g, theta, mu)
		for i := range sum {
			sum[i] += g[i]
		}
	}
	for i := range theta {
		theta[i] -= s.p.LearningRate * s.scale * sum[i]
	}
}

// fair draws a minibatch as it should be.
func fair(rng *rand.Rand, p model.SGD) []int {
	if p.Sampling == model.WithoutReplacement {
		return rng.Perm(p.DatasetSize)[:p.BatchSize]
	}
	batch := make([]int, p.BatchSize)
	for i := range batch {
		batch[i] = rng.IntN(p.DatasetSize)
	}
	return batch
}

func newSGD(batch func(*rand.Rand, model.SGD) []int, scale func(model.SGD) float64) simtest.Minibatch {
	return simtest.Minibatch{New: func(data *dataset.Regression, p model.SGD) (simtest.Simulator, error) {
		return &minibatchSGD{data: data, p: p, batch: batch, scale: scale(p)}, nil
	}}
}

func mean(p model.SGD) float64 { return 1 / float64(p.BatchSize) }

func TestStat_MinibatchesConform(t *testing.T) {
	t.Run("own", func(t *testing.T) {
		conforms(t, "own minibatches", minibatches, 1,
			simtest.MinibatchFromProcess(func(data *dataset.Regression, p model.SGD) (lane.Process, error) { return sgd.New(data, p) }).Run)
	})
	t.Run("straightforward", func(t *testing.T) {
		conforms(t, "straightforward minibatches", minibatches, 0.5, newSGD(fair, mean).Run)
	})
}

// TestReject_Minibatches: each wrong sampler is caught by the check that is
// there for it.
func TestReject_Minibatches(t *testing.T) {
	for _, c := range []struct {
		name, check string
		subject     simtest.Minibatch
	}{
		{"without for with", "with", newSGD(func(rng *rand.Rand, p model.SGD) []int {
			p.Sampling = model.WithoutReplacement
			return fair(rng, p)
		}, mean)},
		{"with for without", "without", newSGD(func(rng *rand.Rand, p model.SGD) []int {
			p.Sampling = model.WithReplacement
			return fair(rng, p)
		}, mean)},
		{"last sample of the minibatch dropped", "with", newSGD(func(rng *rand.Rand, p model.SGD) []int {
			return fair(rng, p)[:p.BatchSize-1]
		}, func(p model.SGD) float64 { return 1 / float64(p.BatchSize-1) })},
		{"dropped, and still divided by B", "mean", newSGD(func(rng *rand.Rand, p model.SGD) []int {
			return fair(rng, p)[:p.BatchSize-1]
		}, mean)},
		{"the last sample of the data is never drawn", "mean", newSGD(func(rng *rand.Rand, p model.SGD) []int {
			p.DatasetSize--
			return fair(rng, p)
		}, mean)},
		{"the sum in place of the mean", "mean", newSGD(fair, func(model.SGD) float64 { return 1 })},
		{"a full batch with replacement", "full batch", newSGD(func(rng *rand.Rand, p model.SGD) []int {
			p.Sampling = model.WithReplacement
			return fair(rng, p)
		}, mean)},
	} {
		t.Run(c.name, func(t *testing.T) {
			results, err := c.subject.Run(simtest.Options{Effort: 0.5, Only: []string{c.check}})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(results[0])
			if len(simtest.Rejected(results)) == 0 {
				t.Errorf("not rejected by %s", c.check)
			}
		})
	}
}
