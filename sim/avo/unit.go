package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A unit writes the instructions of one set of package vector: AVX2 with 4 lanes
// to a register, or AVX-512 (F, DQ, VL) with 8. Operands are in the order of Go's
// assembler, the destination last.
type unit struct {
	*build.Context
	suffix    string // of the names of functions
	wide      bool   // AVX-512
	gathers   bool   // load from tables by one instruction
	constants map[uint64]operand.Mem
}

// lanes returns the number of lanes of a register.
func (u *unit) lanes() int {
	if u.wide {
		return 8
	}
	return 4
}

// function begins a function, whose name gets the suffix. The first line of its
// doc follows the name.
func (u *unit) function(name, signature string, doc ...string) {
	name += u.suffix
	doc[0] = name + " " + doc[0]
	u.Function(name)
	u.Attributes(attr.NOSPLIT)
	u.SignatureExpr(signature)
	u.Pragma("noescape")
	u.Doc(doc...)
}

// vec returns a new register.
func (u *unit) vec() reg.VecVirtual {
	if u.wide {
		return u.ZMM()
	}
	return u.YMM()
}

// at returns the lanes of an array of 8-byte numbers that begin at index.
func at(base, index reg.Register) operand.Mem {
	return operand.Mem{Base: base, Index: index, Scale: 8}
}

// pointer loads a parameter.
func (u *unit) pointer(name string) reg.Register { return u.Load(u.Param(name), u.GP64()) }

// param broadcasts a float64 parameter.
func (u *unit) param(name string) reg.VecVirtual {
	address, err := u.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	v := u.vec()
	u.VBROADCASTSD(address.Addr, v)
	return v
}

// broadcast loads a number into all lanes.
func (u *unit) broadcast(m operand.Mem) reg.VecVirtual {
	v := u.vec()
	u.VBROADCASTSD(m, v)
	return v
}

// spilled is param in memory, to be the right operand of an instruction.
func (u *unit) spilled(name string) operand.Mem {
	m := u.AllocLocal(8 * u.lanes())
	u.store(u.param(name), m)
	return m
}

// literal broadcasts a number that is in memory with the code.
func (u *unit) literal(x float64) reg.VecVirtual { return u.broadcast(u.data(math.Float64bits(x))) }

// data returns 64 bits that are in memory with the code.
func (u *unit) data(bits uint64) operand.Mem {
	if _, known := u.constants[bits]; !known {
		name := fmt.Sprintf("avx2_%016x", bits)
		if u.wide {
			name = fmt.Sprintf("avx512_%016x", bits)
		}
		u.constants[bits] = u.ConstData(name, operand.U64(bits))
	}
	return u.constants[bits]
}

// constant broadcasts 64 bits.
func (u *unit) constant(bits uint64) reg.VecVirtual {
	r, x, v := u.GP64(), u.XMM(), u.vec()
	u.MOVQ(operand.U64(bits), r)
	u.VMOVQ(r, x)
	u.VPBROADCASTQ(x, v)
	return v
}

func (u *unit) zero() reg.VecVirtual {
	v := u.vec()
	if u.wide {
		u.VPXORQ(v, v, v)
	} else {
		u.VPXOR(v, v, v)
	}
	return v
}

func (u *unit) number(x float64) reg.VecVirtual { return u.constant(math.Float64bits(x)) }

// load and store move the lanes of integers or float64s.
func (u *unit) load(m operand.Mem) reg.VecVirtual {
	v := u.vec()
	if u.wide {
		u.VMOVDQU64(m, v)
	} else {
		u.VMOVDQU(m, v)
	}
	return v
}

func (u *unit) store(v reg.VecVirtual, m operand.Mem) {
	if u.wide {
		u.VMOVDQU64(v, m)
	} else {
		u.VMOVDQU(v, m)
	}
}

// binary wraps an instruction of two sources: out = a op b.
func (u *unit) binary(op func(...operand.Op), a, b operand.Op) reg.VecVirtual {
	v := u.vec()
	op(b, a, v)
	return v
}

func (u *unit) add(a, b operand.Op) reg.VecVirtual { return u.binary(u.VADDPD, a, b) }
func (u *unit) sub(a, b operand.Op) reg.VecVirtual { return u.binary(u.VSUBPD, a, b) }
func (u *unit) mul(a, b operand.Op) reg.VecVirtual { return u.binary(u.VMULPD, a, b) }
func (u *unit) div(a, b operand.Op) reg.VecVirtual { return u.binary(u.VDIVPD, a, b) }

func (u *unit) square(a reg.VecVirtual) reg.VecVirtual { return u.mul(a, a) }

func (u *unit) sqrt(a operand.Op) reg.VecVirtual {
	v := u.vec()
	u.VSQRTPD(a, v)
	return v
}

func (u *unit) addInt(a, b operand.Op) reg.VecVirtual { return u.binary(u.VPADDQ, a, b) }

func (u *unit) xor(a, b operand.Op) reg.VecVirtual {
	if u.wide {
		return u.binary(u.VPXORQ, a, b)
	}
	v := u.vec()
	u.VPXOR(b, a, v)
	return v
}

