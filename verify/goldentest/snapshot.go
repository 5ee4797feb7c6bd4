package goldentest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/renameio/v2"
)

// Update says whether a test may rewrite its snapshots. A test package makes
// its flag in its own source,
//
//	var update = flag.Bool("update", false, "rewrite snapshots")
//
// and passes Update{Wanted: *update, CI: os.Getenv("CI")}: this package reads
// neither flags nor the environment.
type Update struct {
	Wanted bool
	CI     string // "true" forbids any update
}

// Snapshot compares rows with the snapshot <dir>/<name>, cell by cell and bit
// by bit, where dir is the golden folder on disk. With an update wanted it
// rewrites the table and the checksum of the description instead; the
// description itself is written by hand and must exist. Sets of any other class
// are never rewritten.
func Snapshot(t TB, dir, name string, rows [][]float64, update Update) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	text, err := os.ReadFile(file + ".info.json")
	if err != nil {
		t.Fatalf("%v", err)
	}
	info, err := parseInfo(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if info.Class != ClassSnapshot {
		t.Fatalf("%s is of class %s: only snapshots are compared bit by bit or rewritten", name, info.Class)
	}
	table, err := info.format(rows)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if update.Wanted {
		if update.CI == "true" {
			t.Fatalf("%s: no snapshot is rewritten under CI", name)
		}
		sum := sha256.Sum256(table)
		info.SHA256 = hex.EncodeToString(sum[:])
		text, err := info.marshal()
		if err == nil {
			err = renameio.WriteFile(file+".csv", table, 0o644)
		}
		if err == nil {
			err = renameio.WriteFile(file+".info.json", text, 0o644)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return
	}
	recorded, err := os.ReadFile(file + ".csv")
	if err != nil {
		t.Fatalf("%v", err)
	}
	if _, err := parse(name, recorded, text); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if d := cmp.Diff(strings.Split(string(recorded), "\n"), strings.Split(string(table), "\n")); d != "" {
		t.Errorf("%s.csv (-recorded +now):\n%s%s", name, d, info.legitimate())
	}
}

// format writes rows as a table of the set.
func (i Info) format(rows [][]float64) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(strings.Join(i.header(), ",") + "\n")
	for n, row := range rows {
		if len(row) != len(i.Columns) {
			return nil, fmt.Errorf("row %d has %d numbers, want %d", n, len(row), len(i.Columns))
		}
		for c, x := range row {
			if c > 0 {
				b.WriteByte(',')
			}
			b.WriteString(formatFloat(x))
		}
		b.WriteByte('\n')
	}
	_, err := parseTable("", b.Bytes(), i)
	return b.Bytes(), err
}

func (i Info) marshal() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(i)
	return b.Bytes(), err
}
