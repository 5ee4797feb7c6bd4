package verify

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"sgdescape/verify/simtest"
	"sgdescape/verify/stattest"
)

// A Kill is one line of the kill table: a sabotage, the claim or check that is
// there to notice it, and by how much it did.
type Kill struct {
	Sabotage string `json:"sabotage"`
	By       string `json:"by"`      // "claim eq18-t", "check steps", "simtest drift"
	Finding  string `json:"finding"` // what the check measured
	// Margin is how far the measured effect lies outside what is allowed, in
	// units of what chance or numerical error may add. The sabotage is killed
	// when it exceeds 1.
	Margin float64 `json:"margin"`
	Killed bool    `json:"killed"`
}

// A sabotage is one wrong law, simulator or estimator. It is handed to a claim
// or to a check of the parts, or is a wrong simulator in a conformance suite.
type sabotage struct {
	name  string
	by    string       // the claim or check that must notice it
	spoil func(*Parts) // of a claim or a check of the parts
	suite suite        // of a conformance suite: the suite on the sabotaged simulator ...
	sound suite        // ... and on the sound one
	long  bool         // takes a minute, because networks are trained: left to make verify
}

// A suite runs a conformance suite on one simulator.
type suite func(simtest.Options) ([]simtest.Result, error)

// A RedError names the claims and checks that are red without any sabotage.
// What they see of one tells nothing.
type RedError struct {
	By      []string // claims and checks
	Skipped int      // sabotages that were not handed to them
}

func (e *RedError) Error() string {
	return fmt.Sprintf("%d sabotages skipped: red without sabotage are %v", e.Skipped, e.By)
}

// errRed is the error of a check that is red without any sabotage.
var errRed = errors.New("red without sabotage")

// KillTable hands every sabotage to the claim or check that must notice it, in
// the short profile, whose wide intervals excuse an undecided verdict but never
// a wrong one. A sabotage that survives is a line with Killed false. Sabotages
// whose check is red without them have no line: then the error is a [*RedError].
// Any other error means that a check could not run.
func KillTable(ctx context.Context, seed uint64, workers int) ([]Kill, error) {
	return killTable(ctx, sabotages(), Options{Profile: Short, Seed: seed, Workers: workers})
}

func killTable(ctx context.Context, list []sabotage, opt Options) ([]Kill, error) {
	sound := NewRunner(opt)
	checked := map[string]error{}
	var table []Kill
	var red RedError
	for _, s := range list {
		kill, err := s.judge(ctx, opt, sound, checked)
		switch {
		case errors.Is(err, errRed):
			red.Skipped++
			if !slices.Contains(red.By, s.by) {
				red.By = append(red.By, s.by)
			}
		case err != nil:
			return table, fmt.Errorf("sabotage %q: %w", s.name, err)
		default:
			table = append(table, kill)
		}
	}
	if red.Skipped > 0 {
		return table, &red
	}
	return table, nil
}

// judge runs the check without the sabotage, once for each check, and with it.
// It keeps in checked what the check gave without: nil, or an errRed.
func (s sabotage) judge(ctx context.Context, opt Options, sound *Runner, checked map[string]error) (Kill, error) {
	if s.suite != nil {
		return s.judgeSuite(opt.Seed, checked)
	}
	claim, kind, err := findCheck(s.by)
	if err != nil {
		return Kill{}, err
	}
	if _, ok := checked[s.by]; !ok {
		r, err := sound.Judge(ctx, claim)
		if err != nil {
			return Kill{}, err
		}
		checked[s.by] = nil
		if r.Problem != "" {
			checked[s.by] = fmt.Errorf("%s %s is %w: %s", kind, s.by, errRed, r.Problem)
		}
	}
	if err := checked[s.by]; err != nil {
		return Kill{}, err
	}
	opt.Parts = TrueParts()
	s.spoil(&opt.Parts)
	r, err := NewRunner(opt).Judge(ctx, claim)
	if err != nil {
		return Kill{}, err
	}
	e := r.Measurement.Effect
	return Kill{
		Sabotage: s.name, By: kind + " " + s.by,
		Finding: fmt.Sprintf("%s = %.4g [%.4g, %.4g]", e.Name, e.Value, e.Low, e.High),
		Margin:  killMargin(r), Killed: r.Problem != "",
	}, nil
}

func (s sabotage) judgeSuite(seed uint64, checked map[string]error) (Kill, error) {
	o := simtest.Options{Seed: seed, Effort: 0.25, Only: []string{s.by}}
	key := "simtest " + s.by
	if _, ok := checked[key]; !ok {
		results, err := s.sound(o)
		if err != nil {
			return Kill{}, err
		}
		checked[key] = nil
		if red := simtest.Rejected(results); len(red) > 0 {
			checked[key] = fmt.Errorf("%s is %w: %v", key, errRed, red[0])
		}
	}
	if err := checked[key]; err != nil {
		return Kill{}, err
	}
	results, err := s.suite(o)
	if err != nil {
		return Kill{}, err
	}
	f := results[0].Finding
	return Kill{Sabotage: s.name, By: key, Finding: fmt.Sprintf("effect %.4g, detectable %.4g", f.Effect, f.Detectable),
		Margin: f.Margin(), Killed: f.Rejected}, nil
}

// findCheck returns the claim of the ledger, or the check of the parts, with
// the given identifier.
func findCheck(id string) (Claim, string, error) {
	for _, c := range partsChecks() {
		if c.ID == id {
			return c, "check", nil
		}
	}
	claims, err := Select([]string{id})
	if err != nil {
		return Claim{}, "", err
	}
	return claims[0], "claim", nil
}

// killMargin is the distance of the effect from what is allowed over the half
// width of its interval.
func killMargin(r Result) float64 {
	e, c := r.Measurement.Effect, r.Claim
	outside := func(b Band) float64 {
		switch {
		case e.Value > b.High:
			return (e.Value - b.High) / (e.Value - e.Low)
		case e.Value < b.Low:
			return (b.Low - e.Value) / (e.High - e.Value)
		}
		return 0
	}
	if c.Expected == Agrees {
		return outside(c.Band)
	}
	// A known disagreement: the effect left its pinned range, or entered the band.
	margin := 0.0
	if c.Pinned != (Band{}) {
		margin = outside(c.Pinned)
	}
	if c.Band.Low < e.Value && e.Value < c.Band.High {
		inside := math.Min((e.Value-c.Band.Low)/(e.Value-e.Low), (c.Band.High-e.Value)/(e.High-e.Value))
		margin = math.Max(margin, inside)
	}
	return margin
}

// KillTableRows returns the table in the form of a report.
func KillTableRows(kills []Kill) Table {
	t := Table{Title: "Kill table: every sabotage and the check that notices it", Columns: []string{"sabotage", "killed by", "what it saw", "margin (> 1 kills)"}}
	for _, k := range kills {
		by := k.By
		if !k.Killed {
			by = "SURVIVES " + by
		}
		t.AddRow(k.Sabotage, by, k.Finding, k.Margin)
	}
	return t
}

// effectOfExits is the relative difference of a mean time from its exact value.
func effectOfExits(x stattest.Exits, exact, alpha float64) Effect {
	return relative("mean exit time / exact - 1", x.MeanTimeInterval(alpha), exact, x.Events)
}
