package verify_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// policy is the import direction of the whole module. A package may import
// itself, the folders listed for the longest matching prefix, and nothing
// else of the module. Theory and simulation share only model, so that a bug in
// a shared helper cannot make them agree. Its tests may import the leaves as
// well: these know no theory and no simulation, and own the alpha of every
// statistical assertion of the module, so that there is one ledger of it.
//
// A folder that is not here, as mine of the README, is the reader's own: it is
// held to nothing, and nothing here may import it.
var policy = []struct {
	folder  string
	imports []string
	tests   []string // further imports of _test.go files
	reason  string
}{
	{"model", []string{"model"}, leaves, "the vocabulary: knows nobody"},
	{"theory", []string{"model", "theory"}, leaves, "never sees a simulation"},
	{"sim", []string{"model", "sim"}, leaves, "never sees a formula it will be judged by"},
	{"golden", nil, nil, "data only"},
	{"verify/stattest", []string{"model", "verify/tol"}, nil, "statistics: plain numbers in, verdicts out"},
	{"verify/tol", []string{"model"}, nil, "one definition of closeness"},
	{"verify/goldentest", []string{"golden", "verify/tol", "verify/stattest"}, nil, "reads goldens"},
	{"verify", []string{"model", "theory", "sim", "verify", "golden"}, nil, "judges"},
	{"benchmarks", []string{"model", "theory", "sim", "verify", "golden", "benchmarks"}, nil, "measures everything"},
}

// leaves are what every test may use: the ledger of alpha, one definition of
// closeness, and goldens.
var leaves = []string{"verify/stattest", "verify/tol", "verify/goldentest", "golden"}

// listed is the part of `go list -json` the policy and the scans of tests need.
type listed struct {
	ImportPath                string
	Imports                   []string
	TestImports, XTestImports []string
	TestGoFiles, XTestGoFiles []string
	IgnoredGoFiles            []string // for another architecture or tag
}

func (p listed) folder() string { return strings.TrimPrefix(p.ImportPath, module) }

func TestDeps(t *testing.T) {
	for _, p := range listPackages(t) {
		folder, allowed, _ := rule(p.ImportPath)
		for _, bad := range violations(p.Imports, folder, allowed) {
			t.Errorf("%s imports %s, but %s may only import %v", p.ImportPath, bad, folder, allowed)
		}
		inTests := append(slices.Clone(allowed), testsOf(folder)...)
		for _, bad := range violations(append(p.TestImports, p.XTestImports...), folder, inTests) {
			t.Errorf("a test of %s imports %s, but tests of %s may only import %v", p.ImportPath, bad, folder, inTests)
		}
	}
}

// TestReject_ForbiddenImport shows that the policy catches what it is there
// for.
func TestReject_ForbiddenImport(t *testing.T) {
	for _, c := range []struct {
		from, to string
		inTest   bool
		refused  bool
	}{
		{"sgdescape/theory/rate", "sgdescape/sim/sde", false, true},
		{"sgdescape/theory/rate", "sgdescape/sim/sde", true, true},
		{"sgdescape/sim/sde", "sgdescape/theory/rate", false, true},
		{"sgdescape/sim/sde", "sgdescape/theory/rate", true, true},
		{"sgdescape/sim/sde", "sgdescape/verify/stattest", false, true},
		{"sgdescape/sim/sde", "sgdescape/verify/stattest/account", false, true},
		{"sgdescape/sim/sde", "sgdescape/verify/stattest/account", true, false},
		{"sgdescape/sim/sde", "sgdescape/verify", true, true},
		{"sgdescape/sim/sde", "sgdescape/verify/simtest", true, true},
		{"sgdescape/theory/discrete", "sgdescape/verify/stattest", false, true},
		{"sgdescape/theory/discrete", "sgdescape/verify/stattest", true, false},
		{"sgdescape/model/noise", "sgdescape/verify/stattest", false, true},
		{"sgdescape/model/noise", "sgdescape/verify/stattest", true, false},
		{"sgdescape/model", "sgdescape/verify", false, true},
		{"sgdescape/verify", "sgdescape/mine", false, true},
		{"sgdescape/verify", "sgdescape/mine", true, true},
		{"sgdescape/verify/stattest", "sgdescape/sim/escape", false, true},
		{"sgdescape/verify/stattest", "sgdescape/sim/escape", true, true},
	} {
		folder, allowed, ok := rule(c.from)
		if c.inTest {
			allowed = append(slices.Clone(allowed), testsOf(folder)...)
		}
		if refused := !ok || len(violations([]string{c.to}, folder, allowed)) == 1; refused != c.refused {
			t.Errorf("%s importing %s (in a test: %v): refused %v, want %v", c.from, c.to, c.inTest, refused, c.refused)
		}
	}
}

// testsOf returns what the tests of a folder of the policy may import besides.
func testsOf(folder string) []string {
	for _, r := range policy {
		if r.folder == folder {
			return r.tests
		}
	}
	return nil
}

const module = "sgdescape/"

// rule returns the entry of the policy with the longest matching folder.
func rule(importPath string) (folder string, allowed []string, ok bool) {
	path := strings.TrimPrefix(importPath, module)
	for _, r := range policy {
		if inside(path, r.folder) && len(r.folder) >= len(folder) {
			folder, allowed, ok = r.folder, r.imports, true
		}
	}
	return folder, allowed, ok
}

func inside(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func violations(imports []string, folder string, allowed []string) []string {
	var bad []string
	for _, imported := range imports {
		path, ours := strings.CutPrefix(imported, module)
		if !ours || inside(path, folder) {
			continue
		}
		permitted := false
		for _, a := range allowed {
			permitted = permitted || inside(path, a)
		}
		if !permitted {
			bad = append(bad, imported)
		}
	}
	return bad
}

// listPackages returns the packages of the module in the folders of the policy,
// as the go command sees them: neither what git ignores, nor vendor, hidden
// folders and other modules. Further arguments are those of go list.
func listPackages(t *testing.T, args ...string) []listed {
	t.Helper()
	args = append([]string{"list", "-json=ImportPath,Imports,TestImports,XTestImports,TestGoFiles,XTestGoFiles,IgnoredGoFiles"}, args...)
	for _, p := range policy {
		if !strings.Contains(p.folder, "/") {
			args = append(args, "../"+p.folder+"/...")
		}
	}
	out, err := exec.Command("go", args...).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		t.Fatalf("go list: %v\n%s", err, exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	var packages []listed
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
		// go test sees what a test opens, not what go list does: without this a new
		// file would leave an old result in the cache. (That of an overlay does not exist.)
		_, _ = os.ReadDir(filepath.Join("..", p.folder()))
	}
	if len(packages) < len(policy) {
		t.Fatalf("go list found %d packages, fewer than the policy has rows", len(packages))
	}
	return packages
}
