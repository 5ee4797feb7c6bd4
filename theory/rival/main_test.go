package rival

import (
	"os"
	"testing"

	"sgdescape/verify/stattest/account"
)

var ledger = account.Open("theory/rival", "Lévy jumps")

func TestMain(m *testing.M) { os.Exit(ledger.Run(m)) }
