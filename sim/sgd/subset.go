package sgd

import (
	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
)

// A subset draws uniformly random subsets of b of n indices by Floyd's
// algorithm (Bentley & Floyd 1987): b draws, whatever n.
type subset struct {
	n, b    int
	members []int
	// stamp[i] == round marks i as a member of the present subset.
	stamp []uint32
	round uint32
}

func newSubset(n, b int) subset {
	return subset{n: n, b: b, members: lane.Own[int](b)[:0], stamp: lane.Own[uint32](n)}
}

// begin begins a new subset.
func (d *subset) begin() {
	d.round++
	if d.round == 0 { // stamps of 2^32 rounds ago would count as members
		clear(d.stamp)
		d.round = 1
	}
}

// admit makes i, drawn from 0 to top, a member, or top if i is one already.
func (d *subset) admit(i, top int) int {
	if d.stamp[i] == d.round {
		i = top
	}
	d.stamp[i] = d.round
	return i
}

// next returns a new subset, valid until the next call. Its order is not
// uniformly random, which a sum over the subset does not notice.
func (d *subset) next(src *stream.Source) []int {
	d.begin()
	d.members = d.members[:0]
	for top := d.n - d.b; top < d.n; top++ {
		d.members = append(d.members, d.admit(int(src.Index(uint64(top+1))), top))
	}
	return d.members
}
