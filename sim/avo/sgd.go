package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// laneWidth is Width of package lane: coordinate i of an array over coordinates
// begins at index i*laneWidth.
const laneWidth = 64

// sgdDims are the dimensions of which package sgd has loops written out.
var sgdDims = []int{1, 2, 5, 10}

// sgd writes the loops of package sgd.
func sgd(u *unit) {
	draw(u)
	members(u)
	for _, d := range sgdDims {
		sgdStep(u, d)
		sgdSum(u, d)
	}
	sgdPopulation(u)
	sgdMove(u)
	sgdBeyond(u)
}

// coordinate is coordinate i of the lanes from j.
func coordinate(base, j reg.Register, i int) operand.Mem {
	return at(base, j).Offset(8 * laneWidth * i)
}

// overLanes writes a loop over the lanes from 0 to the parameter lanes, a whole
// number of registers and at least one.
func (u *unit) overLanes(body func(j reg.Register)) {
	j := u.GP64()
	u.XORQ(j, j)
	u.Label("lanes")
	body(j)
	u.ADDQ(operand.Imm(uint64(u.lanes())), j)
	u.CMPQ(j, u.argument("lanes"))
	u.JLT(operand.LabelRef("lanes"))
}

// argument is a parameter where it is, on the stack.
func (u *unit) argument(name string) operand.Mem {
	address, err := u.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return address.Addr
}

// residual returns theta.x - y, summed in order, for the columns of x and y.
func (u *unit) residual(theta, j reg.Register, x []reg.VecVirtual, y reg.VecVirtual) reg.VecVirtual {
	e := u.sub(u.mul(x[0], coordinate(theta, j, 0)), y)
	for i := 1; i < len(x); i++ {
		e = u.add(e, u.mul(x[i], coordinate(theta, j, i)))
	}
	return e
}

// sgdStep writes the loop of a step with one sample in d dimensions. In few
// dimensions it measures the squared distance from the minimum, in many it
// carries it on, as package sgd explains.
func sgdStep(u *unit, d int) {
	what := fmt.Sprintf("moves the lanes by steps with one sample in d = %d: theta <- theta - rate (theta.x - y) x.", d)
	const results = "rate, near2 float64, steps, lanes int) (undone int, far bool)"
	if d <= 2 {
		u.function(fmt.Sprint("step", d), "func(theta *float64, at *int, rows, minimum, distance2 *float64, "+results,
			what, "It stores the squared distances from the minimum, stops after a step in which any",
			"is not at most near2, tells so, and returns the number of steps it has not made.")
		sgdStepMeasured(u, d)
		return
	}
	u.function(fmt.Sprint("step", d), "func(theta *float64, at *int, rows, distance2 *float64, "+results,
		what, "It carries the squared distances on, stops after a step in which any is not at most",
		"near2, tells so, and returns the number of steps it has not made.")
	sgdStepCarried(u, d)
}

// overSteps writes a loop over the parameter steps, at least one, each with its
// row of where, and the end of the function. It is left early after a step in
// which far holds for any lane.
func (u *unit) overSteps(where reg.Register, far mask, step func()) {
	left := u.pointer("steps")
	u.Label("steps")
	step()
	u.ADDQ(operand.U32(8*laneWidth), where)
	u.DECQ(left)
	u.jumpIfAny(far, "enough")
	u.TESTQ(left, left)
	u.JNZ(operand.LabelRef("steps"))
	u.Label("enough")
	u.returnWhether(far, left)
}

func sgdStepMeasured(u *unit, d int) {
	theta, where, s := u.pointer("theta"), u.pointer("at"), u.samples()
	rate, near2 := u.param("rate"), u.param("near2")
	minimum, distance2, m := u.pointer("minimum"), u.pointer("distance2"), make([]reg.VecVirtual, d)
	for i := range m {
		m[i] = u.broadcast(operand.Mem{Base: minimum, Disp: 8 * i})
	}
	far := u.never()
	u.overSteps(where, far, func() {
		u.overLanes(func(j reg.Register) {
			c := s.columns(u.index(at(where, j)), 0, d+1)
			e := u.mul(u.residual(theta, j, c[:d], c[d]), rate)
			var r2 reg.VecVirtual
			for i, x := range c[:d] {
				t := u.sub(u.load(coordinate(theta, j, i)), u.mul(e, x))
				u.store(t, coordinate(theta, j, i))
				z2 := u.square(u.sub(t, m[i]))
				if i == 0 {
					r2 = z2
				} else {
					r2 = u.add(r2, z2)
				}
			}
			u.store(r2, at(distance2, j))
			u.addTo(far, u.notLessEqual(r2, near2))
		})
	})
}

