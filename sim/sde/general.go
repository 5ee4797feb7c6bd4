package sde

import (
	"fmt"
	"math"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// Kernel returns the fastest loop that knows the process and the exit.
func (p *Process) Kernel(w lane.Watch) (lane.Kernel, error) {
	if err := p.checkWatch(w); err != nil {
		return nil, err
	}
	return p.fused(w), nil
}

// fused returns the loop for the recognised landscape and noise, or the general
// one. The loops group their products differently from the general path: the
// two agree to rounding, not bit for bit.
func (p *Process) fused(w lane.Watch) lane.Kernel {
	if p.scheme != EulerMaruyama {
		return p.general(w)
	}
	if w.Monitor == lane.Nothing || w.Monitor == lane.Loss {
		q, ok := p.radial()
		switch {
		case !ok:
		case p.n > 1:
			return newRadialProcess(q, p.dt, p.form, w)
		case p.form == LogTime:
			return newLogValley1(q.line(), p.dt, w)
		default:
			return newValley1(q.line(), p.dt, w)
		}
	}
	if k, ok := p.well(w); ok {
		return k
	}
	if p.root != nil {
		return p.blocks(w)
	}
	return p.general(w)
}

// checkWatch refuses an exit that the process cannot watch for.
func (p *Process) checkWatch(w lane.Watch) error {
	d := model.CheckDomain("exit")
	switch w.Monitor {
	case lane.Plane:
		d.That(len(w.Normal) == p.n, "length of the plane's normal", len(w.Normal), fmt.Sprintf("n = %d", p.n))
	case lane.Region:
		d.That(!w.Corrected, "crossing", "corrected",
			"grid for a region: its boundary is not known between two points")
	}
	return d.Err()
}

// Left reports whether theta counts as left by the exit w, with its correction
// for a step of the process.
func (p *Process) Left(w lane.Watch, theta []float64) bool {
	g := p.general(w)
	copy(g.q.theta, theta)
	g.q.evaluate()
	return g.outside(math.Sqrt(p.dt))
}

// general is the loop for any landscape and any noise: one lane after the
// other through the block.
type general struct {
	q     *Stepper
	watch lane.Watch
	inner float64 // lane.Shift if the crossing is corrected, 0 otherwise
	x     float64 // what is watched, as [general.outside] found it
}

func (p *Process) general(w lane.Watch) *general {
	g := &general{q: p.Stepper(), watch: w}
	g.q.lossy = w.Monitor == lane.Loss
	if w.Corrected {
		g.inner = lane.Shift
	}
	return g
}

// Extra returns 0.
func (g *general) Extra() int { return 0 }

// Begin has nothing to prepare.
func (g *general) Begin(*lane.State, int) {}

// Advance moves the lanes.
func (g *general) Advance(s *lane.State, active, steps int) {
	q := g.q
	dt := q.p.dt
	sqrtDt := math.Sqrt(dt)
	inTau := q.p.form == LogTime
	for j := range active {
		src := s.Source(j)
		s.Gather(q.theta, j)
		q.evaluate()
		clock := s.Clock[j]
		for k := 1; k <= steps; k++ {
			before := q.loss
			src.Normals(q.xi)
			q.step(dt, sqrtDt)
			q.evaluate()
			lost := !lane.Finite(q.theta) || inTau && !(q.loss > 0 && q.loss <= math.MaxFloat64)
			if inTau && !lost {
				clock += float64(dt / 2 * (1/before + 1/q.loss))
			}
			if s.Hit[j] == 0 && g.watch.Monitor != lane.Nothing && (g.outside(sqrtDt) || lost) {
				if math.IsNaN(g.x) {
					q.theta[0] = g.x // a run that diverged, not an exit
				}
				s.Scatter(j, q.theta)
				s.Leave(j, k, clock)
			}
		}
		s.Clock[j] = clock
		s.Scatter(j, q.theta)
		s.SetSource(j, &src)
	}
}

// outside reports whether the point just evaluated counts as left. A NaN does.
func (g *general) outside(sqrtDt float64) bool {
	q := g.q
	switch g.watch.Monitor {
	case lane.Loss:
		x := q.loss
		if g.inner > 0 && x <= g.watch.Level {
			x += float64(g.inner * q.spread(q.grad, sqrtDt))
		}
		g.x = x
		return !(x <= g.watch.Level)
	case lane.Plane:
		x := 0.0
		for i, c := range g.watch.Normal {
			x += float64(c * q.theta[i])
		}
		if g.inner > 0 && x <= g.watch.Level {
			x += float64(g.inner * q.spread(g.watch.Normal, sqrtDt))
		}
		g.x = x
		return !(x <= g.watch.Level)
	case lane.Region:
		return g.watch.Beyond(q.theta)
	}
	return false
}
