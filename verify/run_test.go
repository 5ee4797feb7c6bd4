package verify

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func fixed(id string, e Effect, b Band, expected Verdict) Claim {
	return Claim{ID: id, Band: b, Expected: expected, Measure: func(context.Context, *Env) (Measurement, error) {
		return Measurement{Effect: e}, nil
	}}
}

func TestJudge(t *testing.T) {
	band := Within(0.05)
	for _, c := range []struct {
		name      string
		low, high float64
		want      Verdict
	}{
		{"inside", -0.01, 0.02, Agrees},
		{"touching both edges", -0.05, 0.05, Agrees},
		{"above", 0.06, 0.08, Disagrees},
		{"below", -0.2, -0.051, Disagrees},
		{"straddling the upper edge", 0.04, 0.06, Undecided},
		{"wider than the band", -1, 1, Undecided},
		{"not a number", math.NaN(), math.NaN(), Undecided},
	} {
		if got := (Effect{Low: c.low, High: c.high}).Judge(band); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestProp_JudgeShrinks: a narrower interval inside a wider one never turns
// agreement into disagreement or the reverse.
func TestProp_JudgeShrinks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-2, 2).Draw(t, "effect")
		wide := rapid.Float64Range(0, 2).Draw(t, "half-width")
		narrow := wide * rapid.Float64Range(0, 1).Draw(t, "shrink")
		b := Within(rapid.Float64Range(0, 1).Draw(t, "delta"))
		before := Effect{Low: x - wide, High: x + wide}.Judge(b)
		after := Effect{Low: x - narrow, High: x + narrow}.Judge(b)
		if before != Undecided && after != before {
			t.Fatalf("verdict went from %v to %v as the interval shrank", before, after)
		}
	})
}

func TestConclude(t *testing.T) {
	inside, outside, wide := Effect{Low: 0, High: 0.01}, Effect{Low: 1, High: 1.1}, Effect{Low: -1, High: 1}
	none := Effect{Low: math.NaN(), High: math.NaN()}
	stochastic := func(c Claim) Claim { c.Share = 1; return c }
	pinned := func(c Claim, b Band) Claim { c.Pinned = b; return c }
	for _, c := range []struct {
		name    string
		claim   Claim
		effect  Effect
		profile Profile
		problem bool
	}{
		{"as expected", fixed("a", inside, Within(.05), Agrees), inside, Quick, false},
		{"expected disagreement", fixed("a", outside, Within(.05), Disagrees), outside, Quick, false},
		{"agreement expected, got disagreement", fixed("a", outside, Within(.05), Agrees), outside, Quick, true},
		{"disagreement expected, got agreement", fixed("a", inside, Within(.05), Disagrees), inside, Quick, true},
		{"undecided is not good enough", stochastic(fixed("a", wide, Within(.05), Agrees)), wide, Quick, true},
		{"undecided is tolerated in the short profile", stochastic(fixed("a", wide, Within(.05), Agrees)), wide, Short, false},
		{"but not for a deterministic claim", fixed("a", wide, Within(.05), Agrees), wide, Short, true},
		{"the short profile sees a wrong verdict", stochastic(fixed("a", outside, Within(.05), Agrees)), outside, Short, true},
		{"effect within the pinned range", pinned(fixed("a", outside, Within(.05), Disagrees), Band{.9, 1.2}), outside, Quick, false},
		{"effect has moved", pinned(fixed("a", outside, Within(.05), Disagrees), Band{2, 3}), outside, Quick, true},
		{"undecided, and moved for sure", pinned(stochastic(fixed("a", wide, Within(.05), Disagrees)), Band{2, 3}), wide, Short, true},
		{"no number is no question of runs", stochastic(fixed("a", none, Within(.05), Agrees)), none, Short, true},
	} {
		r := conclude(c.claim, Measurement{Effect: c.effect}, c.profile, 0)
		if (r.Problem != "") != c.problem {
			t.Errorf("%s: problem is %q", c.name, r.Problem)
		}
		if tooFew := strings.HasPrefix(c.name, "undecided is"); r.TooFewRuns != tooFew {
			t.Errorf("%s: too few runs: %t", c.name, r.TooFewRuns)
		}
	}
}

