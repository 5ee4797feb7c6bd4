package generator

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

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
// The error wraps [model.ErrDomain] when the problem or the options are bad, when
// the stationary density cannot be normalised (Mori2022, Eq. 19), when its widths
// and tails take a grid too large to be solved, or when a rate leaves float64, as
// at T = 1e300. With default options a low barrier, whose grid is large, is solved
// on two grids: relative error 3e-4 for a channel with n = 2 and T from 10 to 1e200.
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
	rateAndTime := func(b box, refine int) ([]float64, error) {
		g := p.assemble(b, refine, false)
		g.net.factorise()
		lambda, _, err := p.principal(g)
		e.Unknowns = max(e.Unknowns, g.net.n)
		return []float64{lambda / 2, g.meanTime()}, err
	}
	timeOnly := func(b box, refine int) ([]float64, error) {
		g := p.assemble(b, refine, false)
		g.net.factorise()
		e.Unknowns = max(e.Unknowns, g.net.n)
		return []float64{g.meanTime()}, nil
	}
	near, err := refineAll(toSaddle, rateAndTime)
	if err != nil {
		return e, err
	}
	far, err := refineAll(beyond, timeOnly)
	if err != nil {
		return e, err
	}
	e.Rate, e.MeanTimeToSaddle, e.MeanTimeBeyond = near[0], near[1], far[0]
	e.Conditions = p.conditions(toSaddle.capped || beyond.capped)
	return e, p.usable(e.Rate, e.MeanTimeToSaddle, e.MeanTimeBeyond)
}

// PrincipalEigenvalue returns the smallest eigenvalue of minus the generator
// absorbed at the plane x = exit, per unit of t; Minimum < exit <= Beyond. It is
// the decay rate of the survival probability (Risken1989, chs. 5 and 8). It is
// refused where the next one is within 8 %.
func (p Axisymmetric) PrincipalEigenvalue(exit float64, o Options) (Estimate, error) {
	b, _, err := p.prepare(exit, o)
	if err != nil {
		return Estimate{}, err
	}
	e, err := refineAll(b, func(b box, refine int) ([]float64, error) {
		g := p.assemble(b, refine, false)
		g.net.factorise()
		lambda, _, err := p.principal(g)
		return []float64{lambda}, err
	})
	if err != nil {
		return Estimate{}, err
	}
	return e[0], p.usable(e[0])
}

// MeanFirstPassageTime returns the mean time from the minimum to the plane
// x = exit, in units of t; Minimum < exit <= Beyond (Gardiner2009, ch. 5: the
// backward generator applied to it is -1).
func (p Axisymmetric) MeanFirstPassageTime(exit float64, o Options) (Estimate, error) {
	b, _, err := p.prepare(exit, o)
	if err != nil {
		return Estimate{}, err
	}
	e, err := refineAll(b, func(b box, refine int) ([]float64, error) {
		g := p.assemble(b, refine, false)
		g.net.factorise()
		return []float64{g.meanTime()}, nil
	})
	if err != nil {
		return Estimate{}, err
	}
	return e[0], p.usable(e[0])
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

// principal returns the smallest eigenvalue of a factorised grid and its
// eigenvector, or an error when it does not stand apart from the next one: then
// there is no rate, as the population forgets where it began no faster than it
// leaves.
func (p Axisymmetric) principal(g *grid) (lambda float64, f []float64, err error) {
	lambda, f, apart := g.net.principal(g.mass)
	return lambda, f, model.CheckDomain("axisymmetric problem").
		That(apart, "temperature T", p.Temperature, "one at which a rate stands apart: the two smallest eigenvalues of the generator are within 8 %, "+
			"as where it takes longer to settle across the axis than to leave").Err()
}

// refineAll evaluates quantities on nested grids and on an enlarged box. What is
// no number on the coarsest grid, or an error, is returned without going on.
func refineAll(b box, quantities func(b box, refine int) ([]float64, error)) ([]Estimate, error) {
	levels := make([][]float64, b.grids)
	for l := range levels {
		var err error
		if levels[l], err = quantities(b, 1<<l); err != nil {
			return nil, err
		}
		if l == 0 && math.IsNaN(floats.Sum(levels[0])) {
			out := make([]Estimate, len(levels[0]))
			for q, x := range levels[0] {
				out[q] = Estimate{Value: x, Error: math.NaN(), Order: math.NaN(), Grids: levels[0][q : q+1]}
			}
			return out, nil
		}
	}
	larger, err := quantities(b.enlarged(), 1)
	if err != nil {
		return nil, err
	}
	out := make([]Estimate, len(larger))
	for q := range out {
		values := make([]float64, b.grids)
		for l := range levels {
			values[l] = levels[l][q]
		}
		// What lies beyond the enlarged box is estimated by as much again.
		out[q] = extrapolate(values, 2*math.Abs(larger[q]-values[0]))
	}
	return out, nil
}

// usable refuses values that are not positive numbers: the potential or the speed
// was not finite somewhere in the box, or T a over the square of a cell was not.
func (p Axisymmetric) usable(all ...Estimate) error {
	d := model.CheckDomain("axisymmetric problem")
	for _, e := range all {
		if !(e.Value > 0) || math.IsInf(e.Value, 1) {
			return d.That(false, fmt.Sprintf("temperature T is %v and a result", p.Temperature), e.Value,
				"a number > 0: a finite potential U and speed a > 0 on the whole box, and rates that float64 holds").Err()
		}
	}
	return nil
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
