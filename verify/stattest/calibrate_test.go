package stattest

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model"
)

// coin rejects with the given multiple of its alpha.
func coin(multiple float64) Assertion {
	return func(seed uint64, alpha float64) (Finding, error) {
		u := rand.New(rand.NewPCG(seed, 0)).Float64()
		return Finding{Alpha: alpha, Statistic: 1 - u, Critical: 1 - multiple*alpha}.finish(), nil
	}
}

func TestCalibrate(t *testing.T) {
	honest, err := Calibrate(2000, 1, 0.05, coin(1))
	if err != nil || !honest.Consistent || !honest.Rate.Contains(0.05) {
		t.Errorf("honest: %v, %v", honest, err)
	}
	timid, err := Calibrate(2000, 1, 0.05, coin(0.1))
	if err != nil || !timid.Consistent {
		t.Errorf("conservative: %v, %v", timid, err)
	}
	if !strings.Contains(honest.String(), "consistent with alpha 0.05") {
		t.Error(honest)
	}
	again, _ := Calibrate(2000, 1, 0.05, coin(1))
	if d := cmp.Diff(honest, again); d != "" {
		t.Errorf("the same seed twice:\n%s", d)
	}
	if _, err := Calibrate(0, 1, 0.05, coin(1)); !errors.Is(err, model.ErrDomain) {
		t.Errorf("no trials: %v", err)
	}
	broken := errors.New("broken")
	if _, err := Calibrate(3, 1, 0.05, func(uint64, float64) (Finding, error) { return Finding{}, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestTrials: time that is spent ends the trials, but not before 20 of them, and
// never adds to those asked for.
func TestTrials(t *testing.T) {
	asked := 0
	after := func(calls int) Patience {
		return func() func() bool {
			asked++
			return func() bool { calls--; return calls < 0 }
		}
	}
	for _, c := range []struct {
		name         string
		patience     Patience
		trials, want int
	}{
		{"all the time", nil, 300, 300},
		{"no time", after(0), 300, CalibrationLeast},
		{"time for ten more", after(10), 300, CalibrationLeast + 10},
		{"few wanted, no time", after(0), 7, 7},
		{"time left over", after(1000), 50, 50},
	} {
		made := 0
		for i := range c.patience.Trials(c.trials) {
			if i != made {
				t.Fatalf("%s: trial %d is number %d", c.name, made, i)
			}
			made++
		}
		if made != c.want {
			t.Errorf("%s: %d trials, want %d", c.name, made, c.want)
		}
	}
	if asked != 4 {
		t.Errorf("the clock was started %d times, want once for each loop", asked)
	}
	for range after(0).Trials(5) {
		break // a loop may end by itself
	}
	all, err := calibrate(300, after(10), 1, 0.05, 1, coin(1).alone)
	if err != nil || all[0].Trials != CalibrationLeast+10 || all[0].Rate.Estimate != float64(all[0].Alarms)/float64(all[0].Trials) {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestReject_LooseAssertion: one that fails twice as often as it says. At 2000
// trials and alpha 0.05 a rate of 0.1 is rejected but for a probability 1e-4.
func TestReject_LooseAssertion(t *testing.T) {
	c, err := Calibrate(2000, 1, 0.05, coin(2))
	if err != nil || c.Consistent || !strings.Contains(c.String(), "ABOVE alpha 0.05") {
		t.Errorf("%v, %v", c, err)
	}
}

// TestPackageShares: the run as a whole spends no more than RunAlpha.
func TestPackageShares(t *testing.T) {
	if _, err := NewBudget(RunAlpha, PackageShares()...); err != nil {
		t.Error(err)
	}
	if b, err := ForPackage("verify/stattest"); err != nil || !(b.Total() < RunAlpha) {
		t.Errorf("%v", err)
	}
	if _, err := ForPackage("nowhere"); !errors.Is(err, ErrOverspent) {
		t.Error(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	MustForPackage("nowhere")
}

// TestDeriveSeed: no two of a million seeds of two neighbouring families are
// equal, as they must be for a bijection but for chance 3e-8 between families.
func TestDeriveSeed(t *testing.T) {
	seen := map[uint64]bool{}
	for i := range uint64(500_000) {
		seen[DeriveSeed(1, i)] = true
		seen[DeriveSeed(2, i)] = true
	}
	if len(seen) != 1_000_000 {
		t.Errorf("%d distinct seeds", len(seen))
	}
}
