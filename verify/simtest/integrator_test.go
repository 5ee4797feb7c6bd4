package simtest_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
	"sgdescape/verify/simtest"
)

// own is one of this program's schemes.
func own(scheme sde.Scheme, order float64) simtest.Integrator {
	i := simtest.FromProcess(func(e simtest.Equation, dt float64) (lane.Process, error) {
		return sde.New(sde.Config{Landscape: e.Landscape, Noise: e.Noise, LearningRate: e.LearningRate, Dt: dt, Scheme: scheme})
	})
	i.WeakOrder = order
	return i
}

func TestStat_OwnSchemesConform(t *testing.T) {
	t.Run("euler-maruyama", func(t *testing.T) { conforms(t, "Euler-Maruyama", integrators, 0.5, own(sde.EulerMaruyama, 1).Run) })
	t.Run("weak-runge-kutta", func(t *testing.T) { conforms(t, "weak Runge-Kutta", integrators, 0.25, own(sde.WeakRungeKutta, 2).Run) })
}

// altered is eulerMaruyama with something wrong.
type altered struct {
	eulerMaruyama
	start func(s *altered, seed, replica uint64)
	step  func(s *altered, theta []float64)
	held  int
	word  uint64
}

func (s *altered) Start(seed, replica uint64) {
	if s.start != nil {
		s.start(s, seed, replica)
		return
	}
	s.eulerMaruyama.Start(seed, replica)
}

func (s *altered) Step(theta []float64) {
	if s.step != nil {
		s.step(s, theta)
		return
	}
	s.eulerMaruyama.Step(theta)
}

// TestReject_Integrators: each classic mistake is caught by the check that is
// there for it.
func TestReject_Integrators(t *testing.T) {
	heun := func(s *altered, theta []float64) { // the predictor's noise makes it Stratonovich
		e := &s.eulerMaruyama
		before := append([]float64(nil), theta...)
		seed := s.rng.Uint64()
		xi := func() *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
		kept := s.rng
		s.rng = xi()
		e.Step(theta) // predictor
		predicted := append([]float64(nil), theta...)
		s.rng = xi()
		e.Step(theta) // from the predicted point, same noise
		for i := range theta {
			theta[i] = before[i] + (predicted[i]-before[i])/2 + (theta[i]-predicted[i])/2
		}
		s.rng = kept
	}
	for _, c := range []struct {
		name  string
		check string
		start func(s *altered, seed, replica uint64)
		step  func(s *altered, theta []float64)
	}{
		{"Stratonovich", "drift", nil, heun},
		{"eta squared", "covariance", nil, func(s *altered, theta []float64) {
			eta := s.LearningRate
			s.LearningRate *= eta
			s.eulerMaruyama.Step(theta)
			s.LearningRate = eta
		}},
		{"steps counted instead of time", "zero noise", nil, func(s *altered, theta []float64) {
			dt := s.dt
			s.dt *= s.LearningRate
			s.eulerMaruyama.Step(theta)
			s.dt = dt
		}},
		{"the internal clock", "zero noise", nil, func(s *altered, theta []float64) {
			dt := s.dt
			s.dt *= s.Landscape.Loss(theta)
			s.eulerMaruyama.Step(theta)
			s.dt = dt
		}},
		{"seed reused by every eighth replica", "determinism", func(s *altered, seed, replica uint64) {
			s.eulerMaruyama.Start(seed, replica%8)
		}, nil},
		{"seed ignored", "determinism", func(s *altered, _, replica uint64) { s.eulerMaruyama.Start(1, replica) }, nil},
		{"stream goes on from replica to replica", "determinism", func(s *altered, seed, replica uint64) {
			if s.rng == nil {
				s.eulerMaruyama.Start(seed, replica)
			}
		}, nil},
		{"neighbours share their normals", "independence", func(s *altered, seed, replica uint64) {
			s.eulerMaruyama.Start(seed, replica/2)
			if replica%2 == 1 {
				s.rng.NormFloat64() // shifted by one step
			}
		}, nil},
		{"single precision", "rounding", nil, func(s *altered, theta []float64) {
			s.eulerMaruyama.Step(theta)
			for i := range theta {
				theta[i] = float64(float32(theta[i]))
			}
		}},
		{"drift and noise of different temperatures", "stationary law", nil, func(s *altered, theta []float64) {
			eta := s.LearningRate
			s.LearningRate *= 1.5
			s.eulerMaruyama.Step(theta)
			s.LearningRate = eta
		}},
		{"noise held for eight steps", "exit time", nil, func(s *altered, theta []float64) {
			if s.held%8 == 0 {
				s.word = s.rng.Uint64()
			}
			s.held++
			kept := s.rng
			s.rng = rand.New(rand.NewPCG(s.word, 0))
			s.eulerMaruyama.Step(theta)
			s.rng = kept
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			wrong := simtest.Integrator{New: func(e simtest.Equation, dt float64) (simtest.Simulator, error) {
				sound, err := newEulerMaruyama(e, dt)
				if err != nil {
					return nil, err
				}
				return &altered{eulerMaruyama: *sound.(*eulerMaruyama), start: c.start, step: c.step}, nil
			}}
			results, err := wrong.Run(simtest.Options{Effort: 0.25, Only: []string{c.check}})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(results[0])
			if len(simtest.Rejected(results)) == 0 {
				t.Errorf("not rejected by %s", c.check)
			}
		})
	}
}

