package verify

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// A Step is an integrator of one's own: one step of length dt in t, in place,
// driven by standard normal deviates.
type Step func(theta, normals []float64)

// WithStep returns the setup with an integrator of one's own in place of
// Euler-Maruyama. newStep returns a Step that one goroutine uses at a time;
// a step takes the given number of deviates. Runs then are functions of (seed,
// replica) like all others. Crossings between two steps are corrected with the
// noise of the setup.
func (s Setup) WithStep(dt float64, deviates int, newStep func() Step) (Setup, error) {
	err := model.CheckDomain("setup").Include(s.Validate()).
		That(!absent(s.Noise), "noise Sigma", "nil", "a noise model").
		Positive("step dt", dt).AtLeast(0, "deviates of a step", deviates).
		That(newStep != nil, "step", "nil", "a function").Err()
	if err != nil {
		return Setup{}, err
	}
	if newStep() == nil {
		return Setup{}, model.CheckDomain("setup").That(false, "step that newStep returns", "nil", "a function").Err()
	}
	process := &stepProcess{setup: s, dt: dt, deviates: deviates, newStep: newStep}
	s.Process = process
	return s, nil
}

// stepProcess implements [lane.Process].
type stepProcess struct {
	setup    Setup
	dt       float64
	deviates int

	mu      sync.Mutex // for newStep, which need not be safe for concurrent use
	newStep func() Step
}

func (p *stepProcess) Dim() int                     { return p.setup.Landscape.Dim() }
func (p *stepProcess) StepLength() float64          { return p.dt }
func (p *stepProcess) InLogTime() bool              { return false }
func (p *stepProcess) Discrete() bool               { return false }
func (p *stepProcess) Loss(theta []float64) float64 { return p.setup.Landscape.Loss(theta) }

func (p *stepProcess) Kernel(w lane.Watch) (lane.Kernel, error) {
	n := p.Dim()
	err := model.CheckDomain("exit").
		That(!w.Corrected || w.Monitor != lane.Region, "crossing", "corrected", "grid for a region").Err()
	p.mu.Lock()
	step := p.newStep()
	p.mu.Unlock()
	return &stepKernel{p: p, watch: w, step: step, theta: make([]float64, n), normals: make([]float64, p.deviates),
		grad: make([]float64, n), sigma: mat.NewSymDense(n, nil)}, err
}

// stepKernel carries one lane after the other through a block.
type stepKernel struct {
	p                    *stepProcess
	watch                lane.Watch
	step                 Step
	theta, normals, grad []float64
	sigma                *mat.SymDense
	x                    float64 // what is watched, as outside found it
}

func (k *stepKernel) Extra() int             { return 0 }
func (k *stepKernel) Begin(*lane.State, int) {}

func (k *stepKernel) Advance(s *lane.State, active, steps int) {
	for j := range active {
		source := s.Source(j)
		s.Gather(k.theta, j)
		for i := 1; i <= steps; i++ {
			source.Normals(k.normals)
			k.step(k.theta, k.normals)
			if s.Hit[j] == 0 && k.outside() {
				if math.IsNaN(k.x) {
					k.theta[0] = k.x // a run that diverged, not an exit
				}
				s.Scatter(j, k.theta)
				s.Leave(j, i, s.Clock[j])
			}
		}
		s.Scatter(j, k.theta)
		s.SetSource(j, &source)
	}
}

// outside reports whether the point counts as left; one that is NaN does.
func (k *stepKernel) outside() bool {
	x, normal := 0.0, k.watch.Normal
	switch k.watch.Monitor {
	case lane.Nothing:
		return false
	case lane.Region:
		return k.watch.Beyond(k.theta)
	case lane.Plane:
		for i, c := range normal {
			x += float64(c * k.theta[i])
		}
	case lane.Loss:
		x = k.p.Loss(k.theta)
		if k.watch.Corrected {
			k.p.setup.Landscape.Grad(k.grad, k.theta)
			normal = k.grad
		}
	}
	if k.watch.Corrected && x <= k.watch.Level { // what is outside without correction needs none
		k.p.setup.Noise.Covariance(k.sigma, k.theta)
		v := mat.NewVecDense(len(normal), normal)
		x += float64(lane.Shift * math.Sqrt(k.p.setup.LearningRate*k.p.dt*mat.Inner(v, k.sigma, v)))
	}
	k.x = x
	return !(x <= k.watch.Level)
}
