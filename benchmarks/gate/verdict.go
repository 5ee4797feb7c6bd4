package gate

import (
	"encoding/json"
	"fmt"
)

// A Verdict is what the gate says of one comparison, or of the whole run.
type Verdict int

const (
	// Undecided means that the data so far allow neither of the others.
	Undecided Verdict = iota
	// Clean means not slower by the floor or more.
	Clean
	// Regression means slower, by an estimated floor or more.
	Regression
)

// String returns "undecided", "clean" or "regression".
func (v Verdict) String() string {
	switch v {
	case Undecided:
		return "undecided"
	case Clean:
		return "clean"
	case Regression:
		return "regression"
	}
	return fmt.Sprintf("Verdict(%d)", int(v))
}

// MarshalJSON writes the name of the verdict.
func (v Verdict) MarshalJSON() ([]byte, error) { return json.Marshal(v.String()) }

// Combine returns the verdict on several comparisons together: a regression if
// any is one, otherwise undecided if any is, otherwise clean. Of nothing at
// all it is undecided.
func Combine(verdicts ...Verdict) Verdict {
	if len(verdicts) == 0 {
		return Undecided
	}
	all := Clean
	for _, v := range verdicts {
		switch v {
		case Regression:
			return Regression
		case Undecided:
			all = Undecided
		}
	}
	return all
}
