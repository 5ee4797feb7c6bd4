package kernels

import (
	"math"
	"strconv"
	"sync"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
	"sgdescape/theory/discrete"
)

// must returns v and panics if err is not nil.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A law is a diffusion as the simulator is told of it, with its noise multiplied
// by a factor.
type law func(factor float64) sde.Config

// eta keeps the tails of the diffusions light, so that no run comes far, and steps
// are long, so that a run takes some tens of them.
const eta = 0.15

// stepOf returns the step: shorter ones in tau, and where L grows as a fourth
// power.
func stepOf(l landscape.Landscape, form sde.Form) float64 {
	switch l.(type) {
	case *landscape.Channel:
		return 0.4
	case *landscape.DoubleWell, *landscape.Polynomial:
		return 0.25
	}
	if form == sde.LogTime {
		return 0.25
	}
	return 0.5
}

// user and opaque hide what a loop of the catalogue would recognise; blockwise
// evaluates lanes at once in addition.
type (
	user      struct{ landscape.Valley }
	opaque    struct{ noise.Model }
	blockwise struct{ landscape.Valley }
)

// Eval is that of the isotropic valley in one dimension.
func (blockwise) Eval(theta, loss, grad []float64) {
	for j := range loss {
		loss[j], grad[j] = 0.5+theta[j]*theta[j]/2, theta[j]
	}
}

func proportional(l landscape.Valley, form sde.Form) law {
	h := mat.NewSymDense(l.Dim(), nil)
	l.Hessian(h, l.Minimum())
	m := must(noise.NewLossProportional(l, h, 1))
	return func(f float64) sde.Config {
		return sde.Config{Landscape: l, Noise: m, LearningRate: eta * f * f, Dt: stepOf(l, form), Form: form}
	}
}

// hidden is the same with a noise that the simulator does not recognise.
func hidden(l landscape.Valley) law {
	inner := proportional(l, sde.Time)
	return func(f float64) sde.Config {
		c := inner(f)
		c.Noise = opaque{c.Noise}
		return c
	}
}

func isotropic(l landscape.Valley, diffusion float64) law {
	return func(f float64) sde.Config {
		return sde.Config{Landscape: l, Noise: must(noise.NewIsotropic(l.Dim(), diffusion*f*f, eta)), LearningRate: eta, Dt: stepOf(l, sde.Time)}
	}
}

func lossIsotropic(l landscape.Valley, temperature float64, form sde.Form) law {
	return func(f float64) sde.Config {
		return sde.Config{Landscape: l, Noise: must(noise.NewLossIsotropic(l, temperature*f*f, eta)), LearningRate: eta, Dt: stepOf(l, form), Form: form}
	}
}

// gaussian is Eq. 4 for Gaussian inputs in steps of eta.
func gaussian(n int, eta float64) law {
	p := must(dataset.NewPopulation(n, 1))
	m := must(noise.NewGaussianInputs(p, 1))
	return func(f float64) sde.Config {
		return sde.Config{Landscape: p, Noise: m, LearningRate: eta * f * f, Dt: eta}
	}
}

func with(scheme sde.Scheme, inner law) law {
	return func(f float64) sde.Config {
		c := inner(f)
		c.Scheme = scheme
		return c
	}
}

// A diffusion is one line of the table before its answer is known.
type diffusion struct {
	name, kernel string
	law          law
	exit         exit
	start        []float64
	timed        bool          // compare times, in tau, too
	both         bool          // with the corrected boundary, too
	answer       func() answer // nil for the solution of this package, for the grid
}

// diffusions returns a comparison for each diffusion and what it asks for.
func diffusions(factor float64) (table []comparison) {
	for _, d := range diffusionTable() {
		for _, corrected := range []bool{false, true} {
			if corrected && !d.both {
				continue
			}
			e, name, crossing := d.exit, d.name, escape.Grid
			if corrected {
				e.watch.Corrected, name, crossing = true, name+", corrected", escape.Corrected
			}
			c := comparison{name: name, kernel: d.kernel, watch: e.watch, value: steps, answer: d.answer, ensemble: escape.Ensemble{
				Process: must(sde.New(d.law(factor))), Start: d.start, Exit: e.rule, Crossing: crossing, Horizon: 1e9,
			}}
			solved := sync.OnceValue(func() []answer { return d.solve(e) })
			if d.answer == nil {
				c.answer = func() answer { return solved()[0] }
			}
			table = append(table, c)
			if d.timed {
				c.name, c.value, c.answer = name+", time", times, func() answer { return solved()[1] }
				table = append(table, c)
			}
		}
	}
	return table
}

