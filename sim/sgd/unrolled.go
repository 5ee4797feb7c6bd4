package sgd

import (
	"math/bits"

	"sgdescape/sim/lane"
)

// The loops of this file are one loop, written out for d = 1, 2, 5 and 10
// because the compiler does not unroll: for each lane the residual of its
// sample, e = rate (theta.x - y), the step theta <- theta - e x, and the squared
// distance from the minimum, which decides whether the loss has to be looked at.
// With d = 5 and 10 the distance is not measured but carried on, see [turn].
// They draw the samples themselves, which the processor does beside the sums.
// Products and sums are in the order of the general path, so the bits agree.
// For larger minibatches the loops named sum add e x to the batch instead.

// step1 makes one step with B = 1 and d = 1. lane.State.Word would be slower here.
func (k *lockstep) step1(s *lane.State, from, to, step int) {
	const mask = lane.Width - 1
	theta, rows, rate, safe2 := (*[lane.Width]float64)(s.Theta), k.rows, k.rate, k.safe2
	m, n := k.minimum[0], uint64(k.p.sgd.DatasetSize)
	for at := from; at < to; at++ {
		j := at & mask
		s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
		word := bits.RotateLeft64(s0+s3, 23) + s0
		t := s1 << 17
		s2 ^= s0
		s3 ^= s1
		s.S1[j] = s1 ^ s2
		s.S0[j] = s0 ^ s3
		s.S2[j] = s2 ^ t
		s.S3[j] = bits.RotateLeft64(s3, 45)
		mu, low := bits.Mul64(word, n)
		if low < n {
			mu = redraw(s, j, n, mu, low)
		}
		y, x := rows[2*mu+1], rows[2*mu]
		t0 := theta[j]
		e := (float64(t0*x) - y) * rate
		t0 -= float64(e * x)
		theta[j] = t0
		z := t0 - m
		if !(float64(z*z) <= safe2) {
			k.far(s, j, step)
		}
	}
}

// redraw finishes a draw below n that may have hit one of the surplus words.
//
//go:noinline
func redraw(s *lane.State, j int, n, mu, low uint64) uint64 {
	if low >= -n%n {
		return mu
	}
	src := s.Source(j)
	mu = src.Index(n)
	s.SetSource(j, &src)
	return mu
}

// sum1 adds one sample to the batch of each lane, with d = 1.
func (k *lockstep) sum1(s *lane.State, where *[lane.Width]int, from, to int) {
	const mask = lane.Width - 1
	theta, batch := (*[1 * lane.Width]float64)(s.Theta), (*[1 * lane.Width]float64)(k.batch)
	rows, rate := k.rows, k.rate
	for at := from; at < to; at++ {
		j := at & mask
		x := (*[2]float64)(rows[where[j]:])
		e := float64(theta[j]*x[0]) - x[1]
		e *= rate
		batch[j] += float64(e * x[0])
	}
}

// step2 makes one step with B = 1 and d = 2.
func (k *lockstep) step2(s *lane.State, from, to, step int) {
	const mask = lane.Width - 1
	n := uint64(k.p.sgd.DatasetSize)
	theta, rows, rate, safe2 := (*[2 * lane.Width]float64)(s.Theta), k.rows, k.rate, k.safe2
	m0 := k.minimum[0]
	m1 := k.minimum[1]
	for at := from; at < to; at++ {
		j := at & mask
		mu, low := bits.Mul64(s.Word(j), n)
		if low < n {
			mu = redraw(s, j, n, mu, low)
		}
		x := (*[3]float64)(rows[4*mu:])
		t0 := theta[j]
		t1 := theta[lane.Width+j]
		e := float64(t0*x[0]) - x[2]
		e += float64(t1 * x[1])
		e *= rate
		t0 -= float64(e * x[0])
		theta[j] = t0
		t1 -= float64(e * x[1])
		theta[lane.Width+j] = t1
		z0 := t0 - m0
		z1 := t1 - m1
		r2 := float64(z0 * z0)
		r2 += float64(z1 * z1)
		if !(r2 <= safe2) {
			k.far(s, j, step)
		}
	}
}

