package main

import (
	"context"
	"strings"
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

// TestExtremeTemperature: a temperature beyond any grid is told, not computed on.
func TestExtremeTemperature(t *testing.T) {
	for _, temperature := range []string{"1e-100", "1e-300"} {
		code, out, _ := sgdescape(t.Context(), "rate", "channel", "--temperature", temperature)
		if code != exitExpected || !strings.Contains(strings.Join(strings.Fields(out), " "), "want a thermal length that a grid can resolve") {
			t.Errorf("T = %s: exit code %d, output %q", temperature, code, out)
		}
	}
}
