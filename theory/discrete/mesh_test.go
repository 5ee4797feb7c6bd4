package discrete

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"
)

// nodeRounding bounds what the rounding of the nodes, relative to the shortest
// panel, does to a basis function, whose slope is the square of the order.
const nodeRounding = 0x1p-52 * 2 / 1e-3 * 24 * 24

// The weights of the nodes, state by state from the basis functions and all at
// once from the moments of the panels.
func TestProp_Moments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMesh(-1, 2, [2]float64{rapid.Float64Range(1e-3, 0.1).Draw(t, "finest"), 1e-3}, focus{}, rapid.IntRange(3, 24).Draw(t, "order"))
		direct, gathered := make([]float64, len(m.nodes)), make([]float64, len(m.nodes))
		moments, l := m.moments(), make([]float64, m.order)
		total := 0.0
		for range rapid.IntRange(1, 40).Draw(t, "states") {
			x, w := rapid.Float64Range(-1, 2).Draw(t, "x"), rapid.Float64Range(0, 1).Draw(t, "w")
			floats.AddScaled(direct[m.basis(l, x):][:m.order], w, l)
			moments.add(x, w)
			total += w
		}
		moments.weights(gathered)
		if d := floats.Distance(direct, gathered, math.Inf(1)); !(d <= nodeRounding*(1+total)) {
			t.Fatalf("the weights differ by %g", d)
		}
		if sum := floats.Sum(gathered); !(math.Abs(sum-total) <= 1e-12*(1+total)) {
			t.Fatalf("the weights add up to %g, those of the states to %g", sum, total)
		}
	})
}

// Every edge and node belongs to a panel, whichever panel was last.
func TestMoments_Edges(t *testing.T) {
	m := newMesh(0, 1, [2]float64{0.01, 0.01}, focus{}, 5)
	for _, from := range []float64{0, 0.5, 1} {
		for _, x := range append(append([]float64(nil), m.edges...), m.nodes...) {
			moments, got, want := m.moments(), make([]float64, len(m.nodes)), make([]float64, len(m.nodes))
			moments.add(from, 0)
			moments.add(x, 1)
			moments.weights(got)
			m.basis(want[m.basis(make([]float64, 5), x):][:5], x)
			if d := floats.Distance(got, want, math.Inf(1)); !(d <= nodeRounding) {
				t.Errorf("from %v to %v: the weights differ by %g", from, x, d)
			}
		}
	}
}

// The density by multiplication and by logarithms. Source: closed form.
func TestChi_Density(t *testing.T) {
	for _, k := range []int{1, 2, 3, 10, 63, mostFactors, mostFactors + 1, 400} {
		c := newChi(k)
		for _, u := range []float64{1e-3, 0.1, 1, math.Sqrt(float64(k)), math.Sqrt(float64(k)) + 5} {
			lg, _ := math.Lgamma(float64(k) / 2)
			want := (float64(k)-1)*math.Log(u) - u*u/2 - (float64(k)/2-1)*math.Ln2 - lg
			got := c.density(u)
			if want < -700 {
				continue // underflows
			}
			if d := math.Log(got) - want; !(math.Abs(d) <= 1e-12*(1+math.Abs(want))) {
				t.Errorf("k = %d, u = %v: log density off by %g", k, u, d)
			}
		}
	}
}
