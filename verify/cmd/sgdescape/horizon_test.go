package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestShortHorizon: censored runs that have not settled are told, by simulate and
// by ladder, and only they.
func TestShortHorizon(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.html")
	for _, row := range []struct {
		name, args string
		want       bool
	}{
		{"slow well, default horizon", "simulate doublewell --width 1000 --eta 4e4 --process sde --runs 64", true},
		{"short watch", "simulate doublewell --process sde --runs 1000 --horizon 1", true},
		{"short watch of SGD", "simulate regression --process sgd --c 1.2 --runs 1000 --horizon 1", true},
		{"all have left", "simulate doublewell --process sde --runs 1000", false},
		{"long watch, some are left", "simulate doublewell --process sde --runs 1000 --horizon 13", false},
		{"ladder", "ladder doublewell --width 1000 --eta 4e4 --runs 64 --points 2 --out " + page, true},
		{"ladder with a long watch", "ladder doublewell --runs 64 --points 2 --out " + page, false},
	} {
		code, out, errOut := sgdescape(t.Context(), strings.Fields(row.args)...)
		if code != 0 {
			t.Errorf("%s: code %d, %s", row.name, code, errOut)
		}
		if got := strings.Contains(out, "condition short-horizon"); got != row.want {
			t.Errorf("%s: condition %v, want %v:\n%s", row.name, got, row.want, out)
		}
	}
}
