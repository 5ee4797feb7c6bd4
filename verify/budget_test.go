package verify_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/verify/stattest"
)

// A testFile is one _test.go file of the module.
type testFile struct {
	path   string // from the root of the module
	folder string
	ast    *ast.File
	set    *token.FileSet
}

func testFiles(t *testing.T) (files []testFile) {
	t.Helper()
	for _, p := range listPackages(t) {
		for _, name := range testNames(p) {
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, filepath.Join("..", p.folder(), name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, testFile{p.folder() + "/" + name, p.folder(), f, set})
		}
	}
	if len(files) < 100 {
		t.Fatalf("%d test files: the walk went wrong", len(files))
	}
	return files
}

// testNames returns the test files of a package, those for another architecture
// among them.
func testNames(p listed) []string {
	names := slices.Concat(p.TestGoFiles, p.XTestGoFiles, p.IgnoredGoFiles)
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, "_test.go") })
}

// TestOnlyOwnTests: what a clone may hold besides the module, tests of the
// reader's own among it, does not enter the scans of this file, and a test in
// a folder of the module does.
func TestOnlyOwnTests(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path string
		files      map[string]string
		enters     bool
	}{
		{"ignored by git", "bin/x/x_test.go", nil, false},
		{"a report", "report/x/x_test.go", nil, false},
		{"the reader's own", "mine/x_test.go", nil, false},
		{"hidden", "theory/.x/x_test.go", nil, false},
		{"underscore", "theory/_x/x_test.go", nil, false},
		{"data of a test", "theory/testdata/x_test.go", nil, false},
		{"another module", "theory/x/x_test.go", map[string]string{"theory/x/go.mod": "module x\n"}, false},
		{"a new package", "theory/x/x_test.go", nil, true},
		{"an old package", "theory/rate/x_test.go", nil, true},
		{"another architecture", "theory/rate/x_s390x_test.go", nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{c.path: "package " + path.Base(path.Dir(c.path)) + "_test\n\nfunc TestStat_X(t *testing.T) {}\n"}
			maps.Copy(files, c.files)
			entered := false
			for _, p := range listPackages(t, "-overlay", overlay(t, root, files)) {
				for _, name := range testNames(p) {
					entered = entered || p.folder()+"/"+name == c.path
				}
			}
			if entered != c.enters {
				t.Errorf("%s enters: %v, want %v", c.path, entered, c.enters)
			}
		})
	}
}

// overlay writes an overlay of the go command that adds files to a folder, and
// returns its name.
func overlay(t *testing.T, root string, files map[string]string) string {
	t.Helper()
	dir, replace := t.TempDir(), map[string]string{}
	for path, text := range files {
		source := filepath.Join(dir, strings.ReplaceAll(path, "/", "+"))
		if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, filepath.FromSlash(path))] = source
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestEveryShareIsOpened: the packages that open an account are those that have
// a share, each in its own folder.
func TestEveryShareIsOpened(t *testing.T) {
	var want []string
	sum := 0.0
	for _, s := range stattest.PackageShares() {
		want, sum = append(want, s.Name), sum+s.Share
	}
	if !(sum <= 1) {
		t.Errorf("the shares add up to %v", sum)
	}
	var got []string
	for _, f := range testFiles(t) {
		if f.folder == "verify/stattest/account" { // tests accounts on the share of another
			continue
		}
		for _, name := range accounts(f.ast) {
			if name == f.folder {
				got = append(got, name)
			} else if f.folder != "verify/stattest" { // which tests the shares
				t.Errorf("%s opens the account of %s", f.path, name)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, slices.Compact(got)); d != "" {
		t.Errorf("accounts (-shares +opened):\n%s", d)
	}
}

// accounts returns the packages whose accounts a file opens.
func accounts(f *ast.File) (names []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		switch calledName(call) {
		case "Open", "OpenShares", "MustForPackage":
			if lit, ok := call.Args[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				name, _ := strconv.Unquote(lit.Value)
				names = append(names, name)
			}
		}
		return true
	})
	return names
}

// calledName returns the last part of what is called.
func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// draws reports whether a call draws alpha from an account, as
// ledger.Assert(t, ...) does and MeanTest{}.Assert(xs) does not.
func draws(call *ast.CallExpr) bool {
	switch calledName(call) {
	case "AssertAll", "Enter", "EnterCalibration":
		return true
	case "Assert":
		if len(call.Args) == 3 {
			first, ok := call.Args[0].(*ast.Ident)
			return ok && first.Name == "t"
		}
	}
	return false
}

// TestStatisticalTestsDraw: every TestStat_ function draws from the ledger, be
// it through a function of its package, and no other test does: so that all
// of them are found by -run TestStat_.
func TestStatisticalTestsDraw(t *testing.T) {
	for _, problem := range undrawn(testFiles(t)) {
		t.Error(problem)
	}
}