func diffusionTable() (table []diffusion) {
	add := func(d diffusion) {
		if d.start == nil {
			d.start = make([]float64, d.law(1).Landscape.Dim())
		}
		table = append(table, d)
	}
	valley := func(n int) landscape.Valley { return must(landscape.NewIsotropicValley(n, 1, 0.5)) }
	forms := []sde.Form{sde.Time, sde.LogTime}
	x, xy := []float64{1}, []float64{1, 0.5}
	interval := outside(func(theta []float64) bool { return !(theta[0] <= 0.6 && theta[0] >= -0.8) })
	oval := outside(func(theta []float64) bool { return !(theta[0]*theta[0]+2*theta[1]*theta[1] <= 0.8) })

	// The loops of the catalogue.
	add(diffusion{name: "valley in t", kernel: "*sde.valley1", law: proportional(valley(1), sde.Time), exit: above(0.8), both: true})
	add(diffusion{name: "valley in t, constant noise", kernel: "*sde.valley1", law: isotropic(valley(1), 0.1), exit: above(0.8), both: true})
	add(diffusion{name: "valley in t, Gaussian inputs", kernel: "*sde.valley1", law: gaussian(1, 0.3), exit: above(0.8), both: true})
	add(diffusion{name: "valley in tau", kernel: "*sde.logValley1", law: proportional(valley(1), sde.LogTime), exit: above(0.8), both: true, timed: true})
	for _, n := range []int{2, 5, 10} {
		for _, form := range forms {
			d := diffusion{name: "valley, n=" + strconv.Itoa(n) + " in " + form.String(), kernel: "*sde.radialProcess",
				law: proportional(valley(n), form), exit: above(0.55 + 0.25*float64(n)), both: n == 2, timed: n == 2 && form == sde.LogTime}
			if n > 2 {
				d.answer = d.radial
			}
			add(d)
		}
		d := diffusion{name: "valley, n=" + strconv.Itoa(n) + " in t, Gaussian inputs", kernel: "*sde.radialProcess",
			law: gaussian(n, 0.2), exit: above(0.8 + 0.12*float64(n)), both: n == 2}
		if n > 2 {
			d.answer = d.radial
		}
		add(d)
	}
	add(diffusion{name: "valley, n=2 in t, constant noise", kernel: "*sde.radialProcess", law: isotropic(valley(2), 0.1), exit: above(0.9), both: true})
	well := must(landscape.NewDoubleWell(0.5, 0.5, 1.5))
	for _, form := range forms {
		add(diffusion{name: "double well in " + form.String(), kernel: "*sde.well1", law: proportional(well, form), start: well.Minimum(),
			exit: beyond(x, 0), both: true, timed: form == sde.LogTime})
	}
	add(diffusion{name: "double well in t, constant noise", kernel: "*sde.well1", law: isotropic(well, 0.2), start: well.Minimum(), exit: beyond(x, 0), both: true})

	// The loop for blocks, with every landscape that it knows.
	polynomial := must(landscape.NewPolynomial([]float64{0.6, 0.1, 0.45, -0.1, 0.05}))
	quadratic := must(landscape.NewQuadraticValley(mat.NewSymDense(2, []float64{1, 0.3, 0.3, 0.8}), nil, 0.5))
	channel := must(landscape.NewChannel(landscape.ChannelParameters{Dim: 2, Floor: 0.5, Height: 0.25, Width: 1.5, KMin: 0.6, KSaddle: 1.2}))
	for _, form := range forms {
		in, timed := " in "+form.String(), form == sde.LogTime
		block := func(name string, l landscape.Valley, e exit, both bool) {
			add(diffusion{name: "blocks, " + name + in, kernel: "*sde.blocks", law: proportional(l, form), start: l.Minimum(), exit: e, both: both, timed: timed})
		}
		block("valley, plane", valley(1), beyond(x, 0.6), true)
		block("valley, region", valley(1), interval, false)
		block("valley, n=2, plane", valley(2), beyond(xy, 0.7), true)
		block("double well, loss", well, above(1.4), true)
		block("double well, region", well, outside(func(theta []float64) bool { return !(theta[0] <= 0.5 && theta[0] >= -3) }), false)
		block("polynomial, loss", polynomial, above(1), true)
		block("polynomial, plane", polynomial, beyond(x, 0.7), true)
		block("polynomial, region", polynomial, interval, false)
		block("quadratic, loss", quadratic, above(0.9), true)
		block("quadratic, plane", quadratic, beyond(xy, 0.7), true)
		block("quadratic, region", quadratic, oval, false)
		block("landscape of one's own", user{valley(1)}, above(0.8), true)
		block("block of one's own", blockwise{valley(1)}, above(0.8), true)
		add(diffusion{name: "blocks, channel, plane" + in, kernel: "*sde.blocks", law: lossIsotropic(channel, 0.2, form), start: channel.Minimum(),
			exit: beyond([]float64{1, 0}, 0), both: true, timed: timed})
	}

	// The general loop: noise that is not recognised, and other schemes.
	add(diffusion{name: "general, valley, loss", kernel: "*sde.general", law: hidden(valley(1)), exit: above(0.8), both: true})
	add(diffusion{name: "general, valley, plane", kernel: "*sde.general", law: hidden(valley(1)), exit: beyond(x, 0.6), both: true})
	add(diffusion{name: "general, valley, region", kernel: "*sde.general", law: hidden(valley(1)), exit: interval})
	add(diffusion{name: "general, quadratic, loss", kernel: "*sde.general", law: hidden(quadratic), exit: above(0.9), both: true})
	add(diffusion{name: "general, quadratic, plane", kernel: "*sde.general", law: hidden(quadratic), exit: beyond(xy, 0.7), both: true})
	add(diffusion{name: "general, quadratic, region", kernel: "*sde.general", law: hidden(quadratic), exit: oval})
	for _, scheme := range []sde.Scheme{sde.Milstein, sde.WeakRungeKutta} {
		name := scheme.String()
		add(diffusion{name: name + " in t", kernel: "*sde.general", law: with(scheme, proportional(valley(1), sde.Time)), exit: above(0.8), both: true})
		add(diffusion{name: name + " in t, hidden noise", kernel: "*sde.general", law: with(scheme, hidden(valley(1))), exit: above(0.8)})
		add(diffusion{name: name + " in t, constant noise", kernel: "*sde.general", law: with(scheme, isotropic(valley(1), 0.1)), exit: above(0.8)})
		add(diffusion{name: name + " in tau", kernel: "*sde.general", law: with(scheme, proportional(valley(1), sde.LogTime)), exit: above(0.8), timed: true})
	}

	// No chain is solved for these: a loop with other random numbers stands in.
	channel3 := must(landscape.NewChannel(landscape.ChannelParameters{Dim: 3, Floor: 0.5, Height: 0.25, Width: 1.5, KMin: 0.6, KSaddle: 1.2}))
	cubic := must(landscape.NewQuadraticValley(mat.NewSymDense(3, []float64{1, 0.4, 0.2, 0.4, 0.7, -0.1, 0.2, -0.1, 1.5}), nil, 0.5))
	sampled := func(name, kernel string, l law, start []float64, e exit) {
		if start == nil {
			start = make([]float64, l(1).Landscape.Dim())
		}
		d := diffusion{name: name + ", sampled", kernel: kernel, law: l, start: start, exit: e}
		d.answer = d.sample
		add(d)
	}
	sampled("blocks, channel, n=3 in t", "*sde.blocks", lossIsotropic(channel3, 0.2, sde.Time), channel3.Minimum(), beyond([]float64{1, 0, 0}, 0))
	sampled("blocks, quadratic, n=3 in t", "*sde.blocks", proportional(cubic, sde.Time), nil, above(1.2))
	sampled("general, quadratic, n=3", "*sde.general", hidden(cubic), nil, above(1.2))
	sampled("weak-runge-kutta, n=2 in t", "*sde.general", with(sde.WeakRungeKutta, proportional(quadratic, sde.Time)), nil, above(0.7))
	sampled("weak-runge-kutta, n=2 in tau", "*sde.general", with(sde.WeakRungeKutta, proportional(quadratic, sde.LogTime)), nil, above(0.75))
	return table
}

