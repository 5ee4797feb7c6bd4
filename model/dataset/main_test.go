package dataset_test

import (
	"os"
	"testing"

	"sgdescape/verify/stattest"
	"sgdescape/verify/stattest/account"
)

var ledger = account.Open("model/dataset", stattest.Parts("population", limitParts...)...)

func TestMain(m *testing.M) { os.Exit(ledger.Run(m)) }