func TestRunStopsWithWhatItHas(t *testing.T) {
	boom := errors.New("boom")
	claims := []Claim{
		fixed("first", Effect{}, Within(1), Agrees),
		{ID: "second", Measure: func(context.Context, *Env) (Measurement, error) { return Measurement{}, boom }},
		fixed("third", Effect{}, Within(1), Agrees),
	}
	var told []string
	results, err := Run(context.Background(), claims, Options{Profile: Short,
		Started:  func(c Claim) { told = append(told, c.ID+" starts") },
		Finished: func(r Result) { told = append(told, r.Claim.ID+" ends") },
	})
	if !errors.Is(err, boom) || len(results) != 1 {
		t.Errorf("got %d results and %v, want the first result and boom", len(results), err)
	}
	if d := cmp.Diff([]string{"first starts", "first ends", "second starts"}, told); d != "" {
		t.Errorf("progress (-want +got):\n%s", d)
	}
}

// TestCancelled: a statistical claim of a run that was called off gives the reason
// and no verdict.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	parts := TrueParts()
	parts.Levels = solvedOnce()
	runner, statistical := NewRunner(Options{Profile: Short, Seed: 1, Parts: parts}), 0
	for _, c := range Ledger() {
		if c.Share == 0 {
			continue
		}
		statistical++
		if r, err := runner.Judge(ctx, c); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: verdict %v, error %v", c.ID, r.Verdict, err)
		}
	}
	if statistical < 20 {
		t.Errorf("%d statistical claims: the ledger was not read", statistical)
	}
}

// TestVerdictCounts: each result is counted once, as what it is, and a pinned size
// is shown.
func TestVerdictCounts(t *testing.T) {
	pinned := fixed("pinned", Effect{}, Within(1), Agrees)
	pinned.Pinned = Band{-0.5, 0.5}
	v := NewVerdicts([]Result{
		{Claim: fixed("as expected", Effect{}, Within(1), Agrees)},
		{Claim: pinned, Problem: "too large"},
		{Claim: fixed("wide", Effect{}, Within(1), Agrees), TooFewRuns: true},
	}, 3, Options{Profile: Short})
	if v.Counts.Expected != 1 || v.Counts.Changed != 1 || v.Counts.Undecided != 1 || v.Expected || !v.Complete {
		t.Errorf("%+v", v.Counts)
	}
	if v.Claims[0].Pinned != nil || v.Claims[1].Pinned == nil || *v.Claims[1].Pinned != pinned.Pinned {
		t.Errorf("pinned %v and %v", v.Claims[0].Pinned, v.Claims[1].Pinned)
	}
}

func TestSharedRunsOnce(t *testing.T) {
	calls := 0
	measure := func(ctx context.Context, env *Env) (Measurement, error) {
		n, err := Shared(ctx, env, "experiment", func(context.Context, *Env) (int, error) { calls++; return 42, nil })
		return Measurement{Effect: Effect{Value: float64(n)}}, err
	}
	results, err := Run(context.Background(), []Claim{{ID: "a", Measure: measure}, {ID: "b", Measure: measure}}, Options{Profile: Short})
	if err != nil || calls != 1 || results[1].Measurement.Effect.Value != 42 {
		t.Errorf("%d calls, results %v, error %v; want one call and 42", calls, results, err)
	}
}

