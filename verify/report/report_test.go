package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sgdescape/verify"
	"sgdescape/verify/report"
)

// sample is a run with one claim of each outcome.
// aTable has every kind of cell.
func aTable() verify.Table {
	t := verify.Table{Title: "a table", Columns: []string{"c", "T"}}
	t.AddRow(1.2, 10)
	t.AddRow("a > b", math.Inf(1))
	t.AddRow(1.0/3, nil)
	return t
}

func sample() verify.Verdicts {
	points := verify.Series{Name: "simulated <exits>", Mark: verify.Points}
	points.AddBar(1.2, 10, 8, 12)
	points.AddBar(1.4, 100, 90, math.Inf(1))
	curve := verify.Series{Name: "T0", Mark: verify.Curve, X: []float64{1.2, 1.4}, Y: []float64{9, 80}}
	exact := verify.Series{Name: "T1", Mark: verify.Exact, X: []float64{1.2, 1.4}, Y: []float64{10, 99}}
	claims := []verify.Result{
		{
			Claim: verify.Claim{ID: "eq16-limit", Equation: "Eq. 16", Statement: "A statement.", Left: "left", Right: "right",
				Band: verify.Within(0.1), Reason: "a reason.", Expected: verify.Agrees},
			Verdict: verify.Agrees,
			Measurement: verify.Measurement{
				Effect: verify.Effect{Name: "ratio - 1", Value: 0.01, Low: -0.02, High: 0.04, Alpha: 1e-8, N: 400, Unit: "exits"},
				Figure: &verify.Figure{Title: "Times & rates", XLabel: "c", YLabel: "time", XLog: true, YLog: true,
					Series: []verify.Series{points, curve, exact}},
				Tables: []verify.Table{aTable()},
				Notes:  []string{"a note"},
			},
			Alpha: 1e-8,
		},
		{
			Claim:       verify.Claim{ID: "known-limit", Band: verify.Band{Low: math.Inf(-1), High: 1}, Expected: verify.Disagrees, Pinned: verify.Band{Low: 4, High: 6}, Cause: "a reason why."},
			Verdict:     verify.Disagrees,
			Measurement: verify.Measurement{Effect: verify.Effect{Name: "slope", Value: 5, Low: 4.9, High: 5.1}},
		},
		{
			Claim:       verify.Claim{ID: "no-number", Band: verify.Band{Low: 0, High: math.Inf(1)}, Expected: verify.Agrees},
			Verdict:     verify.Undecided,
			Measurement: verify.Measurement{Effect: verify.Effect{Name: "lost", Value: math.NaN(), Low: math.Inf(-1), High: math.Inf(1)}},
			Problem:     "verdict is undecided, expected agrees",
		},
		{
			Claim:       verify.Claim{ID: "moved", Band: verify.Within(0.1), Expected: verify.Disagrees, Pinned: verify.Band{Low: 1, High: 2}},
			Verdict:     verify.Disagrees,
			Measurement: verify.Measurement{Effect: verify.Effect{Name: "gap", Value: -9, Low: -9.1, High: -8.9}},
			Problem:     "effect has moved",
		},
	}
	return verify.NewVerdicts(claims, 4, verify.Options{Profile: verify.Quick, Seed: 7})
}

