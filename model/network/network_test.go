package network_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/network"
	"sgdescape/model/noise"
)

var _ noise.Samples = (*network.Fit)(nil)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func normals(seed uint64, n int) []float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = rng.NormFloat64()
	}
	return xs
}

// shapes are those of the tests: without a hidden layer, with one, two and three.
var shapes = [][]int{{3}, {2, 5}, {3, 4, 6}, {4, 3, 1, 5}}

// example returns a network on six random samples and random parameters, biases
// included.
func example(shape []int, seed uint64) (*network.Fit, []float64) {
	const nData = 6
	net := must(network.New(shape[0], shape[1:]...))
	return must(network.NewFit(net, normals(seed, nData*shape[0]), normals(seed+1, nData))), normals(seed+2, net.Dim())
}

// TestOutput: a network with one hidden layer, computed by hand.
func TestOutput(t *testing.T) {
	net := must(network.New(2, 2))
	if net.Dim() != 9 || net.Inputs() != 2 {
		t.Fatalf("%d parameters and %d inputs, want 9 and 2", net.Dim(), net.Inputs())
	}
	theta := []float64{1, 2, -1, 0 /* W_1 */, 0.5, -1 /* b_1 */, 3, 4 /* W_2 */, 0.25 /* b_2 */}
	fit := must(network.NewFit(net, []float64{1, 1, -2, 0}, []float64{1, -1}))
	// x = (1, 1): z = (3.5, -2), f = 10.75; x = (-2, 0): z = (-1.5, 1), f = 4.25.
	if got := fit.Residuals(theta); got[0] != 9.75 || got[1] != 5.25 {
		t.Errorf("residuals %v, want [9.75 5.25]", got)
	}
	if got, want := fit.Loss(theta), (9.75*9.75+5.25*5.25)/4; got != want {
		t.Errorf("loss %v, want %v", got, want)
	}
}

// TestGradient: the gradient of the minibatch loss against differences, with an
// index that comes twice, and the whole against the mean of samples.
func TestGradient(t *testing.T) {
	for _, shape := range shapes {
		fit, theta := example(shape, 5)
		grad, sample, mean := make([]float64, fit.Dim()), make([]float64, fit.Dim()), make([]float64, fit.Dim())
		batch := []int{4, 1, 1, 5}
		loss := func(theta []float64) float64 {
			r, sum := fit.Residuals(theta), 0.0
			for _, mu := range batch {
				sum += r[mu] * r[mu] / 2 / float64(len(batch))
			}
			return sum
		}
		got := fit.BatchGrad(grad, theta, batch)
		if want := loss(theta); math.Abs(got-want) > 1e-12*want {
			t.Errorf("%v: loss of the minibatch %g, want %g", shape, got, want)
		}
		want := fd.Gradient(nil, loss, theta, &fd.Settings{Formula: fd.Central, Step: 1e-6})
		if d := floats.Distance(grad, want, 2); !(d <= 1e-7*floats.Norm(want, 2)) {
			t.Errorf("%v: the gradient is off by %g of %g", shape, d, floats.Norm(want, 2))
		}
		fit.BatchGrad(grad, theta, []int{0, 1, 2, 3, 4, 5})
		for mu := range fit.Len() {
			fit.SampleGrad(sample, theta, mu)
			floats.AddScaled(mean, 1/float64(fit.Len()), sample)
		}
		if d := floats.Distance(grad, mean, 2); !(d <= 1e-13*floats.Norm(mean, 2)) {
			t.Errorf("%v: grad L is off the mean of the samples by %g", shape, d)
		}
	}
}

// outputGradients returns grad f_mu in rows: grad l_mu with the target f_mu - 1.
func outputGradients(fit *network.Fit, shape []int, seed uint64, theta []float64) *mat.Dense {
	ones := fit.Residuals(theta)
	for mu, y := range normals(seed+1, fit.Len()) {
		ones[mu] += y - 1
	}
	shifted := must(network.NewFit(fit.Network, normals(seed, fit.Len()*shape[0]), ones))
	j := mat.NewDense(fit.Len(), fit.Dim(), nil)
	for mu := range fit.Len() {
		shifted.SampleGrad(j.RawRowView(mu), theta, mu)
	}
	return j
}

// TestOutputGradNorms2: the squared norms are the diagonal of the Gram matrix.
func TestOutputGradNorms2(t *testing.T) {
	for _, shape := range shapes {
		fit, theta := example(shape, 9)
		got, gram := make([]float64, fit.Len()), fit.OutputGram(theta)
		got[0] = 1e9 // what was there does not count
		fit.OutputGradNorms2(got, theta)
		for mu, g := range got {
			if want := gram.At(mu, mu); !(math.Abs(g-want) <= 1e-13*want) {
				t.Errorf("%v: |grad f_%d|² = %v, want %v", shape, mu, g, want)
			}
		}
	}
}

