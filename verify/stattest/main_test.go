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
	for _, c := range coverageRows {
		names = append(names, "coverage/"+c.name)
	}
	for _, c := range equivalenceRows {
		names = append(names, "equivalence/"+c.name)
	}
	return names
}

func TestMain(m *testing.M) {
	flag.Parse()
	runner = Runner{Budget: budget, Seeds: flags, Calibrate: flags.Calibrate}
	code := m.Run()
	if testing.Verbose() {
		fmt.Printf("seed %d\n", flags.Base())
		if err := budget.WriteTable(os.Stdout); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}
