// Command testledger reads the stream of go test -json, prints what go test
// prints, and at its end the alpha ledger of the whole run: every statistical
// assertion of every package and the sum of their alphas.
//
//	go test -json ./... | testledger -full
//
// The alpha of a run is divided among packages that are tested by processes of
// their own; only the stream sees them all. Exit code 0: everything passed. 1: a
// test failed, be it only once of several times, a package was not built or not
// finished, the sum exceeds the budget, or, with -full, a package or an assertion
// is missing. 2: the stream could not be read.
//
// A pipe loses the exit code of go test, and one that is killed between two packages
// leaves a stream without fault. A line behind the stream, as the Makefile adds it,
// tells that it failed:
//
//	go test: exit status 137
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"sgdescape/verify/stattest"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, in io.Reader, out, complaints io.Writer) int {
	flags := flag.NewFlagSet("testledger", flag.ContinueOnError)
	flags.SetOutput(complaints)
	full := flags.Bool("full", false, "fail if a package or an assertion of the ledger is missing")
	verbose := flags.Bool("v", false, "print the output of tests that passed, too")
	packages := flags.Bool("packages", false, "print the packages that have a share of the ledger, and read nothing")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if *packages {
		for _, s := range stattest.PackageShares() {
			fmt.Fprintln(out, "./"+s.Name)
		}
		return 0
	}
	s := newStream(out, *verbose)
	if err := s.read(in); err != nil {
		fmt.Fprintln(complaints, "testledger:", err)
		return 2
	}
	if problems := s.report(*full); len(problems) > 0 {
		for _, p := range problems {
			fmt.Fprintln(out, "testledger:", p)
		}
		return 1
	}
	return 0
}
