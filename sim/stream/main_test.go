package stream

import (
	"os"
	"slices"
	"testing"

	"sgdescape/verify/stattest"
	"sgdescape/verify/stattest/account"
)

var ledger = account.Open("sim/stream", slices.Concat(
	stattest.Parts("normal", normalParts...),
	stattest.Parts("remainder", remainderParts...),
	stattest.Parts("neighbours", lagParts()...),
	[]string{"index", "index beyond half the words", tailOfRare, tailOfAll},
)...)

func TestMain(m *testing.M) { os.Exit(ledger.Run(m)) }
