package noise_test

import (
	"os"
	"slices"
	"testing"

	"sgdescape/verify/stattest"
	"sgdescape/verify/stattest/account"
)

var ledger = account.Open("model/noise", slices.Concat(
	stattest.Parts("Gaussian inputs", momentParts...), stattest.Parts("exact covariance", limitParts...))...)

func TestMain(m *testing.M) { os.Exit(ledger.Run(m)) }
