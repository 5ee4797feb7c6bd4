package goldentest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const table = "b [1],n [1],T [t]\n10,1,35.5\n20,2,1e-07\n"

// sample returns a complete description; edit changes it before it is sealed.
func sample(class Class, edit func(*Info)) Info {
	info := Info{
		Schema: Schema, Class: class, Equation: "T = b/n", Claim: "none but this test",
		Columns:   []Column{{"b", "1", "first"}, {"n", "1", "second"}, {"T", "t", "result"}},
		Method:    Method{Tool: "by hand", Version: "1", Command: "none"},
		Tolerance: Tolerance{Relative: 1e-9, Reason: "rounding"},
		Checks:    []string{"looked at"}, Origin: "this file",
	}
	if class == ClassSnapshot {
		info.Claim = ""
	}
	if edit != nil {
		edit(&info)
	}
	return info
}

// sealed returns a tree with one set a/x whose checksum is right.
func sealed(t testing.TB, csv string, info Info) fstest.MapFS {
	t.Helper()
	sum := sha256.Sum256([]byte(csv))
	info.SHA256 = hex.EncodeToString(sum[:])
	text, err := info.marshal()
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"a/x.csv": {Data: []byte(csv)}, "a/x.info.json": {Data: text}, "README.md": {}}
}

// recorder is a TB that keeps complaints; Fatalf unwinds like the real one.
type recorder struct {
	complaints []string
	cleanups   []func()
}

type fatal struct{}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(f string, args ...any) {
	r.complaints = append(r.complaints, fmt.Sprintf(f, args...))
}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Fatalf(f string, args ...any) {
	r.Errorf(f, args...)
	panic(fatal{})
}

// watch runs a test body on a recorder and returns its complaints.
func watch(body func(TB)) []string {
	r := &recorder{}
	func() {
		defer func() {
			if p := recover(); p != nil && p != (fatal{}) {
				panic(p)
			}
		}()
		body(r)
	}()
	for _, f := range r.cleanups {
		f()
	}
	return r.complaints
}

// wantComplaint fails unless exactly the wanted words were said; no words mean
// no complaint.
func wantComplaint(t *testing.T, complaints []string, words ...string) {
	t.Helper()
	if len(complaints) != len(words) {
		t.Fatalf("%d complaints %q, want %d", len(complaints), complaints, len(words))
	}
	for i, w := range words {
		if !strings.Contains(complaints[i], w) {
			t.Errorf("complaint %q lacks %q", complaints[i], w)
		}
	}
}

