package simtest

import (
	"fmt"
	"math"
	"reflect"
	"slices"

	"sgdescape/model"
	"sgdescape/verify/stattest"
)

// Options steer a suite.
type Options struct {
	Seed   uint64
	Alpha  float64  // of the whole suite: probability of one red check for a sound simulator; 0 stands for 1e-8
	Effort float64  // multiplies every sample size; 0 stands for 1, some seconds
	Only   []string // names of the checks to run; nil for all
}

func (o Options) orDefault() Options {
	if o.Alpha == 0 {
		o.Alpha = 1e-8
	}
	if o.Effort == 0 {
		o.Effort = 1
	}
	return o
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field.
func (o Options) Validate() error {
	o = o.orDefault()
	return model.CheckDomain("conformance suite").
		That(o.Alpha > 0 && o.Alpha < 1, "alpha", o.Alpha, "a number between 0 and 1").
		Positive("effort", o.Effort).Err()
}

// A Result is the outcome of one check.
type Result struct {
	Check string
	// Finding holds the numbers; of a deterministic check alpha is 0 and the
	// critical value is its tolerance.
	Finding stattest.Finding
	Means   string // what a rejection usually means
}

// String prints the result on one line.
func (r Result) String() string {
	verdict := "passed"
	if r.Finding.Rejected {
		verdict = "REJECTED"
	}
	f := r.Finding
	return fmt.Sprintf("%-14s %s: statistic %.4g, critical %.4g, n %d, alpha %.2g, effect %.3g, detectable %.3g",
		r.Check, verdict, f.Statistic, f.Critical, f.N, f.Alpha, f.Effect, f.Detectable)
}

// Rejected returns the results that are red.
func Rejected(results []Result) []Result {
	var red []Result
	for _, r := range results {
		if r.Finding.Rejected {
			red = append(red, r)
		}
	}
	return red
}

// report logs every result and fails the test for the red ones.
func report(t stattest.TB, results []Result, err error) {
	t.Helper()
	for _, r := range results {
		if r.Finding.Rejected {
			t.Errorf("%v\n%s", r, r.Means)
		} else {
			t.Logf("%v", r)
		}
	}
	if err != nil {
		t.Errorf("the suite did not finish: %v", err)
	}
}

// A check is one row of a suite.
type check[S any] struct {
	name  string
	means string
	run   func(s S, o Options, alpha float64) (stattest.Finding, error)
}

// runAll runs the checks with equal parts of alpha. What a check reports does
// not depend on which others run.
func runAll[S any](checks []check[S], subject S, o Options) ([]Result, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.orDefault()
	d := model.CheckDomain("conformance suite")
	for _, name := range o.Only {
		d.That(slices.ContainsFunc(checks, func(c check[S]) bool { return c.name == name }), "check", name, "one of the suite")
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	var results []Result
	for _, c := range checks {
		if len(o.Only) > 0 && !slices.Contains(o.Only, c.name) {
			continue
		}
		f, err := c.run(subject, o, o.Alpha/float64(len(checks)))
		if err != nil {
			return results, fmt.Errorf("check %s: %w", c.name, err)
		}
		results = append(results, Result{c.name, f, c.means})
	}
	return results, nil
}

// size scales a sample size.
func (o Options) size(n int) int { return max(32, int(o.Effort*float64(n))) }

// bound is the finding of a deterministic check: the error must not exceed the
// tolerance.
func bound(err, tolerance float64, n int) stattest.Finding {
	return stattest.Finding{N: n, Statistic: err, Critical: tolerance, Effect: err, Detectable: tolerance, Rejected: !(err <= tolerance)}
}

// within is the finding of an equivalence: the interval must reach into the
// margin around the target, and there must be one.
func within(i stattest.Interval, target, margin, alpha float64, n int) stattest.Finding {
	effect := math.Abs(i.Estimate - target)
	reach := i.High - i.Estimate
	if i.Estimate > target {
		reach = i.Estimate - i.Low
	}
	const deviate = 3.0902 // of DetectionPower, in standard deviations
	spread := i.HalfWidth() / normalQuantile(alpha/2)
	f := stattest.Finding{N: n, Alpha: alpha, Statistic: effect, Critical: margin + reach, Effect: effect,
		Detectable: margin + i.HalfWidth() + deviate*spread}
	f.Rejected = n == 0 || math.IsInf(f.Critical, 1) || !(f.Statistic <= f.Critical)
	return f
}

// made returns what a constructor under test returned, or an error where it
// returned nil and none.
func made(s Simulator, err error) (Simulator, error) {
	if err == nil && absent(s) {
		err = model.CheckDomain("simulator").That(false, "simulator that New returns", "nil", "a simulator, or an error").Err()
	}
	return s, err
}

// absent reports whether x is nil, or a nil pointer in an interface.
func absent(x any) bool {
	v := reflect.ValueOf(x)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// worst returns the finding with the largest margin.
func worst(findings ...stattest.Finding) stattest.Finding {
	w := findings[0]
	for _, f := range findings[1:] {
		if f.Rejected && !w.Rejected || f.Rejected == w.Rejected && f.Margin() > w.Margin() {
			w = f
		}
	}
	return w
}

// normalQuantile returns z with P(X > z) = tail.
func normalQuantile(tail float64) float64 { return math.Sqrt2 * math.Erfcinv(2*tail) }
