package sgd

import (
	"fmt"
	"os"
	"testing"

	"sgdescape/verify/stattest"
	"sgdescape/verify/stattest/account"
)

// Ledger is the account of both test packages of this folder.
var Ledger = account.Open("sim/sgd", assertions()...)

func TestMain(m *testing.M) { os.Exit(Ledger.Run(m)) }

// StepParts are what is tested of the noise of one step, -(theta' - theta)/eta -
// grad L: its mean against zero and its covariance against Sigma.
var StepParts = []string{"mean of theta_1", "mean of theta_2", "covariance"}

func assertions() []string {
	names := []string{"subset"}
	for _, b := range []int{1, 3, 6} {
		for _, data := range []string{"with replacement", "without replacement", "population"} {
			names = append(names, stattest.Parts(fmt.Sprintf("%s, B = %d", data, b), StepParts...)...)
		}
	}
	return names
}