func TestLoad(t *testing.T) {
	set, err := Load(sealed(t, table, sample(ClassExternal, nil)), "a/x")
	if err != nil {
		t.Fatal(err)
	}
	var got [][]float64
	for _, r := range set.Rows {
		got = append(got, []float64{r.Float("b"), float64(r.Int("n")), r.Float("T")})
	}
	if d := cmp.Diff([][]float64{{10, 1, 35.5}, {20, 2, 1e-07}}, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff("a/x.csv:3", set.Rows[1].String()); d != "" {
		t.Error(d)
	}
	for name, access := range map[string]func(){
		"no such column": func() { set.Rows[0].Float("q") },
		"not whole":      func() { set.Rows[0].Int("T") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			access()
		}()
	}
}

// TestReject_Descriptions: each field, when missing or wrong, is named.
func TestReject_Descriptions(t *testing.T) {
	for _, c := range []struct {
		class Class
		names string
		edit  func(*Info)
	}{
		{ClassExternal, "schema", func(i *Info) { i.Schema = 2 }},
		{ClassExternal, "class", func(i *Info) { i.Class = "borrowed" }},
		{ClassExternal, "equation", func(i *Info) { i.Equation = " " }},
		{ClassDerived, "claim", func(i *Info) { i.Claim = "" }},
		{ClassSnapshot, "no claim rests on a snapshot", func(i *Info) { i.Claim = "Eq. 16" }},
		{ClassExternal, "method.tool", func(i *Info) { i.Method.Tool = "" }},
		{ClassExternal, "method.version", func(i *Info) { i.Method.Version = "" }},
		{ClassExternal, "method.command", func(i *Info) { i.Method.Command = "" }},
		{ClassSampled, "method.seed", nil},
		{ClassExternal, "tolerance is 0", func(i *Info) { i.Tolerance.Relative = 0 }},
		{ClassExternal, "tolerance.relative", func(i *Info) { i.Tolerance.Relative = -1 }},
		{ClassExternal, "tolerance.reason", func(i *Info) { i.Tolerance.Reason = "" }},
		{ClassExternal, "origin", func(i *Info) { i.Origin = "" }},
		{ClassExternal, "number of checks", func(i *Info) { i.Checks = nil }},
		{ClassExternal, "check is", func(i *Info) { i.Checks = []string{""} }},
		{ClassExternal, "number of columns", func(i *Info) { i.Columns = nil }},
		{ClassExternal, "unit of column b", func(i *Info) { i.Columns[0].Unit = "" }},
		{ClassExternal, "meaning of column b", func(i *Info) { i.Columns[0].Meaning = "" }},
		{ClassExternal, "used once", func(i *Info) { i.Columns[0].Name = "n" }},
		{ClassExternal, "without comma", func(i *Info) { i.Columns[0].Name = "b,c" }},
	} {
		t.Run(c.names, func(t *testing.T) {
			_, err := Load(sealed(t, table, sample(c.class, c.edit)), "a/x")
			if !errors.Is(err, ErrInadmissible) || !strings.Contains(err.Error(), c.names) {
				t.Errorf("error %v, want one that says %q", err, c.names)
			}
		})
	}
}

// TestReject_Tables: each way a table can be out of form.
func TestReject_Tables(t *testing.T) {
	for _, c := range []struct{ name, csv, says string }{
		{"other header", "b,n,T\n1,2,3\n", "header"},
		{"unit changed", "b [1],n [1],T [1]\n1,2,3\n", "header"},
		{"no rows", "b [1],n [1],T [t]\n", "no rows"},
		{"not ended", strings.TrimSuffix(table, "\n"), "not ended"},
		{"cell missing", "b [1],n [1],T [t]\n1,2\n", "2 cells"},
		{"a word", "b [1],n [1],T [t]\n1,2,three\n", "finite number"},
		{"NaN", "b [1],n [1],T [t]\n1,2,NaN\n", "finite number"},
		{"overflow", "b [1],n [1],T [t]\n1,2,1e999\n", "finite number"},
		{"not the shortest form", "b [1],n [1],T [t]\n1,2,3.50\n", "shortest form"},
		{"a row twice", "b [1],n [1],T [t]\n1,2,3\n1,2,3\n", "repeats line 2"},
		{"carriage return", "b [1],n [1],T [t]\r\n1,2,3\r\n", "header"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(sealed(t, c.csv, sample(ClassExternal, nil)), "a/x")
			if !errors.Is(err, ErrInadmissible) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want one that says %q", err, c.says)
			}
		})
	}
}

// TestProp_AnyChangeOfTheTableIsSeen: one byte changed anywhere breaks the
// checksum.
func TestProp_AnyChangeOfTheTableIsSeen(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		fsys := sealed(t, table, sample(ClassExternal, nil))
		data := []byte(table)
		at := rapid.IntRange(0, len(data)-1).Draw(rt, "position")
		data[at] ^= byte(rapid.IntRange(1, 255).Draw(rt, "bits flipped"))
		fsys["a/x.csv"].Data = data
		if _, err := Load(fsys, "a/x"); err == nil || !strings.Contains(err.Error(), "a/x.csv was changed after a/x.info.json was written") || strings.Count(err.Error(), "a/x.csv") != 1 {
			rt.Fatalf("error %v", err)
		}
	})
}

