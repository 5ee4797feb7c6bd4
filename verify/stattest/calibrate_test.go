package stattest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model"
)

// coin rejects with the given multiple of its alpha.
func coin(multiple float64) Assertion {
	return func(seed uint64, alpha float64) (Finding, error) {
		u := rand.New(rand.NewPCG(seed, 0)).Float64()
		return Finding{Alpha: alpha, Statistic: 1 - u, Critical: 1 - multiple*alpha}.finish(), nil
	}
}

func TestCalibrate(t *testing.T) {
	honest, err := Calibrate(2000, 1, 0.05, coin(1))
	if err != nil || !honest.Consistent || !honest.Rate.Contains(0.05) {
		t.Errorf("honest: %v, %v", honest, err)
	}
	timid, err := Calibrate(2000, 1, 0.05, coin(0.1))
	if err != nil || !timid.Consistent {
		t.Errorf("conservative: %v, %v", timid, err)
	}
	if !strings.Contains(honest.String(), "consistent with alpha 0.05") {
		t.Error(honest)
	}
	again, _ := Calibrate(2000, 1, 0.05, coin(1))
	if d := cmp.Diff(honest, again); d != "" {
		t.Errorf("the same seed twice:\n%s", d)
	}
	if _, err := Calibrate(0, 1, 0.05, coin(1)); !errors.Is(err, model.ErrDomain) {
		t.Errorf("no trials: %v", err)
	}
	broken := errors.New("broken")
	if _, err := Calibrate(3, 1, 0.05, func(uint64, float64) (Finding, error) { return Finding{}, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestReject_LooseAssertion: one that fails twice as often as it says. At 2000
// trials and alpha 0.05 a rate of 0.1 is rejected but for a probability 1e-4.
func TestReject_LooseAssertion(t *testing.T) {
	c, err := Calibrate(2000, 1, 0.05, coin(2))
	if err != nil || c.Consistent || !strings.Contains(c.String(), "ABOVE alpha 0.05") {
		t.Errorf("%v, %v", c, err)
	}
}

// logbook is a TB that keeps what it is told.
type logbook struct{ logs, errors []string }

func (l *logbook) Helper()                      {}
func (l *logbook) Logf(f string, args ...any)   { l.logs = append(l.logs, fmt.Sprintf(f, args...)) }
func (l *logbook) Errorf(f string, args ...any) { l.errors = append(l.errors, fmt.Sprintf(f, args...)) }
func (l *logbook) want(t *testing.T, logs, errors int, words string) {
	t.Helper()
	if all := strings.Join(append(l.logs, l.errors...), "\n"); len(l.logs) != logs || len(l.errors) != errors || !strings.Contains(all, words) {
		t.Errorf("%d logs, %d errors, want %d and %d with %q:\n%s", len(l.logs), len(l.errors), logs, errors, words, all)
	}
}

func TestRunner(t *testing.T) {
	r := Runner{Budget: MustBudget(1e-3, EqualShares("good", "bad", "broken", "greedy")...), Seeds: flags}
	said := func(name string, a Assertion) *logbook {
		l := &logbook{}
		r.Assert(l, name, a)
		return l
	}
	said("good", coin(0)).want(t, 1, 0, "good: n 0, alpha 0.00025")
	said("good", coin(0)).want(t, 0, 1, "drawn before")
	said("bad", coin(1e6)).want(t, 0, 1, fmt.Sprintf("(repeat with -seed=%d)", flags.Base()))
	said("broken", func(uint64, float64) (Finding, error) { return Finding{}, errors.New("no data") }).want(t, 0, 1, "no data")
	said("greedy", func(_ uint64, alpha float64) (Finding, error) { return Finding{Alpha: 2 * alpha}, nil }).want(t, 0, 1, "overspent")
	said("unknown", coin(0)).want(t, 0, 1, "no share")

	r = Runner{Budget: MustBudget(1e-3, Share{"good", 1}), Seeds: flags, Calibrate: 300}
	said("good", coin(1)).want(t, 1, 0, "consistent")
	said("good", coin(10)).want(t, 0, 1, "ABOVE")
	said("good", func(uint64, float64) (Finding, error) { return Finding{}, errors.New("no data") }).want(t, 0, 1, "no data")
	if r.Budget.Drawn() != 0 {
		t.Error("calibration spent the budget")
	}
}

// TestPackageShares: the run as a whole spends no more than RunAlpha.
func TestPackageShares(t *testing.T) {
	if _, err := NewBudget(RunAlpha, PackageShares()...); err != nil {
		t.Error(err)
	}
	if b, err := ForPackage("verify/stattest"); err != nil || !(b.Total() < RunAlpha) {
		t.Errorf("%v", err)
	}
	if _, err := ForPackage("nowhere"); !errors.Is(err, ErrOverspent) {
		t.Error(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	MustForPackage("nowhere")
}

// TestDeriveSeed: no two of a million seeds of two neighbouring families are
// equal, as they must be for a bijection but for chance 3e-8 between families.
func TestDeriveSeed(t *testing.T) {
	seen := map[uint64]bool{}
	for i := range uint64(500_000) {
		seen[DeriveSeed(1, i)] = true
		seen[DeriveSeed(2, i)] = true
	}
	if len(seen) != 1_000_000 {
		t.Errorf("%d distinct seeds", len(seen))
	}
}
