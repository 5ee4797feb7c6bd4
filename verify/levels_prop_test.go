package verify

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"testing"

	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/sim/sde"
	"sgdescape/theory/discrete"
	"sgdescape/theory/firstpassage"
	"sgdescape/verify/stattest"
)

// A draws records what a case has drawn, so that its seed is a function of it.
type draws struct {
	t      *rapid.T
	values []float64
}

func (d *draws) between(label string, low, high float64) float64 {
	return d.keep(rapid.Float64Range(low, high).Draw(d.t, label))
}

// scale draws a positive number, uniformly in its logarithm.
func (d *draws) scale(label string, low, high float64) float64 {
	return d.keep(math.Exp(rapid.Float64Range(math.Log(low), math.Log(high)).Draw(d.t, "log "+label)))
}

func (d *draws) integer(label string, low, high int) int {
	return int(d.keep(float64(rapid.IntRange(low, high).Draw(d.t, label))))
}

func (d *draws) keep(x float64) float64 {
	d.values = append(d.values, x)
	return x
}

// seed hashes what was drawn.
func (d *draws) seed() uint64 {
	h := fnv.New64a()
	for _, x := range d.values {
		h.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(x)))
	}
	return stattest.DeriveSeed(flags.For("levels"), h.Sum64())
}

// valley draws a valley with up to so many dimensions whose barrier is high
// enough for the exit to be one, and low enough to be simulated.
func (d *draws) valley(mostDims int) valley {
	v := valley{eta: d.scale("eta", 0.03, 0.3), batch: d.integer("B", 1, 4), n: d.integer("n", 1, mostDims),
		h: d.scale("h", 0.5, 2), floor: d.scale("L*", 0.2, 2)}
	half := float64(v.n) / 2
	slope := math.Max(v.b()+1-half, 0.5)
	v.c = 1 + d.scale("c - 1", math.Expm1((half+0.8)/slope), math.Expm1((half+2.5)/slope))
	return v
}

// regression draws a valley with h = 1 and L* = 1/2.
func (d *draws) regression(mostDims int) valley {
	v := d.valley(mostDims)
	v.eta, v.h, v.floor = v.eta*v.h, 1, 0.5
	return v
}

// encounters are the levels that meet simulation, each at parameters of its own.
var encounters = []struct {
	name string
	draw func(d *draws) (encounter, error)
}{
	{"T1 in t", func(d *draws) (encounter, error) { return d.valley(4).t1() }},
	{"T1 in tau", func(d *draws) (encounter, error) { return d.valley(4).t1InTau() }},
	{"scheme of Eq. 13", func(d *draws) (encounter, error) { return d.valley(3).scheme(sde.Time, d.scale("h dt", 0.02, 0.2)) }},
	{"scheme of Eq. 15", func(d *draws) (encounter, error) { return d.valley(3).scheme(sde.LogTime, d.scale("h dt", 0.02, 0.2)) }},
	{"T2", func(d *draws) (encounter, error) { return d.regression(3).t2() }},
	{"T3, Gaussian noise", func(d *draws) (encounter, error) { return d.regression(3).t3() }},
	{"T4, d = 1", func(d *draws) (encounter, error) { return d.regression(1).t4() }},
	{"T4, d > 1", func(d *draws) (encounter, error) { return d.regression(4).t4() }},
	{"T4 of a data set", func(d *draws) (encounter, error) {
		v := d.regression(1)
		samples := d.integer("N", 8, 60)
		data, err := dataset.Gaussian(uint64(d.integer("data", 0, 1<<30)), samples, 1, 1)
		if err != nil {
			return encounter{}, err
		}
		sampling := []model.Sampling{model.WithReplacement, model.WithoutReplacement}[d.integer("sampling", 0, 1)]
		return t4OfData(data, model.SGD{LearningRate: v.eta, BatchSize: min(v.batch, 3), DatasetSize: samples, Sampling: sampling}, v.c)
	}},
	{"T1 of a double well", func(d *draws) (encounter, error) {
		floor, height, width := d.scale("L0", 0.2, 2), d.scale("dL", 0.2, 2), d.scale("w", 0.5, 2)
		// The barrier is about one to two temperatures.
		temperature := math.Log1p(height/floor) / d.between("log(L_s/L*)/T", 0.8, 2)
		form := []sde.Form{sde.Time, sde.LogTime}[d.integer("clock", 0, 1)]
		return doubleWell(floor, height, width, temperature*width*width/(8*height), form)
	}},
	{"T1 of a channel", func(d *draws) (encounter, error) {
		p := landscape.ChannelParameters{Dim: d.integer("n", 1, 4), Floor: d.scale("L0", 0.5, 2), Height: d.scale("dL", 0.5, 2), Width: d.scale("w", 0.7, 1.4),
			KMin: d.scale("km", 2, 8), KSaddle: d.scale("ks", 2, 8)}
		temperature := math.Log1p(p.Height/p.Floor) / d.between("log(L_s/L*)/T", 0.8, 2)
		for float64(p.Dim) > 1/temperature { // stay well inside n_c
			temperature /= 1.1
		}
		return channel(p, temperature)
	}},
}

