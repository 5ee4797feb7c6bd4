package escape_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
	"sgdescape/verify/stattest"
)

// An exactPassage is a diffusion whose mean first-passage time is known.
type exactPassage struct {
	name    string
	process func(dt float64) *sde.Process
	start   []float64
	exit    escape.Rule
	exact   float64 // exact mean first-passage time
	dt      float64
	runs    int
}

func exactPassages() []exactPassage {
	well := must(landscape.NewDoubleWell(1, 1, 1))
	wellProcess := func(dt float64) *sde.Process {
		return must(sde.New(sde.Config{
			Landscape: well, Noise: must(noise.NewLossProportional(well, hessian(well, well.Minimum()), 1)), LearningRate: 0.05, Dt: dt,
		}))
	}
	gauss := func(n int, dt float64) *sde.Process {
		p := must(dataset.NewPopulation(n, 1))
		return must(sde.New(sde.Config{Landscape: p, Noise: must(noise.NewGaussianInputs(p, 1)), LearningRate: 0.1, Dt: dt}))
	}
	return []exactPassage{
		{"Eq. 13, n=1, c=1.5", func(dt float64) *sde.Process { return valley(sde.Time, 1, dt) }, make([]float64, 1), escape.LossAbove(0.75), 35.63495465950184, 0.004, 10000},
		{"Eq. 13, n=2, c=2", func(dt float64) *sde.Process { return valley(sde.Time, 2, dt) }, make([]float64, 2), escape.LossAbove(1), 117.18948412698413, 0.0025, 6000},
		{"Eq. 13, n=5, c=2.6", func(dt float64) *sde.Process { return valley(sde.Time, 5, dt) }, make([]float64, 5), escape.LossAbove(1.3), 44.64680567538411, 0.0025, 6000},
		{"Eq. 15, n=1, c=1.5", func(dt float64) *sde.Process { return valley(sde.LogTime, 1, dt) }, make([]float64, 1), escape.LossAbove(0.75), 35.63495465950184, 0.004, 10000},
		{"Eq. 4, n=1, c=2", func(dt float64) *sde.Process { return gauss(1, dt) }, make([]float64, 1), escape.LossAbove(1), 192.36057936776493, 0.004, 6000},
		{"Eq. 4, n=5, c=2.6", func(dt float64) *sde.Process { return gauss(5, dt) }, make([]float64, 5), escape.LossAbove(1.3), 19.043826410732255, 0.0025, 6000},
		{"double well, to the saddle", wellProcess, []float64{-1}, escape.BeyondPlane([]float64{1}, 0), 4.2084655489585945, 0.0005, 10000},
		{"double well, to the other minimum", wellProcess, []float64{-1}, escape.BeyondPlane([]float64{1}, 1), 9.287887873242456, 0.001, 10000},
	}
}

// stepBias is how far, at the most, the corrected crossings leave a mean time of
// exactPassages from that of the diffusion: of order dt, below 0.7 % at
// dt = 0.004 and c = 1.5 by TestOrder_Crossing. 1e5 runs of each passage were
// 0 to 0.6 % too short, with a standard error of 0.3 %. (Steps of 0.01 are not short
// enough: 2 % at c = 2 and 2.6.)
const stepBias = 0.01

// TestStat_ExactPassage compares corrected exit times with the exact mean
// first-passage times of the diffusions, which they may miss by the bias of the
// step. The mean of n exit times has a relative standard deviation near
// 1/sqrt(n).
func TestStat_ExactPassage(t *testing.T) {
	for _, test := range exactPassages() {
		t.Run(test.name, func(t *testing.T) {
			e := escape.Ensemble{Process: test.process(test.dt), Start: test.start, Exit: test.exit, Horizon: 1e9, Replicas: test.runs}
			ledger.Assert(t, "exact passage/"+test.name, meanOf(e, test.exact, stepBias*test.exact, timeOf))
		})
	}
}

// ensemble is a small problem with exits and censored runs.
func ensemble() escape.Ensemble {
	return escape.Ensemble{
		Process: valley(sde.Time, 2, 0.1), Start: []float64{0, 0}, Exit: escape.LossAbove(0.8), Horizon: 30, Replicas: 400, Seed: 5,
	}
}

