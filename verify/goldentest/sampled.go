package goldentest

import (
	"fmt"
	"math"

	"sgdescape/verify/stattest"
)

// ErrorSuffix names the standard error of a sampled column: beside "T" stands
// "T error", in the same unit.
const ErrorSuffix = " error"

// RunsColumn names the column that says of how many independent runs a row is the
// mean.
const RunsColumn = "runs"

// checkSampled wants at least one column with a standard error, each in the
// unit of its column and positive, and two runs or more in every row.
func (s Set) checkSampled() error {
	var d complaints
	unit := map[string]string{}
	for _, c := range s.Info.Columns {
		unit[c.Name] = c.Unit
	}
	pairs := 0
	for _, c := range s.Info.Columns {
		errorUnit, ok := unit[c.Name+ErrorSuffix]
		if !ok {
			continue
		}
		pairs++
		d.that(errorUnit == c.Unit, "unit of "+c.Name+ErrorSuffix, errorUnit, c.Unit)
		for _, r := range s.Rows {
			d.positive(fmt.Sprintf("%v: %s", r, c.Name+ErrorSuffix), r.Float(c.Name+ErrorSuffix))
		}
	}
	for _, r := range s.Rows {
		if _, ok := unit[RunsColumn]; ok {
			runs := r.Float(RunsColumn)
			d.that(runs >= 2 && runs == math.Trunc(runs) && runs < 1<<53, fmt.Sprintf("%v: %s", r, RunsColumn), runs, "a whole number >= 2")
		}
	}
	d.that(unit[RunsColumn] == "1", "unit of the column "+RunsColumn, unit[RunsColumn], "1")
	d.that(pairs > 0, "number of columns with a standard error", pairs, "at least 1")
	return d.err()
}

// CheckSampled compares a column of every row of a sampled set with a fresh
// simulation, by a [stattest.TwoMeansTest] at alpha divided by the number of rows:
// then a false alarm in any of them has probability at most alpha, as far as that
// test can be trusted. What was recorded is a mean and its error. Both means are
// of the same law, unless there is something to be found; so the recorded one is
// given the skewness of the fresh one. A fresh mean that was not sampled, with
// N = 0, must bring the skewness of the law along.
//
// A row that fails says so; the worst row is returned for the ledger, with alpha
// as its own. Its effect is the difference, in the unit of the column, and
// Detectable one that this row finds with probability stattest.DetectionPower.
func CheckSampled(t TB, u *Use, column string, alpha float64, fresh func(Row) (stattest.SampledMean, error)) stattest.Finding {
	t.Helper()
	if u.Info.Class != ClassSampled {
		t.Fatalf("%s is of class %s, want sampled", u.Name, u.Info.Class)
	}
	if !(alpha > 0 && alpha < 1) {
		t.Fatalf("alpha is %v, want a number in (0, 1)", alpha)
	}
	test := stattest.TwoMeansTest{Alpha: alpha / float64(len(u.Rows))}
	var findings []stattest.Finding
	failed := false
	for _, r := range u.Rows {
		u.mark(r)
		mean, err := fresh(r)
		if err != nil {
			t.Errorf("%s", u.differs(r, column, err, !failed))
			failed = true
			continue
		}
		recorded := stattest.SampledMean{Mean: r.Float(column), Error: r.Float(column + ErrorSuffix),
			N: int(r.Float(RunsColumn)), Skewness: mean.Skewness}
		f := test.Assert(mean, recorded)
		f.Rejected = f.Rejected || !(mean.Error >= 0)
		if f.Rejected {
			err := fmt.Errorf("got %v +- %v, recorded %v +- %v: %w", mean.Mean, mean.Error, recorded.Mean, recorded.Error, f.Err())
			t.Errorf("%s", u.differs(r, column, err, !failed))
			failed = true
		}
		findings = append(findings, f)
	}
	return stattest.Worst(alpha, findings...)
}
