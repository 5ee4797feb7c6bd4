package compare

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"golang.org/x/perf/benchunit"
)

// WriteJSON writes the report as indented JSON.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// WriteTable writes the report for a terminal.
func (r *Report) WriteTable(w io.Writer) error {
	fmt.Fprintf(w, "base %s   head %s   %s   %s\n", r.Base, r.Head, r.processor(), r.Go)
	if len(r.Rows) == 0 {
		_, err := fmt.Fprintln(w, r.summary())
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(r.header(), "\t"))
	for _, row := range r.table() {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, r.summary())
	return err
}

// processor is unknown before the first run.
func (r *Report) processor() string { return cmp.Or(r.Machine["cpu"], "processor unknown") }

// WriteMarkdown writes the report as a GitHub-flavoured table.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Base `%s`, head `%s`, %s, %s.\n\n", r.Base, r.Head, r.processor(), r.Go)
	line := func(cells []string) {
		for _, cell := range cells {
			b.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
		}
		b.WriteString("|\n")
	}
	header := r.header()
	line(header)
	b.WriteString(strings.Repeat("|---", len(header)) + "|\n")
	for _, row := range r.table() {
		line(row)
	}
	b.WriteString("\n" + strings.ReplaceAll(r.summary(), "\n", "\n\n") + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) header() []string {
	return []string{"benchmark", "verdict", "base", "head", "change", "interval", "p", "rounds", "B/op", "allocs/op"}
}

// table returns one row of text a benchmark; of an interrupted run, only those
// that were measured.
func (r *Report) table() [][]string {
	var rows [][]string
	for _, row := range r.Rows {
		cells := map[string]Cell{}
		for _, c := range row.Cells {
			cells[c.Unit] = c
		}
		t := cells["sec/op"]
		if r.Interrupted && t.Rounds == 0 {
			continue
		}
		line := []string{row.Benchmark, row.Verdict.String(), seconds(t.Base), seconds(t.Head),
			percent(t.Ratio), "[" + percent(t.Lower) + ", " + percent(t.Upper) + "]", "-", fmt.Sprint(t.Rounds),
			counts(cells["B/op"]), counts(cells["allocs/op"])}
		if t.P != nil {
			line[6] = fmt.Sprintf("%.2g", *t.P)
		}
		rows = append(rows, line)
	}
	return rows
}

func (r *Report) summary() string {
	var b strings.Builder
	if r.GeoMean > 0 {
		fmt.Fprintf(&b, "geometric mean %s over %s\n", percent(&r.GeoMean), r.compared())
	}
	for _, note := range r.Notes {
		b.WriteString("note: " + note + "\n")
	}
	if r.Interrupted {
		fmt.Fprintf(&b, "interrupted after %.0f s: no verdict; %s", r.Seconds, r.soFar())
		return b.String()
	}
	fmt.Fprintf(&b, "%s (floor %g %%, alpha %g, beta %g, %.0f s)", r.Verdict,
		100*r.Plan.Floor, r.Plan.FamilyAlpha, r.Plan.MissBeta, r.Seconds)
	return b.String()
}

// soFar says what an interrupted run has measured.
func (r *Report) soFar() string {
	measured := r.times(func(c Cell) bool { return c.Rounds > 0 })
	if measured == 0 {
		return "nothing was measured"
	}
	return fmt.Sprintf("what was measured is above, %d of %d benchmarks", measured, len(r.Rows))
}

// compared says of how many benchmarks the mean is.
func (r *Report) compared() string {
	n := r.times(func(c Cell) bool { return c.Ratio != nil })
	if n == len(r.Rows) {
		return fmt.Sprintf("%d benchmarks", n)
	}
	return fmt.Sprintf("%d of %d benchmarks", n, len(r.Rows))
}

// times counts the benchmarks whose time is as wanted.
func (r *Report) times(wanted func(Cell) bool) (n int) {
	for _, row := range r.Rows {
		for _, cell := range row.Cells {
			if cell.Unit == "sec/op" && wanted(cell) {
				n++
			}
		}
	}
	return n
}

func seconds(x float64) string {
	if x == 0 {
		return "-"
	}
	return benchunit.Scale(x, benchunit.Decimal) + "s"
}

func percent(ratio *float64) string {
	if ratio == nil {
		return "?"
	}
	return fmt.Sprintf("%+.1f%%", 100*(*ratio-1))
}

func counts(c Cell) string {
	switch {
	case c.Unit == "":
		return "-"
	case c.Base == c.Head:
		return fmt.Sprintf("%g", c.Base)
	}
	return fmt.Sprintf("%g -> %g", c.Base, c.Head)
}
