package report

import (
	"fmt"
	"html/template"
	"math"

	"sgdescape/verify"
)

// Whisker draws the interval of an effect over its band, on a scale on which
// every band has the same place: the band in the middle third, from 1/3 to 2/3.
// What lies outside is cut off at the edge and marked by an arrow. A band that
// is open on one side is shaded to that edge.
func Whisker(e verify.Effect, b verify.Band) template.HTML {
	const w, h, middle = 120.0, 14.0, 7.0
	place := bandScale(b)
	low, value, high := clip(place(e.Low), 0), clip(place(e.Value), 0.5), clip(place(e.High), 1)
	left, right := clip(place(b.Low), 0), clip(place(b.High), 1)
	drawing := fmt.Sprintf(`<rect x="%.1f" y="0" width="%.1f" height="%g" class="band"/>`, left*w, (right-left)*w, h)
	drawing += fmt.Sprintf(`<path d="M%.1f %gH%.1f" class="whisker"/>`, low*w, middle, math.Max(high*w, low*w+1))
	switch {
	case math.IsNaN(e.Value):
	case value <= 0:
		drawing += fmt.Sprintf(`<path d="M0 %gl6 -4v8z"/>`, middle)
	case value >= 1:
		drawing += fmt.Sprintf(`<path d="M%g %gl-6 -4v8z"/>`, w, middle)
	default:
		drawing += fmt.Sprintf(`<circle cx="%.1f" cy="%g" r="3"/>`, value*w, middle)
	}
	return template.HTML(fmt.Sprintf(`<svg class="effect" viewBox="0 0 %g %g" aria-hidden="true">%s</svg>`, w, h, drawing))
}

// bandScale maps the band to the middle third of [0, 1].
func bandScale(b verify.Band) func(float64) float64 {
	low, high := b.Low, b.High
	switch { // an open side gets a band as wide as its finite edge is large
	case math.IsInf(low, -1) && math.IsInf(high, 1):
		low, high = -1, 1
	case math.IsInf(low, -1):
		low = high - math.Max(math.Abs(high), 1)
	case math.IsInf(high, 1):
		high = low + math.Max(math.Abs(low), 1)
	}
	size := high - low
	if !(size > 0) {
		size = 1
	}
	return func(x float64) float64 { return (1 + (x-low)/size) / 3 }
}

// clip bounds x to [0, 1], with a value for NaN.
func clip(x, otherwise float64) float64 {
	if math.IsNaN(x) {
		return otherwise
	}
	return math.Min(math.Max(x, 0), 1)
}
