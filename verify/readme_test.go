package verify_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sgdescape/verify"
)

// TestReadme: the verdict table of the README says what the ledger expects.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	expected := map[string]verify.Verdict{}
	for _, c := range verify.Ledger() {
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

// TestReadmeSnippet: the test of a user's own in the README runs as it stands
// and is green.
func TestReadmeSnippet(t *testing.T) {
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile("(?s)```go\n(.*?)```").FindStringSubmatch(string(data))
	if code == nil {
		t.Fatal("no Go code in the README")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "mine.test")
	// Not the folder mine, which the reader may have filled.
	files := overlay(t, root, map[string]string{"snippet/my_test.go": code[1]})
	build := exec.Command("go", "test", "-c", "-vet=off", "-overlay", files, "-o", binary, "sgdescape/snippet")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := exec.Command(binary, "-test.v")
	run.Dir = dir
	if out, err := run.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestMyLaw") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestReadmeTargets: every make target the README and the package comments
// name exists.
func TestReadmeTargets(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../README.md", "../benchmarks/doc.go", "../.github/workflows/ci.yml", "../.ci/run"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("(?:`|run: |\t|\n)make ((?:[a-z-]+[ `]?)+)").FindAllStringSubmatch(string(data), -1) {
			for _, target := range strings.Fields(strings.TrimRight(m[1], "` ")) {
				if !strings.Contains(string(makefile), "\n"+target+":") {
					t.Errorf("%s names make %s, which is no target", name, target)
				}
			}
		}
	}
}
