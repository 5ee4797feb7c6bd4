package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A loop moves lanes and stops before a rare word or a lane that leaves. It
// has a part of the lanes at a time: with AVX2 one register, which makes one
// step, and the next register makes it after that, so that the processor
// overlaps them; with AVX-512, which has more registers, two of them make all
// their steps before the loop goes on to the next two, and what is known of the
// lanes stays in registers meanwhile.
//
// Its function has, beside the parameters of the generator, hit and five
// numbers: left counts steps of parts, the first part begins at lane from and
// still has first steps to make, each other one has steps. It goes on to lane
// lanes. It returns the left it has not done.
type loop struct {
	*generator
	u       *unit
	numbers []reg.Register // the arrays of numbers that change
	hit     reg.Register
	j, left reg.Register
}

const (
	loopParameters = "s0, s1, s2, s3 *uint64, hit *int32, table *float64, "
	loopNumbers    = "lanes, steps, first, from, left int"
)

// A body computes the new numbers of the lanes, of which the first is theta,
// from the deviates. What it knows about a point, such as its square, it passes
// on to the next step. A step leaves where measured exceeds edge, or is NaN; if
// xi is NaN, theta and measured must be.
type body struct {
	simple bool // one register makes one step with AVX-512, too
	edge   operand.Op
	about  func(theta reg.VecVirtual) (known reg.VecVirtual)
	step   func(xi, known reg.VecVirtual, numbers []reg.VecVirtual) (next []reg.VecVirtual, nextKnown, measured reg.VecVirtual)
}

// loop writes a function from its first instruction to its last.
func (u *unit) loop(numbers []string, constants func() body) {
	l := &loop{generator: u.generator(), u: u, hit: u.pointer("hit"), j: u.pointer("from"), left: u.pointer("left")}
	for _, name := range numbers {
		l.numbers = append(l.numbers, u.pointer(name))
	}
	b := constants()
	if u.wide && !b.simple {
		l.wide(b)
	} else {
		l.narrow(b)
	}
}

// loadNumbers loads the numbers of the lanes from index j.
func (l *loop) loadNumbers(j reg.Register) []reg.VecVirtual {
	var out []reg.VecVirtual
	for _, array := range l.numbers {
		out = append(out, l.u.load(at(array, j)))
	}
	return out
}

func (l *loop) storeNumbers(numbers []reg.VecVirtual, j reg.Register) {
	for i, array := range l.numbers {
		l.u.store(numbers[i], at(array, j))
	}
}

// narrow writes the loop that goes over the lanes step after step.
func (l *loop) narrow(b body) {
	u := l.u
	lanes, zero := u.pointer("lanes"), u.GP64()
	u.XORQ(zero, zero)
	u.Label("next")
	xi := l.normal(u.load(at(l.s[0], l.j)), u.load(at(l.s[3], l.j)))
	numbers := l.loadNumbers(l.j)
	next, _, measured := b.step(xi, b.about(numbers[0]), numbers)
	outside := u.notLessEqual(measured, b.edge)
	u.jumpIfAny(outside, outside, "look")
	u.Label("keep")
	l.storeNumbers(next, l.j)
	s := l.load(l.j)
	l.step(s)
	l.store(s, l.j)
	u.ADDQ(operand.Imm(uint64(u.lanes())), l.j)
	u.CMPQ(l.j, lanes)
	u.CMOVQEQ(zero, l.j)
	u.DECQ(l.left)
	u.JNZ(operand.LabelRef("next"))
	u.Label("done")
	l.finish()

	u.Label("look")
	l.jumpIfLeaving(next[0], outside, 0, "done")
	u.JMP(operand.LabelRef("keep"))
}

