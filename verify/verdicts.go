package verify

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"sgdescape/model"
)

// Verdicts is the outcome of a run in the form of report/verdicts.json. It has
// no clock and no machine in it: the same program, seed and profile give the
// same bytes on any number of cores.
type Verdicts struct {
	Program  string        `json:"program,omitempty"` // that judged; see [Options.Program]
	Profile  string        `json:"profile"`
	Seed     uint64        `json:"seed"`
	Asked    int           `json:"asked"`       // claims the run was to judge
	Complete bool          `json:"complete"`    // every claim asked for was judged
	Expected bool          `json:"as_expected"` // complete, and every verdict the expected one
	Counts   Counts        `json:"counts"`
	Budget   float64       `json:"false_alarm_budget"`
	Spent    float64       `json:"false_alarm_spent"`
	Claims   []VerdictLine `json:"claims"`
	// Kills is the kill table, if it was asked for; see [Verdicts.AddKills].
	Kills []Kill `json:"kills,omitempty"`
	// Skipped says why sabotages that were asked for are not in the kill table.
	Skipped *SkippedTeeth `json:"kills_skipped,omitempty"`
}

// SkippedTeeth are sabotages that were asked for and not judged.
type SkippedTeeth struct {
	Reason    string   `json:"reason"`
	Sabotages int      `json:"sabotages,omitempty"` // how many; 0 if not known
	By        []string `json:"red,omitempty"`       // claims and checks that are red without any sabotage
}

// Counts are the numbers of claims by outcome.
type Counts struct {
	Expected  int `json:"as_expected"` // the verdict is the expected one
	Undecided int `json:"undecided"`   // too few runs for a verdict
	Changed   int `json:"changed"`     // another verdict, or an effect that has moved
}

// AddKills adds the kill table. A sabotage that survives is not as expected.
func (v *Verdicts) AddKills(table []Kill) {
	v.Kills = table
	for _, k := range table {
		v.Expected = v.Expected && k.Killed
	}
}

// SkipTeeth adds why sabotages were not judged: a [*RedError], or an
// interruption. The run is not as expected then.
func (v *Verdicts) SkipTeeth(err error) {
	v.Expected = false
	var red *RedError
	if !errors.As(err, &red) {
		v.Skipped = &SkippedTeeth{Reason: "the run ended before all sabotages were judged"}
		return
	}
	claims := "claims are"
	if len(red.By) == 1 {
		claims = "claim is"
	}
	v.Skipped = &SkippedTeeth{Sabotages: red.Skipped, By: red.By,
		Reason: fmt.Sprintf("%d %s red without sabotage (%s), which leaves out %d sabotages", len(red.By), claims, strings.Join(red.By, ", "), red.Skipped)}
}

// A VerdictLine is one judged claim.
type VerdictLine struct {
	ID        string  `json:"id"`
	Equation  string  `json:"equation"`
	Statement string  `json:"statement"`
	Left      string  `json:"left"`
	Right     string  `json:"right"`
	Band      Band    `json:"band"`
	Reason    string  `json:"reason"`
	Pinned    *Band   `json:"pinned,omitempty"`
	Expected  Verdict `json:"expected"`
	Verdict   Verdict `json:"verdict"`
	Cause     string  `json:"cause,omitempty"` // why a known disagreement is one
	Problem   string  `json:"problem,omitempty"`
	// TooFewRuns tells an open verdict from a changed one.
	TooFewRuns bool   `json:"too_few_runs,omitempty"`
	Effect     Effect `json:"effect"`
	// Detectable is the smallest effect this run would have found to disagree;
	// see [Effect.Detectable]. It is null when there is none.
	Detectable *float64 `json:"detectable"`
	Reproduce  string   `json:"reproduce"`
	Tables     []Table  `json:"tables,omitempty"`
	Figure     *Figure  `json:"figure,omitempty"`
	Notes      []string `json:"notes,omitempty"`
}

