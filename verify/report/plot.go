package report

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"sgdescape/verify"
)

// Size of a plot; the page scales it to the width of the screen. It is small
// so that letters stay readable on a phone.
const (
	width  = 14 * vg.Centimeter
	height = 8.6 * vg.Centimeter
)

// margin is the part of an axis left free on either side of the data.
const margin = 0.04

var (
	inkColor  = color.RGBA{R: 60, G: 60, B: 60, A: 255}
	gridColor = color.RGBA{R: 222, G: 222, B: 222, A: 255}
)

// SVG draws a figure as an inline <svg> element, without its title and legend.
// Points that an axis cannot show, such as 0 on a logarithmic one, are left
// out; an error bar that has no finite end, or none the axis can show, runs to
// the edge of the drawing and has no cap there.
func SVG(f *verify.Figure) (template.HTML, error) {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = typeset(f.XLabel), typeset(f.YLabel)
	xTicks, yTicks := &p.X.Tick.Label, &p.Y.Tick.Label
	for _, style := range []*text.Style{&p.X.Label.TextStyle, &p.Y.Label.TextStyle, xTicks, yTicks} {
		style.Font.Variant = "Sans"
		style.Font.Size = 11
		style.Color = inkColor
	}
	fitLabel(&p.Y, height)
	fitLabel(&p.X, width)
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = gridColor, gridColor
	p.Add(grid)
	for _, points := range []bool{false, true} { // points on top of lines
		for i, s := range f.Series {
			if isPoints(s) != points {
				continue
			}
			if err := addSeries(p, f, s, i); err != nil {
				return "", fmt.Errorf("figure %q, series %q: %w", f.Title, s.Name, err)
			}
		}
	}
	setAxis(&p.X, f.XLog)
	setAxis(&p.Y, f.YLog)
	switch {
	case len(f.XNames) > 0:
		nameAxis(&p.X, f.XNames)
	case !f.XLog && whole(f):
		p.X.Tick.Marker = plot.TickerFunc(wholeTicks)
	}
	canvas := vgsvg.New(width, height)
	p.Draw(draw.New(canvas))
	var buf bytes.Buffer
	if _, err := canvas.WriteTo(&buf); err != nil {
		return "", fmt.Errorf("figure %q: %w", f.Title, err)
	}
	_, element, _ := strings.Cut(buf.String(), "<svg")
	return template.HTML(fmt.Sprintf(`<svg role="img" aria-label="%s"%s`, template.HTMLEscapeString(typeset(f.Title)), element)), nil
}