// TestSameResult: the result is the same for any number of workers, and two
// batches give what one ensemble gives.
func TestSameResult(t *testing.T) {
	e := ensemble()
	e.Workers = 1
	want := must(e.Run(context.Background()))
	if want.Exits == 0 || want.Censored == 0 || want.Exits+want.Censored != e.Replicas {
		t.Fatalf("%d exits and %d censored of %d, want both", want.Exits, want.Censored, e.Replicas)
	}
	for _, workers := range []int{0, 2, 3, 8} {
		e.Workers = workers
		if diff := cmp.Diff(want, must(e.Run(context.Background()))); diff != "" {
			t.Errorf("%d workers differ (-want +got):\n%s", workers, diff)
		}
	}
	e.Replicas = 150
	first := must(e.Run(context.Background()))
	e.FirstReplica, e.Replicas = 150, 250
	second := must(e.Run(context.Background()))
	if diff := cmp.Diff(want.Outcomes, append(first.Outcomes, second.Outcomes...)); diff != "" {
		t.Errorf("two batches differ from one ensemble (-want +got):\n%s", diff)
	}
}

// TestEnds: a run that escaped ended outside; a censored one was inside at the
// last step that is a multiple of a block.
func TestEnds(t *testing.T) {
	e := ensemble()
	e.KeepEnds, e.Crossing, e.Horizon = true, escape.Grid, 32
	r := must(e.Run(context.Background()))
	if len(r.Ends) != 2*len(r.Outcomes) {
		t.Fatalf("%d numbers for %d ends in two dimensions", len(r.Ends), len(r.Outcomes))
	}
	for i, o := range r.Outcomes {
		if loss := e.Process.Loss(r.Ends[2*i : 2*i+2]); (loss > 0.8) == o.Censored {
			t.Errorf("replica %d ended at L = %v, censored %v", o.Replica, loss, o.Censored)
		}
	}
	e.KeepEnds = false
	if r := must(e.Run(context.Background())); r.Ends != nil {
		t.Error("ends were kept without being asked for")
	}
}

// TestCensoring: a run is censored exactly if its exit comes after the horizon,
// in both clocks; the time of a censored run is the horizon.
func TestCensoring(t *testing.T) {
	for _, form := range []sde.Form{sde.Time, sde.LogTime} {
		e := ensemble()
		e.Process = valley(form, 1, 0.1)
		e.Start = []float64{0}
		e.Horizon = 1e9
		free := must(e.Run(context.Background()))
		if free.Censored != 0 {
			t.Fatalf("form %v: %d runs censored at a huge horizon", form, free.Censored)
		}
		e.Horizon = 33.3
		cut := must(e.Run(context.Background()))
		if cut.Censored == 0 || cut.Exits == 0 {
			t.Fatalf("form %v: %d exits, %d censored, want both", form, cut.Exits, cut.Censored)
		}
		for i, o := range cut.Outcomes {
			f := free.Outcomes[i]
			if late := float64(f.Time) > 33.3+1e-9; late != o.Censored {
				t.Errorf("form %v: exit at %v, but Censored is %v", form, f.Time, o.Censored)
			}
			if o.Censored && math.Abs(float64(o.Time)-33.3) > 1e-9 {
				t.Errorf("form %v: censored at %v, want the horizon", form, o.Time)
			}
			if !o.Censored && o != f {
				t.Errorf("form %v: exit %+v without the horizon is %+v", form, o, f)
			}
		}
	}
}

