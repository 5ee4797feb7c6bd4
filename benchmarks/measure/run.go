package measure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"
)

// A Runner runs benchmarks one at a time.
type Runner struct {
	Core Core
	// Time is the wanted length of one repetition: short, so that some of them
	// pass between two disturbances.
	Time time.Duration
	// RunTime is the wanted length of one run: it sets the number of
	// repetitions, which is at least 1.
	RunTime time.Duration
}

// Method says how a run is reduced to one value. Timings made by different
// methods cannot be compared: the fastest of many repetitions is always below
// the mean of a long one.
func (r Runner) Method() string {
	return fmt.Sprintf("every line is one process, the fastest of about %.0f repetitions of %v",
		r.RunTime.Seconds()/r.Time.Seconds(), r.Time)
}

// A Load is how much of a benchmark goes into one run.
type Load struct {
	Iters       int // iterations of one repetition
	Repetitions int // in one run
}

// Loads converts a calibration to loads.
func (r Runner) Loads(calibration Results) map[Key]Load {
	loads := map[Key]Load{}
	for _, name := range calibration.Names {
		iters := calibration.Iters[name]
		one := slices.Min(calibration.Values[name]["sec/op"]) * float64(iters)
		one = max(one, r.Time.Seconds()/2) // iterations too short to be timed
		loads[name] = Load{Iters: iters, Repetitions: max(1, int(math.Round(r.RunTime.Seconds()/one)))}
	}
	return loads
}

// Calibrate runs every benchmark that matches the pattern but not skip (empty:
// none is skipped) once, and returns the names with the iteration counts that
// fill [Runner.Time].
func (r Runner) Calibrate(ctx context.Context, b Binary, pattern, skip string) (Results, error) {
	return r.run(ctx, b, "-test.bench="+pattern, "-test.skip="+skip, "-test.benchtime="+r.Time.String(), "-test.count=1")
}

// A Run is one run of one benchmark.
type Run struct {
	Iters  int
	Values map[string]float64 // by unit
}

// Once runs one benchmark in a process of its own. The values are those of the
// fastest repetition, except for counts, which are the smallest: others include
// allocations of the runtime.
func (r Runner) Once(ctx context.Context, b Binary, name Key, load Load) (Run, error) {
	all, err := r.run(ctx, b, "-test.bench="+Pattern(name),
		fmt.Sprintf("-test.benchtime=%dx", load.Iters), fmt.Sprintf("-test.count=%d", load.Repetitions))
	if err != nil {
		return Run{}, err
	}
	values, ok := all.Values[name]
	if !ok {
		return Run{}, fmt.Errorf("%s printed no result with a time", name)
	}
	fastest := 0
	for i, t := range values["sec/op"] {
		if t < values["sec/op"][fastest] {
			fastest = i
		}
	}
	best := Run{Iters: all.Iters[name], Values: map[string]float64{}}
	for unit, v := range values {
		best.Values[unit] = v[fastest]
		if Counted(unit) {
			best.Values[unit] = slices.Min(v)
		}
	}
	return best, nil
}

func (r Runner) run(ctx context.Context, b Binary, flags ...string) (Results, error) {
	// As under go test, a benchmark that ends the program with 0 is an error: what
	// should have come after it would be missed by nobody.
	flags = append(flags, "-test.run=^$", "-test.benchmem", "-test.cpu=1", "-test.paniconexit0")
	out, err := b.output(ctx, r.Core, flags...)
	if err != nil {
		return Results{}, err
	}
	results, err := ReadTimes(bytes.NewReader(out), filepath.Base(b.Path))
	var broken *benchfmt.SyntaxError
	if errors.As(err, &broken) {
		_, number := broken.Pos()
		line := bytes.Split(out, []byte("\n"))[number-1]
		return results, fmt.Errorf("the line of a result is %q, want nothing printed to standard output by a benchmark (b.Log is for that): %w", line, err)
	}
	return results, err
}

// Pattern returns the -bench pattern that matches exactly the named benchmark:
// one anchored expression per level of sub-benchmarks.
func Pattern(name Key) string {
	levels := strings.Split("Benchmark"+name, "/")
	for i, s := range levels {
		levels[i] = "^" + regexp.QuoteMeta(s) + "$"
	}
	return strings.Join(levels, "/")
}
