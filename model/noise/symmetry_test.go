package noise_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
)

func sgd(b, nData int) model.SGD {
	return model.SGD{LearningRate: 0.1, BatchSize: b, DatasetSize: nData}
}

func scale(t *rapid.T, label string) float64 {
	return math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log "+label))
}

func point(t *rapid.T, d int) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(-3, 3), d, d).Draw(t, "theta")
}

// TestProp_ExactRotates: rotating the inputs, x -> Q x, turns Sigma(theta) into
// Q Sigma Q^T at Q theta; scaling the data by sqrt(a), so that L -> a L, turns it
// into a² Sigma. Both ways to compute it are held to this (d up to 6).
func TestProp_ExactRotates(t *testing.T) { rapid.Check(t, exactRotates) }

// FuzzExactRotates is the same property, driven by the fuzzer.
func FuzzExactRotates(f *testing.F) { f.Fuzz(rapid.MakeFuzz(exactRotates)) }

func exactRotates(t *rapid.T) {
	d := rapid.IntRange(1, 6).Draw(t, "d")
	nData := rapid.IntRange(3*d, 40).Draw(t, "N")
	data, err := dataset.Gaussian(rapid.Uint64().Draw(t, "seed"), nData, d, scale(t, "s"))
	if err != nil {
		t.Fatal(err)
	}
	theta := point(t, d)
	a := scale(t, "a")
	var qr mat.QR
	qr.Factorize(mat.NewDense(d, d, rapid.SliceOfN(rapid.Float64Range(-1, 1), d*d, d*d).Draw(t, "Q")))
	var q, inputs mat.Dense
	qr.QTo(&q)
	inputs.Mul(mat.NewDense(nData, d, append([]float64(nil), data.Inputs()...)), q.T())
	inputs.Scale(math.Sqrt(a), &inputs)
	targets := make([]float64, nData)
	for mu := range targets {
		targets[mu] = math.Sqrt(a) * data.Target(mu)
	}
	turned, err := dataset.NewRegression(inputs.RawMatrix().Data, targets, d)
	if err != nil {
		t.Fatal(err)
	}
	var image mat.VecDense
	image.MulVec(&q, mat.NewVecDense(d, theta))

	before, after := mat.NewSymDense(d, nil), mat.NewSymDense(d, nil)
	covariance(t, data, nData, before, theta)
	covariance(t, turned, nData, after, image.RawVector().Data)
	var want mat.Dense
	want.Product(&q, before, q.T())
	want.Scale(a*a, &want)
	var diff mat.Dense
	diff.Sub(after, &want)
	if worst := mat.Norm(&diff, math.Inf(1)) / mat.Norm(&want, math.Inf(1)); worst > 1e-10 {
		t.Fatalf("Sigma is off by %g of its size", worst)
	}
}

func covariance(t *rapid.T, data noise.Samples, nData int, dst *mat.SymDense, theta []float64) {
	exact, err := noise.NewExact(data, sgd(2, nData))
	if err != nil {
		t.Fatal(err)
	}
	exact.Covariance(dst, theta)
}

// TestProp_LossScale: with L -> a L and eta -> eta/a the covariance of a step,
// eta² Sigma, is unchanged, for every model (with D -> a D for GLD, which keeps
// D per unit of loss).
func TestProp_LossScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "n")
		h, floor, eta, a := scale(t, "h"), scale(t, "L*"), scale(t, "eta"), scale(t, "a")
		b := rapid.IntRange(1, 10).Draw(t, "B")
		theta := point(t, n)
		before, after := stepCovariances(t, n, b, h, floor, eta, 1), stepCovariances(t, n, b, a*h, a*floor, eta/a, a)
		for name, model := range before {
			x, y := mat.NewSymDense(n, nil), mat.NewSymDense(n, nil)
			model.Covariance(x, theta)
			x.ScaleSym(eta*eta, x)
			after[name].Covariance(y, theta)
			y.ScaleSym(eta*eta/(a*a), y)
			if !mat.EqualApprox(x, y, 1e-12*mat.Norm(x, math.Inf(1))) || mat.Norm(x, math.Inf(1)) == 0 {
				t.Fatalf("%s: %v and %v", name, mat.Formatted(x), mat.Formatted(y))
			}
		}
	})
}

// stepCovariances returns one model of every kind on the isotropic valley; a is
// the scale of the loss.
func stepCovariances(t *rapid.T, n, b int, h, floor, eta, a float64) map[string]noise.Model {
	valley, err1 := landscape.NewIsotropicValley(n, h, floor)
	if err1 != nil {
		t.Fatal(err1)
	}
	hessian := mat.NewSymDense(n, nil)
	valley.Hessian(hessian, valley.Minimum())
	proportional, err1 := noise.NewLossProportional(valley, hessian, b)
	isotropic, err2 := noise.NewIsotropic(n, 0.3*a, eta)
	loss, err3 := noise.NewLossIsotropic(valley, eta*h/float64(b), eta)
	aligned, err4 := noise.NewAligned(hessian, 2*floor/float64(b))
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return map[string]noise.Model{"proportional": proportional, "isotropic": isotropic, "loss-isotropic": loss, "aligned": aligned}
}

// TestProp_Coincidences: on an isotropic valley with T = eta h/B the
// loss-isotropic noise is the loss-proportional one, and at the minimum aligned
// noise with a = 2 L*/B and GLD with D = eta L* h/B equal them.
func TestProp_Coincidences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "n")
		b := rapid.IntRange(1, 10).Draw(t, "B")
		h, floor, eta := scale(t, "h"), scale(t, "L*"), scale(t, "eta")
		models := stepCovariances(t, n, b, h, floor, eta, eta*floor*h/float64(b)/0.3)
		at := func(name string, theta []float64) *mat.SymDense {
			sigma := mat.NewSymDense(n, nil)
			models[name].Covariance(sigma, theta)
			return sigma
		}
		theta := point(t, n)
		want := at("proportional", theta)
		if got := at("loss-isotropic", theta); !mat.EqualApprox(got, want, 1e-12*mat.Norm(want, math.Inf(1))) {
			t.Fatalf("loss-isotropic %v, want %v", mat.Formatted(got), mat.Formatted(want))
		}
		origin := make([]float64, n)
		want = at("proportional", origin)
		for _, name := range []string{"aligned", "isotropic"} {
			if got := at(name, origin); !mat.EqualApprox(got, want, 1e-12*mat.Norm(want, math.Inf(1))) {
				t.Fatalf("%s %v, want %v", name, mat.Formatted(got), mat.Formatted(want))
			}
		}
	})
}

// TestProp_PositiveSemidefinite: every covariance is one.
func TestProp_PositiveSemidefinite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.IntRange(1, 6).Draw(t, "d")
		nData := rapid.IntRange(3*d, 40).Draw(t, "N")
		data, err := dataset.Gaussian(rapid.Uint64().Draw(t, "seed"), nData, d, scale(t, "s"))
		if err != nil {
			t.Fatal(err)
		}
		models := stepCovariances(t, d, 2, scale(t, "h"), scale(t, "L*"), 0.1, 1)
		exact, err := noise.NewExact(data, sgd(2, nData))
		if err != nil {
			t.Fatal(err)
		}
		models["exact"] = exact
		theta := point(t, d)
		for name, model := range models {
			sigma := mat.NewSymDense(d, nil)
			model.Covariance(sigma, theta)
			var eig mat.EigenSym
			eig.Factorize(sigma, false)
			if values := eig.Values(nil); !(values[0] > -1e-12*values[d-1]) || model.Dim() != d {
				t.Fatalf("%s: eigenvalues %v", name, values)
			}
		}
	})
}