func html(t *testing.T, v verify.Verdicts) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.HTML(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPageTellsEverything: what a reader looks for is on the page, in words.
func TestPageTellsEverything(t *testing.T) {
	page := html(t, sample())
	for _, want := range []string{
		`<section id="eq16-limit">`, `<section id="known-limit">`, `<section id="no-number">`, `<section id="moved">`,
		`href="#eq16-limit"`, "Eq. 16", "A statement.", "a reason.", "a note", "a table", "<td class=\"n\">1.2</td>",
		`<span class="agrees">agrees</span>`, `<span class="disagrees">disagrees</span>`, `<span class="known">disagrees, as expected</span>`, `<span class="undecided">undecided</span>`,
		`<span class="agrees">1 agree</span> and <span class="known">1 disagree</span>`,
		`2 changed: <a class="changed" href="#no-number">no-number</a> <a class="changed" href="#moved">moved</a>`,
		"<span class=\"what\">ratio\u00a0−\u00a01</span>", "from 400 exits.", "<strong>Claim tested:</strong>", "<strong>Cause:</strong> a reason why.",
		"2 as expected, 0 undecided (too few runs), 2 changed</strong>, of 4 claims", "but agrees was expected", "but the effect has moved", "verdict is undecided, expected agrees",
		"The size is pinned to [4, 6].", "≤ 1", "NaN", "Profile quick, seed 7", "at miss probability 1e-08",
		"verify --profile quick --seed 7 --claim eq16-limit",
		"<figure>", `aria-label="Times &amp; rates"`, "simulated &lt;exits&gt;",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not contain %q", want)
		}
	}
	if strings.Contains(page, "interrupted") {
		t.Error("a complete run is called interrupted")
	}
	calm := sample()
	calm.Claims, calm.Counts.Changed = calm.Claims[:2], 0
	if strings.Contains(html(t, calm), "changed:") {
		t.Error("a run without changes lists some")
	}
	interrupted := sample()
	interrupted.Complete, interrupted.Asked = false, 68
	if !strings.Contains(html(t, interrupted), "This run was interrupted: 4 of 68 claims judged") {
		t.Error("an interrupted run is not called so")
	}
}

// TestPageExplainsItself: notation and legend stand above the table they are
// needed for, every symbol has its line, and what no chance enters has no
// probability.
func TestPageExplainsItself(t *testing.T) {
	page := html(t, sample())
	table := strings.Index(page, `<table class="verdicts">`)
	for _, id := range []string{`id="notation"`, `id="legend"`} {
		if at := strings.Index(page, id); at < 0 || at > table {
			t.Errorf("%s is at %d, want it before the table at %d", id, at, table)
		}
	}
	for _, symbol := range []string{"T0", "T1", "T2", "T3", "T4", "h*", "c", "GLD"} {
		if !strings.Contains(page, "<dt>"+symbol+"</dt><dd>") {
			t.Errorf("the notation lacks %s", symbol)
		}
	}
	for _, part := range []string{"<dt>T = ηh*/B</dt>", "<dt>φ = ", "<dt>n<sub>c</sub> = "} {
		if !strings.Contains(page, part) {
			t.Errorf("the notation lacks %s", part)
		}
	}
	section := func(id string) string {
		_, rest, _ := strings.Cut(page, `<section id="`+id+`">`)
		text, _, _ := strings.Cut(rest, "</section>")
		return text
	}
	if !strings.Contains(section("eq16-limit"), "would have been found with probability 0.999") {
		t.Error("a statistical claim does not tell what it detects, and how surely")
	}
	if text := section("known-limit"); strings.Contains(text, "probability") || !strings.Contains(text, "an effect beyond 1.1 would have been found") {
		t.Errorf("a deterministic claim says\n%s", text)
	}
	for id, want := range map[string]bool{"eq16-limit": false, "known-limit": true} {
		if strings.Contains(section(id), "numerical error only") != want {
			t.Errorf("%s: the interval is called one of numerical error: want %t", id, want)
		}
	}
	if strings.Contains(section("eq16-limit"), "Claim tested:") || strings.Contains(section("moved"), "Cause:") {
		t.Error("a claim that agrees is called tested, or one without a cause given one")
	}
	for _, id := range []string{"eq16-limit", "known-limit", "no-number", "moved"} {
		if !strings.Contains(section(id), `href="#table"`) {
			t.Errorf("no way back to the table from %s", id)
		}
	}
}

// TestSharedFigure: a figure is drawn once, and claims with the same one point
// to it.
func TestSharedFigure(t *testing.T) {
	v := sample()
	figure := *v.Claims[0].Figure
	v.Claims[1].Figure, v.Claims[3].Figure = &figure, &verify.Figure{Title: "another"}
	page := html(t, v)
	if n := strings.Count(page, "<figure>"); n != 2 || !strings.Contains(page, `The figure is that of <a href="#eq16-limit">eq16-limit</a>`) {
		t.Errorf("%d figures are drawn, want 2 and a link to the first", n)
	}
}

