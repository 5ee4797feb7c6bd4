package escape

import (
	"cmp"
	"slices"
)

// A sample keeps some of the finished outcomes, spread evenly over the replicas:
// those whose number, counted from the first, is a multiple of the smallest
// power of two by which no more than sampleSize remain. It depends on the set of
// outcomes alone, not on the order in which they came.
type sample struct {
	first    uint64
	n        int // numbers of an end
	shift    uint
	outcomes []Outcome
	ends     []float64
}

const sampleSize = 64

func (s *sample) holds(o Outcome) bool { return (o.Replica-s.first)&(1<<s.shift-1) == 0 }

// add offers an outcome and where it ended.
func (s *sample) add(o Outcome, end []float64) {
	if !s.holds(o) {
		return
	}
	s.outcomes, s.ends = append(s.outcomes, o), append(s.ends, end...)
	for len(s.outcomes) > sampleSize {
		s.shift++
		kept := 0
		for i, o := range s.outcomes {
			if s.holds(o) {
				s.outcomes[kept] = o
				copy(s.ends[kept*s.n:(kept+1)*s.n], s.ends[i*s.n:(i+1)*s.n])
				kept++
			}
		}
		s.outcomes, s.ends = s.outcomes[:kept], s.ends[:kept*s.n]
	}
}

// merge offers all outcomes of another sample of the same ensemble.
func (s *sample) merge(other *sample) {
	s.shift = max(s.shift, other.shift)
	old := *s
	s.outcomes, s.ends = nil, nil
	for _, from := range []*sample{&old, other} {
		for i, o := range from.outcomes {
			s.add(o, from.ends[i*s.n:(i+1)*s.n])
		}
	}
}

// sorted returns the sample ordered by replica.
func (s *sample) sorted() *sample {
	order := make([]int, len(s.outcomes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(s.outcomes[a].Replica, s.outcomes[b].Replica) })
	t := &sample{first: s.first, n: s.n, shift: s.shift}
	for _, i := range order {
		t.outcomes, t.ends = append(t.outcomes, s.outcomes[i]), append(t.ends, s.ends[i*s.n:(i+1)*s.n]...)
	}
	return t
}
