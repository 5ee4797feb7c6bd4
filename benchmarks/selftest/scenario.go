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
		{Name: "7 % more work in one loop", Want: gate.Regression, changed: slower},
		{Name: "one more allocation", Want: gate.Regression, changed: allocates},
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
}

// Wrong returns how often the verdict was not the wanted one.
func (o Outcome) Wrong() int { return o.Completed - o.Verdicts[o.Want.String()] }

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
		out.Completed++
		out.Verdicts[report.Verdict.String()]++
		out.Seconds += report.Seconds
		for _, row := range report.Rows {
			if row.Verdict == gate.Regression {
				out.Blamed[row.Benchmark]++
			}
		}
	}
	return out, nil
}
