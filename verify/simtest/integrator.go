package simtest

import (
	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
	"sgdescape/verify/stattest"
)

// An Equation is what an integrator has to solve,
//
//	d theta = -grad L dt + sqrt(eta Sigma(theta)) dW       (Ito; Mori2022, Eq. 4)
type Equation struct {
	Landscape    landscape.Landscape
	Noise        noise.Model
	LearningRate float64 // eta
}

// A Simulator carries one trajectory at a time.
type Simulator interface {
	// Start begins the given replica. Everything random that follows is a
	// function of (seed, replica).
	Start(seed, replica uint64)
	// Step advances theta in place by one step.
	Step(theta []float64)
}

// An Integrator is a simulator under test.
type Integrator struct {
	// New returns a simulator of the equation with steps of length dt in t.
	New func(e Equation, dt float64) (Simulator, error)
	// WeakOrder is the order with which means are claimed to converge; 0 stands
	// for 1.
	WeakOrder float64
}

// Run runs the suite. An error means that it could not be finished.
func (i Integrator) Run(o Options) ([]Result, error) {
	err := model.CheckDomain("integrator").That(i.New != nil, "New", "nil", "a function").
		NonNegative("weak order", i.WeakOrder).Err()
	if err != nil {
		return nil, err
	}
	if i.WeakOrder == 0 {
		i.WeakOrder = 1
	}
	build := i.New
	i.New = func(e Equation, dt float64) (Simulator, error) { return made(build(e, dt)) }
	return runAll(integratorChecks, i, o)
}

// Test runs the suite and fails the test for every check that is red.
func (i Integrator) Test(t stattest.TB, o Options) {
	t.Helper()
	results, err := i.Run(o)
	report(t, results, err)
}

// FromProcess adapts a [lane.Process], the interface of this program's own
// simulators. Without a function it has no New, which Run refuses.
func FromProcess(build func(e Equation, dt float64) (lane.Process, error)) Integrator {
	if build == nil {
		return Integrator{}
	}
	return Integrator{New: func(e Equation, dt float64) (Simulator, error) {
		p, err := build(e, dt)
		if err != nil {
			return nil, err
		}
		return newLaneSimulator(p)
	}}
}

// laneSimulator carries a process on the first lane.
type laneSimulator struct {
	kernel lane.Kernel
	state  *lane.State
	theta  []float64
	seed   uint64
	number uint64
	fresh  bool
}

func newLaneSimulator(p lane.Process) (Simulator, error) {
	if absent(p) {
		return nil, model.CheckDomain("simulator").That(false, "process to adapt", "nil", "a process, or an error").Err()
	}
	kernel, err := p.Kernel(lane.Watch{})
	if err != nil {
		return nil, err
	}
	return &laneSimulator{kernel: kernel, state: lane.NewState(p.Dim(), kernel.Extra()), theta: make([]float64, p.Dim())}, nil
}

func (s *laneSimulator) Start(seed, replica uint64) { s.seed, s.number, s.fresh = seed, replica, true }

func (s *laneSimulator) Step(theta []float64) {
	switch {
	case s.fresh:
		s.state.Start(0, s.seed, s.number, theta)
		s.kernel.Begin(s.state, 0)
		s.fresh = false
	case !equal(theta, s.theta): // moved by the caller
		s.state.Scatter(0, theta)
		s.kernel.Begin(s.state, 0)
	}
	s.kernel.Advance(s.state, 1, 1)
	s.state.Gather(theta, 0)
	copy(s.theta, theta)
}

func equal(a, b []float64) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
