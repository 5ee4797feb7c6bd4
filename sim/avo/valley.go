package main

import "github.com/mmcloughlin/avo/reg"

// valley1 writes the loop of sde.valley1.
func valley1(u *unit) {
	u.function("valley1", "func(theta *float64, "+loopParameters+"decay, base, curve, edge2 float64, "+loopNumbers+") "+loopResults,
		"is the loop of valley1: x <- decay x + sqrt(base + curve x²) xi.")
	u.loop([]string{"theta"}, func() body {
		decay, base, curve, edge2 := u.param("decay"), u.param("base"), u.param("curve"), u.param("edge2")
		return body{edge: edge2, step: func(xi reg.VecVirtual, numbers []reg.VecVirtual) ([]reg.VecVirtual, reg.VecVirtual) {
			x := numbers[0]
			amp := u.sqrt(u.add(base, u.mul(curve, u.square(x))))
			x = u.add(u.mul(amp, xi), u.mul(decay, x))
			return []reg.VecVirtual{x}, u.square(x)
		}}
	})
}

// logValley1 writes the loop of sde.logValley1.
func logValley1(u *unit) {
	u.function("logValley1", "func(theta, clock *float64, "+loopParameters+"h, amp, dtau, floor, half, edge2 float64, "+loopNumbers+") "+loopResults,
		"is the loop of logValley1: x <- x - h x dt + amp xi, dt = dtau/(floor + half x²).")
	u.loop([]string{"theta", "clock"}, func() body {
		h, amp, dtau := u.param("h"), u.param("amp"), u.param("dtau")
		floor, half, edge2 := u.param("floor"), u.param("half"), u.param("edge2")
		return body{edge: edge2, step: func(xi reg.VecVirtual, numbers []reg.VecVirtual) ([]reg.VecVirtual, reg.VecVirtual) {
			x, t := numbers[0], numbers[1]
			dt := u.div(dtau, u.add(floor, u.mul(half, u.square(x))))
			t = u.add(t, dt)
			x = u.add(u.mul(amp, xi), u.sub(x, u.mul(u.mul(h, x), dt)))
			return []reg.VecVirtual{x, t}, u.square(x)
		}}
	})
}

// logEnds writes the end of a block of sde.logValley1.
func logEnds(u *unit) {
	u.function("logEnds", "func(theta, clock, amp *float64, floor, half, halfStep float64, lanes int)",
		"turns the clocks of logValley1 into the trapezoidal rule.")
	theta, clock, amp := u.pointer("theta"), u.pointer("clock"), u.pointer("amp")
	floor, half, halfStep, one := u.param("floor"), u.param("half"), u.param("halfStep"), u.number(1)
	u.overLanes(func(j reg.Register) {
		x := u.load(at(theta, j))
		after := u.div(one, u.add(floor, u.mul(half, u.mul(x, x))))
		change := u.sub(after, u.load(at(amp, j)))
		u.store(u.add(u.mul(halfStep, change), at(clock, j)), at(clock, j))
		u.store(after, at(amp, j))
	})
	u.VZEROUPPER()
	u.RET()
}
