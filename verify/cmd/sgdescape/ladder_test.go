package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model"
	"sgdescape/verify"
	"sgdescape/verify/problem"
)

// TestLadderIndependent: two values have runs of their own. With one set of runs for
// all of them a family of values would lie to one side together.
func TestLadderIndependent(t *testing.T) {
	p, err := problem.NewRadial(problem.RadialParameters{Dim: 2, Curvature: 1, Floor: 1, LearningRate: 0.5, BatchSize: 1, Ratio: 1.5})
	if err != nil {
		t.Fatal(err)
	}
	twice := []problem.Point{{X: 1.5, Problem: p}, {X: 1.5, Problem: p}}
	lines, err := climb(t.Context(), &globals{seed: 1}, ladderFlags{process: string(problem.SDE), runs: 100, horizon: 1000}, twice, io.Discard)
	if err != nil || len(lines) != 2 || lines[0].Exits == 0 || *lines[0].Simulated == *lines[1].Simulated {
		t.Errorf("%v, error %v, want two different simulations", lines, err)
	}
}

// TestLadder: every rung has all levels, the simulation and the ratios of
// neighbours, and the page has both figures.
func TestLadder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "made", "ladder.html")
	args := strings.Fields("ladder regression --d 1 --c 1.3 --points 2 --runs 300 --out " + file)
	m := fields(t, append(args, "--json")...)
	if diff := cmp.Diff([]string{"axis", "page", "parameters", "problem", "process", "rungs", "seed"}, keys(m)); diff != "" || m["axis"] != "c" || m["page"] != file {
		t.Errorf("axis %v, keys (-want +got):\n%s", m["axis"], diff)
	}
	rungs := m["rungs"].([]any)
	if len(rungs) != 2 {
		t.Fatalf("%d rungs, want 2", len(rungs))
	}
	for _, r := range rungs {
		rung := r.(map[string]any)
		if diff := cmp.Diff([]string{"T0", "T1", "T2", "T3", "T4"}, keys(rung["levels"].(map[string]any))); diff != "" {
			t.Errorf("levels (-want +got):\n%s", diff)
		}
		if len(rung["conditions"].([]any)) == 0 {
			t.Error("a rung has no conditions, want those of rate")
		}
		low, mid, high := rung["low"].(float64), rung["simulated"].(float64), rung["high"].(float64)
		if !(low < mid && mid < high) || rung["exits"].(float64) != 300 {
			t.Errorf("simulated %v [%v, %v] from %v exits", mid, low, high, rung["exits"])
		}
	}
	page, err := os.ReadFile(file)
	if err != nil || strings.Count(string(page), "<figure>") != 2 || strings.Contains(string(page), "<script") {
		t.Errorf("the page has %d figures (%v), want 2", strings.Count(string(page), "<figure>"), err)
	}
	for _, part := range []string{"c=1.3", "η=0.1", "simulated sgd, 300 runs at each value, seed 1", "T4: the discrete chain",
		"condition finite-ratio, set at 2 of 2 values: ", "<pre>go run ./verify/cmd/sgdescape ladder regression --c=1.3 --d=1"} {
		if !strings.Contains(string(page), part) {
			t.Errorf("the page does not say %q", part)
		}
	}
	code, out, errOut := sgdescape(t.Context(), args...)
	if code != exitExpected || errOut != "" || !strings.Contains(out, "S/T4") || !strings.Contains(out, "plot in "+file) ||
		!strings.Contains(out, "condition finite-ratio") || !strings.Contains(out, "95 % low") || !strings.Contains(out, "in t = eta k") {
		t.Errorf("exit code %d, %s\n%s", code, errOut, out)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, _, errOut := sgdescape(ctx, args...); code != exitFailed || !strings.Contains(errOut, "interrupted") {
		t.Errorf("an interrupted ladder has exit code %d and message %q", code, errOut)
	}
}

