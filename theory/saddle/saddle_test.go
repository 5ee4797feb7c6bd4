package saddle

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// The valley floor of the deepest minimum runs past the branch to its saddle, so
// the search from one end must say that it failed, and the string must succeed.
func TestBetween_WhereTheValleyBranches(t *testing.T) {
	table := muellerBrownTable(t)
	var stuck *ConvergenceError
	if p, err := Find(muellerBrown{}, table[1].theta, Options{Direction: []float64{-1, -1}}); !errors.As(err, &stuck) {
		t.Errorf("Find: point %v, error %v, want a ConvergenceError", p.Theta, err)
	}
	for _, way := range []struct{ from, to, saddle int }{{1, 2, 4}, {2, 1, 4}, {2, 0, 3}, {0, 2, 3}, {1, 0, 4}} {
		p, err := Between(muellerBrown{}, table[way.from].theta, table[way.to].theta, BetweenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if d := distance(p.Theta, table[way.saddle].theta); !(d < 1e-9) || p.Index() != 1 {
			t.Errorf("from %d to %d: saddle at %v, want %v", way.from, way.to, p.Theta, table[way.saddle].theta)
		}
	}
}

func TestFind_DoubleWell(t *testing.T) {
	l, err := landscape.NewDoubleWell(1, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Find(l, l.Minimum(), Options{Direction: []float64{1}})
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(p.Theta[0]) < 1e-12) || p.Loss != 3 || relative(p.Eigenvalues[0], -8./9) > 1e-12 {
		t.Errorf("saddle %+v", p)
	}
}

func relative(got, want float64) float64 { return math.Abs(got/want - 1) }

func TestProp_ChannelSaddle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		c, err := landscape.NewChannel(landscape.ChannelParameters{
			Dim: n, Floor: rapid.Float64Range(0.1, 2).Draw(t, "L0"), Height: rapid.Float64Range(0.2, 3).Draw(t, "dL"),
			Width: rapid.Float64Range(0.5, 3).Draw(t, "w"), KMin: rapid.Float64Range(0.3, 5).Draw(t, "km"), KSaddle: rapid.Float64Range(0.3, 5).Draw(t, "ks")})
		if err != nil {
			t.Fatal(err)
		}
		along := make([]float64, n)
		along[0] = 1
		p, err := Find(c, c.Minimum(), Options{Direction: along})
		if err != nil {
			t.Fatal(err)
		}
		// Across the channel the loss only rises: the way out may be the stiffer one.
		undirected, err := Find(c, c.Minimum(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !floats.EqualApprox(undirected.Theta, p.Theta, 1e-8) {
			t.Fatalf("without a direction the saddle is %v, along the axis %v", undirected.Theta, p.Theta)
		}
		q := c.Parameters()
		if d := floats.Norm(p.Theta, 2); !(d < 1e-8*q.Width) {
			t.Fatalf("saddle at %v, want the origin", p.Theta)
		}
		m, err := Minimise(c, c.Minimum())
		if err != nil {
			t.Fatal(err)
		}
		pass, err := NewPassage(m, p, n)
		if err != nil {
			t.Fatal(err)
		}
		w2 := q.Width * q.Width
		kMin := c.TransverseCurvature(q.Width)
		want := []float64{4 * q.Height / w2, math.Log(8*q.Height/w2) + float64(n-1)*math.Log(kMin),
			math.Log(4*q.Height/w2) + float64(n-1)*math.Log(q.KSaddle), 8 * q.Height / w2, 1}
		got := []float64{pass.EscapeCurvature, pass.LogDetMinimum, pass.LogDetSaddle, pass.EscapeOutlierCurvature, pass.Captured}
		if !floats.EqualApprox(got, want, 1e-8) {
			t.Fatalf("passage %v, want %v", got, want)
		}
	})
}

// A hill is L = 1 + sum c_i (1 - cos x_i), with
// minima, saddles of every index and maxima on a lattice.
type hill struct{ c []float64 }

func (h hill) Dim() int { return len(h.c) }
func (h hill) Loss(x []float64) float64 {
	s := 1.0
	for i, c := range h.c {
		s += c * (1 - math.Cos(x[i]))
	}
	return s
}
func (h hill) Grad(dst, x []float64) {
	for i, c := range h.c {
		dst[i] = c * math.Sin(x[i])
	}
}
func (h hill) Hessian(dst *mat.SymDense, x []float64) {
	dst.Zero()
	for i, c := range h.c {
		dst.SetSym(i, i, c*math.Cos(x[i]))
	}
}

