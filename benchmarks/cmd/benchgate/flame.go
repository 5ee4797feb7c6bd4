package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/google/pprof/profile"
	"github.com/spf13/cobra"

	"sgdescape/benchmarks/flame"
)

func newFlameCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "flame PROFILE",
		Short: "Draw a CPU profile as a flame graph",
		Args:  one("a CPU profile"),
		RunE: func(_ *cobra.Command, args []string) error {
			if out == "" {
				return errors.New("--out is empty, want a file")
			}
			if err := writable("--out", out); err != nil {
				return err
			}
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			p, err := profile.Parse(f)
			if err != nil {
				return fmt.Errorf("the profile is %q, want one that go test -cpuprofile wrote: %w", args[0], err)
			}
			svg, err := flame.SVG(p)
			if err != nil {
				return err
			}
			return writeWhole(out, svg)
		},
	}
	cmd.Flags().StringVar(&out, "out", "flame.svg", "file of the picture")
	return cmd
}
