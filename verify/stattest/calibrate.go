package stattest

import (
	"fmt"

	"sgdescape/model"
)

// An Assertion is a statistical test of fresh data: it draws them from the seed
// and tests them at the given alpha.
type Assertion func(seed uint64, alpha float64) (Finding, error)

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

// Calibrate repeats an assertion on seeds derived from one seed. An error ends
// it.
func Calibrate(trials int, seed uint64, alpha float64, assertion Assertion) (Calibration, error) {
	mustAlpha(alpha)
	if err := model.CheckDomain("calibration").AtLeast(1, "number of trials", trials).Err(); err != nil {
		return Calibration{}, err
	}
	c := Calibration{Alpha: alpha, Trials: trials}
	for i := range trials {
		f, err := assertion(DeriveSeed(seed, uint64(i)), alpha)
		if err != nil {
			return c, fmt.Errorf("trial %d: %w", i, err)
		}
		if f.Rejected {
			c.Alarms++
		}
	}
	c.Rate = ProportionTest{Alpha: CalibrationAlpha}.Interval(c.Alarms, trials)
	c.Consistent = c.Rate.Low <= alpha
	return c, nil
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

// TB is the part of testing.TB that a [Runner] needs.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
}

// Seeds gives each assertion its seed; *seed.Flags does.
type Seeds interface {
	For(name string) uint64 // a function of Base and the name
	Base() uint64           // the seed of the run, for the flag -seed
}

// A Runner runs the assertions of one test package: each draws its alpha from
// the budget, is tested on a seed of its own, and is entered in the ledger.
//
//	var flags = seed.Register(flag.CommandLine)
//	var budget = stattest.MustForPackage("sim/stream", stattest.EqualShares("normal law")...)
//
//	func TestStat_NormalLaw(t *testing.T) {
//		run := stattest.Runner{Budget: budget, Seeds: flags, Calibrate: flags.Calibrate}
//		run.Assert(t, "normal law", func(seed uint64, alpha float64) (stattest.Finding, error) {
//			return stattest.DistributionTest{CDF: phi, Alpha: alpha}.Assert(draw(seed, 1e5)), nil
//		})
//	}
type Runner struct {
	Budget *Budget
	Seeds  Seeds
	// Calibrate, if above 0, repeats each assertion so often at
	// CalibrateAlpha instead of running it once, and spends no alpha of the
	// budget.
	Calibrate      int
	CalibrateAlpha float64 // 0 means 0.05: failures must be frequent enough to be counted
}

// Assert runs the assertion that has the given name in the budget, logs its
// finding, and fails the test if it is rejected or cannot be run.
func (r Runner) Assert(t TB, name string, assertion Assertion) {
	t.Helper()
	seed := r.Seeds.For(name)
	if r.Calibrate > 0 {
		alpha := r.CalibrateAlpha
		if alpha == 0 {
			alpha = 0.05
		}
		c, err := Calibrate(r.Calibrate, seed, alpha, assertion)
		switch {
		case err != nil:
			t.Errorf("%s: %v (repeat with -seed=%d)", name, err, r.Seeds.Base())
		case !c.Consistent:
			t.Errorf("%s: %v (repeat with -seed=%d)", name, c, r.Seeds.Base())
		default:
			t.Logf("%s: %v", name, c)
		}
		return
	}
	alpha, err := r.Budget.Draw(name)
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	f, err := assertion(seed, alpha)
	if err == nil {
		err = r.Budget.Record(name, f)
	}
	if err == nil {
		err = f.Err()
	}
	if err != nil {
		t.Errorf("%s: %v (repeat with -seed=%d)", name, err, r.Seeds.Base())
		return
	}
	t.Logf("%s: n %d, alpha %.3g, statistic %.4g, critical %.4g, effect %.4g, detectable with probability %v: %.4g",
		name, f.N, f.Alpha, f.Statistic, f.Critical, f.Effect, DetectionPower, f.Detectable)
}
