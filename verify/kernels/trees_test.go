package kernels

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat/combin"

	"sgdescape/model"
	"sgdescape/model/dataset"
)

// A minibatch is the samples of one, without those that are zero, and its
// probability.
type minibatch struct {
	samples     []int
	probability float64
}

// minibatches returns those of B out of N samples, in any order.
func minibatches(n, b int, sampling model.Sampling) (all []minibatch) {
	if sampling == model.WithoutReplacement {
		for _, s := range combin.Combinations(n, b) {
			all = append(all, minibatch{s, 1 / float64(combin.Binomial(n, b))})
		}
		return all
	}
	at := map[string]int{}
	for _, s := range combin.Cartesian(slices.Repeat([]int{n}, b)) {
		slices.Sort(s)
		key := ""
		for _, i := range s {
			key += strconv.Itoa(i) + " "
		}
		k, ok := at[key]
		if !ok {
			k = len(all)
			at[key] = k
			all = append(all, minibatch{samples: s})
		}
		all[k].probability += math.Pow(float64(n), -float64(b))
	}
	return all
}

// A tree is SGD with few minibatches, followed along all sequences of them.
type tree struct {
	data      *dataset.Regression
	batches   []minibatch
	eta, beta float64
	b         int
}

// step stores the next velocity and the next point.
func (c tree) step(faster, next, velocity, theta []float64, m minibatch) {
	for i, v := range velocity {
		faster[i] = c.beta * v
	}
	for _, mu := range m.samples {
		x := c.data.Input(mu)
		residual := -c.data.Target(mu)
		for i, t := range theta {
			residual += t * x[i]
		}
		for i := range x {
			faster[i] += residual * x[i] / float64(c.b)
		}
	}
	for i, t := range theta {
		next[i] = t - c.eta*faster[i]
	}
}

// mean returns E[min(K, m)] for the number K of the step at which a run leaves,
// the sum of P(K > k) over k < m.
func (c tree) mean(left func(theta []float64) bool, m int) answer {
	d := c.data.Dim()
	theta, v := make([]float64, m*d), make([]float64, m*d)
	copy(theta, c.data.Minimum())
	var follow func(k int, p float64) float64
	follow = func(k int, p float64) float64 {
		here := theta[k*d : (k+1)*d]
		if k > 0 && left(here) {
			return 0
		}
		sum := p
		if k < m-1 {
			for _, b := range c.batches {
				c.step(v[(k+1)*d:(k+2)*d], theta[(k+1)*d:(k+2)*d], v[k*d:(k+1)*d], here, b)
				sum += follow(k+1, p*b.probability)
			}
		}
		return sum
	}
	return answer{mean: follow(0, 1), error: 1e-9}
}

// exits returns three, a loss, a plane and a box, at four fifths of what some runs
// of m steps reach, in between the points that they visit.
func (c tree) exits(m int) map[string]exit {
	rng := rand.New(rand.NewPCG(7, 8))
	d, minimum := c.data.Dim(), c.data.Minimum()
	normal := make([]float64, d)
	for i := range normal {
		normal[i] = rng.NormFloat64()
	}
	along := func(theta []float64) (x float64) {
		for i, a := range normal {
			x += a * theta[i]
		}
		return x
	}
	size := func(theta []float64) (x float64) {
		for i, t := range theta {
			x = math.Max(x, math.Abs(t-minimum[i]))
		}
		return x
	}
	var reached [3][]float64
	for range 400 {
		theta, v := slices.Clone(minimum), make([]float64, d)
		for range m {
			u, b := rng.Float64(), 0
			for ; b < len(c.batches)-1 && u > c.batches[b].probability; b++ {
				u -= c.batches[b].probability
			}
			next, faster := make([]float64, d), make([]float64, d)
			c.step(faster, next, v, theta, c.batches[b])
			theta, v = next, faster
			for i, x := range []float64{c.data.Loss(theta), along(theta), size(theta)} {
				reached[i] = append(reached[i], x)
			}
		}
	}
	var level [3]float64
	for i, xs := range reached {
		slices.Sort(xs)
		xs = slices.CompactFunc(xs, func(x, y float64) bool { return math.Abs(y-x) < 1e-9*math.Abs(x) })
		k := len(xs) * 4 / 5
		level[i] = (xs[k-1] + xs[k]) / 2
	}
	return map[string]exit{
		"loss":  above(level[0]),
		"plane": beyond(normal, level[1]),
		"box":   outside(func(theta []float64) bool { return !(size(theta) <= level[2]) }),
	}
}