// TestOutputGram: the Hadamard form against the products of the gradients of
// single samples, and that one which forgets the biases is seen to be wrong.
func TestOutputGram(t *testing.T) {
	for _, shape := range shapes {
		fit, theta := example(shape, 9)
		j := outputGradients(fit, shape, 9, theta)
		var want, diff mat.Dense
		want.Mul(j, j.T())
		diff.Sub(fit.OutputGram(theta), &want)
		if worst := mat.Norm(&diff, 2) / mat.Norm(&want, 2); !(worst < 1e-13) {
			t.Errorf("%v: the Gram matrix is off by %g of its size", shape, worst)
		}
		for mu := range fit.Len() {
			j.Set(mu, fit.Dim()-1, 0) // the bias of the output
		}
		var wrong mat.Dense
		wrong.Mul(j, j.T())
		diff.Sub(&wrong, &want)
		if mat.Norm(&diff, 2)/mat.Norm(&want, 2) < 1e-6 {
			t.Errorf("%v: forgetting a bias goes unseen", shape)
		}
	}
}

// TestGlorot: the limits, the variance 2/(inputs + outputs), biases of 0, and
// the same again from the same seed.
func TestGlorot(t *testing.T) {
	net := must(network.New(64, 100, 100))
	theta, again, other := net.Glorot(3), net.Glorot(3), net.Glorot(4)
	if !floats.Equal(theta, again) || floats.Equal(theta, other) {
		t.Error("theta is no function of the seed")
	}
	if net.Dim() != 16701 {
		t.Fatalf("%d parameters, want 16701", net.Dim())
	}
	for _, l := range []struct{ start, in, out int }{{0, 64, 100}, {6500, 100, 100}, {16600, 100, 1}} {
		w, b := theta[l.start:l.start+l.in*l.out], theta[l.start+l.in*l.out:l.start+(l.in+1)*l.out]
		limit := math.Sqrt(6 / float64(l.in+l.out))
		if most := floats.Norm(w, math.Inf(1)); most > limit || most < 0.9*limit {
			t.Errorf("%d to %d: the largest weight is %g, want it just within %g", l.in, l.out, most, limit)
		}
		if floats.Norm(b, 1) != 0 {
			t.Errorf("%d to %d: biases %v, want 0", l.in, l.out, b)
		}
	}
}

func TestReject_Parameters(t *testing.T) {
	nan := math.NaN()
	net := must(network.New(2, 3))
	shape := func(inputs int, hidden ...int) error { _, err := network.New(inputs, hidden...); return err }
	fit := func(n *network.Network, x, y []float64) error { _, err := network.NewFit(n, x, y); return err }
	for _, row := range []struct {
		name string
		err  error
		want []string
	}{
		{"empty layers", shape(0, 3, -1), []string{"number of inputs is 0", "hidden units of layer 2 is -1"}},
		{"too many", shape(1<<40, 1<<40), []string{"number of parameters", "at most"}},
		{"too many in all", shape(100000, 1000, 30000), []string{"number of parameters"}},
		{"nothing", fit(nil, nil, nil), []string{"network is nil", "data-set size N is 0"}},
		{"length", fit(net, []float64{1, 2, 3}, []float64{1, 2}), []string{"number of inputs x is 3, want N times the 2 inputs"}},
		{"NaN", fit(net, []float64{1, nan}, []float64{math.Inf(1)}), []string{"inputs x[1] is NaN", "targets y[0] is +Inf"}},
	} {
		if !errors.Is(row.err, model.ErrDomain) {
			t.Errorf("%s: error %v is no ErrDomain", row.name, row.err)
			continue
		}
		for _, want := range row.want {
			if !strings.Contains(row.err.Error(), want) {
				t.Errorf("%s: error %q does not say %q", row.name, row.err, want)
			}
		}
	}
	for name, f := range map[string]func(){
		"no sample": func() {
			must(network.NewFit(net, []float64{1, 2}, []float64{1})).BatchGrad(make([]float64, 13), make([]float64, 13), nil)
		},
		"short theta": func() { must(network.NewFit(net, []float64{1, 2}, []float64{1})).Loss(make([]float64, 12)) },
		"outside of N": func() {
			must(network.NewFit(net, []float64{1, 2}, []float64{1})).SampleGrad(make([]float64, 13), make([]float64, 13), 1)
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// A parameter that is no number, in whatever layer, makes the loss none: training
// that diverges does not end at a number.
func TestNaNStays(t *testing.T) {
	fit, theta := example(shapes[2], 1)
	for i := range theta {
		broken := append([]float64(nil), theta...)
		broken[i] = math.NaN()
		if l := fit.Loss(broken); l == l {
			t.Errorf("theta[%d] is NaN, the loss %v", i, l)
		}
	}
}
