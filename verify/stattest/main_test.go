package stattest

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"sgdescape/verify/stattest/seed"
)

// flags and runner: the statistical tests of this package draw their alpha from
// its share of the run, like those of any other.
var (
	flags  = seed.Register(flag.CommandLine)
	budget = MustForPackage("verify/stattest", EqualShares(statNames()...)...)
	runner Runner
)

func statNames() []string {
	var names []string
	for _, c := range trials() {
		names = append(names, "false alarms/"+c.name, "detectable/"+c.name)
	}
	names = append(names, "two means, far in the tail")
	for _, l := range laws {
		names = append(names, "power of a mean/"+l.name)
	}
	for _, l := range noisyLaws {
		names = append(names, "noise of deviation/"+l.name, "noise of skewness/"+l.name)
	}
	for _, c := range coverageRows {
		names = append(names, "coverage/"+c.name)
	}
	for _, c := range equivalenceRows {
		names = append(names, "equivalence/"+c.name)
	}
	return names
}

// TestMain does what package account does for others; this package cannot
// import it.
func TestMain(m *testing.M) {
	flag.Parse()
	runner = Runner{Budget: budget, Seeds: flags, Calibrate: flags.Calibrate, Patience: flags.Allow(1)}
	code := m.Run()
	full := seed.Full(flag.CommandLine)
	if testing.Verbose() {
		if err := budget.WriteLines(os.Stdout, flags.Base(), full); err != nil {
			panic(err)
		}
	}
	if missing := budget.Missing(); code == 0 && full && len(missing) > 0 {
		fmt.Printf("no finding under the names %q\n", missing)
		code = 1
	}
	os.Exit(code)
}
