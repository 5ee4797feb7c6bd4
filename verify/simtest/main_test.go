package simtest_test

import (
	"flag"
	"testing"

	"sgdescape/verify/simtest"
	"sgdescape/verify/stattest"
	"sgdescape/verify/stattest/seed"
)

var (
	flags  = seed.Register(flag.CommandLine)
	budget = stattest.MustForPackage("verify/simtest", stattest.EqualShares(
		"euler-maruyama", "weak-runge-kutta", "own normals", "standard normals", "own minibatches", "straightforward minibatches")...)
)

// options are those of a suite that spends alpha under a name: the seed is that
// of the flags.
func options(t *testing.T, name string, effort float64) simtest.Options {
	t.Helper()
	alpha, err := budget.Draw(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("seed %d, alpha %.3g", flags.Base(), alpha)
	return simtest.Options{Seed: flags.For(name), Alpha: alpha, Effort: effort}
}
