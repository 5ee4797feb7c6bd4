package sgd

import "sgdescape/sim/lane"

// The loops of this file are one loop, written out for d = 1, 2, 5 and 10
// because the compiler does not unroll: each adds e x to the batch of its lane,
// with the residual e = rate (theta.x - y) of a sample, in the order of the
// general path. For minibatches of one sample there is single.go.

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
