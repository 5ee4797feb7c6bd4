package report

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"sgdescape/verify"
)

// A row is one claim on the page.
type row struct {
	verify.VerdictLine
	// SameFigure is the identifier of an earlier claim with the same figure, or
	// empty.
	SameFigure string
}

// Known tells whether the claim disagrees as it is expected to.
func (r row) Known() bool {
	return r.Verdict == verify.Disagrees && r.Expected == verify.Disagrees && r.Problem == ""
}

// Changed tells whether the claim has another verdict than expected, or an
// effect that has moved. A claim left open by chance has not.
func (r row) Changed() bool { return r.Problem != "" && !r.TooFewRuns }

// Outcome is the verdict in words.
func (r row) Outcome() string {
	if r.Known() {
		return "disagrees, as expected"
	}
	return r.Verdict.String()
}

// Class is the class of the verdict in the style of the page.
func (r row) Class() string {
	if r.Known() {
		return "known"
	}
	return r.Verdict.String()
}

// HasChance tells whether the interval is one of a random sample.
func (r row) HasChance() bool { return r.Effect.Alpha > 0 }

// HasBars tells whether the figure has points with bars of chance.
func (r row) HasBars() bool {
	return r.Figure != nil && slices.ContainsFunc(r.Figure.Series, func(s verify.Series) bool { return len(s.High) > 0 })
}

// Behind is what is behind the effect, such as "400 exits", or empty.
func (r row) Behind() string {
	switch {
	case r.Effect.N == 0 || r.Effect.Unit == "":
		return ""
	case r.Effect.N == 1:
		return "1 " + strings.TrimSuffix(r.Effect.Unit, "s")
	}
	return fmt.Sprintf("%d %s", r.Effect.N, r.Effect.Unit)
}

// rows finds the figures that claims share.
func rows(claims []verify.VerdictLine) []row {
	all := make([]row, len(claims))
	for i, c := range claims {
		all[i].VerdictLine = c
		for _, earlier := range all[:i] {
			if c.Figure != nil && earlier.SameFigure == "" && reflect.DeepEqual(c.Figure, earlier.Figure) {
				all[i].SameFigure = earlier.ID
			}
		}
	}
	return all
}

// count returns how many claims have the verdict as expected and no problem.
func count(claims []verify.VerdictLine, verdict verify.Verdict) int {
	n := 0
	for _, c := range claims {
		if c.Verdict == verdict && c.Expected == verdict && c.Problem == "" {
			n++
		}
	}
	return n
}