// wide writes the loop that lets two registers make all their steps.
func (l *loop) wide(b body) {
	u := l.u
	const registers = 2
	// Of the first part some steps may have been made.
	steps, todo := u.pointer("steps"), u.pointer("first")
	second := u.GP64()
	var s [registers][4]reg.VecVirtual
	var numbers, next [registers][]reg.VecVirtual
	var known, nextKnown [registers]reg.VecVirtual
	var outside [registers]mask
	index := [registers]reg.Register{l.j, second}
	store := func() {
		for r, j := range index {
			l.storeNumbers(numbers[r], j)
			l.store(s[r], j)
		}
	}
	u.Label("part")
	u.LEAQ(operand.Mem{Base: l.j, Disp: u.lanes()}, second)
	for r, j := range index {
		s[r], numbers[r] = l.load(j), l.loadNumbers(j)
		known[r] = b.about(numbers[r][0])
	}
	u.Label("next")
	for r := range registers {
		xi := l.normal(s[r][0], s[r][3])
		var measured reg.VecVirtual
		next[r], nextKnown[r], measured = b.step(xi, known[r], numbers[r])
		outside[r] = u.notLessEqual(measured, b.edge)
	}
	u.jumpIfAny(outside[0], outside[1], "look")
	u.Label("keep")
	for r := range registers {
		for i, x := range next[r] {
			u.moveTo(numbers[r][i], x)
		}
		u.moveTo(known[r], nextKnown[r])
		l.step(s[r])
	}
	u.DECQ(l.left)
	u.DECQ(todo)
	u.JNZ(operand.LabelRef("next"))
	store()
	u.ADDQ(operand.Imm(uint64(registers*u.lanes())), l.j)
	u.MOVQ(steps, todo)
	u.TESTQ(l.left, l.left)
	u.JNZ(operand.LabelRef("part"))
	l.finish()

	u.Label("look")
	for r := range registers {
		l.jumpIfLeaving(next[r][0], outside[r], r*u.lanes(), "stop")
	}
	u.JMP(operand.LabelRef("keep"))
	u.Label("stop")
	store()
	l.finish()
}

func (l *loop) finish() {
	l.u.VZEROUPPER()
	l.u.Store(l.left, l.u.ReturnIndex(0))
	l.u.RET()
}

// jumpIfLeaving jumps for theta that is not a number, as a rare word makes it, and
// for a lane outside that has not left before.
func (l *loop) jumpIfLeaving(theta reg.VecVirtual, outside mask, lane int, label string) {
	u := l.u
	rare := u.isNaN(theta)
	u.jumpIfAny(rare, rare, label)
	inside := u.insideBits(operand.Mem{Base: l.hit, Index: l.j, Scale: 4, Disp: 4 * lane})
	u.TESTL(inside, u.bits(outside))
	u.JNZ(operand.LabelRef(label))
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
	u.function("valley1", "func(theta *float64, "+loopParameters+"decay, base, curve, edge2 float64, "+loopNumbers+") int",
		"is the loop of valley1: x <- decay x + sqrt(base + curve x²) xi.")
	u.loop([]string{"theta"}, func() body {
		decay, base, curve, edge2 := u.param("decay"), u.param("base"), u.param("curve"), u.param("edge2")
		return body{edge: edge2, about: u.square, step: func(xi, square reg.VecVirtual, numbers []reg.VecVirtual) ([]reg.VecVirtual, reg.VecVirtual, reg.VecVirtual) {
			x := numbers[0]
			amp := u.sqrt(u.add(base, u.mul(curve, square)))
			x = u.add(u.mul(amp, xi), u.mul(decay, x))
			square = u.square(x)
			return []reg.VecVirtual{x}, square, square
		}}
	})
}

// logValley1 writes the loop of sde.logValley1.
func logValley1(u *unit) {
	u.function("logValley1", "func(theta, clock *float64, "+loopParameters+"h, amp, dtau, floor, half, edge2 float64, "+loopNumbers+") int",
		"is the loop of logValley1: x <- x - h x dt + amp xi, dt = dtau/(floor + half x²).")
	u.loop([]string{"theta", "clock"}, func() body {
		h, amp, dtau := u.param("h"), u.param("amp"), u.param("dtau")
		floor, half, edge2 := u.param("floor"), u.param("half"), u.param("edge2")
		return body{edge: edge2, about: u.square, step: func(xi, square reg.VecVirtual, numbers []reg.VecVirtual) ([]reg.VecVirtual, reg.VecVirtual, reg.VecVirtual) {
			x, t := numbers[0], numbers[1]
			dt := u.div(dtau, u.add(floor, u.mul(half, square)))
			t = u.add(t, dt)
			x = u.add(u.mul(amp, xi), u.sub(x, u.mul(u.mul(h, x), dt)))
			square = u.square(x)
			return []reg.VecVirtual{x, t}, square, square
		}}
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
