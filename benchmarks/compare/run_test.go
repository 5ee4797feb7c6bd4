package compare

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/benchmarks/gate"
	"sgdescape/benchmarks/measure"
)

// A round is two runs a side in an order that is drawn from all six; beside a
// record it is two of the head side.
func TestOrder(t *testing.T) {
	c := &contest{sides: &Sides{}, rng: rand.New(rand.NewPCG(1, 0))}
	drawn := map[string]bool{}
	for range 1000 { // each is missed with probability (5/6)^1000, 1e-79
		drawn[fmt.Sprint(c.order())] = true
	}
	if len(drawn) != 6 || !drawn["[base base head head]"] || !drawn["[head base head base]"] {
		t.Errorf("orders %v", drawn)
	}
	c.sides.Saved.Names = []measure.Key{"A"}
	if got := fmt.Sprint(c.order()); got != "[head head]" {
		t.Errorf("beside a record: %v", got)
	}
}

// Whatever is not compared is named: of a record, too, unless only a part of the
// suite was asked for.
func TestLeftOut(t *testing.T) {
	base := measure.Results{Names: []measure.Key{"Both", "Old", "Hides"}}
	head := measure.Results{Names: []measure.Key{"Both", "New"}, Untimed: []measure.Key{"Hides", "Never"}}
	_, onlyBase, onlyHead := measure.Common(base.Names, head.Names)
	for _, tt := range []struct {
		name, pattern string
		saved         measure.Results
		want          []string
	}{
		{"a revision", ".", measure.Results{}, []string{"new, not compared: New", "gone, not compared: Old", "prints no time, not compared: Hides, Never"}},
		{"a record", ".", base, []string{"new, not compared: New", "only in the record, not compared: Old", "prints no time, not compared: Hides, Never"}},
		{"a part", "Both", base, []string{"new, not compared: New", "prints no time, not compared: Hides, Never"}},
	} {
		c := &contest{o: Options{Pattern: tt.pattern}, sides: &Sides{Saved: tt.saved}}
		if diff := cmp.Diff(tt.want, c.leftOut(base, head, onlyBase, onlyHead)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// The medians of a cell rest on the rounds of its verdict, as the ratio beside
// them, though another unit of the benchmark took more.
func TestMediansOfTheVerdict(t *testing.T) {
	for _, saved := range []bool{false, true} {
		s := &gate.Series{Pair: gate.Pair{Benchmark: "A", Unit: "sec/op"}}
		add := s.Add
		if saved {
			s.Blocks = []gate.Block{{Base: []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}}
			add = func(_, head []float64) { s.Extend(head) }
		}
		plan := gate.DefaultPlan()
		trial, err := gate.NewTrial(plan, []*gate.Series{s})
		if err != nil {
			t.Fatal(err)
		}
		for range plan.Looks[0] {
			add([]float64{1, 1}, []float64{1, 1})
		}
		if err := trial.Look(); err != nil {
			t.Fatal(err)
		}
		for range plan.Looks[1] {
			add([]float64{3, 3}, []float64{2, 2})
		}
		cell := newCell(plan, trial.Results()[0], s)
		if cell.Verdict != gate.Clean || cell.Rounds != plan.Looks[0] || *cell.Ratio != 1 || cell.Base != 1 || cell.Head != 1 {
			t.Errorf("saved %v: %+v, want 1 and 1", saved, cell)
		}
	}
}
