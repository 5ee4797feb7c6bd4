package gate

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// However the four times of a block depend on each other, over the orders U has
// the law of Mann and Whitney: under a trend, an oscillation, a disturbance of
// two neighbours or of the two in the middle.
func TestOrdersMakeTheLaw(t *testing.T) {
	for _, times := range [][4]float64{{1, 2, 3, 4}, {1, 3, 2, 4}, {1, 3, 4, 2}, {3, 4, 1, 2}, {1, 4, 3, 2}, {2, 1, 4, 3}} {
		law := make([]float64, 5)
		for _, order := range orders {
			var b Block
			for i, head := range order {
				if head {
					b.Head = append(b.Head, times[i])
				} else {
					b.Base = append(b.Base, times[i])
				}
			}
			if len(b.Head) != 2 {
				t.Fatalf("order %v", order)
			}
			u := 0
			for _, x := range b.Base {
				for _, y := range b.Head {
					if y > x {
						u++
					}
				}
			}
			law[u] += 1 / float64(len(orders))
		}
		if diff := cmp.Diff(mannWhitney(2, 2), law, within); diff != "" {
			t.Errorf("times %v (-want +got):\n%s", times, diff)
		}
	}
}

// All orders are drawn.
func TestDrawOrder(t *testing.T) {
	drawn := map[Order]bool{}
	rng := rand.New(rand.NewPCG(1, 0))
	for range 1000 { // each is missed with probability (5/6)^1000, 1e-79
		drawn[DrawOrder(rng)] = true
	}
	if len(drawn) != 6 {
		t.Errorf("%d orders were drawn, want 6: %v", len(drawn), drawn)
	}
}

// A machine that oscillates with the length of a block, by as much as the floor,
// raises no alarm about unchanged code and hides no slow-down. Of the orders
// A B B A and B A A B alone the first takes every block for a difference.
func TestOscillation(t *testing.T) {
	const slower = 3
	for seed := range uint64(50) {
		for _, slowdown := range []float64{0, 0.07} {
			rng, runs := rand.New(rand.NewPCG(seed, 2)), 0
			run := func(work float64) float64 {
				runs++
				return work * math.Exp(0.05*math.Sin(2*math.Pi*float64(runs)/4+1)+0.01*rng.NormFloat64())
			}
			slowdowns := make([]float64, 10)
			slowdowns[slower] = slowdown
			trial := simulateRuns(t, DefaultPlan(), rng, run, slowdowns, len(DefaultPlan().Looks))
			for i, r := range trial.Results() {
				if wrong := i != slower && r.Verdict == Regression || i == slower && slowdown > 0 && r.Verdict == Clean; wrong {
					t.Errorf("seed %d, benchmark %d, slower by %v: %v", seed, i, slowdowns[i], r.Verdict)
				}
			}
		}
	}
}
