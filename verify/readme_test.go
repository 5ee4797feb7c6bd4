package verify

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestReadme: the verdict table of the README says what the ledger expects.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	expected := map[string]Verdict{}
	for _, c := range Ledger() {
		expected[c.ID] = c.Expected
	}
	row := regexp.MustCompile("(?m)^\\|.*\\| `([a-z0-9.-]+)` \\|.*\\| \\**([a-z]+)\\** \\|$")
	rows := row.FindAllStringSubmatch(string(data), -1)
	if len(rows) < 10 {
		t.Fatalf("found %d rows of the verdict table, want at least 10", len(rows))
	}
	for _, r := range rows {
		want, known := expected[r[1]]
		if !known || r[2] != want.String() {
			t.Errorf("README: claim %q is said to be %q, the ledger has %v (known: %t)", r[1], r[2], want, known)
		}
	}
	for _, command := range []string{"make verify", "make test"} {
		if first, _, _ := strings.Cut(string(data), "\n## "); !strings.Contains(first, command) {
			t.Errorf("README: %q is not on the first screen", command)
		}
	}
}
