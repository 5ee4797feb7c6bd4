package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Of package stream.
const (
	layers   = 4096
	rareFrom = 4093
)

// A generator is the vector form of xoshiro256++ with the normal deviate of
// each word.
type generator struct {
	u                 *unit
	s                 [4]reg.Register // the arrays of the states
	table             reg.Register
	low, last, offset reg.VecVirtual
}

// generator loads the parameters s0, s1, s2, s3 and table.
func (u *unit) generator() *generator {
	g := &generator{u: u, table: u.pointer("table")}
	for i, name := range []string{"s0", "s1", "s2", "s3"} {
		g.s[i] = u.pointer(name)
	}
	g.low = u.constant(layers - 1)
	g.last = u.constant(rareFrom - 1)
	g.offset = u.number(1<<52 + 1<<51)
	return g
}

// next computes the deviates of the next words of the lanes from index j, the
// states after them, and which words are rare. Nothing is stored.
//
// A word's signed upper 52 bits become a float64 without rounding: with the
// sign bit inverted and the exponent of 2^52 written above them, they are
// 2^52 + 2^51 too large.
func (g *generator) next(j reg.Register) (xi reg.VecVirtual, s [4]reg.VecVirtual, rare mask) {
	u := g.u
	s0, s1, s2, s3 := u.load(at(g.s[0], j)), u.load(at(g.s[1], j)), u.load(at(g.s[2], j)), u.load(at(g.s[3], j))
	word := u.addInt(u.rotate(u.addInt(s0, s3), 23), s0)
	layer := u.and(word, g.low)
	factor := u.gather(g.table, layer)
	rare = u.greater(layer, g.last)
	position := u.sub(u.xor(u.shiftRight(word, 12), g.offset), g.offset)
	xi = u.mul(position, factor)

	t := u.shiftLeft(s1, 17)
	s3 = u.xor(s3, s1)
	s2 = u.xor(s2, s0)
	s[1] = u.xor(s1, s2)
	s[0] = u.xor(s0, s3)
	s[2] = u.xor(s2, t)
	s[3] = u.rotate(s3, 45)
	return xi, s, rare
}

// keep stores the states.
func (g *generator) keep(s [4]reg.VecVirtual, j reg.Register) {
	for i, v := range s {
		g.u.store(v, at(g.s[i], j))
	}
}

// fill writes the loop of stream.Fill.
func fill(u *unit) {
	u.function("fill", "func(dst *float64, s0, s1, s2, s3 *uint64, table *float64, from, to int) int",
		"stores the deviates of the streams from index from to index to, a whole number",
		"of registers. It returns to, or the index of the register before whose rare word",
		"it stopped.")
	g := u.generator()
	dst := u.pointer("dst")
	j, to := u.pointer("from"), u.pointer("to")
	loop, done := "loop", "done"
	u.CMPQ(j, to)
	u.JGE(operand.LabelRef(done))
	u.Label(loop)
	xi, s, rare := g.next(j)
	u.jumpIfAny(rare, rare, done)
	g.keep(s, j)
	u.store(xi, at(dst, j))
	u.ADDQ(operand.Imm(uint64(u.lanes())), j)
	u.CMPQ(j, to)
	u.JLT(operand.LabelRef(loop))
	u.Label(done)
	u.VZEROUPPER()
	u.Store(j, u.ReturnIndex(0))
	u.RET()
}
