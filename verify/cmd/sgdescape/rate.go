package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"sgdescape/model"
	"sgdescape/verify/problem"
	"sgdescape/verify/report"
)

func newRate(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rate PROBLEM",
		Short: "print every level of the theory side by side",
		Long: `Print every level of the theory for one problem, side by side. T0 is the power
law (Mori2022, Eqs. 16 and 17), T1 the diffusion of Eq. 13 solved exactly, T2 the
diffusion with the exact covariance of Eq. 8, T3 the same watched at t = eta k
only, T4 the discrete chain of SGD solved exactly. Times are in t = eta k. A
problem of which no level can be computed is an error, exit code 2.`,
		Example: "  sgdescape rate regression --d 1 --population --eta 0.1 --batch 1 --c 2\n" +
			"  sgdescape rate doublewell --floor 1 --height 1 --width 1 --eta 0.05 --batch 1 --json",
	}
	addProblems(cmd, nil, func(cmd *cobra.Command, p problem.Problem) error {
		if err := g.validate(); err != nil {
			return err
		}
		levels, conditions, err := levels(cmd.Context(), p)
		if err != nil {
			return err
		}
		if conditions == nil {
			conditions = []model.Condition{}
		}
		if g.json {
			err = report.JSON(cmd.OutOrStdout(), struct {
				Problem    string            `json:"problem"`
				Parameters map[string]any    `json:"parameters"`
				Levels     problem.Levels    `json:"levels"`
				Conditions []model.Condition `json:"conditions"`
			}{p.Name(), p.Parameters(), levels, conditions})
		} else {
			err = printLevels(cmd.OutOrStdout(), p, levels, conditions)
		}
		if err == nil && len(levels) == 0 {
			err = errors.New("no level of the theory is computed for this problem; the conditions say why")
		}
		return err
	})
	return cmd
}

func printLevels(out io.Writer, p problem.Problem, levels problem.Levels, conditions []model.Condition) error {
	printProblem(out, p)
	columns := []struct {
		title string
		cell  func(problem.Level) string
	}{
		{"rate", showRate},
		{"log rate", func(l problem.Level) string { return show(l.LogRate) }},
		{"exponent", func(l problem.Level) string { return show(l.Exponent) }},
		{"mfpt", showTime},
		{"mfpt to saddle", func(l problem.Level) string { return show(l.MFPTToSaddle) }},
		{"relative error", showError},
	}
	names := sortedKeys(levels)
	rows := make([]string, len(names)+1)
	rows[0] = "level"
	for i, name := range names {
		rows[i+1] = name
	}
	for _, c := range columns {
		cells, used := []string{c.title}, false
		for _, name := range names {
			cells = append(cells, c.cell(levels[name]))
			used = used || cells[len(cells)-1] != absent
		}
		for i := range rows {
			if used {
				rows[i] += "\t" + cells[i]
			}
		}
	}
	if len(names) > 0 {
		tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tw, strings.Join(rows, "\n"))
		if err := tw.Flush(); err != nil {
			return err
		}
	}
	for _, c := range conditions {
		if _, err := fmt.Fprintln(out, wrap("condition "+c.Name+": "+c.Detail, 100, "  ")); err != nil {
			return err
		}
	}
	return nil
}

// absent stands where there is no number.
const absent = "-"

// showRate prints the rate, from its logarithm where it underflows.
func showRate(l problem.Level) string {
	if l.LogRate != nil && (l.Rate == nil || *l.Rate == 0) {
		return showExp(*l.LogRate)
	}
	return show(l.Rate)
}

// showTime prints the mean time. Where it overflows it is 1/rate, but for a
// factor that no digit shows.
func showTime(l problem.Level) string {
	if l.MFPT == nil && l.RelativeError != nil && l.LogRate != nil && *l.LogRate < -700 {
		return "~" + showExp(-*l.LogRate)
	}
	return show(l.MFPT)
}

// showError prints an error estimate with two digits. One that vanishes in
// float64 is only known to be below the rounding error.
func showError(l problem.Level) string {
	switch {
	case l.RelativeError == nil:
		return absent
	case *l.RelativeError < 1e-15:
		return "< 1e-15"
	}
	return fmt.Sprintf("%.1e", *l.RelativeError)
}

// showExp prints exp(x) as a decimal number for any x.
func showExp(x float64) string {
	if !(math.Abs(x) < 1e9) {
		return fmt.Sprintf("exp(%.6g)", x) // the digits in front would be lost to rounding
	}
	exponent := math.Floor(x / math.Ln10)
	mantissa := math.Exp(x - exponent*math.Ln10)
	if mantissa >= 9.9995 {
		mantissa, exponent = 1, exponent+1
	}
	return fmt.Sprintf("%.4ge%+d", mantissa, int64(exponent))
}

// wrap breaks a text at spaces into lines of at most width characters; further
// lines are indented. A longer word stands alone.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

func printProblem(out io.Writer, p problem.Problem) {
	fmt.Fprint(out, p.Name())
	parameters := p.Parameters()
	for _, key := range sortedKeys(parameters) {
		value := parameters[key]
		if x, ok := value.(float64); ok && key == "floor" { // computed from data: no more digits than a reader can use
			value = fmt.Sprintf("%.6g", x)
		}
		fmt.Fprintf(out, " %s=%v", key, value)
	}
	fmt.Fprintln(out)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// show prints a number, or a dash where there is none.
func show(x *float64) string {
	if x == nil {
		return absent
	}
	return fmt.Sprintf("%.6g", *x)
}
