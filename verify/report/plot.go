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
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"sgdescape/verify"
)

// Size of a plot in the report.
const (
	width  = 17 * vg.Centimeter
	height = 10.5 * vg.Centimeter
)

// palette is Okabe and Ito's, distinguishable without colour vision and in
// grey print.
var palette = []color.Color{
	color.RGBA{R: 0, G: 114, B: 178, A: 255},
	color.RGBA{R: 213, G: 94, B: 0, A: 255},
	color.RGBA{R: 0, G: 158, B: 115, A: 255},
	color.RGBA{R: 204, G: 121, B: 167, A: 255},
	color.RGBA{R: 86, G: 180, B: 233, A: 255},
	color.RGBA{R: 230, G: 159, B: 0, A: 255},
	color.RGBA{R: 60, G: 60, B: 60, A: 255},
}

// SVG draws a figure as an inline <svg> element. Points that a logarithmic
// axis cannot show are left out of the drawing.
func SVG(f *verify.Figure) (template.HTML, error) {
	p := plot.New()
	p.Title.Text = f.Title
	p.Title.TextStyle.Font.Size = 13
	p.X.Label.Text, p.Y.Label.Text = f.XLabel, f.YLabel
	p.Legend.Top = true
	p.Legend.Padding = 2
	p.Add(plotter.NewGrid())
	for i, s := range f.Series {
		if err := addSeries(p, f, s, i); err != nil {
			return "", fmt.Errorf("figure %q, series %q: %w", f.Title, s.Name, err)
		}
	}
	axis(&p.X, f.XLog)
	axis(&p.Y, f.YLog)
	canvas := vgsvg.New(width, height)
	p.Draw(draw.New(canvas))
	var buf bytes.Buffer
	if _, err := canvas.WriteTo(&buf); err != nil {
		return "", fmt.Errorf("figure %q: %w", f.Title, err)
	}
	svg := buf.String()
	svg = svg[strings.Index(svg, "<svg"):]
	return template.HTML(svg), nil
}

func axis(a *plot.Axis, log bool) {
	if !log {
		return
	}
	a.Scale = plot.LogScale{}
	a.Tick.Marker = plot.LogTicks{Prec: -1}
	if a.Max <= a.Min {
		a.Min, a.Max = a.Min/2, a.Max*2
	}
}

// drawable are the points of a series an axis can show.
type drawable struct {
	plotter.XYs
	plotter.YErrors
}

func addSeries(p *plot.Plot, f *verify.Figure, s verify.Series, index int) error {
	bars := len(s.Low) == len(s.X)
	var d drawable
	for i := range s.X {
		x, y := s.X[i], s.Y[i]
		if bad(x, f.XLog) || bad(y, f.YLog) {
			continue
		}
		d.XYs = append(d.XYs, plotter.XY{X: x, Y: y})
		if bars {
			low, high := s.Low[i], s.High[i]
			if bad(low, f.YLog) {
				low = y
			}
			if bad(high, f.YLog) {
				high = y
			}
			d.YErrors = append(d.YErrors, struct{ Low, High float64 }{y - low, high - y})
		}
	}
	if len(d.XYs) == 0 {
		return nil
	}
	col := palette[index%len(palette)]
	if s.Mark == verify.Points {
		scatter, err := plotter.NewScatter(d.XYs)
		if err != nil {
			return err
		}
		scatter.GlyphStyle = draw.GlyphStyle{Color: col, Radius: vg.Points(3), Shape: draw.CircleGlyph{}}
		p.Add(scatter)
		p.Legend.Add(s.Name, scatter)
		if bars {
			errorBars, err := plotter.NewYErrorBars(d)
			if err != nil {
				return err
			}
			errorBars.Color = col
			p.Add(errorBars)
		}
		return nil
	}
	line, err := plotter.NewLine(d.XYs)
	if err != nil {
		return err
	}
	line.Color = col
	line.Width = vg.Points(1.5)
	if s.Mark == verify.Exact {
		line.Dashes = []vg.Length{vg.Points(6), vg.Points(3)}
	}
	p.Add(line)
	p.Legend.Add(s.Name, line)
	return nil
}

func bad(x float64, log bool) bool {
	return math.IsNaN(x) || math.IsInf(x, 0) || log && !(x > 0)
}
