package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const layers = 4096 // of package stream

// A generator is the vector form of xoshiro256++ with the normal deviate of
// each word.
type generator struct {
	u           *unit
	s           [4]operand.Mem // the arrays of the states
	table       reg.Register
	low, offset reg.VecVirtual
}

// generator loads the parameter table; the arrays of the states are the given
// ones.
func (u *unit) generator(states [4]operand.Mem) *generator {
	g := &generator{u: u, table: u.pointer("table"), s: states}
	g.low = u.constant(layers - 1)
	if !u.wide {
		g.offset = u.number(1<<52 + 1<<51)
	}
	return g
}

// load loads the states of the lanes from index j; store puts them back.
func (g *generator) load(j reg.Register) (s [4]reg.VecVirtual) {
	for i := range s {
		s[i] = g.u.load(g.s[i].Idx(j, 8))
	}
	return s
}

func (g *generator) store(s [4]reg.VecVirtual, j reg.Register) {
	for i := range s {
		g.u.store(s[i], g.s[i].Idx(j, 8))
	}
}

// normal computes the deviates of the next words of states, of which it needs
// the first and the last. The table makes those of rare words NaN.
func (g *generator) normal(s0, s3 reg.VecVirtual) (xi reg.VecVirtual) {
	factor, position := g.parts(s0, s3)
	return g.u.mul(position, factor)
}

// parts computes the two factors of the deviates. That from the table is less
// than 1, or NaN.
//
// A word's signed upper 52 bits become a float64 without rounding. AVX2 has no
// conversion: with the sign bit inverted and the exponent of 2^52 written above
// them, they are 2^52 + 2^51 too large.
func (g *generator) parts(s0, s3 reg.VecVirtual) (factor, position reg.VecVirtual) {
	u := g.u
	word := u.addInt(u.rotate(u.addInt(s0, s3), 23), s0)
	factor = u.gather(g.table, u.and(word, g.low))
	if u.wide {
		position = u.vec()
		u.VPSRAQ(operand.U8(12), word, position)
		u.VCVTQQ2PD(position, position)
	} else {
		position = u.sub(u.xor(u.shiftRight(word, 12), g.offset), g.offset)
	}
	return factor, position
}

// step moves states on by one word, in place.
func (g *generator) step(s [4]reg.VecVirtual) {
	u := g.u
	t := u.shiftLeft(s[1], 17)
	if u.wide { // three terms at a time
		const xor3 = 0x96
		u.xorTo(s[3], s[1])
		u.VPTERNLOGQ(operand.U8(xor3), s[0], s[2], s[1])
		u.VPTERNLOGQ(operand.U8(xor3), s[0], t, s[2])
		u.xorTo(s[0], s[3])
		u.rotateTo(s[3], s[3], 45)
		return
	}
	u.xorTo(s[2], s[0])
	u.xorTo(s[3], s[1])
	u.xorTo(s[1], s[2])
	u.xorTo(s[0], s[3])
	u.xorTo(s[2], t)
	u.rotateTo(s[3], s[3], 45)
}

var stateNames = [4]string{"s0", "s1", "s2", "s3"}

// fill writes the loop of stream.Fill.
func fill(u *unit) {
	u.function("fill", "func(dst *float64, s0, s1, s2, s3 *uint64, table *float64, n, rows, stride int) uint64",
		"stores rows deviates of each of n streams, a whole number of registers, at most 64",
		"streams, and moves them on. Row r is at r*stride. Where a word is rare it stores NaN;",
		"the bits of the result tell which streams had one. n and rows are positive.")
	g := u.generator([4]operand.Mem{})
	stride := u.pointer("stride")
	j, found := u.GP64(), u.GP64()
	u.XORQ(j, j)
	u.XORQ(found, found)

	u.Label("register")
	var s [4]reg.VecVirtual
	for i, name := range stateNames {
		s[i] = u.load(at(u.pointer(name), j))
	}
	dst, left := u.pointer("dst"), u.pointer("rows")
	u.LEAQ(at(dst, j), dst)
	row := func() (factor reg.VecVirtual) {
		factor, position := g.parts(s[0], s[3])
		u.store(u.mul(position, factor), operand.Mem{Base: dst})
		g.step(s)
		u.LEAQ(at(dst, stride), dst)
		return factor
	}
	factors := u.zero() // the bits of all: those of NaN alone have bit 62, as from 2 on
	u.SHRQ(operand.U8(1), left)
	u.JNC(operand.LabelRef("pairs"))
	u.moveTo(factors, row())
	u.TESTQ(left, left)
	u.JMP(operand.LabelRef("pairs"))
	u.Label("pair")
	u.orTo(factors, row(), row())
	u.DECQ(left)
	u.Label("pairs")
	u.JNZ(operand.LabelRef("pair"))
	for i, name := range stateNames {
		u.store(s[i], at(u.pointer(name), j))
	}
	u.collect(found, u.compare(factors, u.literal(2), 0x15)) // not less
	u.ADDQ(operand.Imm(uint64(u.lanes())), j)
	u.CMPQ(j, u.pointer("n"))
	u.JLT(operand.LabelRef("register"))
	u.collected(found, j)
	u.VZEROUPPER()
	u.Store(found, u.ReturnIndex(0))
	u.RET()
}