// TestPageIsSelfContained: nothing on the page makes a browser load anything.
func TestPageIsSelfContained(t *testing.T) {
	page := html(t, sample())
	for _, pattern := range []string{`(?i)<script`, `(?i)<link`, `(?i)<img`, `(?i)<iframe`, `(?i)@import`, `(?i)url\(`, `(?i)\ssrc=`, `(?i)href="[^#]`} {
		if found := regexp.MustCompile(pattern).FindString(page); found != "" {
			t.Errorf("the page contains %q", found)
		}
	}
	for _, address := range regexp.MustCompile(`(?i)https?://[^"' >]*`).FindAllString(page, -1) {
		if !strings.HasPrefix(address, "http://www.w3.org/") { // names of XML dialects, which nothing loads
			t.Errorf("the page contains the address %s", address)
		}
	}
}

// TestWriteFigures: a page of figures is as self-contained as the report.
func TestWriteFigures(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ladder.html")
	figure := sample().Claims[0].Figure
	if err := report.WriteFigures(file, "a <title>", []string{"eta < 1"}, "run --eta 1 <", []*verify.Figure{figure, figure}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	if strings.Count(page, "<figure>") != 2 || !strings.Contains(page, "a &lt;title&gt;") || !strings.Contains(page, "<p>η &lt; 1</p>") || !strings.Contains(page, "figcaption {") || !strings.Contains(page, "<pre>run --eta 1 &lt;</pre>") {
		t.Errorf("two figures with title and style are written as\n%.300s", page)
	}
	if found := regexp.MustCompile(`(?i)<script|<link|<img|@import|url\(`).FindString(page); found != "" {
		t.Errorf("the page contains %q", found)
	}
	if err := report.WriteFigures(filepath.Join(file, "below"), "", nil, "", nil); err == nil {
		t.Error("a page was written below a file")
	}
}

func svg(t *testing.T, f *verify.Figure) string {
	t.Helper()
	drawing, err := report.SVG(f)
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(string(drawing)))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the drawing is not well-formed: %v", err)
		}
	}
	if bad := regexp.MustCompile(`NaN|Inf`).FindString(string(drawing)); bad != "" {
		t.Errorf("the drawing contains %q", bad)
	}
	return string(drawing)
}

// labels returns the texts of a drawing.
func labels(drawing string) []string {
	var texts []string
	for _, m := range regexp.MustCompile(`(?s)<text[^>]*>([^<]*)</text>`).FindAllStringSubmatch(drawing, -1) {
		texts = append(texts, m[1])
	}
	return texts
}

// TestDrawingOfAwkwardData: whatever the numbers, the drawing is well-formed and
// shows what can be shown.
func TestDrawingOfAwkwardData(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	points := func(x, y []float64) []verify.Series { return []verify.Series{{Mark: verify.Points, X: x, Y: y}} }
	for _, c := range []struct {
		name   string
		figure verify.Figure
		dots   int // circles, each drawn as two arcs of radius 3
	}{
		{"no series", verify.Figure{}, 0},
		{"no series, logarithmic", verify.Figure{XLog: true, YLog: true}, 0},
		{"nothing to show on a logarithmic axis", verify.Figure{YLog: true, Series: points([]float64{1, 2}, []float64{0, -1})}, 0},
		{"one of three to show on a logarithmic axis", verify.Figure{XLog: true, YLog: true, Series: points([]float64{0, 2, 3}, []float64{1, 1, 0})}, 1},
		{"not numbers", verify.Figure{Series: points([]float64{1, nan, inf, 4}, []float64{nan, 1, 1, inf})}, 0},
		{"a single point", verify.Figure{Series: points([]float64{3}, []float64{5})}, 1},
		{"a single point at zero", verify.Figure{Series: points([]float64{0}, []float64{0})}, 1},
		{"a single point, logarithmic", verify.Figure{XLog: true, YLog: true, Series: points([]float64{3}, []float64{5})}, 1},
		{"too large and too small to show", verify.Figure{XLog: true, Series: points([]float64{1, 5e-324, 2}, []float64{math.MaxFloat64, 1, 2})}, 1},
		{"all numbers an axis can show", verify.Figure{XLog: true, YLog: true, Series: points(
			[]float64{1e-250, 1e250}, []float64{1e250, 1e-250})}, 2},
		{"denormal numbers, linear", verify.Figure{Series: points([]float64{0, 1e-320}, []float64{-5e-324, 1e-310})}, 2},
		{"large numbers, linear", verify.Figure{Series: points([]float64{1e249, 2e249}, []float64{-1e250, 1e250})}, 2},
		{"tiny differences of large numbers", verify.Figure{Series: points([]float64{1e6, 1e6 + 1e-3}, []float64{1, 1 + 1e-12})}, 2},
		{"open error bars", verify.Figure{YLog: true, Series: []verify.Series{{Mark: verify.Points,
			X: []float64{1, 2}, Y: []float64{1, 2}, Low: []float64{0, math.Inf(-1)}, High: []float64{2, nan}}}}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			drawing := svg(t, &c.figure)
			if dots := strings.Count(drawing, "A3,3") / 2; c.dots != dots {
				t.Errorf("%d points are drawn, want %d", dots, c.dots)
			}
		})
	}
}

