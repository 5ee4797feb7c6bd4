package measure

import (
	"fmt"
	"io"
	"slices"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchproc"

	"sgdescape/model"
)

// Units lists what is compared, in base units: time, and the two counts.
var Units = []string{"sec/op", "B/op", "allocs/op"}

// Counted reports whether a unit is counted rather than timed.
func Counted(unit string) bool { return unit == "B/op" || unit == "allocs/op" }

// A Key is the full name of a benchmark, without the Benchmark prefix.
type Key = string

// Results holds the measurements of a benchmark output, by benchmark and unit.
type Results struct {
	Names []Key // in order of first appearance
	// Untimed holds the names without any time, which [ReadTimes] leaves out.
	Untimed []Key
	Values  map[Key]map[string][]float64 // unit -> one value per line, in order
	Iters   map[Key]int                  // iterations of the last line
	Config  map[string]string            // goos, goarch, cpu, …
}

// ReadResults reads the Go benchmark format. name is used in errors.
func ReadResults(r io.Reader, name string) (Results, error) {
	return readResults(r, name, func(*benchfmt.Result) (bool, error) { return true, nil })
}

// ReadTimes is [ReadResults] for what is compared. Lines without a time are left
// out: the testing package prints no time of 0, which is what a benchmark reports
// that wants to show none. A time or a count below 0, infinite or NaN is an error.
func ReadTimes(r io.Reader, name string) (Results, error) { return readResults(r, name, timed) }

// timed reports whether the line has a time.
func timed(line *benchfmt.Result) (bool, error) {
	file, number := line.Pos()
	check := model.CheckDomain(fmt.Sprintf("%s:%d", file, number))
	for _, unit := range append([]string{"ns/op"}, Units...) { // ns/op: what has no base unit, infinity and 0
		if x, ok := line.Value(unit); ok {
			check.NonNegative(unit+" of "+string(line.Name.Full()), x)
		}
	}
	_, ok := line.Value("sec/op")
	return ok, check.Err()
}

// readResults reads the lines to keep.
func readResults(r io.Reader, name string, keep func(*benchfmt.Result) (bool, error)) (Results, error) {
	all := Results{Values: map[Key]map[string][]float64{}, Iters: map[Key]int{}, Config: map[string]string{}}
	var parser benchproc.ProjectionParser
	byName, err := parser.Parse(".fullname", nil)
	if err != nil {
		return all, err
	}
	reader := benchfmt.NewReader(r, name)
	var left []Key
	for reader.Scan() {
		switch rec := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			return all, rec
		case *benchfmt.Result:
			key := byName.Project(rec).StringValues()
			ok, err := keep(rec)
			if err != nil {
				return all, err
			}
			if !ok {
				left = append(left, key)
				continue
			}
			if all.Values[key] == nil {
				all.Names = append(all.Names, key)
				all.Values[key] = map[string][]float64{}
			}
			all.Iters[key] = rec.Iters
			for _, v := range rec.Values {
				all.Values[key][v.Unit] = append(all.Values[key][v.Unit], v.Value)
			}
			for _, c := range rec.Config {
				if c.File {
					all.Config[c.Key] = string(c.Value)
				}
			}
		}
	}
	if err := reader.Err(); err != nil {
		return all, fmt.Errorf("reading %s: %w", name, err)
	}
	for _, key := range left {
		if all.Values[key] == nil && !slices.Contains(all.Untimed, key) {
			all.Untimed = append(all.Untimed, key)
		}
	}
	return all, nil
}

// Common returns the names in both a and b, in the order of a, and the names
// in only one of them.
func Common(a, b []Key) (both, onlyA, onlyB []Key) {
	for _, k := range a {
		if slices.Contains(b, k) {
			both = append(both, k)
		} else {
			onlyA = append(onlyA, k)
		}
	}
	for _, k := range b {
		if !slices.Contains(a, k) {
			onlyB = append(onlyB, k)
		}
	}
	return both, onlyA, onlyB
}
