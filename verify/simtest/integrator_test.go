package simtest_test

import (
	"math/rand/v2"
	"testing"

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
	t.Run("euler-maruyama", func(t *testing.T) { own(sde.EulerMaruyama, 1).Test(t, simtest.Options{Effort: 0.5}) })
	t.Run("weak-runge-kutta", func(t *testing.T) { own(sde.WeakRungeKutta, 2).Test(t, simtest.Options{Effort: 0.25}) })
}

// altered is eulerMaruyama with something wrong.
type altered struct {
	eulerMaruyama
	start func(s *altered, seed, replica uint64)
	step  func(s *altered, theta []float64)
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
	} {
		t.Run(c.name, func(t *testing.T) {
			wrong := simtest.Integrator{New: func(e simtest.Equation, dt float64) (simtest.Simulator, error) {
				sound, err := newEulerMaruyama(e, dt)
				if err != nil {
					return nil, err
				}
				return &altered{*sound.(*eulerMaruyama), c.start, c.step}, nil
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
