package compare

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"sgdescape/benchmarks/gate"
	"sgdescape/benchmarks/measure"
)

// Run prepares both sides, measures them and reports. The error says why the
// comparison could not be made; running out of time is not an error but a report
// with undecided verdicts, and being interrupted while measuring a report
// without a verdict.
func Run(ctx context.Context, o Options) (_ *Report, err error) {
	sides, err := Prepare(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, sides.Close()) }()
	return Measure(ctx, o, sides)
}

// Measure compares two sides that are already prepared.
func Measure(ctx context.Context, o Options, sides *Sides) (*Report, error) {
	start := time.Now()
	limited, cancel := context.WithTimeout(ctx, o.Budget)
	defer cancel()

	c := &contest{o: o, sides: sides, rng: rand.New(rand.NewPCG(o.Seed, 0))}
	report := newReport(o, sides)
	err := c.run(limited, report)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		report.Interrupted = true
	case limited.Err() != nil:
		report.Notes = append(report.Notes, fmt.Sprintf("the time budget of %v is spent", o.Budget))
	default:
		return nil, err
	}
	if c.trial != nil {
		c.trial.Refresh()
		report.fill(c)
	}
	report.Seconds = time.Since(start).Seconds()
	return report, nil
}

// A contest is the state of one comparison while it runs.
type contest struct {
	o     Options
	sides *Sides
	rng   *rand.Rand

	names  []measure.Key
	loads  map[measure.Key]measure.Load
	series map[gate.Pair]*gate.Series
	trial  *gate.Trial
}

func (c *contest) run(ctx context.Context, report *Report) error {
	if err := c.calibrate(ctx, report); err != nil {
		return err
	}
	for {
		rounds, ok := c.trial.NextLook()
		if !ok || len(c.undecided()) == 0 {
			return nil
		}
		if err := c.measureTo(ctx, rounds); err != nil {
			return err
		}
		if err := c.trial.Look(); err != nil {
			return err
		}
	}
}

// calibrate finds the benchmarks both sides have, their iteration counts, and
// the family of comparisons.
func (c *contest) calibrate(ctx context.Context, report *Report) error {
	c.o.progress(0, 0, "calibrating")
	head, err := c.o.Runner.Calibrate(ctx, c.sides.Head, c.o.Pattern, c.o.Skip)
	if err != nil {
		return fmt.Errorf("head: %w", err)
	}
	base := c.sides.Saved
	c.loads = c.o.Runner.Loads(head)
	if !c.saved() {
		if base, err = c.o.Runner.Calibrate(ctx, c.sides.Base, c.o.Pattern, c.o.Skip); err != nil {
			return fmt.Errorf("base: %w", err)
		}
		c.loads = c.o.Runner.Loads(base)
	} else if err := sameMachine(base.Config, head.Config); err != nil {
		return err
	}
	both, onlyBase, onlyHead := measure.Common(base.Names, head.Names)
	if len(both) == 0 {
		return errors.New("the two sides have no benchmark in common that prints a time")
	}
	report.Notes = append(report.Notes, c.leftOut(base, head, onlyBase, onlyHead)...)
	report.Machine = head.Config
	c.names = both
	c.series = map[gate.Pair]*gate.Series{}
	var family []*gate.Series
	for _, name := range both {
		for _, unit := range measure.Units {
			s := &gate.Series{Pair: gate.Pair{Benchmark: name, Unit: unit}, Exact: measure.Counted(unit)}
			if c.saved() {
				if len(base.Values[name][unit]) == 0 {
					continue // the file was made without -benchmem
				}
				s.Blocks = []gate.Block{{Base: slices.Clone(base.Values[name][unit])}}
			}
			c.series[s.Pair] = s
			family = append(family, s)
		}
	}
	if err := c.enough(family); err != nil {
		return err
	}
	c.trial, err = gate.NewTrial(c.o.Plan, family)
	return err
}

