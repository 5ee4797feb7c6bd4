package quasipotential

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/interp"

	"sgdescape/model"
)

// Options of [Solve]. The zero value asks for the defaults (source: choices of
// this package).
type Options struct {
	Segments int         // of the coarsest mesh; 0 stands for 32
	Initial  [][]float64 // first guess of the path, ends included; nil stands for the straight line
}

// A Path is a minimum-action path (Heymann2008).
type Path struct {
	// Action is the quasi-potential V between the ends: exit times grow as
	// exp(V/eps).
	Action float64
	// ActionError estimates its absolute error, from three meshes.
	ActionError float64
	// Settled is false when the minimisation ran out of steps on some mesh; the
	// action is then an upper bound of the mesh's own minimum.
	Settled bool
	// Meshes holds the action on each mesh, segments doubled each time.
	Meshes []float64
	// Points of the path on the finest mesh, from start to end.
	Points [][]float64
	// Reversal is the mean angle, in radians, in the metric of A^-1 and weighted by
	// the action, between the path and the reversed drift: 0 under detailed
	// balance.
	Reversal float64
	// LogLossBarrier is log(L_end/L_start), the action under A = 1.
	LogLossBarrier float64
}

// Solve returns the path of least action between the ends of the problem and the
// quasi-potential V along it. For A = 1 and a minimum and a saddle of one basin
// V = log(L_s/L*) (Mori2022, Eqs. 15, 22). The minimisation is local: of several
// paths it finds the one that the initial guess leads to.
//
// The error wraps [model.ErrDomain] for bad arguments.
func Solve(p Problem, o Options) (Path, error) {
	if o.Segments == 0 {
		o.Segments = 32
	}
	d := model.CheckDomain("options of the quasi-potential").
		That(o.Segments >= 8 && o.Segments <= 4096, "segments", o.Segments, "an integer from 8 to 4096, or 0 for the default")
	if err := d.Include(p.Validate()).Err(); err != nil {
		return Path{}, err
	}
	guess := o.Initial
	if guess == nil {
		guess = [][]float64{p.From, p.To}
	}
	d.That(len(guess) >= 2, "points of the initial path", len(guess), "an integer >= 2")
	for _, x := range guess {
		d.That(len(x) == len(p.From), "point of the initial path", x, fmt.Sprintf("a vector of length n = %d", len(p.From)))
	}
	if err := d.Err(); err != nil {
		return Path{}, err
	}
	w := newWhitened(p)
	path := make([][]float64, len(guess))
	for i, x := range guess {
		path[i] = make([]float64, w.n)
		multiply(path[i], w.inverse, x)
	}
	multiply(path[0], w.inverse, p.From)
	multiply(path[len(path)-1], w.inverse, p.To)

	out := Path{LogLossBarrier: math.Log(p.Landscape.Loss(p.To) / p.Landscape.Loss(p.From))}
	for level := range 3 {
		path = spread(path, o.Segments<<level)
		value, settled := w.relax(path)
		out.Settled = settled && (level == 0 || out.Settled)
		out.Meshes = append(out.Meshes, value)
	}
	r1 := (4*out.Meshes[1] - out.Meshes[0]) / 3
	r2 := (4*out.Meshes[2] - out.Meshes[1]) / 3
	out.Action = r2
	out.ActionError = math.Abs(r2 - r1)
	out.Reversal = w.reversal(path)
	out.Points = make([][]float64, len(path))
	for i, y := range path {
		out.Points[i] = make([]float64, w.n)
		multiply(out.Points[i], w.c, y)
	}
	copy(out.Points[0], p.From)
	copy(out.Points[len(path)-1], p.To)
	return out, nil
}

// spread returns a path of equal segments along the curve through the points:
// cubic splines, or straight lines through fewer than four points. Points that
// all but coincide with their predecessor are left out of the curve.
func spread(path [][]float64, segments int) [][]float64 {
	path = thinned(path)
	m, n := len(path), len(path[0])
	arc := make([]float64, m)
	for i := 1; i < m; i++ {
		arc[i] = arc[i-1] + floats.Distance(path[i], path[i-1], 2)
	}
	out := make([][]float64, segments+1)
	for i := range out {
		out[i] = make([]float64, n)
	}
	component := make([]float64, m)
	for j := range n {
		for i, y := range path {
			component[i] = y[j]
		}
		var curve interp.FittablePredictor = &interp.PiecewiseLinear{}
		if m >= 4 {
			curve = &interp.NotAKnotCubic{}
		}
		if err := curve.Fit(arc, component); err != nil {
			panic("quasipotential: " + err.Error()) // points of a path are distinct
		}
		for i := range out {
			out[i][j] = curve.Predict(arc[m-1] * float64(i) / float64(segments))
		}
	}
	copy(out[0], path[0])
	copy(out[segments], path[m-1])
	return out
}

// thinned leaves out points closer than a tenth of the mean distance to the last
// one kept, or to the end.
func thinned(path [][]float64) [][]float64 {
	m := len(path)
	length := 0.0
	for i := 1; i < m; i++ {
		length += floats.Distance(path[i], path[i-1], 2)
	}
	least := 0.1 * length / float64(m-1)
	kept := path[:1:1]
	for _, y := range path[1 : m-1] {
		if floats.Distance(y, kept[len(kept)-1], 2) > least && floats.Distance(y, path[m-1], 2) > least {
			kept = append(kept, y)
		}
	}
	return append(kept, path[m-1])
}

func clone(path [][]float64) [][]float64 {
	out := make([][]float64, len(path))
	for i, y := range path {
		out[i] = append([]float64(nil), y...)
	}
	return out
}
