package sde

import "sgdescape/sim/vector"

// A part is what a vector twin moves at a time: some lanes by one step. A block
// is its parts in the order in which the twin makes them.
type part struct {
	lanes, steps int // of the block
	width        int // lanes of a part
	stepsInner   bool
}

// singles returns the parts of a block that moves registers one by one.
func singles(set vector.Set, active, steps int) part {
	width := set.Lanes()
	return part{lanes: active - active%width, steps: steps, width: width}
}

// pairs returns the parts of a block that with AVX-512 moves two registers, and
// lets them make all their steps.
func pairs(set vector.Set, active, steps int) part {
	if set != vector.AVX512 {
		return singles(set, active, steps)
	}
	width := 2 * set.Lanes()
	return part{lanes: active - active%width, steps: steps, width: width, stepsInner: true}
}

// at returns the first lane and the step, from 1, of part i.
func (p part) at(i int) (from, step int) {
	if p.stepsInner {
		return i / p.steps * p.width, 1 + i%p.steps
	}
	across := p.lanes / p.width
	return i % across * p.width, 1 + i/across
}

// twin runs the vector twin of a loop over the lanes that fill whole parts and
// returns their number. The twin stops before a part in which a lane leaves or
// a word is rare, which move makes. Run is given where to begin, the steps that
// the first lanes have to make, and the number of parts left; it returns how
// many of them it has not done.
func twin(set vector.Set, p part, run func(first, from, left int) int, move func(from, to, step int)) int {
	if set == vector.Portable {
		return 0
	}
	all := p.lanes / p.width * p.steps
	for left := all; left > 0; left-- {
		from, step := p.at(all - left)
		left = run(p.steps-step+1, from, left)
		if left == 0 {
			break
		}
		from, step = p.at(all - left)
		move(from, from+p.width, step)
	}
	return p.lanes
}
