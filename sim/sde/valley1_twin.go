package sde

import (
	"sgdescape/sim/lane"
	"sgdescape/sim/vector"
)

// A part is what a vector twin moves at a time: some lanes by one step. A block
// is its parts in the order in which the twin makes them.
type part struct {
	lanes, steps int // of the block
	width        int // lanes of a part
	stepsInner   bool
}

// twinPart returns the parts of a block.
func twinPart(set vector.Set, active, steps int) part {
	p := part{steps: steps, width: set.Lanes()}
	if set == vector.AVX512 { // two registers, which make all their steps
		p.width, p.stepsInner = 2*set.Lanes(), true
	}
	p.lanes = active - active%p.width
	return p
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
func twin(set vector.Set, active, steps int, run func(p part, first, from, left int) int, move func(from, to, step int)) int {
	if set == vector.Portable {
		return 0
	}
	p := twinPart(set, active, steps)
	all := p.lanes / p.width * steps
	for left := all; left > 0; left-- {
		from, step := p.at(all - left)
		left = run(p, steps-step+1, from, left)
		if left == 0 {
			break
		}
		from, step = p.at(all - left)
		move(from, from+p.width, step)
	}
	return p.lanes
}

// advanceVector moves the lanes that fill whole registers and returns their
// number.
func (k *valley1) advanceVector(s *lane.State, active, steps int) int {
	return twin(k.set, active, steps,
		func(p part, first, from, left int) int { return k.run(s, p, first, from, left) },
		func(from, to, step int) { k.move(s, from, to, step) })
}

// advanceVector moves the lanes that fill whole registers, to the end of the
// block, and returns their number.
func (k *logValley1) advanceVector(s *lane.State, active, steps int) int {
	lanes := twin(k.set, active, steps,
		func(p part, first, from, left int) int { return k.run(s, p, first, from, left) },
		func(from, to, step int) { k.move(s, from, to, step) })
	for from := 0; from < lanes; from += k.set.Lanes() {
		if from = k.runEnds(s, from, lanes); from == lanes {
			break
		}
		k.ends(s, from, from+k.set.Lanes()) // a lane among these has left
	}
	return lanes
}
