package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A loop goes over the lanes, step after step, and stops before a rare word or
// a lane that leaves.
//
// Its function has the parameters hit, lanes, from and left beside those of
// the generator: left is the number of registers to do, beginning at lane from
// and starting again at lane 0 after lane lanes-1. It returns how many of them
// it has not done.
type loop struct {
	*generator
	u              *unit
	hit            reg.Register
	j, lanes, left reg.Register
	zero           reg.Register
}

const loopParameters = "s0, s1, s2, s3 *uint64, hit *int32, table *float64, "

func (u *unit) loop() *loop {
	l := &loop{generator: u.generator(), u: u, hit: u.pointer("hit"),
		j: u.pointer("from"), lanes: u.pointer("lanes"), left: u.pointer("left"), zero: u.GP64()}
	u.XORQ(l.zero, l.zero)
	return l
}

// run writes the loop around a body that returns the squares to hold against
// edge2, and stores to make when the step counts.
func (l *loop) run(edge2 reg.VecVirtual, body func(xi reg.VecVirtual) (square reg.VecVirtual, stores func())) {
	u := l.u
	u.TESTQ(l.left, l.left)
	u.JZ(operand.LabelRef("done"))
	u.Label("next")
	xi, rare := l.normal(l.j)
	square, stores := body(xi)
	outside := u.notLessEqual(square, edge2)
	u.jumpIfAny(rare, outside, "look")
	u.Label("keep")
	stores()
	l.step(l.j)
	u.ADDQ(operand.Imm(uint64(u.lanes())), l.j)
	u.CMPQ(l.j, l.lanes)
	u.CMOVQEQ(l.zero, l.j)
	u.DECQ(l.left)
	u.JNZ(operand.LabelRef("next"))
	u.Label("done")
	u.VZEROUPPER()
	u.Store(l.left, u.ReturnIndex(0))
	u.RET()

	u.Label("look")
	u.Comment("Lanes that have left before may stay outside.")
	bits := u.bits(rare)
	u.TESTL(bits, bits)
	u.JNZ(operand.LabelRef("done"))
	inside := u.insideBits(operand.Mem{Base: l.hit, Index: l.j, Scale: 4})
	u.TESTL(inside, u.bits(outside))
	u.JNZ(operand.LabelRef("done"))
	u.JMP(operand.LabelRef("keep"))
}

// insideBits tells which int32 numbers are zero.
func (u *unit) insideBits(m operand.Mem) reg.Register {
	bits := u.GP32()
	if u.wide {
		y, k := u.YMM(), u.K()
		u.VMOVDQU32(m, y)
		u.VPTESTNMD(y, y, k)
		u.KMOVB(k, bits)
		return bits
	}
	x, zero := u.XMM(), u.XMM()
	u.VPXOR(zero, zero, zero)
	u.VPCMPEQD(m, zero, x)
	u.VMOVMSKPS(x, bits)
	return bits
}

// valley1 writes the loop of sde.valley1.
func valley1(u *unit) {
	u.function("valley1", "func(theta *float64, "+loopParameters+"decay, base, curve, edge2 float64, lanes, from, left int) int",
		"is the loop of valley1: x <- decay x + sqrt(base + curve x²) xi.")
	l := u.loop()
	theta := u.pointer("theta")
	decay, base, curve, edge2 := u.param("decay"), u.param("base"), u.param("curve"), u.param("edge2")
	l.run(edge2, func(xi reg.VecVirtual) (reg.VecVirtual, func()) {
		x := u.load(at(theta, l.j))
		amp := u.sqrt(u.add(base, u.mul(curve, u.mul(x, x))))
		x = u.add(u.mul(amp, xi), u.mul(decay, x))
		return u.mul(x, x), func() { u.store(x, at(theta, l.j)) }
	})
}

// logValley1 writes the loop of sde.logValley1.
func logValley1(u *unit) {
	u.function("logValley1", "func(theta, clock *float64, "+loopParameters+"h, amp, dtau, floor, half, edge2 float64, lanes, from, left int) int",
		"is the loop of logValley1: x <- x - h x dt + amp xi, dt = dtau/(floor + half x²).")
	l := u.loop()
	theta, clock := u.pointer("theta"), u.pointer("clock")
	h, amp, dtau := u.param("h"), u.param("amp"), u.param("dtau")
	floor, half, edge2 := u.param("floor"), u.param("half"), u.param("edge2")
	l.run(edge2, func(xi reg.VecVirtual) (reg.VecVirtual, func()) {
		x := u.load(at(theta, l.j))
		dt := u.div(dtau, u.add(floor, u.mul(half, u.mul(x, x))))
		t := u.add(dt, at(clock, l.j))
		x = u.add(u.mul(amp, xi), u.sub(x, u.mul(u.mul(h, x), dt)))
		return u.mul(x, x), func() {
			u.store(x, at(theta, l.j))
			u.store(t, at(clock, l.j))
		}
	})
}

// logEnds writes the end of a block of sde.logValley1.
func logEnds(u *unit) {
	u.function("logEnds", "func(theta, clock, amp *float64, hit *int32, floor, half, halfStep float64, from, to int) int",
		"turns the clocks of logValley1 into the trapezoidal rule. It stops before a",
		"register with a lane that has left.")
	theta, clock, amp, hit := u.pointer("theta"), u.pointer("clock"), u.pointer("amp"), u.pointer("hit")
	floor, half, halfStep, one := u.param("floor"), u.param("half"), u.param("halfStep"), u.number(1)
	j, to := u.pointer("from"), u.pointer("to")
	u.CMPQ(j, to)
	u.JGE(operand.LabelRef("done"))
	u.Label("next")
	inside := u.insideBits(operand.Mem{Base: hit, Index: j, Scale: 4})
	u.CMPL(inside, operand.Imm(1<<u.lanes()-1))
	u.JNE(operand.LabelRef("done"))
	x := u.load(at(theta, j))
	after := u.div(one, u.add(floor, u.mul(half, u.mul(x, x))))
	change := u.sub(after, u.load(at(amp, j)))
	u.store(u.add(u.mul(halfStep, change), at(clock, j)), at(clock, j))
	u.store(after, at(amp, j))
	u.ADDQ(operand.Imm(uint64(u.lanes())), j)
	u.CMPQ(j, to)
	u.JLT(operand.LabelRef("next"))
	u.Label("done")
	u.VZEROUPPER()
	u.Store(j, u.ReturnIndex(0))
	u.RET()
}
