package verify_test

import (
	"fmt"

	"gonum.org/v1/gonum/optimize"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/theory/rate"
	"sgdescape/verify"
)

// A recorder stands in for the *testing.T of a test of your own.
type recorder struct{ failed bool }

func (*recorder) Helper()                 {}
func (*recorder) Logf(string, ...any)     {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

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
	// The factor is 1/eta: the law may have divided by eta a rate that is per unit of t.
}
