package dataset

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"sgdescape/model"
)

// ReadCSV reads a regression from comma-separated values. Every row is a
// sample; its last column is the target y, the others are the inputs x, as they
// are: an intercept is a column of ones.
//
// A first row without a single number is a header, unless it is empty. Blank
// lines and lines that start with # are skipped. Everything else is refused with
// one line: the first cell that is not a finite number and the first row of
// another length are named by line and column (both counted from 1), the others
// are counted. Another separator than the comma, and what is not plain text, are
// named once. What [NewRegression] refuses is refused here too. An error of the
// reader itself is returned wrapped.
func ReadCSV(r io.Reader) (*Regression, error) {
	inputs, targets, d, err := readTable(r)
	if err != nil {
		return nil, err
	}
	return NewRegression(inputs, targets, d)
}

// readTable returns the columns of a CSV file, the last of them apart.
func readTable(r io.Reader) (inputs, targets []float64, d int, err error) {
	buffered := bufio.NewReader(r)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\uFEFF" {
		_, _ = buffered.Discard(3) // byte-order mark, already in the buffer
	}
	if err := plainText(buffered); err != nil {
		return nil, nil, 0, err
	}
	reader := csv.NewReader(buffered)
	reader.Comment = '#'
	reader.FieldsPerRecord = -1 // checked below, to name the line
	reader.ReuseRecord = true

	var cells, rows mistakes
	width := 0
	for first := true; ; first = false {
		record, err := reader.Read()
		var syntax *csv.ParseError
		switch {
		case err == io.EOF:
			return inputs, targets, width - 1, complain(cells, rows, len(targets), width)
		case errors.As(err, &syntax):
			return nil, nil, 0, quoteError(syntax)
		case err != nil:
			return nil, nil, 0, fmt.Errorf("reading CSV data: %w", err)
		}
		line, _ := reader.FieldPos(0)
		if len(targets) == 0 && cells.count+rows.count == 0 {
			if name := otherSeparator(record); name != "" {
				return nil, nil, 0, model.CheckDomain(subject).That(false, fmt.Sprintf("separator in line %d", line), name, "a comma").Err()
			}
		}
		if first {
			width = len(record)
			if isHeader(record) {
				continue
			}
		}
		if len(record) != width {
			rows.add(fmt.Sprintf("number of columns in line %d", line), strconv.Itoa(len(record)), fmt.Sprintf("%d, as in the first row", width))
			continue
		}
		for i, cell := range record {
			x, err := decimal(strings.TrimSpace(cell))
			if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
				cells.add(fmt.Sprintf("line %d, column %d", line, i+1), quoted(cell), "a finite number")
			}
			if i < width-1 {
				inputs = append(inputs, x)
			} else {
				targets = append(targets, x)
			}
		}
	}
}

// decimal parses a decimal number. Go's hexadecimal numbers and underscores
// between digits are no numbers of a table.
func decimal(cell string) (float64, error) {
	if strings.ContainsAny(cell, "xX_") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(cell, 64)
}

// isHeader reports whether no cell of the row is a number and one has a name.
func isHeader(record []string) bool {
	named := false
	for _, cell := range record {
		cell = strings.TrimSpace(cell)
		if _, err := decimal(cell); err == nil || errors.Is(err, strconv.ErrRange) {
			return false
		}
		named = named || cell != ""
	}
	return named
}

// otherSeparator names what separates the columns of a row if it is not the
// comma, and returns "" if it is: a semicolon or a tab in the only cell, or
// between numbers in one cell of several, as in a row with decimal commas.
func otherSeparator(record []string) string {
	for _, cell := range record {
		cell = strings.TrimSpace(cell)
		for _, s := range []struct{ mark, name string }{{";", "a semicolon"}, {"\t", "a tab"}, {" ", "a space"}} {
			parts := strings.Split(cell, s.mark)
			if len(parts) > 1 && (len(record) == 1 && s.mark != " " || allNumbers(parts)) {
				return s.name
			}
		}
	}
	return ""
}

func allNumbers(cells []string) bool {
	for _, cell := range cells {
		if _, err := decimal(strings.TrimSpace(cell)); err != nil {
			return false
		}
	}
	return true
}
