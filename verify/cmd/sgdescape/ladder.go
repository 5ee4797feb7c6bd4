package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sgdescape/model"
	"sgdescape/verify"
	"sgdescape/verify/problem"
	"sgdescape/verify/report"
	"sgdescape/verify/stattest"
)

// maxPoints is the largest number of values in one ladder.
const maxPoints = 1000

// ladderFlags are the flags of `ladder` besides those of the problem.
type ladderFlags struct {
	points, runs int
	horizon      float64
	process, out string
}

func (f *ladderFlags) register(flags *pflag.FlagSet) {
	flags.IntVar(&f.points, "points", 6, "number of values of c or T")
	flags.IntVar(&f.runs, "runs", 2000, "runs at each value")
	flags.Float64Var(&f.horizon, "horizon", 1e5, "time t at which unfinished runs are censored")
	flags.StringVar(&f.process, "process", "", "what is simulated: sgd, sde, sde-log or sde-exact; default sgd for regression, sde otherwise")
	flags.StringVar(&f.out, "out", filepath.Join("report", "ladder.html"), "`file` of the page with the plot; its folder is made")
}

// A rungLine is one value of c or T with all levels and the simulation. Times
// are mean exit times in t.
type rungLine struct {
	X          float64            `json:"x"`
	Levels     map[string]float64 `json:"levels"`
	Simulated  *float64           `json:"simulated"`
	Low        *float64           `json:"low"`
	High       *float64           `json:"high"`
	Exits      int                `json:"exits"`
	Censored   int                `json:"censored"`
	Neighbours map[string]float64 `json:"ratios"` // such as "T2/T1"; "S/T4" for the simulation
	Conditions []model.Condition  `json:"conditions"`
	Note       string             `json:"note,omitempty"` // what null stands for
}

// ownLevels are the levels that solve exactly what a process simulates.
var ownLevels = map[problem.Process]string{problem.SDE: "T1", problem.SDELog: "T1", problem.SDEExact: "T2", problem.SGD: "T4"}

func newLadder(g *globals) *cobra.Command {
	var f ladderFlags
	cmd := &cobra.Command{
		Use:   "ladder PROBLEM",
		Short: "draw all levels of the theory and the simulation against c or T",
		Long: `Compute every level of the theory and simulate, against the loss ratio c for an
exit through a threshold and against T = eta h*/B for an exit over a saddle.
Prints the mean exit times, and writes one page with a plot of all of them and,
below it, the ratio of each level to the one before. S is the simulation: it is
compared with the level of its own process, T1 for sde and sde-log, T2 for
sde-exact and T4 for sgd. The values have runs of their own, which do not depend on
each other.`,
		Example: "  sgdescape ladder regression --d 1 --eta 0.1 --batch 1 --c 2\n  sgdescape ladder channel --n 3 --temperature 0.25",
	}
	addProblems(cmd, f.register, func(cmd *cobra.Command, p problem.Problem) error {
		if f.process == "" {
			f.process = string(problem.SDE)
			if p.Name() == "regression" {
				f.process = string(problem.SGD)
			}
		}
		check := model.CheckDomain("ladder").AtLeast(1, "--runs", f.runs).
			That(f.runs <= maxRuns, "--runs", f.runs, fmt.Sprintf("at most %d: the outcome of every run is kept in memory", maxRuns)).
			That(f.points <= maxPoints, "--points", f.points, fmt.Sprintf("at most %d: more than a plot shows", maxPoints)).Positive("--horizon", f.horizon).
			That(slices.Contains(problem.Processes(), problem.Process(f.process)), "--process", fmt.Sprintf("%q", f.process), "sgd, sde, sde-log or sde-exact")
		if err := errors.Join(check.Err(), g.validate()); err != nil {
			return err
		}
		axis, family, err := problem.Sweep(p, f.points)
		if err != nil {
			return err
		}
		if err := f.prepareOut(p); err != nil {
			return err
		}
		lines, err := climb(cmd.Context(), g, f, family, cmd.ErrOrStderr())
		if len(lines) > 0 {
			title := fmt.Sprintf("%s: theory and simulation against %s", p.Name(), axis)
			notes := slices.Concat(ladderNotes(g, f, p, axis, lines), conditionNotes(axis, lines))
			if writeErr := report.WriteFigures(f.out, title, notes, commandLine(cmd), ladderFigures(axis, ownLevels[problem.Process(f.process)], lines)); writeErr != nil {
				return f.unwritable(writeErr)
			}
			if printErr := printLadder(cmd.OutOrStdout(), g, f, p, axis, lines); printErr != nil {
				return printErr
			}
		}
		if errors.Is(err, context.Canceled) {
			return fmt.Errorf("interrupted after %d of %d values of %s; these are printed and drawn", len(lines), len(family), axis)
		}
		return err
	})
	return cmd
}

