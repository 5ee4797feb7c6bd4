package theory

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	citationKey = regexp.MustCompile(`\b[A-Z][A-Za-z]+(?:19|20)\d\d\b`)
	otherSource = regexp.MustCompile(`(?i)closed form|source:`)
)

// TestDocs holds every package below theory to the rule stated in doc.go.
func TestDocs(t *testing.T) {
	shared := references(t, ".")
	folders, err := exec.Command("go", "list", "-f", "{{.Dir}}", "./...").Output() // without hidden folders and other modules
	if err != nil {
		t.Fatal(err)
	}
	for dir := range strings.FieldsFuncSeq(string(folders), func(c rune) bool { return c == '\n' }) {
		for _, complaint := range complaints(parse(t, dir), shared) {
			t.Errorf("%s", complaint)
		}
	}
}

// TestReject_UndocumentedExports feeds the checker one violation of each kind.
func TestReject_UndocumentedExports(t *testing.T) {
	for _, tc := range []struct{ name, source, want string }{
		{"no doc comment", "package p\nfunc F() {}", "F has no doc comment"},
		{"no source", "package p\n// F does it.\nfunc F() {}", "F names no source"},
		{"type without source", "package p\n// A T is it.\ntype T struct{}", "T names no source"},
		{"method without doc", "package p\n// A T is a closed form.\ntype T struct{}\nfunc (T) M() {}", "T.M has no doc comment"},
		{"unlisted key", "package p\n// F is from Nobody1999.\nfunc F() {}", "F cites Nobody1999, which no References section lists"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, "p.go", tc.source, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			got := complaints([]*ast.File{file}, nil)
			if len(got) != 1 || !strings.Contains(got[0], tc.want) {
				t.Errorf("complaints %q, want one that contains %q", got, tc.want)
			}
		})
	}
}

// parse reads the Go files of one folder, tests excluded.
func parse(t *testing.T, dir string) []*ast.File {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	fset := token.NewFileSet()
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, filepath.Join(dir, e.Name()), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func references(t *testing.T, dir string) map[string]bool {
	t.Helper()
	return listed(parse(t, dir))
}

// listed returns the citation keys that open a line under "# References" in a
// package comment.
func listed(files []*ast.File) map[string]bool {
	keys := map[string]bool{}
	for _, file := range files {
		_, section, found := strings.Cut(file.Doc.Text(), "# References")
		if !found {
			continue
		}
		for line := range strings.Lines(section) {
			line = strings.TrimSpace(line)
			if at := citationKey.FindStringIndex(line); at != nil && at[0] == 0 {
				keys[line[:at[1]]] = true
			}
		}
	}
	return keys
}

// complaints returns every violation of the rule in one package.
func complaints(files []*ast.File, shared map[string]bool) []string {
	own := listed(files)
	types := map[string]bool{}
	for _, file := range files {
		for _, decl := range file.Decls {
			if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.TYPE {
				for _, spec := range gen.Specs {
					types[spec.(*ast.TypeSpec).Name.Name] = true
				}
			}
		}
	}
	var out []string
	check := func(pkg, name, doc string, needsSource bool) {
		if strings.TrimSpace(doc) == "" {
			out = append(out, fmt.Sprintf("package %s: %s has no doc comment", pkg, name))
			return
		}
		keys := citationKey.FindAllString(doc, -1)
		if needsSource && len(keys) == 0 && !otherSource.MatchString(doc) {
			out = append(out, fmt.Sprintf("package %s: %s names no source (see theory/doc.go)", pkg, name))
		}
		for _, key := range keys {
			if !own[key] && !shared[key] {
				out = append(out, fmt.Sprintf("package %s: %s cites %s, which no References section lists", pkg, name, key))
			}
		}
	}
	for _, file := range files {
		pkg := file.Name.Name
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if !d.Name.IsExported() {
					continue
				}
				if d.Recv == nil {
					check(pkg, d.Name.Name, d.Doc.Text(), !isConstructor(d, types))
					continue
				}
				if receiver := typeName(d.Recv.List[0].Type); ast.IsExported(receiver) {
					check(pkg, receiver+"."+d.Name.Name, d.Doc.Text(), false)
				}
			case *ast.GenDecl:
				if d.Tok != token.TYPE {
					continue
				}
				for _, spec := range d.Specs {
					ts := spec.(*ast.TypeSpec)
					if ts.Name.IsExported() {
						check(pkg, ts.Name.Name, d.Doc.Text()+ts.Doc.Text(), true)
					}
				}
			}
		}
	}
	return out
}

// isConstructor reports whether the first result of f is an exported type of
// its own package.
func isConstructor(f *ast.FuncDecl, types map[string]bool) bool {
	if f.Type.Results == nil || len(f.Type.Results.List) == 0 {
		return false
	}
	name := typeName(f.Type.Results.List[0].Type)
	return types[name] && ast.IsExported(name)
}

// typeName returns T for T, *T and T[P], and "" for anything else.
func typeName(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.StarExpr:
		return typeName(x.X)
	case *ast.IndexExpr:
		return typeName(x.X)
	}
	return ""
}