// TestResume: verdicts survive the file they are stored in, and a resumed run
// measures only what is missing.
func TestResume(t *testing.T) {
	claims := []Claim{
		fixed("open", Effect{Name: "r", Value: 1, Low: math.Inf(-1), High: 2, N: 3}, Band{math.Inf(-1), 5}, Agrees),
		fixed("plain", Effect{Value: 0.5, Low: 0.4, High: 0.6}, Within(1), Agrees),
	}
	opt := Options{Profile: Quick, Seed: 7}
	whole, err := Run(context.Background(), claims, opt)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(NewVerdicts(whole[:1], 2, opt))
	if err != nil {
		t.Fatal(err)
	}
	var stored Verdicts
	if err := json.Unmarshal(data, &stored); err != nil {
		t.Fatal(err)
	}
	if stored.Complete {
		t.Error("a run with one of two claims counts as complete")
	}
	if opt.Done, err = stored.Done(Quick, 7); err != nil {
		t.Fatal(err)
	}
	claims[0].Measure = func(context.Context, *Env) (Measurement, error) {
		t.Error("a claim that was judged is measured again")
		return Measurement{}, nil
	}
	resumed, err := Run(context.Background(), claims, opt)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(NewVerdicts(whole, 2, opt), NewVerdicts(resumed, 2, opt), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("resumed run differs (-whole +resumed):\n%s", diff)
	}
	if _, err := stored.Done(Quick, 8); err == nil {
		t.Error("verdicts of another seed were accepted")
	}
	if _, err := stored.Done(Full, 7); err == nil {
		t.Error("verdicts of another profile were accepted")
	}
}

// TestKillsInVerdicts: the kill table survives the file, an infinite margin
// included, and a survivor is not as expected.
func TestKillsInVerdicts(t *testing.T) {
	v := NewVerdicts(nil, 0, Options{Profile: Quick})
	v.AddKills([]Kill{{Sabotage: "a", By: "claim b", Margin: math.Inf(1), Killed: true}})
	if !v.Expected {
		t.Error("a sabotage that was caught counts against the run")
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var stored Verdicts
	if err := json.Unmarshal(data, &stored); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v, stored); diff != "" {
		t.Errorf("after the round trip (-want +got):\n%s", diff)
	}
	v.AddKills([]Kill{{Sabotage: "a", By: "claim b"}})
	if v.Expected {
		t.Error("a sabotage survived and the run counts as expected")
	}
}

// TestVerdictsRefuseOtherJSON: a file that is not what was written gives an
// error, not numbers.
func TestVerdictsRefuseOtherJSON(t *testing.T) {
	for name, text := range map[string]string{
		"band":    `{"claims":[{"band":"wide"}]}`,
		"effect":  `{"claims":[{"effect":[1]}]}`,
		"verdict": `{"claims":[{"verdict":"perhaps"}]}`,
		"kill":    `{"kills":[{"margin":"large"}]}`,
	} {
		var v Verdicts
		if err := json.Unmarshal([]byte(text), &v); err == nil {
			t.Errorf("%s: %s was accepted", name, text)
		}
	}
}

func TestBandString(t *testing.T) {
	for want, b := range map[string]Band{"[-0.05, 0.05]": Within(0.05), "<= 2": {math.Inf(-1), 2}, ">= 0": {0, math.Inf(1)}} {
		if got := b.String(); got != want {
			t.Errorf("band %v prints %q, want %q", [2]float64{b.Low, b.High}, got, want)
		}
	}
}

// TestDetectable: more runs find smaller effects; none is found below the edge
// of the band.
func TestDetectable(t *testing.T) {
	b := Within(0.05)
	narrow, wide := Effect{Low: -0.01, High: 0.01, Alpha: 1e-8}, Effect{Low: -0.1, High: 0.1, Alpha: 1e-8}
	if n, w := narrow.Detectable(b), wide.Detectable(b); !(0.05 < n && n < w) {
		t.Errorf("detectable effects %v and %v, want 0.05 < the first < the second", n, w)
	}
	if got := (Effect{Low: -0.01, High: 0.01}).Detectable(Band{0, math.Inf(1)}); math.Abs(got-0.01) > 1e-15 {
		t.Errorf("deterministic and one-sided: %v, want 0.01", got)
	}
}
