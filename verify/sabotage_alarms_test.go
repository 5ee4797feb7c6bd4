package verify

import (
	"context"
	"flag"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"sgdescape/model"
	"sgdescape/verify/problem"
	"sgdescape/verify/stattest"
)

var (
	alarmSeeds  = flag.Int("alarms", 0, "number of fresh seeds for TestNoAlarmWithoutSabotage")
	alarmClaims = flag.String("alarm-claims", "", "`regexp` of the claims and checks it judges")
)

// TestNoAlarmWithoutSabotage judges the statistical claims of the ledger
// and the checks of the kill table, unspoiled, in the short profile on K fresh seeds, of which
// not one may be red: the chance of any alarm in K runs is at most K times the
// false-alarm budget. The levels of the theory do not depend on the seed and are
// solved once.
//
//	go test ./verify -run NoAlarm -alarms=200 -vary-seed -timeout 2h -v
//	go test ./verify -run NoAlarm -alarms=40 -alarm-claims='^fig1' -vary-seed -timeout 2h -v
func TestNoAlarmWithoutSabotage(t *testing.T) {
	if *alarmSeeds == 0 {
		t.Skip("judges for minutes a seed: ask for it with -alarms=K")
	}
	claims := partsChecks()
	for _, c := range Ledger() {
		if c.Share > 0 {
			claims = append(claims, c)
		}
	}
	wanted, err := regexp.Compile(*alarmClaims)
	if err != nil {
		t.Fatal(err)
	}
	claims = slices.DeleteFunc(claims, func(c Claim) bool { return !wanted.MatchString(c.ID) })
	if len(claims) == 0 {
		t.Fatalf("no statistical claim or check matches %q", *alarmClaims)
	}
	parts := TrueParts()
	parts.Levels = solvedOnce()
	alarms, judged := 0, 0
	undecided := map[string]int{}
	for k := range *alarmSeeds {
		seed := stattest.DeriveSeed(flags.Base(), uint64(k))
		runner := NewRunner(Options{Profile: Short, Seed: seed, Parts: parts})
		for _, c := range claims {
			r, err := runner.Judge(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			judged++
			if r.Verdict == Undecided {
				undecided[c.ID]++
			}
			if r.Problem != "" {
				alarms++
				t.Errorf("seed %d, %s: %s", seed, c.ID, r.Problem)
			}
		}
		t.Logf("seed %d of %d: %d alarms so far", k+1, *alarmSeeds, alarms)
	}
	rate := stattest.ProportionTest{Alpha: stattest.CalibrationAlpha}.Interval(alarms, judged)
	t.Logf("%d alarms in %d verdicts on %d seeds derived from %d; alarm rate of a verdict %v, budget of a run %.2g",
		alarms, judged, *alarmSeeds, flags.Base(), rate, FalseAlarmBudget)
	t.Logf("undecided for lack of runs: %v", undecided)
}

// calibrateClaims judges the statistical claims in the short profile at alpha =
// 0.05 on K fresh seeds. A failure is a verdict, or a size, that its interval
// rules out.
func calibrateClaims(t *testing.T) {
	const alpha = 0.05
	parts := TrueParts()
	parts.Levels = solvedOnce()
	alarms, trials := map[string]int{}, 0
	statistical := 0
	for _, c := range Ledger() {
		if c.Share > 0 {
			statistical++
		}
	}
	// the claims share their runs, and their time
	for k := range stattest.Patience(flags.Allow(statistical)).Trials(flags.Calibrate) {
		trials = k + 1
		runner := NewRunner(Options{Profile: Short, Seed: stattest.DeriveSeed(flags.Base(), uint64(k)), Parts: parts})
		runner.at = alpha
		for _, c := range Ledger() {
			if c.Share == 0 {
				continue
			}
			r, err := runner.Judge(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			if r.Problem != "" {
				alarms[c.ID]++
			}
		}
	}
	for _, c := range Ledger() {
		if c.Share == 0 {
			continue
		}
		calibration := stattest.Calibrated(alpha, alarms[c.ID], trials)
		Account.EnterCalibration(claimName(c), calibration)
		if !calibration.Consistent {
			t.Errorf("%s: %v", c.ID, calibration)
		}
	}
}

// solvedOnce returns a solver of levels that remembers what it solved.
func solvedOnce() func(context.Context, problem.Problem) (problem.Levels, []model.Condition, error) {
	type solved struct {
		levels     problem.Levels
		conditions []model.Condition
	}
	known := map[string]solved{}
	return func(ctx context.Context, p problem.Problem) (problem.Levels, []model.Condition, error) {
		name := fmt.Sprint(p.Name(), p.Parameters())
		s, ok := known[name]
		if !ok {
			levels, conditions, err := p.Levels(ctx)
			if err != nil {
				return nil, nil, err
			}
			s = solved{levels, conditions}
			known[name] = s
		}
		return s.levels, s.conditions, nil
	}
}