func sgdStepCarried(u *unit, d int) {
	theta, where, s := u.pointer("theta"), u.pointer("at"), u.samples()
	rate, near2 := u.constantOperand("rate"), u.constantOperand("near2")
	far := u.never()
	u.overSteps(where, far, func() {
		u.overLanes(func(j reg.Register) {
			if line := 8; d+2 > line { // long rows are fetched for the next lanes
				for lane := range u.lanes() {
					r := u.GP64()
					u.MOVQ(at(where, j).Offset(8*(u.lanes()+lane)), r)
					u.PREFETCHT0(s.row(r, 0))
					u.PREFETCHT0(s.row(r, line))
				}
			}
			c := s.columns(u.index(at(where, j)), 0, d+2)
			e0 := u.residual(theta, j, c[:d], c[d])
			e := u.mul(e0, rate)
			distance2 := u.pointer("distance2")
			b := c[d+1]
			change := u.add(u.mul(e0, u.shiftLeft(b, 32)), b)
			r2 := u.add(u.mul(e0, change), at(distance2, j))
			u.store(r2, at(distance2, j))
			u.addTo(far, u.notLessEqual(r2, near2))
			for i, x := range c[:d] {
				t := u.sub(u.load(coordinate(theta, j, i)), u.mul(e, x))
				u.store(t, coordinate(theta, j, i))
			}
		})
	})
}

// constantOperand is a parameter in all lanes: in a register with AVX-512, in
// memory otherwise.
func (u *unit) constantOperand(name string) operand.Op {
	if u.wide {
		return u.param(name)
	}
	return u.spilled(name)
}

// sgdSum writes the loop that adds up the gradients of some samples in d
// dimensions.
func sgdSum(u *unit, d int) {
	u.function(fmt.Sprint("sum", d), "func(theta, batch *float64, at *int, rows *float64, rate float64, samples, lanes int)",
		fmt.Sprintf("adds rate (theta.x - y) x of each sample to the batch of its lane in d = %d.", d))
	theta, batch, s := u.pointer("theta"), u.pointer("batch"), u.samples()
	rate := u.constantOperand("rate")
	sum := make([]reg.VecVirtual, d)
	u.overLanes(func(j reg.Register) {
		where, left := u.pointer("at"), u.pointer("samples")
		u.LEAQ(at(where, j), where)
		inRegisters := u.wide || d <= 2
		if inRegisters {
			for i := range sum {
				sum[i] = u.load(coordinate(batch, j, i))
			}
		}
		u.Label("samples")
		c := s.columns(u.index(operand.Mem{Base: where}), 0, d+1)
		e := u.mul(u.residual(theta, j, c[:d], c[d]), rate)
		for i, x := range c[:d] {
			g := u.mul(e, x)
			if inRegisters {
				u.VADDPD(g, sum[i], sum[i])
			} else {
				u.store(u.add(g, coordinate(batch, j, i)), coordinate(batch, j, i))
			}
		}
		u.ADDQ(operand.U32(8*laneWidth), where)
		u.DECQ(left)
		u.JNZ(operand.LabelRef("samples"))
		if inRegisters {
			for i := range sum {
				u.store(sum[i], coordinate(batch, j, i))
			}
		}
	})
	u.VZEROUPPER()
	u.RET()
}

