package verify

import (
	"math"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
	"sgdescape/sim/sgd"
	"sgdescape/sim/stream"
	"sgdescape/verify/simtest"
)

// soundIntegrator, soundNormals and soundMinibatch are this program's own
// simulators in the conformance suite.
func soundIntegrator(o simtest.Options) ([]simtest.Result, error) {
	return simtest.FromProcess(func(e simtest.Equation, dt float64) (lane.Process, error) {
		return sde.New(sde.Config{Landscape: e.Landscape, Noise: e.Noise, LearningRate: e.LearningRate, Dt: dt})
	}).Run(o)
}

func soundNormals(o simtest.Options) ([]simtest.Result, error) {
	return simtest.Normals{New: func(seed, replica uint64) func() float64 {
		s := stream.New(seed, replica)
		return s.Normal
	}}.Run(o)
}

func soundMinibatch(o simtest.Options) ([]simtest.Result, error) {
	return simtest.MinibatchFromProcess(func(data *dataset.Regression, p model.SGD) (lane.Process, error) { return sgd.New(data, p) }).Run(o)
}

// A wrongIntegrator is Euler-Maruyama with something wrong. Nil hooks are
// sound.
type wrongIntegrator struct {
	configure func(*sde.Config)
	start     func(seed, replica uint64) (uint64, uint64)
	dt        func(c sde.Config, theta []float64) float64
	normal    func(*stream.Source) float64
	round     bool
}

// wrongSimulator carries one trajectory of a wrongIntegrator.
type wrongSimulator struct {
	wrongIntegrator
	config  sde.Config
	stepper *sde.Stepper
	source  stream.Source
	xi      []float64
}

func (s *wrongSimulator) Start(seed, replica uint64) {
	if s.start != nil {
		seed, replica = s.start(seed, replica)
	}
	s.source = stream.New(seed, replica)
}

func (s *wrongSimulator) Step(theta []float64) {
	for i := range s.xi {
		if s.normal != nil {
			s.xi[i] = s.normal(&s.source)
		} else {
			s.xi[i] = s.source.Normal()
		}
	}
	dt := s.config.Dt
	if s.dt != nil {
		dt = s.dt(s.config, theta)
	}
	s.stepper.Step(theta, s.xi, dt)
	if s.round {
		for i, x := range theta {
			theta[i] = float64(float32(x))
		}
	}
}

// in is the sabotage of the integrator that the named check must notice.
func (w wrongIntegrator) in(name, by string) sabotage {
	integrator := simtest.Integrator{New: func(e simtest.Equation, dt float64) (simtest.Simulator, error) {
		c := sde.Config{Landscape: e.Landscape, Noise: e.Noise, LearningRate: e.LearningRate, Dt: dt}
		if w.configure != nil {
			w.configure(&c)
		}
		process, err := sde.New(c)
		if err != nil {
			return nil, err
		}
		return &wrongSimulator{wrongIntegrator: w, config: c, stepper: process.Stepper(), xi: make([]float64, process.Deviates())}, nil
	}}
	return sabotage{name: name, by: by, suite: integrator.Run, sound: soundIntegrator}
}

// wrongNormals is the sabotage of a source that the named check must notice.
func wrongNormals(name, by string, next func(s *stream.Source, replica uint64) float64) sabotage {
	normals := simtest.Normals{New: func(seed, replica uint64) func() float64 {
		s := stream.New(seed, replica)
		return func() float64 { return next(&s, replica) }
	}}
	return sabotage{name: name, by: by, suite: normals.Run, sound: soundNormals}
}

// wrongMinibatch is the sabotage of SGD that the named check must notice.
func wrongMinibatch(name, by string, change func(*model.SGD)) sabotage {
	m := simtest.MinibatchFromProcess(func(data *dataset.Regression, p model.SGD) (lane.Process, error) {
		change(&p)
		return sgd.New(data, p)
	})
	return sabotage{name: name, by: by, suite: m.Run, sound: soundMinibatch}
}

