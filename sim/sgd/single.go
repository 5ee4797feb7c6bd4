package sgd

import (
	"math/bits"
	"unsafe"

	"sgdescape/sim/lane"
)

// The loops of this file are one loop, written out for d = 1, 2, 5 and 10
// because the compiler does not unroll: for each lane the residual of its
// sample, e = rate (theta.x - y), the step theta <- theta - e x, and the squared
// distance from the minimum, which decides whether the loss has to be looked at.
// With d = 5 and 10 the distance is not measured but carried on, see [turn].
// Products and sums are in the order of the general path, so the bits agree.
//
// A sample is drawn a step before it is used, and its row is touched at once: it
// comes from far away in memory, and the sums that wait for it would keep the
// processor from looking further ahead. What was touched is returned only because
// the compiler drops loads that nobody uses.

// singles makes steps of the lanes from index from to index to, with one sample
// each.
func (k *lockstep) singles(s *lane.State, from, to, done, steps int) {
	where, n := k.draws.row(0), uint64(k.p.sgd.DatasetSize)
	for at := from; at < to; at++ {
		j := at & (lane.Width - 1)
		mu, low := bits.Mul64(s.Word(j), n)
		if low < n {
			mu = redraw(s, j, n, mu, low)
		}
		where[j] = int(mu)
	}
	for step := 1; step <= steps; step++ {
		for at := from; at < to; at++ {
			next, far := k.run(s, where, step < steps, at, to)
			if at = next; at == to {
				break
			}
			if !far {
				k.stepLane(s, where, at)
			}
			k.far(s, at, done+step)
		}
	}
}

// run makes a step of the lanes from index from on with the samples where, and if
// ahead is true, draws those of the next. It stops at index to, behind a lane that
// may be outside, or before a lane whose word may be surplus, and returns the
// index of the lane and whether it may be outside.
func (k *lockstep) run(s *lane.State, where *[lane.Width]int, ahead bool, from, to int) (next int, far bool) {
	n, m := k.p.sgd.DatasetSize, k.minimum
	switch k.n {
	case 1:
		return run1(s, where, (*[1 * lane.Width]float64)(s.Theta), rowsOf[[2]float64](k.rows)[:n], m[0], k.rate, k.safe2, ahead, from, to)
	case 2:
		next, far, _ = run2(s, where, (*[2 * lane.Width]float64)(s.Theta), rowsOf[[4]float64](k.rows)[:n], m[0], m[1], k.rate, k.safe2, ahead, from, to)
	case 5:
		next, far, _ = run5(s, where, (*[5 * lane.Width]float64)(s.Theta), rowsOf[[8]float64](k.rows)[:n], k.distance2, k.rate, k.near2, ahead, from, to)
	case 10:
		next, far, _ = run10(s, where, (*[10 * lane.Width]float64)(s.Theta), rowsOf[[12]float64](k.rows)[:n], k.distance2, k.rate, k.near2, ahead, from, to)
	}
	return next, far
}

// rowsOf returns the numbers as rows.
func rowsOf[R any](numbers []float64) []R {
	var row R
	return unsafe.Slice((*R)(unsafe.Pointer(&numbers[0])), len(numbers)*8/int(unsafe.Sizeof(row)))
}

