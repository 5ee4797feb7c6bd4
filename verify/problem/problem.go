// Package problem poses one escape problem to theory and to simulation at
// once: the levels of the theory and the processes that can be simulated, all
// of the same thing and in the same units, t = eta k.
//
// The levels, each a step closer to SGD itself:
//
//	T0  the power law, Mori2022, Eqs. 16 and 17
//	T1  the diffusion of Eq. 13, exactly
//	T2  the diffusion of Eq. 4 with the exact covariance of Eq. 8
//	T3  the same, watched only at t = eta k
//	T4  the discrete chain of SGD itself, exactly
//
// A level that does not apply to a problem is absent.
package problem

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
	"sgdescape/sim/sgd"
)

// A Problem is one landscape with its noise, start and exit.
type Problem interface {
	// Name returns the name of the kind, such as "doublewell".
	Name() string
	// Parameters returns the parameters by flag name.
	Parameters() map[string]any
	// Levels computes every level of the theory that applies.
	Levels(ctx context.Context) (Levels, []model.Condition, error)
	// Ensemble returns the runs of a process, ready to be simulated.
	Ensemble(s Simulation) (escape.Ensemble, error)
	// Valley returns the landscape around the minimum where runs start.
	Valley() landscape.Valley
}

// Levels are the answers of the theory by name, "T0" to "T4".
type Levels map[string]Level

// A Level is what one level of the theory says. Absent fields are nil.
type Level struct {
	// Rate is kappa per unit of t; see package model for its definition.
	Rate *float64 `json:"rate,omitempty"`
	// LogRate is the logarithm of Rate, valid where Rate underflows.
	LogRate *float64 `json:"log_rate,omitempty"`
	// Exponent is that of the loss ratio: kappa ~ (L_s/L*)^-Exponent.
	Exponent *float64 `json:"exponent,omitempty"`
	// MFPT is the mean time from the minimum to beyond the saddle, or to the
	// loss threshold, in units of t.
	MFPT *float64 `json:"mfpt,omitempty"`
	// MFPTToSaddle is the mean time from the minimum to the saddle.
	MFPTToSaddle *float64 `json:"mfpt_to_saddle,omitempty"`
	// RelativeError bounds or estimates the numerical error of the level where
	// its method returns one.
	RelativeError *float64 `json:"relative_error,omitempty"`
}

// A Process names what is simulated.
type Process string

// The processes.
const (
	SGD      Process = "sgd"       // discrete minibatch SGD (Mori2022, Eq. 2)
	SDE      Process = "sde"       // loss-proportional noise, in t (Eq. 13)
	SDELog   Process = "sde-log"   // additive noise on log L, in tau (Eq. 15)
	SDEExact Process = "sde-exact" // the exact covariance, in t (Eq. 4)
)

// Processes lists all processes.
func Processes() []Process { return []Process{SGD, SDE, SDELog, SDEExact} }

// A Simulation says what to simulate of a problem, and how much.
type Simulation struct {
	Process  Process
	Replicas int             // number of runs, >= 1
	Horizon  model.Time      // > 0; runs that have not left by then are censored
	Dt       float64         // step of an SDE; 0 for the default of the problem
	Crossing escape.Crossing // treatment of crossings between grid points; SDEs only
	ToSaddle bool            // stop at the saddle instead of beyond it; problems with a saddle only
	Seed     uint64
	Workers  int
	Pieces   Pieces // what the runs are made of; the zero value for this program's own
}

// Pieces make the noise model and the simulator of an ensemble. A nil function
// stands for the one named beside it, so that a user's integrator, or a
// sabotaged one, can take its place.
type Pieces struct {
	LossProportional func(l landscape.Landscape, h mat.Symmetric, batch int) (noise.Model, error) // noise.NewLossProportional
	SDE              func(sde.Config) (escape.Process, error)                                     // sde.New
	SGD              func(landscape.Landscape, model.SGD) (escape.Process, error)                 // sgd.New
}

// DefaultPieces returns this program's own pieces.
func DefaultPieces() Pieces { return Pieces{}.orDefault() }

func (p Pieces) orDefault() Pieces {
	if p.LossProportional == nil {
		p.LossProportional = func(l landscape.Landscape, h mat.Symmetric, batch int) (noise.Model, error) {
			return noise.NewLossProportional(l, h, batch)
		}
	}
	if p.SDE == nil {
		p.SDE = func(c sde.Config) (escape.Process, error) { return sde.New(c) }
	}
	if p.SGD == nil {
		p.SGD = func(l landscape.Landscape, s model.SGD) (escape.Process, error) { return sgd.New(l, s) }
	}
	return p
}

// unsupported is the error for a process that a problem does not have.
func unsupported(p Problem, s Simulation, want string) error {
	return model.CheckDomain(p.Name()).That(false, "process", fmt.Sprintf("%q", string(s.Process)), want).Err()
}

// noSaddle is the error for runs to the saddle of a valley that has none.
func noSaddle(p Problem) error {
	return model.CheckDomain(p.Name()).That(false, "exit", "saddle", "the loss threshold: a valley has no saddle").Err()
}
