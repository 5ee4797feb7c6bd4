package verify_test

import (
	"testing"

	"sgdescape/verify"
)

// TestEveryKnownDisagreementHasACause: a claim that is known to disagree says
// why, and no other has a cause.
func TestEveryKnownDisagreementHasACause(t *testing.T) {
	for _, c := range verify.Ledger() {
		if (c.Cause != "") != (c.Expected == verify.Disagrees) {
			t.Errorf("%s is expected to be %v and its cause is %q", c.ID, c.Expected, c.Cause)
		}
	}
}