// stepLane makes the step of lane j and draws the next sample, from a stream whose
// next word may be surplus.
//
//go:noinline
func (k *lockstep) stepLane(s *lane.State, where *[lane.Width]int, j int) {
	x := k.rows[where[j]*k.p.stride:]
	e := float64(s.Theta[j]*x[0]) - x[k.n]
	for i := 1; i < k.n; i++ {
		e += float64(s.Theta[i*lane.Width+j] * x[i])
	}
	e *= k.rate
	for i := range k.n {
		s.Theta[i*lane.Width+j] -= float64(e * x[i])
	}
	src := s.Source(j)
	where[j] = int(src.Index(uint64(k.p.sgd.DatasetSize)))
	s.SetSource(j, &src)
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

// run1 is run for d = 1, where rows are short and near enough.
//
//go:noinline
func run1(s *lane.State, where *[lane.Width]int, theta *[1 * lane.Width]float64, rows [][2]float64, m, rate, safe2 float64, ahead bool, from, to int) (next int, far bool) {
	n := uint64(len(rows))
	if from < 0 || to > lane.Width {
		panic("sgd: no such lanes")
	}
	_, _, _ = s.S0[0], where[0], theta[0]
	for j := from; j < to; j++ {
		x := &rows[where[j]]
		if ahead {
			s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
			mu, low := bits.Mul64(bits.RotateLeft64(s0+s3, 23)+s0, n)
			if low < n {
				return j, false
			}
			t := s1 << 17
			s2 ^= s0
			s3 ^= s1
			s.S1[j] = s1 ^ s2
			s.S0[j] = s0 ^ s3
			s.S2[j] = s2 ^ t
			s.S3[j] = bits.RotateLeft64(s3, 45)
			where[j] = int(mu)
		}
		t0 := theta[j]
		e := (float64(t0*x[0]) - x[1]) * rate
		t0 -= float64(e * x[0])
		theta[j] = t0
		z := t0 - m
		r2 := float64(z * z)
		if !(r2 <= safe2) {
			return j, true
		}
	}
	return to, false
}

// run2 is run for d = 2.
//
//go:noinline
func run2(s *lane.State, where *[lane.Width]int, theta *[2 * lane.Width]float64, rows [][4]float64, m0, m1, rate, safe2 float64, ahead bool, from, to int) (next int, far bool, touched uint64) {
	n := uint64(len(rows))
	if from < 0 || to > lane.Width {
		panic("sgd: no such lanes")
	}
	_, _, _ = s.S0[0], where[0], theta[0]
	for j := from; j < to; j++ {
		x := &rows[where[j]]
		if ahead {
			s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
			mu, low := bits.Mul64(bits.RotateLeft64(s0+s3, 23)+s0, n)
			if low < n {
				return j, false, touched
			}
			t := s1 << 17
			s2 ^= s0
			s3 ^= s1
			s.S1[j] = s1 ^ s2
			s.S0[j] = s0 ^ s3
			s.S2[j] = s2 ^ t
			s.S3[j] = bits.RotateLeft64(s3, 45)
			row := (*[4]uint64)(unsafe.Pointer(&rows[mu]))
			touched |= row[0]
			where[j] = int(mu)
		}
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
			return j, true, touched
		}
	}
	return to, false, touched
}

// run5 is run for d = 5.
//
//go:noinline
func run5(s *lane.State, where *[lane.Width]int, theta *[5 * lane.Width]float64, rows [][8]float64, distance2 *[lane.Width]float64, rate, near2 float64, ahead bool, from, to int) (next int, far bool, touched uint64) {
	n := uint64(len(rows))
	if from < 0 || to > lane.Width {
		panic("sgd: no such lanes")
	}
	_, _, _, _ = s.S0[0], where[0], theta[0], distance2[0]
	for j := from; j < to; j++ {
		x := &rows[where[j]]
		if ahead {
			s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
			mu, low := bits.Mul64(bits.RotateLeft64(s0+s3, 23)+s0, n)
			if low < n {
				return j, false, touched
			}
			t := s1 << 17
			s2 ^= s0
			s3 ^= s1
			s.S1[j] = s1 ^ s2
			s.S0[j] = s0 ^ s3
			s.S2[j] = s2 ^ t
			s.S3[j] = bits.RotateLeft64(s3, 45)
			row := (*[8]uint64)(unsafe.Pointer(&rows[mu]))
			touched |= row[0] | row[6]
			where[j] = int(mu)
		}
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
		r2 := distance2[j] + float64(e0*(float64(e0*upper(b))+b))
		distance2[j] = r2
		if !(r2 <= near2) {
			return j, true, touched
		}
	}
	return to, false, touched
}

// run10 is run for d = 10.
//
//go:noinline
func run10(s *lane.State, where *[lane.Width]int, theta *[10 * lane.Width]float64, rows [][12]float64, distance2 *[lane.Width]float64, rate, near2 float64, ahead bool, from, to int) (next int, far bool, touched uint64) {
	n := uint64(len(rows))
	if from < 0 || to > lane.Width {
		panic("sgd: no such lanes")
	}
	_, _, _, _ = s.S0[0], where[0], theta[0], distance2[0]
	for j := from; j < to; j++ {
		x := &rows[where[j]]
		if ahead {
			s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
			mu, low := bits.Mul64(bits.RotateLeft64(s0+s3, 23)+s0, n)
			if low < n {
				return j, false, touched
			}
			t := s1 << 17
			s2 ^= s0
			s3 ^= s1
			s.S1[j] = s1 ^ s2
			s.S0[j] = s0 ^ s3
			s.S2[j] = s2 ^ t
			s.S3[j] = bits.RotateLeft64(s3, 45)
			row := (*[12]uint64)(unsafe.Pointer(&rows[mu]))
			touched |= row[0] | row[11]
			where[j] = int(mu)
		}
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
		r2 := distance2[j] + float64(e0*(float64(e0*upper(b))+b))
		distance2[j] = r2
		if !(r2 <= near2) {
			return j, true, touched
		}
	}
	return to, false, touched
}
