package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// A Table is shown as it is in the report and in the JSON.
type Table struct {
	Title   string   `json:"title"`
	Columns []string `json:"columns"`
	Rows    [][]Cell `json:"rows"`
	// Notes say what stood where a number of a row is not finite: the cell itself
	// is empty, null in JSON.
	Notes []string `json:"notes,omitempty"`
}

// A Cell is a number, a text, or empty. In JSON it is a number with all its
// digits, a string, or null.
type Cell struct {
	Number *float64 // nil in a text
	Text   string
}

// String returns the cell as the report shows it: whole numbers in full, others
// with five significant digits.
func (c Cell) String() string {
	const exact = 1 << 53 // up to which whole numbers are kept as such
	switch {
	case c.Number == nil:
		return c.Text
	case *c.Number == math.Trunc(*c.Number) && math.Abs(*c.Number) < exact:
		return strconv.FormatFloat(*c.Number, 'f', 0, 64)
	}
	return fmt.Sprintf("%.5g", *c.Number)
}

// MarshalJSON writes a number, a string, or null for an empty cell.
func (c Cell) MarshalJSON() ([]byte, error) {
	switch {
	case c.Number != nil:
		return json.Marshal(*c.Number)
	case c.Text == "":
		return []byte("null"), nil
	}
	return plainJSON(c.Text)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Cell) UnmarshalJSON(data []byte) error {
	*c = Cell{}
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &c.Text)
	}
	return json.Unmarshal(data, &c.Number) // null leaves it nil
}

// AddRow appends a row of numbers and texts; nil leaves a cell empty. So does a
// number that is not finite, and a note says which it was.
func (t *Table) AddRow(cells ...any) {
	row := make([]Cell, len(cells))
	for i, c := range cells {
		switch x := c.(type) {
		case nil:
		case int:
			number := float64(x)
			row[i].Number = &number
		case float64:
			if row[i].Number = finite(x); row[i].Number == nil {
				t.Notes = append(t.Notes, fmt.Sprintf("row %d, %s: %v", len(t.Rows)+1, t.column(i), x))
			}
		default:
			row[i].Text = fmt.Sprint(c)
		}
	}
	t.Rows = append(t.Rows, row)
}

// column is the name of a column, or its number, from 1, where it has none.
func (t *Table) column(i int) string {
	if i < len(t.Columns) {
		return t.Columns[i]
	}
	return fmt.Sprint("column ", i+1)
}

// plainJSON is json.Marshal without the escapes that only HTML needs.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
