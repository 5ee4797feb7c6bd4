package verify

import (
	"context"
	"encoding/json"
	"math"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/verify/stattest"
)

// flags are those of the account.
var flags = Account.Flags

// TestStat_Ledger judges every claim: the quick profile, or with -short the short
// one. Each claim is a subtest, so that one of them can be run alone.
func TestStat_Ledger(t *testing.T) {
	if flags.Calibrate > 0 {
		calibrateClaims(t)
		return
	}
	profile := Quick
	if testing.Short() {
		profile = Short
	}
	runner := NewRunner(Options{Profile: profile, Seed: flags.Base()})
	t.Logf("profile %s, seed %d", profile.Name, flags.Base())
	spent := 0.0
	for _, claim := range Ledger() {
		t.Run(claim.ID, func(t *testing.T) {
			r, err := runner.Judge(context.Background(), claim)
			if err != nil {
				t.Fatal(err)
			}
			spent += r.Alpha
			e := r.Measurement.Effect
			t.Logf("%v: %s = %.5g [%.5g, %.5g], band %v, alpha %.2g, n = %d, detectable %.3g",
				r.Verdict, e.Name, e.Value, e.Low, e.High, claim.Band, r.Alpha, e.N, e.Detectable(claim.Band))
			if r.Problem != "" {
				t.Error(r.Problem)
			}
			if claim.Share == 0 {
				return
			}
			band := claim.Band
			if claim.Expected == Disagrees {
				band = claim.Pinned
			}
			if err := Account.Enter(claimName(claim), Found(e, band, r.Alpha), r.Verdict.String()); err != nil {
				t.Error(err)
			}
		})
	}
	t.Logf("false alarms: %.3g spent of %.3g", spent, FalseAlarmBudget)
	if spent > FalseAlarmBudget*(1+1e-9) {
		t.Errorf("the claims spend %g of a false-alarm budget of %g", spent, FalseAlarmBudget)
	}
}

// TestLedgerIsWellFormed: identifiers are unique and usable as file names and
// test names, and nothing that a reader needs is missing.
func TestLedgerIsWellFormed(t *testing.T) {
	id := regexp.MustCompile(`^[a-z0-9.-]+$`)
	seen := map[string]bool{}
	for _, c := range Ledger() {
		if !id.MatchString(c.ID) || seen[c.ID] {
			t.Errorf("claim %q: the identifier is not unique or not in %v", c.ID, id)
		}
		seen[c.ID] = true
		for field, value := range map[string]string{"equation": c.Equation, "statement": c.Statement, "left": c.Left, "right": c.Right, "reason": c.Reason} {
			if value == "" {
				t.Errorf("claim %s has no %s", c.ID, field)
			}
		}
		if !(c.Band.Low < c.Band.High) {
			t.Errorf("claim %s: band %v is empty", c.ID, c.Band)
		}
		if c.Expected == Undecided {
			t.Errorf("claim %s expects no verdict", c.ID)
		}
		if c.Expected == Disagrees && c.Pinned == (Band{}) {
			t.Errorf("claim %s expects a disagreement of unstated size", c.ID)
		}
	}
}

// TestBudgetIsTheLedgersShare: the ledger spends what is set aside for it.
func TestBudgetIsTheLedgersShare(t *testing.T) {
	for _, s := range stattest.PackageShares() {
		if s.Name == "verify" && math.Abs(s.Share*stattest.RunAlpha/FalseAlarmBudget-1) > 1e-12 {
			t.Errorf("the ledger spends %g, its share is %g", FalseAlarmBudget, s.Share*stattest.RunAlpha)
		}
	}
}

func TestSelect(t *testing.T) {
	all := Ledger()
	some, err := Select([]string{all[2].ID, all[0].ID})
	if err != nil || len(some) != 2 || some[0].ID != all[0].ID {
		t.Errorf("Select gave %d claims and %v, want two in the order of the ledger", len(some), err)
	}
	if every, err := Select(nil); err != nil || len(every) != len(all) {
		t.Errorf("of no names: %d claims and %v, want all", len(every), err)
	}
	if cause := causeOf("no-such-claim"); cause != "" {
		t.Errorf("an unknown claim has the cause %q", cause)
	}
	if _, err := Select([]string{"no-such-claim"}); err == nil {
		t.Error("an unknown claim was accepted")
	}
}

// TestWorkersDoNotMatter: the same seed gives the same verdicts to the last bit
// with one goroutine and with eight.
func TestWorkersDoNotMatter(t *testing.T) {
	claims, err := Select([]string{"barrier-gld-linear", "t1-radial-n5", "fig3b-d5-t4", "eq18-tau"})
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []string
	for _, workers := range []int{1, 8} {
		results, err := Run(context.Background(), claims, Options{Profile: Short, Seed: 3, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.MarshalIndent(NewVerdicts(results, len(claims), Options{Profile: Short, Seed: 3}), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		outcomes = append(outcomes, string(data))
	}
	if diff := cmp.Diff(outcomes[0], outcomes[1]); diff != "" {
		t.Errorf("one worker and eight differ (-one +eight):\n%s", diff)
	}
}