// TestErrorBars: a bar reaches from low to high, with a cap at a finite end
// only, and points lie on top of lines.
func TestErrorBars(t *testing.T) {
	base := verify.Series{Mark: verify.Points, X: []float64{1, 2}, Y: []float64{1, 2}}
	strokes := func(low, high []float64) int {
		s := base
		s.Low, s.High = low, high
		drawing := svg(t, &verify.Figure{Series: []verify.Series{s}})
		return strings.Count(drawing, "<path")
	}
	without := strokes(nil, nil)
	if got := strokes([]float64{0.9, 1.9}, []float64{1.1, 2.1}) - without; got != 6 {
		t.Errorf("two bars with two caps each are %d strokes, want 6", got)
	}
	if got := strokes([]float64{0.9, math.Inf(-1)}, []float64{1.1, math.NaN()}) - without; got != 4 {
		t.Errorf("a bar with caps and one without are %d strokes, want 4", got)
	}
	if got := strokes([]float64{0.9}, []float64{1.1, 2.1}) - without; got != 0 {
		t.Errorf("half-given bars are %d strokes, want none", got)
	}
}

// TestNamedPlaces: names stand on the axis in place of numbers.
func TestNamedPlaces(t *testing.T) {
	f := &verify.Figure{XNames: []string{"first", "second", "third"}, Series: []verify.Series{{Mark: verify.Points, X: []float64{0, 1, 2}, Y: []float64{1, 2, 1}}}}
	if diff := cmp.Diff(f.XNames, labels(svg(t, f))[:3]); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

// TestLineOfOnePoint: a line that has one point only is drawn as a dot.
func TestLineOfOnePoint(t *testing.T) {
	f := &verify.Figure{Series: []verify.Series{{Mark: verify.Exact, X: []float64{1}, Y: []float64{2}}}}
	if !strings.Contains(svg(t, f), "A2,2") {
		t.Error("a line of one point is invisible")
	}
	f.Series[0].Add(2, 3)
	if strings.Contains(svg(t, f), "A2,2") {
		t.Error("a line of two points has a dot")
	}
}

// TestStyles: a style of its own gives a series the same key in any place, and a
// lower bound looks like no point.
func TestStyles(t *testing.T) {
	key := func(s ...verify.Series) string {
		all := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(string(report.Legend(&verify.Figure{Series: s})), -1)
		return all[len(all)-1]
	}
	for _, mark := range []verify.Mark{verify.Points, verify.Curve, verify.Exact, verify.Bounds} {
		free, styled := verify.Series{Mark: mark}, verify.Series{Mark: mark, Style: 3}
		if key(styled) != key(free, free, free) || key(free, styled) != key(styled) || key(free) == key(styled) {
			t.Errorf("%s: a series of style 3 does not look like the third", mark)
		}
	}
	point, bound := verify.Series{Mark: verify.Points, X: []float64{1}, Y: []float64{2}}, verify.Series{Mark: verify.Bounds, X: []float64{1}, Y: []float64{2}}
	drawing := svg(t, &verify.Figure{Series: []verify.Series{bound}})
	if key(point) == key(bound) || strings.Contains(drawing, "A3,3") || strings.Count(drawing, "<path") <= strings.Count(svg(t, &verify.Figure{Series: []verify.Series{point}}), "<path") {
		t.Error("a lower bound is not drawn, or drawn as a point")
	}
}

// TestTicks: an axis has a handful of labels, all different, whatever it spans.
func TestTicks(t *testing.T) {
	yLabels := []string{"1", "1.2", "1.4", "1.6", "1.8", "2"} // follow those of x
	for _, c := range []struct {
		name      string
		low, high float64
		log       bool
		want      []string
	}{
		{"less than a decade", 1.2, 2.25, true, []string{"1.2", "1.4", "1.6", "1.8", "2", "2.2"}},
		{"a sixth of a decade", 1.2, 1.35, true, []string{"1.2", "1.25", "1.3", "1.35"}},
		{"one decade", 1, 10, true, []string{"1", "2", "5", "10"}},
		{"two decades, small", 3e-4, 0.02, true, []string{"5·10⁻⁴", "0.001", "0.002", "0.005", "0.01", "0.02"}},
		{"four decades", 2, 2e4, true, []string{"10", "100", "1000", "10⁴"}},
		{"twenty decades", 1e-15, 1e5, true, []string{"10⁻¹²", "10⁻⁸", "10⁻⁴", "1", "10⁴"}},
		{"linear", 0.19, 0.68, false, []string{"0.2", "0.3", "0.4", "0.5", "0.6"}},
		{"linear through zero", -1.1, 1.1, false, []string{"-1", "-0.5", "0", "0.5", "1"}},
		{"whole numbers through zero", -1, 1, false, []string{"-1", "0", "1"}},
		{"linear, tiny", -2e-9, 2e-9, false, []string{"-2·10⁻⁹", "-1·10⁻⁹", "0", "1·10⁻⁹", "2·10⁻⁹"}},
		{"linear, large", 1e8, 1.2e8, false, []string{"1.00·10⁸", "1.05·10⁸", "1.10·10⁸", "1.15·10⁸", "1.20·10⁸"}},
		{"whole numbers", 0, 2, false, []string{"0", "1", "2"}},
		{"whole numbers, many", 1, 12, false, []string{"2", "4", "6", "8", "10", "12"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := verify.Series{Mark: verify.Curve, X: []float64{c.low, c.high}, Y: []float64{1, 2}}
			got := labels(svg(t, &verify.Figure{XLog: c.log, Series: []verify.Series{s}}))
			if diff := cmp.Diff(slices.Concat(c.want, yLabels), got); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLongLabelsAreBroken: an axis label longer than its axis has several lines.
func TestLongLabelsAreBroken(t *testing.T) {
	long := strings.Repeat("relative error of the rate ", 6)
	got := labels(svg(t, &verify.Figure{YLabel: long}))
	count := 0
	for _, text := range got {
		if strings.Contains(text, "rel") || strings.Contains(text, "rate") {
			count++
			if len(text) > 60 {
				t.Errorf("a line of the label is %q", text)
			}
		}
	}
	if count < 2 {
		t.Errorf("the label has %d lines, want 2 or more: %q", count, got)
	}
}

// TestLegendTellsMarksApart: eight series of every mark have different swatches
// within a mark, and names are escaped.
func TestLegendTellsMarksApart(t *testing.T) {
	f := &verify.Figure{}
	for _, mark := range []verify.Mark{verify.Points, verify.Curve, verify.Exact} {
		for range 2 {
			f.Series = append(f.Series, verify.Series{Name: "a<b", Mark: mark})
		}
	}
	legend := string(report.Legend(f))
	swatches := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(legend, -1)
	if len(swatches) != len(f.Series) {
		t.Fatalf("%d swatches, want %d", len(swatches), len(f.Series))
	}
	seen := map[string]bool{}
	for _, s := range swatches {
		if seen[s] {
			t.Errorf("the swatch %s appears twice", s)
		}
		seen[s] = true
	}
	if strings.Contains(legend, "a<b") || !strings.Contains(legend, "a&lt;b") {
		t.Error("names are not escaped")
	}
}

func TestWhisker(t *testing.T) {
	for _, c := range []struct {
		name         string
		effect       verify.Effect
		band         verify.Band
		want, refuse string
	}{
		{"in the middle", verify.Effect{Value: 0, Low: -1, High: 1}, verify.Within(1), `<circle cx="60.0"`, "v8z"},
		{"at the upper edge of the band", verify.Effect{Value: 1, Low: 1, High: 1}, verify.Within(1), `<circle cx="80.0"`, "v8z"},
		{"far above", verify.Effect{Value: 9, Low: 8, High: 10}, verify.Within(1), `M120 7l-6 -4v8z`, "circle"},
		{"far below", verify.Effect{Value: -9, Low: -10, High: -8}, verify.Within(1), `M0 7l6 -4v8z`, "circle"},
		{"no number", verify.Effect{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}, verify.Within(1), `M0.0 7H120.0`, "circle"},
		{"open below", verify.Effect{Value: 0, Low: math.Inf(-1), High: 0}, verify.Band{Low: math.Inf(-1), High: 2}, `<rect x="0.0" y="0" width="80.0"`, "v8z"},
		{"open above", verify.Effect{Value: 2, Low: 2, High: 3}, verify.Band{Low: 2, High: math.Inf(1)}, `<rect x="40.0" y="0" width="80.0"`, "v8z"},
		{"open on both sides", verify.Effect{Value: 0}, verify.Band{Low: math.Inf(-1), High: math.Inf(1)}, `width="120.0"`, "v8z"},
		{"a band without width", verify.Effect{Value: 3, Low: 3, High: 3}, verify.Band{Low: 3, High: 3}, `<circle cx="40.0"`, "v8z"},
	} {
		got := string(report.Whisker(c.effect, c.band))
		if !strings.Contains(got, c.want) || strings.Contains(got, c.refuse) {
			t.Errorf("%s: %s, want %q and not %q", c.name, got, c.want, c.refuse)
		}
		if strings.Contains(got, "NaN") || strings.Contains(got, "Inf") {
			t.Errorf("%s: %s has a number no browser draws", c.name, got)
		}
	}
}

// TestRoundTrip: verdicts.json reads back as what was written, infinite bands
// and absent numbers included, and gives the same page.
func TestRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "for", "this")
	if report.Exists(dir) {
		t.Error("a folder that is not there holds verdicts")
	}
	if _, err := report.ReadVerdicts(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading from nowhere gives %v, want fs.ErrNotExist", err)
	}
	if err := report.Prepare(dir); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("a prepared folder holds %v (%v), want nothing", entries, err)
	}
	want := sample()
	want.Claims[0].Figure.Series[0].High[1] = 110 // JSON of a figure has finite numbers only
	if err := report.Write(dir, want); err != nil {
		t.Fatal(err)
	}
	got, err := report.ReadVerdicts(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("verdicts (-written +read):\n%s", diff)
	}
	page, err := os.ReadFile(filepath.Join(dir, report.IndexFile))
	if err != nil || string(page) != html(t, got) {
		t.Errorf("the page of the verdicts read differs from that of those written (%v)", err)
	}
	if !report.Exists(dir) {
		t.Error("the folder written holds no verdicts")
	}
}

// TestWholeOrAbsent: what cannot be written leaves no part of it behind, and
// what was there before stays.
func TestWholeOrAbsent(t *testing.T) {
	t.Run("a file in the way", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "report")
		if err := os.WriteFile(dir, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := report.Write(dir, sample()); err == nil {
			t.Error("a report was written where a file lies")
		}
		if err := report.Prepare(dir); err == nil {
			t.Error("a folder was prepared where a file lies")
		}
		if data, _ := os.ReadFile(dir); string(data) != "mine" {
			t.Errorf("the file now holds %q", data)
		}
	})
	for _, file := range []string{report.VerdictsFile, report.IndexFile} {
		t.Run("a folder in the place of "+file, func(t *testing.T) {
			dir := t.TempDir()
			blocked := filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Join(blocked, "x"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := report.Write(dir, sample()); err == nil {
				t.Error("a report was written over a folder")
			}
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Name() != report.VerdictsFile && e.Name() != report.IndexFile {
					t.Errorf("%s is left behind", e.Name())
				}
			}
		})
	}
	t.Run("a folder nobody may write to", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.Chmod(dir, 0o700) }()
		if probe := os.WriteFile(filepath.Join(dir, "probe"), nil, 0o600); probe == nil {
			t.Skip("this user may write everywhere")
		}
		if err := report.Write(dir, sample()); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("error is %v, want fs.ErrPermission", err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) > 0 {
			t.Errorf("%v is left behind", entries)
		}
	})
	t.Run("a number JSON cannot hold", func(t *testing.T) {
		dir := t.TempDir()
		if err := report.Write(dir, sample()); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(filepath.Join(dir, report.VerdictsFile))
		bad := sample()
		bad.Spent = math.NaN()
		if err := report.Write(dir, bad); err == nil {
			t.Error("NaN was written as JSON")
		}
		after, _ := os.ReadFile(filepath.Join(dir, report.VerdictsFile))
		if !bytes.Equal(before, after) {
			t.Error("the verdicts of before are gone")
		}
	})
}

