package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sgdescape/benchmarks/compare"
	"sgdescape/benchmarks/gate"
	"sgdescape/benchmarks/selftest"
	"sgdescape/model"
)

func newSelftestCommand() *cobra.Command {
	var (
		flags       runFlags
		o           compare.Options
		repetitions int
		tolerated   int
		scenario    string
		jsonFile    string
	)
	o.Plan = gate.DefaultPlan()
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Measure how often the gate errs, on a small module with injected work",
		Args:  cobra.NoArgs,
	}
	flags.add(cmd)
	cmd.Flags().DurationVar(&o.Budget, "budget", 2*time.Minute, "time for one repetition")
	cmd.Flags().IntVar(&repetitions, "count", 50, "repetitions of each scenario")
	cmd.Flags().StringVar(&scenario, "scenario", "", "run only scenarios whose name contains this")
	cmd.Flags().IntVar(&tolerated, "tolerate", 1, "misses tolerated in each scenario; false alarms never are")
	cmd.Flags().StringVar(&jsonFile, "json", "", "also write the outcomes to this file as JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if err := model.CheckDomain("selftest").AtLeast(1, "--count", repetitions).AtLeast(0, "--tolerate", tolerated).Err(); err != nil {
			return err
		}
		if o.Runner, _, err = flags.runner(); err != nil {
			return err
		}
		if err := writable("--json", jsonFile); err != nil {
			return err
		}
		var done func()
		o.Progress, done = progress(cmd.ErrOrStderr())
		verdict := gate.Clean
		var outcomes []selftest.Outcome
		for _, s := range selftest.Scenarios() {
			if !strings.Contains(s.Name, scenario) {
				continue
			}
			out, err := selftest.Run(cmd.Context(), s, o, repetitions)
			done()
			if cmd.Context().Err() != nil && out.Completed == 0 {
				break
			}
			if err != nil {
				return err
			}
			outcomes = append(outcomes, out)
			printOutcome(cmd.OutOrStdout(), out)
			switch {
			case !out.Passes(tolerated):
				verdict = gate.Regression
			case out.Completed < repetitions && verdict == gate.Clean:
				verdict = gate.Undecided
			}
		}
		if err := cmd.Context().Err(); err != nil {
			return errors.Join(writeReport(jsonFile, asJSON(outcomes)), err)
		}
		if len(outcomes) == 0 {
			return fmt.Errorf("no scenario contains %q", scenario)
		}
		if err := writeReport(jsonFile, asJSON(outcomes)); err != nil {
			return failure{err, verdict}
		}
		return asError(verdict)
	}
	return cmd
}

func printOutcome(w io.Writer, o selftest.Outcome) {
	fmt.Fprintf(w, "%-28s want %-10s  got %d of %d", o.Scenario, o.Want, o.Completed-o.Wrong(), o.Completed)
	for _, v := range []gate.Verdict{gate.Clean, gate.Regression, gate.Undecided} {
		if n := o.Verdicts[v.String()]; n > 0 && v != o.Want {
			fmt.Fprintf(w, ", %s %d times", v, n)
		}
	}
	if o.FalseAlarms > 0 {
		fmt.Fprintf(w, ", false alarms %d", o.FalseAlarms)
	}
	if len(o.Blamed) > 0 {
		fmt.Fprintf(w, "; blamed %v", o.Blamed)
	}
	fmt.Fprintf(w, "; %.1f s each\n", o.Seconds/float64(max(o.Completed, 1)))
}
