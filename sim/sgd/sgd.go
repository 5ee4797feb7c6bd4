// Package sgd simulates discrete minibatch stochastic gradient descent on a
// linear regression,
//
//	theta_{k+1} = theta_k - eta grad L_B(theta_k)   (Mori2022, Eq. 2)
//
// with minibatches drawn from a finite data set, with or without replacement,
// or from the population of Gaussian inputs. Its exit is the first step found
// outside: the overshoot is real and is not corrected. [Epochs] trains a network
// with minibatches out of shuffled data.
//
// # Numerics
//
// A step waits for the one before, and a sample for the word that chose it, so
// that one trajectory keeps a processor waiting. All lanes of a worker therefore
// make a step together: first every lane draws its samples, for a whole block if
// B = 1, because what is drawn does not depend on where a lane is; then every
// lane moves. The vector twins put lanes beside one another, not coordinates, so
// that every sum keeps its order and its bits. A row of the data is loaded as it
// lies in memory and the rows of some lanes are transposed in registers, which
// takes less than gathering their numbers one by one.
//
// A twin needs no way out: an index that may have to be drawn again stops only
// the drawing, and a lane that may be outside is looked at after a step.
package sgd

import (
	"fmt"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/sim/lane"
)

// A Process is SGD on one problem. It is immutable and safe for concurrent use.
// It implements [lane.Process].
type Process struct {
	problem    landscape.Landscape
	regression *dataset.Regression // nil for a population
	population *dataset.Population // nil for a regression
	rows       []float64           // N x stride: the samples of a regression, see fillRows
	stride     int
	sgd        model.SGD
	beta       float64
	n          int
}

// New returns SGD on the problem, a *[dataset.Regression] with N samples or a
// *[dataset.Population]; the data-set size in p must be N, or 0 for a
// population. Errors wrap [model.ErrDomain].
func New(problem landscape.Landscape, p model.SGD) (*Process, error) {
	return NewMomentum(problem, p, 0)
}

// NewMomentum returns SGD with heavy-ball momentum (Polyak 1964),
//
//	v_{k+1}     = beta v_k + grad L_B(theta_k),  v_0 = 0
//	theta_{k+1} = theta_k - eta v_{k+1}
//
// for 0 <= beta < 1. beta = 0 is [New], bit for bit. A step still takes eta in
// t; for small eta the slow motion is that of SGD with eta/(1-beta).
func NewMomentum(problem landscape.Landscape, p model.SGD, beta float64) (*Process, error) {
	d := model.CheckDomain("SGD").Include(p.Validate()).
		That(beta >= 0 && beta < 1, "momentum beta", beta, "a number >= 0 and < 1")
	process := &Process{problem: problem, sgd: p, beta: beta}
	switch m := problem.(type) {
	case *dataset.Regression:
		d.That(m != nil, "problem", m, "a regression or a population")
		if m != nil {
			d.That(p.DatasetSize == m.Len(), "data-set size N", p.DatasetSize, fmt.Sprintf("the number of samples, %d", m.Len()))
			process.regression, process.n = m, m.Dim()
		}
	case *dataset.Population:
		d.That(m != nil, "problem", m, "a regression or a population")
		if m != nil {
			d.That(p.DatasetSize == 0, "data-set size N", p.DatasetSize, "0 for a population")
			process.population, process.n = m, m.Dim()
		}
	default:
		d.That(false, "problem", fmt.Sprintf("%T", problem), "a regression or a population")
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	if r := process.regression; r != nil {
		process.fillRows()
	}
	return process, nil
}

// fillRows copies the data. A row is the inputs x, the target y, and where the
// distance is carried on the number of [turn]; with d = 1 it is 2 numbers long,
// otherwise a multiple of 4, of which the vector loops load whole ones.
func (p *Process) fillRows() {
	p.stride = 2
	if p.n > 1 {
		p.stride = (p.n + 2 + 3) &^ 3
	}
	r := p.regression
	p.rows = make([]float64, r.Len()*p.stride)
	rate, minimum := p.rate(), r.Minimum()
	for mu, y := range r.Targets() {
		row, x := p.rows[mu*p.stride:], r.Input(mu)
		row[copy(row, x)] = y
		if turns(p.n) {
			row[p.n+1] = turn(rate, x, minimum, y)
		}
	}
}

// rate returns eta/B.
func (p *Process) rate() float64 { return p.sgd.LearningRate / float64(p.sgd.BatchSize) }

// Dim returns the number of parameters.
func (p *Process) Dim() int { return p.n }

// StepLength returns eta: a step takes eta in t.
func (p *Process) StepLength() float64 { return p.sgd.LearningRate }

// InLogTime returns false.
func (p *Process) InLogTime() bool { return false }

// Discrete returns true.
func (p *Process) Discrete() bool { return true }

// Loss returns L(theta) of the whole data set or of the population.
func (p *Process) Loss(theta []float64) float64 { return p.problem.Loss(theta) }

// Kernel returns a loop for the process and the exit.
func (p *Process) Kernel(w lane.Watch) (lane.Kernel, error) {
	d := model.CheckDomain("exit").
		That(!w.Corrected, "crossing", "corrected", "grid for discrete SGD: its overshoot is real")
	if w.Monitor == lane.Plane {
		d.That(len(w.Normal) == p.n, "length of the plane's normal", len(w.Normal), fmt.Sprintf("n = %d", p.n))
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	if k := newLockstep(p, w); k != nil {
		return k, nil
	}
	return newGeneral(p, w), nil
}

// Momentum returns beta.
func (p *Process) Momentum() float64 { return p.beta }

// velocity returns the number of coordinates of the velocity that is kept.
func (p *Process) velocity() int {
	if p.beta == 0 {
		return 0
	}
	return p.n
}
