package stattest

import (
	"fmt"
	"iter"

	"sgdescape/model"
)

// An Assertion is a statistical test of fresh data: it draws them from the seed
// and tests them at the given alpha.
type Assertion func(seed uint64, alpha float64) (Finding, error)

// Assertions are several tests of the same fresh data, each at the given alpha.
type Assertions func(seed uint64, alpha float64) ([]Finding, error)

func (a Assertion) alone(seed uint64, alpha float64) ([]Finding, error) {
	f, err := a(seed, alpha)
	return []Finding{f}, err
}

// A Calibration reports how often an assertion failed on fresh seeds.
type Calibration struct {
	Alpha  float64
	Trials int
	Alarms int
	// Rate is the Clopper-Pearson interval of the failure rate, at level
	// 1 - CalibrationAlpha.
	Rate Interval
	// Consistent says that the rate may be as low as Alpha. Failing less often
	// than alpha is no fault: many bounds are conservative.
	Consistent bool
}

// CalibrationAlpha is the probability, at most, that a sound assertion is found
// inconsistent with its alpha.
const CalibrationAlpha = 1e-6

// CalibrationLeast is how many trials are made of an assertion, if so many are
// asked for, even when the time for them is spent. At alpha = 0.05 an assertion
// that fails every other time is then found out with probability 0.75, as is one
// that fails in 0.16 of 200 trials.
const CalibrationLeast = 20

// A Patience is asked before the first trial of an assertion, and returns a
// function that says whether the time for it is spent.
type Patience func() (spent func() bool)

// Trials yields 0, 1, ... up to trials-1, or until the time is spent and
// [CalibrationLeast] are made. A nil Patience has all the time. When to stop must
// not depend on what the trials gave.
func (p Patience) Trials(trials int) iter.Seq[int] {
	return func(yield func(int) bool) {
		spent := func() bool { return false }
		if p != nil {
			spent = p()
		}
		for i := 0; i < trials && (i < CalibrationLeast || !spent()); i++ {
			if !yield(i) {
				return
			}
		}
	}
}

// Calibrate repeats an assertion on seeds derived from one seed. An error ends
// it.
func Calibrate(trials int, seed uint64, alpha float64, assertion Assertion) (Calibration, error) {
	all, err := calibrate(trials, nil, seed, alpha, 1, assertion.alone)
	if len(all) == 0 {
		return Calibration{}, err
	}
	return all[0], err
}

// calibrate repeats assertions that share their data, a given number at once.
func calibrate(trials int, patience Patience, seed uint64, alpha float64, parts int, assertions Assertions) ([]Calibration, error) {
	mustAlpha(alpha)
	if err := model.CheckDomain("calibration").AtLeast(1, "number of trials", trials).Err(); err != nil {
		return nil, err
	}
	all := make([]Calibration, parts)
	made := 0
	for i := range patience.Trials(trials) {
		made = i + 1
		findings, err := assertions(DeriveSeed(seed, uint64(i)), alpha)
		if err != nil {
			return all, fmt.Errorf("trial %d: %w", i, err)
		}
		if len(findings) != parts {
			return all, fmt.Errorf("trial %d: %d findings, want %d", i, len(findings), parts)
		}
		for k, f := range findings {
			if f.Rejected {
				all[k].Alarms++
			}
		}
	}
	for k := range all {
		all[k] = Calibrated(alpha, all[k].Alarms, made)
	}
	return all, nil
}

// Calibrated returns the calibration of an assertion that failed so often among
// so many trials at alpha.
func Calibrated(alpha float64, alarms, trials int) Calibration {
	rate := ProportionTest{Alpha: CalibrationAlpha}.Interval(alarms, trials)
	return Calibration{Alpha: alpha, Trials: trials, Alarms: alarms, Rate: rate, Consistent: rate.Low <= alpha}
}

// String prints the failure rate beside alpha.
func (c Calibration) String() string {
	verdict := "consistent with"
	if !c.Consistent {
		verdict = "ABOVE"
	}
	return fmt.Sprintf("%d failures in %d trials, rate %v: %s alpha %.4g", c.Alarms, c.Trials, c.Rate, verdict, c.Alpha)
}

// DeriveSeed returns the i-th seed of a family, by the finaliser of SplitMix64
// (a bijection of 64-bit words) applied to both words in turn.
func DeriveSeed(seed, i uint64) uint64 { return mix(mix(seed) + i) }

func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
