package discrete

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
)

// An Estimate is a number with its numerical error: twice the distance from the
// same quantity at a coarser resolution, plus the rounding error of the linear
// solve. Both are absolute, in the unit of the quantity. For data sets of up to 1000
// samples, or minibatches, it is the distance from the farthest of four other
// resolutions, four times up to 16; see [DatasetRegression].
//
// Source: comparison of resolutions of the same integral equation.
type Estimate struct {
	Value float64
	Error float64
}

// A Passage is the exit problem of one discrete chain, solved: the number k of
// the first step after which the state is outside. The overshoot over the
// boundary belongs to the chain and is not corrected.
//
// Source: the integral equation T = eta + K T, closed form but for quadrature.
type Passage struct {
	fine       *resolved
	others     []*resolved // other resolutions, for the error
	factor     float64     // of the distance from them
	eta        float64
	start      float64
	source     string
	gap        Estimate  // 1 - lambda_1 per step
	left       []float64 // left eigenvector on the nodes of fine
	mean       Estimate  // E[k] from the start
	conditions []model.Condition
}

// solve runs the chain at two resolutions, or some more.
func solve(chain transition, start, eta float64, s Settings, source string, conditions ...model.Condition) (*Passage, error) {
	s = s.orDefault()
	fine, err := resolve(chain, s, 1)
	if err != nil {
		return nil, err
	}
	p := &Passage{fine: fine, eta: eta, start: start, source: source, conditions: conditions}
	var others []resolution
	others, p.factor = chain.compare(s)
	for _, o := range append(others, resolution{s.coarser(), 4}) {
		r, err := resolve(chain, o.set, o.widen)
		if err != nil {
			return nil, err
		}
		p.others = append(p.others, r)
	}
	gap, moved, left := fine.principal()
	p.left = left
	p.mean = p.estimate(func(r *resolved) float64 { return r.stepsFrom(start) })
	if !(p.mean.Value > 0 && p.mean.Error < p.mean.Value) {
		return nil, fmt.Errorf("discrete: E[k] = %.3g +- %.3g: the mean number of steps exceeds what float64 and the nodes resolve", p.mean.Value, p.mean.Error)
	}
	p.gap = p.estimate(func(r *resolved) float64 {
		if r == fine {
			return gap
		}
		g, _, _ := r.principal()
		return g
	})
	p.gap.Error += moved
	return p, nil
}

// estimate joins the values at all resolutions. The matrix I - K is as
// ill-conditioned as the mean number of steps is long.
func (p *Passage) estimate(value func(r *resolved) float64) Estimate {
	const epsilon = 0x1p-52
	longest, fine, farthest := 0.0, value(p.fine), 0.0
	for _, m := range p.fine.steps {
		longest = math.Max(longest, m)
	}
	for _, r := range p.others {
		farthest = math.Max(farthest, math.Abs(fine-value(r)))
	}
	return Estimate{fine, p.factor*farthest + epsilon*longest*math.Abs(fine)}
}

// MeanSteps returns E[k], the mean number of the step at which the chain exits,
// from the start (closed form: E[k] = 1 + K E[k]).
func (p *Passage) MeanSteps() Estimate { return p.mean }

// MeanFirstPassageTime returns T = eta E[k] in units of t (closed form: the
// integral equation T = eta + K T).
func (p *Passage) MeanFirstPassageTime() Estimate {
	return Estimate{p.eta * p.mean.Value, p.eta * p.mean.Error}
}

// SecondMoment returns E[t²] with t = eta k, in units of t² (closed form:
// (I - K) E[k²] = 2 E[k] - 1).
func (p *Passage) SecondMoment() Estimate {
	e := p.estimate(func(r *resolved) float64 { return r.secondFrom(p.start) })
	return Estimate{p.eta * p.eta * e.Value, p.eta * p.eta * e.Error}
}

// DecayPerStep returns 1 - lambda_1, the probability per step with which the
// quasi-stationary population is lost; lambda_1 is the principal eigenvalue of
// the killed chain (closed form: K f = lambda_1 f).
func (p *Passage) DecayPerStep() Estimate { return p.gap }

// EscapeRate returns kappa = -log(lambda_1)/eta per unit t, the rate of the
// exponential tail of the survival function (closed form of the killed chain).
// It is +Inf when no run survives a step, to rounding.
func (p *Passage) EscapeRate() float64 { return -math.Log1p(-math.Min(p.gap.Value, 1)) / p.eta }

