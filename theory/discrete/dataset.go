package discrete

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/combin"

	"sgdescape/model"
	"sgdescape/model/dataset"
)

// DatasetRegression is minibatch SGD on a given data set in one dimension,
// started at the minimum and stopped at the first step with L > c L*. The data
// are quenched: the kernel is a mixture over the minibatches of this very set,
//
//	theta' = theta - eta (a theta - b),  a = mean(x²), b = mean(x y) over the minibatch   (Mori2022, Eq. 2)
//
// With B = 1, and whenever there are at most 2e5 different minibatches, the
// mixture is summed minibatch by minibatch, exactly. Otherwise the law of the
// minibatch gradient at every node is found by the discrete Fourier transform, on
// a grid of 1/32 of its standard deviation that keeps mean and variance exactly:
// with replacement as the B-fold convolution of the law of one gradient, without
// replacement by the characteristic function of the sum of a random subset
// (Erdos1959).
//
// T has jumps of relative size 1/N, because the boundary cuts a mixture of
// points. A finer grid therefore does not converge as for a population; the
// error estimate contains the effect. With the default settings and B = 1 the mean
// time is good to about 1e-3 relative, estimated as twice that.
//
// With few samples, or minibatches to sum, T is rougher than any polynomial. Up to
// 16 the mean time is good to a few per cent, once in 50 sets no better than 14, and
// the estimate tells: of 124 random sets with N from 2 to 16 none was off by more,
// nor of 111 with N from 24 to 2000.
//
// With the transform it was good to 4e-5 for N >= 200 and B >= 5, estimated as two
// to four times that. The law of the minibatch has to be smooth for that: of 79 sets
// with 2 <= B <= 4 and N <= 300, which are small enough to be summed one by one and
// are, the transform would have missed 11 by more than both estimates, the worst 7
// times.
//
// Cost: N = 1e4 takes half a second with B = 1; with B > 1 and replacement it is in
// proportion to N beyond that. Without replacement two to seven seconds, whatever
// N, as long as B is up to 0.21 N or from 0.79 N on; between, where the law of one
// gradient is not enough, ten to twenty seconds for N up to 1000, and in proportion
// to N beyond. A loss ratio at which the transform would need more than 4e6 points is
// refused with an error; the boundary is then more than 3e4 standard deviations of a
// step at the minimum away from it.
type DatasetRegression struct {
	Data         *dataset.Regression // one-dimensional
	LearningRate float64             // eta > 0
	BatchSize    int                 // B, 1 <= B <= N, and B < N without replacement
	Sampling     model.Sampling
	LossRatio    float64 // c > 1: the run ends at the first step with L > c L*
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field.
func (p DatasetRegression) Validate() error {
	c := model.CheckDomain("regression on a data set").
		That(p.Data != nil && p.Data.Dim() == 1, "data set", dataOf(p.Data), "a regression in 1 dimension").
		Above(1, "loss ratio c", p.LossRatio)
	n := 0
	if p.Data != nil {
		n = p.Data.Len()
		c.That(p.Sampling != model.WithoutReplacement || p.BatchSize != n, "batch size B", p.BatchSize,
			"less than N without replacement: the full batch has no noise")
	}
	return c.Include(model.SGD{LearningRate: p.LearningRate, BatchSize: p.BatchSize, DatasetSize: n, Sampling: p.Sampling}.Validate()).Err()
}

func dataOf(d *dataset.Regression) string {
	if d == nil {
		return "nil"
	}
	return dimOf(d)
}

// Solve returns the exit problem of the chain from the integral equation
// T = eta + K T (closed form of the chain of Mori2022, Eq. 2). The state is
// theta - theta*.
func (p DatasetRegression) Solve(s Settings) (*Passage, error) {
	if err := model.CheckDomain("regression on a data set").Include(p.Validate()).Include(s.Validate()).Err(); err != nil {
		return nil, err
	}
	n, b := p.Data.Len(), p.BatchSize
	atMin := p.Data.Minimum()[0]
	h := 0.0
	one := make([]moment, n)
	for mu := range one {
		x, y := p.Data.Input(mu)[0], p.Data.Target(mu)
		one[mu] = moment{x * x, x * (y - atMin*x), 1 / float64(n)}
		h += x * x / float64(n)
	}
	near := math.Sqrt(2 * p.Data.MinimumLoss() / h) // where L = 2 L*
	edge := math.Sqrt(2 * p.Data.MinimumLoss() * (p.LossRatio - 1) / h)
	source := fmt.Sprintf("integral equation T = eta + K T of SGD (Mori2022, Eq. 2), data set of N=%d, eta=%v, B=%d %s replacement",
		n, p.LearningRate, b, p.Sampling)
	chain := mixtureChain{eta: p.LearningRate, edge: edge, one: one, b: b, shrink: 1, near: near}
	if all := minibatches(one, b, p.Sampling); all != nil {
		chain.one, chain.b = all, 1
	} else if p.Sampling == model.WithoutReplacement {
		chain = chain.withoutReplacement()
	}
	if chain.b > 1 && chain.core().crowded(-edge, edge, normalRoom) {
		if points := chain.points(s.orDefault()); !(points <= mostPoints) {
			return nil, fmt.Errorf("discrete: loss ratio c = %v, want a smaller one: the law of a minibatch gradient at the minimum needs %.3g points, more than %.3g",
				p.LossRatio, points, float64(mostPoints))
		}
	}
	return solve(chain, 0, p.LearningRate, s, source)
}

// A moment is the pair (a, b) of one minibatch, b taken about the minimum, with
// its probability: the gradient at z = theta - theta* is a z - b.
type moment struct{ a, b, weight float64 }

// mostMinibatches is the number up to which minibatches are summed one by one.
const mostMinibatches = 2e5

// minibatches returns every minibatch with its probability, or nil if there are
// too many.
func minibatches(one []moment, b int, sampling model.Sampling) []moment {
	n := len(one)
	if b == 1 {
		return one
	}
	if sampling == model.WithoutReplacement {
		if combin.LogGeneralizedBinomial(float64(n), float64(b)) > math.Log(mostMinibatches) {
			return nil
		}
	} else if float64(b)*math.Log(float64(n)) > math.Log(mostMinibatches) {
		return nil
	}
	var all []moment
	index := make([]int, b)
	add := func() {
		m := moment{weight: 1}
		for _, i := range index {
			m.a += one[i].a / float64(b)
			m.b += one[i].b / float64(b)
		}
		all = append(all, m)
	}
	if sampling == model.WithoutReplacement {
		for g := combin.NewCombinationGenerator(n, b); g.Next(); {
			g.Combination(index)
			add()
		}
	} else {
		lengths := make([]int, b)
		for i := range lengths {
			lengths[i] = n
		}
		for g := combin.NewCartesianGenerator(lengths); g.Next(); {
			g.Product(index)
			add()
		}
	}
	for i := range all {
		all[i].weight = 1 / float64(len(all))
	}
	return all
}