func TestReject_WrongIndex(t *testing.T) {
	h := hill{[]float64{1, 2}}
	// The top of the hill as start: not a minimum.
	_, err := Find(h, []float64{math.Pi, math.Pi}, Options{})
	var wrong *IndexError
	if !errors.As(err, &wrong) || wrong.Want != 0 || wrong.Point.Index() != 2 || !strings.Contains(err.Error(), "index 2") {
		t.Errorf("start at a maximum: %v, want an IndexError that names 2", err)
	}
	// Newton's method alone, from near a point of index 2, must not pass as a saddle.
	w := newWorkspace(h)
	_, err = w.finish([]float64{math.Pi - 0.1, math.Pi + 0.1}, 0)
	if !errors.As(err, &wrong) || wrong.Want != 1 || wrong.Point.Index() != 2 {
		t.Errorf("index-2 point: %v, want an IndexError that names 2", err)
	}
	// A passage refuses it too.
	m, err := Minimise(h, []float64{0.3, -0.2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewPassage(m, wrong.Point, 2); !errors.Is(err, model.ErrDomain) {
		t.Errorf("passage over an index-2 point: %v, want ErrDomain", err)
	}
	// The subspace of the larger curvature alone does not hold the escape over
	// the smaller one.
	s, err := Find(h, m.Theta, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewPassage(m, s, 1); !errors.Is(err, model.ErrDomain) {
		t.Errorf("subspace without the escape direction: %v, want ErrDomain", err)
	}
}

func TestFind_RefusesBadArguments(t *testing.T) {
	h := hill{[]float64{1, 2}}
	for name, err := range map[string]error{
		"landscape": second(Find(nil, nil, Options{})),
		"length":    second(Find(h, []float64{0}, Options{})),
		"theta":     second(Find(h, []float64{math.NaN(), 0}, Options{})),
		"radius":    second(Find(h, []float64{0, 0}, Options{TrustRadius: -1})),
		"steps":     second(Find(h, []float64{0, 0}, Options{MaxSteps: -1})),
		"direction": second(Find(h, []float64{0, 0}, Options{Direction: []float64{0, 0}})),
		"from":      second(Between(h, []float64{0}, []float64{0, 0}, BetweenOptions{})),
		"to":        second(Between(h, []float64{0, 0}, []float64{0}, BetweenOptions{})),
		"same":      second(Between(h, []float64{0, 0}, []float64{0, 0}, BetweenOptions{})),
		"images":    second(Between(h, []float64{0, 0}, []float64{1, 1}, BetweenOptions{Images: 2})),
		"minimise":  second(Minimise(h, []float64{math.Inf(1), 0})),
		"outliers":  passageError(t, h, 3),
	} {
		if !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: %v, want ErrDomain", name, err)
		}
	}
}

func second(_ Point, err error) error { return err }

func passageError(t *testing.T, h hill, outliers int) error {
	t.Helper()
	m, err := Minimise(h, []float64{0.3, -0.2})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Find(h, m.Theta, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewPassage(m, s, outliers)
	return err
}

func TestFind_ReportsNoConvergence(t *testing.T) {
	bowl, err := landscape.NewIsotropicValley(2, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	var stuck *ConvergenceError
	if _, err := Find(bowl, []float64{0, 0}, Options{MaxSteps: 50}); !errors.As(err, &stuck) || stuck.Iterations != 50 || !strings.Contains(err.Error(), "50 steps") {
		t.Errorf("a bowl has no saddle, got %v", err)
	}
	if _, err := Find(overflowing{}, []float64{0}, Options{TrustRadius: 10}); !errors.As(err, &stuck) {
		t.Errorf("landscape that overflows: %v, want a ConvergenceError", err)
	}
	if _, err := Between(overflowing{}, []float64{0}, []float64{3}, BetweenOptions{}); !errors.As(err, &stuck) {
		t.Errorf("string through NaN: %v, want a ConvergenceError", err)
	}
	if _, err := Minimise(overflowing{edge: true}, []float64{3}); err == nil {
		t.Error("gradient NaN at the start: want an error")
	}
	// A constant gradient has no stationary point.
	if _, err := newWorkspace(slope{}).polish([]float64{1}, 0); !errors.As(err, &stuck) {
		t.Errorf("slope: %v, want a ConvergenceError", err)
	}
}

// overflowing is x²/2 whose derivatives are NaN beyond |x| = 1 (edge: everywhere).
type overflowing struct{ edge bool }

func (overflowing) Dim() int                 { return 1 }
func (overflowing) Loss(x []float64) float64 { return 1 + x[0]*x[0]/2 }
func (o overflowing) Grad(dst, x []float64) {
	dst[0] = x[0]
	if o.edge || math.Abs(x[0]) > 1 {
		dst[0] = math.NaN()
	}
}
func (o overflowing) Hessian(dst *mat.SymDense, x []float64) {
	dst.SetSym(0, 0, 1)
	if o.edge || math.Abs(x[0]) > 1 {
		dst.SetSym(0, 0, math.NaN())
	}
}

type slope struct{}

func (slope) Dim() int                               { return 1 }
func (slope) Loss(x []float64) float64               { return x[0] }
func (slope) Grad(dst, _ []float64)                  { dst[0] = 1 }
func (slope) Hessian(dst *mat.SymDense, _ []float64) { dst.SetSym(0, 0, 1e-3) }

// The loss at a stationary point is accurate to rounding however far the search
// started, and rotating the landscape rotates the saddle.
func TestProp_RotatedHill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := hill{[]float64{rapid.Float64Range(0.2, 1).Draw(t, "c1"), rapid.Float64Range(1.5, 4).Draw(t, "c2")}}
		r := rotated{h, rapid.Float64Range(0, 2*math.Pi).Draw(t, "angle")}
		p, err := Find(r, []float64{0, 0}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if want := 1 + 2*h.c[0]; relative(p.Loss, want) > 1e-12 || relative(p.Eigenvalues[0], -h.c[0]) > 1e-9 {
			t.Fatalf("saddle %+v, want loss %v", p, want)
		}
	})
}

type rotated struct {
	hill
	angle float64
}

func (r rotated) turn(x []float64, sign float64) []float64 {
	s, c := math.Sincos(sign * r.angle)
	return []float64{c*x[0] - s*x[1], s*x[0] + c*x[1]}
}
func (r rotated) Loss(x []float64) float64 { return r.hill.Loss(r.turn(x, -1)) }
func (r rotated) Grad(dst, x []float64) {
	g := make([]float64, 2)
	r.hill.Grad(g, r.turn(x, -1))
	copy(dst, r.turn(g, 1))
}
func (r rotated) Hessian(dst *mat.SymDense, x []float64) {
	inner := mat.NewSymDense(2, nil)
	r.hill.Hessian(inner, r.turn(x, -1))
	s, c := math.Sincos(r.angle)
	q := mat.NewDense(2, 2, []float64{c, s, -s, c}) // V with H = V^T inner V
	restrict(dst, q, inner)
}

func BenchmarkFind(b *testing.B) {
	b.ReportAllocs()
	table := muellerBrownTable(b)
	var p Point
	for b.Loop() {
		var err error
		if p, err = Find(muellerBrown{}, table[0].theta, Options{}); err != nil {
			b.Fatal(err)
		}
	}
	if d := distance(p.Theta, table[3].theta); !(d < 1e-9) {
		b.Fatalf("off by %v", d)
	}
}

// fromLoss is a landscape whose derivatives are differences.
func fromLoss(t *testing.T, n int, loss func(theta []float64) float64) landscape.Landscape {
	t.Helper()
	l, err := landscape.NewFunc(landscape.Definition{Dim: n, Loss: loss, Grad: func(dst, theta []float64) {
		for i := range theta { // Richardson's extrapolation of two central differences
			at := func(h float64) float64 {
				moved := append([]float64(nil), theta...)
				moved[i] += h
				return loss(moved)
			}
			const h = 1e-3
			dst[i] = (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A channel that is bent and turned, softer across than along: no symmetry keeps
// the search on the axis. Source: closed form, the saddle is where x = 0.
func TestFind_BentChannel(t *testing.T) {
	const bend, angle = 0.4, 0.7
	s, c := math.Sincos(angle)
	l := fromLoss(t, 2, func(theta []float64) float64 {
		x, z := c*theta[0]+s*theta[1], -s*theta[0]+c*theta[1]
		q, across := 1-x*x, z-bend*(1-x*x)
		return 1 + q*q + across*across/2
	})
	p, err := Find(l, []float64{-c, -s}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []float64{-s * bend, c * bend}; !floats.EqualApprox(p.Theta, want, 1e-5) || !(math.Abs(p.Loss-2) < 1e-8) {
		t.Errorf("saddle at %v with loss %v, want %v and 2", p.Theta, p.Loss, want)
	}
}

// A tilted row of hills: the way to the right climbs higher than that to the left.
func TestFind_LowestOfTwo(t *testing.T) {
	const tilt = 0.1
	l := fromLoss(t, 1, func(theta []float64) float64 { return 2 - math.Cos(theta[0]) + tilt*theta[0] })
	low := -math.Asin(tilt)
	for name, want := range map[string]struct {
		direction []float64
		theta     float64
	}{"lowest": {nil, -math.Pi - low}, "to the right": {[]float64{1}, math.Pi - low}} {
		p, err := Find(l, []float64{low}, Options{Direction: want.direction})
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(p.Theta[0]-want.theta) < 1e-5) {
			t.Errorf("%s: saddle at %v, want %v", name, p.Theta, want.theta)
		}
	}
}
