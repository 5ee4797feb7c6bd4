package noise_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
)

// TestConcurrentUse: landscapes by differences and both kinds of exact noise give
// the same numbers from many goroutines; the race detector sees the rest.
func TestConcurrentUse(t *testing.T) {
	small, err1 := dataset.Gaussian(1, 200, 3, 1)
	large, err2 := dataset.Gaussian(1, 200, 11, 1)
	for _, err := range []error{err1, err2} {
		if err != nil {
			t.Fatal(err)
		}
	}
	differences, err1 := landscape.NewFunc(landscape.Definition{Dim: 3, Loss: small.Loss})
	moments, err2 := noise.NewExact(small, sgd(2, 200))
	sums, err3 := noise.NewExact(large, sgd(2, 200))
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			t.Fatal(err)
		}
	}
	evaluate := func(k int) []float64 {
		theta := make([]float64, 11)
		theta[k%3] = float64(k)
		grad := make([]float64, 3)
		differences.Grad(grad, theta[:3])
		h, s, l := mat.NewSymDense(3, nil), mat.NewSymDense(3, nil), mat.NewSymDense(11, nil)
		differences.Hessian(h, theta[:3])
		moments.Covariance(s, theta[:3])
		sums.Covariance(l, theta)
		return append(grad, h.At(0, 1), s.At(1, 2), l.At(0, 10), noise.Strength(large, theta))
	}
	const calls = 16
	want, got := make([][]float64, calls), make([][]float64, calls)
	for k := range calls {
		want[k] = evaluate(k)
	}
	var group sync.WaitGroup
	for k := range calls {
		group.Go(func() { got[k] = evaluate(k) })
	}
	group.Wait()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-serial +concurrent):\n%s", diff)
	}
}
