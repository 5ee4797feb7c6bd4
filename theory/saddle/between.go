package saddle

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/interp"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// BetweenOptions of [Between]. The zero value asks for the defaults (source:
// choices of this package).
type BetweenOptions struct {
	Images   int // points of the string, ends included; 0 stands for 33
	MaxSteps int // 0 stands for 20000
}

// Between returns the highest saddle on the minimum-energy path between two
// minima. A string of images slides down the gradient and is spread evenly after
// every step (E2007, simplified string method); its highest point is finished by
// eigenvector following and Newton's method. Use it where [Find] leaves by
// another way: the valley floor may branch off the direction of the softest mode.
// Errors are those of Find.
func Between(l landscape.Landscape, from, to []float64, o BetweenOptions) (Point, error) {
	if err := checkStart("saddle search", l, from); err != nil {
		return Point{}, err
	}
	if err := checkStart("saddle search", l, to); err != nil {
		return Point{}, err
	}
	if o.Images == 0 {
		o.Images = 33
	}
	if o.MaxSteps == 0 {
		o.MaxSteps = 20000
	}
	err := model.CheckDomain("saddle search").
		AtLeast(5, "images", o.Images).
		AtLeast(1, "largest number of steps", o.MaxSteps).
		That(floats.Distance(from, to, 2) > 0, "minima", from, "two different points").Err()
	if err != nil {
		return Point{}, err
	}
	w := newWorkspace(l)
	path := make([][]float64, o.Images)
	for i := range path {
		path[i] = make([]float64, w.n)
		s := float64(i) / float64(o.Images-1)
		for j := range w.n {
			path[i][j] = (1-s)*from[j] + s*to[j]
		}
	}
	length := floats.Distance(from, to, 2)
	var steps int
	for steps = 1; steps <= o.MaxSteps; steps++ {
		if steps%20 == 1 && !w.stableStep(path) {
			return Point{}, &ConvergenceError{Theta: path[o.Images/2], GradientNorm: math.NaN(), Iterations: steps}
		}
		before := append([]float64(nil), path[highest(l, path)]...)
		for _, x := range path {
			l.Grad(w.grad, x)
			floats.AddScaled(x, -w.descent, w.grad)
		}
		spread(path)
		if moved := floats.Distance(before, path[highest(l, path)], 2); moved < 1e-7*length {
			break
		}
	}
	top := path[highest(l, path)]
	return w.climb(top, length/float64(o.Images), 500, steps)
}

// stableStep sets the step of steepest descent from the largest curvature along
// the path.
func (w *workspace) stableStep(path [][]float64) bool {
	top := 0.0
	for _, x := range path {
		if !w.at(x) {
			return false
		}
		top = math.Max(top, math.Max(math.Abs(w.values[0]), math.Abs(w.values[w.n-1])))
	}
	w.descent = 0.5 / top
	return top > 0
}

// highest returns the index of the inner image with the largest loss.
func highest(l landscape.Landscape, path [][]float64) int {
	best, top := 1, math.Inf(-1)
	for i := 1; i+1 < len(path); i++ {
		if v := l.Loss(path[i]); v > top {
			best, top = i, v
		}
	}
	return best
}

// spread moves the images to equal distances along the path.
func spread(path [][]float64) {
	m := len(path)
	arc := make([]float64, m)
	for i := 1; i < m; i++ {
		arc[i] = arc[i-1] + floats.Distance(path[i], path[i-1], 2)
	}
	component := make([]float64, m)
	for j := range path[0] {
		for i, x := range path {
			component[i] = x[j]
		}
		var line interp.PiecewiseLinear
		if line.Fit(arc, component) != nil {
			return // images coincide; the next step separates them or the search ends
		}
		for i := 1; i+1 < m; i++ {
			path[i][j] = line.Predict(arc[m-1] * float64(i) / float64(m-1))
		}
	}
}
