package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sgdescape/verify"
	"sgdescape/verify/problem"
)

// ladderNotes say under the title of the page what was computed and what the
// names in the plots mean.
func ladderNotes(g *globals, f ladderFlags, p problem.Problem, axis string, lines []rungLine) []string {
	var parameters strings.Builder
	printProblem(&parameters, p)
	end := "the largest c is that of the parameters"
	if axis == "T" {
		end = "the lowest T is that of the parameters, the others are reached by way of eta"
	}
	levels := noLevels
	if present := columns(lines, (rungLine).levels); len(present) > 0 {
		for i, name := range present {
			present[i] = name + ": " + levelMeaning[name]
		}
		levels = strings.Join(present, " ")
	}
	return []string{
		fmt.Sprintf("%s; %s.", strings.TrimSpace(parameters.String()), end),
		fmt.Sprintf("S: simulated %s, %d runs at each value, seed %d, horizon t = %v; bars are 95 %% intervals.", f.process, f.runs, g.seed, f.horizon),
		levels,
	}
}

// noLevels stands in place of the theory where none is solved.
const noLevels = "No level of the theory is computed for this problem, only the simulation: the conditions say why."

// axisLabel is what stands below a plot for the name of its axis.
var axisLabel = map[string]string{"c": "loss ratio c at the exit", "T": "temperature T = eta h*/B"}

// levelMeaning is the key to the names of the levels.
var levelMeaning = map[string]string{
	"T0": "the power law (Eqs. 16, 17).",
	"T1": "the diffusion of Eq. 13, exactly.",
	"T2": "the diffusion with the exact covariance of Eq. 8.",
	"T3": "the diffusion with the exact covariance, watched at t = eta k only.",
	"T4": "the discrete chain of SGD, exactly.",
}

// conditionNotes tell every condition once, with the details it has at the last
// value at which it is set and at how many it is.
func conditionNotes(axis string, lines []rungLine) []string {
	var names []string
	count, details := map[string]int{}, map[string][]string{}
	for _, l := range lines {
		here := map[string][]string{}
		for _, c := range l.Conditions {
			if !slices.Contains(names, c.Name) {
				names = append(names, c.Name)
			}
			here[c.Name] = append(here[c.Name], fmt.Sprintf("%s (at %s = %.4g)", c.Detail, axis, l.X))
		}
		for name, d := range here {
			count[name]++
			details[name] = d
		}
	}
	var notes []string
	for _, name := range names {
		for _, detail := range details[name] {
			notes = append(notes, fmt.Sprintf("condition %s, set at %d of %d values: %s", name, count[name], len(lines), detail))
		}
	}
	return notes
}

// commandLine is the command that draws the same page: the flags that were given.
func commandLine(cmd *cobra.Command) string {
	words := []string{"go run ./verify/cmd/" + cmd.CommandPath()}
	cmd.Flags().Visit(func(f *pflag.Flag) { words = append(words, "--"+f.Name+"="+shellQuote(f.Value.String())) })
	return strings.Join(words, " ")
}

// bounded tells whether only a lower bound of the mean time was simulated.
func (l rungLine) bounded() bool {
	return (l.Simulated == nil || l.High == nil) && l.Low != nil && *l.Low > 0
}

// seriesStyle is the style of a name in both figures: that of S, or of the level
// in front of the stroke.
func seriesStyle(name string) int {
	level, _, _ := strings.Cut(name, "/")
	return 1 + slices.Index([]string{"S", "T0", "T1", "T2", "T3", "T4"}, level)
}

// ladderFigures are the mean exit times and, below them, the ratios of
// neighbours, unless there are none; own is the level that solves the process
// that was simulated.
func ladderFigures(axis, own string, lines []rungLine) []*verify.Figure {
	times := &verify.Figure{Title: "Mean exit time", XLabel: axisLabel[axis], YLabel: "mean exit time, in t = eta k", XLog: true, YLog: true}
	ratios := &verify.Figure{Title: "Ratio of each level to the one before, and of the simulation S to the level of its own process", XLabel: axisLabel[axis], YLabel: "ratio", XLog: true, YLog: true}
	simulated := verify.Series{Name: "S, simulated", Mark: verify.Points, Style: seriesStyle("S")}
	bounds := verify.Series{Name: "S, lower bound: no run left by the horizon", Mark: verify.Bounds, Style: seriesStyle("S")}
	for _, l := range lines {
		if l.bounded() {
			bounds.Add(l.X, *l.Low)
		}
		if l.Simulated != nil && l.Low != nil && l.High != nil {
			simulated.AddBar(l.X, *l.Simulated, *l.Low, *l.High)
		}
	}
	for _, s := range []verify.Series{simulated, bounds} {
		if len(s.X) > 0 {
			times.Series = append(times.Series, s)
		}
	}
	line := func(name string, of func(rungLine) map[string]float64) verify.Series {
		s := verify.Series{Name: name, Mark: verify.Exact, Style: seriesStyle(name)}
		if name == "T0" {
			s.Mark = verify.Curve
		}
		for _, l := range lines {
			if t, ok := of(l)[name]; ok {
				s.Add(l.X, t)
			}
		}
		return s
	}
	for _, name := range columns(lines, (rungLine).levels) {
		times.Series = append(times.Series, line(name, (rungLine).levels))
	}
	neighbours := func(l rungLine) map[string]float64 { return l.Neighbours }
	for _, name := range columns(lines, neighbours) {
		if level, ok := strings.CutPrefix(name, "S/"); ok {
			ratios.Series = append(ratios.Series, simulatedRatio(name, level, lines))
			continue
		}
		ratios.Series = append(ratios.Series, line(name, neighbours))
	}
	least := verify.Series{Name: "S/" + own + ", lower bound", Mark: verify.Bounds, Style: seriesStyle("S")}
	for _, l := range lines {
		if t, ok := l.Levels[own]; ok && l.bounded() {
			least.Add(l.X, *l.Low/t)
		}
	}
	if len(least.X) > 0 {
		ratios.Series = append(ratios.Series, least)
	}
	if len(ratios.Series) == 0 {
		return []*verify.Figure{times}
	}
	return []*verify.Figure{times, ratios}
}

// simulatedRatio is the simulation divided by a level, with its intervals.
func simulatedRatio(name, level string, lines []rungLine) verify.Series {
	s := verify.Series{Name: name, Mark: verify.Points, Style: seriesStyle(name)}
	for _, l := range lines {
		if t, ok := l.Levels[level]; ok && l.Simulated != nil && l.Low != nil && l.High != nil {
			s.AddBar(l.X, *l.Simulated/t, *l.Low/t, *l.High/t)
		}
	}
	return s
}
