package simtest

import (
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
	"sgdescape/verify/stattest"
)

// Minibatch is a simulator of SGD under test,
//
//	theta_{k+1} = theta_k - eta grad L_B(theta_k)          (Mori2022, Eq. 2)
type Minibatch struct {
	// New returns a simulator of SGD on the data.
	New func(data *dataset.Regression, p model.SGD) (Simulator, error)
}

// MinibatchFromProcess adapts a [lane.Process]. Without a function it has no New,
// which Run refuses.
func MinibatchFromProcess(build func(data *dataset.Regression, p model.SGD) (lane.Process, error)) Minibatch {
	if build == nil {
		return Minibatch{}
	}
	return Minibatch{New: func(data *dataset.Regression, p model.SGD) (Simulator, error) {
		process, err := build(data, p)
		if err != nil {
			return nil, err
		}
		return newLaneSimulator(process)
	}}
}

// Run runs the suite, with both sampling schemes on a small data set, where
// they differ most:
//
//	mean        the mean of a step is -eta grad L
//	with        the covariance of a step is eta² Sigma, Eq. 8 with replacement
//	without     the same without replacement
//	full batch  without replacement the full batch makes no noise
func (m Minibatch) Run(o Options) ([]Result, error) {
	if err := model.CheckDomain("minibatch").That(m.New != nil, "New", "nil", "a function").Err(); err != nil {
		return nil, err
	}
	build := m.New
	m.New = func(data *dataset.Regression, p model.SGD) (Simulator, error) { return made(build(data, p)) }
	return runAll(minibatchChecks, m, o)
}

// Test runs the suite and fails the test for every check that is red.
func (m Minibatch) Test(t stattest.TB, o Options) {
	t.Helper()
	results, err := m.Run(o)
	report(t, results, err)
}

var minibatchChecks = []check[Minibatch]{
	{"mean", "A minibatch is not a fair sample: some samples come too often, or the sum is not divided by B.", checkStepMean},
	{"with", "The covariance is not that of B independent samples.", func(m Minibatch, o Options, alpha float64) (stattest.Finding, error) {
		return checkStepCovariance(m, o, alpha, model.WithReplacement)
	}},
	{"without", "The covariance is not that of a random subset of B samples: the factor (N-B)/(N-1).", func(m Minibatch, o Options, alpha float64) (stattest.Finding, error) {
		return checkStepCovariance(m, o, alpha, model.WithoutReplacement)
	}},
	{"full batch", "A full batch drawn without replacement is not the whole data set.", checkFullBatch},
}

// samples is the small data set of the suite, the point where steps begin, and
// the parameters of SGD.
func samples(sampling model.Sampling, batch int) (*dataset.Regression, []float64, model.SGD) {
	const n = 8
	data := must(dataset.Gaussian(1, n, 2, 1))
	return data, []float64{0.7, -0.4}, model.SGD{LearningRate: 0.1, BatchSize: batch, DatasetSize: n, Sampling: sampling}
}

const suiteBatch = 3

func (m Minibatch) steps(o Options, sampling model.Sampling, n int) (*dataset.Regression, []float64, model.SGD, *mat.Dense, error) {
	data, start, p := samples(sampling, suiteBatch)
	s, err := m.New(data, p)
	if err != nil {
		return nil, nil, p, nil, err
	}
	rows := mat.NewDense(n, len(start), nil)
	for r := range n {
		theta := path(s, o.Seed, uint64(r), start, 1)
		for k := range theta {
			rows.Set(r, k, theta[k]-start[k])
		}
	}
	return data, start, p, rows, nil
}

func checkStepMean(m Minibatch, o Options, alpha float64) (stattest.Finding, error) {
	data, start, p, rows, err := m.steps(o, model.WithReplacement, o.size(100000))
	if err != nil {
		return stattest.Finding{}, err
	}
	grad := make([]float64, len(start))
	data.Grad(grad, start)
	findings := make([]stattest.Finding, len(start))
	for k := range findings {
		findings[k] = stattest.MeanTest{Want: -p.LearningRate * grad[k], Alpha: alpha / float64(len(start))}.Assert(mat.Col(nil, k, rows))
	}
	f := worst(findings...)
	f.Alpha = alpha
	return f, nil
}

func checkStepCovariance(m Minibatch, o Options, alpha float64, sampling model.Sampling) (stattest.Finding, error) {
	data, start, p, rows, err := m.steps(o, sampling, o.size(100000))
	if err != nil {
		return stattest.Finding{}, err
	}
	want := mat.NewSymDense(len(start), nil)
	must(noise.NewExact(data, p)).Covariance(want, start)
	want.ScaleSym(p.LearningRate*p.LearningRate, want)
	return stattest.CovarianceTest{Want: want, Alpha: alpha}.Assert(rows), nil
}

func checkFullBatch(m Minibatch, o Options, _ float64) (stattest.Finding, error) {
	data, start, p := samples(model.WithoutReplacement, 8)
	s, err := m.New(data, p)
	if err != nil {
		return stattest.Finding{}, err
	}
	want := make([]float64, len(start))
	data.Grad(want, start)
	worstError := 0.0
	const n = 100
	for r := range uint64(n) {
		theta := path(s, o.Seed, r, start, 1)
		for k := range theta {
			worstError = max(worstError, abs(theta[k]-start[k]+p.LearningRate*want[k]))
		}
	}
	return bound(worstError, 1e-12, n), nil
}

func abs(x float64) float64 { return max(x, -x) }
