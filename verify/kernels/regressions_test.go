package kernels

import (
	"math"
	"math/rand/v2"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/sim/escape"
	"sgdescape/sim/sgd"
	"sgdescape/theory/discrete"
)

const lockstep = "*sgd.lockstep"

// regressions returns the comparisons of discrete SGD.
func regressions(factor float64) (table []comparison) {
	add := func(name, kernel string, l landscape.Valley, p model.SGD, beta float64, e exit, horizon int, solve func() answer) {
		p.LearningRate *= factor
		table = append(table, comparison{
			name: "SGD, " + name, kernel: kernel, watch: e.watch, value: steps, answer: solve,
			ensemble: escape.Ensemble{Process: must(sgd.NewMomentum(l, p, beta)), Start: l.Minimum(), Exit: e.rule,
				Horizon: model.Time(float64(horizon) * p.LearningRate)},
		})
	}
	const never = 1 << 40
	population(add, never)
	oneInput(add, never)
	collectors(add, never)
	trees(add)
	return append(table, moving(factor)...)
}

type adder func(name, kernel string, l landscape.Valley, p model.SGD, beta float64, e exit, horizon int, solve func() answer)

func ofPassage(p *discrete.Passage, err error) answer {
	k := must(p, err).MeanSteps()
	return answer{mean: k.Value, error: k.Error}
}

// population: Gaussian inputs, whose chain is one of the radius.
func population(add adder, never int) {
	for _, d := range []int{1, 2, 3, 5, 10} {
		for _, b := range []int{1, 4} {
			p := model.SGD{LearningRate: float64(b) / float64(d+1+b), BatchSize: b}
			c := 1.6 + 0.1*float64(d)
			add("population, d="+strconv.Itoa(d)+", B="+strconv.Itoa(b), lockstep, must(dataset.NewPopulation(d, 1)), p, 0, above(c/2), never, func() answer {
				return ofPassage(discrete.GaussianRegression{LearningRate: p.LearningRate, BatchSize: b, Dim: d, LossRatio: c}.Solve(discrete.Settings{}))
			})
		}
	}
}

// oneInput: a data set with d = 1, whose chain is solved as a mixture over the
// minibatches: summed one by one when there are at most 2e5, and else by Fourier
// transform, with and without replacement.
func oneInput(add adder, never int) {
	for _, c := range []struct {
		n, b       int
		sampling   model.Sampling
		eta, ratio float64 // eta over sqrt(B)
		name       string
	}{
		{1000, 1, model.WithReplacement, 0.2, 1.4, ""}, {1000, 1, model.WithoutReplacement, 0.2, 1.4, ""},
		{1000, 3, model.WithReplacement, 0.2, 1.4, ""}, {1000, 30, model.WithReplacement, 0.2, 1.4, ""},
		{600, 2, model.WithoutReplacement, 0.2, 1.4, ""}, {22, 5, model.WithoutReplacement, 0.2, 1.4, ""},
		{1000, 30, model.WithoutReplacement, 0.2, 1.4, ""}, {1000, 30, model.WithoutReplacement, 0.2, 1.6, ", c=1.6"},
		{24, 12, model.WithoutReplacement, 0.2, 1.1, ", c=1.1"},
	} {
		data := must(dataset.Gaussian(3, c.n, 1, 1))
		p := model.SGD{LearningRate: c.eta * math.Sqrt(float64(c.b)), BatchSize: c.b, DatasetSize: c.n, Sampling: c.sampling}
		add(strconv.Itoa(c.n)+" samples, d=1, B="+strconv.Itoa(c.b)+" "+c.sampling.String()+c.name, lockstep, data, p, 0, above(c.ratio*data.MinimumLoss()), never, func() answer {
			return ofPassage(discrete.DatasetRegression{Data: data, LearningRate: p.LearningRate, BatchSize: c.b, Sampling: c.sampling, LossRatio: c.ratio}.Solve(discrete.Settings{}))
		})
	}
}

// shrunk is the answer for 1000 samples, d=1, B=30 without replacement by
// minibatches with replacement of data whose gradients are nearer to their mean, by
// sqrt((N-B)/(N-1)) for the exact covariance (Mori2022, Eq. 8): the third cumulant
// is off by about B/N.
func shrunk(ratio float64) answer {
	const n, b = 1000, 30
	data := must(dataset.Gaussian(3, n, 1, 1))
	atMin, keep, h := data.Minimum()[0], math.Sqrt((n-b)/float64(n-1)), 0.0
	for j := range n {
		h += data.Input(j)[0] * data.Input(j)[0] / n
	}
	x, y := make([]float64, n), make([]float64, n)
	for j := range n {
		// The gradient at theta is x² (theta - theta*) - x residual, of mean h (theta - theta*).
		xj := data.Input(j)[0]
		x[j] = math.Sqrt(h + keep*(xj*xj-h))
		y[j] = atMin*x[j] + keep*xj*(data.Target(j)-atMin*xj)/x[j]
	}
	near := must(dataset.NewRegression(x, y, 1))
	return ofPassage(discrete.DatasetRegression{Data: near, LearningRate: 0.2 * math.Sqrt(b), BatchSize: b, Sampling: model.WithReplacement,
		LossRatio: 1 + (ratio-1)*data.MinimumLoss()/near.MinimumLoss()}.Solve(discrete.Settings{}))
}

