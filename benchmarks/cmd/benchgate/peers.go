package main

import (
	"errors"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"sgdescape/benchmarks/peers"
	"sgdescape/model"
)

func newPeersCommand() *cobra.Command {
	var (
		flags            runFlags
		o                peers.Options
		jsonFile, mdFile string
	)
	cmd := &cobra.Command{
		Use:   "peers",
		Short: "Run the same work in C++, C and Python, and on two cores",
		Args:  cobra.NoArgs,
	}
	cmd.Flags().StringVar(&flags.core, "core", "last", "core to pin the runs to: last, any, or a number")
	cmd.Flags().IntVar(&o.Rounds, "rounds", 7, "rounds in which the programs take turns")
	cmd.Flags().IntVar(&o.Exits, "exits", 10000, "exits of each run")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "seed of the order of the runs")
	cmd.Flags().StringVar(&jsonFile, "json", "", "also write the rows to this file as JSON")
	cmd.Flags().StringVar(&mdFile, "markdown", "", "also write the table to this file")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		check := model.CheckDomain("peers").AtLeast(1, "rounds", o.Rounds).AtLeast(100, "exits", o.Exits)
		if jsonFile != "" {
			check.That(o.Rounds >= 6, "rounds", o.Rounds, "at least 6 with --json, so that a median has a 95 % interval")
		}
		if err := check.Err(); err != nil {
			return err
		}
		if err := writableBoth(jsonFile, mdFile); err != nil {
			return err
		}
		runner, note, err := flags.runner()
		if err != nil {
			return err
		}
		o.Core = runner.Core
		self, err := os.Executable()
		if err != nil {
			return err
		}
		dir, err := os.MkdirTemp("", "benchgate-peers-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		built, missing, err := peers.Build(cmd.Context(), dir, []string{self, "peer"})
		if err != nil {
			return err
		}
		var done func()
		o.Progress, done = progress(cmd.ErrOrStderr())
		rows, more, err := peers.Run(cmd.Context(), built, o)
		done()
		if err != nil {
			return err
		}
		missing = append(missing, more...)
		var cores []peers.Scaling
		if cmd.Context().Err() == nil {
			o.Progress, done = progress(cmd.ErrOrStderr())
			scaling := o
			scaling.Exits = peers.CoreExits
			var more string
			cores, more, err = peers.Scale(cmd.Context(), func(flags ...string) peers.Peer {
				return peers.Self(append([]string{self, "peer"}, flags...))
			}, scaling)
			done()
			if err != nil && cmd.Context().Err() == nil {
				return err
			}
			if more != "" {
				missing = append(missing, more)
			}
		}
		if note != "" {
			missing = append(missing, note)
		}
		report := peers.Report{Machine: peers.ThisMachine(), Rounds: o.Rounds, Exits: o.Exits, Rows: rows, TwoCores: cores, Notes: missing}
		if interrupted := cmd.Context().Err(); interrupted != nil { // no file of a part
			return errors.Join(report.WriteMarkdown(cmd.OutOrStdout()), interrupted)
		}
		return errors.Join(report.WriteMarkdown(cmd.OutOrStdout()),
			writeReport(mdFile, report.WriteMarkdown), writeReport(jsonFile, asJSON(report)))
	}
	return cmd
}

// newPeerCommand is this module as one of the peers.
func newPeerCommand() *cobra.Command {
	var load peers.Workload
	cmd := &cobra.Command{
		Use:    "peer PROCESS EXITS SEED",
		Hidden: true,
		Args:   cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			load.Process = args[0]
			var exits, seed error
			load.Exits, exits = strconv.Atoi(args[1])
			load.Seed, seed = strconv.ParseUint(args[2], 10, 64)
			if err := errors.Join(exits, seed); err != nil {
				return err
			}
			return peers.Own(cmd.Context(), cmd.OutOrStdout(), load)
		},
	}
	cmd.Flags().IntVar(&load.Workers, "workers", 1, "workers of the ensemble")
	cmd.Flags().BoolVar(&load.Summary, "summary", false, "keep a summary, not the outcomes")
	return cmd
}