// A point is what the law says at one.
type point struct {
	loss       float64
	grad       []float64
	drift      []float64     // per unit of the clock
	covariance *mat.SymDense // of a step of Euler-Maruyama
	noise      *mat.SymDense // per unit of the clock
}

// at evaluates a law: in t the drift -grad L and the noise eta Sigma, in tau both
// divided by L.
func at(c sde.Config, theta []float64) point {
	n := len(theta)
	p := point{c.Landscape.Loss(theta), make([]float64, n), make([]float64, n), mat.NewSymDense(n, nil), mat.NewSymDense(n, nil)}
	c.Landscape.Grad(p.grad, theta)
	c.Noise.Covariance(p.noise, theta)
	clock := 1.0
	if c.Form == sde.LogTime {
		clock = 1 / p.loss
	}
	for i, g := range p.grad {
		p.drift[i] = -g * clock
	}
	p.noise.ScaleSym(c.LearningRate*clock, p.noise)
	p.covariance.ScaleSym(c.Dt, p.noise)
	return p
}

// far returns how far from the start the solution goes, or from 0 on a line, where
// the region does not end; see TestAnswers.
func (d diffusion) far() float64 {
	if len(d.start) == 1 {
		return 4.5
	}
	if _, ok := d.law(1).Landscape.(*landscape.Channel); ok {
		return 3.5
	}
	return 2.75
}

