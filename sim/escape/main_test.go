package escape_test

import (
	"os"
	"testing"

	"sgdescape/verify/stattest"
	"sgdescape/verify/stattest/account"
)

var ledger = account.Open("sim/escape", assertions()...)

func TestMain(m *testing.M) {
	if phase := os.Getenv(phaseVariable); phase != "" {
		os.Exit(goThrough(phase, os.Args[1]))
	}
	os.Exit(ledger.Run(m))
}

func assertions() (names []string) {
	for _, c := range exactChains() {
		names = append(names, "exact chain/"+c.name)
	}
	for _, p := range exactPassages() {
		names = append(names, "exact passage/"+p.name)
	}
	names = append(names, "corrected crossing", "process of one's own", "exposure over exits")
	return append(names, stattest.Parts("occupation", occupationBins()...)...)
}
