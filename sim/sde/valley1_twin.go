package sde

import (
	"sgdescape/sim/lane"
	"sgdescape/sim/vector"
)

// twin runs the vector twin of a loop over the lanes that fill whole registers
// and returns their number. The twin goes over the registers step after step;
// it is given a first lane and the number of registers left to do, and returns
// how many it has not done: it stops before a step in which a lane leaves or a
// word is rare, which move then makes.
func twin(set vector.Set, active, steps int, run func(lanes, from, left int) int, move func(from, to, step int)) int {
	width := set.Lanes()
	lanes := active &^ (width - 1)
	if width == 1 || lanes == 0 {
		return 0
	}
	registers := lanes / width
	for left := steps * registers; left > 0; left-- {
		from := (steps*registers - left) % registers * width
		left = run(lanes, from, left)
		if left == 0 {
			break
		}
		done := steps*registers - left
		from = done % registers * width
		move(from, from+width, 1+done/registers)
	}
	return lanes
}

// advanceVector moves the lanes that fill whole registers and returns their
// number.
func (k *valley1) advanceVector(s *lane.State, active, steps int) int {
	return twin(k.set, active, steps,
		func(lanes, from, left int) int { return k.run(s, lanes, from, left) },
		func(from, to, step int) { k.move(s, from, to, step) })
}

// advanceVector moves the lanes that fill whole registers, to the end of the
// block, and returns their number.
func (k *logValley1) advanceVector(s *lane.State, active, steps int) int {
	lanes := twin(k.set, active, steps,
		func(lanes, from, left int) int { return k.run(s, lanes, from, left) },
		func(from, to, step int) { k.move(s, from, to, step) })
	for from := 0; from < lanes; from += k.set.Lanes() {
		if from = k.runEnds(s, from, lanes); from == lanes {
			break
		}
		k.ends(s, from, from+k.set.Lanes()) // a lane among these has left
	}
	return lanes
}
