package verify_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// policy is the import direction of the whole module. A package may import
// itself, the folders listed for the longest matching prefix, and nothing
// else of the module. Theory and simulation share only model, so that a bug in
// a shared helper cannot make them agree.
var policy = []struct {
	folder  string
	imports []string
	reason  string
}{
	{"model", []string{"model"}, "the vocabulary: knows nobody"},
	{"theory", []string{"model", "theory"}, "never sees a simulation"},
	{"sim", []string{"model", "sim"}, "never sees a formula it will be judged by"},
	{"golden", nil, "data only"},
	{"verify/stattest", []string{"model", "verify/tol"}, "statistics: plain numbers in, verdicts out"},
	{"verify/tol", []string{"model"}, "one definition of closeness"},
	{"verify/goldentest", []string{"golden", "verify/tol", "verify/stattest"}, "reads goldens"},
	{"verify", []string{"model", "theory", "sim", "verify", "golden"}, "judges"},
	{"benchmarks", []string{"model", "theory", "sim", "verify", "golden", "benchmarks"}, "measures everything"},
}

// listed is the part of `go list -json` the policy needs.
type listed struct {
	ImportPath                string
	Imports                   []string
	TestImports, XTestImports []string
}

func TestDeps(t *testing.T) {
	for _, p := range listPackages(t) {
		folder, allowed, ok := rule(p.ImportPath)
		if !ok {
			t.Errorf("%s is in no folder of the policy", p.ImportPath)
			continue
		}
		imports := append(append(p.Imports, p.TestImports...), p.XTestImports...)
		for _, bad := range violations(imports, folder, allowed) {
			t.Errorf("%s imports %s, but %s may only import %v", p.ImportPath, bad, folder, allowed)
		}
	}
}

// TestReject_ForbiddenImport shows that the policy catches what it is there
// for.
func TestReject_ForbiddenImport(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{"sgdescape/theory/rate", "sgdescape/sim/sde"},
		{"sgdescape/sim/sde", "sgdescape/theory/rate"},
		{"sgdescape/model", "sgdescape/verify"},
		{"sgdescape/verify/stattest", "sgdescape/sim/escape"},
	} {
		folder, allowed, ok := rule(c.from)
		if !ok || len(violations([]string{c.to}, folder, allowed)) != 1 {
			t.Errorf("%s importing %s was not refused", c.from, c.to)
		}
	}
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

func listPackages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "sgdescape/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
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
	}
	if len(packages) < len(policy) {
		t.Fatalf("go list found %d packages, fewer than the policy has rows", len(packages))
	}
	return packages
}
