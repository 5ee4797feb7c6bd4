package stattest

import (
	"fmt"
	"math"
)

// TB is the part of testing.TB that a [Runner] needs.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
}

// Seeds gives each assertion its seed; *seed.Flags does.
type Seeds interface {
	For(name string) uint64 // a function of Base and the name
	Base() uint64           // the seed of the run, for the flag -seed
}

// A Runner runs the assertions of one test package: each draws its alpha from
// the budget, is tested on a seed of its own, and is entered in the ledger.
// Package account makes one for a package of this repository:
//
//	var ledger = account.Open("sim/stream", "normal law")
//
//	func TestMain(m *testing.M) { os.Exit(ledger.Run(m)) }
//
//	func TestStat_NormalLaw(t *testing.T) {
//		ledger.Assert(t, "normal law", func(seed uint64, alpha float64) (stattest.Finding, error) {
//			return stattest.DistributionTest{CDF: phi, Alpha: alpha}.Assert(draw(seed, 1e5)), nil
//		})
//	}
//
// A test that go test -count repeats makes the same assertion on the same seed,
// which spends no further alpha; another finding under the same name does, and
// is an error.
type Runner struct {
	Budget *Budget
	Seeds  Seeds
	// Calibrate, if above 0, repeats each assertion so often at
	// CalibrateAlpha instead of running it once, and spends no alpha of the
	// budget.
	Calibrate      int
	CalibrateAlpha float64 // 0 means 0.05: failures must be frequent enough to be counted
	// Patience ends the trials of an assertion early; see [Patience.Trials].
	Patience Patience
}

// Assert runs the assertion that has the given name in the budget, logs its
// finding, and fails the test if it is rejected, cannot be run, or has too few
// data to reject anything.
func (r Runner) Assert(t TB, name string, assertion Assertion) {
	t.Helper()
	r.run(t, r.Seeds.For(name), []string{name}, assertion.alone)
}

// AssertAll runs assertions that share their data. Each part has an entry of
// its own in the budget, named by [Parts], and all have the same alpha.
func (r Runner) AssertAll(t TB, name string, parts []string, assertions Assertions) {
	t.Helper()
	r.run(t, r.Seeds.For(name), Parts(name, parts...), assertions)
}

// Parts returns the names name/part of assertions that share their data.
func Parts(name string, parts ...string) []string {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = name + "/" + p
	}
	return names
}

func (r Runner) run(t TB, seed uint64, names []string, assertions Assertions) {
	t.Helper()
	fail := func(name string, what any) {
		t.Helper()
		t.Errorf("%s: %v (repeat with -seed=%d)", name, what, r.Seeds.Base())
	}
	if r.Calibrate > 0 {
		r.calibrate(t, seed, names, assertions, fail)
		return
	}
	var alpha float64
	for i, name := range names {
		a, _, again := r.Budget.recorded(name)
		if !again {
			var err error
			if a, err = r.Budget.Draw(name); err != nil {
				t.Errorf("%v", err)
				return
			}
		}
		if i > 0 && a != alpha {
			t.Errorf("%s has alpha %.3g and %s has %.3g, want the same for assertions on the same data", names[0], alpha, name, a)
			return
		}
		alpha = a
	}
	findings, err := assertions(seed, alpha)
	if err == nil && len(findings) != len(names) {
		err = fmt.Errorf("%d findings, want %d", len(findings), len(names))
	}
	if err != nil {
		fail(names[0], err)
		return
	}
	for i, f := range findings {
		err := r.enter(names[i], f, "")
		switch {
		case err == nil && f.Rejected:
			err = f.Err()
		case err == nil && !(f.Detectable < math.Inf(1)):
			err = fmt.Errorf("n = %d are too few: at alpha %.3g no effect, however large, is found with probability %v", f.N, f.Alpha, DetectionPower)
		}
		if err != nil {
			fail(names[i], err)
			continue
		}
		t.Logf("%s: %v", names[i], f)
	}
}

// enter records a finding, or compares it with the one recorded before.
func (r Runner) enter(name string, f Finding, outcome string) error {
	if _, before, again := r.Budget.recorded(name); again {
		if f != before {
			return fmt.Errorf("%w: %q was drawn before, for another finding", ErrOverspent, name)
		}
		return nil
	}
	return r.Budget.record(name, f, outcome)
}

// Enter draws the alpha of a name and records a finding that was made with it
// by other means, and the word for it, as [Budget.RecordOutcome] does. It is an
// error if the finding has a larger alpha than the name.
func (r Runner) Enter(name string, f Finding, outcome string) error {
	if _, _, again := r.Budget.recorded(name); !again {
		if _, err := r.Budget.Draw(name); err != nil {
			return err
		}
	}
	return r.enter(name, f, outcome)
}

// EnterCalibration records how often an assertion failed that is repeated by
// other means.
func (r Runner) EnterCalibration(name string, c Calibration) { r.Budget.calibrated(name, c) }

func (r Runner) calibrate(t TB, seed uint64, names []string, assertions Assertions, fail func(string, any)) {
	t.Helper()
	alpha := r.CalibrateAlpha
	if alpha == 0 {
		alpha = 0.05
	}
	all, err := calibrate(r.Calibrate, r.Patience, seed, alpha, len(names), assertions)
	if err != nil {
		fail(names[0], err)
		return
	}
	for i, c := range all {
		r.Budget.calibrated(names[i], c)
		if !c.Consistent {
			fail(names[i], c)
			continue
		}
		t.Logf("%s: %v", names[i], c)
	}
}

// Reject hands sabotaged data to an assertion, at the alpha of the entry that
// has the given name, and fails the test unless it is rejected. It is a negative
// control: no alpha is drawn, and nothing entered in the ledger.
func (r Runner) Reject(t TB, name, sabotage string, assertion Assertion) {
	t.Helper()
	alpha, err := r.Budget.allotted(name)
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	f, err := assertion(r.Seeds.For(name+" "+sabotage), alpha)
	switch {
	case err != nil:
		t.Errorf("%s, %s: %v", name, sabotage, err)
	case !f.Rejected:
		t.Errorf("%s, %s: not rejected: %v (repeat with -seed=%d)", name, sabotage, f, r.Seeds.Base())
	default:
		t.Logf("%s, %s: rejected with margin %.3g: %v", name, sabotage, f.Margin(), f)
	}
}