func suiteSabotages() []sabotage {
	return []sabotage{
		wrongIntegrator{normal: func(s *stream.Source) float64 { return 1.05 * s.Normal() }}.in("noise 10 % too strong in one step", "covariance"),
		wrongIntegrator{configure: func(c *sde.Config) { c.Landscape = halfDrift{c.Landscape} }}.in("the 1/2 of the loss twice in the drift", "drift"),
		wrongIntegrator{dt: func(c sde.Config, theta []float64) float64 { return c.Dt * c.Landscape.Loss(theta) }}.in("steps of tau for steps of t", "zero noise"),
		wrongIntegrator{dt: func(c sde.Config, _ []float64) float64 { return c.Dt * c.LearningRate }}.in("eta dt for dt", "zero noise"),
		wrongIntegrator{round: true}.in("theta added up in single precision", "rounding"),
		wrongIntegrator{start: func(seed, replica uint64) (uint64, uint64) { return seed, replica % 8 }}.in("seeds reused by every eighth replica", "determinism"),
		wrongIntegrator{start: func(seed, replica uint64) (uint64, uint64) { return seed + replica, 0 }}.in("seed + replica for the stream of a replica", "determinism"),
		wrongIntegrator{normal: func(s *stream.Source) float64 {
			x := s.Normal()
			for math.Abs(x) > 1.5 {
				x = s.Normal()
			}
			return x
		}}.in("noise cut at 1.5 deviations", "stationary law"),
		wrongNormals("tails cut at 3.2", "tails", func(s *stream.Source, _ uint64) float64 {
			x := s.Normal()
			for math.Abs(x) > 3.2 {
				x = s.Normal()
			}
			return x
		}),
		wrongNormals("tails too heavy: one deviate in 200 doubled", "tails", func(s *stream.Source, _ uint64) float64 {
			x := s.Normal()
			if s.Uint64()%200 == 0 {
				x *= 2
			}
			return x
		}),
		wrongNormals("sum of twelve uniform numbers", "tails", func(s *stream.Source, _ uint64) float64 {
			sum := -6.0
			for range 12 {
				sum += float64(s.Uint64()>>11) * 0x1p-53
			}
			return sum
		}),
		wrongNormals("the edge of a ziggurat layer too full", "edges", func(s *stream.Source, _ uint64) float64 {
			x := s.Normal()
			if a := math.Abs(x); a > 1 && a < 1.1 && s.Uint64()%8 == 0 {
				return math.Copysign(1.1-0.01*float64(s.Uint64()>>11)*0x1p-53, x)
			}
			return x
		}),
		wrongNormals("variance 3 % too large", "moments", func(s *stream.Source, _ uint64) float64 { return 1.015 * s.Normal() }),
		wrongNormals("draws correlated with the next one", "independence", func(s *stream.Source, _ uint64) float64 {
			x := s.Normal()
			ahead := *s
			return (x + 0.2*ahead.Normal()) / math.Sqrt(1.04)
		}),
		{name: "neighbouring streams correlated", by: "independence", sound: soundNormals, suite: simtest.Normals{New: func(seed, replica uint64) func() float64 {
			shared, own := stream.New(seed, replica/2), stream.New(^seed, replica)
			return func() float64 { return math.Sqrt(0.2)*shared.Normal() + math.Sqrt(0.8)*own.Normal() }
		}}.Run},
		{name: "streams that overlap", by: "streams", sound: soundNormals, suite: simtest.Normals{New: func(seed, replica uint64) func() float64 {
			s := stream.New(seed, replica/2)
			for range replica % 2 * 16 {
				s.Uint64()
			}
			return s.Normal
		}}.Run},
		wrongMinibatch("truncated minibatch", "with", func(p *model.SGD) { p.BatchSize-- }),
		wrongMinibatch("minibatches with replacement for without", "without", func(p *model.SGD) { p.Sampling = model.WithReplacement }),
		wrongMinibatch("minibatches without replacement for with", "with", func(p *model.SGD) { p.Sampling = model.WithoutReplacement }),
		wrongMinibatch("the sum for the mean over the minibatch", "mean", func(p *model.SGD) { p.LearningRate *= float64(p.BatchSize) }),
		wrongMinibatch("a full batch that is not the whole data set", "full batch", func(p *model.SGD) {
			p.BatchSize = min(p.BatchSize, p.DatasetSize-1)
		}),
	}
}

// halfDrift is a landscape whose gradient has one factor 1/2 too many.
type halfDrift struct{ landscape.Landscape }

func (h halfDrift) Grad(dst, theta []float64) {
	h.Landscape.Grad(dst, theta)
	for i := range dst {
		dst[i] /= 2
	}
}
