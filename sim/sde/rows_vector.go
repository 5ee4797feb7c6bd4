//go:build amd64 && !purego

package sde

import (
	"math"

	"sgdescape/sim/vector"
)

func (r rows) amplitudesVector(dst, x *laneRow, factor, slope, constant float64, n int) {
	f := amplitudesAVX2
	if r.set >= vector.AVX512 {
		f = amplitudesAVX512
	}
	f(&dst[0], &x[0], factor, slope, constant, n)
}

func (r rows) quotientsVector(dst, x *laneRow, dividend, slope, constant float64, n int) {
	f := quotientsAVX2
	if r.set >= vector.AVX512 {
		f = quotientsAVX512
	}
	f(&dst[0], &x[0], dividend, slope, constant, n)
}

func (r rows) complementsVector(dst, x *laneRow, factor float64, n int) {
	f := complementsAVX2
	if r.set >= vector.AVX512 {
		f = complementsAVX512
	}
	f(&dst[0], &x[0], 1, factor, n)
}

func (r rows) clockVector(t, inverse, x *laneRow, halfStep, slope, constant float64, n int) {
	f := clockAVX2
	if r.set >= vector.AVX512 {
		f = clockAVX512
	}
	f(&t[0], &inverse[0], &x[0], 1, halfStep, slope, constant, n)
}

func (r rows) moveVector(theta, grad, xi []float64, amp, drift *laneRow, n, lanes int) {
	f := moveRowsAVX2
	if r.set >= vector.AVX512 {
		f = moveRowsAVX512
	}
	f(&theta[0], &grad[0], &xi[0], &amp[0], &drift[0], lanes, n)
}

func (r rows) decayVector(theta, xi []float64, amp, decay, square *laneRow, n, lanes int) {
	f := decayRowsAVX2
	if r.set >= vector.AVX512 {
		f = decayRowsAVX512
	}
	f(&theta[0], &xi[0], &amp[0], &decay[0], &square[0], lanes, n)
}

func (r rows) decayAlongVector(theta, xi []float64, decay, square *laneRow, a *along, n, lanes int) {
	f := alongRowsAVX2
	if r.set >= vector.AVX512 {
		f = alongRowsAVX512
	}
	f(&theta[0], &xi[0], &a.variance[0], &decay[0], &square[0], &a.tail[0], &a.sum[0], a.c, lanes, n)
}

func (r rows) triangleVector(xi, root []float64, n, lanes int) {
	f := triangleAVX2
	if r.set >= vector.AVX512 {
		f = triangleAVX512
	}
	f(&xi[0], &root[0], n, lanes)
}

func (r rows) crossedVector(watched, variance *laneRow, level float64, n int) uint64 {
	f := crossedAVX2
	if r.set >= vector.AVX512 {
		f = crossedAVX512
	}
	return f(&watched[0], &variance[0], level, n)
}

func (r rows) unpositiveVector(x *laneRow, n int) uint64 {
	f := unpositiveAVX2
	if r.set >= vector.AVX512 {
		f = unpositiveAVX512
	}
	return f(&x[0], math.Inf(1), n)
}
