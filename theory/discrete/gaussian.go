package discrete

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
)

// GaussianChain is the chain with Gaussian noise in one dimension
//
//	theta' = theta - eta L'(theta) + eta N(0, Sigma(theta))   (Mori2022, Eqs. 2, 4)
//
// for any landscape and noise model, stopped at the first step that leaves
// [Low, High]. It has the drift and the covariance of SGD exactly, and differs
// from it only in the shape of the noise; it is also the Euler-Maruyama scheme
// of Eq. 4 with the step dt = eta.
//
// What the landscape and the noise do inside is not known beforehand: where they
// change over much less than an eighth of the interval, as they do about a minimum
// with the boundaries far out, neither the mean time nor its error estimate is
// reliable.
type GaussianChain struct {
	Landscape    landscape.Landscape // one-dimensional
	Noise        noise.Model         // one-dimensional
	LearningRate float64             // eta > 0
	Start        float64             // Low <= Start <= High
	Low, High    float64             // both finite; for an open side take a loss that is never reached
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field.
func (p GaussianChain) Validate() error {
	return model.CheckDomain("Gaussian-noise chain").
		That(p.Landscape != nil && p.Landscape.Dim() == 1, "landscape L", dimOf(p.Landscape), "a landscape in 1 dimension").
		That(p.Noise != nil && p.Noise.Dim() == 1, "noise Sigma", dimOf(p.Noise), "a noise model in 1 dimension").
		Positive("learning rate eta", p.LearningRate).
		Finite("lower boundary", p.Low).
		Finite("upper boundary", p.High).
		That(p.Low < p.High, "lower boundary", p.Low, "less than the upper boundary").
		That(p.Low <= p.Start && p.Start <= p.High, "start", p.Start, "a point between the boundaries").Err()
}

func dimOf(x interface{ Dim() int }) string {
	if x == nil {
		return "nil"
	}
	return fmt.Sprintf("in %d dimensions", x.Dim())
}

// Solve returns the exit problem of the chain from the integral equation
// T = eta + K T (closed form of the chain).
func (p GaussianChain) Solve(s Settings) (*Passage, error) {
	if err := model.CheckDomain("Gaussian-noise chain").Include(p.Validate()).Include(s.Validate()).Err(); err != nil {
		return nil, err
	}
	return solve(lineChain{p}, p.Start, p.LearningRate, s,
		fmt.Sprintf("integral equation T = eta + K T of the Gaussian-noise chain (Mori2022, Eqs. 2, 4), eta=%v", p.LearningRate))
}

// lineChain is a [GaussianChain] as a transition.
type lineChain struct{ GaussianChain }

func (c lineChain) interval() (float64, float64) { return c.Low, c.High }

func (c lineChain) finest() [2]float64 {
	at := c.law()
	_, low := at(c.Low)
	_, high := at(c.High)
	return [2]float64{low / 4, high / 4}
}

// core: what the landscape and the noise do inside is not known.
func (lineChain) core() focus { return focus{} }

// law returns the mean and the standard deviation of the next state.
func (c lineChain) law() func(theta float64) (mean, sd float64) {
	point, grad := make([]float64, 1), make([]float64, 1)
	sigma := mat.NewSymDense(1, nil)
	eta := c.LearningRate
	return func(theta float64) (mean, sd float64) {
		point[0] = theta
		c.Landscape.Grad(grad, point)
		c.Noise.Covariance(sigma, point)
		return theta - eta*grad[0], eta * math.Sqrt(sigma.At(0, 0))
	}
}

func (lineChain) roughness() int { return 1 }

// compare: the coarser resolution is enough, T is smooth.
func (lineChain) compare(Settings) ([]resolution, float64) { return nil, 2 }

func (c lineChain) steps(s Settings) step {
	at, rule := c.law(), newNormalRule(2*s.Nodes, normalReach, c.core())
	return func(theta float64, emit func(next, weight float64)) {
		mean, sd := at(theta)
		rule.each(c.Low, c.High, mean, sd, emit)
	}
}

func (c lineChain) below(_ Settings, level float64) func(theta float64) float64 {
	at := c.law()
	return func(theta float64) float64 {
		mean, sd := at(theta)
		return normalInterval(c.Low, level, mean, sd)
	}
}

// Basin returns the ends of the interval around start on which L <= level, in
// one dimension, to rounding. It walks outwards in steps of scale and then
// bisects, so that a part with L > level shorter than scale may be passed over.
//
// Domain: L(start) <= level, scale > 0, and an end within 1e6 steps on each
// side; otherwise an error wrapping [model.ErrDomain].
//
// Source: the exit rule L > level of this package's chains.
func Basin(l landscape.Landscape, start, level, scale float64) (low, high float64, err error) {
	point := make([]float64, 1)
	inside := func(x float64) bool {
		point[0] = x
		return l.Loss(point) <= level
	}
	c := model.CheckDomain("basin").
		That(l != nil && l.Dim() == 1, "landscape L", dimOf(l), "a landscape in 1 dimension").
		Finite("start", start).
		Finite("level of the loss", level).
		Positive("scale of the search", scale)
	if err := c.Err(); err != nil {
		return 0, 0, err
	}
	if err := c.That(inside(start), "loss at the start", l.Loss([]float64{start}), fmt.Sprintf("<= the level %v", level)).Err(); err != nil {
		return 0, 0, err
	}
	end := func(step float64) float64 {
		for i := 1.0; i <= 1e6; i++ {
			in, out := start+(i-1)*step, start+i*step
			if inside(out) {
				continue
			}
			for {
				middle := in + (out-in)/2
				if middle == in || middle == out {
					return in
				}
				if inside(middle) {
					in = middle
				} else {
					out = middle
				}
			}
		}
		return math.NaN()
	}
	low, high = end(-scale), end(scale)
	err = c.Finite("lower end of the basin", low).Finite("upper end of the basin", high).Err()
	return low, high, err
}
