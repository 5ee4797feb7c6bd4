package report

import (
	"fmt"
	"html/template"
	"image/color"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sgdescape/verify"
)

// palette is Okabe and Ito's, distinguishable without colour vision.
var palette = []color.RGBA{
	{R: 0, G: 114, B: 178, A: 255},
	{R: 213, G: 94, B: 0, A: 255},
	{R: 0, G: 158, B: 115, A: 255},
	{R: 204, G: 121, B: 167, A: 255},
	{R: 86, G: 180, B: 233, A: 255},
	{R: 230, G: 159, B: 0, A: 255},
	{R: 60, G: 60, B: 60, A: 255},
}

// dashes tell exact lines apart in grey print.
var dashes = [][]vg.Length{{6, 3}, {2, 2}, {8, 2, 2, 2}, {4, 2}}

// styleOf is the place of a series in the tables of styles: its own, or else its
// index in the figure.
func styleOf(s verify.Series, index int) int {
	if s.Style > 0 {
		return s.Style - 1
	}
	return index
}

// isPoints tells whether a series is drawn as shapes, not as a line.
func isPoints(s verify.Series) bool { return s.Mark == verify.Points || s.Mark == verify.Bounds }

// lineStyle is the stroke of the series at a place in its figure.
func lineStyle(s verify.Series, index int) draw.LineStyle {
	index = styleOf(s, index)
	style := draw.LineStyle{Color: palette[index%len(palette)], Width: vg.Points(1.5)}
	switch s.Mark {
	case verify.Exact:
		style.Dashes = dashes[index%len(dashes)]
	case verify.Points, verify.Bounds:
		style.Width = vg.Points(1)
	}
	return style
}

// glyph is the shape of the points of the series at a place in its figure.
func glyph(s verify.Series, index int) draw.GlyphDrawer {
	if s.Mark == verify.Bounds {
		return arrowGlyph{}
	}
	shapes := []draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}}
	return shapes[styleOf(s, index)%len(shapes)]
}

// arrowLength is the length of an [arrowGlyph], in points.
const arrowLength = 18

// arrowGlyph is an arrow upwards that starts at the point.
type arrowGlyph struct{}

// DrawGlyph implements [draw.GlyphDrawer].
func (arrowGlyph) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, p vg.Point) {
	const head, half = 7, 3.5
	c.SetColor(style.Color)
	c.SetLineWidth(vg.Points(1.5))
	c.SetLineDash(nil, 0)
	for _, line := range [][2]vg.Point{
		{{X: p.X - half, Y: p.Y}, {X: p.X + half, Y: p.Y}},
		{p, {X: p.X, Y: p.Y + arrowLength - head}},
	} {
		var path vg.Path
		path.Move(line[0])
		path.Line(line[1])
		c.Stroke(path)
	}
	var tip vg.Path
	tip.Move(vg.Point{X: p.X, Y: p.Y + arrowLength})
	tip.Line(vg.Point{X: p.X - half, Y: p.Y + arrowLength - head})
	tip.Line(vg.Point{X: p.X + half, Y: p.Y + arrowLength - head})
	tip.Close()
	c.Fill(tip)
}

// Legend writes what each mark of a figure means, as inline elements that wrap
// at any width. It stands outside the drawing, so that it covers no data.
func Legend(f *verify.Figure) template.HTML {
	var b strings.Builder
	for i, s := range f.Series {
		fmt.Fprintf(&b, `<span class="key"><svg viewBox="0 0 28 10" aria-hidden="true">%s</svg>%s</span> `,
			swatch(s, i), template.HTMLEscapeString(typeset(s.Name)))
	}
	return template.HTML(b.String())
}

// swatch draws the mark of a series in a box of 28 by 10.
func swatch(s verify.Series, index int) string {
	c := palette[styleOf(s, index)%len(palette)]
	hex := fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
	if s.Mark == verify.Bounds {
		return fmt.Sprintf(`<path d="M14 0l4 5h-3v4h3v1h-8v-1h3v-4h-3z" fill="%s"/>`, hex)
	}
	if !isPoints(s) {
		style := lineStyle(s, index)
		dash := make([]string, len(style.Dashes))
		for i, d := range style.Dashes {
			dash[i] = fmt.Sprint(d.Points())
		}
		return fmt.Sprintf(`<path d="M1 5H27" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>`, hex, strings.Join(dash, " "))
	}
	shape := map[int]string{
		0: `<circle cx="14" cy="5" r="4" fill="%s"/>`,
		1: `<path d="M10 1h8v8h-8z" fill="%s"/>`,
		2: `<path d="M14 0l5 9h-10z" fill="%s"/>`,
	}[styleOf(s, index)%3]
	return fmt.Sprintf(shape, hex)
}
