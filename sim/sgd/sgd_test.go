package sgd_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
	"sgdescape/sim/sgd"
	"sgdescape/verify/stattest"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// steps returns theta after one step from start for many replicas.
func steps(p *sgd.Process, start []float64, replicas int, seed uint64) [][]float64 {
	kernel := must(p.Kernel(lane.Watch{}))
	s := lane.NewState(p.Dim(), kernel.Extra())
	out := make([][]float64, 0, replicas)
	for r := 0; r < replicas; r += lane.Width {
		for j := range lane.Width {
			s.Start(j, seed, uint64(r+j), start)
			kernel.Begin(s, j)
		}
		kernel.Advance(s, lane.Width, 1)
		for j := range lane.Width {
			theta := make([]float64, p.Dim())
			s.Gather(theta, j)
			out = append(out, theta)
		}
	}
	return out
}

// A stepCase is SGD whose first step from stepStart is compared with Eq. 8.
type stepCase struct {
	name    string
	process *sgd.Process
	problem landscape.Landscape
	noise   noise.Model
	other   noise.Model // of the other sampling scheme, nil where there is none
}

var stepStart = []float64{0.4, -0.9}

const stepRate = 0.1

func stepCases() (cases []stepCase) {
	regression := must(dataset.Gaussian(1, 7, 2, 1))
	population := must(dataset.NewPopulation(2, 1.3))
	for _, b := range []int{1, 3, 6} {
		for _, sampling := range []model.Sampling{model.WithReplacement, model.WithoutReplacement} {
			params := model.SGD{LearningRate: stepRate, BatchSize: b, DatasetSize: 7, Sampling: sampling}
			c := stepCase{name: fmt.Sprintf("%v replacement, B = %d", sampling, b), process: must(sgd.New(regression, params)),
				problem: regression, noise: must(noise.NewExact(regression, params))}
			if b > 1 {
				params.Sampling = 1 - sampling
				c.other = must(noise.NewExact(regression, params))
			}
			cases = append(cases, c)
		}
		cases = append(cases, stepCase{name: fmt.Sprintf("population, B = %d", b), problem: population,
			process: must(sgd.New(population, model.SGD{LearningRate: stepRate, BatchSize: b})), noise: must(noise.NewGaussianInputs(population, b))})
	}
	return cases
}

func (c stepCase) against(m noise.Model) stattest.Assertions {
	return func(seed uint64, alpha float64) ([]stattest.Finding, error) {
		const n = 64000
		grad := make([]float64, 2)
		c.problem.Grad(grad, stepStart)
		rows := mat.NewDense(n, 2, nil)
		for r, theta := range steps(c.process, stepStart, n, seed) {
			for i := range theta {
				rows.Set(r, i, -(theta[i]-stepStart[i])/stepRate-grad[i])
			}
		}
		sigma := mat.NewSymDense(2, nil)
		m.Covariance(sigma, stepStart)
		return []stattest.Finding{
			stattest.MeanTest{Alpha: alpha}.Assert(mat.Col(nil, 0, rows)),
			stattest.MeanTest{Alpha: alpha}.Assert(mat.Col(nil, 1, rows)),
			stattest.CovarianceTest{Want: sigma, Alpha: alpha}.Assert(rows),
		}, nil
	}
}

// TestStat_Step: one step has the mean -eta grad L and the covariance eta² Sigma
// of Eq. 8, for both sampling schemes and for the population; the covariance of
// the other scheme is rejected.
func TestStat_Step(t *testing.T) {
	for _, c := range stepCases() {
		t.Run(c.name, func(t *testing.T) {
			sgd.Ledger.AssertAll(t, c.name, sgd.StepParts, c.against(c.noise))
			if c.other != nil {
				sgd.Ledger.Reject(t, c.name+"/covariance", "the other sampling scheme", func(seed uint64, alpha float64) (stattest.Finding, error) {
					all, err := c.against(c.other)(seed, alpha)
					return all[2], err
				})
			}
		})
	}
}

// TestFullBatch: the full batch without replacement is gradient descent.
func TestFullBatch(t *testing.T) {
	r := must(dataset.Gaussian(2, 9, 3, 1))
	p := must(sgd.New(r, model.SGD{LearningRate: 0.2, BatchSize: 9, DatasetSize: 9, Sampling: model.WithoutReplacement}))
	start := []float64{1, -2, 0.5}
	grad := make([]float64, 3)
	r.Grad(grad, start)
	for _, theta := range steps(p, start, 64, 1) {
		for i := range theta {
			if want := start[i] - 0.2*grad[i]; !(math.Abs(theta[i]-want) < 1e-14) {
				t.Fatalf("theta[%d] = %v, want %v", i, theta[i], want)
			}
		}
	}
}

