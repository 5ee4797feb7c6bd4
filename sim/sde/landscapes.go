package sde

import (
	"gonum.org/v1/gonum/mat"

	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/sim/lane"
	"sgdescape/sim/vector"
)

// A Block is a landscape that evaluates many lanes at once, without a call per
// lane and step. A user's landscape that has this method next to those of
// [landscape.Landscape] takes two to four times as long as one of the catalogue;
// one that has not is adapted lane by lane, and takes several times as long again.
// It may pass through landscape.WithMinimum or WithPassage.
type Block interface {
	// Eval stores L in loss and grad L in grad for len(loss) <= [lane.Width]
	// lanes. Coordinate i of lane j is at i*[lane.Width]+j of theta and grad.
	// It must be safe for concurrent use and give every lane the same bits
	// whatever the number of lanes.
	Eval(theta, loss, grad []float64)
}

// ownBlock returns the landscape as a block if it is one of its own.
func ownBlock(l landscape.Landscape) (b Block, ok bool) {
	if b, ok = l.(Block); !ok {
		b, ok = landscape.Bare(l).(Block)
	}
	return b, ok
}

// block returns the landscape as a block, or nil.
func block(l landscape.Landscape) Block {
	if b, ok := ownBlock(l); ok {
		return b
	}
	switch l := l.(type) {
	case *landscape.IsotropicValley:
		return radialBlock{n: l.Dim(), h: l.Curvature(), floor: l.Floor()}
	case *dataset.Population:
		return radialBlock{n: l.Dim(), h: 1, floor: l.MinimumLoss()}
	case *landscape.DoubleWell:
		return doubleWellBlock{floor: l.Floor(), height: l.Height(), width: l.Width()}
	case *landscape.Polynomial:
		return newPolynomialBlock(l)
	case *landscape.PolynomialPassage:
		return newPolynomialBlock(l.Polynomial)
	case *landscape.Channel:
		return &channelBlock{l.Parameters(), rows{vector.Best()}}
	case *landscape.QuadraticValley:
		return newQuadraticBlock(l, l.Minimum(), l.Floor())
	case *dataset.Regression:
		return newQuadraticBlock(l, l.Minimum(), l.MinimumLoss())
	}
	return nil
}

// row returns coordinate i of the first m lanes.
func row(table []float64, i, m int) []float64 {
	return table[i*lane.Width : i*lane.Width+m]
}

// radialBlock is L0 + h |theta|²/2.
type radialBlock struct {
	n        int
	h, floor float64
}

func (b radialBlock) Eval(theta, loss, grad []float64) {
	clear(loss)
	for i := range b.n {
		t := row(theta, i, len(loss))
		g := row(grad, i, len(loss))
		for j, x := range t {
			g[j] = b.h * x
			loss[j] += float64(x * x)
		}
	}
	for j, r2 := range loss {
		loss[j] = b.floor + float64(b.h*r2/2)
	}
}

// doubleWellBlock is L0 + dL (1 - (x/w)²)².
type doubleWellBlock struct{ floor, height, width float64 }

func (b doubleWellBlock) Eval(theta, loss, grad []float64) {
	inverse, slope := 1/b.width, -4*b.height/b.width
	t, g := row(theta, 0, len(loss)), row(grad, 0, len(loss))
	for j, x := range t {
		u := x * inverse
		q := 1 - float64(u*u)
		loss[j] = b.floor + float64(b.height*float64(q*q))
		g[j] = slope * u * q
	}
}

// polynomialBlock is sum_k c_k x^k by Horner's rule.
type polynomialBlock struct {
	rows  rows
	pairs [][2]float64 // coefficients of L and of L', the highest first
}

func newPolynomialBlock(p *landscape.Polynomial) *polynomialBlock {
	b := &polynomialBlock{rows: rows{vector.Best()}}
	c := p.Coefficients()
	for k := len(c) - 1; k >= 0; k-- {
		b.pairs = append(b.pairs, [2]float64{c[k], float64(k) * c[k]})
	}
	return b
}