// layered is a simulator whose first step is the last: replica r of n ends at the
// (r+1/2)/n quantile of |theta| in the valley of the check, of L^-3.5 with L* = 1/2,
// times a factor.
type layered struct {
	n, factor float64
	replica   uint64
	moved     bool
}

func (s *layered) Start(_, replica uint64) { s.replica, s.moved = replica, false }

// Step solves for y = |theta|/sqrt(1+theta²), whose distribution function is
// y (1 + (1-y²)/2 + 3 (1-y²)²/8).
func (s *layered) Step(theta []float64) {
	if s.moved {
		return
	}
	s.moved = true
	low, high := 0.0, 1.0
	for range 50 {
		y := (low + high) / 2
		if c := 1 - y*y; y*(1+c/2+3*c*c/8) < (float64(s.replica)+0.5)/s.n {
			low = y
		} else {
			high = y
		}
	}
	theta[0] = s.factor * low / math.Sqrt(1-low*low)
}

// TestStationaryError: the error of order dt of Euler-Maruyama, whose E theta² is
// too large by dt/(2-T), T = 0.4, is nothing to blame, however many replicas show
// it; three times that is.
func TestStationaryError(t *testing.T) {
	const effort, dt = 40, 0.02
	for errors, rejected := range map[float64]bool{1: false, 3: true} {
		i := simtest.Integrator{New: func(simtest.Equation, float64) (simtest.Simulator, error) {
			return &layered{n: effort * 8000, factor: math.Sqrt(1 + errors*dt/1.6)}, nil
		}}
		results, err := i.Run(simtest.Options{Alpha: 0.5, Effort: effort, Only: []string{"stationary law"}})
		if err != nil {
			t.Fatal(err)
		}
		if t.Log(results[0]); results[0].Finding.Rejected != rejected {
			t.Errorf("%v times the error: %v", errors, results[0])
		}
	}
}

// TestTooLittleEffort: so few steps that the interval of their mean may be the whole
// line are an error, no fault of a sound simulator.
func TestTooLittleEffort(t *testing.T) {
	_, err := own(sde.EulerMaruyama, 1).Run(simtest.Options{Effort: 1e-4, Only: []string{"drift"}})
	if !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "effort is 0.0001, want more: 32 steps") {
		t.Errorf("error %v", err)
	}
	if _, err := own(sde.EulerMaruyama, 1).Run(simtest.Options{Effort: 0.01, Only: []string{"drift"}}); err != nil {
		t.Error(err)
	}
}

