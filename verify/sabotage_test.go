package verify

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"sgdescape/sim/escape"
	"sgdescape/sim/stream"
	"sgdescape/verify/simtest"
	"sgdescape/verify/stattest"
)

// leastSabotages is how many the table has at the least.
const leastSabotages = 40

// TestReject_Sabotage: each sabotage is killed by the claim or check that is
// there for it, and each of those is green without it. With -v it prints the
// kill table, but for the long ones.
func TestReject_Sabotage(t *testing.T) {
	if n := len(sabotages()); n < leastSabotages {
		t.Errorf("%d sabotages, want at least %d", n, leastSabotages)
	}
	opt := Options{Profile: Short, Seed: 2}
	sound, checked := NewRunner(opt), map[string]error{}
	seen := map[string]bool{}
	for _, s := range sabotages() {
		if seen[s.name] {
			t.Errorf("two sabotages are named %q", s.name)
		}
		seen[s.name] = true
		t.Run(s.name, func(t *testing.T) {
			if s.long {
				t.Skip("trains networks for a minute: make verify judges it")
			}
			kill, err := s.judge(context.Background(), opt, sound, checked)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %s, margin %.3g", kill.By, kill.Finding, kill.Margin)
			if !kill.Killed {
				t.Errorf("%s did not notice", kill.By)
			}
			if kill.Killed != (kill.Margin > 1) {
				t.Errorf("killed: %v, but the margin is %g", kill.Killed, kill.Margin)
			}
		})
	}
}

// TestReject_BluntSabotage: a sabotage that changes nothing survives, and one
// whose check is red by itself, or unknown, is an error.
func TestReject_BluntSabotage(t *testing.T) {
	ctx, opt := context.Background(), Options{Profile: Short, Seed: 2}
	blunt := sabotage{name: "nothing", by: "estimator", spoil: func(*Parts) {}}
	kill, err := blunt.judge(ctx, opt, NewRunner(opt), map[string]error{})
	if err != nil || kill.Killed || kill.Margin > 1 {
		t.Errorf("kill %+v, error %v; want a survivor", kill, err)
	}
	if rows := KillTableRows([]Kill{kill}).Rows; len(rows) != 1 || rows[0][1].String() != "SURVIVES check estimator" {
		t.Errorf("rows %v", rows)
	}
	normals := sabotage{name: "nothing", by: "moments", suite: soundNormals, sound: soundNormals}
	if kill, err = normals.judge(ctx, opt, NewRunner(opt), map[string]error{}); err != nil || kill.Killed {
		t.Errorf("kill %+v, error %v; want a survivor", kill, err)
	}
	broken := opt
	broken.Parts = TrueParts()
	broken.Parts.Exits = func(*escape.Result) stattest.Exits { return stattest.Exits{Events: 1, Exposure: 1} }
	for name, s := range map[string]sabotage{
		"unknown check":            {by: "no-such-check", spoil: func(*Parts) {}},
		"unknown check of a suite": {by: "no-such-check", suite: soundNormals, sound: soundNormals},
		"red by itself":            {by: "estimator", spoil: func(*Parts) {}},
		"red suite by itself":      {by: "moments", suite: soundNormals, sound: uniform},
	} {
		if kill, err := s.judge(ctx, opt, NewRunner(broken), map[string]error{}); err == nil {
			t.Errorf("%s: no error, %+v", name, kill)
		}
	}
	list := []sabotage{
		{name: "one", by: "estimator", spoil: func(*Parts) {}}, {name: "two", by: "estimator", spoil: func(*Parts) {}},
		normals,
	}
	table, err := killTable(ctx, list, broken)
	var red *RedError
	if !errors.As(err, &red) || red.Skipped != 2 || !slices.Equal(red.By, []string{"estimator"}) || len(table) != 1 {
		t.Errorf("with a red check: %d lines of 1, error %v", len(table), err)
	} else if want := "2 sabotages skipped: red without sabotage are [estimator]"; red.Error() != want {
		t.Errorf("error %q, want %q", red.Error(), want)
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	if table, err := KillTable(ctx, 2, 1); err == nil {
		t.Errorf("an interrupted table of %d lines is complete", len(table))
	}
}

// uniform is a suite on deviates that are not normal.
func uniform(o simtest.Options) ([]simtest.Result, error) {
	return simtest.Normals{New: func(seed, replica uint64) func() float64 {
		s := stream.New(seed, replica)
		return func() float64 { return float64(s.Uint64()>>11) * 0x1p-53 }
	}}.Run(o)
}

func TestKillMargin(t *testing.T) {
	claim := func(expected Verdict, pinned Band) Claim {
		return Claim{Band: Within(0.1), Expected: expected, Pinned: pinned}
	}
	for _, c := range []struct {
		name   string
		claim  Claim
		effect Effect
		want   float64
	}{
		{"above", claim(Agrees, Band{}), Effect{Value: 0.3, Low: 0.2, High: 0.4}, 2},
		{"below", claim(Agrees, Band{}), Effect{Value: -0.3, Low: -0.4, High: -0.2}, 2},
		{"inside", claim(Agrees, Band{}), Effect{Value: 0.05, Low: 0, High: 0.1}, 0},
		{"known disagreement that moved", claim(Disagrees, Band{0.5, 0.6}), Effect{Value: 0.9, Low: 0.8, High: 1}, 3},
		{"known disagreement that stayed", claim(Disagrees, Band{0.5, 0.6}), Effect{Value: 0.55, Low: 0.5, High: 0.6}, 0},
		{"disagreement that became agreement", claim(Disagrees, Band{}), Effect{Value: 0, Low: -0.05, High: 0.05}, 2},
	} {
		if got := killMargin(Result{Claim: c.claim, Measurement: Measurement{Effect: c.effect}}); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: margin %g, want %g", c.name, got, c.want)
		}
	}
}
