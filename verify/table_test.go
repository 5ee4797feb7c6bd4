package verify

import (
	"context"
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTableJSON: numbers are numbers with all their digits, what is not finite
// is null with a note, texts keep their marks, and all of it is read back.
func TestTableJSON(t *testing.T) {
	table := Table{Title: "rates", Columns: []string{"c", "T"}}
	table.AddRow(1.0/3, 1<<40)
	table.AddRow("n >= n_c & <none>", math.Inf(1))
	table.AddRow(-2.0, nil)
	table.AddRow(1e300, math.NaN(), 3)
	got, err := plainJSON(table)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"title":"rates","columns":["c","T"],"rows":[[0.3333333333333333,1099511627776],["n >= n_c & <none>",null],[-2,null],[1e+300,null,3]],` +
		`"notes":["row 2, T: +Inf","row 4, T: NaN"]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	var back Table
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(table, back); diff != "" {
		t.Errorf("read back (-was +is):\n%s", diff)
	}
	var shown []string
	for _, row := range back.Rows {
		for _, cell := range row {
			shown = append(shown, cell.String())
		}
	}
	if diff := cmp.Diff([]string{"0.33333", "1099511627776", "n >= n_c & <none>", "", "-2", "", "1e+300", "", "3"}, shown); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
}

// TestSeriesJSON: a bar without an end, and a point that is none, survive.
func TestSeriesJSON(t *testing.T) {
	s := Series{Name: "a > b", Mark: Points}
	s.AddBar(1, 2, math.Inf(-1), math.Inf(1))
	s.AddBar(2, math.NaN(), 1, 3)
	text, err := plainJSON(s)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"a > b","mark":"points","x":[1,2],"y":[2,null],"low":[null,1],"high":[null,3],` +
		`"note":"null: not a finite number in x and y; no end of the bar in low and high"}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	var back Series
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	nan := cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })
	if diff := cmp.Diff(s, back, nan); diff != "" {
		t.Errorf("read back (-was +is):\n%s", diff)
	}
}

// TestSkipTeeth: sabotages that were not judged are never as expected, and the
// reason names the claims that are red.
func TestSkipTeeth(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&RedError{By: []string{"eq16-limit"}, Skipped: 3}, "1 claim is red without sabotage (eq16-limit), which leaves out 3 sabotages"},
		{&RedError{By: []string{"eq16-limit", "eq18-t"}, Skipped: 5}, "2 claims are red without sabotage (eq16-limit, eq18-t), which leaves out 5 sabotages"},
		{context.Canceled, "the run ended before all sabotages were judged"},
	} {
		v := Verdicts{Expected: true}
		if v.SkipTeeth(c.err); v.Expected || v.Skipped == nil || v.Skipped.Reason != c.want {
			t.Errorf("%v: %+v, want a run not as expected and %q", c.err, v.Skipped, c.want)
		}
	}
}
