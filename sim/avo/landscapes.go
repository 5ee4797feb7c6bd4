package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// landscapes writes the loops of sde/landscapes.go.
func landscapes(u *unit) {
	polynomial(u)
	quadratic(u)
	channel(u)
}

// polynomial writes the loop of sde.polynomialBlock: Horner's rule for two
// polynomials at once.
func polynomial(u *unit) {
	u.function("polynomial", "func(x, value, slope, pairs *float64, degree, n int)",
		"stores a polynomial of x, of n lanes, a positive whole number of registers, and",
		"its slope. The pairs are coefficients of both, the highest first; the last of the",
		"degree+1 has no slope.")
	x, value, slope := u.pointer("x"), u.pointer("value"), u.pointer("slope")
	j, left, c := u.GP64(), u.GP64(), u.GP64()
	u.XORQ(j, j)
	u.Label("register")
	u.MOVQ(u.pointer("degree"), left)
	u.MOVQ(u.pointer("pairs"), c)
	pair := operand.Mem{Base: c}
	t := u.load(at(x, j))
	v, s := u.broadcast(pair), u.broadcast(pair.Offset(8))
	next := func() {
		u.ADDQ(operand.Imm(16), c)
		u.VMULPD(t, v, v)
		u.VADDPD(u.broadcast(pair), v, v)
	}
	u.JMP(operand.LabelRef("enter"))
	u.Label("power")
	next()
	u.VMULPD(t, s, s)
	u.VADDPD(u.broadcast(pair.Offset(8)), s, s)
	u.Label("enter")
	u.DECQ(left)
	u.JNZ(operand.LabelRef("power"))
	next()
	u.store(v, at(value, j))
	u.store(s, at(slope, j))
	u.ADDQ(operand.Imm(uint64(u.lanes())), j)
	u.CMPQ(j, u.pointer("n"))
	u.JLT(operand.LabelRef("register"))
	u.VZEROUPPER()
	u.RET()
}

// quadratic writes the loop of sde.quadraticBlock.
func quadratic(u *unit) {
	u.function("quadratic", "func(theta, loss, grad, h, minimum *float64, floor float64, dim, n int)",
		"stores floor + z^T h z/2 and h z with z = theta - minimum, in dim dimensions and n",
		"lanes, a positive whole number of registers.")
	floor, half := u.param("floor"), u.number(0.5)
	j := u.GP64()
	u.XORQ(j, j)
	u.Label("register")
	sum := u.zero()
	h, i := u.pointer("h"), u.pointer("dim")
	grad, own, ownMinimum := u.pointer("grad"), u.pointer("theta"), u.pointer("minimum")
	u.LEAQ(at(grad, j), grad)
	u.LEAQ(at(own, j), own)
	u.Label("row")
	g := u.zero()
	theta, minimum, k := u.pointer("theta"), u.pointer("minimum"), u.pointer("dim")
	u.LEAQ(at(theta, j), theta)
	u.Label("column")
	z := u.sub(u.load(operand.Mem{Base: theta}), u.broadcast(operand.Mem{Base: minimum}))
	u.VADDPD(u.mul(u.broadcast(operand.Mem{Base: h}), z), g, g)
	u.ADDQ(operand.Imm(8), h)
	u.ADDQ(operand.Imm(8), minimum)
	u.ADDQ(operand.U32(8*width), theta)
	u.DECQ(k)
	u.JNZ(operand.LabelRef("column"))
	u.store(g, operand.Mem{Base: grad})
	z = u.sub(u.load(operand.Mem{Base: own}), u.broadcast(operand.Mem{Base: ownMinimum}))
	u.VADDPD(u.mul(g, z), sum, sum)
	u.ADDQ(operand.Imm(8), ownMinimum)
	u.ADDQ(operand.U32(8*width), own)
	u.ADDQ(operand.U32(8*width), grad)
	u.DECQ(i)
	u.JNZ(operand.LabelRef("row"))
	u.store(u.add(floor, u.mul(sum, half)), at(u.pointer("loss"), j))
	u.ADDQ(operand.Imm(uint64(u.lanes())), j)
	u.CMPQ(j, u.pointer("n"))
	u.JLT(operand.LabelRef("register"))
	u.VZEROUPPER()
	u.RET()
}

