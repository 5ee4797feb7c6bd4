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
	s           [4]reg.Register // the arrays of the states
	table       reg.Register
	low, offset reg.VecVirtual
}

// generator loads the parameters s0, s1, s2, s3 and table.
func (u *unit) generator() *generator {
	g := &generator{u: u, table: u.pointer("table")}
	for i, name := range []string{"s0", "s1", "s2", "s3"} {
		g.s[i] = u.pointer(name)
	}
	g.low = u.constant(layers - 1)
	g.offset = u.number(1<<52 + 1<<51)
	return g
}

// normal computes the deviates of the next words of the lanes from index j, and
// which words are rare: the table holds zero for them.
//
// A word's signed upper 52 bits become a float64 without rounding: with the
// sign bit inverted and the exponent of 2^52 written above them, they are
// 2^52 + 2^51 too large.
func (g *generator) normal(j reg.Register) (xi reg.VecVirtual, rare mask) {
	u := g.u
	s0 := u.load(at(g.s[0], j))
	word := u.addInt(u.rotate(u.addInt(s0, u.load(at(g.s[3], j))), 23), s0)
	factor := u.gather(g.table, u.and(word, g.low))
	position := u.sub(u.xor(u.shiftRight(word, 12), g.offset), g.offset)
	return u.mul(position, factor), u.isZero(factor)
}

// step moves the states on by one word.
func (g *generator) step(j reg.Register) {
	u := g.u
	s0, s1, s2, s3 := u.load(at(g.s[0], j)), u.load(at(g.s[1], j)), u.load(at(g.s[2], j)), u.load(at(g.s[3], j))
	t := u.shiftLeft(s1, 17)
	s2 = u.xor(s2, s0)
	s3 = u.xor(s3, s1)
	u.store(u.xor(s1, s2), at(g.s[1], j))
	u.store(u.xor(s0, s3), at(g.s[0], j))
	u.store(u.xor(s2, t), at(g.s[2], j))
	u.store(u.rotate(s3, 45), at(g.s[3], j))
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
	xi, rare := g.normal(j)
	u.jumpIfAny(rare, rare, done)
	g.step(j)
	u.store(xi, at(dst, j))
	u.ADDQ(operand.Imm(uint64(u.lanes())), j)
	u.CMPQ(j, to)
	u.JLT(operand.LabelRef(loop))
	u.Label(done)
	u.VZEROUPPER()
	u.Store(j, u.ReturnIndex(0))
	u.RET()
}