// levelsBudget is how many steps of the one-dimensional valley a case may cost.
const levelsBudget = 6e6

// levelsAlpha is spent by every comparison of every case, of so many.
func levelsAlpha(alpha float64, cases int) float64 { return alpha / float64(cases*assertions) }

// levelCases is the number of cases of TestStat_LevelsMeetSimulation.
const levelCases = 100

// A levelCase is a level at parameters drawn at random.
type levelCase struct {
	name string
	encounter
	seed uint64
	err  error
}

var levelCaseGenerator = rapid.Custom(func(t *rapid.T) levelCase {
	d := &draws{t: t}
	level := encounters[d.integer("level", 0, len(encounters)-1)]
	e, err := level.draw(d)
	return levelCase{level.name, e, d.seed(), err}
})

// meet draws a case from a seed, and others while it would cost too much to run,
// and compares the level with the simulation.
func meet(seed uint64, alpha float64) (c levelCase, n int, all []judged, err error) {
	for i := range uint64(100) {
		drawn := stattest.DeriveSeed(seed, i)
		c = levelCaseGenerator.Example(int(drawn >> 2))
		if c.err != nil {
			return c, 0, nil, c.err
		}
		r, err := c.run(stattest.DeriveSeed(drawn, c.seed), levelsBudget)
		if errors.Is(err, errCostly) {
			continue
		}
		if err != nil {
			return c, 0, nil, err
		}
		return c, len(r.times), c.judge(r, alpha), nil
	}
	return c, 0, nil, errCostly
}

// TestStat_LevelsMeetSimulation: at parameters drawn at random, the mean, the
// second moment, the survival function and the quasi-stationary rate of every
// level are those of simulated runs.
func TestStat_LevelsMeetSimulation(t *testing.T) {
	cases := levelCases
	if flags.Calibrate > 0 {
		cases = 1 // a trial
	}
	met, widest := map[string]int{}, map[string]float64{}
	Account.Assert(t, "levels", func(seed uint64, alpha float64) (stattest.Finding, error) {
		var findings []stattest.Finding
		each := levelsAlpha(alpha, cases)
		for i := range uint64(cases) {
			c, n, all, err := meet(stattest.DeriveSeed(seed, i), each)
			if err != nil {
				return stattest.Finding{}, fmt.Errorf("%s: %w", c.name, err)
			}
			for _, j := range all {
				e := Effect{Low: j.Effect.Low, High: j.Effect.High, Alpha: each}
				findings = append(findings, j.Finding(n, each, e.Detectable(Within(j.Margin))))
			}
			for _, j := range disagreements(all) {
				t.Logf("%s, %d runs: %v", c.name, n, j)
			}
			met[c.name]++
			last := all[len(all)-1].Effect
			widest[c.name] = math.Max(widest[c.name], (last.High-last.Low)/2/c.hazard)
		}
		return stattest.Worst(alpha, findings...), nil
	})
	t.Logf("cases by level: %v; the widest half-width of the hazard: %.2v", met, widest)
}

// TestProp_StepMargin: the margin that a diffusion is given for the step of its
// simulation covers what the step does, in the exactly solved scheme with the
// boundary where crossings are corrected to, in t and in tau.
func TestProp_StepMargin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &draws{t: t}
		v := d.valley(3)
		internal := d.integer("clock", 0, 1) == 1
		dt, diffusion := diffusionStep/v.h, must1(firstpassage.NewProportionalValley(v.n, v.h, v.floor, 1/v.b(), v.c))
		if internal {
			dt *= v.floor
			diffusion = diffusion.InClock(func(r float64) float64 { return v.floor + v.h*r*r/2 })
		}
		// L + 0.5826 sd |grad L| = c L* at the corrected boundary.
		excess := func(r float64) float64 {
			loss := v.floor + v.h*r*r/2
			variance := 2 / v.b() * dt
			if !internal {
				variance *= loss
			}
			return loss + discrete.MonitoringShift*math.Sqrt(variance)*v.h*r - v.c*v.floor
		}
		low, high := 0.0, math.Sqrt(2*v.floor*(v.c-1)/v.h)
		for range 60 {
			if middle := (low + high) / 2; excess(middle) > 0 {
				high = middle
			} else {
				low = middle
			}
		}
		chain := must1(discrete.EulerMaruyama{InternalTime: internal, Step: dt, LearningRate: v.eta, BatchSize: v.batch, Curvature: v.h,
			MinimumLoss: v.floor, LossRatio: 1 + v.h*low*low/2/v.floor, Dim: v.n}.Solve(discrete.Settings{}))
		exit := must1(diffusion.Solve())
		bias := dt*chain.MeanSteps().Value/exit.MeanTime() - 1
		if margin := stepMargin(v.h, diffusionStep/v.h, v.barrier()); !(math.Abs(bias) <= margin) {
			t.Fatalf("%+v: the step changes the mean time by %.4g, margin %.4g", v, bias, margin)
		}
	})
}

