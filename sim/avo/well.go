package main

import "github.com/mmcloughlin/avo/reg"

// well writes the loop in t of sde.well1.
func well(u *unit) {
	u.function("well", "func(theta, amp *float64, "+loopParameters+"inverse2, drift, base, curve, a, shift, level float64, "+loopNumbers+") "+loopResults,
		"is the loop of well1 in t: x <- x + drift x q + sqrt(base + curve q²) xi, q = 1 - inverse2 x².")
	u.loop([]string{"theta", "amp"}, func() body {
		one := u.number(1)
		inverse2, drift, base, curve := u.spilled("inverse2"), u.spilled("drift"), u.spilled("base"), u.spilled("curve")
		a, shift, level := u.spilled("a"), u.spilled("shift"), u.spilled("level")
		about := func(x reg.VecVirtual) reg.VecVirtual { return u.sub(one, u.mul(u.mul(x, x), inverse2)) }
		return body{edge: level, step: func(xi reg.VecVirtual, numbers []reg.VecVirtual) ([]reg.VecVirtual, reg.VecVirtual) {
			x, amp := numbers[0], numbers[1]
			q := about(x)
			x = u.add(u.mul(amp, xi), u.add(x, u.mul(u.mul(x, q), drift)))
			q = about(x)
			amp = u.sqrt(u.add(u.mul(u.mul(q, q), curve), base))
			return []reg.VecVirtual{x, amp}, u.add(u.mul(x, a), u.mul(amp, shift))
		}}
	})
}

// logWell writes the loop in tau of sde.well1.
func logWell(u *unit) {
	u.function("logWell", "func(theta, step, clock *float64, "+loopParameters+"inverse2, slope, amp, dtau, floor, height, half, a, level float64, "+loopNumbers+") "+loopResults,
		"is the loop of well1 in tau: x <- x + dt slope x q + amp xi, dt = dtau/(floor + height q²).",
		"The clock moves by half the sum of dt before and after; half is 1/2.")
	u.loop([]string{"theta", "step", "clock"}, func() body {
		one, dtau := u.number(1), u.param("dtau")
		inverse2, slope, amp := u.spilled("inverse2"), u.spilled("slope"), u.spilled("amp")
		floor, height, half := u.spilled("floor"), u.spilled("height"), u.spilled("half")
		a, level := u.spilled("a"), u.spilled("level")
		about := func(x reg.VecVirtual) reg.VecVirtual { return u.sub(one, u.mul(u.mul(x, x), inverse2)) }
		return body{edge: level, step: func(xi reg.VecVirtual, numbers []reg.VecVirtual) ([]reg.VecVirtual, reg.VecVirtual) {
			x, dt, t := numbers[0], numbers[1], numbers[2]
			q := about(x)
			x = u.add(u.mul(xi, amp), u.add(x, u.mul(dt, u.mul(u.mul(x, q), slope))))
			q = about(x)
			after := u.div(dtau, u.add(u.mul(u.mul(q, q), height), floor))
			t = u.add(t, u.mul(u.add(dt, after), half))
			return []reg.VecVirtual{x, after, t}, u.mul(x, a)
		}}
	})
}
