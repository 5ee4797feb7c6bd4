package gate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"sgdescape/verify/stattest"
)

// A machine is a synthetic distribution of timings, drawn in order of time.
type machine struct {
	name     string
	spread   float64 // standard deviation of the log of a run
	drift    float64 // standard deviation of the step of a random walk of the log
	trend    float64 // growth of the log a run
	outliers float64 // probability that a run takes up to three times as long
	burst    float64 // correlation of the outlier state from run to run
}

func machines() []machine {
	return []machine{
		{name: "quiet", spread: 0.01},
		{name: "noisy", spread: 0.03},
		{name: "drifting", spread: 0.015, drift: 0.02},
		{name: "heating", spread: 0.015, trend: 0.002},
		{name: "outliers", spread: 0.015, outliers: 0.1},
		{name: "bursts", spread: 0.015, drift: 0.01, outliers: 0.1, burst: 0.8},
	}
}

// A clock is the state of a machine.
type clock struct {
	machine
	rng       *rand.Rand
	level     float64
	disturbed bool
}

// run returns the time of one run of the given work.
func (c *clock) run(work float64) float64 {
	c.level += c.trend + c.drift*c.rng.NormFloat64()
	if c.rng.Float64() >= c.burst {
		c.disturbed = c.rng.Float64() < c.outliers
	}
	t := work * math.Exp(c.level+c.spread*c.rng.NormFloat64())
	if c.disturbed {
		t *= 1 + 2*c.rng.Float64()
	}
	return t
}

// block makes the four runs of a block in the order that is drawn.
func block(rng *rand.Rand, run func(work float64) float64, base, head float64) (a, b []float64) {
	for _, isHead := range DrawOrder(rng) {
		if isHead {
			b = append(b, run(head))
		} else {
			a = append(a, run(base))
		}
	}
	return a, b
}

// simulate runs one trial of len(slowdown) benchmarks; slowdown[i] = 0.07
// makes the head of benchmark i slower by 7 %. It stops after maxLooks looks.
func simulate(t *testing.T, plan Plan, m machine, seed uint64, slowdown []float64, maxLooks int) *Trial {
	t.Helper()
	c := &clock{machine: m, rng: rand.New(rand.NewPCG(seed, 1))}
	return simulateRuns(t, plan, c.rng, c.run, slowdown, maxLooks)
}

// simulateRuns is simulate on any machine.
func simulateRuns(t *testing.T, plan Plan, rng *rand.Rand, run func(work float64) float64, slowdown []float64, maxLooks int) *Trial {
	t.Helper()
	series := make([]*Series, len(slowdown))
	for i := range series {
		series[i] = &Series{Pair: Pair{Benchmark: fmt.Sprint(i), Unit: "sec/op"}}
	}
	trial, err := NewTrial(plan, series)
	if err != nil {
		t.Fatal(err)
	}
	for range maxLooks {
		rounds, ok := trial.NextLook()
		if !ok {
			break
		}
		for i, s := range series {
			for !trial.Decided(s.Benchmark) && s.Rounds < rounds {
				s.Add(block(rng, run, 1, 1+slowdown[i]))
			}
		}
		if err := trial.Look(); err != nil {
			t.Fatal(err)
		}
	}
	return trial
}

// alarms counts the trials of unchanged code that end in a regression.
func alarms(t *testing.T, plan Plan, m machine, trials, benchmarks int, seed func(trial uint64) uint64) int {
	n := 0
	for trial := range uint64(trials) {
		if simulate(t, plan, m, seed(trial), make([]float64, benchmarks), len(plan.Looks)).Verdict() == Regression {
			n++
		}
	}
	return n
}

// from derives the seeds of trials from one.
func from(seed uint64) func(uint64) uint64 {
	return func(trial uint64) uint64 { return stattest.DeriveSeed(seed, trial) }
}

// pinned are the seeds of trials whose outcome is a fact about this program, not
// a draw: they never vary.
func pinned(trial uint64) uint64 { return trial }

// Unchanged code, as the gate is used: 50 trials on every machine without one
// alarm. At the stated rate alpha = 1 % one alarm among the 300 would not even
// be surprising; the floor makes the true rate far smaller.
func TestUnchangedCodeRaisesNoAlarm(t *testing.T) {
	for _, m := range machines() {
		t.Run(m.name, func(t *testing.T) {
			if n := alarms(t, DefaultPlan(), m, 50, 10, pinned); n != 0 {
				t.Errorf("%d alarms in 50 trials", n)
			}
		})
	}
}

// noFloor is a plan by significance alone.
func noFloor(alpha float64) Plan {
	plan := DefaultPlan()
	plan.Floor, plan.FamilyAlpha = 0, alpha
	return plan
}