// rotation returns random orthonormal vectors, d x d row-major.
func rotation(d int) []float64 {
	rng := rand.New(rand.NewPCG(4, uint64(d)))
	a := mat.NewDense(d, d, nil)
	for i := range d {
		for k := range d {
			a.Set(i, k, rng.NormFloat64())
		}
	}
	var qr mat.QR
	qr.Factorize(a)
	var q mat.Dense
	qr.QTo(&q)
	return q.RawMatrix().Data
}

// collectors: runs of many steps in several dimensions. The inputs are a q_i, for
// orthonormal q_i, twice each, with the targets s and -s, and eta a²/B = 1. A
// sample then sets the coordinate along q_i to s/a or -s/a, and both samples of
// one direction change its sign: |theta|² counts the directions that were
// touched, as one collects coupons,
//
//	L = L* (1 + m/d) with m directions,  E[steps to d of them] = sum_m d/(d-m) with B = 1
//
// With B = 2 without replacement, a step touches nothing new with both of a pair, or
// two different directions.
func collectors(add adder, never int) {
	for _, d := range []int{2, 3, 5, 10} {
		for _, b := range []int{1, 2} {
			const a, s = 1.3, 0.8
			q := rotation(d)
			var x, y []float64
			for i := range d {
				for _, sign := range []float64{1, -1} {
					for _, c := range q[i*d : (i+1)*d] {
						x = append(x, a*c)
					}
					y = append(y, s*sign)
				}
			}
			data := must(dataset.NewRegression(x, y, d))
			p := model.SGD{LearningRate: float64(b) / (a * a), BatchSize: b, DatasetSize: 2 * d, Sampling: model.WithoutReplacement}
			level := data.MinimumLoss() * (1 + (float64(d)-0.5)/float64(d))
			add("coupons, d="+strconv.Itoa(d)+", B="+strconv.Itoa(b), lockstep, data, p, 0, above(level), never, func() answer {
				return answer{mean: collect(d, b), error: 1e-9}
			})
		}
	}
}

// collect returns the mean number of steps that touch all of d directions.
func collect(d, b int) float64 {
	n := float64(d)
	mean := make([]float64, d+2) // from m directions on; none from d
	for m := d - 1; m >= 0; m-- {
		fresh := n - float64(m)
		if b == 1 {
			mean[m] = n/fresh + mean[m+1]
			continue
		}
		pair := 1 / (2*n - 1) // the second sample is the other one of the first's direction
		two := (1 - pair) * fresh / n * (fresh - 1) / (n - 1)
		one := (1 - pair) * 2 * fresh / n * float64(m) / (n - 1)
		mean[m] = (1 + one*mean[m+1] + two*mean[m+2]) / (one + two)
	}
	return mean[0]
}

// moving: momentum with a population. There is no exit: the mean of |theta|² after
// 64 steps is compared. With M = E|theta|², C = E theta.v, V = E|v|² and
// G = E|grad L_B|² = (1 + (d+1)/B) M + d s²/B, a step gives
//
//	V' = beta² V + 2 beta C + G
//	C' = (beta C + M) - eta V'
//	M' = M - 2 eta (beta C + M) + eta² V'
func moving(factor float64) (table []comparison) {
	for _, d := range []int{1, 3, 5} {
		const k, eta, beta, b = 64, 0.1, 0.7, 4
		e := above(1e12)
		p := model.SGD{LearningRate: eta * factor, BatchSize: b}
		table = append(table, comparison{
			name: "SGD, momentum, population, d=" + strconv.Itoa(d), kernel: lockstep, watch: e.watch,
			ensemble: escape.Ensemble{Process: must(sgd.NewMomentum(must(dataset.NewPopulation(d, 1)), p, beta)), Start: make([]float64, d),
				Exit: e.rule, Horizon: model.Time(k * p.LearningRate), KeepEnds: true},
			value: func(r *escape.Result, i int) (r2 float64) {
				for _, x := range r.Ends[i*d : (i+1)*d] {
					r2 += x * x
				}
				return r2
			},
			answer: func() answer {
				m, c, v, n := 0.0, 0.0, 0.0, float64(d)
				for range k {
					v = beta*beta*v + 2*beta*c + (1+(n+1)/b)*m + n/b
					along := beta*c + m
					c, m = along-eta*v, m-2*eta*along+eta*eta*v
				}
				return answer{mean: m}
			},
		})
	}
	return table
}
