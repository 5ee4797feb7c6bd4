package verify_test

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/theory/rate"
	"sgdescape/verify"
)

// A recorder stands in for the *testing.T of a test of your own.
type recorder struct {
	failed  bool
	message string
}

func (*recorder) Helper()             {}
func (*recorder) Logf(string, ...any) {}
func (r *recorder) Errorf(format string, args ...any) {
	r.failed, r.message = true, fmt.Sprintf(format, args...)
}

// valleyOfMine is a loss of one's own, with the critical points one knows.
func valleyOfMine() (landscape.Passage, noise.Model) {
	mine, err := landscape.FromProblem(optimize.Problem{
		Func: func(x []float64) float64 { q := 1 - x[0]*x[0]; return 0.5 + q*q },
		Grad: func(g, x []float64) { g[0] = -4 * x[0] * (1 - x[0]*x[0]) },
	}, 1)
	if err != nil {
		panic(err)
	}
	passage, err := landscape.WithPassage(mine, []float64{-1}, []float64{0}, []float64{1})
	if err != nil {
		panic(err)
	}
	sigma, err := noise.NewLossProportional(passage, verify.MinimumHessian(passage), 1)
	if err != nil {
		panic(err)
	}
	return passage, sigma
}

// A landscape of one's own against the power law of Eq. 16, at T = 0.32 and
// L_s/L* = 3. In a test, t is the *testing.T.
func ExampleEscape() {
	t := new(recorder)
	passage, sigma := valleyOfMine()
	setup := verify.Setup{Landscape: passage, Noise: sigma, LearningRate: 0.04, Dt: 0.01}
	law := rate.OneOutlier{OutlierCurvature: 8, EscapeCurvature: 4, LossRatio: 3, Temperature: 0.04 * 8}
	j := verify.Escape(t, setup, law, verify.Within(0.2))
	fmt.Println(j.Verdict, t.failed)
	// Output:
	// agrees false
}

// The same landscape against a law that is per step, not per unit of t. The
// test turns red, and the judgement says which factor was found.
func ExampleEscape_broken() {
	t := new(recorder)
	passage, sigma := valleyOfMine()
	setup := verify.Setup{Landscape: passage, Noise: sigma, LearningRate: 0.04, Dt: 0.01}
	law := rate.OneOutlier{OutlierCurvature: 8, EscapeCurvature: 4, LossRatio: 3, Temperature: 0.04 * 8}
	perStep := verify.Rate(law.EscapeRate() * setup.LearningRate)
	j := verify.Escape(t, setup, perStep, verify.Within(0.2))
	fmt.Println(j.Verdict, t.failed)
	for _, h := range j.Hints {
		fmt.Println(h)
	}
	// Output:
	// disagrees true
	// simulated/predicted may be 1/eta = 25: the law looks like a rate per step, kappa eta, where one per unit of t is wanted.
}

// kramers is a law of one's own: a type with LogEscapeRate, per unit of t.
type kramers struct{ curvature, saddle, barrier, temperature float64 }

func (k kramers) LogEscapeRate() float64 {
	return math.Log(math.Sqrt(k.curvature*k.saddle)/(2*math.Pi)) - k.barrier/k.temperature
}

// thermal is a noise of one's own: Sigma per minibatch, here the same everywhere.
type thermal struct{ variance float64 }

func (thermal) Dim() int                                        { return 1 }
func (n thermal) Covariance(dst *mat.SymDense, theta []float64) { dst.SetSym(0, 0, n.variance) }

// A law and a noise of one's own: Kramers' law with its factor 1 + O(T) left out,
// at T = eta Sigma/2 = 0.2 of the barrier.
func ExampleRateLaw() {
	t := new(recorder)
	well, err := landscape.NewDoubleWell(0.5, 1, 1) // h* = 8, |h_s| = 4
	if err != nil {
		panic(err)
	}
	setup := verify.Setup{Landscape: well, Noise: thermal{variance: 4}, LearningRate: 0.1, Dt: 0.02}
	law := kramers{curvature: 8, saddle: 4, barrier: 1, temperature: 0.1 * 4 / 2}
	j := verify.Escape(t, setup, law, verify.Within(0.25))
	fmt.Println(j.Verdict, t.failed)
	// Output:
	// agrees false
}
