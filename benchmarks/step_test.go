package benchmarks

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
)

// A stepCase is one kernel: a process with the landscape and the noise model
// from which the moments of its step follow.
type stepCase struct {
	name      string
	process   lane.Process
	landscape landscape.Landscape
	noise     noise.Model
	eta       float64
	start     []float64
}

// never is an exit rule that costs what a real one does and is never met.
func never() lane.Watch { return lane.Watch{Monitor: lane.Loss, Level: math.MaxFloat64} }

// run times the kernel: one op is one block of 8 steps on 64 lanes. Asserted:
// the mean squared length of the noise of one step.
func (c stepCase) run(b *testing.B) {
	b.Run(c.name, func(b *testing.B) {
		once(b, c.assertVariance)
		b.ReportAllocs()
		kernel := must(c.process.Kernel(never()))
		s := lane.NewState(c.process.Dim(), kernel.Extra())
		for j := range lane.Width {
			s.Start(j, 1, uint64(j), c.start)
			kernel.Begin(s, j)
		}
		for b.Loop() {
			kernel.Advance(s, lane.Width, lane.BlockSteps)
		}
		sink = s.Theta[0]
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
func (c stepCase) assertVariance() error {
	n, dt := c.process.Dim(), c.process.StepLength()
	grad, sigma := make([]float64, n), mat.NewSymDense(n, nil)
	c.landscape.Grad(grad, c.start)
	c.noise.Covariance(sigma, c.start)
	clock := dt // the time t of a step
	if c.process.InLogTime() {
		clock /= c.landscape.Loss(c.start)
	}
	want := c.eta * mat.Trace(sigma) * clock

	kernel, err := c.process.Kernel(never())
	if err != nil {
		return err
	}
	s := lane.NewState(n, kernel.Extra())
	after := make([]float64, n)
	var squared moment
	for replica := uint64(0); replica < 1<<16/thinning; replica += lane.Width {
		for j := range lane.Width {
			s.Start(j, 1, replica+uint64(j), c.start)
			kernel.Begin(s, j)
		}
		kernel.Advance(s, lane.Width, 1)
		for j := range lane.Width {
			s.Gather(after, j)
			r2 := 0.0
			for i := range after {
				d := after[i] - c.start[i] + grad[i]*clock
				r2 += d * d
			}
			squared.add(r2)
		}
	}
	return squared.matches(fmt.Sprintf("squared noise of a step of %s", c.name), want)
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
