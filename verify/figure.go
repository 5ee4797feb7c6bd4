package verify

import (
	"encoding/json"
	"math"
)

// A Figure is the data of a plot. Drawing it is the report's business.
type Figure struct {
	Title  string `json:"title"`
	XLabel string `json:"x_label"`
	// XNames, if there are any, stand at x = 0, 1, ... in place of numbers.
	XNames []string `json:"x_names,omitempty"`
	YLabel string   `json:"y_label"`
	XLog   bool     `json:"x_log"`
	YLog   bool     `json:"y_log"`
	Series []Series `json:"series"`
}

// A Mark says how a series is drawn.
type Mark string

// The marks of a series.
const (
	Points Mark = "points" // simulation, with error bars where Low and High are given
	Curve  Mark = "curve"  // a closed-form law
	Exact  Mark = "exact"  // an exact numerical answer, drawn dashed
	Bounds Mark = "bounds" // lower bounds, drawn as arrows upwards
)

// A Series is one set of points or one line. Low and High are empty or as long
// as X and Y.
type Series struct {
	Name string    `json:"name"`
	Mark Mark      `json:"mark"`
	X    []float64 `json:"x"`
	Y    []float64 `json:"y"`
	Low  []float64 `json:"low,omitempty"`
	High []float64 `json:"high,omitempty"`
	// Style, if not 0, gives series of several figures the same colour, shape and
	// dashes: it is counted from 1. Otherwise the place in the figure decides.
	Style int `json:"style,omitempty"`
}

// Add appends a point without an error bar.
func (s *Series) Add(x, y float64) { s.X, s.Y = append(s.X, x), append(s.Y, y) }

// AddBar appends a point with an error bar.
func (s *Series) AddBar(x, y, low, high float64) {
	s.Add(x, y)
	s.Low, s.High = append(s.Low, low), append(s.High, high)
}

// seriesJSON is a series in JSON: null stands in X and Y for what is not a
// finite number, and in Low and High for a bar without an end.
type seriesJSON struct {
	Name  string     `json:"name"`
	Mark  Mark       `json:"mark"`
	X     []*float64 `json:"x"`
	Y     []*float64 `json:"y"`
	Low   []*float64 `json:"low,omitempty"`
	High  []*float64 `json:"high,omitempty"`
	Style int        `json:"style,omitempty"`
	Note  string     `json:"note,omitempty"`
}

// MarshalJSON writes the series with null for what is not finite, and a note.
func (s Series) MarshalJSON() ([]byte, error) {
	j := seriesJSON{Name: s.Name, Mark: s.Mark, Style: s.Style}
	var nulls int
	for _, c := range []struct {
		to   *[]*float64
		from []float64
	}{{&j.X, s.X}, {&j.Y, s.Y}, {&j.Low, s.Low}, {&j.High, s.High}} {
		*c.to = make([]*float64, len(c.from))
		for i, x := range c.from {
			if (*c.to)[i] = finite(x); (*c.to)[i] == nil {
				nulls++
			}
		}
	}
	if nulls > 0 {
		j.Note = "null: not a finite number in x and y; no end of the bar in low and high"
	}
	return plainJSON(j)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Series) UnmarshalJSON(data []byte) error {
	var j seriesJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*s = Series{Name: j.Name, Mark: j.Mark, Style: j.Style, X: numbers(j.X, math.NaN()), Y: numbers(j.Y, math.NaN()),
		Low: numbers(j.Low, math.Inf(-1)), High: numbers(j.High, math.Inf(1))}
	return nil
}

// numbers replaces null; of nothing it is nil.
func numbers(from []*float64, null float64) []float64 {
	var all []float64
	for _, x := range from {
		all = append(all, orElse(x, null))
	}
	return all
}
