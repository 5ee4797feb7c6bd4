// Package tol holds the one definition of closeness that tests use.
//
// Two numbers are close within a relative tolerance when
//
//	|got - want| <= rtol |want|
//
// want is the reference: the definition is not symmetric, and a reference of
// zero is met by zero alone unless an absolute tolerance is given. Equal
// infinities of one sign are close, NaN is close to NaN (both say "no number"),
// and nothing else is close to either.
package tol

import (
	"fmt"
	"math"

	"github.com/google/go-cmp/cmp"
)

// Close returns nil if |got - want| <= rtol*|want|, and otherwise an error that
// shows both numbers and their relative difference. It panics unless rtol >= 0.
func Close(got, want, rtol float64) error {
	return Within(got, want, rtol, 0)
}

// CloseAbs is [Close] for the absolute difference |got - want| <= atol.
func CloseAbs(got, want, atol float64) error {
	return Within(got, want, 0, atol)
}

// Within returns nil if |got - want| <= max(rtol*|want|, atol).
func Within(got, want, rtol, atol float64) error {
	must(rtol)
	must(atol)
	if same(got, want) || finite(got, want) && math.Abs(got-want) <= math.Max(rtol*math.Abs(want), atol) {
		return nil
	}
	return fmt.Errorf("got %v, want %v: off by %.3g, relative %.3g, allowed relative %.3g or absolute %.3g",
		got, want, got-want, RelativeError(got, want), rtol, atol)
}

// CloseLog returns nil if two positive numbers have logarithms that differ by
// at most ltol: a factor, the same up and down. For quantities that span
// decades, such as rates.
func CloseLog(got, want, ltol float64) error {
	must(ltol)
	d := math.Abs(math.Log(got) - math.Log(want))
	if same(got, want) || finite(got, want) && d <= ltol { // d is NaN or +Inf unless both are positive
		return nil
	}
	return fmt.Errorf("got %v, want %v: logarithms differ by %.3g, allowed %.3g", got, want, d, ltol)
}

// CloseULP returns nil if at most n float64 numbers lie beyond one of got and
// want up to and including the other.
func CloseULP(got, want float64, n uint64) error {
	if same(got, want) || finite(got, want) && ULPs(got, want) <= n {
		return nil
	}
	return fmt.Errorf("got %v, want %v: %d units in the last place apart, allowed %d", got, want, ULPs(got, want), n)
}

// ULPs returns how many steps of math.Nextafter lead from a to b. The two zeros
// are the same number. The result for NaN is math.MaxUint64.
func ULPs(a, b float64) uint64 {
	if math.IsNaN(a) || math.IsNaN(b) {
		return math.MaxUint64
	}
	x, y := ordinal(a), ordinal(b)
	if x < y {
		x, y = y, x
	}
	return uint64(x) - uint64(y)
}

// ordinal numbers the float64 values in ascending order, 0 for both zeros.
func ordinal(x float64) int64 {
	bits := int64(math.Float64bits(x))
	if bits < 0 {
		return math.MinInt64 - bits
	}
	return bits
}

// RelativeError returns (got - want)/|want|: 0 if both are zero, infinite if
// want alone is.
func RelativeError(got, want float64) float64 {
	if got == want {
		return 0
	}
	return (got - want) / math.Abs(want)
}

// Approx makes cmp.Diff compare floats by [Within].
func Approx(rtol, atol float64) cmp.Option {
	must(rtol)
	must(atol)
	return cmp.Comparer(func(x, y float64) bool {
		return Within(x, y, rtol, atol) == nil || Within(y, x, rtol, atol) == nil
	})
}

// Relative is Approx(rtol, 0).
func Relative(rtol float64) cmp.Option { return Approx(rtol, 0) }

func must(tolerance float64) {
	if !(tolerance >= 0) {
		panic(fmt.Sprintf("tol: tolerance is %v, want a number >= 0", tolerance))
	}
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func finite(a, b float64) bool { return !math.IsInf(a-b, 0) && !math.IsNaN(a-b) }
