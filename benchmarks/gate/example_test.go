package gate_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"sgdescape/benchmarks/gate"
)

// Two benchmarks on a machine that slows down all the time. The head side of
// the second is 7 % slower.
func ExampleTrial() {
	same := &gate.Series{Pair: gate.Pair{Benchmark: "Same", Unit: "sec/op"}}
	slower := &gate.Series{Pair: gate.Pair{Benchmark: "Slower", Unit: "sec/op"}}
	trial, err := gate.NewTrial(gate.DefaultPlan(), []*gate.Series{same, slower})
	if err != nil {
		fmt.Println(err)
		return
	}
	clock := 0.0
	run := func(work float64) float64 {
		clock++
		return work * (1 + clock/1000 + 0.01*math.Sin(clock*clock)) // drift and scatter
	}
	rng := rand.New(rand.NewPCG(1, 0))
	rounds, _ := trial.NextLook()
	for range rounds {
		for _, s := range []*gate.Series{same, slower} {
			work := 1.0
			if s == slower {
				work = 1.07
			}
			var base, head []float64
			for _, isHead := range gate.DrawOrder(rng) {
				if isHead {
					head = append(head, run(work))
				} else {
					base = append(base, run(1))
				}
			}
			s.Add(base, head)
		}
	}
	if err := trial.Look(); err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range trial.Results() {
		fmt.Printf("%s: %v after %d rounds, ratio %.2f\n", r.Benchmark, r.Verdict, r.Blocks, r.Effect.Ratio)
	}
	fmt.Println("together:", trial.Verdict())
	// Output:
	// Same: clean after 8 rounds, ratio 1.00
	// Slower: regression after 8 rounds, ratio 1.07
	// together: regression
}
