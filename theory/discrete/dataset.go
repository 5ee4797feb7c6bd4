package discrete

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/stat/combin"

	"sgdescape/model"
	"sgdescape/model/dataset"
)

// SamplingApproximated is the name of the condition of a [DatasetRegression]
// whose minibatches without replacement were approximated.
const SamplingApproximated = "sampling-approximated"

// DatasetRegression is minibatch SGD on a given data set in one dimension,
// started at the minimum and stopped at the first step with L > c L*. The data
// are quenched: the kernel is a mixture over the minibatches of this very set,
//
//	theta' = theta - eta (a theta - b),  a = mean(x²), b = mean(x y) over the minibatch   (Mori2022, Eq. 2)
//
// With B = 1, and whenever there are at most 2e5 different minibatches, the
// mixture is summed minibatch by minibatch, exactly. Otherwise the law of the
// minibatch gradient at every node is the B-fold convolution of the law of one
// gradient, on a grid of 1/32 of its standard deviation that keeps mean and
// variance exactly, by the discrete Fourier transform.
//
// Without replacement the convolution is shrunk about its mean by
// sqrt((N-B)/(N-1)), which gives the exact covariance (Mori2022, Eq. 8) but a
// third cumulant that is off by a relative O(B/N); a condition says so.
//
// T has jumps of relative size 1/N, because the boundary cuts a mixture of
// points. A finer grid therefore does not converge as for a population; the
// error estimate contains the effect. With the default settings the mean time
// is good to about 1e-3 relative, estimated as twice that. N = 1e4 takes half a second; with B > 1 the
// cost is in proportion to N beyond that.
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
	edge := math.Sqrt(2 * p.Data.MinimumLoss() * (p.LossRatio - 1) / h)
	source := fmt.Sprintf("integral equation T = eta + K T of SGD (Mori2022, Eq. 2), data set of N=%d, eta=%v, B=%d %s replacement",
		n, p.LearningRate, b, p.Sampling)
	chain := mixtureChain{eta: p.LearningRate, edge: edge, one: one, b: b, shrink: 1}
	if all := minibatches(one, b, p.Sampling); all != nil {
		chain.one, chain.b = all, 1
		return solve(chain, 0, p.LearningRate, s, source)
	}
	if p.Sampling == model.WithReplacement {
		return solve(chain, 0, p.LearningRate, s, source)
	}
	chain.shrink = math.Sqrt(float64(n-b) / float64(n-1)) // Eq. 8
	return solve(chain, 0, p.LearningRate, s, source, model.Condition{Name: SamplingApproximated,
		Detail: fmt.Sprintf("minibatches without replacement have the exact covariance, but a third cumulant off by about B/N = %.3g", float64(b)/float64(n))})
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

// mixtureChain draws b independent moments a step and shrinks their mean about
// its expectation.
type mixtureChain struct {
	eta, edge float64
	one       []moment
	b         int
	shrink    float64
}

func (c mixtureChain) interval() (float64, float64) { return -c.edge, c.edge }

func (c mixtureChain) finest() [2]float64 {
	_, low := c.jump(-c.edge)
	_, high := c.jump(c.edge)
	return [2]float64{low / 50, high / 50}
}

// jump returns the mean and the standard deviation of eta times the minibatch
// gradient at z.
func (c mixtureChain) jump(z float64) (mean, sd float64) {
	for _, m := range c.one {
		mean += m.weight * (m.a*z - m.b)
	}
	for _, m := range c.one {
		g := m.a*z - m.b - mean
		sd += m.weight * g * g
	}
	return c.eta * mean, c.eta * c.shrink * math.Sqrt(sd/float64(c.b))
}

// roughness: as many points as a tenth of a second or so pays for.
func (c mixtureChain) roughness() int {
	if c.b > 1 {
		return 2
	}
	return min(max(100000/len(c.one), 3), 16)
}

