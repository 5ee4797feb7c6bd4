package sde

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"sgdescape/model/landscape"
	"sgdescape/sim/lane"
	"sgdescape/sim/vector"
)

// TestProp_LandscapeBlocks: the vector loops of the catalogue give the bits of the
// portable ones for any parameters, number of lanes and points.
func TestProp_LandscapeBlocks(t *testing.T) {
	number := rapid.Float64Range(-3, 3)
	positive := rapid.Float64Range(0.1, 3)
	kinds := map[string]func(t *rapid.T) (n int, block func(vector.Set) Block){
		"polynomial": func(t *rapid.T) (int, func(vector.Set) Block) {
			pairs := make([][2]float64, rapid.IntRange(2, 9).Draw(t, "coefficients"))
			for i := range pairs {
				pairs[i] = [2]float64{number.Draw(t, "c"), number.Draw(t, "slope")}
			}
			return 1, func(set vector.Set) Block { return &polynomialBlock{rows{set}, pairs} }
		},
		"quadratic": func(t *rapid.T) (int, func(vector.Set) Block) {
			n := rapid.IntRange(1, 5).Draw(t, "n")
			h, minimum := rapid.SliceOfN(number, n*n, n*n).Draw(t, "h"), rapid.SliceOfN(number, n, n).Draw(t, "minimum")
			floor := positive.Draw(t, "floor")
			return n, func(set vector.Set) Block { return &quadraticBlock{rows{set}, n, h, minimum, floor} }
		},
		"channel": func(t *rapid.T) (int, func(vector.Set) Block) {
			draw := func(name string) float64 { return positive.Draw(t, name) }
			c := landscape.ChannelParameters{Dim: rapid.IntRange(1, 4).Draw(t, "n"), Floor: draw("floor"), Height: draw("height"),
				Width: draw("width"), KMin: draw("kMin"), KSaddle: draw("kSaddle")}
			return c.Dim, func(set vector.Set) Block { return &channelBlock{c, rows{set}} }
		},
	}
	for kind, draw := range kinds {
		for _, set := range vector.Available()[1:] {
			t.Run(fmt.Sprintf("%s/%v", kind, set), func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					n, block := draw(t)
					active := rapid.IntRange(0, lane.Width).Draw(t, "active")
					points := rapid.OneOf(number, rapid.Float64Range(-40, 40), rapid.Float64(), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN()}))
					theta := make([]float64, n*lane.Width)
					for i := range n {
						for j := range active {
							theta[i*lane.Width+j] = points.Draw(t, "theta")
						}
					}
					got, want := evaluate(block(set), theta, n, active), evaluate(block(vector.Portable), theta, n, active)
					for i := range got {
						if g, w := got[i], want[i]; math.Float64bits(g) != math.Float64bits(w) && !(g != g && w != w) {
							t.Fatalf("number %d: %v, portable %v", i, g, w)
						}
					}
				})
			})
		}
	}
}

// evaluate returns the losses and gradients of the active lanes.
func evaluate(b Block, theta []float64, n, active int) (out []float64) {
	var loss laneRow
	grad := make([]float64, n*lane.Width)
	b.Eval(theta, loss[:active], grad)
	out = append(out, loss[:active]...)
	for i := range n {
		out = append(out, row(grad, i, active)...)
	}
	return out
}