// TestReject_ForeignVerdicts: a file of something else is refused by name.
func TestReject_ForeignVerdicts(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"", "{", `{"seed":"seven"}`, `[1,2]`, `{"claims":[{"verdict":"maybe"}]}`, `{"claims":[{"band":3}]}`, `{"claims":[{"effect":3}]}`} {
		if err := os.WriteFile(filepath.Join(dir, report.VerdictsFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := report.ReadVerdicts(dir); err == nil || !strings.Contains(err.Error(), report.VerdictsFile) {
			t.Errorf("%q: error is %v, want one that names the file", text, err)
		}
	}
}

// TestUndecidedIsNotChanged: the list of changed claims names no claim that
// chance has left open, and the other way round.
func TestUndecidedIsNotChanged(t *testing.T) {
	v := sample()
	v.Claims[2].TooFewRuns, v.Counts.Undecided, v.Counts.Changed = true, 1, 1
	var page bytes.Buffer
	if err := report.HTML(&page, v); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<p class="changed">1 changed: <a class="changed" href="#moved">moved</a> </p>`,
		`<p class="undecided">1 undecided, with too few runs: <a class="undecided" href="#no-number">no-number</a> </p>`,
		`<p class="undecided">verdict is undecided, expected agrees: too few runs</p>`,
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// TestGreekThroughout: no text of the page, of its tables or of its plots spells
// a Greek letter out.
func TestGreekThroughout(t *testing.T) {
	v := sample()
	c := &v.Claims[0]
	c.Statement, c.Left, c.Right, c.Reason, c.Effect.Name, c.Notes = "eta", "eta", "eta", "eta", "eta", []string{"eta"}
	v.Claims[1].Cause, v.Claims[2].Problem = "eta", "eta"
	c.Figure.Title, c.Figure.XLabel, c.Figure.YLabel, c.Figure.Series[0].Name = "eta", "eta", "eta", "eta"
	table := verify.Table{Title: "eta", Columns: []string{"eta"}, Notes: []string{"eta"}}
	table.AddRow("eta")
	c.Tables = []verify.Table{table}
	v.Kills = []verify.Kill{{Sabotage: "eta", By: "check", Finding: "eta", Killed: true}}
	page := html(t, v)
	if !strings.Contains(page, "An effect called detectable is the smallest that is caught with probability 0.999") {
		t.Error("the kill table does not say what a detectable effect is")
	}
	if found := regexp.MustCompile(`.{0,40}\beta\b.{0,40}`).FindAllString(page, -1); len(found) > 0 {
		t.Errorf("spelled out: %q", found)
	}
	if n := strings.Count(page, "η"); n < 18 {
		t.Errorf("%d times eta on the page, want every text that has it", n)
	}
}