// channel writes the loop of sde.channelBlock.
func channel(u *unit) {
	u.function("channel", "func(theta, loss, grad *float64, inverse, spread, kMin, floor, height, slope float64, dim, n int)",
		"stores loss and gradient of a channel in dim dimensions and n lanes, a positive",
		"whole number of registers. Its transverse curvature is kMin + spread exp(-4 u²),",
		"u = inverse x; slope is -4 height inverse.")
	j, left := u.GP64(), u.GP64()
	u.XORQ(j, j)
	u.Label("register")
	theta := u.pointer("theta")
	u.LEAQ(at(theta, j), theta)
	row := operand.Mem{Base: theta}
	x := u.load(row)
	r2 := u.zero()
	u.MOVQ(u.pointer("dim"), left)
	u.JMP(operand.LabelRef("radius"))
	u.Label("across")
	u.ADDQ(operand.U32(8*width), theta)
	z := u.load(row)
	u.VADDPD(u.square(z), r2, r2)
	u.Label("radius")
	u.DECQ(left)
	u.JNZ(operand.LabelRef("across"))

	scaled := u.mul(x, u.param("inverse"))
	u2 := u.square(scaled)
	q := u.sub(u.literal(1), u2)
	excess := u.mul(u.exp(u.mul(u2, u.literal(-4))), u.param("spread"))
	k := u.add(excess, u.param("kMin"))
	well := u.add(u.mul(u.square(q), u.param("height")), u.param("floor"))
	u.store(u.add(well, u.mul(u.mul(k, r2), u.literal(0.5))), at(u.pointer("loss"), j))
	bend := u.mul(u.mul(u.mul(u.mul(scaled, u.literal(4)), u.param("inverse")), excess), r2)
	grad := u.pointer("grad")
	u.LEAQ(at(grad, j), grad)
	u.store(u.sub(u.mul(u.mul(scaled, u.param("slope")), q), bend), operand.Mem{Base: grad})

	theta = u.pointer("theta")
	u.LEAQ(at(theta, j), theta)
	u.MOVQ(u.pointer("dim"), left)
	u.JMP(operand.LabelRef("enter"))
	u.Label("gradient")
	u.ADDQ(operand.U32(8*width), theta)
	u.ADDQ(operand.U32(8*width), grad)
	u.store(u.mul(k, operand.Mem{Base: theta}), operand.Mem{Base: grad})
	u.Label("enter")
	u.DECQ(left)
	u.JNZ(operand.LabelRef("gradient"))
	u.ADDQ(operand.Imm(uint64(u.lanes())), j)
	u.CMPQ(j, u.pointer("n"))
	u.JLT(operand.LabelRef("register"))
	u.VZEROUPPER()
	u.RET()
}

// exp writes exp(x) for x <= 0 as sde.exp computes it.
func (u *unit) exp(x reg.VecVirtual) reg.VecVirtual {
	k, f := u.truncate(u.sub(u.mul(x, u.literal(math.Log2E)), u.literal(0.5)))
	r := u.sub(u.sub(x, u.mul(f, u.literal(6.93147180369123816490e-01))), u.mul(f, u.literal(1.90821492927058770002e-10)))
	s := u.square(r)
	horner := func(c ...float64) reg.VecVirtual {
		sum := u.literal(c[0])
		for _, c := range c[1:] {
			sum = u.add(u.mul(sum, s), u.literal(c))
		}
		return sum
	}
	even := horner(1/479001600.0, 1/3628800.0, 1/40320.0, 1/720.0, 1/24.0, 0.5)
	odd := horner(1/6227020800.0, 1/39916800.0, 1/362880.0, 1/5040.0, 1/120.0, 1/6.0)
	tail := u.add(u.mul(even, s), u.mul(odd, u.mul(r, s)))
	power := u.shiftLeft(u.addInt(k, u.broadcast(u.data(1023))), 52)
	result := u.mul(u.add(u.add(r, tail), u.literal(1)), power)
	return u.where(u.compare(x, u.literal(-690), 0x15), result) // not x < -690
}

// truncate returns the integers next to x in the direction of 0, below 2^31, as
// int64 and as float64.
func (u *unit) truncate(x reg.VecVirtual) (integers, floats reg.VecVirtual) {
	integers, floats = u.vec(), u.vec()
	if u.wide {
		short := u.YMM()
		u.VCVTTPD2DQ(x, short)
		u.VPMOVSXDQ(short, integers)
		u.VCVTDQ2PD(short, floats)
	} else {
		short := u.XMM()
		u.VCVTTPD2DQY(x, short)
		u.VPMOVSXDQ(short, integers)
		u.VCVTDQ2PD(short, floats)
	}
	return integers, floats
}
