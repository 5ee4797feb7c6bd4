package account

import (
	"flag"
	"os"
	"strings"
	"testing"

	"sgdescape/verify/stattest"
)

// ledger is opened on the share of a package that is not this one, and spends
// nothing of it: these tests make no statistical assertion.
var ledger = Open("verify/stattest", "one", "two")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(m.Run())
}

// suite is a test package without tests.
type suite int

func (s suite) Run() int { return int(s) }

func sound(_ uint64, alpha float64) (stattest.Finding, error) {
	return stattest.ProportionTest{Want: 0.5, Alpha: alpha}.Assert(500, 1000), nil
}

func TestAccount(t *testing.T) {
	if ledger.Flags != ledger.Seeds || ledger.Budget.Total() != 0.1*stattest.RunAlpha {
		t.Errorf("total %v, seeds %v", ledger.Budget.Total(), ledger.Seeds)
	}
	ledger.Assert(t, "one", sound)
	var text strings.Builder
	if code := ledger.finish(&text, 0, false, true); code != 1 || !strings.Contains(text.String(), `no finding: ["two"]`) {
		t.Errorf("an assertion is missing: code %d, %s", code, text.String())
	}
	for _, c := range []struct {
		name          string
		code          int
		verbose, full bool
		want, lines   int
	}{
		{"part of the tests", 0, false, false, 0, 0},
		{"part of the tests, verbose", 0, true, false, 0, 2},
		{"failed", 2, false, true, 2, 0},
		{"failed, verbose", 2, true, true, 2, 3},
	} {
		text.Reset()
		if code := ledger.finish(&text, c.code, c.verbose, c.full); code != c.want || strings.Count(text.String(), "\n") != c.lines {
			t.Errorf("%s: code %d, want %d, and %d lines:\n%s", c.name, code, c.want, c.lines, text.String())
		}
	}
	ledger.Assert(t, "two", sound)
	text.Reset()
	if code := ledger.finish(&text, 0, false, true); code != 0 || text.String() != "" {
		t.Errorf("nothing is missing: code %d, %s", code, text.String())
	}
	if code := ledger.finish(broken{}, 0, true, false); code != 1 {
		t.Errorf("the ledger could not be written: code %d", code)
	}
	if code := ledger.Run(suite(3)); code != 3 {
		t.Errorf("code %d, want 3", code)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, os.ErrClosed }
