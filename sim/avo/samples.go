package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// samples loads the rows of the lanes' samples transposed: one register for
// each column, the lanes beside one another. That takes fewer instructions than
// a gather of each column, which loads every number by itself.
type samples struct {
	u     *unit
	rows  reg.Register
	parts [4]reg.OpmaskVirtual // of a register with AVX-512, but for the first
	upper reg.OpmaskVirtual    // half of it
}

// samples loads the parameter rows.
func (u *unit) samples() *samples {
	s := &samples{u: u, rows: u.pointer("rows")}
	if u.wide {
		for i := 1; i < len(s.parts); i++ {
			s.parts[i] = u.maskConstant(3 << (2 * i))
		}
		s.upper = u.maskConstant(0xf0)
	}
	return s
}

func (u *unit) maskConstant(bits uint32) reg.OpmaskVirtual {
	r, k := u.GP32(), u.K()
	u.MOVL(operand.U32(bits), r)
	u.KMOVB(r, k)
	return k
}

// columns returns columns from up to to of the rows that begin where index
// says. Behind the last column a row has numbers up to a multiple of 4, or it
// has 2 altogether.
func (s *samples) columns(index []reg.Register, from, to int) []reg.VecVirtual {
	var out []reg.VecVirtual
	for from < to {
		if s.u.wide && to-from > 2 {
			out = append(out, s.four(index, from)...)
			from += 4
		} else {
			out = append(out, s.two(index, from)...)
			from += 2
		}
	}
	return out[:len(out)-(from-to)]
}

// two loads the pairs of the even lanes into one register, those of the odd
// lanes into another.
func (s *samples) two(index []reg.Register, column int) []reg.VecVirtual {
	u := s.u
	var pairs [2]reg.VecVirtual
	for odd := range pairs {
		v := u.vec()
		if u.wide {
			u.VBROADCASTF64X2(s.row(index[odd], column), v)
			for i := 1; i < 4; i++ {
				u.VBROADCASTF64X2(s.row(index[odd+2*i], column), s.parts[i], v)
			}
		} else {
			low := u.XMM()
			u.VMOVUPD(s.row(index[odd], column), low)
			u.VINSERTF128(operand.U8(1), s.row(index[odd+2], column), low.AsY(), v)
		}
		pairs[odd] = v
	}
	return []reg.VecVirtual{u.binary(u.VUNPCKLPD, pairs[0], pairs[1]), u.binary(u.VUNPCKHPD, pairs[0], pairs[1])}
}

// four loads four numbers each of two lanes into a register of AVX-512.
func (s *samples) four(index []reg.Register, column int) []reg.VecVirtual {
	u := s.u
	pair := func(low, high int) reg.VecVirtual {
		v := u.vec()
		u.VBROADCASTF64X4(s.row(index[low], column), v)
		u.VBROADCASTF64X4(s.row(index[high], column), s.upper, v)
		return v
	}
	// The halves of a register in the comments are of the columns.
	var even, odd [2]reg.VecVirtual // lanes of columns 0 and 2, 1 and 3 by turns
	for half := range 2 {
		a, b := pair(4*half, 4*half+2), pair(4*half+1, 4*half+3)
		even[half], odd[half] = u.binary(u.VUNPCKLPD, a, b), u.binary(u.VUNPCKHPD, a, b)
	}
	out := make([]reg.VecVirtual, 4)
	for i, v := range [][2]reg.VecVirtual{even, odd} {
		for part, choice := range []uint8{0x88, 0xdd} {
			w := u.vec()
			u.VSHUFF64X2(operand.U8(choice), v[1], v[0], w)
			out[i+2*part] = w
		}
	}
	return out
}

func (s *samples) row(index reg.Register, column int) operand.Mem {
	return at(s.rows, index).Offset(8 * column)
}

// index loads where the rows of the samples of the lanes from j begin.
func (u *unit) index(m operand.Mem) []reg.Register {
	out := make([]reg.Register, u.lanes())
	for i := range out {
		r := u.GP64()
		u.MOVQ(m.Offset(8*i), r)
		out[i] = r
	}
	return out
}