// sgdPopulation writes the loop that adds the gradient of one sample of a
// population.
func sgdPopulation(u *unit) {
	u.function("population", "func(theta, batch, normals *float64, std, rate float64, d, lanes int)",
		"adds rate (theta.x - std y) x of a sample to the batch of its lane, where x and",
		"y are the d+1 normals.")
	theta, batch, normals := u.pointer("theta"), u.pointer("batch"), u.pointer("normals")
	std, rate := u.param("std"), u.param("rate")
	u.overLanes(func(j reg.Register) {
		x, t, left, end := u.GP64(), u.GP64(), u.pointer("d"), u.GP64()
		u.LEAQ(at(normals, j), x)
		u.LEAQ(at(theta, j), t)
		u.MOVQ(left, end)
		u.SHLQ(operand.U8(9), end) // 8 laneWidth bytes a coordinate
		e, p := u.vec(), u.vec()
		u.moveTo(e, u.sub(u.mul(u.load(operand.Mem{Base: x}), operand.Mem{Base: t}), u.mul(std, operand.Mem{Base: x, Index: end, Scale: 1})))
		u.DECQ(left)
		u.JZ(operand.LabelRef("whole"))
		u.Label("residual")
		u.ADDQ(operand.U32(8*laneWidth), x)
		u.ADDQ(operand.U32(8*laneWidth), t)
		u.moveTo(p, u.load(operand.Mem{Base: x}))
		u.VMULPD(operand.Mem{Base: t}, p, p)
		u.VADDPD(p, e, e)
		u.DECQ(left)
		u.JNZ(operand.LabelRef("residual"))
		u.Label("whole")
		u.VMULPD(rate, e, e)
		u.LEAQ(at(normals, j), x)
		u.LEAQ(at(batch, j), t)
		left = u.pointer("d")
		u.Label("gradient")
		g := u.add(u.mul(e, operand.Mem{Base: x}), operand.Mem{Base: t})
		u.store(g, operand.Mem{Base: t})
		u.ADDQ(operand.U32(8*laneWidth), x)
		u.ADDQ(operand.U32(8*laneWidth), t)
		u.DECQ(left)
		u.JNZ(operand.LabelRef("gradient"))
	})
	u.VZEROUPPER()
	u.RET()
}

// sgdMove writes the loop that moves the lanes by their batches.
func sgdMove(u *unit) {
	u.function("move", "func(theta, batch, velocity, minimum, distance2 *float64, beta, safe2 float64, d, lanes int) bool",
		"subtracts the batch, or with a velocity the velocity <- batch + beta velocity,",
		"from theta. It stores the squared distances from the minimum and tells whether",
		"any is not at most safe2.")
	beta, safe2 := u.param("beta"), u.param("safe2")
	minimum, distance2 := u.pointer("minimum"), u.pointer("distance2")
	far := u.never()
	u.overLanes(func(j reg.Register) {
		theta, batch, velocity := u.pointer("theta"), u.pointer("batch"), u.pointer("velocity")
		i, d := u.GP64(), u.pointer("d")
		u.XORQ(i, i)
		u.LEAQ(at(theta, j), theta)
		u.LEAQ(at(batch, j), batch)
		r2 := u.zero()
		g := u.vec()
		u.Label("coordinates")
		u.moveTo(g, u.load(operand.Mem{Base: batch}))
		u.TESTQ(velocity, velocity)
		u.JZ(operand.LabelRef("plain"))
		u.VADDPD(u.mul(beta, at(velocity, j)), g, g)
		u.store(g, at(velocity, j))
		u.ADDQ(operand.U32(8*laneWidth), velocity)
		u.Label("plain")
		t := u.sub(u.load(operand.Mem{Base: theta}), g)
		u.store(t, operand.Mem{Base: theta})
		z2 := u.square(u.sub(t, u.broadcast(at(minimum, i))))
		u.VADDPD(z2, r2, r2)
		u.ADDQ(operand.U32(8*laneWidth), theta)
		u.ADDQ(operand.U32(8*laneWidth), batch)
		u.INCQ(i)
		u.CMPQ(i, d)
		u.JLT(operand.LabelRef("coordinates"))
		u.store(r2, at(distance2, j))
		u.addTo(far, u.notLessEqual(r2, safe2))
	})
	u.returnWhether(far)
}

// sgdBeyond writes the loop that finds the lanes far from the minimum.
func sgdBeyond(u *unit) {
	u.function("beyond", "func(distance2 *float64, near2 float64, lanes int) uint64",
		"returns the lanes whose squared distance is not at most near2, as bits.")
	distance2, near2, n := u.pointer("distance2"), u.param("near2"), u.pointer("lanes")
	all := u.GP64()
	u.XORQ(all, all)
	u.overLanes(func(j reg.Register) {
		u.collect(all, u.notLessEqual(u.load(at(distance2, j)), near2))
	})
	u.collected(all, n.(reg.GPVirtual))
	u.VZEROUPPER()
	u.Store(all, u.ReturnIndex(0))
	u.RET()
}