// TestReject_LastSeed: the largest seed is compared with the one after it, which is
// 0, like any other.
func TestReject_LastSeed(t *testing.T) {
	o := simtest.Options{Seed: math.MaxUint64, Effort: 0.01, Only: []string{"determinism"}}
	deaf := simtest.Integrator{New: func(e simtest.Equation, dt float64) (simtest.Simulator, error) {
		sound, err := newEulerMaruyama(e, dt)
		if err != nil {
			return nil, err
		}
		return &altered{eulerMaruyama: *sound.(*eulerMaruyama), start: func(s *altered, _, replica uint64) { s.eulerMaruyama.Start(1, replica) }}, nil
	}}
	results, err := deaf.Run(o)
	if err != nil || len(simtest.Rejected(results)) != 1 {
		t.Errorf("a seed that is ignored: %v, %v", results, err)
	}
	o.Only = []string{"streams"}
	results, err = simtest.Normals{New: func(_, replica uint64) func() float64 { return standardNormals(1, replica) }}.Run(o)
	if err != nil || len(simtest.Rejected(results)) != 1 {
		t.Errorf("normals whose seed is ignored: %v, %v", results, err)
	}
}

// TestReject_Order: Euler-Maruyama is not of order 2, which little effort shows.
func TestReject_Order(t *testing.T) {
	i := own(sde.EulerMaruyama, 2)
	for _, effort := range []float64{0.25, 1} {
		results, err := i.Run(simtest.Options{Effort: effort, Only: []string{"order"}})
		if err != nil {
			t.Fatal(err)
		}
		if t.Log(results[0]); len(simtest.Rejected(results)) == 0 {
			t.Errorf("effort %v: not rejected", effort)
		}
	}
}

// TestFirstRed: the first red check names the cause, whatever else is red behind
// it.
func TestFirstRed(t *testing.T) {
	loud := func(factor float64) func(s *altered, theta []float64) {
		return func(s *altered, theta []float64) {
			eta := s.LearningRate
			s.LearningRate *= factor
			s.eulerMaruyama.Step(theta)
			s.LearningRate = eta
		}
	}
	for _, c := range []struct {
		name, check string
		step        func(s *altered, theta []float64)
	}{
		{"noise halved", "covariance", loud(0.5)},
		{"noise doubled", "covariance", loud(2)},
		{"eta squared", "covariance", func(s *altered, theta []float64) { loud(s.LearningRate)(s, theta) }},
		{"never moves", "motion", func(*altered, []float64) {}},
		{"NaN", "motion", func(_ *altered, theta []float64) { theta[0] = math.NaN() }},
	} {
		results, err := stepping(c.step).Run(simtest.Options{Effort: 0.1, Only: []string{"motion", "determinism", "independence", "zero noise", "rounding", "drift", "covariance"}})
		if err != nil {
			t.Fatal(err)
		}
		red := simtest.Rejected(results)
		if len(red) == 0 || red[0].Check != c.check {
			t.Errorf("%s: red are %v, want %s first", c.name, red, c.check)
		}
	}
}

