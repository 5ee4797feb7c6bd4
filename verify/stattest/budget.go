package stattest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"sgdescape/model"
)

// RunAlpha is the probability, at most, that a default run of every test of the
// repository on fresh seeds raises one false alarm.
const RunAlpha = 1e-6

// ErrOverspent is wrapped by every error that reports more alpha than a budget
// allots: shares above one, a name drawn twice, an assertion with a larger
// alpha than was drawn.
var ErrOverspent = errors.New("alpha budget overspent")

// A Share allots a part of a budget to a name.
type Share struct {
	Name  string
	Share float64 // of the total, in (0, 1]
}

// A Budget owns the alpha of a group of statistical assertions. Each name has a
// share of the total that is declared, not drawn in order of calls, so that an
// assertion has the same alpha whichever others run. By Bonferroni's inequality
// the probability of any false alarm is at most the sum of what was drawn,
// which never exceeds the total.
//
// A Budget is safe for concurrent use.
type Budget struct {
	total float64

	pkg string // of the repository, "" when it is not the budget of one

	mu           sync.Mutex
	entries      map[string]*Entry
	shares       float64 // sum of the declared shares
	calibrations map[string]Calibration
}

// An Entry is one line of the ledger.
type Entry struct {
	Name     string
	Share    float64
	Alpha    float64 // allotted: total * Share
	Parts    int     // assertions the alpha was divided among; 0 if not drawn
	Findings int     // assertions recorded
	Spent    float64 // sum of the alphas recorded
	Worst    Finding // the recorded finding with the largest Margin
	Outcome  string  // see RecordOutcome; empty for plain findings
}

// NewBudget divides a total alpha in (0, 1). The shares must be positive, their
// names distinct and their sum at most 1.
func NewBudget(total float64, shares ...Share) (*Budget, error) {
	d := model.CheckDomain("alpha budget").That(total > 0 && total < 1, "total alpha", total, "a number in (0, 1)")
	if err := d.Err(); err != nil {
		return nil, err
	}
	b := &Budget{total: total, entries: map[string]*Entry{}, calibrations: map[string]Calibration{}}
	return b, b.Declare(shares...)
}

// MustBudget is [NewBudget] for shares written in the source; it panics where
// NewBudget returns an error.
func MustBudget(total float64, shares ...Share) *Budget {
	b, err := NewBudget(total, shares...)
	if err != nil {
		panic("stattest: " + err.Error())
	}
	return b
}

// EqualShares allots the same share 1/len(names) to every name.
func EqualShares(names ...string) []Share {
	shares := make([]Share, len(names))
	for i, name := range names {
		shares[i] = Share{Name: name, Share: 1 / float64(len(names))}
	}
	return shares
}

// Declare allots further shares. On an error nothing was allotted.
func (b *Budget) Declare(shares ...Share) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := model.CheckDomain("alpha budget")
	sum, seen := b.shares, map[string]bool{}
	for _, s := range shares {
		d.That(s.Share > 0 && s.Share <= 1, fmt.Sprintf("share of %q", s.Name), s.Share, "a number in (0, 1]")
		d.That(b.entries[s.Name] == nil && !seen[s.Name], "name", s.Name, "a name not declared before")
		seen[s.Name] = true
		sum += s.Share
	}
	if err := d.Err(); err != nil {
		return err
	}
	if !(sum <= 1+1e-12) { // room for the rounding of sums such as ten times 0.1
		return fmt.Errorf("%w: shares add up to %v, want <= 1", ErrOverspent, sum)
	}
	b.shares = sum
	for _, s := range shares {
		b.entries[s.Name] = &Entry{Name: s.Name, Share: s.Share, Alpha: b.total * s.Share}
	}
	return nil
}

// Draw hands out the alpha of a name, once.
func (b *Budget) Draw(name string) (float64, error) { return b.DrawParts(name, 1) }

// DrawParts hands out the alpha of a name, once, divided evenly among a number
// of assertions, and returns the alpha of each of them.
func (b *Budget) DrawParts(name string, parts int) (float64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entries[name]
	switch {
	case e == nil:
		return 0, fmt.Errorf("%w: %q has no share", ErrOverspent, name)
	case e.Parts > 0:
		return 0, fmt.Errorf("%w: %q was drawn before", ErrOverspent, name)
	case parts < 1:
		return 0, model.CheckDomain("alpha budget").AtLeast(1, "parts of "+name, parts).Err()
	}
	e.Parts = parts
	return e.Alpha / float64(parts), nil
}

// Record enters the finding of an assertion under the name whose alpha it
// used. It fails if the name was not drawn or the findings recorded under it
// use more than was drawn. Of several findings the one with the largest Margin
// is kept.
func (b *Budget) Record(name string, f Finding) error { return b.record(name, f, "") }

// RecordOutcome enters a finding with a word that the ledger shows in place of
// passed or REJECTED, such as the [Outcome] of an equivalence test.
func (b *Budget) RecordOutcome(name string, f Finding, outcome string) error {
	return b.record(name, f, outcome)
}

func (b *Budget) record(name string, f Finding, outcome string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entries[name]
	if e == nil || e.Parts == 0 {
		return fmt.Errorf("%w: %q was not drawn", ErrOverspent, name)
	}
	if !(e.Spent+f.Alpha <= e.Alpha*(1+1e-9)) {
		return fmt.Errorf("%w: %q has spent %.3g and asks for %.3g more, its share is %.3g", ErrOverspent, name, e.Spent, f.Alpha, e.Alpha)
	}
	if e.Findings == 0 || f.Rejected && !e.Worst.Rejected ||
		f.Rejected == e.Worst.Rejected && f.Margin() > e.Worst.Margin() {
		e.Worst, e.Outcome = f, outcome
	}
	e.Findings++
	e.Spent += f.Alpha
	return nil
}

// recorded returns the alpha and the finding of a name that was drawn as a whole
// and recorded.
func (b *Budget) recorded(name string) (alpha float64, f Finding, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.entries[name]; e != nil && e.Parts == 1 && e.Findings == 1 {
		return e.Alpha, e.Worst, true
	}
	return 0, Finding{}, false
}

// allotted returns the alpha of a name without drawing it.
func (b *Budget) allotted(name string) (float64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.entries[name]; e != nil {
		return e.Alpha, nil
	}
	return 0, fmt.Errorf("%w: %q has no share", ErrOverspent, name)
}

// Missing returns the names that have a share but no finding, sorted.
func (b *Budget) Missing() []string {
	var names []string
	for _, e := range b.Entries() {
		if e.Findings == 0 {
			names = append(names, e.Name)
		}
	}
	return names
}

// Total returns the alpha of the whole budget.
func (b *Budget) Total() float64 { return b.total }

// Drawn returns the sum of the alphas handed out so far.
func (b *Budget) Drawn() float64 {
	sum := 0.0
	for _, e := range b.Entries() {
		if e.Parts > 0 {
			sum += e.Alpha
		}
	}
	return sum
}

// Entries returns a copy of the ledger, sorted by name.
func (b *Budget) Entries() []Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]Entry, 0, len(b.entries))
	for _, e := range b.entries {
		list = append(list, *e)
	}
	slices.SortFunc(list, func(x, y Entry) int { return strings.Compare(x.Name, y.Name) })
	return list
}
