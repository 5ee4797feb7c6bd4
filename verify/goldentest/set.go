package goldentest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// ErrInadmissible is wrapped by every error about data that are not fit to be
// compared with.
var ErrInadmissible = errors.New("golden data not admissible")

// A Set is a table with its description.
type Set struct {
	Name string // <quantity>/<name>
	Info Info
	Rows []Row
}

// A Row is one case of a set.
type Row struct {
	set   string
	line  int // in the file, from 1
	index map[string]int
	cells []float64
}

// Float returns the number in a column; it panics if there is no such column.
func (r Row) Float(column string) float64 {
	i, ok := r.index[column]
	if !ok {
		panic(fmt.Sprintf("goldentest: %s has no column %q", r.set, column))
	}
	return r.cells[i]
}

// Int is [Row.Float] for a column of whole numbers; it panics on any other.
func (r Row) Int(column string) int {
	x := r.Float(column)
	if x != math.Trunc(x) || math.Abs(x) > 1<<53 {
		panic(fmt.Sprintf("goldentest: %v: %s is %v, want a whole number", r, column, x))
	}
	return int(x)
}

// String returns "<quantity>/<name>.csv:<line>".
func (r Row) String() string { return fmt.Sprintf("%s.csv:%d", r.set, r.line) }

// Load reads the set <quantity>/<name>, which must be admissible.
func Load(fsys fs.FS, name string) (Set, error) {
	table, err := fs.ReadFile(fsys, name+".csv")
	if err != nil {
		return Set{}, fmt.Errorf("%w: %w", ErrInadmissible, err)
	}
	text, err := fs.ReadFile(fsys, name+".info.json")
	if err != nil {
		return Set{}, fmt.Errorf("%w: %w", ErrInadmissible, err)
	}
	set, err := parse(name, table, text)
	if err != nil {
		return Set{}, fmt.Errorf("%w: %s: %w", ErrInadmissible, name, err)
	}
	return set, nil
}

func parse(name string, table, text []byte) (Set, error) {
	info, err := parseInfo(text)
	if err != nil {
		return Set{}, err
	}
	sum := sha256.Sum256(table)
	if got := hex.EncodeToString(sum[:]); got != info.SHA256 {
		return Set{}, info.changed(name, got)
	}
	set := Set{Name: name, Info: info}
	if set.Rows, err = parseTable(name, table, info); err != nil {
		return Set{}, err
	}
	if info.Class == ClassSampled {
		return set, set.checkSampled()
	}
	return set, nil
}

func parseInfo(text []byte) (Info, error) {
	var info Info
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&info); err != nil {
		return Info{}, fmt.Errorf("description: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Info{}, errors.New("description: text after the end of the object")
	}
	return info, info.check()
}

// parseTable accepts lines ended by "\n", cells separated by commas, and
// numbers in their shortest form that reads back exactly: one spelling for
// each table, so that equal data have equal checksums.
func parseTable(name string, table []byte, info Info) ([]Row, error) {
	text, ended := strings.CutSuffix(string(table), "\n")
	if !ended {
		return nil, errors.New("the last line is not ended")
	}
	lines := strings.Split(text, "\n")
	want := info.header()
	if lines[0] != strings.Join(want, ",") {
		return nil, fmt.Errorf("header is %q, the description wants %q", lines[0], strings.Join(want, ","))
	}
	if len(lines) < 2 {
		return nil, errors.New("no rows")
	}
	index := map[string]int{}
	for i, c := range info.Columns {
		index[c.Name] = i
	}
	rows := make([]Row, 0, len(lines)-1)
	seen := map[string]int{}
	for i, line := range lines[1:] {
		number := i + 2
		cells := strings.Split(line, ",")
		if len(cells) != len(want) {
			return nil, fmt.Errorf("line %d has %d cells, want %d", number, len(cells), len(want))
		}
		if first := seen[line]; first > 0 {
			return nil, fmt.Errorf("line %d repeats line %d", number, first)
		}
		seen[line] = number
		row := Row{set: name, line: number, index: index, cells: make([]float64, len(cells))}
		for c, cell := range cells {
			x, err := strconv.ParseFloat(cell, 64)
			if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, fmt.Errorf("line %d: %s is %q, want a finite number", number, info.Columns[c].Name, cell)
			}
			if short := formatFloat(x); short != cell {
				return nil, fmt.Errorf("line %d: %s is %q, its shortest form is %q", number, info.Columns[c].Name, cell, short)
			}
			row.cells[c] = x
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func formatFloat(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// Admit checks every file of a tree of golden data: each table has a
// description and the reverse, both are admissible, and nothing else lies in
// the folders of quantities. Files at the root are not looked at. It returns
// the names of the sets, sorted, and all complaints joined, each wrapping
// [ErrInadmissible].
func Admit(fsys fs.FS) (names []string, err error) {
	var complaints []error
	tables, descriptions := map[string]bool{}, map[string]bool{}
	walk := fs.WalkDir(fsys, ".", func(p string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		depth := strings.Count(p, "/")
		switch {
		case entry.IsDir() || depth == 0:
		case depth == 1 && strings.HasSuffix(p, ".info.json"):
			descriptions[strings.TrimSuffix(p, ".info.json")] = true
		case depth == 1 && path.Ext(p) == ".csv":
			tables[strings.TrimSuffix(p, ".csv")] = true
		default:
			complaints = append(complaints, fmt.Errorf("%w: %s: a stray file, want <quantity>/<name>.csv or .info.json", ErrInadmissible, p))
		}
		return nil
	})
	if walk != nil {
		complaints = append(complaints, fmt.Errorf("%w: %w", ErrInadmissible, walk))
	}
	for name := range descriptions {
		if !tables[name] {
			complaints = append(complaints, fmt.Errorf("%w: %s.info.json describes no table", ErrInadmissible, name))
		}
	}
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if _, err := Load(fsys, name); err != nil {
			complaints = append(complaints, err)
		}
	}
	if len(names) == 0 {
		complaints = append(complaints, fmt.Errorf("%w: no tables", ErrInadmissible))
	}
	slices.SortFunc(complaints, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return names, errors.Join(complaints...)
}
