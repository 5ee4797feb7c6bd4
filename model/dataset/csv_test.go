package dataset_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model"
	"sgdescape/model/dataset"
)

func TestReadCSV(t *testing.T) {
	type table struct {
		Inputs, Targets []float64
		Dim             int
	}
	want := table{[]float64{1, 2, 3, 4, 5, 7}, []float64{1, -1, 1}, 2}
	for _, row := range []struct{ name, text string }{
		{"plain", "1,2,1\n3,4,-1\n5,7,1\n"},
		{"header", "size,weight,y\n1,2,1\n3,4,-1\n5,7,1\n"},
		{"no final newline", "1,2,1\n3,4,-1\n5,7,1"},
		{"carriage returns", "a,b,y\r\n1,2,1\r\n3,4,-1\r\n5,7,1\r\n"},
		{"separators in a header, white space around cells", "\"size; m\",body\tweight,y of it\n1,\t2,1\n3,4\t,-1\n5,7,1\n"},
		{"byte-order mark", "\uFEFF1,2,1\n3,4,-1\n5,7,1\n"},
		{"spaces, quotes, comments, blank lines", "# from a table\n\n 1, 2 ,1\n\"3\",4,-1\n5,7,1\n\n"},
		{"exponents", "1e0,20e-1,1\n3,4,-1\n5,+7,1\n"},
	} {
		for _, read := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.OneByteReader} {
			data, err := dataset.ReadCSV(read(strings.NewReader(row.text)))
			if err != nil {
				t.Errorf("%s: %v", row.name, err)
				continue
			}
			if diff := cmp.Diff(want, table{data.Inputs(), data.Targets(), data.Dim()}); diff != "" {
				t.Errorf("%s (-want +got):\n%s", row.name, diff)
			}
		}
	}
}

func TestReject_CSV(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{"number of samples is 0"}},
		{"header only", "a,b\n", []string{"number of samples is 0"}},
		{"comments only", "# nothing\n", []string{"number of samples is 0"}},
		{"one column", "1\n2\n3\n", []string{"number of columns is 1"}},
		{"not a number", "1,2\n3,x\n", []string{`line 2, column 2 is "x"`}},
		{"empty cell", "1,2\n,4\n", []string{`line 2, column 1 is ""`}},
		{"NaN", "1,2\nNaN,4\n", []string{`line 2, column 1 is "NaN"`}},
		{"infinite", "1,2\n3,-inf\n", []string{`line 2, column 2 is "-inf"`}},
		{"hexadecimal", "1,2\n0x1p3,4\n", []string{`line 2, column 1 is "0x1p3"`}},
		{"underscores", "1,2\n3,1_000\n", []string{`line 2, column 2 is "1_000"`}},
		{"out of range", "1,2\n3,1e999\n", []string{`line 2, column 2 is "1e999"`}},
		{"ragged, short", "1,2,3\n4,5\n", []string{"number of columns in line 2 is 2, want 3"}},
		{"ragged, long", "1,2\n4,5,6\n", []string{"number of columns in line 2 is 3, want 2"}},
		{"ragged against the header", "a,b,c\n1,2\n", []string{"number of columns in line 2 is 2, want 3"}},
		{"truncated row", "1,2,3\n4,5,6\n7,8", []string{"number of columns in line 3 is 2, want 3"}},
		{"truncated quote", "1,2\n3,\"4", []string{"line 2 is a row with a quotation mark that is not closed, want"}},
		{"quote in a cell", "1,2\n3,4\"5\n", []string{"line 2, column 4 is a quotation mark inside a cell, want"}},
		{"gzip", "\x1f\x8b\x08\x00,\"", []string{"content is compressed with gzip, want plain text"}},
		{"spreadsheet", "PK\x03\x04", []string{"content is a zip archive or a spreadsheet, want plain text"}},
		{"UTF-16", "\xff\xfe1\x00,\x002\x00", []string{"content is UTF-16 text, want UTF-8"}},
		{"UTF-16 without mark", "1\x00,\x002\x00", []string{"content is binary (it has zero bytes), want UTF-8"}},
		{"a long cell", "1,2\n" + strings.Repeat("x", 100) + ",1\n", []string{`column 1 is "` + strings.Repeat("x", 40) + `"..., want`}},
		{"a column of zeros", "0,1,2\n0,3,4\n0,4,4\n", []string{"input column 1 is 0 in every sample, want"}},
		{"inputs too large to square", "1e300,2\n-1e300,3\n1e300,5\n", []string{"mean square of input column 1 is +Inf, want a finite number > 0"}},
		{"inputs too small to square", "1e-300,2\n-1e-300,3\n1e-300,5\n", []string{"mean square of input column 1 is 0, want a finite number > 0"}},
		{"half a header", "x,1\n2,3\n", []string{`line 1, column 1 is "x"`}},
		{"empty first row", ",,\n1,2,3\n", []string{`line 1, column 1 is "", want a finite number (and 2 more such cells)`}},
		{"first row out of range", "1e999,x\n1,2\n", []string{`line 1, column 1 is "1e999"`}},
		{"trailing comma", "1,2,\n3,4,\n", []string{`line 1, column 3 is ""`}},
		{"second header", "a,b\nc,d\n", []string{`line 2, column 1 is "c", want a finite number (and 1 more such cell)`}},
		{"lines are those of the file", "a,b\n\n# remark\n1,2\n\n3,x\n", []string{`line 6, column 2 is "x"`}},
		{"semicolons", "1;2;3\n4;5;6\n", []string{"separator in line 1 is a semicolon, want a comma"}},
		{"semicolons under a header", "a;b\n1;2\n3;x\n", []string{"separator in line 1 is a semicolon, want a comma"}},
		{"semicolons and decimal commas", "1,5;2,5\n3,5;4,5\n", []string{"separator in line 1 is a semicolon, want a comma"}},
		{"semicolons under a header with commas", "a,b\n1;2\n3;4\n", []string{"separator in line 2 is a semicolon, want a comma"}},
		{"tabs", "a\tb\n1\t2\n", []string{"separator in line 1 is a tab, want a comma"}},
		{"spaces", "1 2\n3 4\n", []string{"separator in line 1 is a space, want a comma"}},
		{"several", "1,2\nx,4\n5,y\n6\n", []string{`line 2, column 1 is "x", want a finite number (and 1 more such cell); number of columns in line 4 is 1, want 2`}},
		{"interpolating", "1,2\n2,4\n3,6\n", []string{"minimum loss L*"}},
		{"too few rows", "1,2,3\n", []string{"data-set size N is 1"}},
	} {
		_, err := dataset.ReadCSV(strings.NewReader(row.text))
		if !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: %v does not wrap ErrDomain", row.name, err)
			continue
		}
		for _, want := range row.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", row.name, err, want)
			}
		}
	}
}

