package saddle

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// Options of [Find]. The zero value asks for the defaults (source: choices of
// this package).
type Options struct {
	// Direction is the way out of the minimum, of length n; nil stands for both
	// ways along every eigenvector, of which the lowest saddle is returned.
	Direction []float64
	// TrustRadius bounds the length of a step; 0 stands for 0.05 times the
	// larger of 1 and |theta*|.
	TrustRadius float64
	// MaxSteps bounds the number of shells and, separately, of steps after them;
	// 0 stands for 2000.
	MaxSteps int
}

// Find climbs from the minimum to a saddle in three stages.
//
//  1. Shells: the valley floor is followed as the local minimum of L on spheres
//     of growing radius about the minimum (Crippen1971), until L falls with the
//     radius.
//  2. Eigenvector following: uphill along the eigenvector of the lowest
//     eigenvalue, downhill along all others,
//     step = sum_i -/+ g_i/|h_i| e_i, |step| <= trust radius (Cerjan1981, Wales1994).
//  3. Newton's method, to rounding.
//
// The start is polished to the minimum first. The result has exactly one negative
// eigenvalue; else the error is an [IndexError] that names the index. A search
// that does not arrive ends in a [ConvergenceError]; bad arguments wrap
// [model.ErrDomain].
//
// A valley has several ways out. With a Direction the saddle found is that of the
// way, and need not be the lowest. Without one the floor along the softest
// eigenvector is followed, and then eigenvector following starts from the minimum
// both ways along every eigenvector, the softest first, and stays with it by its
// overlap from step to step; a way is given up above a saddle already found. The
// lowest saddle is returned, or the error of the first way when there is none. A
// way that branches may hide a lower one: with both minima known, [Between] is
// safer.
func Find(l landscape.Landscape, minimum []float64, o Options) (Point, error) {
	if err := checkStart("saddle search", l, minimum); err != nil {
		return Point{}, err
	}
	if o.TrustRadius == 0 {
		o.TrustRadius = 0.05 * math.Max(1, floats.Norm(minimum, 2))
	}
	if o.MaxSteps == 0 {
		o.MaxSteps = 2000
	}
	d := model.CheckDomain("saddle search").
		Positive("trust radius", o.TrustRadius).
		AtLeast(1, "largest number of steps", o.MaxSteps)
	if length := floats.Norm(o.Direction, 2); o.Direction != nil {
		d.That(len(o.Direction) == l.Dim() && length > 0 && !math.IsInf(length, 0), "direction", o.Direction, "a finite vector of length n, not zero, or nil")
	}
	if err := d.Err(); err != nil {
		return Point{}, err
	}
	w := newWorkspace(l)
	start, err := w.polish(minimum, 0)
	if err != nil {
		return Point{}, err
	}
	if start.Index() != 0 {
		return Point{}, &IndexError{Point: start, Want: 0}
	}
	first, err := w.alongFloor(start.Theta, o)
	if o.Direction != nil {
		return first, err
	}
	best, found := first, err == nil
	for i := range w.n {
		for _, sign := range []float64{1, -1} {
			bound := math.Inf(1)
			if found {
				bound = best.Loss
			}
			away := mat.Col(nil, i, start.Eigenvectors)
			floats.Scale(sign, away)
			if p, err := w.alongMode(start.Theta, away, bound, o); err == nil && p.Loss < bound {
				best, found = p, true
			}
		}
	}
	if !found {
		return Point{}, err
	}
	return best, nil
}

// alongFloor follows the floor of the valley from its minimum and climbs where it
// ends.
func (w *workspace) alongFloor(minimum []float64, o Options) (Point, error) {
	theta, shells, err := w.shells(minimum, o)
	if err != nil {
		return Point{}, err
	}
	return w.climb(theta, o.TrustRadius, o.MaxSteps, shells)
}

// alongMode climbs from the minimum along one eigenvector, which is recognised by
// its overlap from step to step, and gives up above the bound of the loss.
func (w *workspace) alongMode(minimum, mode []float64, bound float64, o Options) (Point, error) {
	theta, step := make([]float64, w.n), make([]float64, w.n)
	floats.AddScaledTo(theta, minimum, o.TrustRadius, mode)
	k := 1
	for ; k <= o.MaxSteps && w.at(theta) && w.l.Loss(theta) <= bound; k++ {
		followed, overlap := 0, 0.0
		for i := range w.n {
			if x := floats.Dot(mode, mat.Col(nil, i, &w.vectors)); math.Abs(x) > math.Abs(overlap) {
				followed, overlap = i, x
			}
		}
		mat.Col(mode, followed, &w.vectors)
		floats.Scale(math.Copysign(1, overlap), mode)
		length := w.followingStep(step, followed)
		if length < 1e-3*o.TrustRadius {
			return w.finish(theta, k)
		}
		if length > o.TrustRadius {
			floats.Scale(o.TrustRadius/length, step)
		}
		floats.Add(theta, step)
	}
	return Point{}, &ConvergenceError{Theta: theta, GradientNorm: floats.Norm(w.grad, 2), Iterations: k}
}

