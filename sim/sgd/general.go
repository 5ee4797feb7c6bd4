package sgd

import (
	"sgdescape/model"
	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
)

// general is the loop for any dimension, batch size and sampling scheme: one
// lane after the other through the block.
type general struct {
	p     *Process
	watch lane.Watch
	theta []float64
	batch []float64 // sum of the gradients of a minibatch
	x     []float64 // inputs of a population's sample
	draw  subset
}

func newGeneral(p *Process, w lane.Watch) *general {
	g := &general{
		p:     p,
		watch: w,
		theta: make([]float64, p.n),
		batch: make([]float64, p.n),
		x:     make([]float64, p.n),
	}
	if p.regression != nil && p.sgd.Sampling == model.WithoutReplacement {
		g.draw = newSubset(p.sgd.DatasetSize, p.sgd.BatchSize)
	}
	return g
}

// Extra returns 0.
func (g *general) Extra() int { return 0 }

// Begin has nothing to prepare.
func (g *general) Begin(*lane.State, int) {}

// Advance moves the lanes.
func (g *general) Advance(s *lane.State, active, steps int) {
	rate := g.p.sgd.LearningRate / float64(g.p.sgd.BatchSize)
	for j := range active {
		src := s.Source(j)
		s.Gather(g.theta, j)
		for k := 1; k <= steps; k++ {
			g.sumGradients(&src)
			for i, c := range g.batch {
				g.theta[i] -= float64(rate * c)
			}
			if g.outside() && s.Hit[j] == 0 {
				s.Scatter(j, g.theta)
				s.Leave(j, k, 0)
			}
		}
		s.Scatter(j, g.theta)
		s.SetSource(j, &src)
	}
}

// sumGradients draws a minibatch and stores the sum of its gradients
// (theta.x - y) x in batch.
func (g *general) sumGradients(src *stream.Source) {
	clear(g.batch)
	p := g.p
	b := p.sgd.BatchSize
	if p.population != nil {
		std := p.population.NoiseStd()
		for range b {
			src.Normals(g.x)
			g.add(g.x, float64(std*src.Normal()))
		}
		return
	}
	targets := p.regression.Targets()
	if p.sgd.Sampling == model.WithoutReplacement {
		for _, mu := range g.draw.next(src) {
			g.add(p.regression.Input(mu), targets[mu])
		}
		return
	}
	nData := uint64(len(targets))
	for range b {
		mu := int(src.Index(nData))
		g.add(p.regression.Input(mu), targets[mu])
	}
}

// add adds the gradient of one sample.
func (g *general) add(x []float64, y float64) {
	e := -y
	for i, c := range x {
		e += float64(g.theta[i] * c)
	}
	for i, c := range x {
		g.batch[i] += float64(e * c)
	}
}

// outside reports whether theta counts as left. A NaN does.
func (g *general) outside() bool {
	switch g.watch.Monitor {
	case lane.Loss:
		return !(g.p.problem.Loss(g.theta) <= g.watch.Level)
	case lane.Plane:
		x := 0.0
		for i, c := range g.watch.Normal {
			x += float64(c * g.theta[i])
		}
		return !(x <= g.watch.Level)
	case lane.Region:
		return g.watch.Outside(g.theta)
	}
	return false
}
