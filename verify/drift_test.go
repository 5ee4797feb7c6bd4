package verify_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/verify"
)

// fadingNoise is 1.2 + cos(3 theta), which is a third as strong at the threshold as
// at the minimum.
type fadingNoise struct{}

func (fadingNoise) Dim() int { return 1 }

func (fadingNoise) Covariance(dst *mat.SymDense, theta []float64) {
	dst.SetSym(0, 0, 1.2+math.Cos(3*theta[0]))
}

// TestDrift: where the way to a threshold is steep beside the noise the default step
// is short, and the exact law is confirmed; a fiftieth of the relaxation time at the
// minimum makes the rate 40 % too high, which is told.
func TestDrift(t *testing.T) {
	valley := must(landscape.WithMinimum(must(landscape.NewFunc(landscape.Definition{Dim: 1,
		Loss: func(x []float64) float64 { return 1 + x[0]*x[0]/2 + math.Pow(x[0], 4) },
		Grad: func(g, x []float64) { g[0] = x[0] + 4*math.Pow(x[0], 3) }})), []float64{0}))
	s := verify.Setup{Landscape: valley, Noise: fadingNoise{}, LearningRate: 0.2, LossRatio: 1.5}
	law := must(s.Exact())
	j, err := verify.Trial{}.Judge(context.Background(), s, law, verify.Within(0.15))
	if err != nil || j.Verdict != verify.Agrees || len(j.Conditions) != 0 {
		t.Errorf("%v, error %v, want that it agrees", j, err)
	}
	s.Dt = 0.02
	j, err = verify.Trial{}.Judge(context.Background(), s, law, verify.Within(0.15))
	if err != nil || j.Verdict != verify.Disagrees || !strings.Contains(j.String(), "makes the drift before the threshold too weak") {
		t.Errorf("dt = 0.02: %v, error %v, want that it disagrees and the reason", j, err)
	}
}

// TestDriftStep: in a parabola with the noise of Eq. 6 the rate is too high by
// h dt/2 times log(c)/T, of which the default step leaves 3 %.
func TestDriftStep(t *testing.T) {
	const h, eta, ratio = 2, 0.025, 1.8
	valley := must(landscape.NewIsotropicValley(2, h, 1))
	s := verify.Setup{Landscape: valley, Noise: must(noise.NewLossProportional(valley, verify.MinimumHessian(valley), 1)), LearningRate: eta, LossRatio: ratio}
	j, err := verify.Trial{Replicas: 64, Steps: 1e7}.Judge(context.Background(), s, verify.Rate(0.1), verify.Within(0.5))
	if err != nil {
		t.Fatal(err)
	}
	want := 0.03 / (h / 2. * math.Log(ratio) / (eta * h))
	if dt := j.Exits.Exposure / float64(j.Steps); !(math.Abs(dt/want-1) < 0.02) {
		t.Errorf("step %g, want %g", dt, want)
	}
}
