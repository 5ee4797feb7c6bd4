package noise_test

import (
	"math"
	"math/bits"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/noise"
)

// enumerated returns the covariance of the minibatch gradient over all
// minibatches of B samples, each equally likely: all subsets without
// replacement, all sequences with replacement. It uses nothing but SampleGrad.
func enumerated(samples noise.Samples, sgd model.SGD, theta []float64) *mat.SymDense {
	nData, b, d := samples.Len(), sgd.BatchSize, samples.Dim()
	var batches [][]int
	switch sgd.Sampling {
	case model.WithoutReplacement:
		for set := range uint(1) << nData {
			if bits.OnesCount(set) != b {
				continue
			}
			var batch []int
			for mu := range nData {
				if set>>mu&1 == 1 {
					batch = append(batch, mu)
				}
			}
			batches = append(batches, batch)
		}
	case model.WithReplacement:
		total := 1
		for range b {
			total *= nData
		}
		for code := range total {
			batch := make([]int, b)
			for i := range batch {
				batch[i] = code % nData
				code /= nData
			}
			batches = append(batches, batch)
		}
	}
	grad := make([]float64, d)
	means := mat.NewDense(len(batches), d, nil)
	mean := make([]float64, d)
	for k, batch := range batches {
		for _, mu := range batch {
			samples.SampleGrad(grad, theta, mu)
			for i, g := range grad {
				means.Set(k, i, means.At(k, i)+g/float64(b))
			}
		}
		for i := range d {
			mean[i] += means.At(k, i) / float64(len(batches))
		}
	}
	cov := mat.NewSymDense(d, nil)
	for k := range batches {
		for i := range d {
			for j := i; j < d; j++ {
				cov.SetSym(i, j, cov.At(i, j)+(means.At(k, i)-mean[i])*(means.At(k, j)-mean[j])/float64(len(batches)))
			}
		}
	}
	return cov
}

// opaque hides the type of a regression, so that Exact sums over the samples
// and does not use precomputed moments.
type opaque struct{ noise.Samples }

func TestProp_ExactByEnumeration(t *testing.T) { rapid.Check(t, exactByEnumeration) }

// FuzzExactByEnumeration is the same property, driven by the fuzzer.
func FuzzExactByEnumeration(f *testing.F) { f.Fuzz(rapid.MakeFuzz(exactByEnumeration)) }

func exactByEnumeration(t *rapid.T) {
	d := rapid.IntRange(1, 3).Draw(t, "d")
	nData := rapid.IntRange(d+2, 6).Draw(t, "N")
	sampling := rapid.SampledFrom([]model.Sampling{model.WithReplacement, model.WithoutReplacement}).Draw(t, "sampling")
	largest := nData
	if sampling == model.WithReplacement {
		largest = min(4, nData) // N^B sequences
	}
	b := rapid.IntRange(1, largest).Draw(t, "B")
	data, err := dataset.Gaussian(rapid.Uint64().Draw(t, "seed"), nData, d, 1)
	if err != nil {
		t.Fatal(err)
	}
	theta := rapid.SliceOfN(rapid.Float64Range(-3, 3), d, d).Draw(t, "theta")
	sgd := model.SGD{LearningRate: 0.1, BatchSize: b, DatasetSize: nData, Sampling: sampling}
	want := enumerated(data, sgd, theta)
	for _, samples := range []noise.Samples{data, opaque{data}} {
		exact, err := noise.NewExact(samples, sgd)
		if err != nil {
			t.Fatal(err)
		}
		got := mat.NewSymDense(d, nil)
		exact.Covariance(got, theta)
		if diff := relativeDifference(got, want); diff > 1e-11 {
			t.Fatalf("%T: Sigma differs from the enumeration by %g of its size:\n%v\n%v", samples, diff, mat.Formatted(got), mat.Formatted(want))
		}
	}
}

// relativeDifference returns max |a - b| over max |b|, or max |a - b| when
// b is 0 to rounding of numbers of order one (the full batch without replacement).
func relativeDifference(a, b mat.Symmetric) float64 {
	var diff mat.Dense
	diff.Sub(a, b)
	size := mat.Norm(b, math.Inf(1))
	if size < 1e-20 {
		size = 1
	}
	return mat.Norm(&diff, math.Inf(1)) / size
}

// TestProp_MomentsAreSums: the precomputed moments give the sum over the samples,
// on both sides of the dimension up to which they are used.
func TestProp_MomentsAreSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(1, 12).Draw(t, "d")
		nData := rapid.IntRange(2*d, 3*d+5).Draw(t, "N")
		data, err := dataset.Gaussian(rapid.Uint64().Draw(t, "seed"), nData, d, scale(t, "s"))
		if err != nil {
			t.Fatal(err)
		}
		theta := point(t, d)
		got, want := mat.NewSymDense(d, nil), mat.NewSymDense(d, nil)
		covariance(t, data, nData, got, theta)
		covariance(t, opaque{data}, nData, want, theta)
		// The moments are those at theta*, whose rounding grows with its size.
		size := 1 + floats.Norm(data.Minimum(), 2)
		if diff := relativeDifference(got, want); diff > 1e-11*size*size {
			t.Fatalf("Sigma differs by %g of its size", diff)
		}
	})
}
