package dataset

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"

	"sgdescape/model"
)

// subject begins the errors of [ReadCSV] that tell of the data.
const subject = "CSV data"

// mistakes are the rows or cells with one and the same mistake: the first, and
// how many there are.
type mistakes struct {
	first model.FieldError
	count int
}

func (m *mistakes) add(name, value, want string) {
	if m.count == 0 {
		m.first = model.FieldError{Name: name, Value: value, Want: want}
	}
	m.count++
}

// refuse adds the first mistake to c and counts the others.
func (m *mistakes) refuse(c *model.Domain, one, many string) {
	want := m.first.Want
	switch {
	case m.count == 2:
		want += fmt.Sprintf(" (and 1 more such %s)", one)
	case m.count > 2:
		want += fmt.Sprintf(" (and %d more such %s)", m.count-1, many)
	}
	c.That(m.count == 0, m.first.Name, m.first.Value, want)
}

// complain returns the error of a table that was read to its end.
func complain(cells, rows mistakes, samples, columns int) error {
	c := model.CheckDomain(subject)
	cells.refuse(c, "cell", "cells")
	rows.refuse(c, "row", "rows")
	switch {
	case c.Err() != nil:
	case samples == 0:
		c.That(false, "number of samples", 0, "at least one row of numbers")
	default:
		c.That(columns >= 2, "number of columns", columns, "at least one input and the target")
	}
	return c.Err()
}

// quoteError words the only mistakes that the reader itself finds.
func quoteError(syntax *csv.ParseError) error {
	c := model.CheckDomain(subject)
	if errors.Is(syntax.Err, csv.ErrBareQuote) {
		return c.That(false, fmt.Sprintf("line %d, column %d", syntax.StartLine, syntax.Column), "a quotation mark inside a cell", "a finite number").Err()
	}
	return c.That(false, fmt.Sprintf("line %d", syntax.StartLine), "a row with a quotation mark that is not closed", "finite numbers separated by commas").Err()
}

// plainText refuses what begins like a file of another kind.
func plainText(r *bufio.Reader) error {
	head, _ := r.Peek(512) // what there is; an error comes again when reading
	for _, kind := range []struct{ magic, name, want string }{
		{"\x1f\x8b", "compressed with gzip", "plain text: unpack it with gunzip"},
		{"PK\x03\x04", "a zip archive or a spreadsheet", "plain text: save it as CSV"},
		{"\xff\xfe", "UTF-16 text", "UTF-8 text"},
		{"\xfe\xff", "UTF-16 text", "UTF-8 text"},
	} {
		if bytes.HasPrefix(head, []byte(kind.magic)) {
			return model.CheckDomain(subject).That(false, "content", kind.name, kind.want).Err()
		}
	}
	return model.CheckDomain(subject).
		That(!bytes.ContainsRune(head, 0), "content", "binary (it has zero bytes)", "UTF-8 text").Err()
}

// quoted is a cell as an error shows it.
func quoted(cell string) string {
	const most = 40
	if runes := []rune(cell); len(runes) > most {
		return fmt.Sprintf("%q...", string(runes[:most]))
	}
	return fmt.Sprintf("%q", cell)
}