// TestStat_Censoring: events over exposure give the rate, while dropping the
// censored runs, or counting them as zero, shifts it by far more than is
// allowed. The transient adds about 1 % to the mean time of the chain.
func TestStat_Censoring(t *testing.T) {
	const rate = 1 / (3587.8487 * 0.1)
	outcome := func(tally func(r *escape.Result) stattest.Exits) stattest.Assertion {
		return func(seed uint64, alpha float64) (stattest.Finding, error) {
			e := ensemble()
			e.Process, e.Start = valley(sde.Time, 1, 0.1), []float64{0}
			e.Crossing, e.Exit = escape.Grid, escape.LossAbove(0.9)
			e.Replicas, e.Horizon, e.Seed = 4000, 300, seed
			r, err := e.Run(context.Background())
			if err != nil {
				return stattest.Finding{}, err
			}
			x := tally(r)
			test := stattest.RateEquivalenceTest{Margin: 0.02, Alpha: alpha}
			return test.Assert(x, stattest.Exactly(rate)).Finding(x.Events, alpha, test.Detectable(float64(x.Events))), nil
		}
	}
	finished := func(r *escape.Result) (sum float64) {
		for _, o := range r.Outcomes {
			if !o.Censored {
				sum += float64(o.Time)
			}
		}
		return sum
	}
	const name = "exposure over exits"
	ledger.Assert(t, name, outcome(func(r *escape.Result) stattest.Exits {
		return stattest.Exits{Events: r.Exits, Exposure: float64(r.Exposure)}
	}))
	ledger.Reject(t, name, "censored runs dropped", outcome(func(r *escape.Result) stattest.Exits {
		return stattest.Exits{Events: r.Exits, Exposure: finished(r)}
	}))
	ledger.Reject(t, name, "censored runs counted as zero", outcome(func(r *escape.Result) stattest.Exits {
		return stattest.Exits{Events: len(r.Outcomes), Exposure: finished(r)}
	}))
}

// paced is a process with steps of a length of its own.
type paced struct {
	escape.Process
	step float64
}

func (p paced) StepLength() float64 { return p.step }