func (c mixtureChain) steps(s Settings) step {
	if c.b == 1 {
		return c.pointwise()
	}
	return func(z float64, emit func(next, weight float64)) {
		mean, sd := c.jump(z)
		from, spacing, law := c.convolved(z, mean, sd, float64(s.Nodes))
		for i, weight := range law {
			// The weight stands for a cell of the grid; the boundary may cut it.
			next := z - (from + spacing*float64(i))
			low, high := math.Max(next-spacing/2, -c.edge), math.Min(next+spacing/2, c.edge)
			if low < high && math.Abs(weight) > negligible {
				emit((low+high)/2, weight*(high-low)/spacing)
			}
		}
	}
}

func (c mixtureChain) below(s Settings, level float64) func(z float64) float64 {
	next := c.steps(s)
	return func(z float64) float64 {
		sum := 0.0
		next(z, func(x, w float64) {
			if x <= level {
				sum += w
			}
		})
		return sum
	}
}

// pointwise sums the mixture point by point. Many points are first shared out
// between the two neighbours on a grid of 1/150 of the standard deviation of a
// step, which keeps the mean and adds at most 1/(4 150²) to the variance.
func (c mixtureChain) pointwise() step {
	_, sd := c.jump(0)
	wanted := math.Ceil(300 * c.edge / sd)
	if !(wanted <= float64(len(c.one)/2)) {
		return func(z float64, emit func(next, weight float64)) {
			for _, m := range c.one {
				if next := z - c.eta*(m.a*z-m.b); math.Abs(next) <= c.edge {
					emit(next, m.weight)
				}
			}
		}
	}
	cells := int(wanted)
	spacing := 2 * c.edge / float64(cells)
	return func(z float64, emit func(next, weight float64)) {
		shared := make([]float64, cells+2)
		for _, m := range c.one {
			next := z - c.eta*(m.a*z-m.b)
			if !(math.Abs(next) <= c.edge) {
				continue
			}
			x := (next + c.edge) / spacing
			i := min(int(x), cells)
			f := x - float64(i)
			shared[i] += m.weight * (1 - f)
			shared[i+1] += m.weight * f
		}
		for i, weight := range shared {
			if weight > 0 {
				emit(math.Min(spacing*float64(i)-c.edge, c.edge), weight)
			}
		}
	}
}

// convolved returns the law of eta times the minibatch gradient at z, on the
// grid from + spacing i.
func (c mixtureChain) convolved(z, mean, sd, perDeviation float64) (from, spacing float64, law []float64) {
	b := float64(c.b)
	part := func(m moment) float64 { // one sample's share, about the mean
		return c.shrink * (c.eta*(m.a*z-m.b) - mean) / b
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, m := range c.one {
		low, high = math.Min(low, part(m)), math.Max(high, part(m))
	}
	spacing = sd / perDeviation
	// The transform is periodic. What it wraps round must land outside the
	// interval: the period holds the interval twice over and all of the sum, or
	// as much of it as is not astronomically rare.
	reach := math.Min(b*(high-low), math.Max(40*sd, 8*(high-low)))
	half := int(math.Ceil((2*c.edge + math.Abs(mean) + reach) / spacing))
	size := 1
	for size < 2*half+2 {
		size *= 2
	}
	law = make([]float64, size)
	for _, m := range c.one {
		x := part(m) / spacing
		j := math.Round(x)
		f := x - j
		at := func(k float64) int { return (int(j+k)%size + size) % size }
		// Three weights with the moments 1, f, f².
		law[at(-1)] += m.weight * (f*f - f) / 2
		law[at(0)] += m.weight * (1 - f*f)
		law[at(1)] += m.weight * (f*f + f) / 2
	}
	fft := fourier.NewFFT(size)
	coefficients := fft.Coefficients(nil, law)
	for i, z := range coefficients {
		power := complex(1, 0)
		for k := c.b; k > 0; k /= 2 {
			if k%2 == 1 {
				power *= z
			}
			z *= z
		}
		coefficients[i] = power
	}
	wrapped := fft.Sequence(nil, coefficients)
	for i := range law {
		law[i] = wrapped[(i+size/2)%size] / float64(size)
	}
	return mean - spacing*float64(size/2), spacing, law
}