// climb follows the lowest eigenvector uphill from theta and finishes.
func (w *workspace) climb(theta []float64, radius float64, maxSteps, before int) (Point, error) {
	step := make([]float64, w.n)
	for k := 1; k <= maxSteps && w.at(theta); k++ {
		length := w.followingStep(step, 0)
		if length < 1e-3*radius {
			return w.finish(theta, before+k)
		}
		if length > radius {
			floats.Scale(radius/length, step)
		}
		floats.Add(theta, step)
	}
	return Point{}, &ConvergenceError{Theta: theta, GradientNorm: floats.Norm(w.grad, 2), Iterations: before + maxSteps}
}

// shells follows the valley floor outwards and returns the last point before the
// loss falls with the radius, and the number of shells.
func (w *workspace) shells(center []float64, o Options) ([]float64, int, error) {
	u := w.wayOut(center, o)
	theta := make([]float64, w.n)
	for k := 1; k <= o.MaxSteps; k++ {
		radius := float64(k) * o.TrustRadius
		if !w.relax(theta, center, u, radius) {
			return nil, k, &ConvergenceError{Theta: theta, GradientNorm: math.NaN(), Iterations: k}
		}
		if floats.Dot(w.grad, u) <= 0 {
			return theta, k, nil
		}
	}
	return nil, o.MaxSteps, &ConvergenceError{Theta: theta, GradientNorm: floats.Norm(w.grad, 2), Iterations: o.MaxSteps}
}

// relax moves the unit vector u to a local minimum of L(center + radius u) by
// Newton's method on the sphere, whose Hessian is
//
//	P H P - (g . u/radius) P,  P = 1 - u u^T
//
// and leaves theta = center + radius u evaluated.
func (w *workspace) relax(theta, center, u []float64, radius float64) bool {
	const iterations, tolerance, longest = 30, 1e-6, 0.3
	var eigen mat.EigenSym
	var vectors mat.Dense
	sphere := mat.NewSymDense(w.n, nil)
	for range iterations {
		floats.AddScaledTo(theta, center, radius, u)
		if !w.at(theta) {
			return false
		}
		if w.n == 1 {
			return true
		}
		radial := floats.Dot(w.grad, u)
		hu := make([]float64, w.n) // H u
		for i := range hu {
			for j := range u {
				hu[i] += w.hessian.At(i, j) * u[j]
			}
		}
		uhu := floats.Dot(u, hu)
		for i := range w.n {
			for j := i; j < w.n; j++ {
				x := w.hessian.At(i, j) - u[i]*hu[j] - hu[i]*u[j] + (uhu+radial/radius)*u[i]*u[j]
				if i == j {
					x -= radial / radius
				}
				sphere.SetSym(i, j, x)
			}
		}
		if !eigen.Factorize(sphere, true) {
			return false
		}
		lambda := eigen.Values(nil)
		eigen.VectorsTo(&vectors)
		scale := math.Max(math.Abs(lambda[0]), math.Abs(lambda[w.n-1]))
		turn := make([]float64, w.n) // angle by which u turns
		for i := range w.n {
			s := 0.0
			for j := range w.n {
				s += vectors.At(j, i) * (w.grad[j] - radial*u[j])
			}
			s /= -radius * math.Max(math.Abs(lambda[i]), 1e-9*scale+1e-300)
			for j := range turn {
				turn[j] += s * vectors.At(j, i)
			}
		}
		floats.AddScaled(turn, -floats.Dot(turn, u), u)
		angle := floats.Norm(turn, 2)
		if angle < tolerance {
			return true
		}
		floats.AddScaled(u, math.Min(1, longest/angle), turn)
		floats.Scale(1/floats.Norm(u, 2), u)
	}
	// A floor that has not settled is good enough to go on from.
	return true
}

// finish polishes theta and checks the index.
func (w *workspace) finish(theta []float64, iterations int) (Point, error) {
	p, err := w.polish(theta, iterations)
	if err == nil && p.Index() != 1 {
		err = &IndexError{Point: p, Want: 1}
	}
	return p, err
}

// wayOut returns the unit vector along which the minimum is left.
func (w *workspace) wayOut(theta []float64, o Options) []float64 {
	e := make([]float64, w.n)
	if o.Direction != nil {
		floats.ScaleTo(e, 1/floats.Norm(o.Direction, 2), o.Direction)
		return e
	}
	w.at(theta)
	for j := range e {
		e[j] = w.vectors.At(j, 0)
	}
	up, down := make([]float64, w.n), make([]float64, w.n)
	floats.AddScaledTo(up, theta, o.TrustRadius, e)
	floats.AddScaledTo(down, theta, -o.TrustRadius, e)
	if w.l.Loss(down) < w.l.Loss(up) {
		floats.Scale(-1, e)
	}
	return e
}

// followingStep stores the step of eigenvector following, uphill along the
// followed eigenvector, and returns its length.
func (w *workspace) followingStep(step []float64, followed int) float64 {
	for j := range step {
		step[j] = 0
	}
	for i := range w.n {
		// The floor keeps the step finite where a curvature changes sign.
		h := math.Max(math.Abs(w.values[i]), 1e-6*math.Abs(w.values[w.n-1])+math.SmallestNonzeroFloat64)
		s := -w.inBasis[i] / h
		if i == followed {
			s = -s
		}
		for j := range step {
			step[j] += s * w.vectors.At(j, i)
		}
	}
	return floats.Norm(step, 2)
}
