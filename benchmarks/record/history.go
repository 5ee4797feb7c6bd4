package record

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchmath"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"sgdescape/benchmarks/measure"
)

// InfoSuffix takes the place of .txt in the name of a record's description.
const InfoSuffix = ".info.json"

// An Entry is one record read back.
type Entry struct {
	Name string
	Info Info
	// Medians holds the median time of each benchmark, in seconds.
	Medians map[measure.Key]float64
}

// Read returns the records in a folder, oldest first.
func Read(fsys fs.FS) ([]Entry, error) {
	names, err := fs.Glob(fsys, "*.txt")
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, name := range names {
		e, err := read(fsys, name)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(strings.Compare(a.Info.Date, b.Info.Date), strings.Compare(a.Name, b.Name))
	})
	return entries, nil
}

// ReadInfo returns the description beside the record in the named file.
func ReadInfo(fsys fs.FS, name string) (Info, error) {
	var info Info
	beside := strings.TrimSuffix(name, ".txt") + InfoSuffix
	text, err := fs.ReadFile(fsys, beside)
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(text, &info); err != nil {
		return info, fmt.Errorf("%s: %w", beside, err)
	}
	return info, nil
}

func read(fsys fs.FS, name string) (Entry, error) {
	e := Entry{Name: strings.TrimSuffix(path.Base(name), ".txt"), Medians: map[measure.Key]float64{}}
	var err error
	if e.Info, err = ReadInfo(fsys, name); err != nil {
		return e, err
	}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return e, err
	}
	results, err := measure.ReadTimes(bytes.NewReader(text), name)
	if err != nil {
		return e, err
	}
	for _, key := range results.Names {
		sample := benchmath.NewSample(results.Values[key]["sec/op"], &benchmath.DefaultThresholds)
		e.Medians[key] = benchmath.AssumeNothing.Summary(sample, 0.95).Center
	}
	return e, nil
}

// A Group is the speed of all benchmarks of one function over the records of
// one machine.
type Group struct {
	Name   string
	Record []int     // index of the record
	Ratio  []float64 // geometric mean of time over the first record that has it
}

// Groups returns the history by benchmark function. A benchmark counts from the
// first record that has it, at the level its group had by then, so that adding
// one changes nothing, and is compared with the last record that has it: a record
// of a part of the suite breaks no history.
func Groups(entries []Entry) []Group {
	groups := map[string]*Group{}
	last := map[measure.Key]point{}
	for i, e := range entries {
		levels, counts := map[string]float64{}, map[string]int{}
		keys := slices.Sorted(maps.Keys(e.Medians))
		for _, key := range keys {
			name := function(key)
			if before, ok := last[key]; ok {
				levels[name] += before.level + math.Log(e.Medians[key]/before.median)
				counts[name]++
			}
			if groups[name] == nil {
				groups[name] = &Group{Name: name, Record: []int{i}, Ratio: []float64{1}}
			}
		}
		for name, n := range counts {
			g := groups[name]
			g.Record = append(g.Record, i)
			g.Ratio = append(g.Ratio, math.Exp(levels[name]/float64(n)))
		}
		for _, key := range keys {
			ratio := groups[function(key)].Ratio
			last[key] = point{median: e.Medians[key], level: math.Log(ratio[len(ratio)-1])}
		}
	}
	var sorted []Group
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		sorted = append(sorted, *groups[name])
	}
	return sorted
}

// A point is a benchmark in a record: its median time, and the log of the ratio
// that its group had.
type point struct{ median, level float64 }

// function returns the name of the function of a benchmark.
func function(key measure.Key) string {
	name, _, _ := strings.Cut(key, "/")
	return name
}

// SameMachine returns the records made on the machine of the newest, and by its
// method: others cannot be compared with it, see [measure.Runner.Method].
func SameMachine(entries []Entry) []Entry {
	if len(entries) == 0 {
		return nil
	}
	newest := entries[len(entries)-1].Info
	return slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool {
		return e.Info.Machine != newest.Machine || e.Info.OS != newest.OS || e.Info.Arch != newest.Arch || e.Info.Method != newest.Method
	})
}

// Plot draws the groups over the records of the newest record's machine as SVG.
func Plot(entries []Entry) ([]byte, error) {
	entries = SameMachine(entries)
	p := plot.New()
	p.Title.Text = "Time of the benchmarks relative to the first record"
	p.Y.Label.Text = "geometric mean of time ratios"
	p.Title.Padding, p.Title.TextStyle.YAlign = vg.Millimeter, draw.YTop
	p.Y.Scale = plot.LogScale{}
	ticks := make(plot.ConstantTicks, len(entries))
	for i, e := range entries {
		ticks[i] = plot.Tick{Value: float64(i), Label: e.Info.Revision + "\n" + e.Info.Go}
	}
	p.X.Tick.Marker = ticks
	low, high := 1., 1.
	for i, g := range Groups(entries) {
		if len(g.Record) < 2 && len(entries) > 1 {
			continue // nothing to compare with yet
		}
		points := make(plotter.XYs, len(g.Record))
		for k := range points {
			points[k] = plotter.XY{X: float64(g.Record[k]), Y: g.Ratio[k]}
			low, high = min(low, g.Ratio[k]), max(high, g.Ratio[k])
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, err
		}
		line.Color, dots.Color = plotutil.Color(i), plotutil.Color(i)
		line.Dashes, dots.Shape = plotutil.Dashes(i), plotutil.Shape(i)
		p.Add(line, dots)
		p.Legend.Add(g.Name, line, dots)
	}
	p.Legend.Top = true
	p.X.Min, p.X.Max = -0.2, float64(len(entries)-1)+0.2
	p.X.Max += 0.35 * (p.X.Max - p.X.Min) // room for the legend
	p.Y.Min, p.Y.Max = low/1.1, high*1.1
	p.Y.Tick.Marker = ratioTicks(p.Y.Min, p.Y.Max)
	canvas := vgsvg.New(24*vg.Centimeter, 14*vg.Centimeter)
	p.Draw(draw.New(canvas))
	var out bytes.Buffer
	_, err := canvas.WriteTo(&out)
	return out.Bytes(), err
}

// ratioTicks marks round factors between low and high.
func ratioTicks(low, high float64) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for decade := math.Pow(10, math.Floor(math.Log10(low))); decade <= high; decade *= 10 {
		for _, digit := range []float64{1, 1.5, 2, 3, 5, 7, 8, 9} {
			if x := digit * decade; low <= x && x <= high {
				ticks = append(ticks, plot.Tick{Value: x, Label: strconv.FormatFloat(x, 'g', 2, 64)})
			}
		}
	}
	return ticks
}
