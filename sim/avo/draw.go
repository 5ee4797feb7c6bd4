package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// draw writes the loop that draws indices by Lemire's method from n < 2^32, in
// which case the high half of the 128-bit product of word and n is that of the
// 64-bit number
//
//	upper n + (lower n)/2^32,  word = 2^32 upper + lower
//
// and the low half of the product can fall among the surplus ones only if the
// low half of this number is zero.
func draw(u *unit) {
	u.function("draw", "func(at *int, s0, s1, s2, s3 *uint64, n, grow, stride, rows, from, to int) int",
		"draws an index below n for each lane from index from to index to, times stride, then",
		"one below n + grow, and so on: at has a row of lanes for each. It returns to, or the",
		"index of the pair of registers before which it stopped because a word may be surplus.")
	// Each word waits for the one before: two registers take turns.
	const registers = 2
	var g [registers]generator
	for i, name := range []string{"s0", "s1", "s2", "s3"} {
		array := operand.Mem{Base: u.pointer(name)}
		for r := range g {
			g[r].u, g[r].s[i] = u, array.Offset(8*r*u.lanes())
		}
	}
	where, j := u.pointer("at"), u.pointer("from")
	first, grow, stride := u.integer("n"), operand.Op(u.integer("grow")), operand.Op(u.integer("stride"))
	if !u.wide { // there are few registers
		grow, stride = u.spill(grow), u.spill(stride)
	}
	surplus := u.lowHalves()
	u.Label("lanes")
	u.CMPQ(j, u.argument("to"))
	u.JGE(operand.LabelRef("done"))
	left, out := u.pointer("rows"), u.GP64()
	u.LEAQ(at(where, j), out)
	var s [registers][4]reg.VecVirtual
	for r := range s {
		s[r] = g[r].load(j)
	}
	n := u.vec()
	u.moveTo(n, first)
	surplus.reset()
	u.Label("rows")
	for r := range s {
		word := u.addInt(u.rotate(u.addInt(s[r][0], s[r][3]), 23), s[r][0])
		product := u.addInt(u.mulInt(u.shiftRight(word, 32), n), u.shiftRight(u.mulInt(word, n), 32))
		surplus.note(product)
		u.store(u.mulInt(u.shiftRight(product, 32), stride), operand.Mem{Base: out, Disp: 8 * r * u.lanes()})
		g[r].step(s[r])
	}
	u.VPADDQ(grow, n, n)
	u.ADDQ(operand.U32(8*laneWidth), out)
	u.DECQ(left)
	u.JNZ(operand.LabelRef("rows"))
	surplus.jumpIfZero("done")
	for r := range s {
		g[r].store(s[r], j)
	}
	u.ADDQ(operand.Imm(uint64(registers*u.lanes())), j)
	u.JMP(operand.LabelRef("lanes"))
	u.Label("done")
	u.VZEROUPPER()
	u.Store(j, u.ReturnIndex(0))
	u.RET()
}

// spill puts a register into memory, to be the right operand of an instruction.
func (u *unit) spill(v operand.Op) operand.Mem {
	m := u.AllocLocal(8 * u.lanes())
	u.store(v.(reg.VecVirtual), m)
	return m
}

// members writes the loop that makes subsets of indices that are all different.
func members(u *unit) {
	u.function("members", "func(at *int, stride, rows, from, to int) int",
		"multiplies the indices of the lanes from index from to index to by stride. It",
		"returns to, or the index of the register before which it stopped because a lane has",
		"the same index in two rows.")
	where, j, row := u.pointer("at"), u.pointer("from"), u.GP64()
	stride := u.integer("stride")
	u.Label("lanes")
	u.CMPQ(j, u.argument("to"))
	u.JGE(operand.LabelRef("done"))
	twice, left, first, earlier := u.never(), u.pointer("rows"), u.GP64(), u.GP64()
	u.LEAQ(at(where, j), first)
	u.MOVQ(first, row)
	u.JMP(operand.LabelRef("more"))
	u.Label("compare")
	u.ADDQ(operand.U32(8*laneWidth), row)
	u.MOVQ(first, earlier)
	index := u.load(operand.Mem{Base: row})
	u.Label("earlier")
	u.addTo(twice, u.equal(index, operand.Mem{Base: earlier}))
	u.ADDQ(operand.U32(8*laneWidth), earlier)
	u.CMPQ(earlier, row)
	u.JLT(operand.LabelRef("earlier"))
	u.Label("more")
	u.DECQ(left)
	u.JNZ(operand.LabelRef("compare"))
	u.jumpIfAny(twice, "done")
	u.Label("multiply")
	u.store(u.mulInt(u.load(operand.Mem{Base: first}), stride), operand.Mem{Base: first})
	u.ADDQ(operand.U32(8*laneWidth), first)
	u.CMPQ(first, row)
	u.JLE(operand.LabelRef("multiply"))
	u.ADDQ(operand.Imm(uint64(u.lanes())), j)
	u.JMP(operand.LabelRef("lanes"))
	u.Label("done")
	u.VZEROUPPER()
	u.Store(j, u.ReturnIndex(0))
	u.RET()
}

// equal compares integers.
func (u *unit) equal(a reg.VecVirtual, b operand.Op) (m mask) {
	if u.wide {
		m.k = u.K()
		u.VPCMPEQQ(b, a, m.k)
		return m
	}
	m.v = u.vec()
	u.VPCMPEQQ(b, a, m.v)
	return m
}

// integer broadcasts an int parameter.
func (u *unit) integer(name string) reg.VecVirtual {
	v := u.vec()
	u.VPBROADCASTQ(u.argument(name), v)
	return v
}

// mulInt multiplies the low halves of 64-bit integers.
func (u *unit) mulInt(a, b operand.Op) reg.VecVirtual { return u.binary(u.VPMULUDQ, a, b) }

// lowHalves collects over the lanes the least low half of a number.
type lowHalves struct {
	u     *unit
	least reg.VecVirtual // of the high halves, too
}

func (u *unit) lowHalves() lowHalves { return lowHalves{u, u.vec()} }

func (l lowHalves) reset() {
	if l.u.wide {
		l.u.VPTERNLOGD(operand.Imm(0xff), l.least, l.least, l.least)
	} else {
		l.u.VPCMPEQD(l.least, l.least, l.least)
	}
}

func (l lowHalves) note(a reg.VecVirtual) { l.u.VPMINUD(a, l.least, l.least) }

// jumpIfZero jumps if any was zero.
func (l lowHalves) jumpIfZero(label string) {
	u, low := l.u, l.u.constant(1<<32-1)
	if u.wide {
		k := u.K()
		u.VPTESTNMQ(low, l.least, k)
		u.KORTESTB(k, k)
	} else {
		halves := u.vec()
		u.VPCMPEQD(u.zero(), l.least, halves)
		u.VPTEST(halves, low)
	}
	u.JNZ(operand.LabelRef(label))
}
