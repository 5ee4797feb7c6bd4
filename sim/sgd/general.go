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
	batch []float64 // eta times the gradient of a minibatch
	x     []float64 // inputs of a population's sample
	rate  float64   // eta/B
	draw  subset
}

func newGeneral(p *Process, w lane.Watch) *general {
	g := &general{
		p:     p,
		watch: w,
		theta: lane.Own[float64](p.n),
		batch: lane.Own[float64](p.n),
		x:     lane.Own[float64](p.n),
		rate:  p.rate(),
	}
	if p.regression != nil && p.sgd.Sampling == model.WithoutReplacement {
		g.draw = newSubset(p.sgd.DatasetSize, p.sgd.BatchSize)
	}
	return g
}

// Extra returns the length of the velocity, which exists with momentum only.
func (g *general) Extra() int { return g.p.velocity() }

// Begin has nothing to prepare.
func (g *general) Begin(*lane.State, int) {}

// Advance moves the lanes.
func (g *general) Advance(s *lane.State, active, steps int) {
	beta := g.p.beta
	for j := range active {
		src := s.Source(j)
		s.Gather(g.theta, j)
		for k := 1; k <= steps; k++ {
			g.sumGradients(&src)
			for i, c := range g.batch {
				if beta != 0 {
					v := s.Extra[i*lane.Width+j]
					c += float64(beta * v)
					s.Extra[i*lane.Width+j] = c
				}
				g.theta[i] -= c
			}
			if outside(g.p, g.watch, g.theta) && s.Hit[j] == 0 {
				s.Scatter(j, g.theta)
				s.Leave(j, k, 0)
			}
		}
		s.Scatter(j, g.theta)
		s.SetSource(j, &src)
	}
}

// sumGradients draws a minibatch and stores the sum of (eta/B) (theta.x - y) x
// in batch.
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
	e := float64(g.theta[0]*x[0]) - y
	for i := 1; i < len(x); i++ {
		e += float64(g.theta[i] * x[i])
	}
	e *= g.rate
	for i, c := range x {
		g.batch[i] += float64(e * c)
	}
}

// outside reports whether theta counts as left. A NaN does.
func outside(p *Process, w lane.Watch, theta []float64) bool {
	switch w.Monitor {
	case lane.Loss:
		return !(p.problem.Loss(theta) <= w.Level)
	case lane.Plane:
		x := 0.0
		for i, c := range w.Normal {
			x += float64(c * theta[i])
		}
		return !(x <= w.Level)
	case lane.Region:
		return w.Beyond(theta)
	}
	return false
}
