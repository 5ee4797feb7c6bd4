package simtest_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"sgdescape/verify/simtest"
	"sgdescape/verify/stattest"
	"sgdescape/verify/stattest/account"
)

// A suite has so many checks in all, of which some are statistical.
type suite struct {
	checks      int
	statistical []string
}

var (
	integrators = suite{10, []string{"independence", "drift", "covariance", "order", "stationary law", "exit time"}}
	minibatches = suite{4, []string{"mean", "with", "without"}}
	deviates    = suite{6, []string{"independence", "distribution", "moments", "edges", "tails"}}
)

var ledger = account.Open("verify/simtest", slices.Concat(
	stattest.Parts("Euler-Maruyama", integrators.statistical...),
	stattest.Parts("weak Runge-Kutta", integrators.statistical...),
	stattest.Parts("own minibatches", minibatches.statistical...),
	stattest.Parts("straightforward minibatches", minibatches.statistical...),
	stattest.Parts("own normals", deviates.statistical...),
	stattest.Parts("standard normals", deviates.statistical...),
	stattest.Parts("false alarms", "integrator", "normals", "minibatch"),
)...)

func TestMain(m *testing.M) { os.Exit(ledger.Run(m)) }

// conforms asserts that no check of a suite is red. Each statistical one has an
// entry in the ledger.
func conforms(t *testing.T, name string, s suite, effort float64, run func(simtest.Options) ([]simtest.Result, error)) {
	t.Helper()
	ledger.AssertAll(t, name, s.statistical, func(seed uint64, alpha float64) ([]stattest.Finding, error) {
		results, err := run(simtest.Options{Seed: seed, Alpha: alpha * float64(s.checks), Effort: effort})
		findings := make([]stattest.Finding, len(s.statistical))
		statistical := 0
		for _, r := range results {
			if i := slices.Index(s.statistical, r.Check); i >= 0 {
				r.Finding.Alpha = alpha // but for the rounding of alpha*checks/checks
				findings[i] = r.Finding
				statistical++
			} else if r.Finding.Rejected {
				t.Errorf("%v\n%s", r, r.Means)
			}
		}
		if err == nil && (len(results) != s.checks || statistical != len(s.statistical)) {
			err = fmt.Errorf("%d checks, %d statistical ones: want %d and %q", len(results), statistical, s.checks, s.statistical)
		}
		return findings, err
	})
}
