package sde

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
)

// user hides a landscape's type, as a landscape of a user would.
type user struct{ landscape.Valley }

// opaque hides a noise model's type, so that its covariance is factorised at
// every step.
type opaque struct{ noise.Model }

type namedProcess struct {
	name    string
	process *Process
	start   []float64
	// naive is the same law in the general form only, nil when it has no such
	// form (steps in tau need noise that is known to be proportional to L).
	naive *Process
}

func hessianAt(l landscape.Landscape, theta []float64) *mat.SymDense {
	h := mat.NewSymDense(l.Dim(), nil)
	l.Hessian(h, theta)
	return h
}

// catalogue returns processes that together use every loop.
func catalogue() []namedProcess {
	const eta, dt = 0.1, 0.05
	sym := func(n int, x ...float64) *mat.SymDense { return mat.NewSymDense(n, x) }
	landscapes := []struct {
		name string
		l    landscape.Valley
	}{
		{"valley1", must(landscape.NewIsotropicValley(1, 2, 0.5))},
		{"valley3", must(landscape.NewIsotropicValley(3, 2, 0.5))},
		{"quadratic1", must(landscape.NewQuadraticValley(sym(1, 3), []float64{0.7}, 0.4))},
		{"quadratic2", must(landscape.NewQuadraticValley(sym(2, 3, 1, 1, 2), []float64{0.7, -1}, 0.4))},
		{"doublewell", must(landscape.NewDoubleWell(1, 1, 1.5))},
		{"channel1", must(landscape.NewChannel(landscape.ChannelParameters{Dim: 1, Floor: 1, Height: 1, Width: 1.2, KMin: 2, KSaddle: 3}))},
		{"channel3", must(landscape.NewChannel(landscape.ChannelParameters{Dim: 3, Floor: 1, Height: 1, Width: 1.2, KMin: 2, KSaddle: 3}))},
		{"population1", must(dataset.NewPopulation(1, 1))},
		{"population4", must(dataset.NewPopulation(4, 1.5))},
		{"user", user{must(landscape.NewChannel(landscape.ChannelParameters{Dim: 2, Floor: 1, Height: 1, Width: 1.5, KMin: 2, KSaddle: 3}))}},
		{"regression1", must(dataset.Gaussian(3, 50, 1, 1))},
		{"regression2", must(dataset.Gaussian(3, 50, 2, 1))},
	}
	var out []namedProcess
	for _, e := range landscapes {
		h := hessianAt(e.l, e.l.Minimum())
		noises := map[string]noise.Model{
			"loss-proportional": must(noise.NewLossProportional(e.l, h, 1)),
			"loss-isotropic":    must(noise.NewLossIsotropic(e.l, 0.1, eta)),
			"isotropic":         must(noise.NewIsotropic(e.l.Dim(), 0.15, eta)),
			"aligned":           must(noise.NewAligned(h, 1)),
		}
		if p, ok := e.l.(*dataset.Population); ok {
			noises["gaussian-inputs"] = must(noise.NewGaussianInputs(p, 1))
		}
		if r, ok := e.l.(*dataset.Regression); ok {
			noises["exact"] = must(noise.NewExact(r, model.SGD{LearningRate: eta, BatchSize: 2, DatasetSize: r.Len()}))
		}
		for _, name := range []string{"loss-proportional", "loss-isotropic", "isotropic", "aligned", "gaussian-inputs", "exact"} {
			m, ok := noises[name]
			if !ok {
				continue
			}
			for _, form := range []Form{Time, LogTime} {
				c := Config{Landscape: e.l, Noise: m, LearningRate: eta, Dt: dt, Form: form}
				if form == LogTime && name != "loss-proportional" && name != "loss-isotropic" {
					continue
				}
				entry := namedProcess{name: fmt.Sprintf("%s/%s/%v", e.name, name, form), process: must(New(c)), start: e.l.Minimum()}
				if form == Time {
					c.Noise = opaque{m}
					entry.naive = must(New(c))
				}
				out = append(out, entry)
			}
		}
	}
	return out
}

// watches returns exits that are met now and then from the start.
func watches(p *Process, start []float64) []lane.Watch {
	normal := make([]float64, p.n)
	offset := 0.5
	for i := range normal {
		normal[i] = 1 / float64(i+1)
		offset += normal[i] * start[i]
	}
	var out []lane.Watch
	for _, corrected := range []bool{false, true} {
		out = append(out,
			lane.Watch{Monitor: lane.Loss, Level: 1.25 * p.Loss(start), Corrected: corrected},
			lane.Watch{Monitor: lane.Plane, Normal: normal, Level: offset, Corrected: corrected})
	}
	return append(out, lane.Watch{Monitor: lane.Region, Outside: func(theta []float64) bool { return theta[0] > start[0]+0.4 }})
}

