package main

import (
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rows writes the operations of sde/rows.go.
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
	u.row("complements", []string{"dst", "x"}, []string{"one", "factor"},
		"stores one - factor x.",
		func(a []operand.Mem, c []reg.VecVirtual) { u.store(u.sub(c[0], u.mul(c[1], a[1])), a[0]) })
	u.row("clock", []string{"t", "inverse", "x"}, []string{"one", "halfStep", "slope", "constant"},
		"adds halfStep (inverse + after) to t, after = one/(slope x + constant), and stores after in inverse.",
		func(a []operand.Mem, c []reg.VecVirtual) {
			after := u.div(c[0], u.add(c[3], u.mul(c[2], a[2])))
			u.store(u.add(u.mul(c[1], u.add(after, a[1])), a[0]), a[0])
			u.store(after, a[1])
		})
	u.table("moveRows", []string{"theta", "grad", "xi"}, []string{"amp", "drift"}, nil, nil,
		"moves theta by amp xi - drift grad.",
		func(t []operand.Mem, kept, _, _ []reg.VecVirtual) {
			amp, drift := kept[0], kept[1]
			x := u.sub(u.load(t[0]), u.mul(drift, t[1]))
			u.store(u.add(x, u.mul(amp, t[2])), t[0])
		})
	u.table("decayRows", []string{"theta", "xi"}, []string{"amp", "decay"}, []string{"square"}, nil,
		"stores amp xi + decay theta in theta and adds its square to square.",
		func(t []operand.Mem, kept, changed, _ []reg.VecVirtual) {
			amp, decay, square := kept[0], kept[1], changed[0]
			x := u.add(u.mul(amp, t[1]), u.mul(decay, t[0]))
			u.store(x, t[0])
			u.VADDPD(u.square(x), square, square)
		})
	u.table("alongRows", []string{"theta", "xi"}, []string{"amp", "decay"}, []string{"square", "tail", "sum"}, []string{"c"},
		"is decayRows for noise along theta, see along in sde/rows.go.",
		func(t []operand.Mem, kept, changed, c []reg.VecVirtual) {
			amp, decay, square, before, sum := kept[0], kept[1], changed[0], changed[1], changed[2]
			x := u.load(t[0])
			after := u.add(before, u.mul(c[0], u.square(x)))
			q := u.sqrt(u.div(amp, u.mul(before, after)))
			u.moveTo(before, after)
			qxi := u.mul(q, t[1])
			y := u.add(u.mul(after, qxi), u.mul(u.mul(c[0], x), sum))
			u.VADDPD(u.mul(x, qxi), sum, sum)
			x = u.add(y, u.mul(x, decay))
			u.store(x, t[0])
			u.VADDPD(u.square(x), square, square)
		})
	triangle(u)
	crossed(u)
	unpositive(u)
}

// table writes a function that does something with every row of the tables, in
// order, register by register over n lanes, a positive whole number of
// registers; there is at least one row. What is kept of a lane, and what changes
// from row to row, stays in registers meanwhile.
func (u *unit) table(name string, tables, kept, changed, constants []string, doc string,
	do func(tables []operand.Mem, kept, changed, constants []reg.VecVirtual)) {
	u.function(name, signature(append(append(append([]string(nil), tables...), kept...), changed...), constants, "n, rows int"), doc)
	j := u.GP64()
	u.XORQ(j, j)
	var numbers []reg.VecVirtual
	for _, c := range constants {
		numbers = append(numbers, u.param(c))
	}
	u.Label("register")
	loadAll := func(names []string) (out []reg.VecVirtual) {
		for _, name := range names {
			out = append(out, u.load(at(u.pointer(name), j)))
		}
		return out
	}
	keptHere, changing := loadAll(kept), loadAll(changed)
	var rows []operand.Mem
	var pointers []reg.Register
	for _, name := range tables {
		p := u.pointer(name)
		u.LEAQ(at(p, j), p)
		pointers, rows = append(pointers, p), append(rows, operand.Mem{Base: p})
	}
	left := u.pointer("rows")
	u.Label("row")
	do(rows, keptHere, changing, numbers)
	for _, p := range pointers {
		u.ADDQ(operand.U32(8*width), p)
	}
	u.DECQ(left)
	u.JNZ(operand.LabelRef("row"))
	for i, name := range changed {
		u.store(changing[i], at(u.pointer(name), j))
	}
	u.ADDQ(operand.Imm(uint64(u.lanes())), j)
	u.CMPQ(j, u.pointer("n"))
	u.JLT(operand.LabelRef("register"))
	u.VZEROUPPER()
	u.RET()
}

// signature returns that of a function of arrays, constants and some integers.
func signature(arrays, constants []string, integers string) string {
	s := "func(" + strings.Join(arrays, ", ") + " *float64, "
	if len(constants) > 0 {
		s += strings.Join(constants, ", ") + " float64, "
	}
	return s + integers + ")"
}