// familyWise asserts that no more than a fraction of 5 % of the trials of
// unchanged code raise an alarm.
func familyWise(t *testing.T, plan Plan, m machine) stattest.Assertion {
	return func(seed uint64, alpha float64) (stattest.Finding, error) {
		const trials = 400
		return stattest.ProportionAtMostTest{Limit: 0.05, Alpha: alpha}.Assert(alarms(t, plan, m, trials, 10, from(seed)), trials), nil
	}
}

// Significance alone, without the help of the floor, keeps the family-wise
// rate over all benchmarks and looks, under drift, trends and bursts too. The
// looks are all taken because a floor of 0 leaves nothing to be clean of.
func TestStat_FamilyWiseRate(t *testing.T) {
	for _, m := range machines() {
		t.Run(m.name, func(t *testing.T) { ledger.Assert(t, "family-wise rate/"+m.name, familyWise(t, noFloor(0.05), m)) })
	}
}

// The simulation above has teeth: without the correction for benchmarks and
// looks it sees far too many alarms.
func TestReject_UncorrectedRate(t *testing.T) {
	plan := noFloor(0.99) // every test at some 5 %
	ledger.Reject(t, "family-wise rate/noisy", "no correction", familyWise(t, plan, machine{name: "noisy", spread: 0.03}))
}

// Order matters: with A A B B always, in place of an order that is drawn, a
// machine that slows down steadily raises alarms about unchanged code.
func TestReject_BlockInOrder(t *testing.T) {
	plan := DefaultPlan()
	plan.Floor = 0
	heating := machine{spread: 0.015, trend: 0.01}
	for _, ordered := range []bool{true, false} {
		c := &clock{machine: heating, rng: rand.New(rand.NewPCG(1, 1))}
		var blocks []Block
		for range plan.Looks[0] {
			b := Block{Base: []float64{c.run(1), c.run(1)}, Head: []float64{c.run(1), c.run(1)}}
			if !ordered {
				b.Base, b.Head = block(c.rng, c.run, 1, 1)
			}
			blocks = append(blocks, b)
		}
		if p := Measure(blocks).P; (p < 0.01) != ordered {
			t.Errorf("A A B B %v: p = %v", ordered, p)
		}
	}
}

// A slow-down of 7 % in one of ten benchmarks is caught, and only that one is
// blamed, in at least 49 of 50 trials on every machine.
func TestSlowdownIsCaught(t *testing.T) {
	slowdown := make([]float64, 10)
	slowdown[3] = 0.07
	for _, m := range machines() {
		t.Run(m.name, func(t *testing.T) {
			caught := 0
			for seed := range uint64(50) {
				trial := simulate(t, DefaultPlan(), m, seed, slowdown, len(DefaultPlan().Looks))
				blamed := ""
				for _, r := range trial.Results() {
					if r.Verdict == Regression {
						blamed += r.Benchmark + " "
					}
				}
				if blamed == "3 " {
					caught++
				}
			}
			if caught < 49 {
				t.Errorf("caught %d of 50", caught)
			}
		})
	}
}

// A run with a slow-down of exactly the floor is called clean at most at the
// rate beta.
func TestStat_MissRate(t *testing.T) {
	plan := DefaultPlan()
	plan.MissBeta = 0.05
	for _, m := range machines() {
		t.Run(m.name, func(t *testing.T) {
			ledger.Assert(t, "miss rate/"+m.name, func(seed uint64, alpha float64) (stattest.Finding, error) {
				const trials = 1000
				clean := 0
				for trial := range uint64(trials) {
					if simulate(t, plan, m, from(seed)(trial), []float64{plan.Floor}, len(plan.Looks)).Verdict() == Clean {
						clean++
					}
				}
				return stattest.ProportionAtMostTest{Limit: plan.MissBeta, Alpha: alpha}.Assert(clean, trials), nil
			})
		})
	}
}

// Too little time for the first look, or a machine too noisy for the last,
// leaves things undecided: never clean.
func TestTooLittleDataIsUndecided(t *testing.T) {
	if v := simulate(t, DefaultPlan(), machine{spread: 0.01}, 1, make([]float64, 5), 0).Verdict(); v != Undecided {
		t.Errorf("no look at all: %v", v)
	}
	wild := machine{spread: 1}
	for seed := range uint64(50) {
		if v := simulate(t, DefaultPlan(), wild, seed, make([]float64, 5), 1).Verdict(); v == Clean {
			t.Errorf("seed %d: timings scattered by a factor of e were called clean after one look", seed)
		}
	}
}
