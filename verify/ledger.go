package verify

import (
	"fmt"
	"slices"
	"strings"

	"sgdescape/model"
)

// Ledger lists all claims, in the order of the argument.
func Ledger() []Claim {
	return withCauses(slices.Concat(
		covarianceClaims(),
		networkClaims(),
		strengthClaims(),
		timeChangeClaims(),
		escapeClaims(),
		stationaryClaims(),
		barrierClaims(),
		rivalClaims(),
		outlierClaims(),
		quasiPotentialClaims(),
		firstPassageClaims(),
		ladderClaims(),
		regressionClaims(),
	))
}

// Select returns the claims with the given identifiers, in the order of the
// ledger, or all of them when there are none.
func Select(ids []string) ([]Claim, error) {
	ledger := Ledger()
	if len(ids) == 0 {
		return ledger, nil
	}
	var selected []Claim
	known := make([]string, 0, len(ledger))
	for _, c := range ledger {
		known = append(known, c.ID)
		if slices.Contains(ids, c.ID) {
			selected = append(selected, c)
		}
	}
	d := model.CheckDomain("ledger")
	for _, id := range ids {
		d.That(slices.Contains(known, id), "claim", fmt.Sprintf("%q", id), "one of "+strings.Join(known, ", "))
	}
	return selected, d.Err()
}
