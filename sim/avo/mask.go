package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A mask holds one truth value per lane: a mask register with AVX-512, a vector
// of zeros and ones otherwise.
type mask struct {
	k reg.OpmaskVirtual
	v reg.VecVirtual
}

// never is a mask without any lane.
func (u *unit) never() (m mask) {
	if u.wide {
		m.k = u.K()
		u.KXORB(m.k, m.k, m.k)
	} else {
		m.v = u.zero()
	}
	return m
}

// isNaN finds the lanes that are not numbers.
func (u *unit) isNaN(a reg.VecVirtual) mask { return u.compare(a, a, 3) }

// notLessEqual compares float64s, !(a <= b), which is true for NaN.
func (u *unit) notLessEqual(a reg.VecVirtual, b operand.Op) mask { return u.compare(a, b, 0x16) }

func (u *unit) compare(a reg.VecVirtual, b operand.Op, predicate uint8) (m mask) {
	if u.wide {
		m.k = u.K()
		u.VCMPPD(operand.U8(predicate), b, a, m.k)
		return m
	}
	m.v = u.vec()
	u.VCMPPD(operand.U8(predicate), b, a, m.v)
	return m
}

// isZero finds the lanes whose int32 in m is zero.
func (u *unit) isZero(m operand.Mem) (zero mask) {
	if u.wide {
		y := u.YMM()
		zero.k = u.K()
		u.VMOVDQU32(m, y)
		u.VPTESTNMD(y, y, zero.k)
		return zero
	}
	x, none := u.XMM(), u.XMM()
	zero.v = u.YMM()
	u.VPXOR(none, none, none)
	u.VPCMPEQD(m, none, x)
	u.VPMOVSXDQ(x, zero.v)
	return zero
}

// either returns a or b, both a and b, except a and not b.
func (u *unit) either(a, b mask) mask { return u.combine(a, b, u.KORB, u.VPOR) }
func (u *unit) both(a, b mask) mask   { return u.combine(a, b, u.KANDB, u.VPAND) }
func (u *unit) except(a, b mask) mask { return u.combine(b, a, u.KANDNB, u.VPANDN) }

func (u *unit) combine(a, b mask, wide, narrow func(x, y, z operand.Op)) (m mask) {
	if u.wide {
		m.k = u.K()
		wide(b.k, a.k, m.k)
	} else {
		m.v = u.vec()
		narrow(b.v, a.v, m.v)
	}
	return m
}

// always is the mask of all lanes.
func (u *unit) always() (m mask) {
	if u.wide {
		m.k = u.K()
		u.KXNORB(m.k, m.k, m.k)
	} else {
		m.v = u.vec()
		u.VPCMPEQQ(m.v, m.v, m.v)
	}
	return m
}

// addTo sets m to m or a.
func (u *unit) addTo(m, a mask) {
	if u.wide {
		u.KORB(a.k, m.k, m.k)
	} else {
		u.VPOR(a.v, m.v, m.v)
	}
}

// jumpIfAny jumps where m holds in any lane.
func (u *unit) jumpIfAny(m mask, label string) {
	if u.wide {
		u.KORTESTB(m.k, m.k)
	} else {
		bits := u.bits(m)
		u.TESTL(bits, bits)
	}
	u.JNZ(operand.LabelRef(label))
}

// bits returns the mask in the low bits of an integer register.
func (u *unit) bits(m mask) reg.Register {
	r := u.GP32()
	if u.wide {
		u.KMOVB(m.k, r)
	} else {
		u.VMOVMSKPD(m.v, r)
	}
	return r
}

// returnWhether returns from the function, as its last result, whether m holds in
// any lane; before that come the others.
func (u *unit) returnWhether(m mask, others ...reg.Register) {
	found := u.GP8()
	bits := u.bits(m)
	u.TESTL(bits, bits)
	u.SETNE(found)
	u.VZEROUPPER()
	for i, r := range others {
		u.Store(r, u.ReturnIndex(i))
	}
	u.Store(found, u.ReturnIndex(len(others)))
	u.RET()
}

// collect puts the bits of m into all, of whose 64 bits those before go round;
// collected puts them in order after n lanes.
func (u *unit) collect(all reg.GPVirtual, m mask) {
	u.ORQ(u.bits(m).(reg.GPVirtual).As64(), all)
	u.RORQ(operand.U8(u.lanes()), all)
}

func (u *unit) collected(all, n reg.GPVirtual) {
	u.MOVQ(n, reg.RCX)
	u.ROLQ(reg.CL, all)
}

// storeWhere stores the lanes of v for which m holds. AVX2 has an instruction
// for it that many processors carry out in microcode.
func (u *unit) storeWhere(m mask, v reg.VecVirtual, address operand.Mem) {
	if u.wide {
		u.VMOVDQU64(v, m.k, address)
		return
	}
	new := u.load(address)
	u.VBLENDVPD(m.v, v, new, new)
	u.store(new, address)
}

// where returns the lanes of v for which m holds, and 0 elsewhere.
func (u *unit) where(m mask, v reg.VecVirtual) reg.VecVirtual {
	out := u.vec()
	if u.wide {
		u.VMOVDQA64_Z(v, m.k, out)
	} else {
		u.VANDPD(m.v, v, out)
	}
	return out
}
