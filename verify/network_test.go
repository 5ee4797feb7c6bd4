package verify

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/network"
	"sgdescape/model/noise"
	"sgdescape/sim/sgd"
)

// TestLeadingEigenvalues: the iteration gives the eigenvalues of a full
// decomposition, of a matrix of low rank as well.
func TestLeadingEigenvalues(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct{ n, rank, k int }{{5, 5, 5}, {60, 60, 5}, {60, 7, 5}, {200, 100, 3}} {
		factor := mat.NewDense(c.n, c.rank, nil)
		for i := range c.n {
			for j := range c.rank {
				factor.Set(i, j, rng.NormFloat64()/float64(1+j))
			}
		}
		var a mat.SymDense
		a.SymOuterK(1, factor)
		got, err := leadingEigenvalues(&a, c.k)
		if err != nil {
			t.Fatal(err)
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(&a, false) {
			t.Fatal("no eigenvalues")
		}
		want := eigen.Values(nil)
		for i := range got {
			if w := want[c.n-1-i]; !(math.Abs(got[i]/w-1) < 1e-5) {
				t.Errorf("%+v: eigenvalue %d is %g, want %g", c, i, got[i], w)
			}
		}
	}
	nan := mat.NewSymDense(2, []float64{math.NaN(), 0, 0, 1})
	if got, err := leadingEigenvalues(nan, 1); err == nil {
		t.Errorf("of NaN: %v, want an error", got)
	}
}

// TestNoiseStrength: the fast form is that of the samples' gradients.
func TestNoiseStrength(t *testing.T) {
	fit, err := parityNetwork(1, 20, 10)
	if err != nil {
		t.Fatal(err)
	}
	theta := fit.Glorot(1)
	strength, loss := noiseStrength(fit, theta)
	if want := noise.Strength(fit, theta); !(math.Abs(strength-want) <= 1e-12*want) {
		t.Errorf("noise strength %v, want %v", strength, want)
	}
	if want := fit.Loss(theta); !(math.Abs(loss-want) <= 1e-14*want) {
		t.Errorf("loss %v, want %v", loss, want)
	}
}

// TestReject_Untrained: the pinned size of the known disagreement after training
// notices a network that was not trained.
func TestReject_Untrained(t *testing.T) {
	claims, err := Select([]string{"fig1-trained-largest"})
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{Profile: Short, Seed: 2, Parts: TrueParts()}
	opt.Parts.Train = func(sgd.Epochs, []float64, *network.Fit, int) error { return nil }
	r, err := NewRunner(opt).Judge(context.Background(), claims[0])
	if err != nil {
		t.Fatal(err)
	}
	if margin := killMargin(r); r.Problem == "" || margin <= 1 {
		t.Errorf("an untrained network passes with %+v, margin %g", r.Measurement.Effect, margin)
	}
}
