package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sgdescape/model"
	"sgdescape/verify/problem"
)

func newRate(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rate PROBLEM",
		Short: "print every level of the theory side by side",
		Long: `Print every level of the theory for one problem, side by side. T0 is the power
law (Mori2022, Eqs. 16 and 17), T1 the diffusion of Eq. 13 solved exactly, T2 the
diffusion with the exact covariance of Eq. 8, T3 the same watched at t = eta k
only, T4 the discrete chain of SGD solved exactly. Times are in t = eta k.`,
		Example: "  sgdescape rate regression --d 1 --population --eta 0.1 --batch 1 --c 2\n" +
			"  sgdescape rate doublewell --floor 1 --height 1 --width 1 --eta 0.05 --batch 1 --json",
	}
	addProblems(cmd, nil, func(cmd *cobra.Command, p problem.Problem) error {
		if err := g.validate(); err != nil {
			return err
		}
		levels, conditions, err := p.Levels(cmd.Context())
		if err != nil {
			return err
		}
		if conditions == nil {
			conditions = []model.Condition{}
		}
		if g.json {
			return encode(cmd.OutOrStdout(), struct {
				Problem    string            `json:"problem"`
				Parameters map[string]any    `json:"parameters"`
				Levels     problem.Levels    `json:"levels"`
				Conditions []model.Condition `json:"conditions"`
			}{p.Name(), p.Parameters(), levels, conditions})
		}
		return printLevels(cmd.OutOrStdout(), p, levels, conditions)
	})
	return cmd
}

func encode(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", " ")
	return enc.Encode(v)
}

func printLevels(out io.Writer, p problem.Problem, levels problem.Levels, conditions []model.Condition) error {
	printProblem(out, p)
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "level\trate\tlog rate\texponent\tmfpt\tmfpt to saddle\trelative error")
	for _, name := range sortedKeys(levels) {
		l := levels[name]
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, show(l.Rate), show(l.LogRate), show(l.Exponent),
			show(l.MFPT), show(l.MFPTToSaddle), show(l.RelativeError))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, c := range conditions {
		if _, err := fmt.Fprintf(out, "condition %s: %s\n", c.Name, c.Detail); err != nil {
			return err
		}
	}
	return nil
}

func printProblem(out io.Writer, p problem.Problem) {
	fmt.Fprint(out, p.Name())
	parameters := p.Parameters()
	for _, key := range sortedKeys(parameters) {
		fmt.Fprintf(out, " %s=%v", key, parameters[key])
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
		return "-"
	}
	return fmt.Sprintf("%.6g", *x)
}
