package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sgdescape/benchmarks/compare"
	"sgdescape/benchmarks/measure"
	"sgdescape/benchmarks/record"
)

func newRecordCommand() *cobra.Command {
	var (
		flags  runFlags
		suite  compare.Options
		rounds int
		dir    string
	)
	cmd := &cobra.Command{
		Use:   "record NAME",
		Short: "Record the speed of the working tree as a baseline",
		Args:  one("the name of the record"),
	}
	flags.add(cmd)
	addSuite(cmd, &suite)
	cmd.Flags().IntVar(&rounds, "rounds", 10, "runs of each benchmark")
	cmd.Flags().StringVar(&dir, "dir", "benchmarks/results", "folder of the records, relative to the top of the repository")
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		ctx := cmd.Context()
		name := args[0]
		if name == "" || strings.ContainsAny(name, `/\`) {
			return fmt.Errorf("name %q: want a file name without extension", name)
		}
		if rounds < 1 {
			return fmt.Errorf("--rounds is %d, want 1 or more", rounds)
		}
		runner, _, err := flags.runner()
		if err != nil {
			return err
		}
		root, err := measure.Root(ctx, ".")
		if err != nil {
			return err
		}
		base := filepath.Join(root, dir, name)
		if err := errors.Join(writable("the record", base+".txt"), writable("its description", base+record.InfoSuffix)); err != nil {
			return err
		}
		revision, err := measure.DescribeTree(ctx, root) // before the build: the tree may change while it is measured
		if err != nil {
			return err
		}
		tmp, err := os.MkdirTemp("", "benchgate-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
		binary, err := measure.Build(ctx, root, suite.Package, filepath.Join(tmp, "head.test"))
		if err != nil {
			return err
		}
		report, done := progress(cmd.ErrOrStderr())
		text, info, err := record.Make(ctx, record.Options{
			Binary: binary, Runner: runner, Pattern: suite.Pattern, Skip: suite.Skip, Rounds: rounds, Progress: report,
		})
		done()
		if err != nil {
			return err
		}
		info.Revision = revision
		info.Date = time.Now().UTC().Format(time.DateOnly)
		info.Flags = buildFlags()
		infoText, err := json.MarshalIndent(info, "", "  ")
		if err != nil {
			return err
		}
		return errors.Join(
			writeWhole(base+".txt", text),
			writeWhole(base+record.InfoSuffix, append(infoText, '\n')))
	}
	return cmd
}

// buildFlags returns what changes the code that the go command generates.
func buildFlags() []string {
	flags := []string{}
	for _, key := range []string{"GOFLAGS", "GOAMD64", "GOARM64", "GOEXPERIMENT", "CGO_ENABLED"} {
		out, err := exec.Command("go", "env", key).Output()
		if v := strings.TrimSpace(string(out)); err == nil && v != "" {
			flags = append(flags, key+"="+v)
		}
	}
	return flags
}

func newHistoryCommand() *cobra.Command {
	var dir, out string
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Plot the recorded baselines",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if info, err := os.Stat(dir); err != nil || !info.IsDir() {
				return fmt.Errorf("--dir is %q, want a folder of records", dir)
			}
			if out == "" {
				return errors.New("--out is empty, want a file")
			}
			if err := writable("--out", out); err != nil {
				return err
			}
			entries, err := record.Read(os.DirFS(dir))
			if err != nil {
				return err
			}
			if len(entries) == 0 {
				return fmt.Errorf("%s holds no records", dir)
			}
			svg, err := record.Plot(entries)
			if err != nil {
				return err
			}
			return writeWhole(out, svg)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "benchmarks/results", "folder of the records")
	cmd.Flags().StringVar(&out, "out", "benchmarks/results/history.svg", "file of the plot")
	return cmd
}
