package main

import (
	"bytes"
	"strings"
	"testing"

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
