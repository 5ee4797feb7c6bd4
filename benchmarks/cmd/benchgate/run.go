package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"sgdescape/benchmarks/compare"
	"sgdescape/benchmarks/gate"
	"sgdescape/benchmarks/measure"
)

// runFlags are the flags that say how a benchmark is measured.
type runFlags struct {
	core      string
	time, run time.Duration
}

func (f *runFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.core, "core", "last", "core to pin the runs to: last, any, or a number")
	cmd.Flags().DurationVar(&f.time, "time", time.Millisecond, "length of one repetition; the fastest of a run counts")
	cmd.Flags().DurationVar(&f.run, "run-time", 50*time.Millisecond, "length of one run")
}

// addSuite adds the flags that say which benchmarks are run.
func addSuite(cmd *cobra.Command, o *compare.Options) {
	cmd.Flags().StringVar(&o.Package, "package", "./benchmarks", "package of the benchmarks, relative to the top of the repository")
	cmd.Flags().StringVar(&o.Pattern, "bench", ".", "benchmarks to run, as in go test -bench")
	cmd.Flags().StringVar(&o.Skip, "skip", "^BenchmarkWork$", "benchmarks to leave out; the default repeats loops that others measure alone")
}

// runner returns the runner and what should be known about it.
func (f *runFlags) runner() (r measure.Runner, note string, err error) {
	r = measure.Runner{Time: f.time, RunTime: f.run}
	switch f.core {
	case "last":
		r.Core, note = measure.LastCore()
	case "any":
		r.Core, note = measure.AnyCore, "runs are not pinned: --core any"
	default:
		n, convErr := strconv.Atoi(f.core)
		r.Core = measure.Core(n)
		if convErr != nil || n < 0 {
			return r, "", fmt.Errorf("--core %q: want last, any, or a number >= 0", f.core)
		}
	}
	return r, note, r.Core.Usable()
}

func newRunCommand() *cobra.Command {
	var (
		flags            runFlags
		o                compare.Options
		mergeBase        bool
		jsonFile, mdFile string
	)
	o.Plan = gate.DefaultPlan()
	cmd := &cobra.Command{
		Use:   "run (--base REVISION | --file FILE)",
		Short: "Compare the working tree with a base",
		Args:  cobra.NoArgs,
	}
	flags.add(cmd)
	addSuite(cmd, &o)
	cmd.Flags().StringVar(&o.Base, "base", "", "revision to compare with")
	cmd.Flags().BoolVar(&mergeBase, "merge-base", false, "compare with the commit at which HEAD and --base parted")
	cmd.Flags().StringVar(&o.File, "file", "", "record of this machine to compare with, see benchgate record")
	cmd.Flags().DurationVar(&o.Budget, "budget", 10*time.Minute, "time to spend on measuring")
	cmd.Flags().Float64Var(&o.Plan.Floor, "floor", o.Plan.Floor, "smallest relative slow-down that matters")
	cmd.Flags().Float64Var(&o.Plan.FamilyAlpha, "alpha", o.Plan.FamilyAlpha, "probability of any false regression in the run")
	cmd.Flags().Float64Var(&o.Plan.MissBeta, "beta", o.Plan.MissBeta, "probability of a clean run in spite of a slow-down by the floor")
	cmd.Flags().IntSliceVar(&o.Plan.Looks, "looks", o.Plan.Looks, "rounds after which decisions are taken")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "seed of the order of the runs")
	cmd.Flags().StringVar(&jsonFile, "json", "", "also write the report to this file as JSON")
	cmd.Flags().StringVar(&mdFile, "markdown", "", "also write the report to this file as Markdown")

	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		ctx := cmd.Context()
		if cmd.Flags().Changed("base") && o.Base == "" {
			return errors.New("--base is empty, want a revision such as HEAD~1")
		}
		var note string
		if o.Runner, note, err = flags.runner(); err != nil {
			return err
		}
		if err := errors.Join(o.Validate(), writableBoth(jsonFile, mdFile)); err != nil { // before git is asked anything
			return err
		}
		if o.Root, err = measure.Root(ctx, "."); err != nil {
			return err
		}
		if mergeBase && o.Base != "" {
			if o.Base, err = measure.MergeBase(ctx, o.Root, o.Base); err != nil {
				return err
			}
		}
		var done func()
		o.Progress, done = progress(cmd.ErrOrStderr())
		report, err := compare.Run(ctx, o)
		done()
		if report == nil {
			return err
		}
		if note != "" {
			report.Notes = append(report.Notes, note)
		}
		failed := errors.Join(
			err,
			report.WriteTable(cmd.OutOrStdout()),
			writeReport(jsonFile, report.WriteJSON),
			writeReport(mdFile, report.WriteMarkdown))
		if failed != nil { // said, where a verdict alone is not
			return failure{failed, report.Verdict}
		}
		return asError(report.Verdict)
	}
	return cmd
}

// asError turns every verdict but clean into an error for the exit code.
func asError(v gate.Verdict) error {
	if v == gate.Clean {
		return nil
	}
	return verdictError{v}
}

// A failure to write a report or to clean up does not take back the verdict.
type failure struct {
	error
	verdict gate.Verdict
}

func (f failure) Unwrap() error { return f.error }

// asJSON returns what writes a value as indented JSON.
func asJSON(value any) func(io.Writer) error {
	return func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(value)
	}
}

// writable returns an error if a file with this name cannot be made, unless the
// name is empty. Told before minutes are spent on what goes into it.
func writable(flag, name string) error {
	if name == "" {
		return nil
	}
	switch info, err := os.Stat(name); {
	case err != nil: // it is new, or the probe tells
	case info.IsDir():
		return fmt.Errorf("%s is %q, a folder, want a file", flag, name)
	case !info.Mode().IsRegular(): // it would be replaced by a file
		return fmt.Errorf("%s is %q, a device or a pipe, want a regular file", flag, name)
	}
	probe, err := os.CreateTemp(filepath.Dir(name), ".probe-*")
	if err != nil {
		return fmt.Errorf("%s is %q, want a file in a folder that can be written: %w", flag, name, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// writableBoth is writable for the two files of a report.
func writableBoth(jsonFile, mdFile string) error {
	if jsonFile != "" && mdFile != "" && filepath.Clean(jsonFile) == filepath.Clean(mdFile) {
		return fmt.Errorf("--json and --markdown are both %q, want two files", jsonFile)
	}
	return errors.Join(writable("--json", jsonFile), writable("--markdown", mdFile))
}

// writeReport writes a file if it has a name.
func writeReport(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	return writeWhole(name, b.Bytes())
}