func undrawn(files []testFile) (problems []string) {
	calls, drawing := map[string]map[string]bool{}, map[string]bool{} // by folder and function
	for _, f := range files {
		for name, body := range functions(f.ast) {
			key := f.folder + " " + name
			calls[key] = map[string]bool{}
			ast.Inspect(body, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					drawing[key] = drawing[key] || draws(call)
					calls[key][f.folder+" "+calledName(call)] = true
				}
				return true
			})
		}
	}
	for changed := true; changed; {
		changed = false
		for key, called := range calls {
			for c := range called {
				if drawing[c] && !drawing[key] {
					drawing[key], changed = true, true
				}
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(calls)) {
		folder, name, _ := strings.Cut(key, " ")
		if inside(folder, "verify/stattest") && !strings.HasPrefix(name, "TestStat_") {
			continue // tests of the ledger itself
		}
		switch {
		case strings.HasPrefix(name, "TestStat_") && !drawing[key]:
			problems = append(problems, folder+": "+name+" draws nothing from the ledger")
		case strings.HasPrefix(name, "Test") && !strings.HasPrefix(name, "TestStat_") && drawing[key]:
			problems = append(problems, folder+": "+name+" draws from the ledger and is not named TestStat_")
		}
	}
	return problems
}

// functions returns the bodies of the functions of a file, without methods.
func functions(f *ast.File) map[string]*ast.BlockStmt {
	bodies := map[string]*ast.BlockStmt{}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Body != nil {
			bodies[fn.Name.Name] = fn.Body
		}
	}
	return bodies
}

// The idioms by which a test makes a statistical judgement with a critical value
// of its own. verify/stattest is where such values belong, with its tests.
//
//	comparison   of anything called z, chi2, se, standardError and the like
//	quantile     of a law, which could only be a critical value
//	alpha        a number, where it should be drawn
//	words        in a comment that speak of one
var (
	statisticNames = regexp.MustCompile(`(?i)^(z|z_?scores?|chi2|chi_?squared?|se|std_?err(or)?s?|standard_?errors?|false_?alarms?|p_?values?)$`)
	quantiles      = regexp.MustCompile(`^(Quantile|NormalQuantile|Erfinv|Erfcinv|GammaIncRegInv|GammaIncRegCompInv|InvRegIncBeta)$`)
	testTypes      = regexp.MustCompile(`^(Rate|RateRatio|RateEquivalence|Mean|Proportion|ProportionAtMost|Cells|Slope|Distribution|TwoSample|Covariance|Exponential)Test$`)
	confessions    = regexp.MustCompile(`(?i)false.alarm|by chance|standard errors|degrees of freedom|P\(\|?[zD]\|? ?>`)
)

// excused are uses of an idiom that judge nothing at random, each with its
// reason.
var excused = map[string]string{
	"benchmarks/check_test.go matches comparison":                           "benchmarks assert their result on a fixed seed, and not under go test",
	"benchmarks/check_test.go matches words":                                "as above",
	"sim/sgd/sgd_test.go TestMomentum comparison":                           "z is a coordinate",
	"benchmarks/peers/peers_test.go say words":                              "writes what a peer would say",
	"sim/escape/summary_test.go TestSummary quantile":                       "the quantile is what is tested",
	"sim/escape/summary_test.go TestSummary_NoSuchQuantile quantile":        "the quantile is what is tested",
	"theory/rate/firstorder_test.go Hessian quantile":                       "invents a jitter",
	"theory/generator/regression_test.go TestRegressionExit words":          "one data set, never drawn anew",
	"verify/kernels/kernels_test.go TestStat_Kernels comparison":            "what is promised of 1e5 exits on the seed of the run, beside the ledger",
	"verify/goldentest/admission_test.go TestGolden_RunsAgainstExact words": "recorded runs do not change: their alpha was spent once",
	"verify/sabotage_alarms_test.go TestNoAlarmWithoutSabotage words":       "counts alarms over many runs",
}

// TestNoCriticalValueOfOnesOwn scans every test for the idioms.
func TestNoCriticalValueOfOnesOwn(t *testing.T) {
	used := map[string]bool{}
	for _, f := range testFiles(t) {
		if inside(f.folder, "verify/stattest") || inside(f.folder, "verify/cmd/testledger") {
			continue
		}
		for _, i := range idioms(f) {
			key := f.path + " " + i.function + " " + i.kind
			if used[key] = true; excused[key] == "" {
				t.Errorf("%v: %s: %s in %s: draw alpha from the ledger, or excuse it here with a reason", i.at, i.what, i.kind, i.function)
			}
		}
	}
	for key := range excused {
		if !used[key] {
			t.Errorf("nothing to excuse in %s", key)
		}
	}
}

