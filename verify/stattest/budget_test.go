package stattest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model"
)

func TestBudget(t *testing.T) {
	b := MustBudget(1e-6, Share{"rate", 0.5}, Share{"slope", 0.25})
	alpha, err := b.DrawParts("rate", 2)
	if err != nil || alpha != 2.5e-7 {
		t.Fatalf("alpha %v, error %v", alpha, err)
	}
	for i, stat := range []float64{1, 3} {
		if err := b.Record("rate", Finding{N: i, Alpha: alpha, Statistic: stat, Critical: 5}); err != nil {
			t.Fatal(err)
		}
	}
	want := []Entry{
		{Name: "rate", Share: 0.5, Alpha: 5e-7, Parts: 2, Findings: 2, Spent: 5e-7,
			Worst: Finding{N: 1, Alpha: 2.5e-7, Statistic: 3, Critical: 5}},
		{Name: "slope", Share: 0.25, Alpha: 2.5e-7},
	}
	if d := cmp.Diff(want, b.Entries()); d != "" {
		t.Errorf("ledger (-want +got):\n%s", d)
	}
	if b.Drawn() != 5e-7 || b.Total() != 1e-6 {
		t.Errorf("drawn %v of %v", b.Drawn(), b.Total())
	}
}

// TestReject_Overspending: each way of using more alpha than was declared.
func TestReject_Overspending(t *testing.T) {
	b := MustBudget(1e-6, Share{"a", 0.6})
	if err := b.Declare(Share{"b", 0.5}); !errors.Is(err, ErrOverspent) {
		t.Errorf("shares above one: %v", err)
	}
	if _, err := b.Draw("unknown"); !errors.Is(err, ErrOverspent) {
		t.Errorf("unknown name drawn: %v", err)
	}
	if err := b.Record("a", Finding{Alpha: 1e-9}); !errors.Is(err, ErrOverspent) {
		t.Errorf("recorded before it was drawn: %v", err)
	}
	alpha, err := b.Draw("a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Draw("a"); !errors.Is(err, ErrOverspent) {
		t.Errorf("drawn twice: %v", err)
	}
	if err := b.Record("a", Finding{Alpha: 1.01 * alpha}); !errors.Is(err, ErrOverspent) {
		t.Errorf("larger alpha than drawn: %v", err)
	}
	if err := b.Record("a", Finding{Alpha: alpha}); err != nil {
		t.Error(err)
	}
	if err := b.Record("a", Finding{Alpha: alpha}); !errors.Is(err, ErrOverspent) {
		t.Errorf("recorded twice: %v", err)
	}
	for name, err := range map[string]error{
		"negative share": b.Declare(Share{"c", -0.1}),
		"twice declared": b.Declare(Share{"a", 0.1}),
		"total alpha":    func() error { _, err := NewBudget(2); return err }(),
		"parts": func() error {
			_, err := MustBudget(0.1, Share{"x", 1}).DrawParts("x", 0)
			return err
		}(),
	} {
		if !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v, want a domain error", name, err)
		}
	}
}

// TestBudgetOrder: any order of concurrent draws gives every name the same
// alpha, and equal shares never add up to more than the total by rounding.
func TestBudgetOrder(t *testing.T) {
	var names []string
	for i := range 300 {
		names = append(names, fmt.Sprintf("n%03d", i))
	}
	b := MustBudget(1e-6, EqualShares(names...)...)
	var wg sync.WaitGroup
	for _, name := range names {
		wg.Go(func() {
			alpha, err := b.Draw(name)
			if err != nil || alpha != 1e-6*(1.0/300) {
				t.Errorf("%s: alpha %v, error %v", name, alpha, err)
			}
			if err := b.Record(name, Finding{Alpha: alpha, Critical: 1}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if !(b.Drawn() <= 1e-6*(1+1e-12)) {
		t.Errorf("drawn %v", b.Drawn())
	}
}

func TestBudgetTable(t *testing.T) {
	b := MustBudget(1e-3, EqualShares("rate", "law", "bad", "silent", "idle")...)
	for _, name := range []string{"rate", "law", "bad", "silent"} {
		if _, err := b.Draw(name); err != nil {
			t.Fatal(err)
		}
	}
	c := Equivalence(Interval{1, 0.99, 1.01, 0.9998}, Exactly(1), 0.05)
	if err := errors.Join(
		b.Record("rate", Finding{N: 10, Alpha: 2e-4, Statistic: 1, Critical: 3.7, Effect: 0.1, Detectable: 2}),
		b.Record("bad", Finding{N: 10, Alpha: 2e-4, Statistic: 5, Critical: 3.7, Effect: 3, Detectable: 2, Rejected: true}),
		b.RecordOutcome("law", c.Finding(400, 2e-4, 0.3), c.Outcome.String())); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := WriteTable(&text, b.Lines()); err != nil {
		t.Fatal(err)
	}
	want := `  assertion  count    n   alpha  statistic  critical  effect  detectable    result
        bad      1   10  0.0002          5       3.7       3           2  REJECTED
       idle      0    0  0.0002          0         0       0           0   missing
        law      1  400  0.0002          0      0.05       0         0.3    agrees
       rate      1   10  0.0002          1       3.7     0.1           2    passed
     silent      0    0  0.0002          0         0       0           0   missing
5 assertions, alpha 0.0006 in all
`
	if d := cmp.Diff(want, text.String()); d != "" {
		t.Errorf("table (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"idle", "silent"}, b.Missing()); d != "" {
		t.Errorf("missing (-want +got):\n%s", d)
	}
}

func TestMustBudgetPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	MustBudget(1, Share{"a", 1})
}