func TestCancel(t *testing.T) {
	e := ensemble()
	e.Exit, e.Horizon, e.Replicas = escape.LossAbove(1.3), 1e12, 5000
	ctx, cancel := context.WithCancel(context.Background())
	e.Progress = func(done, total int) {
		if total != e.Replicas {
			t.Errorf("total %d, want %d", total, e.Replicas)
		}
		if done >= 100 {
			cancel()
		}
	}
	r, err := e.Run(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	if len(r.Outcomes) >= e.Replicas || r.Exits < 100 || r.Censored == 0 {
		t.Errorf("%d outcomes, %d exits, %d censored", len(r.Outcomes), r.Exits, r.Censored)
	}
	for i := 1; i < len(r.Outcomes); i++ {
		if r.Outcomes[i].Replica <= r.Outcomes[i-1].Replica {
			t.Fatal("outcomes are not ordered by replica")
		}
	}
}

func TestErrors(t *testing.T) {
	for name, change := range map[string]func(*escape.Ensemble){
		"no process":           func(e *escape.Ensemble) { e.Process = nil },
		"no rule":              func(e *escape.Ensemble) { e.Exit = escape.Rule{} },
		"NaN threshold":        func(e *escape.Ensemble) { e.Exit = escape.LossAbove(math.NaN()) },
		"plane of other size":  func(e *escape.Ensemble) { e.Exit = escape.BeyondPlane([]float64{1}, 1) },
		"plane without normal": func(e *escape.Ensemble) { e.Exit = escape.BeyondPlane([]float64{0, 0}, 1) },
		"nil region":           func(e *escape.Ensemble) { e.Exit, e.Crossing = escape.Outside(nil), escape.Grid },
		"corrected region":     func(e *escape.Ensemble) { e.Exit = escape.Outside(func([]float64) bool { return false }) },
		"horizon 0":            func(e *escape.Ensemble) { e.Horizon = 0 },
		"horizon NaN":          func(e *escape.Ensemble) { e.Horizon = model.Time(math.NaN()) },
		"no replicas":          func(e *escape.Ensemble) { e.Replicas = 0 },
		"start outside":        func(e *escape.Ensemble) { e.Start = []float64{3, 3} },
		"start of other size":  func(e *escape.Ensemble) { e.Start = []float64{0} },
		"NaN start":            func(e *escape.Ensemble) { e.Start = []float64{0, math.NaN()} },
		"NaN steps":            func(e *escape.Ensemble) { e.Process = paced{e.Process, math.NaN()} },
		"steps backwards":      func(e *escape.Ensemble) { e.Process = paced{e.Process, -1} },
		"endless steps":        func(e *escape.Ensemble) { e.Process = paced{e.Process, math.Inf(1)} },
		"negative workers":     func(e *escape.Ensemble) { e.Workers = -1 },
		"no such crossing":     func(e *escape.Ensemble) { e.Crossing = 7 },
		"replicas overflow":    func(e *escape.Ensemble) { e.FirstReplica = math.MaxUint64 - 3 },
		"step too long": func(e *escape.Ensemble) {
			e.Process, e.Start, e.Exit = valley(sde.Time, 2, 0.1), []float64{0.7, 0}, escape.LossAbove(0.751)
		},
		"boundary too far to square": func(e *escape.Ensemble) { e.Exit = escape.BeyondPlane([]float64{1, 0}, 1e151) },
		"loss too small to square": func(e *escape.Ensemble) {
			valley := must(landscape.NewIsotropicValley(2, 1e-165, 0.5e-165))
			e.Process = must(sde.New(sde.Config{Landscape: valley, Noise: must(noise.NewLossProportional(valley, hessian(valley, valley.Minimum()), 1)), LearningRate: 0.1, Dt: 0.1}))
			e.Exit = escape.LossAbove(1e-165)
		},
		"SGD corrected": func(e *escape.Ensemble) { e.Process, e.Crossing = population(2, 0.1), escape.Corrected },
	} {
		e := ensemble()
		change(&e)
		r, err := e.Run(context.Background())
		if !errors.Is(err, model.ErrDomain) || r != nil {
			t.Errorf("%s: result %v, error %v, want ErrDomain", name, r, err)
		}
	}
}

// TestCrossing: the zero value is Grid for SGD and Corrected for diffusions.
func TestCrossing(t *testing.T) {
	for _, test := range []struct {
		process escape.Process
		same    escape.Crossing
	}{{population(2, 0.1), escape.Grid}, {valley(sde.Time, 2, 0.1), escape.Corrected}} {
		e := ensemble()
		e.Process = test.process
		want := must(e.Run(context.Background()))
		e.Crossing = test.same
		if diff := cmp.Diff(want, must(e.Run(context.Background()))); diff != "" {
			t.Errorf("automatic crossing is not %v (-automatic +%[1]v):\n%s", test.same, diff)
		}
	}
	for _, c := range []escape.Crossing{escape.Automatic, escape.Corrected, escape.Grid} {
		if got, err := escape.ParseCrossing(c.String()); got != c || err != nil {
			t.Errorf("ParseCrossing(%q) = %v, %v", c, got, err)
		}
	}
	if _, err := escape.ParseCrossing("bridge"); !errors.Is(err, model.ErrDomain) {
		t.Errorf("error %v, want ErrDomain", err)
	}
}

// toRounding takes times for equal that differ in their last digits.
var toRounding = cmp.Comparer(func(a, b model.Time) bool {
	return math.Abs(float64(a-b)) <= 1e-10*math.Abs(float64(b))
})

// TestProp_Monotone: with one seed, raising the threshold on the grid never
// shortens a run, for replica and loss alike; a region that says the same as a
// threshold gives the same outcomes, with times equal to rounding because
// another loop runs it.
func TestProp_Monotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.Float64Range(1.05, 1.6).Draw(t, "c")
		more := rapid.Float64Range(0, 0.2).Draw(t, "increase of c")
		n := rapid.IntRange(1, 4).Draw(t, "n")
		form := sde.Form(rapid.IntRange(0, 1).Draw(t, "form"))
		p := valley(form, n, 0.1)
		e := escape.Ensemble{
			Process: p, Start: make([]float64, n), Exit: escape.LossAbove(0.5 * c), Crossing: escape.Grid, Horizon: 20,
			Replicas: 10, Seed: rapid.Uint64().Draw(t, "seed"), Workers: 1,
		}
		low := must(e.Run(context.Background()))
		e.Exit = escape.Outside(func(theta []float64) bool { return p.Loss(theta) > 0.5*c })
		if diff := cmp.Diff(low, must(e.Run(context.Background())), toRounding); diff != "" {
			t.Fatalf("region and threshold differ:\n%s", diff)
		}
		e.Exit = escape.LossAbove(0.5 * (c + more))
		high := must(e.Run(context.Background()))
		for i, o := range low.Outcomes {
			if h := high.Outcomes[i]; h.Time < o.Time || o.Censored && !h.Censored {
				t.Fatalf("%+v at c, %+v at a larger c", o, h)
			}
		}
	})
}