// sum2 adds one sample to the batch of each lane, with d = 2.
func (k *lockstep) sum2(s *lane.State, where *[lane.Width]int, from, to int) {
	const mask = lane.Width - 1
	theta, batch := (*[2 * lane.Width]float64)(s.Theta), (*[2 * lane.Width]float64)(k.batch)
	rows, rate := k.rows, k.rate
	for at := from; at < to; at++ {
		j := at & mask
		x := (*[3]float64)(rows[where[j]:])
		e := float64(theta[j]*x[0]) - x[2]
		e += float64(theta[lane.Width+j] * x[1])
		e *= rate
		batch[j] += float64(e * x[0])
		batch[lane.Width+j] += float64(e * x[1])
	}
}

// step5 makes one step with B = 1 and d = 5.
func (k *lockstep) step5(s *lane.State, from, to, step int) {
	const mask = lane.Width - 1
	n := uint64(k.p.sgd.DatasetSize)
	theta, rows, rate, near2 := (*[5 * lane.Width]float64)(s.Theta), k.rows, k.rate, k.near2
	for at := from; at < to; at++ {
		j := at & mask
		mu, low := bits.Mul64(s.Word(j), n)
		if low < n {
			mu = redraw(s, j, n, mu, low)
		}
		x := (*[7]float64)(rows[8*mu:])
		t0 := theta[j]
		t1 := theta[lane.Width+j]
		t2 := theta[2*lane.Width+j]
		t3 := theta[3*lane.Width+j]
		t4 := theta[4*lane.Width+j]
		e0 := float64(t0*x[0]) - x[5]
		e0 += float64(t1 * x[1])
		e0 += float64(t2 * x[2])
		e0 += float64(t3 * x[3])
		e0 += float64(t4 * x[4])
		e := e0 * rate
		theta[j] = t0 - float64(e*x[0])
		theta[lane.Width+j] = t1 - float64(e*x[1])
		theta[2*lane.Width+j] = t2 - float64(e*x[2])
		theta[3*lane.Width+j] = t3 - float64(e*x[3])
		theta[4*lane.Width+j] = t4 - float64(e*x[4])
		b := x[6]
		r2 := k.distance2[j] + float64(e0*(float64(e0*upper(b))+b))
		k.distance2[j] = r2
		if !(r2 <= near2) {
			k.far(s, j, step)
		}
	}
}

// sum5 adds one sample to the batch of each lane, with d = 5.
func (k *lockstep) sum5(s *lane.State, where *[lane.Width]int, from, to int) {
	const mask = lane.Width - 1
	theta, batch := (*[5 * lane.Width]float64)(s.Theta), (*[5 * lane.Width]float64)(k.batch)
	rows, rate := k.rows, k.rate
	for at := from; at < to; at++ {
		j := at & mask
		x := (*[6]float64)(rows[where[j]:])
		e := float64(theta[j]*x[0]) - x[5]
		e += float64(theta[lane.Width+j] * x[1])
		e += float64(theta[2*lane.Width+j] * x[2])
		e += float64(theta[3*lane.Width+j] * x[3])
		e += float64(theta[4*lane.Width+j] * x[4])
		e *= rate
		batch[j] += float64(e * x[0])
		batch[lane.Width+j] += float64(e * x[1])
		batch[2*lane.Width+j] += float64(e * x[2])
		batch[3*lane.Width+j] += float64(e * x[3])
		batch[4*lane.Width+j] += float64(e * x[4])
	}
}