// TestCSVErrorsAreOneLine: ten thousand mistakes are one line that names the
// first of each kind.
func TestCSVErrorsAreOneLine(t *testing.T) {
	_, err := dataset.ReadCSV(strings.NewReader("1,2\n" + strings.Repeat("x,1\n", 10_000) + strings.Repeat("1\n", 3)))
	const want = `CSV data: line 2, column 1 is "x", want a finite number (and 9999 more such cells); ` +
		`number of columns in line 10002 is 1, want 2, as in the first row (and 2 more such rows)`
	if got := fmt.Sprint(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestOneComplaint: what is wrong in one place is said once.
func TestOneComplaint(t *testing.T) {
	csv := func(text string) error { _, err := dataset.ReadCSV(strings.NewReader(text)); return err }
	gaussian := func(n, d int) error { _, err := dataset.Gaussian(1, n, d, 1); return err }
	regression := func(n, d int) error {
		_, err := dataset.NewRegression(make([]float64, n*d), make([]float64, n), d)
		return err
	}
	for name, err := range map[string]error{
		"semicolons":                  csv("1;2\n3;4\n5;6\n"),
		"tabs":                        csv("1\t2\n3\t4\n5\t6\n"),
		"one sample of one input":     gaussian(1, 1),
		"one sample of two inputs":    gaussian(1, 2),
		"two samples of two inputs":   gaussian(2, 2),
		"no samples of one input":     regression(0, 1),
		"one sample with exact match": csv("1,2\n"),
	} {
		var domain *model.DomainError
		if !errors.As(err, &domain) || len(domain.Fields) != 1 {
			t.Errorf("%s: %v, want one complaint", name, err)
		}
	}
}

func TestCSVReaderError(t *testing.T) {
	boom := errors.New("boom")
	_, err := dataset.ReadCSV(io.MultiReader(strings.NewReader("1,2\n3,5\n"), iotest.ErrReader(boom)))
	if !errors.Is(err, boom) {
		t.Errorf("%v does not wrap the error of the reader", err)
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, seed := range []string{"a,y\n1,2\n2,5\n3,5\n", "1,2\n3", "\"", "1e400,2\n", "\uFEFF,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		data, err := dataset.ReadCSV(strings.NewReader(text))
		switch {
		case err == nil && !(data.MinimumLoss() > 0):
			t.Errorf("%q: L* = %v", text, data.MinimumLoss())
		case err != nil && !errors.Is(err, model.ErrDomain):
			t.Errorf("%q: %v does not wrap ErrDomain", text, err)
		}
	})
}

func ExampleReadCSV() {
	data, err := dataset.ReadCSV(strings.NewReader("x,y\n1,1.5\n2,1.5\n3,3.5\n"))
	if err != nil {
		panic(err)
	}
	fmt.Printf("N = %d, theta* = %.3f, L* = %.4f\n", data.Len(), data.Minimum(), data.MinimumLoss())
	_, err = dataset.ReadCSV(strings.NewReader("x,y\n1,1.5\n2,?\n"))
	fmt.Println(err)
	// Output:
	// N = 3, theta* = [1.071], L* = 0.1131
	// CSV data: line 3, column 2 is "?", want a finite number
}
