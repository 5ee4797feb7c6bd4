package stattest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
	r := Runner{Budget: MustBudget(1e-3, EqualShares("good", "bad", "broken", "greedy", "blind")...), Seeds: flags}
	said := func(name string, a Assertion) *logbook {
		l := &logbook{}
		r.Assert(l, name, a)
		return l
	}
	said("good", coin(0)).want(t, 1, 0, "good: n 0, alpha 0.0002")
	said("good", coin(0)).want(t, 1, 0, "good: n 0, alpha 0.0002") // the same again
	said("good", coin(0.5)).want(t, 0, 1, "drawn before, for another finding")
	said("bad", coin(1e6)).want(t, 0, 1, fmt.Sprintf("(repeat with -seed=%d)", flags.Base()))
	said("broken", func(uint64, float64) (Finding, error) { return Finding{}, errors.New("no data") }).want(t, 0, 1, "no data")
	said("greedy", func(_ uint64, alpha float64) (Finding, error) { return Finding{Alpha: 2 * alpha}, nil }).want(t, 0, 1, "overspent")
	said("blind", func(_ uint64, alpha float64) (Finding, error) {
		return ProportionTest{Want: 0.5, Alpha: alpha}.Assert(1, 1), nil
	}).want(t, 0, 1, "n = 1 are too few")
	said("unknown", coin(0)).want(t, 0, 1, "no share")

	r = Runner{Budget: MustBudget(1e-3, Share{"good", 1}), Seeds: flags, Calibrate: 300}
	said("good", coin(1)).want(t, 1, 0, "consistent")
	said("good", coin(10)).want(t, 0, 1, "ABOVE")
	said("good", func(uint64, float64) (Finding, error) { return Finding{}, errors.New("no data") }).want(t, 0, 1, "no data")
	if r.Budget.Drawn() != 0 {
		t.Error("calibration spent the budget")
	}
}

// pair makes two findings on one number.
func pair(seed uint64, alpha float64) ([]Finding, error) {
	u := rand.New(rand.NewPCG(seed, 0)).Float64()
	return []Finding{
		Finding{N: 1, Alpha: alpha, Statistic: 1 - u, Critical: 1 - alpha}.finish(),
		Finding{N: 1, Alpha: alpha, Statistic: u, Critical: 1 - alpha}.finish(),
	}, nil
}

func TestRunnerAll(t *testing.T) {
	r := Runner{Budget: MustBudget(1e-3, EqualShares(Parts("pair", "low", "high")...)...), Seeds: flags}
	said := func(name string, parts []string, a Assertions) *logbook {
		l := &logbook{}
		r.AssertAll(l, name, parts, a)
		return l
	}
	said("pair", []string{"low", "high"}, pair).want(t, 2, 0, "pair/high: n 1, alpha 0.0005")
	said("pair", []string{"low", "high"}, pair).want(t, 2, 0, "pair/low")
	if r.Budget.Drawn() != 1e-3 || r.Budget.Missing() != nil {
		t.Errorf("drawn %v, missing %q", r.Budget.Drawn(), r.Budget.Missing())
	}
	r.Budget = MustBudget(1e-3, Share{"pair/low", 0.5}, Share{"pair/high", 0.25}, Share{"pair/none", 0.25})
	said("pair", []string{"low", "high"}, pair).want(t, 0, 1, "want the same for assertions on the same data")
	said("pair", []string{"none"}, pair).want(t, 0, 1, "2 findings, want 1")

	r = Runner{Budget: MustBudget(1e-3, EqualShares(Parts("pair", "low", "high")...)...), Seeds: flags, Calibrate: 300}
	r.Budget.pkg = "some/package"
	said("pair", []string{"low", "high"}, pair).want(t, 2, 0, "consistent")
	said("pair", []string{"low"}, pair).want(t, 0, 1, "2 findings, want 1")
	var text strings.Builder
	if err := r.Budget.WriteLines(&text, 7, true); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("calibrated:\n%s", text.String())
	}
	if c, ok := ParseCalibration(lines[1]); !ok || c.Name != "pair/low" || c.Trials != 300 || !c.Consistent || c.String() != lines[1] {
		t.Errorf("%s read as %v, %v", lines[1], c, ok)
	}
	if s, ok := ParseTotal(lines[2]); !ok || !s.Calibrated || s.Full || s.Drawn != 0 {
		t.Errorf("%s read as %v, %v", lines[2], s, ok)
	}
}

