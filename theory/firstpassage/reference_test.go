package firstpassage

import (
	"embed"
	"encoding/csv"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
)

//go:embed testdata/*.csv
var testdata embed.FS

// external reads a table of testdata, class external: numbers computed
// independently of this module, with their relative tolerance on the first
// line.
func external(t *testing.T, name string) (rows [][]float64, rtol float64) {
	t.Helper()
	file, err := testdata.Open("testdata/" + name + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	_, tail, _ := strings.Cut(strings.SplitN(string(text), "\n", 2)[0], "relative tolerance ")
	if rtol, err = strconv.ParseFloat(tail, 64); err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(strings.NewReader(string(text)))
	r.Comment = '#'
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		row := make([]float64, len(record))
		for i, field := range record {
			if row[i], err = strconv.ParseFloat(field, 64); err != nil {
				t.Fatal(err)
			}
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.Fatal("no rows")
	}
	return rows, rtol
}

// misses reports whether got is farther than rtol from want.
func misses(got, want, rtol float64) bool { return !(math.Abs(got/want-1) <= rtol) }
