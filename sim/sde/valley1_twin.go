package sde

import "sgdescape/sim/lane"

// advanceVector moves the lanes that fill whole registers and returns their
// number.
func (k *valley1) advanceVector(s *lane.State, active, steps int) int {
	p := pairs(k.set, active, steps)
	return twin(k.set, p,
		func(first, from, left int) int { return k.run(s, p, first, from, left) },
		func(from, to, step int) { k.move(s, from, to, step) })
}

// advanceVector moves the lanes that fill whole registers, to the end of the
// block, and returns their number.
func (k *logValley1) advanceVector(s *lane.State, active, steps int) int {
	p := pairs(k.set, active, steps)
	lanes := twin(k.set, p,
		func(first, from, left int) int { return k.run(s, p, first, from, left) },
		func(from, to, step int) { k.move(s, from, to, step) })
	for from := 0; from < lanes; from += k.set.Lanes() {
		if from = k.runEnds(s, from, lanes); from == lanes {
			break
		}
		k.ends(s, from, from+k.set.Lanes()) // a lane among these has left
	}
	return lanes
}