// TestReject_NothingLeaves: no exit at all is no mean exit time.
func TestReject_NothingLeaves(t *testing.T) {
	results, err := stepping(func(*altered, []float64) {}).Run(simtest.Options{Effort: 0.1, Only: []string{"exit time", "independence"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(simtest.Rejected(results)) != 2 {
		t.Errorf("%v, want both red", results)
	}
}

// stepping is Euler-Maruyama with another step.
func stepping(step func(s *altered, theta []float64)) simtest.Integrator {
	return simtest.Integrator{New: func(e simtest.Equation, dt float64) (simtest.Simulator, error) {
		sound, err := newEulerMaruyama(e, dt)
		if err != nil {
			return nil, err
		}
		return &altered{eulerMaruyama: *sound.(*eulerMaruyama), step: step}, nil
	}}
}

// TestNothingMade: a constructor that returns nil and no error is refused.
func TestNothingMade(t *testing.T) {
	_, integrator := simtest.Integrator{New: func(simtest.Equation, float64) (simtest.Simulator, error) { return nil, nil }}.Run(simtest.Options{})
	_, typed := simtest.Integrator{New: func(simtest.Equation, float64) (simtest.Simulator, error) { return (*altered)(nil), nil }}.Run(simtest.Options{})
	_, minibatch := simtest.Minibatch{New: func(*dataset.Regression, model.SGD) (simtest.Simulator, error) { return nil, nil }}.Run(simtest.Options{})
	_, normals := simtest.Normals{New: func(uint64, uint64) func() float64 { return nil }}.Run(simtest.Options{Effort: 0.01})
	_, later := simtest.Normals{New: func(seed, replica uint64) func() float64 {
		if replica > 0 {
			return nil
		}
		return standardNormals(seed, replica)
	}}.Run(simtest.Options{Effort: 0.01})
	_, process := simtest.FromProcess(func(simtest.Equation, float64) (lane.Process, error) { return nil, nil }).Run(simtest.Options{})
	_, sgdProcess := simtest.MinibatchFromProcess(func(*dataset.Regression, model.SGD) (lane.Process, error) { return nil, nil }).Run(simtest.Options{})
	for name, err := range map[string]error{"process": process, "process of SGD": sgdProcess} {
		if !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "process to adapt is nil, want") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	for name, err := range map[string]error{"integrator": integrator, "nil in an interface": typed, "minibatch": minibatch, "normals": normals, "normals of a later replica": later} {
		if !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "that New returns is nil, want") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestDomain: bad options and missing functions are named.
func TestDomain(t *testing.T) {
	sound := simtest.Integrator{New: newEulerMaruyama}
	run := func(_ []simtest.Result, err error) error { return err }
	for name, err := range map[string]error{
		"alpha":        run(sound.Run(simtest.Options{Alpha: 1})),
		"effort":       run(sound.Run(simtest.Options{Effort: math.NaN()})),
		"integrator":   run(simtest.Integrator{}.Run(simtest.Options{})),
		"weak order":   run(simtest.Integrator{New: newEulerMaruyama, WeakOrder: -1}.Run(simtest.Options{})),
		"normals":      run(simtest.Normals{}.Run(simtest.Options{})),
		"minibatch":    run(simtest.Minibatch{}.Run(simtest.Options{})),
		"process":      run(simtest.FromProcess(nil).Run(simtest.Options{})),
		"SGD process":  run(simtest.MinibatchFromProcess(nil).Run(simtest.Options{})),
		"unknown name": run(sound.Run(simtest.Options{Only: []string{"drfit"}})),
	} {
		if !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v, want ErrDomain", name, err)
		}
	}
}

// recorder counts failures.
type recorder struct{ failures int }

func (*recorder) Helper()                 {}
func (*recorder) Logf(string, ...any)     {}
func (r *recorder) Errorf(string, ...any) { r.failures++ }

// TestReport: a test fails once for every red check, and for a suite that
// cannot be run.
func TestReport(t *testing.T) {
	deaf := simtest.Normals{New: func(uint64, uint64) func() float64 { return func() float64 { return 0 } }}
	var r recorder
	deaf.Test(&r, simtest.Options{Effort: 0.01, Only: []string{"moments", "distribution"}})
	if r.failures != 2 {
		t.Errorf("%d failures, want 2", r.failures)
	}
	var cannot recorder
	simtest.Normals{}.Test(&cannot, simtest.Options{})
	simtest.Minibatch{}.Test(&cannot, simtest.Options{})
	simtest.Integrator{New: func(simtest.Equation, float64) (simtest.Simulator, error) { return nil, errors.New("no") }}.Test(&cannot, simtest.Options{})
	if cannot.failures != 3 {
		t.Errorf("%d failures, want 3", cannot.failures)
	}
}

// TestUnusable: a simulator that cannot be built ends every check with its
// error.
func TestUnusable(t *testing.T) {
	no := errors.New("no")
	integrator := simtest.Integrator{New: func(simtest.Equation, float64) (simtest.Simulator, error) { return nil, no }}
	process := simtest.FromProcess(func(simtest.Equation, float64) (lane.Process, error) { return nil, no })
	for _, check := range []string{"motion", "determinism", "independence", "zero noise", "rounding", "drift", "covariance", "order", "stationary law", "exit time"} {
		for _, i := range []simtest.Integrator{integrator, process} {
			if _, err := i.Run(simtest.Options{Only: []string{check}}); !errors.Is(err, no) {
				t.Errorf("%s: error %v", check, err)
			}
		}
	}
	minibatch := simtest.MinibatchFromProcess(func(*dataset.Regression, model.SGD) (lane.Process, error) { return nil, no })
	for _, check := range []string{"mean", "with", "without", "full batch"} {
		if _, err := minibatch.Run(simtest.Options{Only: []string{check}}); !errors.Is(err, no) {
			t.Errorf("%s: error %v", check, err)
		}
	}
}