func TestProp_TablesRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOfNDistinct(rapid.Float64Range(-1e300, 1e300), 1, 20, rapid.ID).Draw(rt, "T")
		info := sample(ClassSnapshot, nil)
		in := make([][]float64, len(rows))
		for i, x := range rows {
			in[i] = []float64{float64(i), 1, x}
		}
		csv, err := info.format(in)
		if err != nil {
			rt.Fatal(err)
		}
		set, err := Load(sealed(t, string(csv), info), "a/x")
		if err != nil {
			rt.Fatal(err)
		}
		for i, r := range set.Rows {
			if r.Float("T") != rows[i] {
				rt.Fatalf("%v came back as %v", rows[i], r.Float("T"))
			}
		}
	})
}

func TestAdmit(t *testing.T) {
	good := sealed(t, table, sample(ClassDerived, nil))
	names, err := Admit(good)
	if d := cmp.Diff([]string{"a/x"}, names); err != nil || d != "" {
		t.Errorf("error %v, names %s", err, d)
	}
	for _, c := range []struct {
		name, says string
		edit       func(fstest.MapFS)
	}{
		{"table without description", "a/y.info.json", func(f fstest.MapFS) { f["a/y.csv"] = f["a/x.csv"] }},
		{"description without table", "describes no table", func(f fstest.MapFS) { f["a/y.info.json"] = f["a/x.info.json"] }},
		{"stray file", "a/notes.txt", func(f fstest.MapFS) { f["a/notes.txt"] = &fstest.MapFile{} }},
		{"too deep", "a/b/x.csv", func(f fstest.MapFS) { f["a/b/x.csv"] = f["a/x.csv"] }},
		{"nothing", "no tables", func(f fstest.MapFS) { clear(f) }},
		{"unknown field", "unknown field", func(f fstest.MapFS) {
			f["a/x.info.json"].Data = []byte(strings.Replace(string(f["a/x.info.json"].Data), `"claim"`, `"claims"`, 1))
		}},
		{"text after the object", "after the end", func(f fstest.MapFS) {
			f["a/x.info.json"].Data = append(f["a/x.info.json"].Data, "{}"...)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			fsys := sealed(t, table, sample(ClassDerived, nil))
			c.edit(fsys)
			if _, err := Admit(fsys); !errors.Is(err, ErrInadmissible) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want one that says %q", err, c.says)
			}
		})
	}
	if _, err := Load(good, "a/absent"); !errors.Is(err, ErrInadmissible) {
		t.Errorf("absent set: %v", err)
	}
}

func TestCheck(t *testing.T) {
	fsys := sealed(t, table, sample(ClassExternal, nil))
	right := func(r Row) (float64, error) {
		if r.Int("n") == 1 {
			return 35.5 * (1 + 5e-10), nil
		}
		return 1e-07, nil
	}
	wantComplaint(t, watch(func(t TB) { Check(t, Open(t, fsys, "a/x"), "T", right) }))
	wantComplaint(t, watch(func(t TB) {
		Check(t, Open(t, fsys, "a/x"), "T", func(r Row) (float64, error) { x, _ := right(r); return x * (1 + 2e-9), nil })
	}), "a/x.csv:2 (b = 10, n = 1): T: got 35.5", "a/x.csv:3 (b = 20, n = 2): T: got 1")
	wantComplaint(t, watch(func(t TB) {
		Check(t, Open(t, fsys, "a/x"), "T", func(r Row) (float64, error) { return 0, nil })
	}), "the recorded numbers come from: by hand; a set of class external is replaced when its source", "relative -1, allowed relative 1e-09 or absolute 0")
	wantComplaint(t, watch(func(t TB) {
		Check(t, Open(t, fsys, "a/x"), "T", func(r Row) (float64, error) {
			x, _ := right(r)
			if r.Int("n") == 2 {
				return x, errors.New("no such case")
			}
			return x, nil
		})
	}), "a/x.csv:3 (b = 20, n = 2): T: no such case")
}