// TestProp_Scale: L -> a L with eta -> eta/a leaves every step unchanged. With
// a a power of 4 the data are scaled by a power of 2 and the bits agree.
func TestProp_Scale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(1, 4).Draw(t, "d")
		n := rapid.IntRange(d+2, 20).Draw(t, "N")
		b := rapid.IntRange(1, n).Draw(t, "B")
		seed := rapid.Uint64().Draw(t, "seed")
		k := rapid.IntRange(-3, 3).Draw(t, "log2 of the scale of the data")
		sampling := model.Sampling(rapid.IntRange(0, 1).Draw(t, "sampling"))
		r := must(dataset.Gaussian(seed, n, d, 1))
		x, y := append([]float64(nil), r.Inputs()...), append([]float64(nil), r.Targets()...)
		w := math.Ldexp(1, k)
		for i := range x {
			x[i] *= w
		}
		for i := range y {
			y[i] *= w
		}
		scaled := must(dataset.NewRegression(x, y, d))
		params := model.SGD{LearningRate: 0.1, BatchSize: b, DatasetSize: n, Sampling: sampling}
		one := must(sgd.New(r, params))
		params.LearningRate /= w * w
		two := must(sgd.New(scaled, params))
		start := make([]float64, d)
		start[0] = 1
		p, q := steps(one, start, 64, seed), steps(two, start, 64, seed)
		for i := range p {
			for j := range p[i] {
				if p[i][j] != q[i][j] {
					t.Fatalf("replica %d: theta[%d] is %v and %v", i, j, p[i][j], q[i][j])
				}
			}
		}
	})
}

func TestNewErrors(t *testing.T) {
	r := must(dataset.Gaussian(1, 10, 1, 1))
	population := must(dataset.NewPopulation(1, 1))
	tests := []struct {
		name    string
		problem landscape.Landscape
		p       model.SGD
	}{
		{"eta = 0", r, model.SGD{BatchSize: 1, DatasetSize: 10}},
		{"eta = NaN", r, model.SGD{LearningRate: math.NaN(), BatchSize: 1, DatasetSize: 10}},
		{"B > N", r, model.SGD{LearningRate: 0.1, BatchSize: 11, DatasetSize: 10}},
		{"other N", r, model.SGD{LearningRate: 0.1, BatchSize: 1, DatasetSize: 9}},
		{"population for a data set", r, model.SGD{LearningRate: 0.1, BatchSize: 1}},
		{"data set for a population", population, model.SGD{LearningRate: 0.1, BatchSize: 1, DatasetSize: 10}},
		{"population without replacement", population, model.SGD{LearningRate: 0.1, BatchSize: 1, Sampling: model.WithoutReplacement}},
		{"no problem", nil, model.SGD{LearningRate: 0.1, BatchSize: 1}},
		{"nil regression", (*dataset.Regression)(nil), model.SGD{LearningRate: 0.1, BatchSize: 1, DatasetSize: 10}},
		{"another landscape", must(landscape.NewDoubleWell(1, 1, 1)), model.SGD{LearningRate: 0.1, BatchSize: 1}},
	}
	for _, test := range tests {
		if _, err := sgd.New(test.problem, test.p); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v, want ErrDomain", test.name, err)
		}
	}
	p := must(sgd.New(r, model.SGD{LearningRate: 0.1, BatchSize: 1, DatasetSize: 10}))
	if _, err := p.Kernel(lane.Watch{Monitor: lane.Loss, Level: 1, Corrected: true}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("corrected crossing: error %v, want ErrDomain", err)
	}
}

// TestMomentum compares full-batch gradient descent with momentum with the
// second-order recursion that heavy-ball obeys on a quadratic loss with
// curvature h and minimum m,
//
//	z_{k+1} = (1 + beta - eta h) z_k - beta z_{k-1},  z = theta - m
//
// after the first step z_1 = (1 - eta h) z_0.
func TestMomentum(t *testing.T) {
	const eta, beta, k = 0.3, 0.7, 24
	r := must(dataset.Gaussian(2, 9, 1, 1))
	p := must(sgd.NewMomentum(r, model.SGD{LearningRate: eta, BatchSize: 9, DatasetSize: 9, Sampling: model.WithoutReplacement}, beta))
	h := mat.NewSymDense(1, nil)
	r.Hessian(h, []float64{0})
	m := r.Minimum()[0]
	z := []float64{2, (1 - eta*h.At(0, 0)) * 2}
	for len(z) <= k {
		n := len(z)
		z = append(z, (1+beta-eta*h.At(0, 0))*z[n-1]-beta*z[n-2])
	}
	kernel := must(p.Kernel(lane.Watch{}))
	s := lane.NewState(1, kernel.Extra())
	s.Start(0, 1, 0, []float64{m + 2})
	kernel.Begin(s, 0)
	for step := lane.BlockSteps; step <= k; step += lane.BlockSteps {
		kernel.Advance(s, 1, lane.BlockSteps)
		if got := s.Theta[0] - m; !(math.Abs(got-z[step]) < 1e-13) {
			t.Errorf("z_%d = %v, want %v", step, got, z[step])
		}
	}
	for _, bad := range []float64{-0.1, 1, math.NaN()} {
		if _, err := sgd.NewMomentum(r, model.SGD{LearningRate: eta, BatchSize: 9, DatasetSize: 9}, bad); !errors.Is(err, model.ErrDomain) {
			t.Errorf("beta = %v: error %v, want ErrDomain", bad, err)
		}
	}
}
