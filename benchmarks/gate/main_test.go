package gate

import (
	"os"
	"testing"

	"sgdescape/verify/stattest/account"
)

var ledger = account.Open("benchmarks/gate", assertions()...)

func TestMain(m *testing.M) { os.Exit(ledger.Run(m)) }

func assertions() []string {
	names := []string{"wavering counts"}
	for _, m := range machines() {
		names = append(names, "family-wise rate/"+m.name, "miss rate/"+m.name)
	}
	return names
}
