package simtest_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"sgdescape/verify/simtest"
)

// eulerMaruyama is an integrator of one's own: theta - grad L dt + sqrt(eta
// Sigma dt) xi, with the lower triangular root of Sigma.
type eulerMaruyama struct {
	simtest.Equation
	dt    float64
	rng   *rand.Rand
	grad  []float64
	sigma *mat.SymDense
	root  mat.TriDense
	chol  mat.Cholesky
}

func newEulerMaruyama(e simtest.Equation, dt float64) (simtest.Simulator, error) {
	n := e.Landscape.Dim()
	return &eulerMaruyama{Equation: e, dt: dt, grad: make([]float64, n), sigma: mat.NewSymDense(n, nil)}, nil
}

func (s *eulerMaruyama) Start(seed, replica uint64) { s.rng = rand.New(rand.NewPCG(seed, replica)) }

func (s *eulerMaruyama) Step(theta []float64) {
	s.Landscape.Grad(s.grad, theta)
	s.Noise.Covariance(s.sigma, theta)
	s.chol.Factorize(s.sigma)
	s.chol.LTo(&s.root)
	scale := math.Sqrt(s.LearningRate * s.dt)
	for i := range theta {
		theta[i] -= s.grad[i] * s.dt
	}
	for j := range theta {
		xi := scale * s.rng.NormFloat64()
		for i := j; i < len(theta); i++ {
			theta[i] += s.root.At(i, j) * xi
		}
	}
}

// The suite, run on an integrator of one's own. In a test one line does:
//
//	simtest.Integrator{New: newEulerMaruyama}.Test(t, simtest.Options{})
func ExampleIntegrator() {
	mine := simtest.Integrator{New: newEulerMaruyama}
	results, err := mine.Run(simtest.Options{Effort: 0.25})
	if err != nil {
		fmt.Println(err)
	}
	for _, r := range results {
		fmt.Println(r.Check, !r.Finding.Rejected)
	}
	// Output:
	// motion true
	// determinism true
	// independence true
	// zero noise true
	// rounding true
	// drift true
	// covariance true
	// order true
	// stationary law true
	// exit time true
}
