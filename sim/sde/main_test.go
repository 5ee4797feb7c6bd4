package sde

import (
	"os"
	"slices"
	"testing"

	"sgdescape/verify/stattest"
	"sgdescape/verify/stattest/account"
)

var ledger = account.Open("sim/sde", slices.Concat(
	stattest.Parts("moments", momentParts...),
	stattest.Parts("strong order", "Eq. 13", "Eq. 15", "Milstein, gradient", "Milstein, difference"),
	[]string{"E[x²] by " + EulerMaruyama.String(), "E[x²] by " + Milstein.String(), "E[x²] by " + WeakRungeKutta.String()},
)...)

func TestMain(m *testing.M) { os.Exit(ledger.Run(m)) }
