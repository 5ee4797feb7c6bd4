package discrete

import (
	"fmt"
	"os"
	"testing"

	"sgdescape/verify/stattest/account"
)

var ledger = account.Open("theory/discrete", assertions()...)

func TestMain(m *testing.M) { os.Exit(ledger.Run(m)) }

// simulation names the comparison of a solution with runs of the chain, written
// out.
func simulation(chain string, i int) string { return fmt.Sprintf("%s, case %d", chain, i) }

func assertions() (names []string) {
	for i := range simulated {
		names = append(names, simulation("Gaussian regression", i))
	}
	for i := range 3 {
		names = append(names, simulation("Euler-Maruyama", i))
	}
	for i := range 4 {
		names = append(names, simulation("data set", i))
	}
	return names
}
