package benchmarks

import (
	"fmt"
	"math"
	"sync"
	"testing"
)

// checked holds the names of benchmarks whose result was asserted.
var checked sync.Map

// once runs the assertion of a benchmark unless it was run in this process
// before. The timer does not run meanwhile.
func once(b *testing.B, assert func() error) {
	b.Helper()
	if _, done := checked.LoadOrStore(b.Name(), true); done {
		return
	}
	if err := assert(); err != nil {
		b.Fatal(err)
	}
}

// A moment accumulates the mean and the variance of a sample (Welford).
type moment struct {
	n          float64
	mean, ssum float64
}

func (m *moment) add(x float64) {
	m.n++
	d := x - m.mean
	m.mean += d / m.n
	m.ssum += d * (x - m.mean)
}

func (m *moment) variance() float64 { return m.ssum / (m.n - 1) }

// matches compares the mean with the exact value, which it must meet within six
// standard errors. This tells that a benchmark does the work that it says it does,
// and is no statistical test: the streams start from constants and give the same
// bits on every machine, so a program that has not changed meets the value always
// or never, and there is no chance of an alarm to be declared. The laws
// themselves are tested on other seeds, and with their share of the ledger, in
// sim/stream (normal deviates, words, indices), sim/sde and sim/sgd (steps) and
// sim/escape (exits of the chains).
func (m *moment) matches(what string, want float64) error {
	stdErr := math.Sqrt(m.variance() / m.n)
	if d := m.mean - want; !(math.Abs(d) <= 6*stdErr) {
		return fmt.Errorf("%s: mean %v of %v, exact %v: off by %.1f standard errors", what, m.mean, m.n, want, d/stdErr)
	}
	return nil
}

// near compares a number with the exact value to a relative tolerance.
func near(what string, got, want, rtol float64) error {
	if !(math.Abs(got-want) <= rtol*math.Abs(want)) {
		return fmt.Errorf("%s: %v, exact %v: relative error %.2g, allowed %.2g", what, got, want, got/want-1, rtol)
	}
	return nil
}

// perStep reports the time of one of the given number of steps.
func perStep(b *testing.B, stepsPerOp float64) {
	steps := stepsPerOp * float64(b.N)
	b.ReportMetric(b.Elapsed().Seconds()*1e9/steps, "ns/step")
	b.ReportMetric(steps/b.Elapsed().Seconds(), "steps/s")
}

// must is for setups that cannot fail.
func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}
