package discrete

import (
	"fmt"
	"math"

	"sgdescape/model"
)

// GaussianRegression is minibatch SGD on the population of a linear regression
// with independent Gaussian inputs and targets, started at the minimum and
// stopped at the first step with L > c L*.
//
// With inputs of variance h in d dimensions and targets of variance s² the loss
// is L = (s² + h |theta|²)/2, L* = s²/2 and the Hessian is h I. One step depends
// on the past through r = |theta| sqrt(h) alone. With e = eta h/B,
//
//	r'² = (r - e r S - e s sqrt(S) w)² + e² (r² + s²) S v
//
// where S ~ chi²_B, w ~ N(0, 1) and v ~ chi²_{d-1} are independent (closed
// form: the residuals of a minibatch are Gaussian with variance r² + s², and S
// is their squared length in that unit). No diffusion limit, no decoupling: this
// is the algorithm of Mori2022, Eq. 2, itself.
type GaussianRegression struct {
	LearningRate  float64 // eta > 0
	BatchSize     int     // B >= 1
	Dim           int     // d >= 1
	LossRatio     float64 // c > 1: the run ends at the first step with L > c L*
	InputVariance float64 // h > 0, the curvature; 0 means 1
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field.
func (p GaussianRegression) Validate() error {
	return model.CheckDomain("Gaussian regression").
		Positive("learning rate eta", p.LearningRate).
		AtLeast(1, "batch size B", p.BatchSize).
		AtLeast(1, "dimension d", p.Dim).
		Above(1, "loss ratio c", p.LossRatio).
		NonNegative("input variance h", p.InputVariance).Err()
}

func (p GaussianRegression) curvature() float64 {
	if p.InputVariance == 0 {
		return 1
	}
	return p.InputVariance
}

// Solve returns the exit problem of the chain, solved to the accuracy the
// settings ask for, from the integral equation T = eta + K T (closed form of
// the chain of Mori2022, Eq. 2).
//
// Lengths are in units of s/sqrt(h), so that the state is r in [0, sqrt(c-1)].
func (p GaussianRegression) Solve(s Settings) (*Passage, error) {
	if err := model.CheckDomain("Gaussian regression").Include(p.Validate()).Include(s.Validate()).Err(); err != nil {
		return nil, err
	}
	chain := &regressionChain{
		e:    p.LearningRate * p.curvature() / float64(p.BatchSize),
		b:    p.BatchSize,
		d:    p.Dim,
		edge: math.Sqrt(p.LossRatio - 1),
	}
	return solve(chain, 0, p.LearningRate, s, fmt.Sprintf(
		"integral equation T = eta + K T of SGD (Mori2022, Eq. 2), Gaussian regression d=%d, eta=%v, B=%d", p.Dim, p.LearningRate, p.BatchSize))
}

// regressionChain is the radial chain in units s = h = 1.
type regressionChain struct {
	e    float64 // eta h/B
	b, d int
	edge float64 // sqrt(c-1)
}

func (c *regressionChain) interval() (float64, float64) { return 0, c.edge }

// finest: with B = 1 a jump has a density with a logarithm at its start, so the
// mean time has x log x at the edge; larger minibatches are milder. At an edge far
// out few runs come that close to it, and float64 does not resolve it either.
func (c *regressionChain) finest() [2]float64 {
	return [2]float64{0, 2e-3 * c.e * math.Sqrt(float64(c.b)) * math.Max(1, 1e-9*c.edge)}
}

// core: the noise grows as sqrt(1 + r²).
func (*regressionChain) core() focus { return focus{0, 1} }

func (*regressionChain) roughness() int { return 1 }

// compare: the coarser resolution is enough, T is smooth.
func (*regressionChain) compare(Settings) ([]resolution, float64) { return nil, 2 }

// sizes returns nodes and weights for u = sqrt(S) ~ chi_B when the next state is
// asked to be below level. Near u = 0 the step is shorter than the way to the
// level; near u = sqrt((1 -+ level/r)/e) its mean crosses the level. Inside a level
// much above 1 it also leaves the core, near u = 0, or crosses it.
func (c *regressionChain) sizes(outer rule, r, level float64) rule {
	sqrtB, size := math.Sqrt(float64(c.b)), newChi(c.b)
	way := math.Abs(level-r) / c.e
	if way == 0 {
		way = 1
	}
	fine := 0.5 / (1 + r)
	foci := []focus{
		{0, math.Min(way/2, fine)},
		{math.Sqrt((1 + level/r) / c.e), fine},
		{math.Sqrt((1 - level/r) / c.e), fine},
	}
	if c.core().crowded(-level, level, normalRoom) {
		foci[0].scale = math.Min(foci[0].scale, (1+r)/(2*c.e))
		foci = append(foci, focus{math.Sqrt(1 / c.e), fine})
	}
	edges := panels(math.Max(0, sqrtB-9), sqrtB+9, 1.5, foci...)
	var sized rule
	total := 0.0
	for i := 0; i+1 < len(edges); i++ {
		outer.each(edges[i], edges[i+1], func(u, w float64) {
			w *= size.density(u)
			total += w
			sized.x, sized.w = append(sized.x, u), append(sized.w, w)
		})
	}
	n := 0
	for i, w := range sized.w {
		if w /= total; w >= negligible {
			sized.x[n], sized.w[n] = sized.x[i], w
			n++
		}
	}
	return rule{sized.x[:n], sized.w[:n]}
}

// rules returns the quadratures over u, w and v. One dimension can afford more
// nodes than two nested ones.
func (c *regressionChain) rules(s Settings) (outer rule, parallel normalRule, transverse chiRule) {
	if c.d == 1 {
		return newRule(s.Nodes * 3 / 8), newNormalRule(s.Nodes*5/4, normalReach, c.core()), newChiRule(0, 0)
	}
	return newRule(s.Nodes / 4), newNormalRule(s.Nodes*3/4, nestedNormalReach, c.core()), newChiRule(c.d-1, s.Nodes*3/8)
}

func (c *regressionChain) steps(s Settings) step {
	outer, parallel, transverse := c.rules(s)
	e, a := c.e, c.edge
	return func(r float64, emit func(next, weight float64)) {
		sized := c.sizes(outer, r, a)
		spread := e * math.Sqrt(1+r*r) // e sqrt(r² + s²)
		for i, u := range sized.x {
			y := spread * u
			parallel.each(-a, a, r*(1-e*u*u), e*u, func(x, w float64) {
				if w *= sized.w[i]; w < negligible {
					return
				}
				transverse.each(math.Sqrt((a-x)*(a+x))/y, math.Hypot(1, x)/y, func(v, p float64) {
					emit(math.Sqrt(x*x+y*y*v), w*p)
				})
			})
		}
	}
}

func (c *regressionChain) below(s Settings, level float64) func(r float64) float64 {
	outer, parallel, transverse := c.rules(s)
	e := c.e
	return func(r float64) float64 {
		sum := 0.0
		sized := c.sizes(outer, r, level)
		spread := e * math.Sqrt(1+r*r)
		for i, u := range sized.x {
			mean, sd := r*(1-e*u*u), e*u
			if c.d == 1 {
				sum += sized.w[i] * normalInterval(-level, level, mean, sd)
				continue
			}
			parallel.each(-level, level, mean, sd, func(x, w float64) {
				sum += sized.w[i] * w * transverse.chi.cdf(math.Sqrt((level-x)*(level+x))/(spread*u))
			})
		}
		return sum
	}
}
