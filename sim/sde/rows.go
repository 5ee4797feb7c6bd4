package sde

import (
	"math"

	"sgdescape/sim/lane"
	"sgdescape/sim/vector"
)

// A laneRow holds one number of every lane.
type laneRow = [lane.Width]float64

// rowOf returns row i of a coordinate-major table.
func rowOf(table []float64, i int) *laneRow { return (*laneRow)(table[i*lane.Width:]) }

// rows are the operations of loops that go over one row of lanes after the
// other. Each has a vector twin with the same bits, which goes over whole
// registers and so also over idle lanes, whose numbers mean nothing.
type rows struct{ set vector.Set }

const laneMask = lane.Width - 1 // shows the compiler that an index is one of a row

// whole returns the number of lanes that a twin goes over.
func (r rows) whole(active int) int {
	width := r.set.Lanes()
	return (active + width - 1) &^ (width - 1)
}

// amplitudes stores factor sqrt(slope x + constant) in dst.
func (r rows) amplitudes(dst, x *laneRow, factor, slope, constant float64, active int) {
	if r.set != vector.Portable {
		r.amplitudesVector(dst, x, factor, slope, constant, r.whole(active))
		return
	}
	for k := range active {
		j := k & laneMask
		dst[j] = factor * math.Sqrt(float64(slope*x[j])+constant)
	}
}

// quotients stores dividend/(slope x + constant) in dst.
func (r rows) quotients(dst, x *laneRow, dividend, slope, constant float64, active int) {
	if r.set != vector.Portable {
		r.quotientsVector(dst, x, dividend, slope, constant, r.whole(active))
		return
	}
	for k := range active {
		j := k & laneMask
		dst[j] = dividend / (float64(slope*x[j]) + constant)
	}
}

// complements stores 1 - factor x in dst.
func (r rows) complements(dst, x *laneRow, factor float64, active int) {
	if r.set != vector.Portable {
		r.complementsVector(dst, x, factor, r.whole(active))
		return
	}
	for k := range active {
		j := k & laneMask
		dst[j] = 1 - float64(factor*x[j])
	}
}

// clock moves the clocks t by the trapezium of a step, halfStep (1/L before + 1/L
// after) with L = slope x + constant, and stores 1/L after in inverse, where 1/L
// before is.
func (r rows) clock(t, inverse, x *laneRow, halfStep, slope, constant float64, active int) {
	if r.set != vector.Portable {
		r.clockVector(t, inverse, x, halfStep, slope, constant, r.whole(active))
		return
	}
	for k := range active {
		j := k & laneMask
		after := 1 / (float64(slope*x[j]) + constant)
		t[j] += float64(halfStep * (inverse[j] + after))
		inverse[j] = after
	}
}

// move moves every coordinate of theta by amp xi - drift grad.
func (r rows) move(theta, grad, xi []float64, amp, drift *laneRow, n, active int) {
	if r.set != vector.Portable {
		r.moveVector(theta, grad, xi, amp, drift, n, r.whole(active))
		return
	}
	for i := range n {
		theta, grad, xi := rowOf(theta, i), rowOf(grad, i), rowOf(xi, i)
		for k := range active {
			j := k & laneMask
			theta[j] = float64(amp[j]*xi[j]) + (theta[j] - float64(drift[j]*grad[j]))
		}
	}
}

// decay stores amp xi + decay theta in every coordinate of theta and adds their
// squares to square.
func (r rows) decay(theta, xi []float64, amp, decay, square *laneRow, n, active int) {
	if r.set != vector.Portable {
		r.decayVector(theta, xi, amp, decay, square, n, r.whole(active))
		return
	}
	for i := range n {
		theta, xi := rowOf(theta, i), rowOf(xi, i)
		for k := range active {
			j := k & laneMask
			x := float64(amp[j]*xi[j]) + float64(decay[j]*theta[j])
			theta[j] = x
			square[j] += float64(x * x)
		}
	}
}

