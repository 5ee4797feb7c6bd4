// Package account opens the account of one test package in the alpha ledger of
// the repository. Only test binaries import it: it registers the flags of
// package seed.
//
//	var ledger = account.Open("sim/stream", "normal law", "index")
//
//	func TestMain(m *testing.M) { os.Exit(ledger.Run(m)) }
//
// Each name gets an equal part of what stattest.PackageShares allots to the
// package. Under go test -v, or -json, the binary prints its part of the ledger
// at the end.
package account

import (
	"flag"
	"fmt"
	"io"
	"os"
	"testing"

	"sgdescape/verify/stattest"
	"sgdescape/verify/stattest/seed"
)

// An Account is a [stattest.Runner] on the share of one package.
type Account struct {
	stattest.Runner
	Flags *seed.Flags
}

// Open divides the share of a package, named without the module, equally among
// the names of its assertions, and registers the flags of package seed. It
// panics if the package has no share or two names are equal.
func Open(name string, assertions ...string) *Account {
	return OpenShares(name, stattest.EqualShares(assertions...)...)
}

// OpenShares is [Open] for parts of unequal size.
func OpenShares(name string, shares ...stattest.Share) *Account {
	flags := seed.Register(flag.CommandLine)
	return &Account{stattest.Runner{Budget: stattest.MustForPackage(name, shares...), Seeds: flags}, flags}
}

// Run parses the flags, runs the tests of a package and prints its ledger. It
// returns the exit code, which is not 0 when a test failed or, in a run of all
// tests, an assertion left no finding.
func (a *Account) Run(m interface{ Run() int }) int {
	flag.Parse()
	a.Calibrate, a.Patience = a.Flags.Calibrate, a.Flags.Allow(1)
	return a.finish(os.Stdout, m.Run(), testing.Verbose(), seed.Full(flag.CommandLine))
}

func (a *Account) finish(w io.Writer, code int, verbose, full bool) int {
	if verbose {
		if err := a.Budget.WriteLines(w, a.Flags.Base(), full); err != nil {
			fmt.Fprintln(w, err)
			return 1
		}
	}
	if missing := a.Budget.Missing(); code == 0 && full && len(missing) > 0 {
		fmt.Fprintf(w, "every test was run, but these assertions of the ledger left no finding: %q\n", missing)
		return 1
	}
	return code
}
