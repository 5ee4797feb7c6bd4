package main

import (
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sgdescape/model"
	"sgdescape/verify/problem"
)

// endless is a problem whose solver never ends and is told of no interruption.
type endless struct{ problem.Problem }

func (endless) Levels(context.Context) (problem.Levels, []model.Condition, error) { select {} }

// TestInterruptedSolver: a solver that does not look at its context is left
// alone when the user interrupts.
func TestInterruptedSolver(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := levels(ctx, endless{}); err != context.DeadlineExceeded {
		t.Errorf("error %v, want that of the context", err)
	}
}

// TestInterruptedRate: an interrupted rate is one line and prints no numbers.
func TestInterruptedRate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, out, errOut := sgdescape(ctx, "rate", "radial")
	if code != exitFailed || out != "" || errOut != "sgdescape: interrupted\n" {
		t.Errorf("exit code %d, output %q, message %q", code, out, errOut)
	}
}

// TestInterruptedDataSet: the drawing of a data set does not hold up an
// interruption, whatever command asked for it.
func TestInterruptedDataSet(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "data.csv") // which nobody ever writes
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"rate", "simulate", "ladder"} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)
		code, out, errOut := sgdescape(ctx, command, "regression", "--data", pipe)
		if code != exitFailed || out != "" || errOut != "sgdescape: interrupted\n" {
			t.Errorf("%s: exit code %d, output %q, message %q", command, code, out, errOut)
		}
	}
}

// TestExtremeTemperature: a temperature beyond any grid is told, not computed on.
func TestExtremeTemperature(t *testing.T) {
	for _, temperature := range []string{"1e-100", "1e-300"} {
		code, out, _ := sgdescape(t.Context(), "rate", "channel", "--temperature", temperature)
		if code != exitExpected || !strings.Contains(strings.Join(strings.Fields(out), " "), "want a thermal length that a grid can resolve") {
			t.Errorf("T = %s: exit code %d, output %q", temperature, code, out)
		}
	}
}
