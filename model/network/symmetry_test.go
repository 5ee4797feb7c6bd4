package network_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model/network"
)

// drawn is a network with one or two hidden layers on a few samples.
type drawn struct {
	inputs, nData int
	hidden        []int
	x             []float64
	net           *network.Network
	fit           *network.Fit // targets 0: the residual is the output
	theta         []float64
}

func draw(t *rapid.T) drawn {
	numbers := func(n int, label string) []float64 {
		return rapid.SliceOfN(rapid.Float64Range(-2, 2), n, n).Draw(t, label)
	}
	d := drawn{inputs: rapid.IntRange(1, 4).Draw(t, "inputs"), nData: rapid.IntRange(1, 6).Draw(t, "N"),
		hidden: rapid.SliceOfN(rapid.IntRange(1, 5), 1, 2).Draw(t, "hidden")}
	var err error
	if d.net, err = network.New(d.inputs, d.hidden...); err != nil {
		t.Fatal(err)
	}
	d.x = numbers(d.inputs*d.nData, "x")
	if d.fit, err = network.NewFit(d.net, d.x, make([]float64, d.nData)); err != nil {
		t.Fatal(err)
	}
	d.theta = numbers(d.net.Dim(), "theta")
	return d
}

// TestProp_GramIsPositive: G has no eigenvalue below 0 but for rounding, and its
// diagonal is the squared length of the gradients, at least 1, the bias of the
// output.
func TestProp_GramIsPositive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		g := d.fit.OutputGram(d.theta)
		var eigen mat.EigenSym
		if !eigen.Factorize(g, false) {
			t.Fatal("no eigenvalues")
		}
		if least := eigen.Values(nil)[0]; least < -1e-12*mat.Trace(g) {
			t.Fatalf("eigenvalue %g of a Gram matrix with trace %g", least, mat.Trace(g))
		}
		for mu := range d.nData {
			if !(g.At(mu, mu) >= 1) {
				t.Fatalf("|grad f_%d|² = %g", mu, g.At(mu, mu))
			}
		}
	})
}

// TestProp_Homogeneous: without biases, the weights of one layer times lambda > 0
// give lambda times the output.
func TestProp_Homogeneous(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		lambda := math.Exp(rapid.Float64Range(-3, 3).Draw(t, "log lambda"))
		chosen := rapid.IntRange(0, len(d.hidden)).Draw(t, "layer")
		scaled := append([]float64(nil), d.theta...)
		sizes := append(append([]int{d.inputs}, d.hidden...), 1)
		for l, start := 0, 0; l+1 < len(sizes); l++ {
			in, out := sizes[l], sizes[l+1]
			if l == chosen {
				floats.Scale(lambda, scaled[start:start+in*out])
			}
			for i := range out {
				d.theta[start+in*out+i], scaled[start+in*out+i] = 0, 0
			}
			start += out * (in + 1)
		}
		f, g := d.fit.Residuals(d.theta), d.fit.Residuals(scaled)
		for mu := range f {
			if math.Abs(g[mu]-lambda*f[mu]) > 1e-10*lambda {
				t.Fatalf("output %g, want %g times %g", g[mu], lambda, f[mu])
			}
		}
	})
}

// TestProp_UnitsPermute: swapping two units of the first hidden layer, with what
// leads to them and away, changes neither the output nor G.
func TestProp_UnitsPermute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		width, in := d.hidden[0], d.inputs
		i, j := rapid.IntRange(0, width-1).Draw(t, "i"), rapid.IntRange(0, width-1).Draw(t, "j")
		next := 1
		if len(d.hidden) > 1 {
			next = d.hidden[1]
		}
		theta := append([]float64(nil), d.theta...)
		swap := func(a, b int) { theta[a], theta[b] = theta[b], theta[a] }
		for k := range in {
			swap(i*in+k, j*in+k)
		}
		swap(width*in+i, width*in+j)
		for k := range next {
			swap(width*(in+1)+k*width+i, width*(in+1)+k*width+j)
		}
		f, g := d.fit.Residuals(d.theta), d.fit.Residuals(theta)
		before, after := d.fit.OutputGram(d.theta), d.fit.OutputGram(theta)
		for mu := range f {
			if math.Abs(f[mu]-g[mu]) > 1e-10 {
				t.Fatalf("output %g became %g", f[mu], g[mu])
			}
		}
		if !mat.EqualApprox(before, after, 1e-12*mat.Trace(before)) {
			t.Fatal("G changed")
		}
	})
}
