// Package record keeps measured baselines: benchmark output in a file that
// benchstat reads, and beside it what one must know to read it.
package record

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"

	"sgdescape/benchmarks/measure"
)

// An Info describes one record. It stands in a file of its own because a line
// such as a commit inside benchmark output would split benchstat's tables.
type Info struct {
	Revision string   `json:"revision"` // with a plus sign if tracked files differed or others were built
	Date     string   `json:"date"`     // of the record, UTC
	Machine  string   `json:"machine"`  // processor model
	OS       string   `json:"os"`
	Arch     string   `json:"arch"`
	Go       string   `json:"go"`
	Flags    []string `json:"flags"` // of the go command that built the benchmarks
	Pinned   bool     `json:"pinned"`
	Rounds   int      `json:"rounds"` // runs of each benchmark
	Method   string   `json:"method"`
}

// Options say what is recorded.
type Options struct {
	Binary        measure.Binary
	Runner        measure.Runner
	Pattern, Skip string
	Rounds        int
	Progress      func(done, total int, what string) // may be nil
}

// Make runs every benchmark the given number of times, round by round, and
// returns the output in the Go benchmark format. When ctx is cancelled it
// returns an error.
func Make(ctx context.Context, o Options) ([]byte, Info, error) {
	calibration, err := o.Runner.Calibrate(ctx, o.Binary, o.Pattern, o.Skip)
	if err != nil {
		return nil, Info{}, err
	}
	if len(calibration.Names) == 0 {
		return nil, Info{}, fmt.Errorf("no benchmark that matches %q prints a time", o.Pattern)
	}
	loads := o.Runner.Loads(calibration)
	var out bytes.Buffer
	w := benchfmt.NewWriter(&out)
	for round := range o.Rounds {
		for i, name := range calibration.Names {
			if o.Progress != nil {
				o.Progress(round*len(calibration.Names)+i, o.Rounds*len(calibration.Names), name)
			}
			run, err := o.Runner.Once(ctx, o.Binary, name, loads[name])
			if err != nil {
				return nil, Info{}, err
			}
			if err := w.Write(line(name, run, calibration.Config)); err != nil {
				return nil, Info{}, err
			}
		}
	}
	info := Info{
		Machine: calibration.Config["cpu"], OS: runtime.GOOS, Arch: runtime.GOARCH, Go: runtime.Version(),
		Pinned: o.Runner.Core != measure.AnyCore, Rounds: o.Rounds,
		Method: o.Runner.Method(),
	}
	return out.Bytes(), info, nil
}

// line is one run as a line of benchmark output.
func line(name measure.Key, run measure.Run, config map[string]string) *benchfmt.Result {
	r := &benchfmt.Result{Name: benchfmt.Name(name), Iters: run.Iters}
	for _, key := range []string{"goos", "goarch", "pkg", "cpu"} {
		if v := config[key]; v != "" {
			r.Config = append(r.Config, benchfmt.Config{Key: key, Value: []byte(v), File: true})
		}
	}
	units := make([]string, 0, len(run.Values))
	for unit := range run.Values {
		units = append(units, unit)
	}
	slices.SortFunc(units, byImportance)
	for _, unit := range units {
		v := benchfmt.Value{Value: sixDigits(run.Values[unit]), Unit: unit}
		if what, ok := strings.CutPrefix(unit, "sec/"); ok { // read as ns, converted by the reader
			v.OrigValue, v.OrigUnit = sixDigits(1e9*run.Values[unit]), "ns/"+what
		}
		r.Values = append(r.Values, v)
	}
	return r
}

// sixDigits rounds to six digits, more than any timing has.
func sixDigits(x float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 6, 64), 64)
	if err != nil {
		panic(err) // FormatFloat writes what ParseFloat reads
	}
	return rounded
}

// byImportance puts the time first and the counts last, as the testing package
// prints them.
func byImportance(a, b string) int {
	rank := func(unit string) int { return slices.Index([]string{"sec/op", "B/op", "allocs/op"}, unit) }
	place := func(unit string) int {
		switch r := rank(unit); r {
		case -1:
			return 1
		case 0:
			return 0
		default:
			return 1 + r
		}
	}
	if d := place(a) - place(b); d != 0 {
		return d
	}
	return strings.Compare(a, b)
}