// LogEscapeRate returns log kappa (closed form, see [Passage.EscapeRate]).
func (p *Passage) LogEscapeRate() float64 { return math.Log(p.EscapeRate()) }

// lowBarrierFrom is the distance of kappa T from 1 at which the exit is no
// longer a rate.
const lowBarrierFrom = 0.1

// Conditions returns the remarks on the result: approximations in the law of
// the step, and a barrier so low that kappa and 1/T differ by a tenth. The mean
// time itself rests on no asymptotic assumption (closed form of the chain).
func (p *Passage) Conditions() []model.Condition {
	out := append([]model.Condition(nil), p.conditions...)
	if product := p.EscapeRate() * p.MeanFirstPassageTime().Value; !(math.Abs(product-1) < lowBarrierFrom) {
		out = append(out, model.Condition{Name: model.LowBarrier,
			Detail: fmt.Sprintf("kappa T = %.4g: the exit is not governed by one rate", product)})
	}
	return out
}

// Source says which chain was solved and how (Mori2022, Eq. 2 or 4).
func (p *Passage) Source() string { return p.source }

// QuasiStationaryMean returns the mean of f over the state of a population that
// has survived long, by the left eigenvector of K normalised to 1 on the state
// interval (closed form of the killed chain). The state is the one the chain was
// posed in, theta or the radius r. The eigenvector is accurate in the mean of
// smooth functions only.
func (p *Passage) QuasiStationaryMean(f func(state float64) float64) float64 {
	sum := 0.0
	for i, weight := range p.left {
		sum += weight * f(p.fine.mesh.nodes[i])
	}
	return sum
}

// QuasiStationaryDensity returns the density of the state of a population that
// has survived long, as means over bins of equal width that fill the state
// interval: the left eigenvector of the matrix of probabilities
// P(next in bin j | present at the middle of bin i), with exact entries (closed
// form: one step of the killed chain leaves the quasi-stationary law as it is).
// Accuracy O(1/bins²) in the mean of smooth functions. The cost grows with the
// square of the number of bins; 100 take 0.3 s for SGD in one dimension.
//
// Domain: at least 4 bins; otherwise an error wrapping [model.ErrDomain].
func (p *Passage) QuasiStationaryDensity(bins int) ([]float64, error) {
	if err := model.CheckDomain("quasi-stationary density").AtLeast(4, "number of bins", bins).Err(); err != nil {
		return nil, err
	}
	lo, hi := p.fine.chain.interval()
	width := (hi - lo) / float64(bins)
	stay := mat.NewDense(bins, bins, nil)
	below := make([]float64, bins)
	for j := range bins {
		f := p.fine.chain.below(p.fine.set, lo+width*float64(j+1))
		for i := range bins {
			upTo := f(lo + width*(float64(i)+0.5))
			stay.Set(i, j, upTo-below[i])
			below[i] = upTo
		}
	}
	density := mat.NewVecDense(bins, ones(bins))
	next := mat.NewVecDense(bins, nil)
	for range 100000 {
		next.MulVec(stay.T(), density)
		next.ScaleVec(1/(mat.Sum(next)*width), next)
		density, next = next, density
		if mat.EqualApprox(density, next, 1e-12) {
			break
		}
	}
	return density.RawVector().Data, nil
}

// Survival returns P(k > steps) from the start, the probability of no exit
// within the given number of steps (closed form: K^steps 1). Once the decay per
// step equals 1 - lambda_1 to rounding, the rest of the way is geometric.
func (p *Passage) Survival(steps model.Steps) float64 {
	if steps <= 0 {
		return 1
	}
	// s holds P(k > j) from every node; the start takes the last step.
	s := ones(len(p.left))
	before := math.Inf(1)
	for j := model.Steps(0); j < steps-1; j++ {
		if j%16 == 0 {
			now := p.fine.expect(s, p.start)
			if math.Abs(now/before/math.Exp(16*math.Log1p(-p.gap.Value))-1) < 1e-13 {
				return now * math.Exp(float64(steps-1-j)*math.Log1p(-p.gap.Value))
			}
			before = now
		}
		s = p.fine.advance(s)
	}
	return p.fine.expect(s, p.start)
}