// solve returns the mean number of steps and the mean time, where a step in tau
// takes the mean of dtau/L before and after it.
func (d diffusion) solve(e exit) []answer { return d.solveUpTo(e, d.far()) }

func (d diffusion) solveUpTo(e exit, far float64) []answer {
	c := d.law(1)
	inside := func(theta ...float64) bool {
		p := at(c, theta)
		return !e.left(theta, p.loss, p.grad, p.covariance.At)
	}
	length := func(theta ...float64) float64 { return c.Dt / c.Landscape.Loss(theta) }
	if len(d.start) == 1 {
		x := d.start[0]
		return line{
			low: -bisect(func(y float64) bool { return inside(-y) }, -x, far), high: bisect(func(y float64) bool { return inside(y) }, x, far),
			next: func(x, xi float64) float64 { return advance(c, x, xi) },
			costs: []func(x, next float64) float64{
				func(x, next float64) float64 { return 1 },
				func(x, next float64) float64 { return (length(x) + length(next)) / 2 },
			},
		}.means(x)
	}
	chain := planar{
		step: func(theta vector) moments {
			p := at(c, theta[:])
			return moments{vector{theta[0] + p.drift[0]*c.Dt, theta[1] + p.drift[1]*c.Dt}, p.covariance.At(0, 0), p.covariance.At(0, 1), p.covariance.At(1, 1)}
		},
		costs: []func(at vector) float64{func(vector) float64 { return 1 }},
	}
	if d.timed {
		chain.costs = append(chain.costs, func(v vector) float64 {
			return (length(v[:]...) + chain.step(v).expect(func(y vector) float64 { return length(y[:]...) })) / 2
		})
	}
	in := func(v vector) bool { return inside(v[:]...) }
	if e.watch.Normal != nil {
		chain.region = strip(in, d.start[0]-far, far, far)
	} else {
		chain.region = star(in, far)
	}
	return chain.means(vector(d.start))
}

// advance makes a step of a scheme in one dimension (Kloeden & Platen 1992), with
// drift a and noise b,
//
//	Euler-Maruyama      x + a dt + b dW
//	Milstein            ... + b b'/2 (dW² - dt), b b' from L' or, for noise that is
//	                    not known, from (b(x + a dt + b sqrt dt) - b)/sqrt dt (11.1.3)
//	weak Runge-Kutta    (15.1.1), or Heun's if b is constant
func advance(c sde.Config, x, xi float64) float64 {
	drift := func(x float64) float64 { return at(c, []float64{x}).drift[0] }
	b := func(x float64) float64 { return math.Sqrt(at(c, []float64{x}).noise.At(0, 0)) }
	sqrtDt := math.Sqrt(c.Dt)
	a, bx, dw := drift(x), b(x), xi*sqrtDt
	euler := x + a*c.Dt + bx*dw
	_, known := c.Noise.(opaque)
	known = !known
	_, constant := c.Noise.(*noise.Isotropic)
	constant = constant || c.Form == sde.LogTime
	switch c.Scheme {
	case sde.Milstein:
		half := 0.0
		switch {
		case constant:
		case known: // b² = s L, hence b b' = s L'/2
			p := at(c, []float64{x})
			half = p.noise.At(0, 0) / p.loss * p.grad[0] / 4
		default:
			half = (b(x+a*c.Dt+bx*sqrtDt) - bx) / (2 * sqrtDt)
		}
		return euler + half*(dw*dw-c.Dt)
	case sde.WeakRungeKutta:
		x += (drift(euler) + a) * c.Dt / 2
		if constant {
			return x + bx*dw
		}
		base := euler - bx*dw
		up, down := b(base+bx*sqrtDt), b(base-bx*sqrtDt)
		return x + (up+down+2*bx)*dw/4 + (up-down)*(dw*dw-c.Dt)/(4*sqrtDt)
	}
	return euler
}

// radial is the answer of package discrete in a valley of n dimensions.
func (d diffusion) radial() answer {
	c, l := d.law(1), d.law(1).Landscape.(landscape.Valley)
	ratio := d.exit.watch.Level / l.Loss(l.Minimum())
	var p *discrete.Passage
	if _, ok := c.Noise.(*noise.GaussianInputs); ok {
		p = must(discrete.GaussianRegression{LearningRate: c.LearningRate, BatchSize: 1, Dim: l.Dim(), LossRatio: ratio}.SolveGaussianNoise(discrete.Settings{}))
	} else {
		p = must(discrete.EulerMaruyama{InternalTime: c.Form == sde.LogTime, Step: c.Dt, LearningRate: c.LearningRate, BatchSize: 1,
			Curvature: 1, MinimumLoss: 0.5, LossRatio: ratio, Dim: l.Dim()}.Solve(discrete.Settings{}))
	}
	return answer{mean: p.MeanSteps().Value, error: p.MeanSteps().Error}
}
