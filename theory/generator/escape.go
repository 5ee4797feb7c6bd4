package generator

import (
	"fmt"
	"math"

	"sgdescape/model"
)

// An Escape collects what the generator says about leaving the well of an
// [Axisymmetric] problem (Mori2022, Eqs. 17, 22 are its limit T -> 0).
type Escape struct {
	// Rate is kappa per unit of t: half the principal eigenvalue of the generator
	// absorbed at the saddle's plane. For a landscape symmetric about that plane
	// it equals half the first nonzero eigenvalue of the full generator.
	Rate Estimate
	// MeanTimeToSaddle is the mean first-passage time from the minimum to the
	// saddle's plane, in units of t.
	MeanTimeToSaddle Estimate
	// MeanTimeBeyond is the mean first-passage time from the minimum to the plane
	// of the minimum on the other side, in units of t.
	MeanTimeBeyond Estimate
	// Unknowns is the number of cells of the finest grid.
	Unknowns   int
	Conditions []model.Condition
}

// LogRate returns log kappa (Mori2022, Eq. 17 is its small-T limit).
func (e Escape) LogRate() float64 { return math.Log(e.Rate.Value) }

// Escape returns the rate and the mean first-passage times of the problem. With
// default options the relative error is 1e-4 or less for a channel of the
// catalogue with n <= 8 and 1/16 <= T <= 1/2, in less than 2 s on one core. It
// solves the generator of Mori2022, Eq. 15 in the clock t of Eq. 14.
//
// The error wraps [model.ErrDomain] when the problem or the options are bad,
// or when the stationary density cannot be normalised (Mori2022, Eq. 19).
func (p Axisymmetric) Escape(o Options) (Escape, error) {
	var e Escape
	o, err := o.withDefaults()
	if err != nil {
		return e, err
	}
	if err := p.Validate(); err != nil {
		return e, err
	}
	toSaddle, err := p.box(p.Minimum, p.Saddle, o)
	if err != nil {
		return e, err
	}
	beyond, err := p.box(p.Minimum, p.Beyond, o)
	if err != nil {
		return e, err
	}
	rateAndTime := func(b box, refine int) []float64 {
		g := p.assemble(b, refine, false)
		g.net.factorise()
		lambda, _ := g.net.principal(g.mass)
		e.Unknowns = max(e.Unknowns, g.net.n)
		return []float64{lambda / 2, g.meanTime()}
	}
	timeOnly := func(b box, refine int) []float64 {
		g := p.assemble(b, refine, false)
		g.net.factorise()
		e.Unknowns = max(e.Unknowns, g.net.n)
		return []float64{g.meanTime()}
	}
	near := refineAll(toSaddle, o.Grids, rateAndTime)
	far := refineAll(beyond, o.Grids, timeOnly)
	e.Rate, e.MeanTimeToSaddle, e.MeanTimeBeyond = near[0], near[1], far[0]
	e.Conditions = p.conditions(toSaddle.capped || beyond.capped)
	return e, usableEstimates(e.Rate, e.MeanTimeToSaddle, e.MeanTimeBeyond)
}

// PrincipalEigenvalue returns the smallest eigenvalue of minus the generator
// absorbed at the plane x = exit, per unit of t; Minimum < exit <= Beyond. It is
// the decay rate of the survival probability (Risken1989, chs. 5 and 8).
func (p Axisymmetric) PrincipalEigenvalue(exit float64, o Options) (Estimate, error) {
	b, o, err := p.prepare(exit, o)
	if err != nil {
		return Estimate{}, err
	}
	e := refineAll(b, o.Grids, func(b box, refine int) []float64 {
		g := p.assemble(b, refine, false)
		g.net.factorise()
		lambda, _ := g.net.principal(g.mass)
		return []float64{lambda}
	})[0]
	return e, usableEstimates(e)
}

// MeanFirstPassageTime returns the mean time from the minimum to the plane
// x = exit, in units of t; Minimum < exit <= Beyond (Gardiner2009, ch. 5: the
// backward generator applied to it is -1).
func (p Axisymmetric) MeanFirstPassageTime(exit float64, o Options) (Estimate, error) {
	b, o, err := p.prepare(exit, o)
	if err != nil {
		return Estimate{}, err
	}
	e := refineAll(b, o.Grids, func(b box, refine int) []float64 {
		g := p.assemble(b, refine, false)
		g.net.factorise()
		return []float64{g.meanTime()}
	})[0]
	return e, usableEstimates(e)
}

// prepare validates and places the box between the minimum and the exit plane.
func (p Axisymmetric) prepare(exit float64, o Options) (box, Options, error) {
	o, err := o.withDefaults()
	if err != nil {
		return box{}, o, err
	}
	if err := p.Validate(); err != nil {
		return box{}, o, err
	}
	if err := model.CheckDomain("axisymmetric problem").
		That(exit > p.Minimum && exit <= p.Beyond, "exit plane x", exit, "minimum x* < x <= minimum beyond").Err(); err != nil {
		return box{}, o, err
	}
	b, err := p.box(p.Minimum, exit, o)
	return b, o, err
}

// meanTime solves A f = mass for the mean exit time and returns it at the
// minimum. The network must have been factorised.
func (g *grid) meanTime() float64 {
	f := append([]float64(nil), g.mass...)
	g.net.solve(f)
	return g.onAxis(f, g.iLeft)
}

// refineAll evaluates quantities on nested grids and on an enlarged box.
func refineAll(b box, grids int, quantities func(b box, refine int) []float64) []Estimate {
	levels := make([][]float64, grids)
	for l := range levels {
		levels[l] = quantities(b, 1<<l)
	}
	larger := quantities(b.enlarged(), 1)
	out := make([]Estimate, len(larger))
	for q := range out {
		values := make([]float64, grids)
		for l := range levels {
			values[l] = levels[l][q]
		}
		// What lies beyond the enlarged box is estimated by as much again.
		out[q] = extrapolate(values, 2*math.Abs(larger[q]-values[0]))
	}
	return out
}

// usableEstimates refuses values that are not positive numbers: the potential or
// the speed was not finite somewhere in the box.
func usableEstimates(all ...Estimate) error {
	d := model.CheckDomain("axisymmetric problem")
	for _, e := range all {
		d.That(e.Value > 0 && !math.IsInf(e.Value, 1), "potential U and speed a", fmt.Sprintf("such that a result is %v", e.Value), "finite functions on the whole box, a > 0")
	}
	return d.Err()
}

func (p Axisymmetric) conditions(capped bool) []model.Condition {
	var out []model.Condition
	if barrier := (p.Potential(p.Saddle, 0) - p.Potential(p.Minimum, 0)) / p.Temperature; !(barrier > 3) {
		out = append(out, model.Condition{Name: model.LowBarrier, Detail: fmt.Sprintf("the barrier of U over T is %.3g, not large against 1", barrier)})
	}
	if capped {
		out = append(out, model.Condition{Name: model.NotNormalisable, Detail: "the stationary density decays too slowly for the box; values depend on where it ends"})
	}
	return out
}