// fitLabel breaks the label of an axis at a space, until every line fits.
func fitLabel(a *plot.Axis, available vg.Length) {
	const usable = 0.8 // of the drawing is along the axis
	a.Label.Padding = vg.Points(3)
	var lines []string
	line := ""
	for _, word := range strings.Fields(a.Label.Text) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && a.Label.TextStyle.Width(longer) > usable*available {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	a.Label.Text = strings.Join(append(lines, line), "\n")
}

// setAxis sets ticks and range, given the range of the data. A logarithmic axis
// is a linear one of decimal logarithms.
//
// Note: plot.LogScale leaves the wrong room for the label of an axis.
func setAxis(a *plot.Axis, log bool) {
	a.Padding = 0
	a.Color, a.Tick.Color = inkColor, inkColor
	a.Tick.Length = vg.Points(5)
	a.Tick.Marker = plot.TickerFunc(evenTicks)
	if log {
		a.Tick.Marker = plot.TickerFunc(func(low, high float64) []plot.Tick {
			ticks := logTicks(math.Pow(10, low), math.Pow(10, high))
			for i := range ticks {
				ticks[i].Value = math.Log10(ticks[i].Value)
			}
			return ticks
		})
	}
	if !(a.Min <= a.Max) { // no data
		a.Min, a.Max = 0, 1
	}
	room := margin * (a.Max - a.Min)
	if !(room > math.Max(1e-9*math.Abs(a.Max), 1/largest)) {
		room = math.Max(0.1*math.Abs(a.Max), 0.1)
	}
	a.Min, a.Max = a.Min-room, a.Max+room
}

// nameAxis puts names at 0, 1, ... with half a place free on either side.
func nameAxis(a *plot.Axis, names []string) {
	ticks := make([]plot.Tick, len(names))
	for i, name := range names {
		ticks[i] = plot.Tick{Value: float64(i), Label: typeset(name)}
	}
	a.Tick.Marker = plot.ConstantTicks(ticks)
	a.Min, a.Max = -0.5, float64(len(names))-0.5
}

// place is where x lies on an axis.
func place(x float64, log bool) float64 {
	if log {
		return math.Log10(x)
	}
	return x
}

func addSeries(p *plot.Plot, f *verify.Figure, s verify.Series, index int) error {
	shown := errorBars{LineStyle: lineStyle(s, index)}
	withBars := len(s.Low) == len(s.X) && len(s.High) == len(s.X)
	for i := range s.X {
		x, y := s.X[i], s.Y[i]
		if bad(x, f.XLog) || bad(y, f.YLog) {
			continue
		}
		shown.XYs = append(shown.XYs, plotter.XY{X: place(x, f.XLog), Y: place(y, f.YLog)})
		if withBars {
			shown.low, shown.high = append(shown.low, open(s.Low[i], f.YLog, -1)), append(shown.high, open(s.High[i], f.YLog, 1))
		}
	}
	if len(shown.XYs) == 0 {
		return nil
	}
	if !isPoints(s) {
		line, err := plotter.NewLine(shown.XYs)
		if err != nil {
			return err
		}
		line.LineStyle = shown.LineStyle
		p.Add(line)
		if len(shown.XYs) > 1 {
			return nil
		}
		// a line of one point would be invisible
		dot, err := plotter.NewScatter(shown.XYs)
		if err != nil {
			return err
		}
		dot.GlyphStyle = draw.GlyphStyle{Color: shown.Color, Radius: vg.Points(2), Shape: draw.CircleGlyph{}}
		p.Add(dot)
		return nil
	}
	scatter, err := plotter.NewScatter(shown.XYs)
	if err != nil {
		return err
	}
	scatter.GlyphStyle = draw.GlyphStyle{Color: shown.Color, Radius: vg.Points(3), Shape: glyph(s, index)}
	if s.Mark == verify.Bounds {
		scatter.Radius = arrowLength // room for it
	}
	if withBars {
		p.Add(shown)
	}
	p.Add(scatter)
	return nil
}

// whole tells whether the places of all points are whole numbers, such as
// dimensions.
func whole(f *verify.Figure) bool {
	for _, s := range f.Series {
		for _, x := range s.X {
			if x != math.Trunc(x) {
				return false
			}
		}
	}
	return true
}

// largest is the largest number an axis can show; the smallest of a logarithmic
// axis is its inverse. Beyond, the range of an axis overflows.
const largest = 1e250

// bad tells whether an axis cannot show x.
func bad(x float64, log bool) bool {
	return !(math.Abs(x) <= largest) || log && !(x >= 1/largest)
}

// open is where the end of an error bar lies on an axis: at infinity, with the
// given sign, if the axis cannot show it.
func open(x float64, log bool, sign int) float64 {
	if bad(x, log) {
		return math.Inf(sign)
	}
	return place(x, log)
}

// errorBars are vertical bars from low to high, which need not include the
// point. An infinite end is drawn up to the edge.
type errorBars struct {
	plotter.XYs
	low, high []float64
	draw.LineStyle
}

// Plot implements [plot.Plotter].
func (e errorBars) Plot(c draw.Canvas, p *plot.Plot) {
	const halfCap = 3
	toX, toY := p.Transforms(&c)
	for i, point := range e.XYs {
		x := toX(point.X)
		ends := [2]vg.Length{c.Min.Y, c.Max.Y}
		for j, y := range [2]float64{e.low[i], e.high[i]} {
			if !math.IsInf(y, 0) {
				ends[j] = toY(y)
				c.StrokeLine2(e.LineStyle, x-halfCap, ends[j], x+halfCap, ends[j])
			}
		}
		c.StrokeLine2(e.LineStyle, x, ends[0], x, ends[1])
	}
}

// DataRange implements [plot.DataRanger].
func (e errorBars) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin, xmax, ymin, ymax = plotter.XYRange(e.XYs)
	for i := range e.low {
		for _, y := range [2]float64{e.low[i], e.high[i]} {
			if !math.IsInf(y, 0) {
				ymin, ymax = math.Min(ymin, y), math.Max(ymax, y)
			}
		}
	}
	return xmin, xmax, ymin, ymax
}