// NewVerdicts gathers the results of a run; asked is the number of claims the
// run was to judge. A run that has not judged all of them is not as expected.
func NewVerdicts(results []Result, asked int, opt Options) Verdicts {
	v := Verdicts{Profile: opt.Profile.Name, Seed: opt.Seed, Program: opt.Program, Asked: asked, Complete: len(results) == asked, Expected: len(results) == asked,
		Budget: FalseAlarmBudget, Claims: []VerdictLine{}}
	for _, r := range results {
		v.Spent += r.Alpha
		v.Expected = v.Expected && r.Problem == "" && !r.TooFewRuns
		switch {
		case r.TooFewRuns:
			v.Counts.Undecided++
		case r.Problem != "":
			v.Counts.Changed++
		default:
			v.Counts.Expected++
		}
		c, m := r.Claim, r.Measurement
		line := VerdictLine{ID: c.ID, Equation: c.Equation, Statement: c.Statement, Left: c.Left, Right: c.Right,
			Band: c.Band, Reason: c.Reason, Expected: c.Expected, Verdict: r.Verdict, Cause: c.Cause, Problem: r.Problem, TooFewRuns: r.TooFewRuns, Effect: m.Effect,
			Detectable: finite(m.Effect.Detectable(c.Band)),
			Tables:     m.Tables, Figure: m.Figure, Notes: m.Notes,
			Reproduce: fmt.Sprintf("go run ./verify/cmd/sgdescape verify --profile %s --seed %d --claim %s", opt.Profile.Name, opt.Seed, c.ID)}
		if c.Pinned != (Band{}) {
			line.Pinned = &c.Pinned
		}
		v.Claims = append(v.Claims, line)
	}
	return v
}

// Done returns the results in v by claim ID, for [Options.Done]. Verdicts of
// another profile or seed are refused.
func (v Verdicts) Done(profile Profile, seed uint64) (map[string]Result, error) {
	err := model.CheckDomain("resumed verdicts").
		That(v.Profile == profile.Name, "profile", v.Profile, profile.Name).
		That(v.Seed == seed, "seed", v.Seed, fmt.Sprint(seed)).Err()
	if err != nil {
		return nil, err
	}
	done := map[string]Result{}
	for _, l := range v.Claims {
		done[l.ID] = Result{Verdict: l.Verdict, Problem: l.Problem, TooFewRuns: l.TooFewRuns, Alpha: l.Effect.Alpha,
			Measurement: Measurement{Effect: l.Effect, Tables: l.Tables, Figure: l.Figure, Notes: l.Notes}}
	}
	return done, nil
}

// finite returns x, or nil (JSON null) where JSON has no number for it.
func finite(x float64) *float64 {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return nil
	}
	return &x
}

func orElse(x *float64, otherwise float64) float64 {
	if x == nil {
		return otherwise
	}
	return *x
}

// MarshalJSON writes [low, high] with null for an open side.
func (b Band) MarshalJSON() ([]byte, error) {
	return json.Marshal([2]*float64{finite(b.Low), finite(b.High)})
}

// UnmarshalJSON reads [low, high] with null for an open side.
func (b *Band) UnmarshalJSON(data []byte) error {
	var edges [2]*float64
	if err := json.Unmarshal(data, &edges); err != nil {
		return err
	}
	b.Low, b.High = orElse(edges[0], math.Inf(-1)), orElse(edges[1], math.Inf(1))
	return nil
}

type effectJSON struct {
	Name  string   `json:"name"`
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
	Alpha float64  `json:"alpha"`
	N     int      `json:"n"`
	Unit  string   `json:"unit,omitempty"`
	Note  string   `json:"note,omitempty"` // what stood where null stands
}

// MarshalJSON writes the effect with null for what is not finite, and a note
// that says what it was.
func (e Effect) MarshalJSON() ([]byte, error) {
	var nulls []string
	for _, x := range []struct {
		name  string
		value float64
	}{{"value", e.Value}, {"low", e.Low}, {"high", e.High}} {
		if finite(x.value) == nil {
			nulls = append(nulls, fmt.Sprintf("%s is %v", x.name, x.value))
		}
	}
	return plainJSON(effectJSON{e.Name, finite(e.Value), finite(e.Low), finite(e.High), e.Alpha, e.N, e.Unit, strings.Join(nulls, ", ")})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Effect) UnmarshalJSON(data []byte) error {
	var j effectJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*e = Effect{j.Name, orElse(j.Value, math.NaN()), orElse(j.Low, math.Inf(-1)), orElse(j.High, math.Inf(1)), j.Alpha, j.N, j.Unit}
	return nil
}

type killJSON struct {
	Sabotage string   `json:"sabotage"`
	By       string   `json:"by"`
	Finding  string   `json:"finding"`
	Margin   *float64 `json:"margin"`
	Killed   bool     `json:"killed"`
	Note     string   `json:"note,omitempty"`
}

// MarshalJSON writes the line with null for an infinite margin, and a note.
func (k Kill) MarshalJSON() ([]byte, error) {
	j := killJSON{Sabotage: k.Sabotage, By: k.By, Finding: k.Finding, Margin: finite(k.Margin), Killed: k.Killed}
	if j.Margin == nil {
		j.Note = fmt.Sprintf("margin is %v", k.Margin)
	}
	return plainJSON(j)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (k *Kill) UnmarshalJSON(data []byte) error {
	var j killJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*k = Kill{j.Sabotage, j.By, j.Finding, orElse(j.Margin, math.Inf(1)), j.Killed}
	return nil
}
