//go:build amd64 && !purego

package sde

import "sgdescape/sim/vector"

func (r rows) polynomialVector(x, value, slope []float64, pairs [][2]float64, n int) {
	f := polynomialAVX2
	if r.set >= vector.AVX512 {
		f = polynomialAVX512
	}
	f(&x[0], &value[0], &slope[0], &pairs[0][0], len(pairs)-1, n)
}

func (r rows) quadraticVector(theta, loss, grad, h, minimum []float64, floor float64, dim, n int) {
	f := quadraticAVX2
	if r.set >= vector.AVX512 {
		f = quadraticAVX512
	}
	f(&theta[0], &loss[0], &grad[0], &h[0], &minimum[0], floor, dim, n)
}

func (b *channelBlock) vector(theta, loss, grad []float64, n int) {
	f := channelAVX2
	if b.rows.set >= vector.AVX512 {
		f = channelAVX512
	}
	inverse, spread := 1/b.Width, b.KSaddle-b.KMin
	if b.Dim == 1 {
		spread = 0
	}
	f(&theta[0], &loss[0], &grad[0], inverse, spread, b.KMin, b.Floor, b.Height, -4*b.Height*inverse, b.Dim, n)
}