// An along holds what the coordinates of a step have in common when there is
// noise along theta. With A = (slope L + constant) dt, c = along dt and
// t_i = A + c (theta_1² + ... + theta_i²), the triangular root of
// A I + c theta theta^T acts by
//
//	y_i = t_i q_i xi_i + c theta_i sum_{k<i} theta_k q_k xi_k,  q_i = sqrt(A/(t_{i-1} t_i))
type along struct {
	variance  laneRow // A
	tail, sum laneRow // t_{i-1} and the sum, at first A and 0
	c         float64
}

// decayAlong is decay with y_i in place of amp xi.
func (r rows) decayAlong(theta, xi []float64, decay, square *laneRow, a *along, n, active int) {
	if r.set != vector.Portable {
		r.decayAlongVector(theta, xi, decay, square, a, n, r.whole(active))
		return
	}
	for i := range n {
		theta, xi := rowOf(theta, i), rowOf(xi, i)
		for k := range active {
			j := k & laneMask
			x, before := theta[j], a.tail[j]
			after := before + float64(a.c*float64(x*x))
			q := math.Sqrt(a.variance[j] / float64(before*after))
			qxi := float64(q * xi[j])
			y := float64(after*qxi) + float64(float64(a.c*x)*a.sum[j])
			a.sum[j] += float64(x * qxi)
			a.tail[j] = after
			x = y + float64(decay[j]*x)
			theta[j] = x
			square[j] += float64(x * x)
		}
	}
}

// triangle stores R xi in xi for a lower triangular root R, row-major in n
// dimensions, from the last coordinate to the first. Zeros below the diagonal are
// passed over.
func (r rows) triangle(xi, root []float64, n, active int) {
	if r.set != vector.Portable && active > 0 {
		r.triangleVector(xi, root, n, r.whole(active))
		return
	}
	for i := n - 1; i >= 0; i-- {
		out := row(xi, i, active)
		c := root[i*n+i]
		for j := range out {
			out[j] *= c
		}
		for k := range i {
			c := root[i*n+k]
			if c == 0 {
				continue
			}
			for j, x := range row(xi, k, active) {
				out[j] += float64(c * x)
			}
		}
	}
}

// crossed returns as bits the lanes that have not left >= 0 and left² >=
// variance, with left = level - watched.
func (r rows) crossed(watched, variance *laneRow, level float64, active int) (outside uint64) {
	if r.set != vector.Portable {
		return r.crossedVector(watched, variance, level, r.whole(active)) & (1<<active - 1)
	}
	for k := range active {
		j := k & laneMask
		if left := level - watched[j]; !(left >= 0 && float64(left*left) >= variance[j]) {
			outside |= 1 << j
		}
	}
	return outside
}

// unpositive returns as bits the lanes without 0 < x < Inf.
func (r rows) unpositive(x *laneRow, active int) (found uint64) {
	if r.set != vector.Portable && active > 0 {
		return r.unpositiveVector(x, r.whole(active)) & (1<<active - 1)
	}
	for j := 0; j < active; j += 4 {
		if q := (*[4]float64)(x[j:]); q[0] > 0 && q[1] > 0 && q[2] > 0 && q[3] > 0 && q[0]+q[1]+q[2]+q[3] <= math.MaxFloat64 {
			continue
		}
		for i, x := range x[j : j+4] {
			if !(x > 0 && x <= math.MaxFloat64) {
				found |= 1 << (j + i)
			}
		}
	}
	return found & (1<<active - 1) // not the idle lanes
}

// infinite returns as bits the lanes with a coordinate that is not finite.
func (r rows) infinite(theta []float64, n, active int) (found uint64) {
	const infinity = 0x7ff << 53 // bits of +Inf without the sign; NaNs are above
	for i := range n {
		largest := uint64(0)
		for _, x := range row(theta, i, active) {
			largest = max(largest, math.Float64bits(x)<<1)
		}
		if largest < infinity {
			continue
		}
		for j, x := range row(theta, i, active) {
			if math.Float64bits(x)<<1 >= infinity {
				found |= 1 << j
			}
		}
	}
	return found
}
