package escape

import (
	"fmt"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// A Rule says where a trajectory counts as escaped. The zero value is refused;
// use [LossAbove], [BeyondPlane] or [Outside]. A trajectory whose monitored
// function is NaN counts as escaped, and so does one that is no longer finite; see
// [Outcome.Diverged].
type Rule struct {
	watch lane.Watch
}

// LossAbove is left where L(theta) > threshold.
func LossAbove(threshold float64) Rule {
	return Rule{lane.Watch{Monitor: lane.Loss, Level: threshold}}
}

// BeyondPlane is left where normal.theta > offset. The normal is copied; its
// length need not be 1.
func BeyondPlane(normal []float64, offset float64) Rule {
	return Rule{lane.Watch{Monitor: lane.Plane, Normal: append([]float64(nil), normal...), Level: offset}}
}

// Outside is left where the function returns true. It must be safe for
// concurrent use and must not keep its argument. It is called by workers of their
// own, so that a panic in it, as in a landscape, ends the program. Its crossings cannot
// be corrected: for a diffusion set Crossing of the [Ensemble] to [Grid].
//
// The function is not asked about points that are not finite. A run that comes
// to one has diverged, and is left.
func Outside(left func(theta []float64) bool) Rule {
	return Rule{lane.Watch{Monitor: lane.Region, Outside: left}}
}

// left reports whether theta is outside.
func (r Rule) left(p Process, theta []float64) bool {
	if r.watch.Monitor == lane.Region {
		return r.watch.Beyond(theta)
	}
	return !(r.distance(p, theta) >= 0)
}

// distance returns how far the loss, or the plane's coordinate, of theta lies below
// its level.
func (r Rule) distance(p Process, theta []float64) float64 {
	x := 0.0
	switch r.watch.Monitor {
	case lane.Loss:
		x = p.Loss(theta)
	case lane.Plane:
		for i, c := range r.watch.Normal {
			x += float64(c * theta[i])
		}
	}
	return r.watch.Level - x
}

// check adds what is wrong with the rule for trajectories in n dimensions.
func (r Rule) check(d *model.Domain, n int) {
	switch r.watch.Monitor {
	case lane.Loss:
		d.Finite("loss threshold", r.watch.Level)
	case lane.Plane:
		d.Finite("offset of the plane", r.watch.Level)
		d.That(len(r.watch.Normal) == n, "length of the plane's normal", len(r.watch.Normal), fmt.Sprintf("n = %d", n))
		norm2 := 0.0
		for _, c := range r.watch.Normal {
			norm2 += float64(c * c)
		}
		d.Positive("squared norm of the plane's normal", norm2)
	case lane.Region:
		d.That(r.watch.Outside != nil, "region", "nil", "a function")
	default:
		d.That(false, "exit rule", "empty", "LossAbove, BeyondPlane or Outside")
	}
}

// Crossing says what happens between the grid times of a simulation.
type Crossing int

const (
	// Automatic is Corrected for a stochastic differential equation and Grid
	// for discrete SGD.
	Automatic Crossing = iota
	// Corrected moves the boundary inwards by 0.5826 local one-step standard
	// deviations of the monitored function, which leaves an error of the order
	// of the step instead of its square root. Discrete SGD refuses it.
	Corrected
	// Grid looks at the grid times only: the truth for discrete SGD, an
	// artefact of several per cent for a diffusion.
	Grid
)

// String returns "automatic", "corrected" or "grid".
func (c Crossing) String() string {
	switch c {
	case Automatic:
		return "automatic"
	case Corrected:
		return "corrected"
	case Grid:
		return "grid"
	}
	return fmt.Sprintf("Crossing(%d)", int(c))
}

// ParseCrossing inverts [Crossing.String].
func ParseCrossing(name string) (Crossing, error) {
	for _, c := range []Crossing{Automatic, Corrected, Grid} {
		if c.String() == name {
			return c, nil
		}
	}
	return 0, model.CheckDomain("crossing").That(false, "crossing", fmt.Sprintf("%q", name), `"corrected" or "grid"`).Err()
}
