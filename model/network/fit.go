package network

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// Fit is a network on N labelled samples with the loss of one sample l_mu =
// (f(theta, x_mu) - y_mu)²/2 and L = mean of l_mu (Mori2022, Eq. 1). It is safe
// for concurrent use.
type Fit struct {
	*Network
	x *mat.Dense // N x inputs
	y []float64
}

// NewFit returns the network on the samples: inputs is N x n.Inputs(),
// row-major, targets has length N >= 1; all of them are finite. They are not
// copied.
func NewFit(n *Network, inputs, targets []float64) (*Fit, error) {
	d := model.CheckDomain("network on samples").
		That(n != nil, "network", "nil", "a network").
		AtLeast(1, "data-set size N", len(targets))
	firstNotFinite(d, "inputs x", inputs)
	firstNotFinite(d, "targets y", targets)
	if n != nil {
		d.That(len(inputs) == len(targets)*n.Inputs(), "number of inputs x", len(inputs), fmt.Sprintf("N times the %d inputs of the network", n.Inputs()))
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return &Fit{Network: n, x: mat.NewDense(len(targets), n.Inputs(), inputs), y: targets}, nil
}

// firstNotFinite refuses the first number that is not finite.
func firstNotFinite(d *model.Domain, name string, xs []float64) {
	for i, x := range xs {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			d.Finite(fmt.Sprintf("%s[%d]", name, i), x)
			return
		}
	}
}

// Len returns N.
func (f *Fit) Len() int { return len(f.y) }

// Residuals returns f(theta, x_mu) - y_mu for every sample.
func (f *Fit) Residuals(theta []float64) []float64 {
	a := f.forward(f.split(theta), f.x)
	return residuals(a[len(a)-1], f.y)
}

// Loss returns L(theta).
func (f *Fit) Loss(theta []float64) float64 { return loss(f.Residuals(theta)) }

// BatchGrad stores the gradient of L_B(theta), the mean of l_mu over the samples
// with the given indices (Mori2022, Eq. 3), in dst and returns L_B. No index, or
// one outside [0, N), is a bug of the caller and panics.
func (f *Fit) BatchGrad(dst, theta []float64, batch []int) float64 {
	if len(batch) == 0 {
		panic("network: the minibatch has no sample")
	}
	x, y := mat.NewDense(len(batch), f.Inputs(), nil), make([]float64, len(batch))
	for i, mu := range batch {
		x.SetRow(i, f.x.RawRowView(mu))
		y[i] = f.y[mu]
	}
	layers, gradient := f.split(theta), f.split(dst)
	a := f.forward(layers, x)
	r := residuals(a[len(a)-1], y)
	d := mat.NewDense(len(batch), 1, append([]float64(nil), r...))
	d.Scale(1/float64(len(batch)), d)
	for l := len(layers) - 1; l >= 0; l-- {
		gradient[l].w.Mul(d.T(), a[l])
		for i := range gradient[l].b {
			gradient[l].b[i] = mat.Sum(d.ColView(i))
		}
		if l > 0 {
			d = backward(d, a[l], layers[l])
		}
	}
	return loss(r)
}

// SampleGrad stores grad l_mu(theta) in dst.
func (f *Fit) SampleGrad(dst, theta []float64, mu int) { f.BatchGrad(dst, theta, []int{mu}) }

// OutputGram returns the products G_{mu nu} = grad f_mu . grad f_nu of the
// gradients of the output, N x N, in O(N² (units)) time; see the package
// documentation. The gradients themselves are never formed.
func (f *Fit) OutputGram(theta []float64) *mat.SymDense {
	nData := f.Len()
	layers := f.split(theta)
	a := f.forward(layers, f.x)
	gram := mat.NewSymDense(nData, nil)
	d := ones(nData)
	for l := len(layers) - 1; l >= 0; l-- {
		var activations, signals mat.SymDense
		activations.SymOuterK(1, a[l])
		signals.SymOuterK(1, d)
		for mu := range nData {
			for nu := mu; nu < nData; nu++ {
				gram.SetSym(mu, nu, gram.At(mu, nu)+(activations.At(mu, nu)+1)*signals.At(mu, nu))
			}
		}
		if l > 0 {
			d = backward(d, a[l], layers[l])
		}
	}
	return gram
}

// OutputGradNorms2 stores |grad f_mu|², the diagonal of [Fit.OutputGram], in dst, of
// length N, in O(N units) time.
func (f *Fit) OutputGradNorms2(dst, theta []float64) {
	if len(dst) != f.Len() {
		panic(fmt.Sprintf("network: %d squared norms, want N = %d", len(dst), f.Len()))
	}
	clear(dst)
	layers := f.split(theta)
	a := f.forward(layers, f.x)
	d := ones(f.Len())
	for l := len(layers) - 1; l >= 0; l-- {
		for mu := range dst {
			activation, signal := a[l].RawRowView(mu), d.RawRowView(mu)
			dst[mu] += (floats.Dot(activation, activation) + 1) * floats.Dot(signal, signal)
		}
		if l > 0 {
			d = backward(d, a[l], layers[l])
		}
	}
}

// ones is the signal of the output of n samples.
func ones(n int) *mat.Dense {
	d := mat.NewDense(n, 1, nil)
	for mu := range n {
		d.Set(mu, 0, 1)
	}
	return d
}

func residuals(output *mat.Dense, y []float64) []float64 {
	r := make([]float64, len(y))
	for mu := range r {
		r[mu] = output.At(mu, 0) - y[mu]
	}
	return r
}

func loss(residuals []float64) float64 {
	sum := 0.0
	for _, r := range residuals {
		sum += r * r
	}
	return sum / (2 * float64(len(residuals)))
}
