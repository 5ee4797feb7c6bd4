package sgd

import "sgdescape/sim/lane"

// Without vector instructions, lanes that take one sample each are moved by the
// loops of single_loops.go. They are one loop, written out for d = 1, 2, 5 and 10
// because the compiler does not unroll: for each of four lanes the residual of its
// sample, e = theta.x - y, the step theta <- theta - rate e x, and the squared
// distance from the minimum, which decides whether the loss has to be looked at.
// With d = 5 and 10 the distance is not measured but carried on, see [turn].
// Products and sums are in the order of the general path, so the bits agree.

// singles makes the steps of the lanes from index from to index to, for which
// samples have been drawn. Index from is that of the first of a group.
func (k *lockstep) singles(s *lane.State, from, to, done, steps int) {
	groups := to &^ (groupLanes - 1)
	for r := range steps {
		where, step := (*[lane.Width + ahead]int)(k.draws.at[r*lane.Width:]), done+r+1
		for at := from; at < groups; at += groupLanes {
			if at = k.run(s, where, at, groups); at == groups {
				break
			}
			for j := at; j < at+groupLanes; j++ {
				k.far(s, j, step)
			}
		}
		for j := groups; j < to; j++ {
			k.stepLane(s, k.rows[where[j]:], j)
			k.far(s, j, step)
		}
	}
}

// run makes a step of the lanes from index from to index to, or to the end of the
// first group of which a lane may be outside, and returns index to, or that of the
// group.
func (k *lockstep) run(s *lane.State, where *[lane.Width + ahead]int, from, to int) (next int) {
	switch k.n {
	case 1:
		next, _ = run1(where, (*[1 * lane.Width]float64)(s.Theta), k.rows, k.minimum, k.distance2, k.rate, k.near2, from, to)
	case 2:
		next, _ = run2(where, (*[2 * lane.Width]float64)(s.Theta), k.rows, k.minimum, k.distance2, k.rate, k.near2, from, to)
	case 5:
		next, _ = run5(where, (*[5 * lane.Width]float64)(s.Theta), k.rows, k.minimum, k.distance2, k.rate, k.near2, from, to)
	case 10:
		next, _ = run10(where, (*[10 * lane.Width]float64)(s.Theta), k.rows, k.minimum, k.distance2, k.rate, k.near2, from, to)
	}
	return next
}

// stepLane makes the step of lane j with sample x.
func (k *lockstep) stepLane(s *lane.State, x []float64, j int) {
	e := float64(s.Theta[j]*x[0]) - x[k.n]
	for i := 1; i < k.n; i++ {
		e += float64(s.Theta[i*lane.Width+j] * x[i])
	}
	e *= k.rate
	for i := range k.n {
		s.Theta[i*lane.Width+j] -= float64(e * x[i])
	}
}