func TestRunnerReject(t *testing.T) {
	r := Runner{Budget: MustBudget(1e-3, Share{"good", 1}), Seeds: flags}
	said := func(name string, a Assertion) *logbook {
		l := &logbook{}
		r.Reject(l, name, "spoilt", a)
		return l
	}
	said("good", coin(1e6)).want(t, 1, 0, "good, spoilt: rejected with margin")
	said("good", coin(0)).want(t, 0, 1, "good, spoilt: not rejected")
	said("unknown", coin(0)).want(t, 0, 1, "no share")
	said("good", func(uint64, float64) (Finding, error) { return Finding{}, errors.New("no data") }).want(t, 0, 1, "no data")
	if r.Budget.Drawn() != 0 {
		t.Error("a negative control spent alpha")
	}
}

func TestRunnerEnter(t *testing.T) {
	r := Runner{Budget: MustBudget(1e-3, Share{"claim", 1}), Seeds: flags}
	f := Finding{N: 3, Alpha: 1e-3, Statistic: 2, Critical: 1, Rejected: true}
	for range 2 { // the same again spends nothing
		if err := r.Enter("claim", f, "disagrees"); err != nil {
			t.Error(err)
		}
	}
	if l := r.Budget.Lines()[0]; l.Result != "disagrees" || l.Count != 1 || l.Worst != f {
		t.Errorf("ledger %v", l)
	}
	other := f
	other.N = 4
	if err := r.Enter("claim", other, "disagrees"); !errors.Is(err, ErrOverspent) {
		t.Errorf("another finding: error %v", err)
	}
	if err := r.Enter("no claim", f, ""); !errors.Is(err, ErrOverspent) {
		t.Errorf("no share: error %v", err)
	}
	r.EnterCalibration("claim", Calibrated(0.05, 3, 100))
	var text strings.Builder
	if err := r.Budget.WriteLines(&text, 1, false); err != nil || !strings.Contains(text.String(), "failures 3 of 100") {
		t.Errorf("%v, error %v", text.String(), err)
	}
}

// TestLedgerLines: what a binary prints can be read back.
func TestLedgerLines(t *testing.T) {
	b := MustBudget(1e-3, EqualShares(`a "quoted" name`, "idle")...)
	b.pkg = "some/package"
	alpha, err := b.Draw(`a "quoted" name`)
	if err != nil {
		t.Fatal(err)
	}
	f := ProportionTest{Want: 0.5, Alpha: alpha}.Assert(1, 1) // detects nothing
	if err := b.Record(`a "quoted" name`, f); err != nil {
		t.Fatal(err)
	}
	for _, full := range []bool{false, true} {
		var text strings.Builder
		if err := b.WriteLines(&text, 7, full); err != nil {
			t.Fatal(err)
		}
		var lines []LedgerLine
		var total LedgerTotal
		for _, row := range strings.Split(strings.TrimSpace(text.String()), "\n") {
			if l, ok := ParseLine(row); ok {
				lines = append(lines, l)
			} else if s, ok := ParseTotal(row); ok {
				total = s
			} else {
				t.Errorf("cannot read %q", row)
			}
		}
		want := b.Lines()
		if !full { // what was not asked for is not missing
			want = want[:1]
		}
		if d := cmp.Diff(want, lines); d != "" {
			t.Errorf("full %v (-want +got):\n%s", full, d)
		}
		if want := (LedgerTotal{"some/package", 5e-4, 1e-3, 7, full, false}); total != want {
			t.Errorf("total %+v, want %+v", total, want)
		}
	}
	for _, other := range []string{"", "ledger", "PASS", "ok  \tsgdescape/sim/stream\t0.1s", "ledger a \"b\" count x"} {
		if _, ok := ParseLine(other); ok {
			t.Errorf("%q read as a line", other)
		}
		if _, ok := ParseTotal(other); ok {
			t.Errorf("%q read as a total", other)
		}
		if _, ok := ParseCalibration(other); ok {
			t.Errorf("%q read as a calibration", other)
		}
	}
}

func TestWorst(t *testing.T) {
	calm, near := Finding{Alpha: 1, Statistic: 1, Critical: 4}, Finding{Alpha: 1, Statistic: 3, Critical: 4}
	nan := Finding{Alpha: 1, Critical: 4, Rejected: true}
	for name, c := range map[string]struct{ got, want Finding }{
		"nearest":          {Worst(2, calm, near, calm), Finding{Alpha: 2, Statistic: 3, Critical: 4}},
		"rejection counts": {Worst(2, near, nan, calm), Finding{Alpha: 2, Critical: 4, Rejected: true}},
	} {
		if c.got != c.want {
			t.Errorf("%s: %+v, want %+v", name, c.got, c.want)
		}
	}
}