// TestLadderWithoutLevels: where no level is computed there is one plot, no key to
// the levels, the reason, and the name of the data.
func TestLadderWithoutLevels(t *testing.T) {
	dir := t.TempDir()
	data, file := filepath.Join(dir, "three.csv"), filepath.Join(dir, "ladder.html")
	rows := "1,2,10,1\n-1,3,20,-1\n2,-4,-10,1\n-2,-1,-30,-2\n1,1,5,3\n"
	if err := os.WriteFile(data, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errOut := sgdescape(t.Context(), strings.Fields("ladder regression --eta 0.001 --c 1.2 --points 2 --runs 20 --data "+data+" --out "+file)...)
	page, err := os.ReadFile(file)
	if err != nil || code != exitExpected {
		t.Fatalf("exit code %d, %s (%v)", code, errOut, err)
	}
	if strings.Count(string(page), "<figure>") != 1 || strings.Contains(string(page), "T0: ") || !strings.Contains(string(page), noLevels) {
		t.Errorf("the page has %d figures and says\n%.3000s", strings.Count(string(page), "<figure>"), page)
	}
	for _, want := range []string{"data=" + data, noLevels, "condition levels-left-out"} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
}

// TestLadderWithoutNoise: what never leaves is refused before anything is
// simulated.
func TestLadderWithoutNoise(t *testing.T) {
	args := strings.Fields("ladder regression --samples 20 --batch 20 --sampling without --eta 0.05 --out " + filepath.Join(t.TempDir(), "ladder.html"))
	code, out, errOut := sgdescape(t.Context(), args...)
	if code != exitFailed || out != "" || !strings.Contains(errOut, "ladder: the full batch has no noise: SGD never leaves; want a smaller --batch") {
		t.Errorf("exit code %d, %q, %q", code, out, errOut)
	}
}

// TestConditionNotes: a condition is told once, as at the last value at which it
// is set; all of a name that are set there are told.
func TestConditionNotes(t *testing.T) {
	lines := []rungLine{
		{X: 1.5, Conditions: []model.Condition{{Name: "a", Detail: "first"}}},
		{X: 2, Conditions: []model.Condition{{Name: "a", Detail: "second"}, {Name: "b", Detail: "T2"}, {Name: "b", Detail: "T3"}}},
		{X: 3},
	}
	want := []string{
		"condition a, set at 2 of 3 values: second (at c = 2)",
		"condition b, set at 1 of 3 values: T2 (at c = 2)",
		"condition b, set at 1 of 3 values: T3 (at c = 2)",
	}
	if diff := cmp.Diff(want, conditionNotes("c", lines)); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

// TestLadderFigures: a level has one style in both figures, and a value at which no
// run left is a lower bound in both.
func TestLadderFigures(t *testing.T) {
	figures := ladderFigures("c", "T2", []rungLine{
		{X: 2, Levels: map[string]float64{"T1": 4, "T2": 2}, Neighbours: map[string]float64{"T2/T1": 0.5, "S/T2": 2}, Simulated: new(4.0), Low: new(3.0), High: new(5.0)},
		{X: 3, Levels: map[string]float64{"T1": 8, "T2": 4}, Neighbours: map[string]float64{"T2/T1": 0.5}, Low: new(12.0)},
	})
	styles, bounds := map[string]int{}, []float64{}
	for _, f := range figures {
		for _, s := range f.Series {
			styles[s.Name] = s.Style
			if s.Mark == verify.Bounds {
				bounds = append(bounds, s.X[0], s.Y[0])
			}
		}
	}
	if styles["T2"] != styles["T2/T1"] || styles["T1"] == styles["T2"] || styles["S, simulated"] != styles["S/T2"] || styles["T2"] == 0 {
		t.Errorf("styles are %v", styles)
	}
	if diff := cmp.Diff([]float64{3, 12, 3, 3}, bounds); diff != "" {
		t.Errorf("lower bounds (-want +got):\n%s", diff)
	}
	ratios := ladderFigures("c", "T2", []rungLine{{X: 3, Levels: map[string]float64{"T2": 4}, Low: new(12.0)}})[1]
	if len(ratios.Series) != 1 || ratios.Series[0].Mark != verify.Bounds || ratios.Series[0].Name != "S/T2, lower bound" {
		t.Errorf("where no run left at any value the ratios are %v, want a lower bound", ratios.Series)
	}
	if n := len(ladderFigures("c", "T2", []rungLine{{X: 2, Simulated: new(4.0), Low: new(3.0), High: new(5.0)}})); n != 1 {
		t.Errorf("%d figures of a simulation alone, want 1", n)
	}
}

// TestLadderComparesWithItsOwnLevel: the simulation is divided by the level
// that solves its own process, and by none where that level is missing.
func TestLadderComparesWithItsOwnLevel(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"regression --process sde", "S/T1"},
		{"regression --process sde-log", "S/T1"},
		{"regression --process sde-exact", "S/T2"},
		{"regression --process sgd", "S/T4"},
		{"regression --d 2 --samples 2000 --process sgd --batch 4", ""},
	} {
		file := filepath.Join(t.TempDir(), "ladder.html")
		m := fields(t, append(strings.Fields("ladder "+c.args+" --c 1.3 --points 2 --runs 20 --json --out"), file)...)
		for _, r := range m["rungs"].([]any) {
			got := ""
			for _, ratio := range keys(r.(map[string]any)["ratios"].(map[string]any)) {
				if strings.HasPrefix(ratio, "S/") {
					got += ratio
				}
			}
			if got != c.want {
				t.Errorf("%s: the simulation is compared as %q, want %q", c.args, got, c.want)
			}
		}
	}
}

// TestLadderRatioBars: the ratio of the simulation to a level has the interval
// of the simulation, and no point where either is missing.
func TestLadderRatioBars(t *testing.T) {
	rung := func(x float64, level string, simulated, low, high *float64) rungLine {
		return rungLine{X: x, Levels: map[string]float64{level: 4}, Simulated: simulated, Low: low, High: high}
	}
	got := simulatedRatio("S/T1", "T1", []rungLine{
		rung(1, "T1", new(8.0), new(6.0), new(10.0)),
		rung(2, "T2", new(8.0), new(6.0), new(10.0)),
		rung(3, "T1", nil, new(6.0), nil),
	})
	want := verify.Series{Name: "S/T1", Mark: verify.Points, Style: 1, X: []float64{1}, Y: []float64{2}, Low: []float64{1.5}, High: []float64{2.5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
}
