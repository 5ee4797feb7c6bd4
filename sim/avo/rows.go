package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rows writes the operations of sde/rows.go, which go over one row of lanes.
func rows(u *unit) {
	u.row("amplitudes", []string{"dst", "x"}, []string{"r", "slope", "constant"},
		"stores r sqrt(slope x + constant).",
		func(a []operand.Mem, c []reg.VecVirtual) {
			u.store(u.mul(c[0], u.sqrt(u.add(c[2], u.mul(c[1], a[1])))), a[0])
		})
	u.row("quotients", []string{"dst", "x"}, []string{"dividend", "slope", "constant"},
		"stores dividend/(slope x + constant).",
		func(a []operand.Mem, c []reg.VecVirtual) {
			u.store(u.div(c[0], u.add(c[2], u.mul(c[1], a[1]))), a[0])
		})
	u.row("moveRow", []string{"theta", "grad", "xi", "amp", "drift"}, nil,
		"moves theta by amp xi - drift grad.",
		func(a []operand.Mem, _ []reg.VecVirtual) {
			x := u.sub(u.load(a[0]), u.mul(u.load(a[4]), a[1]))
			u.store(u.add(x, u.mul(u.load(a[3]), a[2])), a[0])
		})
	u.row("decayRow", []string{"theta", "xi", "amp", "decay", "square"}, nil,
		"stores amp xi + decay theta in theta and adds its square to square.",
		func(a []operand.Mem, _ []reg.VecVirtual) {
			x := u.add(u.mul(u.load(a[2]), a[1]), u.mul(u.load(a[3]), a[0]))
			u.store(x, a[0])
			u.store(u.add(u.square(x), a[4]), a[4])
		})
	u.row("alongRow", []string{"theta", "xi", "amp", "decay", "square", "tail", "sum"}, []string{"c"},
		"is decayRow for noise along theta, see sde.radialProcess.moveAlong.",
		func(a []operand.Mem, c []reg.VecVirtual) {
			x, before := u.load(a[0]), u.load(a[5])
			after := u.add(before, u.mul(c[0], u.square(x)))
			q := u.sqrt(u.div(u.load(a[2]), u.mul(before, after)))
			qxi := u.mul(q, a[1])
			sum := u.load(a[6])
			y := u.add(u.mul(after, qxi), u.mul(u.mul(c[0], x), sum))
			u.store(u.add(sum, u.mul(x, qxi)), a[6])
			u.store(after, a[5])
			x = u.add(y, u.mul(x, a[3]))
			u.store(x, a[0])
			u.store(u.add(u.square(x), a[4]), a[4])
		})
	crossed(u)
}

// row writes a function that does something with the arrays, register by
// register over n lanes, a positive whole number of registers.
func (u *unit) row(name string, arrays, constants []string, doc string, do func(arrays []operand.Mem, constants []reg.VecVirtual)) {
	signature := "func("
	for _, a := range arrays {
		signature += a + ", "
	}
	signature = signature[:len(signature)-2] + " *float64, "
	for _, c := range constants {
		signature += c + " float64, "
	}
	u.function(name, signature+"n int)", doc)
	j, n := u.GP64(), u.pointer("n")
	u.XORQ(j, j)
	at := make([]operand.Mem, len(arrays))
	for i, a := range arrays {
		at[i] = operand.Mem{Base: u.pointer(a), Index: j, Scale: 8}
	}
	numbers := make([]reg.VecVirtual, len(constants))
	for i, c := range constants {
		numbers[i] = u.param(c)
	}
	u.Label("next")
	do(at, numbers)
	u.ADDQ(operand.Imm(uint64(u.lanes())), j)
	u.CMPQ(j, n)
	u.JLT(operand.LabelRef("next"))
	u.VZEROUPPER()
	u.RET()
}

// crossed writes the loop of sde.crossed.
func crossed(u *unit) {
	u.function("crossed", "func(watched, variance *float64, level float64, n int) uint64",
		"returns as bits the lanes, of n, a positive whole number of registers, without",
		"left >= 0 and left² >= variance, left = level - watched.")
	watched, variance, level := u.pointer("watched"), u.pointer("variance"), u.param("level")
	zero := u.zero()
	j, n, found := u.GP64(), u.pointer("n"), u.GP64()
	u.XORQ(j, j)
	u.XORQ(found, found)
	u.Label("next")
	left := u.sub(level, u.load(at(watched, j)))
	inside := u.both(u.compare(left, zero, 0x0d), u.compare(u.square(left), at(variance, j), 0x0d))
	u.collect(found, u.except(u.always(), inside))
	u.ADDQ(operand.Imm(uint64(u.lanes())), j)
	u.CMPQ(j, n)
	u.JLT(operand.LabelRef("next"))
	u.collected(found, j)
	u.VZEROUPPER()
	u.Store(found, u.ReturnIndex(0))
	u.RET()
}
