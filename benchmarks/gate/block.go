package gate

import "slices"

// A Block holds the runs of one benchmark that were made next to each other,
// in any order inside a side. The unit is free, lower is better. Values must
// be >= 0.
type Block struct {
	Base []float64
	Head []float64
}

// A Pair names one comparison: a benchmark and the unit that is compared.
type Pair struct {
	Benchmark string
	Unit      string // "sec/op", "B/op" or "allocs/op"
}

// A Series is everything measured for one [Pair].
type Series struct {
	Pair
	// Exact is true for units that are counted rather than timed.
	Exact  bool
	Blocks []Block
	// Rounds counts the calls of Add and Extend: what [Plan].Looks refers to.
	Rounds int
}

// Add appends one block. The slices are copied.
func (s *Series) Add(base, head []float64) {
	s.Blocks = append(s.Blocks, Block{Base: slices.Clone(base), Head: slices.Clone(head)})
	s.Rounds++
}

// Extend appends head values to the last block: for a base that was measured
// beforehand and is one block with everything that follows.
func (s *Series) Extend(head []float64) {
	last := &s.Blocks[len(s.Blocks)-1]
	last.Head = append(last.Head, head...)
	s.Rounds++
}

// Base returns all values of the base side, in order of measurement.
func (s *Series) Base() []float64 {
	var all []float64
	for _, b := range s.Blocks {
		all = append(all, b.Base...)
	}
	return all
}

// Head returns all values of the head side, in order of measurement.
func (s *Series) Head() []float64 {
	var all []float64
	for _, b := range s.Blocks {
		all = append(all, b.Head...)
	}
	return all
}

// First returns the values of both sides in the first rounds, on which a verdict
// rests that fell before another of the same benchmark. A base that was measured
// beforehand is whole from the beginning.
func (s *Series) First(rounds int) (base, head []float64) {
	base, head = s.Base(), s.Head()
	if rounds < s.Rounds {
		if len(s.Blocks) == s.Rounds { // one a round
			base = base[:len(base)*rounds/s.Rounds]
		}
		head = head[:len(head)*rounds/s.Rounds]
	}
	return base, head
}