// TestLoopsAgree runs every fast loop beside the general path on the same
// streams, with refill. They group their products differently, so they agree to rounding:
// positions to 1e-10 after 400 steps, exits at the same step. (A position
// within rounding of the boundary could be seen on both sides; with 25600
// positions and a relative gap of 1e-12 that has a probability below 1e-6.)
func TestLoopsAgree(t *testing.T) {
	const blocks = 50
	for _, e := range catalogue() {
		for i, w := range watches(e.process, e.start) {
			reference := e.process.general(w)
			if e.naive != nil {
				reference = e.naive.general(w)
			}
			fast := must(e.process.Kernel(w))
			a, b := started(e.process, fast, e.start), started(e.process, reference, e.start)
			hits, next := 0, uint64(lane.Width)
			for block := range blocks {
				fast.Advance(a, lane.Width, lane.BlockSteps)
				reference.Advance(b, lane.Width, lane.BlockSteps)
				for at, x := range a.Theta {
					if y := b.Theta[at]; !(math.Abs(x-y) <= 1e-10*max(1, math.Abs(y))) {
						t.Fatalf("%s, watch %d, block %d: lane %d is at %v and %v", e.name, i, block, at%lane.Width, x, y)
					}
				}
				for j := range lane.Width {
					if a.Hit[j] != b.Hit[j] {
						t.Fatalf("%s, watch %d, block %d: lane %d left at step %d and %d", e.name, i, block, j, a.Hit[j], b.Hit[j])
					}
					if x, y := a.Clock[j], b.Clock[j]; !(math.Abs(x-y) <= 1e-10*max(1, y)) {
						t.Fatalf("%s, watch %d, block %d: lane %d has clock %v and %v", e.name, i, block, j, x, y)
					}
					if a.Hit[j] != 0 {
						hits++
						if x, y := a.HitTheta[j], b.HitTheta[j]; !(math.Abs(x-y) <= 1e-10*max(1, math.Abs(y))) {
							t.Fatalf("%s, watch %d: lane %d left at %v and %v", e.name, i, j, x, y)
						}
						for _, s := range []*lane.State{a, b} {
							s.Start(j, 1, next, e.start)
						}
						fast.Begin(a, j)
						reference.Begin(b, j)
						next++
					}
				}
			}
			if hits == 0 {
				t.Errorf("%s, watch %d: nobody left, so exits were not compared", e.name, i)
			}
		}
	}
}

// TestProp_Scale: L -> a L, eta -> eta/a, dt -> dt/a leaves every point of the
// path of Eq. 13 unchanged, and so does L -> a L, eta -> eta/a, d tau -> d tau
// for Eq. 15, whose clock t then runs a times slower. With a a power of four
// the roots are exact and the bits agree.
func TestProp_Scale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "n")
		h := math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log h"))
		floor := math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log L*"))
		eta := math.Exp(rapid.Float64Range(-4, -1).Draw(t, "log eta"))
		seed := rapid.Uint64().Draw(t, "seed")
		a := math.Ldexp(1, 2*rapid.IntRange(-3, 3).Draw(t, "log4 a"))
		form := Form(rapid.IntRange(0, 1).Draw(t, "form"))
		scaled := func(a float64) *lane.State {
			l := must(landscape.NewIsotropicValley(n, a*h, a*floor))
			m := must(noise.NewLossProportional(l, hessianAt(l, l.Minimum()), 2))
			dt := 0.1 / h
			if form == Time {
				dt /= a
			}
			p := must(New(Config{Landscape: l, Noise: m, LearningRate: eta / a, Dt: dt, Form: form}))
			k := must(p.Kernel(lane.Watch{Monitor: lane.Loss, Level: a * floor * 1.2, Corrected: true}))
			s := lane.NewState(n, k.Extra())
			for j := range lane.Width {
				s.Start(j, seed, uint64(j), l.Minimum())
				k.Begin(s, j)
			}
			for range 5 {
				k.Advance(s, lane.Width, lane.BlockSteps)
			}
			return s
		}
		x, y := scaled(1), scaled(a)
		for i := range x.Theta {
			if x.Theta[i] != y.Theta[i] {
				t.Fatalf("coordinate %d is %v and %v", i, x.Theta[i], y.Theta[i])
			}
		}
		for j := range x.Hit {
			if x.Hit[j] != y.Hit[j] || x.Clock[j] != a*y.Clock[j] {
				t.Fatalf("lane %d: exit at step %d and %d, clock %v and %v", j, x.Hit[j], y.Hit[j], x.Clock[j], y.Clock[j])
			}
		}
	})
}
