package sgd

import (
	"math/bits"

	"sgdescape/sim/lane"
)

// The loops of this file are one loop, written out for d = 1, 2, 5 and 10
// because the compiler does not unroll: for each lane the residual of its
// sample, e = rate (theta.x - y), the step theta <- theta - e x, and the squared
// distance from the minimum, which decides whether the loss has to be looked at.
// Products and sums are in the order of the general path, so the bits agree.
// For larger minibatches the loops named sum add e x to the batch instead.

// step1 makes one step with B = 1 and d = 1, the draw included.
func (k *lockstep) step1(s *lane.State, active, step int) {
	const mask = lane.Width - 1
	theta, rows, rate, safe2 := (*[lane.Width]float64)(s.Theta), k.rows, k.rate, k.safe2
	m, nData := k.minimum[0], k.nData
	for at := range active {
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
		mu, low := bits.Mul64(word, nData)
		if low < nData {
			mu = k.redraw(s, j, mu, low)
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

// sum1 adds one sample to the batch of each lane, with d = 1.
func (k *lockstep) sum1(s *lane.State, active int) {
	const mask = lane.Width - 1
	theta, batch := (*[1 * lane.Width]float64)(s.Theta), (*[1 * lane.Width]float64)(k.batch)
	rows, rate := k.rows, k.rate
	for at := range active {
		j := at & mask
		x := (*[2]float64)(rows[k.at[j]:])
		e := float64(theta[j]*x[0]) - x[1]
		e *= rate
		batch[j] += float64(e * x[0])
	}
}

// step2 makes one step with B = 1 and d = 2.
func (k *lockstep) step2(s *lane.State, active, step int) {
	const mask = lane.Width - 1
	theta, rows, rate, safe2 := (*[2 * lane.Width]float64)(s.Theta), k.rows, k.rate, k.safe2
	m0 := k.minimum[0]
	m1 := k.minimum[1]
	for at := range active {
		j := at & mask
		x := (*[3]float64)(rows[k.at[j]:])
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
func (k *lockstep) sum2(s *lane.State, active int) {
	const mask = lane.Width - 1
	theta, batch := (*[2 * lane.Width]float64)(s.Theta), (*[2 * lane.Width]float64)(k.batch)
	rows, rate := k.rows, k.rate
	for at := range active {
		j := at & mask
		x := (*[3]float64)(rows[k.at[j]:])
		e := float64(theta[j]*x[0]) - x[2]
		e += float64(theta[lane.Width+j] * x[1])
		e *= rate
		batch[j] += float64(e * x[0])
		batch[lane.Width+j] += float64(e * x[1])
	}
}

// step5 makes one step with B = 1 and d = 5.
func (k *lockstep) step5(s *lane.State, active, step int) {
	const mask = lane.Width - 1
	theta, rows, rate, safe2 := (*[5 * lane.Width]float64)(s.Theta), k.rows, k.rate, k.safe2
	m := (*[5]float64)(k.minimum)
	for at := range active {
		j := at & mask
		x := (*[6]float64)(rows[k.at[j]:])
		t0 := theta[j]
		t1 := theta[lane.Width+j]
		t2 := theta[2*lane.Width+j]
		t3 := theta[3*lane.Width+j]
		t4 := theta[4*lane.Width+j]
		e := float64(t0*x[0]) - x[5]
		e += float64(t1 * x[1])
		e += float64(t2 * x[2])
		e += float64(t3 * x[3])
		e += float64(t4 * x[4])
		e *= rate
		t0 -= float64(e * x[0])
		theta[j] = t0
		t1 -= float64(e * x[1])
		theta[lane.Width+j] = t1
		t2 -= float64(e * x[2])
		theta[2*lane.Width+j] = t2
		t3 -= float64(e * x[3])
		theta[3*lane.Width+j] = t3
		t4 -= float64(e * x[4])
		theta[4*lane.Width+j] = t4
		z0 := t0 - m[0]
		z1 := t1 - m[1]
		z2 := t2 - m[2]
		z3 := t3 - m[3]
		z4 := t4 - m[4]
		r2 := (float64(z0*z0) + float64(z1*z1) + float64(z2*z2)) +
			(float64(z3*z3) + float64(z4*z4))
		if !(r2 <= safe2) {
			k.far(s, j, step)
		}
	}
}

// sum5 adds one sample to the batch of each lane, with d = 5.
func (k *lockstep) sum5(s *lane.State, active int) {
	const mask = lane.Width - 1
	theta, batch := (*[5 * lane.Width]float64)(s.Theta), (*[5 * lane.Width]float64)(k.batch)
	rows, rate := k.rows, k.rate
	for at := range active {
		j := at & mask
		x := (*[6]float64)(rows[k.at[j]:])
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
func (k *lockstep) step10(s *lane.State, active, step int) {
	const mask = lane.Width - 1
	theta, rows, rate, safe2 := (*[10 * lane.Width]float64)(s.Theta), k.rows, k.rate, k.safe2
	m := (*[10]float64)(k.minimum)
	for at := range active {
		j := at & mask
		x := (*[11]float64)(rows[k.at[j]:])
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
		e := float64(t0*x[0]) - x[10]
		e += float64(t1 * x[1])
		e += float64(t2 * x[2])
		e += float64(t3 * x[3])
		e += float64(t4 * x[4])
		e += float64(t5 * x[5])
		e += float64(t6 * x[6])
		e += float64(t7 * x[7])
		e += float64(t8 * x[8])
		e += float64(t9 * x[9])
		e *= rate
		t0 -= float64(e * x[0])
		theta[j] = t0
		t1 -= float64(e * x[1])
		theta[lane.Width+j] = t1
		t2 -= float64(e * x[2])
		theta[2*lane.Width+j] = t2
		t3 -= float64(e * x[3])
		theta[3*lane.Width+j] = t3
		t4 -= float64(e * x[4])
		theta[4*lane.Width+j] = t4
		t5 -= float64(e * x[5])
		theta[5*lane.Width+j] = t5
		t6 -= float64(e * x[6])
		theta[6*lane.Width+j] = t6
		t7 -= float64(e * x[7])
		theta[7*lane.Width+j] = t7
		t8 -= float64(e * x[8])
		theta[8*lane.Width+j] = t8
		t9 -= float64(e * x[9])
		theta[9*lane.Width+j] = t9
		z0 := t0 - m[0]
		z1 := t1 - m[1]
		z2 := t2 - m[2]
		z3 := t3 - m[3]
		z4 := t4 - m[4]
		z5 := t5 - m[5]
		z6 := t6 - m[6]
		z7 := t7 - m[7]
		z8 := t8 - m[8]
		z9 := t9 - m[9]
		r2 := (float64(z0*z0) + float64(z1*z1) + float64(z2*z2) + float64(z3*z3) + float64(z4*z4)) +
			(float64(z5*z5) + float64(z6*z6) + float64(z7*z7) + float64(z8*z8) + float64(z9*z9))
		if !(r2 <= safe2) {
			k.far(s, j, step)
		}
	}
}

// sum10 adds one sample to the batch of each lane, with d = 10.
func (k *lockstep) sum10(s *lane.State, active int) {
	const mask = lane.Width - 1
	theta, batch := (*[10 * lane.Width]float64)(s.Theta), (*[10 * lane.Width]float64)(k.batch)
	rows, rate := k.rows, k.rate
	for at := range active {
		j := at & mask
		x := (*[11]float64)(rows[k.at[j]:])
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
