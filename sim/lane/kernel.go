package lane

import "math"

// A Kernel advances lanes. A kernel belongs to one worker and need not be safe
// for concurrent use.
type Kernel interface {
	// Extra returns how many further numbers per lane the kernel keeps in
	// [State.Extra]. They are zero when a lane is started.
	Extra() int
	// Begin is called after theta of lane j was set to a start point.
	Begin(s *State, j int)
	// Advance moves lanes 0 to active-1 by the given number of steps and calls
	// [State.Leave] for a lane that is found outside after step k = 1, 2, ....
	// A lane that has left may be moved on to the end of the block.
	Advance(s *State, active, steps int)
}

// Bounded is a [Kernel] that steps in log time and knows how much time t a step
// takes at most. The clocks of its lanes are looked at only when one of them can
// have reached the horizon.
type Bounded interface {
	LongestStep() float64
}

// A Process is a law of motion that can be simulated.
//
// Methods must be safe for concurrent use.
type Process interface {
	// Dim returns the number of parameters.
	Dim() int
	// StepLength returns the length of a step in the clock of the process.
	StepLength() float64
	// InLogTime reports that StepLength is in internal time tau, so that the
	// time t is accumulated in [State.Clock]. Otherwise t = StepLength times
	// the number of steps.
	InLogTime() bool
	// Discrete reports that trajectories have no points between their steps,
	// so that a crossing is the first step found outside.
	Discrete() bool
	// Loss returns L(theta), the loss of the whole data set.
	Loss(theta []float64) float64
	// Kernel returns a new kernel that watches for the given exit, or an error
	// wrapping model.ErrDomain if the process cannot watch for it.
	Kernel(w Watch) (Kernel, error)
}

// A Monitor says which function of theta a [Watch] looks at.
type Monitor int

const (
	Nothing Monitor = iota // never leave
	Loss                   // leave where L(theta) > Level
	Plane                  // leave where Normal.theta > Level
	Region                 // leave where Outside(theta), or theta is not finite
)

// A Watch is an exit rule in the form that kernels understand.
type Watch struct {
	Monitor   Monitor
	Level     float64
	Normal    []float64
	Outside   func(theta []float64) bool
	Corrected bool // move the boundary inwards by [Shift] one-step standard deviations
}

// Beyond reports whether theta is outside a [Region]. What is not finite is,
// without asking the function.
func (w Watch) Beyond(theta []float64) bool { return !Finite(theta) || w.Outside(theta) }

// Finite reports whether all coordinates of theta are finite numbers.
func Finite(theta []float64) bool {
	for _, x := range theta {
		if !(math.Abs(x) <= math.MaxFloat64) {
			return false
		}
	}
	return true
}

// Shift is the mean overshoot of a Gaussian random walk over a boundary in
// units of its step, -zeta(1/2)/sqrt(2 pi) (Chernoff 1965, Siegmund 1979). A
// diffusion watched only at grid times is, to the order of the step, the
// continuously watched one with the boundary moved outwards by Shift local
// one-step standard deviations; moving it inwards beforehand cancels this
// (Broadie, Glasserman & Kou 1997; Gobet & Menozzi 2010).
const Shift = 0.5825971579390107