// row writes a function that does something with the arrays, register by
// register over n lanes, a positive whole number of registers.
func (u *unit) row(name string, arrays, constants []string, doc string, do func(arrays []operand.Mem, constants []reg.VecVirtual)) {
	u.function(name, signature(arrays, constants, "n int"), doc)
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
	u.returnLanes(func(j reg.GPVirtual) mask {
		left := u.sub(level, u.load(at(watched, j)))
		inside := u.both(u.compare(left, zero, 0x0d), u.compare(u.square(left), at(variance, j), 0x0d))
		return u.except(u.always(), inside)
	})
}

// unpositive writes the loop of sde.rows.unpositive.
func unpositive(u *unit) {
	u.function("unpositive", "func(x *float64, infinity float64, n int) uint64",
		"returns as bits the lanes, of n, a positive whole number of registers, without",
		"0 < x < infinity.")
	x, infinity, zero := u.pointer("x"), u.param("infinity"), u.zero()
	u.returnLanes(func(j reg.GPVirtual) mask {
		here := u.load(at(x, j))
		return u.either(u.compare(here, zero, 0x1a), u.compare(here, infinity, 0x15)) // not greater, not less
	})
}

// returnLanes goes over the parameter n lanes, register by register from lane j
// on, and returns as bits those that are in the mask.
func (u *unit) returnLanes(found func(j reg.GPVirtual) mask) {
	j, n, all := u.GP64(), u.pointer("n"), u.GP64()
	u.XORQ(j, j)
	u.XORQ(all, all)
	u.Label("next")
	u.collect(all, found(j))
	u.ADDQ(operand.Imm(uint64(u.lanes())), j)
	u.CMPQ(j, n)
	u.JLT(operand.LabelRef("next"))
	u.collected(all, j)
	u.VZEROUPPER()
	u.Store(all, u.ReturnIndex(0))
	u.RET()
}

// triangle writes the loop of sde.rows.triangle.
func triangle(u *unit) {
	u.function("triangle", "func(xi, root *float64, dim, n int)",
		"stores the product of a lower triangular root, row-major in dim dimensions, and xi",
		"in xi, of n lanes, a positive whole number of registers.")
	j, left := u.GP64(), u.GP64()
	u.XORQ(j, j)
	u.Label("register")
	u.MOVQ(u.pointer("dim"), left)
	// The last row of xi, and the last element of the root.
	xi, diagonal := u.pointer("xi"), u.pointer("root")
	last := u.GP64()
	u.MOVQ(left, last)
	u.DECQ(last)
	u.SHLQ(operand.U8(9), last) // 8 width
	u.ADDQ(last, xi)
	u.LEAQ(at(xi, j), xi)
	u.MOVQ(left, last)
	u.IMULQ(left, last)
	u.LEAQ(operand.Mem{Base: diagonal, Index: last, Scale: 8, Disp: -8}, diagonal)
	u.Label("row")
	out := u.mul(u.broadcast(operand.Mem{Base: diagonal}), operand.Mem{Base: xi})
	// The elements left of it.
	c, x, k := u.GP64(), u.pointer("xi"), u.GP64()
	u.LEAQ(at(x, j), x)
	u.MOVQ(left, k)
	u.DECQ(k)
	u.MOVQ(k, c)
	u.SHLQ(operand.U8(3), c)
	u.NEGQ(c)
	u.ADDQ(diagonal, c)
	u.TESTQ(k, k)
	u.JZ(operand.LabelRef("done"))
	u.Label("column")
	bits := u.GP64()
	u.MOVQ(operand.Mem{Base: c}, bits)
	u.SHLQ(operand.U8(1), bits)
	u.JZ(operand.LabelRef("zero"))
	u.VADDPD(u.mul(u.broadcast(operand.Mem{Base: c}), operand.Mem{Base: x}), out, out)
	u.Label("zero")
	u.ADDQ(operand.Imm(8), c)
	u.ADDQ(operand.U32(8*width), x)
	u.DECQ(k)
	u.JNZ(operand.LabelRef("column"))
	u.Label("done")
	u.store(out, operand.Mem{Base: xi})
	u.SUBQ(operand.U32(8*width), xi)
	up := u.pointer("dim") // to the diagonal of the row before: dim + 1 elements
	u.SHLQ(operand.U8(3), up)
	u.NEGQ(up)
	u.LEAQ(operand.Mem{Base: diagonal, Index: up, Scale: 1, Disp: -8}, diagonal)
	u.DECQ(left)
	u.JNZ(operand.LabelRef("row"))
	u.ADDQ(operand.Imm(uint64(u.lanes())), j)
	u.CMPQ(j, u.pointer("n"))
	u.JLT(operand.LabelRef("register"))
	u.VZEROUPPER()
	u.RET()
}
