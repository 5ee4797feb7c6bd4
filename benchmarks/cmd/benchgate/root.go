package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"sgdescape/benchmarks/gate"
)

// The exit codes.
const (
	exitClean      = 0
	exitRegression = 1
	exitUndecided  = 2 // or not run at all
)

// A verdictError carries a verdict other than clean to the exit code. What led
// to it has been printed.
type verdictError struct{ gate.Verdict }

func (e verdictError) Error() string { return e.String() }

// execute runs the command line and returns the exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "benchgate",
		Short:         "Tell whether the working tree made a benchmark slower",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.AddCommand(newRunCommand(), newSelftestCommand(), newRecordCommand(), newHistoryCommand(), newPeersCommand(), newPeerCommand(), newFlameCommand())
	strictHelp(root)
	err := root.ExecuteContext(ctx)
	var verdict verdictError
	switch {
	case err == nil:
		return exitClean
	case errors.As(err, &verdict):
		if verdict.Verdict == gate.Regression {
			return exitRegression
		}
		return exitUndecided
	}
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	fmt.Fprintln(stderr, "benchgate:", err)
	if failed := (failure{}); errors.As(err, &failed) && failed.verdict == gate.Regression {
		fmt.Fprintln(stderr, "benchgate: the verdict is", failed.verdict)
		return exitRegression
	}
	return exitUndecided
}

// one demands one argument and says which.
func one(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%d arguments %q, want one, %s", len(args), args, what)
		}
		return nil
	}
}

// strictHelp makes help for what is no command an error: cobra prints a line
// and exits with 0. (Command sgdescape has the same lines: a package for them alone would be
// a drawer.)
func strictHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, _ := root.Find([]string{"help"}) // there since the line above
	help.Args = func(_ *cobra.Command, words []string) error {
		cmd, rest, err := root.Find(words)
		if err != nil {
			cmd, rest = root, words
		}
		if len(rest) == 0 {
			return nil
		}
		var names []string
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				names = append(names, c.Name())
			}
		}
		want := "no more words"
		if len(names) > 0 {
			want = "one of " + strings.Join(names, ", ")
		}
		return fmt.Errorf("help: no command %q of %q, want %s", rest[0], cmd.CommandPath(), want)
	}
}
