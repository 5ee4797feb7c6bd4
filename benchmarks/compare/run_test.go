package compare

import (
	"fmt"
	"math/rand/v2"
	"testing"

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
