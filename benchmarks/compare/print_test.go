package compare

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/benchmarks/gate"
)

func number(x float64) *float64 { return &x }

func report() *Report {
	return &Report{
		Base: "aaa", Head: "bbb+", Verdict: gate.Regression, GeoMean: 1.02, Go: "go1", Core: 1, Seconds: 12,
		Plan: gate.DefaultPlan(), Machine: map[string]string{"cpu": "abacus"}, Notes: []string{"new, not compared: C"},
		Rows: []Row{
			{Benchmark: "A/n=1", Verdict: gate.Regression, Cells: []Cell{
				{Unit: "sec/op", Verdict: gate.Regression, Look: 1, Rounds: 8, Base: 1e-6, Head: 1.07e-6,
					Ratio: number(1.07), Lower: number(1.06), Upper: number(1.08), P: number(5e-7)},
				{Unit: "B/op", Verdict: gate.Clean, Look: 1, Rounds: 8, Base: 16, Head: 16, Exact: true},
				{Unit: "allocs/op", Verdict: gate.Regression, Look: 1, Rounds: 8, Base: 1, Head: 2, Exact: true},
			}},
			{Benchmark: "B", Verdict: gate.Undecided, Cells: []Cell{{Unit: "sec/op"}}},
		},
	}
}

func TestWriteTable(t *testing.T) {
	var got bytes.Buffer
	if err := report().WriteTable(&got); err != nil {
		t.Fatal(err)
	}
	want := `base aaa   head bbb+   abacus   go1
benchmark  verdict     base     head     change  interval        p      rounds  B/op  allocs/op
A/n=1      regression  1.000µs  1.070µs  +7.0%   [+6.0%, +8.0%]  5e-07  8       16    1 -> 2
B          undecided   -        -        ?       [?, ?]          -      0       -     -
geometric mean +2.0% over 1 of 2 benchmarks
note: new, not compared: C
regression (floor 5 %, alpha 0.01, beta 0.01, 12 s)
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The mean is said to be over the benchmarks that it is over.
func TestMeanOverWhat(t *testing.T) {
	r := report()
	if got, want := r.compared(), "1 of 2 benchmarks"; got != want {
		t.Errorf("one was measured: %q, want %q", got, want)
	}
	r.Rows = r.Rows[:1]
	if got, want := r.compared(), "1 benchmarks"; got != want {
		t.Errorf("all were measured: %q, want %q", got, want)
	}
}

func TestWriteMarkdown(t *testing.T) {
	var got bytes.Buffer
	if err := report().WriteMarkdown(&got); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| benchmark | verdict |", "|---|---|", "| A/n=1 | regression | 1.000µs | 1.070µs | +7.0% |", "\nregression (floor"} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("%q is missing in\n%s", want, got.String())
		}
	}
}

// A bar in the name of a benchmark does not end its cell.
func TestWriteMarkdownOfBar(t *testing.T) {
	r := report()
	r.Rows[0].Benchmark = "A/low|high"
	var got bytes.Buffer
	if err := r.WriteMarkdown(&got); err != nil {
		t.Fatal(err)
	}
	if want := `| A/low\|high | regression |`; !strings.Contains(got.String(), want) {
		t.Errorf("%q is missing in\n%s", want, got.String())
	}
}

// JSON carries everything, verdicts by name, and no bound that does not exist.
func TestWriteJSON(t *testing.T) {
	var got bytes.Buffer
	if err := report().WriteJSON(&got); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Verdict    string
		Benchmarks []struct {
			Verdict string
			Units   []map[string]any
		}
	}
	if err := json.Unmarshal(got.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if back.Verdict != "regression" || back.Benchmarks[1].Verdict != "undecided" {
		t.Errorf("verdicts %q, %q", back.Verdict, back.Benchmarks[1].Verdict)
	}
	if _, ok := back.Benchmarks[1].Units[0]["upper"]; ok {
		t.Errorf("an upper bound without data: %v", back.Benchmarks[1].Units[0])
	}
	if p := back.Benchmarks[0].Units[0]["p"]; p != 5e-7 {
		t.Errorf("p = %v", p)
	}
}

// TestWriteInterrupted: what was measured and no verdict, no mean.
func TestWriteInterrupted(t *testing.T) {
	r := report()
	r.Interrupted, r.Verdict, r.GeoMean, r.Notes = true, gate.Undecided, 0, nil
	var got bytes.Buffer
	if err := r.WriteTable(&got); err != nil {
		t.Fatal(err)
	}
	want := `base aaa   head bbb+   abacus   go1
benchmark  verdict     base     head     change  interval        p      rounds  B/op  allocs/op
A/n=1      regression  1.000µs  1.070µs  +7.0%   [+6.0%, +8.0%]  5e-07  8       16    1 -> 2
interrupted after 12 s: no verdict; what was measured is above, 1 of 2 benchmarks
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
