package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const width = 64 // of package lane

// A loop moves lanes. A part of the work is one register of lanes that makes one
// step; the next register makes it after that, so that the processor overlaps
// them. Lanes with a rare word, and lanes that leave, stay where they are: the
// loop moves the others of the part and stops behind it.
//
// Its function has, beside the parameters of the generator, hit and three
// numbers: it makes left parts from lane from on, and begins anew at lane 0
// after lane lanes. It returns the number of parts it has not done, and the
// lanes it left behind in the part before those, as bits.
type loop struct {
	*generator
	numbers []reg.Register // the arrays of numbers that change
	hit     reg.Register
	j, left reg.Register
}

const (
	loopParameters = "s0 *uint64, hit *int32, table *float64, "
	loopNumbers    = "lanes, from, left int"
	loopResults    = "(undone int, behind uint32)"
)

// A body computes the new numbers of the lanes, of which the first is theta,
// from the deviates. A step leaves where measured exceeds edge, or is NaN; if
// xi is NaN, theta and measured must be.
type body struct {
	edge operand.Op
	step func(xi reg.VecVirtual, numbers []reg.VecVirtual) (next []reg.VecVirtual, measured reg.VecVirtual)
}

// states returns the arrays of the states of the streams, which lie one behind
// the other in lane.State, so that one register is enough.
func (u *unit) states() (s [4]operand.Mem) {
	base := u.pointer("s0")
	for i := range s {
		s[i] = operand.Mem{Base: base, Disp: i * 8 * width}
	}
	return s
}

// loop writes a function from its first instruction to its last.
func (u *unit) loop(numbers []string, constants func() body) {
	l := &loop{generator: u.generator(u.states()), hit: u.pointer("hit"), j: u.pointer("from"), left: u.pointer("left")}
	for _, name := range numbers {
		l.numbers = append(l.numbers, u.pointer(name))
	}
	b := constants()
	lanes, zero := u.pointer("lanes"), u.GP64()
	u.XORQ(zero, zero)

	u.Label("next")
	s := l.load(l.j)
	xi := l.normal(s[0], s[3])
	var now []reg.VecVirtual
	for _, array := range l.numbers {
		now = append(now, u.load(at(array, l.j)))
	}
	next, measured := b.step(xi, now)
	outside := u.notLessEqual(measured, b.edge)
	u.jumpIfAny(outside, "look")
	u.Label("keep")
	l.move(s, next, u.store)
	u.ADDQ(operand.Imm(uint64(u.lanes())), l.j)
	u.CMPQ(l.j, lanes)
	u.CMOVQEQ(zero, l.j)
	u.DECQ(l.left)
	u.JNZ(operand.LabelRef("next"))
	behind := u.GP32()
	u.XORL(behind, behind)
	u.Label("done")
	u.VZEROUPPER()
	u.Store(l.left, u.ReturnIndex(0))
	u.Store(behind, u.ReturnIndex(1))
	u.RET()

	u.Label("look")
	stays := u.either(u.isNaN(next[0]), u.both(outside, u.isZero(operand.Mem{Base: l.hit, Index: l.j, Scale: 4})))
	u.MOVL(u.bits(stays), behind)
	u.TESTL(behind, behind)
	u.JZ(operand.LabelRef("keep"))
	goes := u.except(u.always(), stays)
	l.move(s, next, func(v reg.VecVirtual, m operand.Mem) { u.storeWhere(goes, v, m) })
	u.DECQ(l.left)
	u.JMP(operand.LabelRef("done"))
}

// move stores the new numbers and the states behind s. With AVX2, which has
// fewer registers, the states are loaded again.
func (l *loop) move(s [4]reg.VecVirtual, next []reg.VecVirtual, store func(reg.VecVirtual, operand.Mem)) {
	for i, array := range l.numbers {
		store(next[i], at(array, l.j))
	}
	if !l.u.wide {
		s = l.load(l.j)
	}
	l.step(s)
	for i := range s {
		store(s[i], l.s[i].Idx(l.j, 8))
	}
}
