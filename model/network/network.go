package network

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// glorotStream is the second word of the PCG seed of [Network.Glorot]. It is
// part of the identity of every initialisation, so changing it is value-breaking.
const glorotStream = 0x676c6f726f74 // "glorot" in ASCII

// maxParameters bounds the parameters of a network: 1 GB of them.
const maxParameters = 125_000_000

// Network is a dense network with ReLU after each layer but the last, which has
// one output. It is the shape only: the parameters theta are given to each
// method, layer by layer, of each first the weights W (outputs x inputs,
// row-major) and then the biases b. It is safe for concurrent use.
type Network struct {
	sizes []int // inputs, hidden units of each layer, 1
	dim   int
}

// New returns the network with the given numbers of inputs and of hidden units
// of each layer, all at least 1. Without hidden layers it is linear in x.
func New(inputs int, hidden ...int) (*Network, error) {
	d := model.CheckDomain("network").AtLeast(1, "number of inputs", inputs)
	for l, n := range hidden {
		d.AtLeast(1, fmt.Sprintf("hidden units of layer %d", l+1), n)
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	n := &Network{sizes: append(append([]int{inputs}, hidden...), 1)}
	for l := range n.layers() {
		in, out := n.sizes[l], n.sizes[l+1]
		if in >= maxParameters || out > (maxParameters-n.dim)/(in+1) {
			return nil, d.That(false, "number of parameters", fmt.Sprintf("that of the layers %v", n.sizes), fmt.Sprintf("at most %d: they are kept in memory", maxParameters)).Err()
		}
		n.dim += out * (in + 1)
	}
	return n, nil
}

// Inputs returns the number of inputs.
func (n *Network) Inputs() int { return n.sizes[0] }

// Dim returns the number of parameters, weights and biases.
func (n *Network) Dim() int { return n.dim }

// Glorot returns initial parameters: the weights of a layer are uniform within
// +-sqrt(6/(inputs + outputs)) (X. Glorot, Y. Bengio, AISTATS 2010, Eq. 16), the
// biases 0. They are a function of the seed and the shape, drawn in the order of
// theta by math/rand/v2's PCG with the words (seed, 0x676c6f726f74).
func (n *Network) Glorot(seed uint64) []float64 {
	rng := rand.New(rand.NewPCG(seed, glorotStream))
	theta := make([]float64, n.dim)
	for l, p := range n.split(theta) {
		limit := math.Sqrt(6 / float64(n.sizes[l]+n.sizes[l+1]))
		w := p.w.RawMatrix().Data
		for i := range w {
			w[i] = limit * (2*rng.Float64() - 1)
		}
	}
	return theta
}

// layers returns the number of layers of weights.
func (n *Network) layers() int { return len(n.sizes) - 1 }

// A layer is the part of theta, or of its gradient, of one layer.
type layer struct {
	w *mat.Dense // outputs x inputs
	b []float64
}

// split returns the layers of theta, which share its memory.
func (n *Network) split(theta []float64) []layer {
	if len(theta) != n.dim {
		panic(fmt.Sprintf("network: theta has %d elements, want %d", len(theta), n.dim))
	}
	layers := make([]layer, n.layers())
	for l := range layers {
		in, out := n.sizes[l], n.sizes[l+1]
		layers[l] = layer{w: mat.NewDense(out, in, theta[:out*in:out*in]), b: theta[out*in : out*(in+1) : out*(in+1)]}
		theta = theta[out*(in+1):]
	}
	return layers
}

// forward returns a_0, ..., a_last of a batch, one row a sample. The last is the
// output and passes no ReLU.
func (n *Network) forward(layers []layer, x *mat.Dense) []*mat.Dense {
	a := []*mat.Dense{x}
	for l, p := range layers {
		z := new(mat.Dense)
		z.Mul(a[l], p.w.T())
		rows, _ := z.Dims()
		for mu := range rows {
			row := z.RawRowView(mu)
			for i := range row {
				row[i] += p.b[i]
				if l < len(layers)-1 && row[i] <= 0 { // NaN stays
					row[i] = 0
				}
			}
		}
		a = append(a, z)
	}
	return a
}

// backward returns the signal of the layer below, (d W) where the activations a
// of that layer are positive and 0 elsewhere.
func backward(d, a *mat.Dense, above layer) *mat.Dense {
	below := new(mat.Dense)
	below.Mul(d, above.w)
	rows, _ := below.Dims()
	for mu := range rows {
		active := a.RawRowView(mu)
		row := below.RawRowView(mu)
		for i := range row {
			if active[i] <= 0 {
				row[i] = 0
			}
		}
	}
	return below
}