// compare adds the given exits of a tree.
func (c tree) compare(add adder, name, kernel string, p model.SGD, m int, kinds ...string) {
	exits := c.exits(m)
	for _, kind := range kinds {
		e := exits[kind]
		add(name+", "+kind, kernel, c.data, p, c.beta, e, m, func() answer {
			return c.mean(func(theta []float64) bool { return e.left(theta, c.data.Loss(theta), nil, nil) }, m)
		})
	}
}

// largeBatch begins the names of the comparisons that take long.
const largeBatch = "three of 2100 samples, B=1050"

// trees: a few samples in any dimension, both kinds of sampling, momentum and the
// three exits, for the first steps of a run.
func trees(add adder) {
	const with, without = model.WithReplacement, model.WithoutReplacement
	for _, c := range []struct {
		d, n, b  int
		sampling model.Sampling
		steps    int
	}{
		{1, 3, 1, with, 12}, {1, 4, 2, with, 6}, {1, 5, 2, without, 6},
		{2, 3, 1, with, 12}, {2, 3, 2, with, 7}, {2, 4, 2, without, 7},
		{3, 4, 1, without, 10}, {3, 4, 2, with, 6}, {3, 5, 3, without, 6},
		{5, 6, 1, with, 8}, {5, 6, 2, with, 5}, {5, 7, 3, without, 4},
		{10, 11, 1, with, 6}, {10, 11, 2, with, 4}, {10, 11, 9, without, 4},
	} {
		data := must(dataset.Gaussian(uint64(10*c.d+c.n), c.n, c.d, 1))
		p := model.SGD{LearningRate: 0.25 * math.Sqrt(float64(c.b)/float64(c.d)), BatchSize: c.b, DatasetSize: c.n, Sampling: c.sampling}
		batches := minibatches(c.n, c.b, c.sampling)
		for _, beta := range []float64{0, 0.6} {
			name := "tree, d=" + strconv.Itoa(c.d) + ", B=" + strconv.Itoa(c.b) + " " + c.sampling.String()
			if beta > 0 {
				name += ", momentum"
			}
			tree{data, batches, p.LearningRate, beta, c.b}.compare(add, name, lockstep, p, c.steps, "loss", "plane", "box")
		}
	}

	// The loop for subsets of more than 1024 samples. All samples but three are zeros,
	// so that a minibatch is known by which of the three are in it.
	const n, b, d = 2100, 1050, 2
	rng := rand.New(rand.NewPCG(5, 6))
	x, y := make([]float64, n*d), make([]float64, n)
	few := []int{17, 1100, 2050}
	for _, mu := range few {
		x[mu*d], x[mu*d+1], y[mu] = rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()
	}
	var batches []minibatch
	for set := range 1 << len(few) {
		var s []int
		for i, mu := range few {
			if set>>i&1 == 1 {
				s = append(s, mu)
			}
		}
		ways := combin.LogGeneralizedBinomial(n-3, float64(b-len(s))) - combin.LogGeneralizedBinomial(n, b)
		batches = append(batches, minibatch{s, math.Exp(ways)})
	}
	p := model.SGD{LearningRate: 0.4 * b, BatchSize: b, DatasetSize: n, Sampling: without}
	c := tree{must(dataset.NewRegression(x, y, d)), batches, p.LearningRate, 0, b}
	c.compare(add, largeBatch, "*sgd.general", p, 5, "loss")
	c.beta = 0.6
	c.compare(add, largeBatch+", momentum", "*sgd.general", p, 5, "plane", "box")
}
