package kernels

import (
	"os"
	"testing"

	"sgdescape/verify/stattest/account"
)

var ledger = account.Open("verify/kernels", names()...)

func TestMain(m *testing.M) { os.Exit(ledger.Run(m)) }

func names() (names []string) {
	for _, c := range comparisons(1) {
		names = append(names, c.name)
	}
	return names
}
