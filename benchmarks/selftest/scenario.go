package selftest

import (
	"context"
	"errors"
	"os"

	"sgdescape/benchmarks/compare"
	"sgdescape/benchmarks/gate"
)

// A Scenario is one change to the fixture and what the gate should say of it.
type Scenario struct {
	Name    string
	Want    gate.Verdict
	changed work
	slower  string // the benchmark to blame, if any
	// lookless leaves the gate too little time for its first look.
	lookless bool
}

// Scenarios returns the scenarios in the order they are run.
func Scenarios() []Scenario {
	slower, allocates := base, base
	slower.chain += slower.chain * 7 / 100
	allocates.allocs++
	return []Scenario{
		{Name: "same code", Want: gate.Clean, changed: base},
		{Name: "7 % more work in one loop", Want: gate.Regression, changed: slower, slower: "Chain"},
		{Name: "one more allocation", Want: gate.Regression, changed: allocates, slower: "Allocate"},
		{Name: "too little time", Want: gate.Undecided, changed: slower, lookless: true},
	}
}

// An Outcome counts the verdicts of one scenario.
type Outcome struct {
	Scenario  string         `json:"scenario"`
	Want      gate.Verdict   `json:"want"`
	Verdicts  map[string]int `json:"verdicts"`
	Seconds   float64        `json:"seconds"`
	Blamed    map[string]int `json:"blamed,omitempty"` // benchmark -> times called a regression
	Completed int            `json:"completed"`
	// FalseAlarms counts the repetitions that blame a benchmark that is not slower.
	FalseAlarms int `json:"false_alarms,omitempty"`
}

// Wrong returns how often the verdict was not the wanted one, or was a
// regression of the wrong benchmark.
func (o Outcome) Wrong() int {
	wrong := o.Completed - o.Verdicts[o.Want.String()]
	if o.Want == gate.Regression {
		wrong += o.FalseAlarms
	}
	return wrong
}

// Passes reports whether there was no false alarm and no more than the tolerated
// number of misses.
func (o Outcome) Passes(misses int) bool { return o.FalseAlarms == 0 && o.Wrong() <= misses }

// add counts a repetition.
func (o *Outcome) add(s Scenario, r *compare.Report) {
	o.Completed++
	o.Verdicts[r.Verdict.String()]++
	o.Seconds += r.Seconds
	others := 0
	for _, row := range r.Rows {
		if row.Verdict == gate.Regression {
			o.Blamed[row.Benchmark]++
			if row.Benchmark != s.slower {
				others++
			}
		}
	}
	if others > 0 {
		o.FalseAlarms++
	}
}

// Run repeats one scenario. The options give plan, runner, budget per
// repetition and progress. It stops early when ctx is cancelled and returns
// what there is.
func Run(ctx context.Context, s Scenario, o compare.Options, repetitions int) (_ Outcome, err error) {
	out := Outcome{Scenario: s.Name, Want: s.Want, Verdicts: map[string]int{}, Blamed: map[string]int{}}
	dir, err := os.MkdirTemp("", "benchgate-selftest-")
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := writeFixture(ctx, dir, s.changed); err != nil {
		return out, err
	}
	o.Root, o.Base, o.Package, o.Pattern = dir, "base", ".", "."
	if s.lookless {
		// Some runs, but not the dozens that the first look needs.
		o.Budget = 20 * o.Runner.RunTime
	}
	sides, err := compare.Prepare(ctx, o)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, sides.Close()) }()
	for i := range repetitions {
		o.Seed = uint64(i)
		report, err := compare.Measure(ctx, o, sides)
		if err != nil {
			return out, err
		}
		if ctx.Err() != nil {
			break
		}
		out.add(s, report)
	}
	return out, nil
}