// TestReject_LevelsMeetSimulation: at fixed parameters the same comparisons
// accept what is right, and at their alpha reject wrong theories and wrong
// readings of the runs, by the number that must show it.
func TestReject_LevelsMeetSimulation(t *testing.T) {
	alpha := levelsAlpha(NewRunner(Options{}).alpha(Claim{Share: levelsShare}), levelCases)
	v := valley{eta: 0.1, batch: 1, n: 2, h: 1, floor: 0.5, c: 1.7}
	more := v
	more.n = 3
	well := func(eta float64) (encounter, error) { return doubleWell(0.5, 0.5, 1, eta, sde.Time) }
	for _, c := range []struct {
		name   string
		right  func() (encounter, error) // simulated
		theory func() (encounter, error) // held against it; nil for the right one
		spoil  func(p *prediction, r *runs)
		by     string
	}{
		{name: "T2 for T1", right: v.t1, theory: v.t2, by: "mean"},
		{name: "T1 for T2", right: v.t2, theory: v.t1, by: "survival at 1 T"},
		{name: "T1 for T4", right: v.t4, theory: v.t1, by: "hazard after the transient"},
		{name: "T3 for T4", right: v.t4, theory: v.t3, by: "second moment"},
		{name: "T2 for T3", right: v.t3, theory: v.t2, by: "mean"},
		{name: "n+1 for n", right: v.t1, theory: more.t1, by: "survival at 1 T"},
		{name: "n+1 for n in the chain", right: v.t3, theory: more.t3, by: "mean"},
		{name: "the scheme's tau for its t", right: func() (encounter, error) { return v.scheme(sde.Time, 0.1) },
			theory: func() (encounter, error) { return v.scheme(sde.LogTime, 0.1) }, by: "mean"},
		{name: "a colder double well", right: func() (encounter, error) { return well(0.2) }, theory: func() (encounter, error) { return well(0.17) }, by: "mean"},
		{name: "a survival function with a wrong rate", right: v.t1, by: "survival at 2 T", spoil: func(p *prediction, _ *runs) {
			survival := p.survival
			p.survival = func(t float64) float64 { return survival(1.4 * t) }
		}},
		{name: "a wrong eigenvalue", right: v.t3, by: "hazard after the transient", spoil: func(p *prediction, _ *runs) { p.hazard *= 1.2 }},
		{name: "an exponential second moment where there is none", right: v.t1, by: "second moment", spoil: func(p *prediction, _ *runs) { p.second *= 1.7 }},
		{name: "only runs that left", right: v.t3, by: "hazard after the transient", spoil: func(_ *prediction, r *runs) {
			kept := runs{horizon: r.horizon}
			for i, x := range r.times {
				if !r.censored[i] {
					kept.times, kept.censored = append(kept.times, x), append(kept.censored, false)
				}
			}
			*r = kept
		}},
		{name: "censored runs counted as exits", right: v.t3, by: "hazard after the transient", spoil: func(_ *prediction, r *runs) {
			r.horizon /= 2
			clear(r.censored)
			for i, x := range r.times {
				r.times[i] = math.Min(x, r.horizon)
			}
		}},
	} {
		e, err := c.right()
		if err != nil {
			t.Fatal(err)
		}
		r, err := e.run(stattest.DeriveSeed(flags.For(c.name), 0), 8*levelsBudget)
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range disagreements(e.judge(r, alpha)) {
			t.Errorf("%s: rejected before it was spoilt: %v", c.name, j)
		}
		p := e.prediction
		if c.theory != nil {
			p = must1(c.theory()).prediction
		}
		if c.spoil != nil {
			c.spoil(&p, &r)
		}
		found := false
		for _, j := range disagreements(p.judge(r, alpha)) {
			found = found || j.what == c.by
		}
		if !found {
			t.Errorf("%s: not rejected by the %s: %v", c.name, c.by, p.judge(r, alpha))
		}
	}
}
