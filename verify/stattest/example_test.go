package stattest_test

import (
	"fmt"
	"math/rand/v2"
	"os"

	"sgdescape/verify/stattest"
)

// watch runs n exits at the given rate, each watched until the horizon.
func watch(rng *rand.Rand, n int, rate, horizon float64) stattest.Exits {
	times, censored := make([]float64, n), make([]bool, n)
	for i := range times {
		times[i] = rng.ExpFloat64() / rate
		if times[i] > horizon {
			times[i], censored[i] = horizon, true
		}
	}
	exits, err := stattest.Tally(times, censored)
	if err != nil {
		panic(err)
	}
	return exits
}

// Runs that did not leave count with the time they were watched.
func ExampleTally() {
	exits, err := stattest.Tally(
		[]float64{3.1, 10, 0.4, 10, 7.2},
		[]bool{false, true, false, true, false})
	fmt.Println(exits.Events, "exits in", exits.Exposure, err)
	fmt.Println("rate     ", exits.RateInterval(0.05))
	fmt.Println("mean time", exits.MeanTimeInterval(0.05))
	// Output:
	// 3 exits in 30.7 <nil>
	// rate      0.0977199 [0.0201522, 0.285579] at level 0.95
	// mean time 10.2333 [3.50166, 49.6224] at level 0.95
}

// A law is judged by where the interval lies, not by whether it contains the
// law: a wide interval decides nothing.
func ExampleEquivalence() {
	law := stattest.Around(0.1, 1e-6)
	for _, exits := range []stattest.Exits{
		{Events: 50, Exposure: 510}, {Events: 20000, Exposure: 204000}, {Events: 20000, Exposure: 150000},
	} {
		c := stattest.Equivalence(exits.RateInterval(1e-3), law, 0.05)
		fmt.Printf("%v, at least %.3f off\n", c.Outcome, c.AtLeast())
	}
	// Output:
	// undecided, at least 0.000 off
	// agrees, at least 0.000 off
	// disagrees, at least 0.303 off
}

// Runs are added in batches until the rate is known to 10 %. The interval holds
// although the data decided when to stop.
func ExampleSequentialRate() {
	rng := rand.New(rand.NewPCG(1, 1))
	design := stattest.SequentialRate{
		Sequence: stattest.RateSequence{Alpha: 1e-6, Guess: 1},
		Stop:     stattest.Narrow(0.1),
		Batches:  1000,
	}
	found, err := design.Run(func(int) (stattest.Exits, error) { return watch(rng, 100, 0.5, 3), nil })
	fmt.Println(found.Stopped, err, found.Interval.Contains(0.5), found.Interval.RelativeHalfWidth() <= 0.1)
	// Output: true <nil> true true
}

// Every assertion of a package draws its alpha from the package's budget and
// leaves its finding there.
func ExampleBudget() {
	budget := stattest.MustBudget(1e-6, stattest.EqualShares("exit rate", "coin")...)
	rng := rand.New(rand.NewPCG(1, 2))

	alpha, _ := budget.Draw("exit rate")
	rate := stattest.RateTest{Want: 0.5, Alpha: alpha}.Assert(watch(rng, 1000, 0.5, 3))
	_ = budget.Record("exit rate", rate)

	alpha, _ = budget.Draw("coin")
	coin := stattest.ProportionTest{Want: 0.5, Alpha: alpha}.Assert(600, 1000)
	_ = budget.Record("coin", coin)

	fmt.Println(rate.Err() == nil, coin.Err() != nil)
	_ = stattest.WriteTable(os.Stdout, budget.Lines())
	_, err := budget.Draw("coin")
	fmt.Println(err)
	// Output:
	// true true
	//   assertion  count     n  alpha  statistic  critical    effect  detectable    result
	//        coin      1  1000  5e-07      6.313     5.026       0.1      0.1271  REJECTED
	//   exit rate      1   788  5e-07    0.05683     5.026  0.002869      0.3147    passed
	// 2 assertions, alpha 1e-06 in all
	// alpha budget overspent: "coin" was drawn before
}
