package dataset_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model/dataset"
)

// rotation draws an orthogonal d x d matrix.
func rotation(t *rapid.T, d int) *mat.Dense {
	var qr mat.QR
	qr.Factorize(mat.NewDense(d, d, rapid.SliceOfN(rapid.Float64Range(-1, 1), d*d, d*d).Draw(t, "Q")))
	var q mat.Dense
	qr.QTo(&q)
	return &q
}

// TestProp_Symmetries: x -> w Q x and y -> a y + w Q x.s turn the minimum into
// (a/w) Q theta* + s, L* into a² L*, and the loss at the image of a point into
// a² times the loss at the point.
func TestProp_Symmetries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data, theta := drawn(t)
		n, d := data.Len(), data.Dim()
		q := rotation(t, d)
		w := math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log w"))
		a := math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log a"))
		shift := point(t, d, "s")

		inputs := make([]float64, 0, n*d)
		targets := make([]float64, n)
		for mu := range n {
			var x mat.VecDense
			x.MulVec(q, mat.NewVecDense(d, append([]float64(nil), data.Input(mu)...)))
			x.ScaleVec(w, &x)
			inputs = append(inputs, x.RawVector().Data...)
			targets[mu] = a*data.Target(mu) + floats.Dot(x.RawVector().Data, shift)
		}
		moved, err := dataset.NewRegression(inputs, targets, d)
		if err != nil {
			t.Fatal(err)
		}
		image := func(theta []float64) []float64 {
			var z mat.VecDense
			z.MulVec(q, mat.NewVecDense(d, theta))
			z.ScaleVec(a/w, &z)
			floats.Add(z.RawVector().Data, shift)
			return z.RawVector().Data
		}
		// Rounding is relative to the largest target.
		size := floats.Norm(targets, math.Inf(1)) / floats.Norm(data.Targets(), math.Inf(1)) / a
		tol := 1e-13 * conditionNumber(data) * (1 + size*size)
		if want := image(data.Minimum()); !floats.EqualApprox(moved.Minimum(), want, tol*(1+floats.Norm(want, 2))) {
			t.Fatalf("theta* = %v, want %v", moved.Minimum(), want)
		}
		for _, pair := range [][2]float64{
			{moved.MinimumLoss(), a * a * data.MinimumLoss()},
			{moved.Loss(image(theta)), a * a * data.Loss(theta)},
		} {
			if math.Abs(pair[0]-pair[1]) > tol*pair[1] {
				t.Fatalf("loss %v, want %v", pair[0], pair[1])
			}
		}
		before, after := mat.NewSymDense(d, nil), mat.NewSymDense(d, nil)
		data.Hessian(before, theta)
		moved.Hessian(after, theta)
		var want mat.Dense
		want.Product(q, before, q.T())
		want.Scale(w*w, &want)
		if !mat.EqualApprox(after, &want, 1e-13*mat.Norm(&want, math.Inf(1))) {
			t.Fatalf("H = %v, want %v", mat.Formatted(after), mat.Formatted(&want))
		}
	})
}

// TestProp_GaussianPrefix: the first n samples of a larger data set are the
// smaller one, and another seed gives other data.
func TestProp_GaussianPrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data, _ := drawn(t)
		seed := rapid.Uint64().Draw(t, "seed")
		small, err1 := dataset.Gaussian(seed, data.Len(), data.Dim(), 1)
		large, err2 := dataset.Gaussian(seed, data.Len()+5, data.Dim(), 1)
		other, err3 := dataset.Gaussian(seed+1, data.Len(), data.Dim(), 1)
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatal(err1, err2, err3)
		}
		if !floats.Equal(small.Inputs(), large.Inputs()[:len(small.Inputs())]) || !floats.Equal(small.Targets(), large.Targets()[:small.Len()]) {
			t.Fatal("not a prefix")
		}
		if floats.Equal(small.Inputs(), other.Inputs()) {
			t.Fatal("two seeds, one data set")
		}
	})
}

// TestGolden_Gaussian pins the first samples: another value is another data set
// under the same name, and breaks everything that is stated for a seed.
func TestGolden_Gaussian(t *testing.T) {
	data, err := dataset.Gaussian(1, 3, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	got := append(append([]float64(nil), data.Inputs()...), data.Targets()...)
	want := []float64{
		0.8579920792810507, -0.8747389911153833, -0.31786323994508325, // x
		-0.9617067579745786, 0.8732732573036923, 1.295988097333261, // y
	}
	if !floats.Equal(got, want) {
		t.Errorf("inputs and targets %v, want %v", got, want)
	}
}