// enough returns an error unless the last look can decide.
func (c *contest) enough(family []*gate.Series) error {
	if !c.saved() {
		return c.o.Plan.EnoughBlocks(len(family), 2)
	}
	fewest := slices.MinFunc(family, func(a, b *gate.Series) int { return len(a.Base()) - len(b.Base()) })
	if err := c.o.Plan.EnoughSaved(len(family), len(fewest.Base()), 2); err != nil {
		return fmt.Errorf("%s: %w", fewest.Benchmark, err)
	}
	return nil
}

// leftOut says what is not compared.
func (c *contest) leftOut(base, head measure.Results, onlyBase, onlyHead []measure.Key) (notes []string) {
	untimed := slices.Concat(base.Untimed, head.Untimed)
	slices.Sort(untimed)
	untimed = slices.Compact(untimed)
	add := func(why string, names []measure.Key) {
		if len(names) > 0 {
			notes = append(notes, why+", not compared: "+strings.Join(names, ", "))
		}
	}
	timed := func(names []measure.Key) []measure.Key {
		return slices.DeleteFunc(slices.Clone(names), func(name measure.Key) bool { return slices.Contains(untimed, name) })
	}
	add("new", timed(onlyHead))
	switch {
	case !c.saved():
		add("gone", timed(onlyBase))
	case c.o.Pattern == ".": // a part of the suite leaves out most of a record
		add("only in the record", timed(onlyBase))
	}
	add("prints no time", untimed)
	return notes
}

func (c *contest) saved() bool { return len(c.sides.Saved.Names) > 0 }

// sameMachine refuses to compare timings of different processors.
func sameMachine(base, head map[string]string) error {
	for _, key := range []string{"goos", "goarch", "cpu"} {
		if b, h := base[key], head[key]; b != "" && b != h {
			return fmt.Errorf("the saved results are from another machine: %s is %q there and %q here", key, b, h)
		}
	}
	return nil
}

func (c *contest) undecided() []measure.Key {
	var names []measure.Key
	for _, name := range c.names {
		if !c.trial.Decided(name) {
			names = append(names, name)
		}
	}
	return names
}

// measureTo adds rounds over the undecided benchmarks until each has the given
// number.
func (c *contest) measureTo(ctx context.Context, rounds int) error {
	names := c.undecided()
	have := c.series[gate.Pair{Benchmark: names[0], Unit: "sec/op"}].Rounds
	done, total := 0, (rounds-have)*len(names)
	for range rounds - have {
		for _, name := range names {
			c.o.progress(done, total, name)
			if err := c.round(ctx, name); err != nil {
				return err
			}
			done++
		}
	}
	return nil
}

// order returns the sides of the runs of a round.
func (c *contest) order() (sides []string) {
	if c.saved() {
		return []string{"head", "head"}
	}
	for _, head := range gate.DrawOrder(c.rng) {
		side := "base"
		if head {
			side = "head"
		}
		sides = append(sides, side)
	}
	return sides
}

// round runs one benchmark twice a side, in an order that is drawn. With a saved
// base it runs the head side twice.
func (c *contest) round(ctx context.Context, name measure.Key) error {
	values := map[string]map[string][]float64{"base": {}, "head": {}}
	for _, side := range c.order() {
		binary := c.sides.Head
		if side == "base" {
			binary = c.sides.Base
		}
		run, err := c.o.Runner.Once(ctx, binary, name, c.loads[name])
		if err != nil {
			return fmt.Errorf("%s: %w", side, err)
		}
		for unit, v := range run.Values {
			values[side][unit] = append(values[side][unit], v)
		}
	}
	for _, unit := range measure.Units {
		s := c.series[gate.Pair{Benchmark: name, Unit: unit}]
		switch {
		case s == nil:
		case c.saved():
			s.Extend(values["head"][unit])
		default:
			s.Add(values["base"][unit], values["head"][unit])
		}
	}
	return nil
}
