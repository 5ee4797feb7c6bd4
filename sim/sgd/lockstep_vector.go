//go:build amd64 && !purego

package sgd

import (
	"sgdescape/sim/lane"
	"sgdescape/sim/vector"
)

// The methods of this file move the lanes that fill whole registers and return
// their number, from which on the portable loops go on.

// fillVector is fill for the lanes from index from to index to. It returns to,
// or the index of the pair of registers before which it stopped.
func (d *draws) fillVector(s *lane.State, from, to, rows, n, grow int) int {
	f := drawAVX2
	if d.set >= vector.AVX512 {
		f = drawAVX512
	}
	return f(&d.at[0], &s.S0[0], &s.S1[0], &s.S2[0], &s.S3[0], n, grow, d.stride, rows, from, to)
}

// membersVector makes subsets of the indices of the lanes from index from to
// index to. It returns to, or the index of the register before which it stopped
// because a lane has drawn an index twice.
func (d *draws) membersVector(rows, from, to int) int {
	f := membersAVX2
	if d.set >= vector.AVX512 {
		f = membersAVX512
	}
	return f(&d.at[0], d.stride, rows, from, to)
}

// stepVector makes steps of the first lanes with the samples in the rows of the
// draws from index made to index rows. It stops after a step behind which any of
// the lanes may be outside, and returns the index of the next row.
func (k *lockstep) stepVector(s *lane.State, made, rows, lanes int) (next int, far bool) {
	theta, at, wide := &s.Theta[0], &k.draws.row(made)[0], k.set >= vector.AVX512
	var left int
	if !turns(k.n) {
		f := step1AVX2
		switch {
		case k.n == 1 && wide:
			f = step1AVX512
		case k.n == 2 && wide:
			f = step2AVX512
		case k.n == 2:
			f = step2AVX2
		}
		left, far = f(theta, at, &k.rows[0], &k.minimum[0], &k.distance2[0], k.rate, k.near2, rows-made, lanes)
	} else {
		f := step5AVX2
		switch {
		case k.n == 5 && wide:
			f = step5AVX512
		case k.n == 10 && wide:
			f = step10AVX512
		case k.n == 10:
			f = step10AVX2
		}
		left, far = f(theta, at, &k.rows[0], &k.distance2[0], k.rate, k.near2, rows-made, lanes)
	}
	return rows - left, far
}

// sumVector is sum, in the dimensions with loops of their own.
func (k *lockstep) sumVector(s *lane.State, active, rows int) (lanes int) {
	lanes = whole(k.set, active)
	if lanes == 0 || !unrolled(k.n) {
		return 0
	}
	f, wide := sum1AVX2, k.set >= vector.AVX512
	switch {
	case k.n == 1 && wide:
		f = sum1AVX512
	case k.n == 2 && wide:
		f = sum2AVX512
	case k.n == 2:
		f = sum2AVX2
	case k.n == 5 && wide:
		f = sum5AVX512
	case k.n == 5:
		f = sum5AVX2
	case k.n == 10 && wide:
		f = sum10AVX512
	case k.n == 10:
		f = sum10AVX2
	}
	f(&s.Theta[0], &k.batch[0], &k.draws.at[0], &k.rows[0], k.rate, rows, lanes)
	return lanes
}

// sumPopulationVector is sumPopulation after the normals were drawn.
func (k *lockstep) sumPopulationVector(s *lane.State, active int) (lanes int) {
	if lanes = whole(k.set, active); lanes == 0 {
		return 0
	}
	f := populationAVX2
	if k.set >= vector.AVX512 {
		f = populationAVX512
	}
	f(&s.Theta[0], &k.batch[0], &k.normals[0], k.p.population.NoiseStd(), k.rate, k.n, lanes)
	return lanes
}

// moveVector is move. Far tells whether any of the lanes may be outside.
func (k *lockstep) moveVector(s *lane.State, active int) (lanes int, far bool) {
	if lanes = whole(k.set, active); lanes == 0 {
		return 0, false
	}
	f := moveAVX2
	if k.set >= vector.AVX512 {
		f = moveAVX512
	}
	var velocity *float64
	if k.beta != 0 {
		velocity = &s.Extra[0]
	}
	return lanes, f(&s.Theta[0], &k.batch[0], velocity, &k.minimum[0], &k.distance2[0], k.beta, k.safe2, k.n, lanes)
}

// beyond returns, as bits, which of the first lanes are not nearer than near2.
func (k *lockstep) beyond(lanes int) uint64 {
	f := beyondAVX2
	if k.set >= vector.AVX512 {
		f = beyondAVX512
	}
	return f(&k.distance2[0], k.near2, lanes)
}
