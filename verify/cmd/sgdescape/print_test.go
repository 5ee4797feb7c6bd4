package main

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
	"sgdescape/verify"
)

// TestMeter: a meter draws its label; without a terminal it
// draws nothing.
func TestMeter(t *testing.T) {
	var out bytes.Buffer
	m := drawnMeter(&out, "first")
	m.describe("second")
	m.set(0.5)
	m.finish()
	if !strings.Contains(out.String(), "second") {
		t.Errorf("the meter drew %q", out.String())
	}
	out.Reset()
	m = newMeter(&out, "quiet")
	m.describe("still quiet")
	m.set(1)
	m.finish()
	if out.Len() > 0 {
		t.Errorf("without a terminal the meter drew %q", out.String())
	}
}

// TestPrintKills: a sabotage that survives is named, with the check that
// missed it.
func TestPrintKills(t *testing.T) {
	var v verify.Verdicts
	v.AddKills([]verify.Kill{{Sabotage: "caught", Killed: true}, {Sabotage: "n+1 for n", By: "claim eq17", Finding: "0.01"}})
	var out bytes.Buffer
	if err := printVerdicts(&out, &globals{}, v, "report"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1 of 2 sabotages caught", `"n+1 for n" survived claim eq17`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, out.String())
		}
	}
}

// TestMissingValues: a level without a value is a dash in the table of a ladder.
func TestMissingValues(t *testing.T) {
	x := 1234.56789
	if short(nil) != "-" || short(&x) != "1235" {
		t.Errorf("nothing is %q, %v is %q", short(nil), x, short(&x))
	}
}

// TestUsedHorizonInTau: a process that steps in tau is watched up to the time
// that was asked for, one that steps in t for whole steps.
func TestUsedHorizonInTau(t *testing.T) {
	valley, err := landscape.NewIsotropicValley(1, 1, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	sigma, err := noise.NewLossIsotropic(valley, 0.1, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	for form, want := range map[sde.Form]float64{sde.Time: 1.2, sde.LogTime: 1.1} {
		p, err := sde.New(sde.Config{Landscape: valley, Noise: sigma, LearningRate: 0.1, Dt: 0.3, Form: form})
		if err != nil {
			t.Fatal(err)
		}
		if got := usedHorizon(escape.Ensemble{Process: p, Horizon: 1.1}); math.Abs(got-want) > 1e-12 {
			t.Errorf("in %v: %v, want %v", form, got, want)
		}
	}
}

// TestLongSteps: simulate refuses a step with which the scheme leaves by itself
// and tells of a long one, in text and in JSON.
func TestLongSteps(t *testing.T) {
	simulate := func(dt string, more ...string) (int, string, string) {
		return sgdescape(t.Context(), append([]string{"simulate", "doublewell", "--process", "sde", "--crossing", "grid", "--eta", "0.04", "--runs", "8", "--dt", dt}, more...)...)
	}
	if code, out, errOut := simulate("5"); code == exitExpected || out != "" || !strings.Contains(errOut, "2 relaxation times at the minimum") {
		t.Errorf("dt = 5: code %d, %q, %q", code, out, errOut)
	}
	for dt, long := range map[string]bool{"0.04": true, "0.03": false} {
		code, out, _ := simulate(dt)
		_, asJSON, _ := simulate(dt, "--json")
		if code != exitExpected || strings.Contains(out, "condition long-step: the step dt = 0.04 is 0.32") != long || strings.Contains(asJSON, `"long-step"`) != long {
			t.Errorf("dt = %s: code %d, want a condition: %t\n%s%s", dt, code, long, out, asJSON)
		}
	}
}
