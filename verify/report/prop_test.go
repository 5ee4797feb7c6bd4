package report_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sgdescape/verify"
	"sgdescape/verify/report"
)

// TestProp_DrawsAnything: any figure is drawn, with finite coordinates only and
// in bounded size.
func TestProp_DrawsAnything(t *testing.T) {
	number := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-3, 3),
		rapid.SampledFrom([]float64{0, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, -math.MaxFloat64, 1e-300, 1e300}))
	rapid.Check(t, func(t *rapid.T) {
		f := &verify.Figure{XLog: rapid.Bool().Draw(t, "x log"), YLog: rapid.Bool().Draw(t, "y log")}
		for range rapid.IntRange(0, 3).Draw(t, "series") {
			s := verify.Series{Mark: rapid.SampledFrom([]verify.Mark{verify.Points, verify.Curve, verify.Exact}).Draw(t, "mark")}
			bars := rapid.Bool().Draw(t, "bars")
			for range rapid.IntRange(0, 4).Draw(t, "points") {
				x, y := number.Draw(t, "x"), number.Draw(t, "y")
				if bars {
					s.AddBar(x, y, number.Draw(t, "low"), number.Draw(t, "high"))
				} else {
					s.Add(x, y)
				}
			}
			f.Series = append(f.Series, s)
		}
		drawing, err := report.SVG(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(drawing), "NaN") || strings.Contains(string(drawing), "Inf") || len(drawing) > 100_000 {
			t.Fatalf("drawing of %d bytes with numbers no browser draws", len(drawing))
		}
	})
}
