package main

import (
	"strings"
	"testing"
)

// TestDimensionsBeyondMemory: a dimension for which no n x n matrix is to be had
// is refused with the limit, before anything of the kind is allocated.
func TestDimensionsBeyondMemory(t *testing.T) {
	for _, args := range [][]string{
		{"rate", "regression", "--d", "100000"},
		{"rate", "regression", "--d", "100000", "--samples", "100000"},
		{"rate", "channel", "--n", "100000"},
		{"simulate", "radial", "--n", "100000", "--process", "sde"},
	} {
		code, out, errOut := sgdescape(t.Context(), args...)
		if code == exitExpected || out != "" || !strings.Contains(errOut, "is 100000, want at most 5000") {
			t.Errorf("%v: code %d, %q, %q", args, code, out, errOut)
		}
	}
	// Without matrices there is no such limit.
	if code, _, errOut := sgdescape(t.Context(), "rate", "radial", "--n", "100000", "--eta", "1e-7"); code != exitExpected {
		t.Errorf("rate radial: code %d, %s", code, errOut)
	}
}
