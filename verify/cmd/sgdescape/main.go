// Command sgdescape puts the theory of escape from a minimum beside the
// simulation of it.
//
//	sgdescape verify              judge every claim, write the report
//	sgdescape claims              list the claims
//	sgdescape rate PROBLEM        every theory level of one problem, side by side
//	sgdescape simulate PROBLEM    exit times of one process, with intervals
//	sgdescape ladder PROBLEM      theory levels and simulation against c or T
//
// It exits with 0 when everything is as expected, 1 when a verdict changed,
// and 2 when something could not run or, outside the short profile, be decided.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sgdescape/model"
	"sgdescape/verify/problem"
)

// Exit codes.
const (
	exitExpected = 0
	exitChanged  = 1
	exitFailed   = 2
)

// errVerdict reports that a verdict is not the expected one.
var errVerdict = errors.New("a verdict is not the expected one")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run executes the command line and returns the exit code.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitExpected
	case errors.Is(err, errVerdict):
		return exitChanged
	case err == context.Canceled: // alone: nothing was kept
		err = errors.New("interrupted")
	}
	fmt.Fprintln(errOut, "sgdescape:", strings.Join(strings.Fields(err.Error()), " "))
	return exitFailed
}

func newRoot() *cobra.Command {
	var g globals
	root := &cobra.Command{
		Use:           "sgdescape",
		Short:         "How fast does SGD leave a minimum? Theory against simulation.",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.PersistentFlags().BoolVar(&g.json, "json", false, "print JSON instead of text")
	root.PersistentFlags().Uint64Var(&g.seed, "seed", 1, "seed of everything random")
	root.PersistentFlags().IntVar(&g.workers, "workers", 0, "goroutines that simulate; 0 for one per core; never changes a result")
	root.AddCommand(newVerify(&g), newClaims(&g), newRate(&g), newSimulate(&g), newLadder(&g))
	strictHelp(root)
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.HiddenDefaultCmd = true
	return root
}

// strictHelp makes help for what is no command an error: cobra prints a line
// and exits with 0. (Command benchgate has the same lines: a package for them alone would be
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

// flagError words the refusal of a flag's value in the way of all others.
func flagError(_ *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	want := map[string]string{"float64": "a number", "int": "a whole number", "uint64": "a whole number >= 0", "bool": "true or false"}[invalid.GetFlag().Value.Type()]
	switch {
	case want == "":
		return err
	case errors.Is(err, strconv.ErrRange):
		want += " a computer holds"
	}
	return fmt.Errorf("--%s is %q, want %s", invalid.GetFlag().Name, invalid.GetValue(), want)
}

// levels returns the levels of the theory, or the error of ctx as soon as it
// ends.
func levels(ctx context.Context, p problem.Problem) (problem.Levels, []model.Condition, error) {
	type answer struct {
		levels     problem.Levels
		conditions []model.Condition
	}
	a, err := orInterrupted(ctx, func() (answer, error) {
		l, c, err := p.Levels(ctx)
		return answer{l, c}, err
	})
	return a.levels, a.conditions, err
}

// orInterrupted returns what f returns, or the error of ctx as soon as it ends:
// f, a solver or the drawing of a data set, is not asked to stop in the middle, it
// is left to itself.
func orInterrupted[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		value, err := f()
		done <- answer{value, err}
	}()
	var none T
	select {
	case a := <-done:
		if err := ctx.Err(); err != nil {
			return none, err
		}
		return a.value, a.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// globals are the flags every command has.
type globals struct {
	json    bool
	seed    uint64
	workers int
}

func (g *globals) validate() error {
	if g.workers < 0 {
		return fmt.Errorf("--workers is %d, want 0 or more", g.workers)
	}
	return nil
}
