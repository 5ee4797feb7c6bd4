package benchmarks

import (
	"math"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
)

// A stepCase is one kernel. What it needs is made when it is first run and then
// kept, because the gate runs one benchmark of them many times in a process.
type stepCase struct {
	name    string
	problem func() stepProblem
}

// A stepProblem is a process with the landscape and the noise model from which
// the moments of its step follow.
type stepProblem struct {
	process   lane.Process
	landscape landscape.Landscape
	noise     noise.Model
	start     []float64
	rate      float64   // learning rate, where it is not eta
	plane     []float64 // normal of the plane that is watched, nil for the loss
}

// never is an exit rule that costs what a real one does and is never met.
func (p stepProblem) never() lane.Watch {
	if p.plane != nil {
		return lane.Watch{Monitor: lane.Plane, Normal: p.plane, Level: math.MaxFloat64}
	}
	return lane.Watch{Monitor: lane.Loss, Level: math.MaxFloat64}
}

// lazily returns the case whose problem is made by the function, once.
func lazily(name string, problem func() stepProblem) stepCase {
	return stepCase{name: name, problem: sync.OnceValue(problem)}
}

// run times the kernel: one op is one block of 8 steps on 64 lanes. Asserted:
// the mean squared length of the noise of one step, and that the lanes end at
// numbers, since a lane that diverged costs something else.
func (c stepCase) run(b *testing.B) {
	b.Run(c.name, func(b *testing.B) {
		p := c.problem()
		once(b, p.assertVariance)
		b.ReportAllocs()
		kernel := must(p.process.Kernel(p.never()))
		s := lane.NewState(p.process.Dim(), kernel.Extra())
		for j := range lane.Width {
			s.Start(j, 1, uint64(j), p.start)
			kernel.Begin(s, j)
		}
		for b.Loop() {
			kernel.Advance(s, lane.Width, lane.BlockSteps)
		}
		for _, x := range s.Theta {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				b.Fatalf("a lane has diverged to %v", x)
			}
		}
		perStep(b, lane.Width*lane.BlockSteps)
	})
}

// assertVariance makes one step from the start in many replicas and compares
//
//	E|theta' - theta - drift|² = tr of the covariance of the step
//
// with the model's covariance Sigma: eta tr Sigma dt for a step dt in t, eta
// tr Sigma d tau/L for a step in tau, eta² tr Sigma for SGD. The identity holds
// exactly for every step length.
func (p stepProblem) assertVariance() error {
	n, dt := p.process.Dim(), p.process.StepLength()
	grad, sigma := make([]float64, n), mat.NewSymDense(n, nil)
	p.landscape.Grad(grad, p.start)
	p.noise.Covariance(sigma, p.start)
	clock := dt // the time t of a step
	if p.process.InLogTime() {
		clock /= p.landscape.Loss(p.start)
	}
	rate := p.rate
	if rate == 0 {
		rate = eta
	}
	want := rate * mat.Trace(sigma) * clock

	kernel, err := p.process.Kernel(p.never())
	if err != nil {
		return err
	}
	s := lane.NewState(n, kernel.Extra())
	after := make([]float64, n)
	var squared moment
	for replica := uint64(0); replica < 1<<16/thinning; replica += lane.Width {
		for j := range lane.Width {
			s.Start(j, 1, replica+uint64(j), p.start)
			kernel.Begin(s, j)
		}
		kernel.Advance(s, lane.Width, 1)
		for j := range lane.Width {
			s.Gather(after, j)
			r2 := 0.0
			for i := range after {
				d := after[i] - p.start[i] + grad[i]*clock
				r2 += d * d
			}
			squared.add(r2)
		}
	}
	return squared.matches("squared noise of a step", want)
}

// offset returns a start point that is away from the minimum in every
// coordinate, so that neither the gradient nor the loss is special.
func offset(minimum []float64) []float64 {
	start := make([]float64, len(minimum))
	for i, x := range minimum {
		start[i] = x + 0.3/math.Sqrt(float64(len(minimum)))
	}
	return start
}
