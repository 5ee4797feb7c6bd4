package sgd

import (
	"math/bits"

	"sgdescape/sim/lane"
	"sgdescape/sim/vector"
)

// ahead is the number of lanes that the loops look ahead.
const ahead = 8

// draws chooses samples for all lanes: row r of them says for each lane where
// in the rows of the process its sample begins.
type draws struct {
	set    vector.Set
	stride int   // numbers of a row of the process
	at     []int // rows x Width, and some more that only have to be an index of rows
}

// newDraws returns room for some rows of draws among nData samples.
func newDraws(rows, nData, stride int) draws {
	d := draws{set: vector.Best(), stride: stride, at: lane.Own[int](rows*lane.Width + ahead)}
	if uint64(nData) >= 1<<32 { // the twins multiply halves of words
		d.set = vector.Portable
	}
	return d
}

// whole returns how many of the active lanes fill whole registers of the set.
func whole(set vector.Set, active int) int {
	if set == vector.Portable {
		return 0
	}
	return active &^ (set.Lanes() - 1)
}

// row returns row r.
func (d *draws) row(r int) *[lane.Width]int { return (*[lane.Width]int)(d.at[r*lane.Width:]) }

// fill draws for each lane one index after the other, from 0 to n-1, from 0 to
// n+grow-1 and so on: what [stream.Source.Index] gives, times the stride.
func (d *draws) fill(s *lane.State, active, rows, n, grow int) {
	at := 0
	if d.set != vector.Portable {
		pair := 2 * d.set.Lanes()
		for end := active &^ (pair - 1); at < end; at += pair {
			if at = d.fillVector(s, at, end, rows, n, grow); at == end {
				break
			}
			d.fillPortable(s, at, at+pair, rows, n, grow) // a word may be surplus
		}
	}
	d.fillPortable(s, at, active, rows, n, grow)
}

// fillPortable is fill for the lanes from index from to index to. A lane draws
// all its indices before the next does, so that its stream stays in registers.
func (d *draws) fillPortable(s *lane.State, from, to, rows, n, grow int) {
	at, stride := d.at[:rows*lane.Width], uint64(d.stride)
lanes:
	for i := from; i < to; i++ {
		j := i & (lane.Width - 1)
		s0, s1, s2, s3 := s.S0[j], s.S1[j], s.S2[j], s.S3[j]
		below := uint64(n)
		for place := j; place < len(at); place += lane.Width {
			mu, low := bits.Mul64(bits.RotateLeft64(s0+s3, 23)+s0, below)
			if low < below {
				d.fillLane(s, j, rows, n, grow) // the word may be surplus
				continue lanes
			}
			at[place] = int(mu * stride)
			below += uint64(grow)
			t := s1 << 17
			s2 ^= s0
			s3 ^= s1
			s1 ^= s2
			s0 ^= s3
			s2 ^= t
			s3 = bits.RotateLeft64(s3, 45)
		}
		s.S0[j], s.S1[j], s.S2[j], s.S3[j] = s0, s1, s2, s3
	}
}

// fillLane is fill for lane j.
//
//go:noinline
func (d *draws) fillLane(s *lane.State, j, rows, n, grow int) {
	src := s.Source(j)
	for r := range rows {
		d.at[r*lane.Width+j] = int(src.Index(uint64(n))) * d.stride
		n += grow
	}
	s.SetSource(j, &src)
}

// fillSubsets draws a subset of b samples for each lane by Floyd's method, in
// the order of [subset.next]. As long as no index comes twice, the indices are
// the members; where it is rare that one does, a vector loop looks for it.
func (d *draws) fillSubsets(s *lane.State, active int, members *subset) {
	stride := d.stride
	d.stride = 1
	d.fill(s, active, members.b, members.n-members.b+1, 1)
	d.stride = stride
	at := 0
	if lanes := d.set.Lanes(); d.set != vector.Portable && members.b*members.b <= members.n {
		for end := whole(d.set, active); at < end; at += lanes {
			if at = d.membersVector(members.b, at, end); at == end {
				break
			}
			d.admit(members, at, at+lanes)
		}
	}
	d.admit(members, at, active)
}

// admit makes subsets of the indices that the lanes from index from to index to
// have drawn.
func (d *draws) admit(members *subset, from, to int) {
	for j := from; j < to; j++ {
		members.begin()
		top := members.n - members.b
		for place := j; place < members.b*lane.Width; place += lane.Width {
			d.at[place] = members.admit(d.at[place], top) * d.stride
			top++
		}
	}
}
