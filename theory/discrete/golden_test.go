package discrete

import (
	"embed"
	"encoding/csv"
	"math"
	"strconv"
	"testing"
)

//go:embed testdata/*.csv
var testdata embed.FS

// table returns the rows of a golden table; the first line names its columns.
func table(t *testing.T, name string, columns int) [][]float64 {
	t.Helper()
	f, err := testdata.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) < 2 || len(records[0]) != columns {
		t.Fatalf("%s: %d lines, columns %v, want at least one row of %d columns", name, len(records), records[0], columns)
	}
	var rows [][]float64
	for _, record := range records[1:] {
		var row []float64
		for _, field := range record {
			x, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, x)
		}
		rows = append(rows, row)
	}
	return rows
}

// within fails the test unless |got/want - 1| <= rtol.
func within(t *testing.T, what string, got, want, rtol float64) {
	t.Helper()
	if !(math.Abs(got/want-1) <= rtol) {
		t.Errorf("%s = %.12g, want %.12g: off by %.2g, allowed %.2g", what, got, want, got/want-1, rtol)
	}
}

func TestGolden_GaussianRegression(t *testing.T) {
	for _, row := range table(t, "mfpt_gaussian_regression_d1_b1.csv", 3) {
		p, err := GaussianRegression{LearningRate: row[0], BatchSize: 1, Dim: 1, LossRatio: row[1]}.Solve(Settings{})
		if err != nil {
			t.Fatal(err)
		}
		within(t, "T", p.MeanFirstPassageTime().Value, row[2], 5e-4)
	}
}