type idiom struct {
	at                   token.Position
	kind, function, what string
}

// idioms finds the idioms in a file. Negative controls and examples may name
// alpha.
func idioms(f testFile) (found []idiom) {
	for _, d := range f.ast.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		name := fn.Name.Name
		add := func(kind string, n ast.Node, what string) {
			found = append(found, idiom{f.set.Position(n.Pos()), kind, name, what})
		}
		freed := strings.HasPrefix(name, "TestReject_") || strings.HasPrefix(name, "Example") || strings.HasPrefix(name, "Benchmark")
		ast.Inspect(fn, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op == token.LSS || n.Op == token.GTR || n.Op == token.LEQ || n.Op == token.GEQ {
					if id := statisticIn(n); id != "" {
						add("comparison", n, id)
					}
				}
			case *ast.CallExpr:
				if c := calledName(n); quantiles.MatchString(c) && !freed {
					add("quantile", n, c)
				}
			case *ast.CompositeLit:
				if sel, ok := n.Type.(*ast.SelectorExpr); ok && testTypes.MatchString(sel.Sel.Name) && !freed && numericAlpha(n) {
					add("alpha", n, sel.Sel.Name)
				}
			}
			return true
		})
		for _, c := range f.ast.Comments {
			start := fn.Pos()
			if fn.Doc != nil {
				start = fn.Doc.Pos()
			}
			if c.Pos() >= start && c.End() <= fn.End() && !strings.HasPrefix(name, "TestStat_") && !freed {
				if words := confessions.FindString(c.Text()); words != "" {
					add("words", c, words)
				}
			}
		}
	}
	return found
}

// statisticIn returns an identifier in an expression that names a statistic.
func statisticIn(e ast.Expr) (name string) {
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && statisticNames.MatchString(id.Name) {
			name = id.Name
		}
		return name == ""
	})
	return name
}

// numericAlpha reports whether a field Alpha is a number.
func numericAlpha(lit *ast.CompositeLit) bool {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok && id.Name == "Alpha" {
				_, number := kv.Value.(*ast.BasicLit)
				return number
			}
		}
	}
	return false
}

// TestReject_CriticalValueOfOnesOwn shows that the scan sees what it is there
// for.
func TestReject_CriticalValueOfOnesOwn(t *testing.T) {
	for _, c := range []struct{ name, kind, source string }{
		{"z", "comparison", "func TestX(t *testing.T) { if !(math.Abs(z) < 5) { t.Fail() } }"},
		{"standard error", "comparison", "func TestX(t *testing.T) { if math.Abs(m-want) > 5*standardError { t.Fail() } }"},
		{"chi-square", "comparison", "func TestX(t *testing.T) { if chi2(draw) >= 67 { t.Fail() } }"},
		{"quantile", "quantile", "func TestX(t *testing.T) { limit := distuv.UnitNormal.Quantile(1-1e-9) }"},
		{"alpha", "alpha", "func TestX(t *testing.T) { f := stattest.MeanTest{Want: 1, Alpha: 1e-9}.Assert(xs) }"},
		{"words", "words", "// TestX fails by chance with probability 1e-6.\nfunc TestX(t *testing.T) {}"},
		{"sound", "", "func TestX(t *testing.T) { f := stattest.MeanTest{Want: 1, Alpha: alpha}.Assert(xs) }"},
		{"negative control", "", "func TestReject_X(t *testing.T) { f := stattest.MeanTest{Want: 1, Alpha: 1e-9}.Assert(xs) }"},
	} {
		f := parsed(t, c.source)
		found := idioms(f)
		if (c.kind == "") != (len(found) == 0) || len(found) > 0 && found[0].kind != c.kind {
			t.Errorf("%s: found %+v, want kind %q", c.name, found, c.kind)
		}
	}
	for source, want := range map[string]int{
		"func TestStat_X(t *testing.T) { f := MeanTest{}.Assert(xs) }":                                         1,
		"func TestStat_X(t *testing.T) { ledger.Assert(t, \"x\", f) }":                                         0,
		"func TestStat_X(t *testing.T) { helped(t) }\nfunc helped(t *testing.T) { ledger.AssertAll(t, x) }":    0,
		"func TestX(t *testing.T) { helped(t) }\nfunc helped(t *testing.T) { ledger.Assert(t, \"x\", f) }":     1,
		"func TestX(t *testing.T) { f := MeanTest{}.Assert(xs) }\nfunc TestReject_X(t *testing.T) { g(t, f) }": 0,
	} {
		if problems := undrawn([]testFile{parsed(t, source)}); len(problems) != want {
			t.Errorf("%s: %q, want %d problems", source, problems, want)
		}
	}
}

func parsed(t *testing.T, source string) testFile {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, "x_test.go", "package x\n\n"+source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return testFile{"x_test.go", "x", f, set}
}
