package gate

import (
	"fmt"

	"sgdescape/model"
)

// A Trial is one run of the gate: a family of comparisons under one [Plan].
type Trial struct {
	plan    Plan
	series  []*Series
	results []Result
	looks   int // looks taken so far
}

// A Result is the state of one comparison after the last look.
type Result struct {
	Pair
	Verdict Verdict
	// Look is the number of the look (1, 2, …) at which the verdict fell; 0
	// while undecided.
	Look   int
	Blocks int // blocks the effect below rests on
	Effect Effect
	// Upper is the upper confidence bound of the ratio that the last look used.
	Upper float64
	// Counted is true if the comparison was exact; Base and Head are then the
	// counts.
	Counted    bool
	Base, Head float64
}

// NewTrial returns a trial over the given comparisons. The family must be
// complete from the start: it sets the price of every decision.
func NewTrial(plan Plan, series []*Series) (*Trial, error) {
	err := model.CheckDomain("gate trial").
		Include(plan.Validate()).
		AtLeast(1, "number of comparisons", len(series)).Err()
	if err != nil {
		return nil, err
	}
	t := &Trial{plan: plan, series: series, results: make([]Result, len(series))}
	for i, s := range series {
		t.results[i] = Result{Pair: s.Pair, Effect: Measure(nil), Upper: Measure(nil).Upper(1)}
	}
	return t, nil
}

// NextLook returns the block count of the next look; ok is false after the
// last.
func (t *Trial) NextLook() (blocks int, ok bool) {
	if t.looks == len(t.plan.Looks) {
		return 0, false
	}
	return t.plan.Looks[t.looks], true
}

// Results returns the state of every comparison, in the order given to
// [NewTrial].
func (t *Trial) Results() []Result { return t.results }

// Decided reports whether every comparison of the benchmark has its verdict,
// so that it needs no more runs.
func (t *Trial) Decided(benchmark string) bool {
	for _, r := range t.results {
		if r.Benchmark == benchmark && r.Verdict == Undecided {
			return false
		}
	}
	return true
}

// Verdict returns the verdict on the whole run.
func (t *Trial) Verdict() Verdict {
	verdicts := make([]Verdict, len(t.results))
	for i, r := range t.results {
		verdicts[i] = r.Verdict
	}
	return Combine(verdicts...)
}

// Look takes the next planned look. Every undecided comparison must have
// exactly the planned number of blocks: deciding earlier or later than planned
// would void the error rates, so that is an error.
func (t *Trial) Look() error {
	blocks, ok := t.NextLook()
	if !ok {
		return fmt.Errorf("gate: all %d looks are spent", len(t.plan.Looks))
	}
	for i, s := range t.series {
		if t.results[i].Verdict == Undecided && s.Rounds != blocks {
			return fmt.Errorf("gate: look %d is planned at %d blocks, %s %s has %d",
				t.looks+1, blocks, s.Benchmark, s.Unit, s.Rounds)
		}
	}
	t.looks++
	t.decide()
	return nil
}

// Refresh updates the effects of the undecided comparisons to all blocks
// measured so far, for display. It decides nothing.
func (t *Trial) Refresh() {
	for i, s := range t.series {
		if r := &t.results[i]; r.Verdict == Undecided {
			t.measure(r, s)
		}
	}
}

// decide applies the rules of the package comment to what is undecided.
func (t *Trial) decide() {
	p := make([]float64, len(t.series))
	for i, s := range t.series {
		r := &t.results[i]
		if r.Verdict != Undecided {
			p[i] = 1
			if r.Verdict == Regression {
				p[i] = 0
			}
			continue
		}
		t.measure(r, s)
		p[i] = r.Effect.P
	}
	slower := Holm(p, t.plan.alphaPerLook())
	for i := range t.results {
		r := &t.results[i]
		if r.Verdict != Undecided {
			continue
		}
		switch {
		case r.Counted && r.Head <= r.Base:
			r.Verdict = Clean
		case r.Counted && slower[i]:
			r.Verdict = Regression
		case r.Counted:
		case r.Upper < 1+t.plan.Floor:
			r.Verdict = Clean
		case slower[i] && r.Effect.Ratio >= 1+t.plan.Floor:
			r.Verdict = Regression
		}
		if r.Verdict != Undecided {
			r.Look = t.looks
		}
	}
}

func (t *Trial) measure(r *Result, s *Series) {
	r.Blocks = s.Rounds
	if s.Exact {
		r.Base, r.Head, r.Counted = exactCounts(s)
		r.Effect = MeasureCounts(s.Blocks)
	} else {
		r.Effect = Measure(s.Blocks)
	}
	r.Upper = r.Effect.Upper(t.plan.BetaPerLook())
}