// Eval goes over pairs of lanes, whose numbers fit into the registers.
func (b *polynomialBlock) Eval(theta, loss, grad []float64) {
	if b.rows.set != vector.Portable && len(loss) > 0 {
		b.rows.polynomialVector(theta, loss, grad, b.pairs, b.rows.whole(len(loss)))
		return
	}
	t, g := row(theta, 0, len(loss)), row(grad, 0, len(loss))
	degree := len(b.pairs) - 1
	first, last := b.pairs[0], b.pairs[degree][0]
	for j := 0; j < len(t); j += 2 {
		k := min(j+1, len(t)-1)
		x, y := t[j], t[k]
		v, w, s, u := first[0], first[0], first[1], first[1]
		for _, c := range b.pairs[1:degree] {
			v = float64(v*x) + c[0]
			w = float64(w*y) + c[0]
			s = float64(s*x) + c[1]
			u = float64(u*y) + c[1]
		}
		loss[j], g[j] = float64(v*x)+last, s
		loss[k], g[k] = float64(w*y)+last, u
	}
}

// channelBlock is the double well with a transverse curvature k(x).
type channelBlock struct {
	landscape.ChannelParameters
	rows rows
}

func (b *channelBlock) Eval(theta, loss, grad []float64) {
	m := len(loss)
	if b.rows.set != vector.Portable && m > 0 {
		b.vector(theta, loss, grad, b.rows.whole(m))
		return
	}
	clear(loss)
	for i := 1; i < b.Dim; i++ {
		for j, z := range row(theta, i, m) {
			loss[j] += float64(z * z)
		}
	}
	inverse := 1 / b.Width
	axis, gAxis := row(theta, 0, m), row(grad, 0, m)
	var transverse [lane.Width]float64 // k(x)
	for j, x := range axis {
		u := x * inverse
		u2 := float64(u * u)
		q := 1 - u2
		excess := 0.0
		if b.Dim > 1 {
			excess = float64((b.KSaddle - b.KMin) * exp(-4*u2))
		}
		k := b.KMin + excess
		r2 := loss[j]
		loss[j] = b.Floor + float64(b.Height*float64(q*q)) + float64(k*r2/2)
		gAxis[j] = float64(-4*b.Height*inverse*u*q) - float64(4*u*inverse*excess*r2)
		transverse[j] = k
	}
	for i := 1; i < b.Dim; i++ {
		g := row(grad, i, m)
		for j, z := range row(theta, i, m) {
			g[j] = transverse[j] * z
		}
	}
}

// quadraticBlock is L* + z^T H z/2 with z = theta - theta*.
type quadraticBlock struct {
	rows    rows
	n       int
	h       []float64 // row-major
	minimum []float64
	floor   float64
}

func newQuadraticBlock(l landscape.Landscape, minimum []float64, floor float64) *quadraticBlock {
	n := l.Dim()
	h := mat.NewSymDense(n, nil)
	l.Hessian(h, minimum)
	b := &quadraticBlock{rows: rows{vector.Best()}, n: n, minimum: minimum, floor: floor}
	for i := range n {
		for k := range n {
			b.h = append(b.h, h.At(i, k))
		}
	}
	return b
}

func (b *quadraticBlock) Eval(theta, loss, grad []float64) {
	m := len(loss)
	if b.rows.set != vector.Portable && m > 0 {
		b.rows.quadraticVector(theta, loss, grad, b.h, b.minimum, b.floor, b.n, b.rows.whole(m))
		return
	}
	clear(loss)
	for i := range b.n {
		g := row(grad, i, m)
		clear(g)
		for k := range b.n {
			h, at := b.h[i*b.n+k], b.minimum[k]
			for j, x := range row(theta, k, m) {
				g[j] += float64(h * (x - at))
			}
		}
		at := b.minimum[i]
		for j, x := range row(theta, i, m) {
			loss[j] += float64(g[j] * (x - at))
		}
	}
	for j, s := range loss {
		loss[j] = b.floor + float64(s/2)
	}
}

// scalarBlock adapts any landscape, lane by lane.
type scalarBlock struct {
	l           landscape.Landscape
	theta, grad []float64
}

// Eval gathers and scatters one lane at a time. A scalarBlock belongs to one
// kernel.
func (b *scalarBlock) Eval(theta, loss, grad []float64) {
	for j := range loss {
		for i := range b.theta {
			b.theta[i] = theta[i*lane.Width+j]
		}
		loss[j] = b.l.Loss(b.theta)
		b.l.Grad(b.grad, b.theta)
		for i, g := range b.grad {
			grad[i*lane.Width+j] = g
		}
	}
}