// step10 makes one step with B = 1 and d = 10.
func (k *lockstep) step10(s *lane.State, from, to, step int) {
	const mask = lane.Width - 1
	n := uint64(k.p.sgd.DatasetSize)
	theta, rows, rate, near2 := (*[10 * lane.Width]float64)(s.Theta), k.rows, k.rate, k.near2
	for at := from; at < to; at++ {
		j := at & mask
		mu, low := bits.Mul64(s.Word(j), n)
		if low < n {
			mu = redraw(s, j, n, mu, low)
		}
		x := (*[12]float64)(rows[12*mu:])
		t0 := theta[j]
		t1 := theta[lane.Width+j]
		t2 := theta[2*lane.Width+j]
		t3 := theta[3*lane.Width+j]
		t4 := theta[4*lane.Width+j]
		t5 := theta[5*lane.Width+j]
		t6 := theta[6*lane.Width+j]
		t7 := theta[7*lane.Width+j]
		t8 := theta[8*lane.Width+j]
		t9 := theta[9*lane.Width+j]
		x0, x1, x2, x3 := x[0], x[1], x[2], x[3] // as many as there are registers
		e0 := float64(t0*x0) - x[10]
		e0 += float64(t1 * x1)
		e0 += float64(t2 * x2)
		e0 += float64(t3 * x3)
		e0 += float64(t4 * x[4])
		e0 += float64(t5 * x[5])
		e0 += float64(t6 * x[6])
		e0 += float64(t7 * x[7])
		e0 += float64(t8 * x[8])
		e0 += float64(t9 * x[9])
		e := e0 * rate
		theta[j] = t0 - float64(e*x0)
		theta[lane.Width+j] = t1 - float64(e*x1)
		theta[2*lane.Width+j] = t2 - float64(e*x2)
		theta[3*lane.Width+j] = t3 - float64(e*x3)
		theta[4*lane.Width+j] = t4 - float64(e*x[4])
		theta[5*lane.Width+j] = t5 - float64(e*x[5])
		theta[6*lane.Width+j] = t6 - float64(e*x[6])
		theta[7*lane.Width+j] = t7 - float64(e*x[7])
		theta[8*lane.Width+j] = t8 - float64(e*x[8])
		theta[9*lane.Width+j] = t9 - float64(e*x[9])
		b := x[11]
		r2 := k.distance2[j] + float64(e0*(float64(e0*upper(b))+b))
		k.distance2[j] = r2
		if !(r2 <= near2) {
			k.far(s, j, step)
		}
	}
}

// sum10 adds one sample to the batch of each lane, with d = 10.
func (k *lockstep) sum10(s *lane.State, where *[lane.Width]int, from, to int) {
	const mask = lane.Width - 1
	theta, batch := (*[10 * lane.Width]float64)(s.Theta), (*[10 * lane.Width]float64)(k.batch)
	rows, rate := k.rows, k.rate
	for at := from; at < to; at++ {
		j := at & mask
		x := (*[11]float64)(rows[where[j]:])
		e := float64(theta[j]*x[0]) - x[10]
		e += float64(theta[lane.Width+j] * x[1])
		e += float64(theta[2*lane.Width+j] * x[2])
		e += float64(theta[3*lane.Width+j] * x[3])
		e += float64(theta[4*lane.Width+j] * x[4])
		e += float64(theta[5*lane.Width+j] * x[5])
		e += float64(theta[6*lane.Width+j] * x[6])
		e += float64(theta[7*lane.Width+j] * x[7])
		e += float64(theta[8*lane.Width+j] * x[8])
		e += float64(theta[9*lane.Width+j] * x[9])
		e *= rate
		batch[j] += float64(e * x[0])
		batch[lane.Width+j] += float64(e * x[1])
		batch[2*lane.Width+j] += float64(e * x[2])
		batch[3*lane.Width+j] += float64(e * x[3])
		batch[4*lane.Width+j] += float64(e * x[4])
		batch[5*lane.Width+j] += float64(e * x[5])
		batch[6*lane.Width+j] += float64(e * x[6])
		batch[7*lane.Width+j] += float64(e * x[7])
		batch[8*lane.Width+j] += float64(e * x[8])
		batch[9*lane.Width+j] += float64(e * x[9])
	}
}
