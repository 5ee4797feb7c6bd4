package discrete

import (
	"fmt"
	"math"

	"sgdescape/model"
)

// radialChain is a chain with Gaussian steps in d dimensions whose law depends
// on r = |theta| alone: the mean points along theta, and the noise has one
// standard deviation along theta and one across.
type radialChain struct {
	d    int
	edge float64
	near float64 // |theta| from which the law of a step changes
	law  func(r float64) (mean, along, across float64)
}

func (c radialChain) interval() (float64, float64) { return 0, c.edge }

func (c radialChain) finest() [2]float64 {
	_, along, _ := c.law(c.edge)
	return [2]float64{0, along / 4}
}

func (c radialChain) core() focus { return focus{0, c.near} }

func (radialChain) roughness() int { return 1 }

// compare: the coarser resolution is enough, T is smooth.
func (radialChain) compare(Settings) ([]resolution, float64) { return nil, 2 }

func (c radialChain) steps(s Settings) step {
	parallel, transverse := newNormalRule(2*s.Nodes, normalReach, c.core()), newChiRule(c.d-1, s.Nodes)
	a := c.edge
	return func(r float64, emit func(next, weight float64)) {
		mean, along, across := c.law(r)
		parallel.each(-a, a, mean, along, func(x, w float64) {
			transverse.each(math.Sqrt((a-x)*(a+x))/across, math.Hypot(c.near, x)/across, func(v, p float64) {
				emit(math.Sqrt(x*x+across*across*v), w*p)
			})
		})
	}
}

func (c radialChain) below(s Settings, level float64) func(r float64) float64 {
	parallel, transverse := newNormalRule(2*s.Nodes, normalReach, c.core()), newChiRule(c.d-1, s.Nodes)
	return func(r float64) float64 {
		mean, along, across := c.law(r)
		if c.d == 1 {
			return normalInterval(-level, level, mean, along)
		}
		sum := 0.0
		parallel.each(-level, level, mean, along, func(x, w float64) {
			sum += w * transverse.chi.cdf(math.Sqrt((level-x)*(level+x))/across)
		})
		return sum
	}
}

// SolveGaussianNoise returns the exit problem of the same regression with the
// noise of a step replaced by Gaussian noise of the same covariance,
//
//	theta' = theta - eta h theta + eta N(0, Sigma(theta)),  Sigma = (h/B) [(s² + h |theta|²) I + h theta theta^T]
//
// (Mori2022, Eqs. 4, 8, with Isserlis' theorem for the fourth moments): the
// diffusion without decoupling, but in steps of eta. Lengths are in units of
// s/sqrt(h).
func (p GaussianRegression) SolveGaussianNoise(s Settings) (*Passage, error) {
	if err := model.CheckDomain("Gaussian regression").Include(p.Validate()).Include(s.Validate()).Err(); err != nil {
		return nil, err
	}
	eta, b := p.LearningRate*p.curvature(), float64(p.BatchSize)
	chain := radialChain{p.Dim, math.Sqrt(p.LossRatio - 1), math.Sqrt2 / 2, func(r float64) (mean, along, across float64) {
		return r - eta*r, eta * math.Sqrt((1+2*r*r)/b), eta * math.Sqrt((1+r*r)/b)
	}}
	return solve(chain, 0, p.LearningRate, s, fmt.Sprintf(
		"integral equation T = eta + K T of the Gaussian-noise chain (Mori2022, Eqs. 4, 8), Gaussian regression d=%d, eta=%v, B=%d", p.Dim, p.LearningRate, p.BatchSize))
}

// EulerMaruyama is the Euler-Maruyama scheme of one of the two stochastic
// equations of the theory in the isotropic valley L = L* + h |theta|²/2 in n
// dimensions, started at the minimum and watched once a step,
//
//	theta' = theta - grad L dt        + sqrt(2 eta L h dt/B) xi      (Mori2022, Eq. 13)
//	theta' = theta - grad(log L) dtau + sqrt(2 eta h dtau/B) xi      (Mori2022, Eq. 15)
//
// What a simulation of these schemes must reproduce, step size and grid
// monitoring included: with eta = dt = 0.1, B = 1, h = 1, L* = 1/2, c = 1.8 the
// mean number of steps is 3587.8487 for Eq. 13 and 1757.6687 for Eq. 15.
type EulerMaruyama struct {
	InternalTime bool    // false: Eq. 13 in t; true: Eq. 15 in tau
	Step         float64 // dt or dtau > 0
	LearningRate float64 // eta > 0
	BatchSize    int     // B >= 1
	Curvature    float64 // h > 0
	MinimumLoss  float64 // L* > 0
	LossRatio    float64 // c > 1: the run ends at the first step with L > c L*
	Dim          int     // n >= 1
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field.
func (p EulerMaruyama) Validate() error {
	return model.CheckDomain("Euler-Maruyama scheme").
		Positive("step dt", p.Step).
		Positive("learning rate eta", p.LearningRate).
		AtLeast(1, "batch size B", p.BatchSize).
		Positive("curvature h", p.Curvature).
		Positive("minimum loss L*", p.MinimumLoss).
		Above(1, "loss ratio c", p.LossRatio).
		AtLeast(1, "dimension n", p.Dim).Err()
}

// Solve returns the exit problem of the scheme from the integral equation
// T = dt + K T (closed form of the scheme). Times of the passage are multiples
// of the step: t for Eq. 13, tau for Eq. 15.
func (p EulerMaruyama) Solve(s Settings) (*Passage, error) {
	if err := model.CheckDomain("Euler-Maruyama scheme").Include(p.Validate()).Include(s.Validate()).Err(); err != nil {
		return nil, err
	}
	h, dt := p.Curvature, p.Step
	eq := 13
	if p.InternalTime {
		eq = 15
	}
	near := math.Sqrt(2 * p.MinimumLoss / h) // where L = 2 L*
	chain := radialChain{p.Dim, math.Sqrt(2 * p.MinimumLoss * (p.LossRatio - 1) / h), near, func(r float64) (mean, along, across float64) {
		loss := p.MinimumLoss + h*r*r/2
		rate := h // drift over r
		variance := 2 * p.LearningRate * h * dt / float64(p.BatchSize)
		if p.InternalTime {
			rate /= loss // Eq. 15
		} else {
			variance *= loss // Eq. 13
		}
		sd := math.Sqrt(variance)
		return r - rate*r*dt, sd, sd
	}}
	return solve(chain, 0, p.Step, s, fmt.Sprintf(
		"integral equation T = dt + K T of the Euler-Maruyama scheme of Mori2022, Eq. %d, dt=%v, n=%d", eq, dt, p.Dim))
}
