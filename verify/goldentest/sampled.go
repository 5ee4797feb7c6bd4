package goldentest

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"sgdescape/verify/stattest"
)

// ErrorSuffix names the standard error of a sampled column: beside "T" stands
// "T error", in the same unit.
const ErrorSuffix = " error"

// checkSampled wants at least one column with a standard error, each in the
// unit of its column and positive.
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
	d.that(pairs > 0, "number of columns with a standard error", pairs, "at least 1")
	return d.err()
}

// CheckSampled compares a column of every row of a sampled set with a fresh
// simulation, which returns a mean and its standard error. Each row is tested
// at alpha divided by the number of rows,
//
//	|mean - recorded| / sqrt(error^2 + recorded error^2) <= z(alpha/(2 rows))
//
// so that a false alarm in any of them has probability at most alpha, provided
// that both means are Gaussian. A row that fails says so; the worst row is
// returned for the ledger, with alpha as its own. Its effect is the difference,
// in the unit of the column, and Detectable the smallest true one that this row
// finds with probability stattest.DetectionPower.
func CheckSampled(t TB, u *Use, column string, alpha float64, fresh func(Row) (mean, standardError float64, err error)) stattest.Finding {
	t.Helper()
	if u.Info.Class != ClassSampled {
		t.Fatalf("%s is of class %s, want sampled", u.Name, u.Info.Class)
	}
	if !(alpha > 0 && alpha < 1) {
		t.Fatalf("alpha is %v, want a number in (0, 1)", alpha)
	}
	critical := -mathext.NormalQuantile(alpha / (2 * float64(len(u.Rows))))
	worst := stattest.Finding{Statistic: math.Inf(-1)}
	for _, r := range u.Rows {
		u.mark(r)
		mean, standardError, err := fresh(r)
		if err != nil {
			t.Errorf("%v: %s: %v", r, column, err)
			continue
		}
		spread := math.Hypot(standardError, r.Float(column+ErrorSuffix))
		gap := math.Abs(mean - r.Float(column))
		f := stattest.Finding{
			N: len(u.Rows), Alpha: alpha,
			Statistic: gap / spread, Critical: critical,
			Effect:     gap,
			Detectable: (critical + mathext.NormalQuantile(stattest.DetectionPower)) * spread,
		}
		f.Rejected = !(standardError >= 0 && f.Statistic <= f.Critical)
		if f.Rejected {
			t.Errorf("%v: %s: got %v +- %v, recorded %v +- %v: %v", r, column,
				mean, standardError, r.Float(column), r.Float(column+ErrorSuffix), f.Err())
		}
		if f.Rejected && !worst.Rejected || f.Rejected == worst.Rejected && f.Statistic > worst.Statistic {
			worst = f
		}
	}
	return worst
}