// TestReject_UnusedAndMissing: a row nobody compared and a case that is not
// there both fail.
func TestReject_UnusedAndMissing(t *testing.T) {
	fsys := sealed(t, table, sample(ClassExternal, nil))
	wantComplaint(t, watch(func(t TB) { Open(t, fsys, "a/x") }), "a/x.csv:2 was never compared", "a/x.csv:3 was never compared")
	wantComplaint(t, watch(func(t TB) { Open(t, fsys, "a/x").Case(map[string]float64{"b": 10}) }), "a/x.csv:3 was never compared")
	wantComplaint(t, watch(func(t TB) {
		u := Open(t, fsys, "a/x")
		u.Case(map[string]float64{"b": 10, "n": 1})
		u.Case(map[string]float64{"b": 20})
	}))
	wantComplaint(t, watch(func(t TB) { Open(t, fsys, "a/x").Case(map[string]float64{"b": 11}) }),
		"0 rows have", "a/x.csv:2 was", "a/x.csv:3 was")
	wantComplaint(t, watch(func(t TB) { Open(t, fsys, "a/x").Case(nil) }), "2 rows have", "a/x.csv:2 was", "a/x.csv:3 was")
	wantComplaint(t, watch(func(t TB) { Open(t, fsys, "a/y") }), "not admissible")
}

func TestSnapshot(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name string, info Info) {
		for path, f := range sealed(t, table, info) {
			if suffix, ok := strings.CutPrefix(path, "a/x"); ok {
				if err := os.WriteFile(filepath.Join(dir, "a", name+suffix), f.Data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	write("x", sample(ClassSnapshot, nil))
	write("e", sample(ClassExternal, nil))
	same := [][]float64{{10, 1, 35.5}, {20, 2, 1e-07}}
	other := [][]float64{{10, 1, 35.500000000000007}, {20, 2, 1e-07}}
	snap := func(name string, rows [][]float64, u Update) []string {
		return watch(func(t TB) { Snapshot(t, dir, name, rows, u) })
	}
	wantComplaint(t, snap("a/x", same, Update{}))
	wantComplaint(t, snap("a/x", other, Update{}), "35.50000000000001")
	wantComplaint(t, snap("a/x", other, Update{}), "if the change is meant, run the test with -update")
	wantComplaint(t, snap("a/x", other, Update{Wanted: true, CI: "true"}), "under CI")
	wantComplaint(t, snap("a/e", same, Update{Wanted: true}), "only snapshots")
	wantComplaint(t, snap("a/absent", same, Update{}), "no such file")
	wantComplaint(t, snap("a/x", [][]float64{{1}}, Update{}), "1 numbers, want 3")
	wantComplaint(t, snap("a/x", other, Update{Wanted: true}))
	wantComplaint(t, snap("a/x", other, Update{}))
	if names, err := Admit(os.DirFS(dir)); err != nil || len(names) != 2 {
		t.Errorf("after the update: %v, %v", names, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a", "x.csv"), []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	wantComplaint(t, snap("a/x", same, Update{}), "sha256")
}

// FuzzLoad: no table and no description, however damaged, makes Load panic, and
// what it accepts is written back to the same bytes.
func FuzzLoad(f *testing.F) {
	good := sealed(f, table, sample(ClassExternal, nil))
	f.Add([]byte(table), good["a/x.info.json"].Data)
	f.Add([]byte(""), []byte("{}"))
	f.Add([]byte("b [1]\n1\n"), []byte(`{"schema":1,"columns":[{"name":"b","unit":"1"}]}`))
	f.Fuzz(func(t *testing.T, csv, text []byte) {
		set, err := Load(fstest.MapFS{"a/x.csv": {Data: csv}, "a/x.info.json": {Data: text}}, "a/x")
		if err != nil {
			return
		}
		rows := make([][]float64, len(set.Rows))
		for i, r := range set.Rows {
			rows[i] = r.cells
		}
		back, err := set.Info.format(rows)
		if err != nil || string(back) != string(csv) {
			t.Errorf("%q came back as %q, %v", csv, back, err)
		}
	})
}
