package sde

import (
	"math/bits"

	"sgdescape/sim/lane"
	"sgdescape/sim/vector"
)

// A twin is a loop that has a portable form, move, and a vector form, run. The
// work of run is cut into parts: one register of lanes makes one step, then the
// next register, and so on until all lanes have made all steps.
//
// Neither form sees to rare words nor to lanes that leave: they leave those to
// moveOne. A portable loop without calls keeps all it needs in registers.
type twin interface {
	// move makes one step of the lanes from index from to index to. Before a lane
	// with a rare word, or one that leaves or becomes NaN, it stops and returns
	// its index.
	move(s *lane.State, from, to int) int
	// moveOne makes the step-th step of the block of lane j.
	moveOne(s *lane.State, j, step int)
	// run makes left parts from lane from on. It goes over the first lanes, a
	// whole number of registers, again and again. A lane with a rare word, or
	// one that leaves, it leaves behind and stops after that part: it returns
	// the number of parts left and the lanes of the last part, as bits, whose
	// step is still to be made.
	run(s *lane.State, lanes, from, left int) (undone int, behind uint32)
}

// advance moves the lanes by a block and returns how many of them, the first
// ones, have gone through the vector form.
func advance(k twin, set vector.Set, s *lane.State, active, steps int) (vectored int) {
	if set != vector.Portable {
		width := set.Lanes()
		vectored = active - active%width
		across := vectored / width
		all := across * steps
		for from, left := 0, all; left > 0; {
			var behind uint32
			left, behind = k.run(s, vectored, from, left)
			last := all - left - 1 // part
			step := int(uint32(last) / uint32(across))
			last -= step * across
			for ; behind != 0; behind &= behind - 1 {
				j := last*width + bits.TrailingZeros32(behind)
				k.moveOne(s, j, 1+step)
			}
			if from = (last + 1) * width; from == vectored {
				from = 0
			}
		}
	}
	if vectored < active {
		for step := 1; step <= steps; step++ {
			for j := k.move(s, vectored, active); j < active; j = k.move(s, j+1, active) {
				k.moveOne(s, j, step)
			}
		}
	}
	return vectored
}