func (u *unit) and(a, b operand.Op) reg.VecVirtual {
	if u.wide {
		return u.binary(u.VPANDQ, a, b)
	}
	v := u.vec()
	u.VPAND(b, a, v)
	return v
}

func (u *unit) shiftLeft(a reg.VecVirtual, n uint8) reg.VecVirtual {
	v := u.vec()
	u.VPSLLQ(operand.U8(n), a, v)
	return v
}

func (u *unit) shiftRight(a reg.VecVirtual, n uint8) reg.VecVirtual {
	v := u.vec()
	u.VPSRLQ(operand.U8(n), a, v)
	return v
}

// rotate returns a rotated to the left.
func (u *unit) rotate(a reg.VecVirtual, n uint8) reg.VecVirtual {
	v := u.vec()
	u.rotateTo(v, a, n)
	return v
}

func (u *unit) rotateTo(dst, a reg.VecVirtual, n uint8) {
	if u.wide {
		u.VPROLQ(operand.U8(n), a, dst)
		return
	}
	left, right := u.shiftLeft(a, n), u.shiftRight(a, 64-n)
	u.VPOR(left, right, dst)
}

// xorTo sets a to a^b.
func (u *unit) xorTo(a, b reg.VecVirtual) {
	if u.wide {
		u.VPXORQ(b, a, a)
	} else {
		u.VPXOR(b, a, a)
	}
}

// orTo sets a to a|b|c.
func (u *unit) orTo(a, b, c reg.VecVirtual) {
	if u.wide {
		const or3 = 0xfe
		u.VPTERNLOGQ(operand.U8(or3), c, b, a)
	} else {
		u.VPOR(b, a, a)
		u.VPOR(c, a, a)
	}
}

// moveTo copies a register.
func (u *unit) moveTo(dst, a reg.VecVirtual) {
	if u.wide {
		u.VMOVDQA64(a, dst)
	} else {
		u.VMOVDQA(a, dst)
	}
}

// gather loads the numbers of table whose indices, below 1<<16, are in v. Where
// processors carry the instruction out in microcode, loads one by one are faster:
// twice as fast on Zen 5. On Sapphire Rapids and its successors they take four
// times as long as the instruction.
func (u *unit) gather(table reg.Register, v reg.VecVirtual) reg.VecVirtual {
	switch {
	case u.gathers && !u.wide:
		all, out := u.YMM(), u.zero()
		u.VPCMPEQQ(all, all, all)
		u.VGATHERQPD(all, operand.Mem{Base: table, Index: v, Scale: 8}, out)
		return out
	case u.gathers:
		all, out := u.K(), u.zero()
		u.KXNORB(all, all, all)
		u.VGATHERQPD(operand.Mem{Base: table, Index: v, Scale: 8}, all, out)
		return out
	case u.wide:
		return u.gatherWide(table, v)
	}
	pair := func(v reg.VecVirtual) reg.VecVirtual {
		i, k := u.GP64(), u.GP64()
		u.VMOVQ(v.AsX(), i)
		u.VPEXTRQ(operand.U8(1), v.AsX(), k)
		return u.loadPair(table, i, k)
	}
	upper := u.XMM()
	u.VEXTRACTI128(operand.U8(1), v, upper)
	return u.join(pair(v), pair(upper))
}

// gatherWide takes eight indices, as 16-bit numbers, through two integer
// registers.
func (u *unit) gatherWide(table reg.Register, v reg.VecVirtual) reg.VecVirtual {
	packed := u.XMM()
	u.VPMOVQW(v, packed)
	low, high := u.GP64(), u.GP64()
	u.VMOVQ(packed, low)
	u.VPEXTRQ(operand.U8(1), packed, high)
	four := func(indices reg.GPVirtual) reg.VecVirtual {
		var i [4]reg.GPVirtual
		for k := range i {
			if i[k] = u.GP64(); k == 3 {
				i[k] = indices
			} else {
				u.MOVWQZX(indices.As16(), i[k])
			}
			if k < 3 {
				u.SHRQ(operand.U8(16), indices)
			}
		}
		return u.join(u.loadPair(table, i[0], i[1]), u.loadPair(table, i[2], i[3]))
	}
	lower, upper, all := four(low), four(high), u.ZMM()
	u.VINSERTF64X4(operand.U8(1), upper, lower.AsZ(), all)
	return all
}

// loadPair loads the numbers of table with the indices i and k.
func (u *unit) loadPair(table, i, k reg.Register) reg.VecVirtual {
	x, both := u.XMM(), u.XMM()
	u.VMOVSD(at(table, i), x)
	u.VMOVHPD(at(table, k), x, both)
	return both
}

// join makes one register of two halves of two numbers each.
func (u *unit) join(low, high reg.VecVirtual) reg.VecVirtual {
	all := u.YMM()
	if u.wide {
		u.VINSERTF64X2(operand.U8(1), high, low.AsY(), all)
	} else {
		u.VINSERTF128(operand.U8(1), high, low.AsY(), all)
	}
	return all
}
