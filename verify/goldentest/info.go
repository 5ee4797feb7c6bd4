package goldentest

import (
	"fmt"
	"strings"
)

// Schema is the version of the description that this package reads.
const Schema = 1

// A Class says where the numbers of a set come from.
type Class string

// The four classes.
const (
	ClassSnapshot Class = "snapshot"
	ClassDerived  Class = "derived"
	ClassSampled  Class = "sampled"
	ClassExternal Class = "external"
)

// Info is the description of a set.
type Info struct {
	Schema    int       `json:"schema"`
	Class     Class     `json:"class"`
	Equation  string    `json:"equation"` // what the numbers are
	Claim     string    `json:"claim"`    // what rests on them; empty for a snapshot
	Columns   []Column  `json:"columns"`
	Method    Method    `json:"method"`
	Tolerance Tolerance `json:"tolerance"`
	Checks    []string  `json:"checks"` // what was done to make sure
	Origin    string    `json:"origin"`
	SHA256    string    `json:"sha256"` // of the csv file, in hexadecimal
}

// A Column is one column of the table, written "name [unit]" in its header. The
// unit of a dimensionless number is 1.
type Column struct {
	Name    string `json:"name"`
	Unit    string `json:"unit"`
	Meaning string `json:"meaning"`
}

// Method says how the numbers were made.
type Method struct {
	Tool    string  `json:"tool"`
	Version string  `json:"version"`
	Command string  `json:"command"`
	Seed    *uint64 `json:"seed"` // null when nothing random was involved
}

// Tolerance is the closeness to expect, in the sense of package tol, and why. A
// sampled set states its own errors instead, column by column.
type Tolerance struct {
	Relative float64 `json:"relative"`
	Absolute float64 `json:"absolute,omitempty"`
	Reason   string  `json:"reason"`
}

// header returns the first line of the table.
func (i Info) header() []string {
	cells := make([]string, len(i.Columns))
	for c, column := range i.Columns {
		cells[c] = fmt.Sprintf("%s [%s]", column.Name, column.Unit)
	}
	return cells
}

// check returns an error that names every field that is missing or wrong.
func (i Info) check() error {
	var d complaints
	d.that(i.Schema == Schema, "schema", i.Schema, fmt.Sprint(Schema))
	switch i.Class {
	case ClassSnapshot:
		d.that(i.Claim == "", "claim", fmt.Sprintf("%q", i.Claim), "nothing: no claim rests on a snapshot")
	case ClassDerived, ClassSampled, ClassExternal:
		d.words("claim", i.Claim)
	default:
		d.that(false, "class", i.Class, "snapshot, derived, sampled or external")
	}
	d.words("equation", i.Equation)
	d.words("method.tool", i.Method.Tool)
	d.words("method.version", i.Method.Version)
	d.words("method.command", i.Method.Command)
	if i.Class == ClassSampled {
		d.that(i.Method.Seed != nil, "method.seed", "null", "the seed of the simulation")
	} else {
		d.nonNegative("tolerance.relative", i.Tolerance.Relative)
		d.nonNegative("tolerance.absolute", i.Tolerance.Absolute)
		d.that(i.Class == ClassSnapshot || i.Tolerance.Relative > 0 || i.Tolerance.Absolute > 0,
			"tolerance", 0, "a relative or an absolute tolerance > 0")
	}
	d.words("tolerance.reason", i.Tolerance.Reason)
	d.words("origin", i.Origin)
	d.that(len(i.Checks) > 0, "number of checks", 0, "at least 1")
	for _, c := range i.Checks {
		d.words("check", c)
	}
	d.that(len(i.Columns) > 0, "number of columns", 0, "at least 1")
	seen := map[string]bool{}
	for _, c := range i.Columns {
		d.words("name of a column", c.Name)
		d.words("unit of column "+c.Name, c.Unit)
		d.words("meaning of column "+c.Name, c.Meaning)
		d.that(!strings.ContainsAny(c.Name+c.Unit, ",\"[]\n"), "column", c.Name, "a name and a unit without comma, quote or bracket")
		d.that(!seen[c.Name], "column", c.Name, "a name used once")
		seen[c.Name] = true
	}
	return d.err()
}