// climb computes and simulates one problem after the other. It returns what it
// has when it is interrupted.
func climb(ctx context.Context, g *globals, f ladderFlags, family []problem.Point, errOut io.Writer) ([]rungLine, error) {
	bar := newMeter(errOut, "ladder")
	defer bar.finish()
	var lines []rungLine
	for i, point := range family {
		levels, conditions, err := levels(ctx, point.Problem)
		if err != nil {
			return lines, err
		}
		for _, c := range conditions {
			if c.Name == problem.NoNoise {
				return lines, fmt.Errorf("ladder: %s; want a smaller --batch or --sampling with", c.Detail)
			}
		}
		ensemble, err := point.Problem.Ensemble(problem.Simulation{Process: problem.Process(f.process), Replicas: f.runs,
			Horizon: model.Time(f.horizon), Seed: g.seed, Workers: g.workers})
		if err != nil {
			return lines, err
		}
		ensemble.FirstReplica = uint64(i) * uint64(f.runs)
		ensemble.Progress = func(done, total int) {
			bar.set((float64(i) + float64(done)/float64(total)) / float64(len(family)))
		}
		result, err := ensemble.Run(ctx)
		if err != nil {
			return lines, err
		}
		if result.Diverged > 0 {
			return lines, verify.Diverged(result, ensemble)
		}
		exits := stattest.Exits{Events: result.Exits, Exposure: float64(result.Exposure)}
		var scatter verify.Scatter
		scatter.Add(result)
		mean := scatter.Widen(exits.MeanTimeInterval(intervalAlpha))
		line := rungLine{X: point.X, Levels: map[string]float64{}, Neighbours: map[string]float64{},
			Simulated: number(mean.Estimate), Low: number(mean.Low), High: number(mean.High), Exits: result.Exits, Censored: result.Censored,
			Conditions: slices.Concat([]model.Condition{}, conditions, scatter.Conditions())}
		before := ""
		for _, name := range sortedKeys(levels) {
			t := meanTime(levels[name])
			if math.IsInf(t, 0) {
				continue
			}
			line.Levels[name] = t
			if before != "" {
				line.Neighbours[name+"/"+before] = t / line.Levels[before]
			}
			before = name
		}
		line.Conditions = append(line.Conditions, problem.HorizonConditions(point.Problem, model.Time(usedHorizon(ensemble)), result.Censored)...)
		if result.Exits == 0 {
			line.Note = noExit
		}
		own := ownLevels[problem.Process(f.process)]
		if level, ok := line.Levels[own]; ok && result.Exits > 0 {
			line.Neighbours["S/"+own] = mean.Estimate / level
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// meanTime is the mean exit time of a level, 1/kappa for a law without one.
func meanTime(l problem.Level) float64 {
	if l.MFPT != nil {
		return *l.MFPT
	}
	return math.Exp(-*l.LogRate)
}

// columns returns all keys of the maps, sorted.
func columns(lines []rungLine, of func(rungLine) map[string]float64) []string {
	all := map[string]float64{}
	for _, l := range lines {
		for k := range of(l) {
			all[k] = 0
		}
	}
	return sortedKeys(all)
}

// prepareOut makes the folder of the page, and tells whether the page can be
// written there before anything is simulated.
func (f *ladderFlags) prepareOut(p problem.Problem) error {
	if f.out == "" {
		return errors.New("--out is empty, want a file")
	}
	if err := regular("--out", f.out); err != nil {
		return err
	}
	if r, ok := p.(*problem.Regression); ok && sameFile(f.out, r.DataName) {
		return fmt.Errorf("--out is %q, the file of the data, want another file", f.out)
	}
	if target, err := filepath.EvalSymlinks(f.out); err == nil {
		f.out = target // the page takes the place of a file, not that of a link to it
	}
	if err := report.Prepare(filepath.Dir(f.out)); err != nil {
		return f.unwritable(err)
	}
	return nil
}

// sameFile reports whether both names are of one file.
func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

func (f *ladderFlags) unwritable(err error) error {
	return fmt.Errorf("--out is %q, want a file that can be written: %w", f.out, cause(err))
}

// printLadder prints the table, or JSON.
func printLadder(out io.Writer, g *globals, f ladderFlags, p problem.Problem, axis string, lines []rungLine) error {
	if g.json {
		return report.JSON(out, struct {
			Problem    string         `json:"problem"`
			Parameters map[string]any `json:"parameters"`
			Process    string         `json:"process"`
			Seed       uint64         `json:"seed"`
			Axis       string         `json:"axis"`
			Rungs      []rungLine     `json:"rungs"`
			Page       string         `json:"page"` // file of the plot
		}{p.Name(), p.Parameters(), f.process, g.seed, axis, lines, f.out})
	}
	printProblem(out, p)
	fmt.Fprintln(out, "mean exit times in t = eta k; a run that has not left is censored: without exits there is only the lower bound")
	levels := columns(lines, (rungLine).levels)
	ratios := columns(lines, func(l rungLine) map[string]float64 { return l.Neighbours })
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(tw, axis)
	for _, name := range append(append([]string{}, levels...), "simulated", "95 % low", "95 % high") {
		fmt.Fprintf(tw, "\t%s", name)
	}
	for _, name := range ratios {
		fmt.Fprintf(tw, "\t%s", name)
	}
	fmt.Fprintln(tw)
	for _, l := range lines {
		fmt.Fprintf(tw, "%.4g", l.X)
		cell := func(m map[string]float64, name string) {
			if t, ok := m[name]; ok {
				fmt.Fprintf(tw, "\t%.4g", t)
			} else {
				fmt.Fprint(tw, "\t-")
			}
		}
		for _, name := range levels {
			cell(l.Levels, name)
		}
		fmt.Fprintf(tw, "\t%s\t%s\t%s", short(l.Simulated), short(l.Low), short(l.High))
		for _, name := range ratios {
			cell(l.Neighbours, name)
		}
		fmt.Fprintln(tw)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if len(levels) == 0 {
		fmt.Fprintln(out, noLevels)
	}
	for _, note := range conditionNotes(axis, lines) {
		fmt.Fprintln(out, wrap(note, 100, "  "))
	}
	_, err := fmt.Fprintf(out, "\nS: simulated %s, %d runs at each value, seed %d; plot in %s\n", f.process, f.runs, g.seed, f.out)
	return err
}

func short(x *float64) string {
	if x == nil {
		return "-"
	}
	return fmt.Sprintf("%.4g", *x)
}

// levels returns the mean exit times of the levels.
func (l rungLine) levels() map[string]float64 { return l.Levels }
