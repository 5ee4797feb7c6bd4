package diffusion

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
)

func constant(c float64) func(float64) float64 { return func(float64) float64 { return c } }

// valley is the Ornstein-Uhlenbeck process with stationary variance 1.
var valley = Process{Drift: func(x float64) float64 { return -x }, Noise: constant(2)}

var everywhere = Region{Lower: math.Inf(-1), Upper: math.Inf(1)}

func mesh(t rapid.TB, p Process, r Region) *Mesh {
	t.Helper()
	m, err := NewMesh(p, r)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestLogIntegral: the speed measure of an Ornstein-Uhlenbeck process is the
// normal law. Source: closed form.
func TestLogIntegral(t *testing.T) {
	m := mesh(t, valley, everywhere)
	below, belowEdges := m.LogIntegral(m.LogSpeed)
	above, aboveEdges := m.LogIntegralAbove(m.LogSpeed)
	total := math.Log(2*math.Pi) / 2
	check := func(x, lower, upper float64) {
		t.Helper()
		if x < -6 || x > 6 {
			return
		}
		if want := math.Erfc(-x/math.Sqrt2) / 2; math.Abs(math.Exp(lower-total)/want-1) > 1e-11 {
			t.Errorf("mass below %v is %v, want %v", x, math.Exp(lower-total), want)
		}
		if want := math.Erfc(x/math.Sqrt2) / 2; math.Abs(math.Exp(upper-total)/want-1) > 1e-11 {
			t.Errorf("mass above %v is %v, want %v", x, math.Exp(upper-total), want)
		}
	}
	for i, x := range m.X {
		check(x, below[i], above[i])
	}
	for k, x := range m.EdgeX {
		check(x, belowEdges[k], aboveEdges[k])
	}
	if m.EdgeX[m.StartEdge] != 0 || m.EdgeLogShape[m.StartEdge] != 0 {
		t.Errorf("start at %v with Psi = %v, want 0 and 0", m.EdgeX[m.StartEdge], m.EdgeLogShape[m.StartEdge])
	}
	sums, edges := m.LogIntegral(constantSlice(len(m.X), math.Inf(-1)))
	if !math.IsInf(sums[3], -1) || !math.IsInf(edges[len(edges)-1], -1) {
		t.Error("the integral of 0 is not 0")
	}
}

func constantSlice(n int, v float64) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = v
	}
	return s
}

func TestInterpolate(t *testing.T) {
	m := mesh(t, valley, everywhere)
	for k := range m.panels {
		for _, share := range []float64{0.01, 0.5, 0.93} {
			x := m.EdgeX[k] + share*(m.EdgeX[k+1]-m.EdgeX[k])
			if got := m.LogShapeAt(k, x); math.Abs(got+x*x/2) > 1e-11*(1+x*x) {
				t.Errorf("Psi(%v) = %v, want %v", x, got, -x*x/2)
			}
		}
	}
	if got := m.Interpolate(0, m.X[3], func(i int) float64 { return float64(i) }); math.Abs(got-3) > 1e-6 {
		t.Errorf("at node 3 the index interpolates to %v", got)
	}
	flat := mesh(t, Process{Drift: constant(0), Noise: constant(1)}, Region{Lower: 0, Upper: 1, Start: 0})
	middle := flat.X[2]
	if got := flat.Interpolate(0, middle, func(i int) float64 { return float64(i * i) }); math.Abs(got-4) > 1e-9 {
		t.Errorf("at node 2 the squared index interpolates to %v", got)
	}
}

// TestProp_Clock: a change of clock leaves the shape alone and divides the
// speed by 1/rate (Mori2022, Eq. 14).
func TestProp_Clock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Float64Range(-2, 2).Draw(t, "a")
		c := math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log rate"))
		p := Process{Drift: func(x float64) float64 { return a - x }, Noise: func(x float64) float64 { return 1 + x*x }}
		clock := func(x float64) float64 { return c * (2 + math.Sin(x)) }
		r := Region{Lower: -1, Upper: 2, Start: 0.5}
		m, q := mesh(t, p, r), mesh(t, p.InClock(clock), r)
		mass := func(m *Mesh, f func(x float64) float64) float64 {
			sum := 0.0
			for i, x := range m.X {
				sum += m.Weight[i] * math.Exp(m.LogSpeed[i]) * f(x)
			}
			return sum
		}
		if got, want := mass(q, constant(1)), mass(m, clock); math.Abs(got/want-1) > 1e-10 {
			t.Fatalf("speed measure %v in the new clock, want %v", got, want)
		}
		if last := len(m.EdgeX) - 1; math.Abs(m.EdgeLogShape[last]-q.EdgeLogShape[len(q.EdgeX)-1]) > 1e-10 {
			t.Fatal("the change of clock changes Psi")
		}
	})
}

// TestProp_GreenIsSelfAdjoint: int m f G g = int m g G f for any ends.
func TestProp_GreenIsSelfAdjoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log stiffness"))
		p := Process{Drift: func(x float64) float64 { return -k * x * (x*x - 1) }, Noise: func(x float64) float64 { return 0.3 + x*x }}
		m := mesh(t, p, Region{Lower: -2, Upper: 1.5, Start: -1})
		ends := rapid.SampledFrom([][2]Boundary{{Absorbing, Absorbing}, {Absorbing, Reflecting}, {Reflecting, Absorbing}}).Draw(t, "ends")
		g, err := NewGreen(m, ends[0], ends[1])
		if err != nil {
			t.Fatal(err)
		}
		f1, f2 := make([]float64, len(m.X)), make([]float64, len(m.X))
		for i, x := range m.X {
			f1[i], f2[i] = math.Cos(x), 1+x*x
		}
		u1, u2, edges := make([]float64, len(m.X)), make([]float64, len(m.X)), make([]float64, len(m.EdgeX))
		g.Apply(u1, edges, f1)
		g.Apply(u2, edges, f2)
		left, right := 0.0, 0.0
		for i, w := range m.Weight {
			w *= math.Exp(m.LogSpeed[i])
			left += w * f2[i] * u1[i]
			right += w * f1[i] * u2[i]
		}
		if math.Abs(left/right-1) > 1e-10 {
			t.Fatalf("(f, G g) = %v, (g, G f) = %v", left, right)
		}
		last := len(edges) - 1
		if (ends[0] == Absorbing && edges[0] != 0) || (ends[1] == Absorbing && edges[last] != 0) {
			t.Fatalf("G f = %v, %v at the ends", edges[0], edges[last])
		}
	})
}

// TestMesh_Jump: a drift that jumps is resolved down to rounding; Psi is
// piecewise linear. Source: closed form.
func TestMesh_Jump(t *testing.T) {
	p := Process{Drift: func(x float64) float64 { return math.Copysign(1, x-0.3) }, Noise: constant(2)}
	m := mesh(t, p, Region{Lower: -1, Upper: 1, Start: 0})
	if last := len(m.EdgeX) - 1; math.Abs(m.EdgeLogShape[last]-0.4) > 1e-9 || math.Abs(m.EdgeLogShape[0]-1) > 1e-12 {
		t.Errorf("Psi = %v and %v at the ends, want 1 and 0.4", m.EdgeLogShape[0], m.EdgeLogShape[last])
	}
}

func TestRadialMesh(t *testing.T) {
	// Brownian motion in n dimensions reaches radius R after R²/n. Source: closed form.
	for _, n := range []int{1, 2, 3, 10} {
		p := Process{Drift: func(r float64) float64 { return float64(n-1) / (2 * r) }, Noise: constant(1)}
		if n == 1 {
			p.Drift = constant(0)
		}
		for _, start := range []float64{0, 1.2} {
			m, err := NewRadialMesh(p, n, 3, start)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				g, err := NewGreen(m, Reflecting, Absorbing)
				if err != nil {
					t.Fatal(err)
				}
				u, edges := make([]float64, len(m.X)), make([]float64, len(m.EdgeX))
				g.Apply(u, edges, constantSlice(len(m.X), 1))
				got, want := math.Exp(g.Scale)*edges[m.StartEdge], (9-start*start)/float64(n)
				if math.Abs(got/want-1) > 1e-11 || g.ProbabilityUp() != 1 {
					t.Errorf("n = %d, start %v: T = %v, want %v", n, start, got, want)
				}
				if m, err = m.Refined(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestMesh_Split: panels are halved where asked, the start stays an edge, and
// polynomials through the nodes are the same on the finer mesh.
func TestMesh_Split(t *testing.T) {
	p := Process{Drift: func(x float64) float64 { return -x }, Noise: constant(1)}
	for _, start := range []float64{-1, 0.3, 2} {
		m := mesh(t, p, Region{Lower: -1, Upper: 2, Start: start})
		where := make([]bool, len(m.EdgeX)-1)
		where[1], where[len(where)-1] = true, true
		split, err := m.Split(where)
		if err != nil {
			t.Fatal(err)
		}
		if len(split.EdgeX) != len(m.EdgeX)+2 || split.EdgeX[2] != (m.EdgeX[1]+m.EdgeX[2])/2 || split.EdgeX[split.StartEdge] != start {
			t.Errorf("start %v: edges %v became %v with the start at %v", start, m.EdgeX, split.EdgeX, split.StartEdge)
		}
		fine, err := m.Refined()
		if err != nil {
			t.Fatal(err)
		}
		cubic := func(x float64) float64 { return 1 + x*(2-x*(3-x)) }
		values, refined := make([]float64, len(m.X)), make([]float64, len(fine.X))
		for i, x := range m.X {
			values[i] = cubic(x)
		}
		m.Refine(refined, values)
		for i, x := range fine.X {
			if math.Abs(refined[i]-cubic(x)) > 1e-13 {
				t.Errorf("at %v: %v, want %v", x, refined[i], cubic(x))
			}
		}
	}
	m := mesh(t, p, Region{Lower: -1, Upper: 2})
	m.process.Noise = constant(-1)
	if _, err := m.Split(make([]bool, len(m.EdgeX)-1)); err != nil {
		t.Errorf("nothing to split: %v", err)
	}
}

// TestRadialMesh_Cut: the lowest edge is low against the inner part, of radius
// width, however far out the upper end. Source: closed form in the plane with
// g² = 1 + r²/width²,
//
//	T(r) = int_r^upper width² log(1 + q²/width²)/q dq
func TestRadialMesh_Cut(t *testing.T) {
	for _, tc := range []struct{ width, upper, highest float64 }{
		{1, 1, 1e-8}, {1, 100, 1e-6}, {1, 1e4, 1e-6}, {1, 1e12, 1e-6}, {1e-6, 1, 1e-12},
	} {
		noise := func(r float64) float64 { return 1 + r*r/(tc.width*tc.width) }
		p := Process{Drift: func(r float64) float64 { return noise(r) / (2 * r) }, Noise: noise}
		m, err := NewRadialMesh(p, 2, tc.upper, 0)
		if err != nil {
			t.Fatal(err)
		}
		if lowest := m.EdgeX[0]; m.StartEdge != 0 || lowest > tc.highest || lowest < 1e-6*tc.highest {
			t.Errorf("width %v, upper end %v: lowest edge %v, want about %v", tc.width, tc.upper, lowest, tc.highest)
		}
		for _, start := range []float64{1e-10, 1e-5, 0.5} {
			from, err := NewRadialMesh(p, 2, tc.upper, start*tc.upper)
			if err != nil {
				t.Fatal(err)
			}
			want := 0.0
			for lo := math.Log(max(start*tc.upper, from.EdgeX[0])); lo < math.Log(tc.upper)-1e-9; {
				hi := min(lo+0.5, math.Log(tc.upper))
				want += quad.Fixed(func(q float64) float64 {
					return tc.width * tc.width * math.Log1p(math.Exp(2*q)/(tc.width*tc.width))
				}, lo, hi, 20, quad.Legendre{}, 0)
				lo = hi
			}
			g, err := NewGreen(from, Reflecting, Absorbing)
			if err != nil {
				t.Fatal(err)
			}
			u, edges := make([]float64, len(from.X)), make([]float64, len(from.EdgeX))
			g.Apply(u, edges, constantSlice(len(from.X), 1))
			if got := math.Exp(g.Scale) * edges[from.StartEdge]; math.Abs(got/want-1) > 1e-11 {
				t.Errorf("width %v, upper end %v, start %v: T = %v, want %v", tc.width, tc.upper, start, got, want)
			}
		}
	}
}

func TestFromLandscape(t *testing.T) {
	l, err := landscape.NewDoubleWell(1, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	n, err := noise.NewLossProportional(l, mat.NewSymDense(1, []float64{4}), 5)
	if err != nil {
		t.Fatal(err)
	}
	p, err := FromLandscape(l, n, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	// Source: Mori2022, Eq. 13: a = -L', g² = 2 eta L h*/B.
	x := []float64{1.5}
	grad := make([]float64, 1)
	l.Grad(grad, x)
	if p.Drift(x[0]) != -grad[0] || math.Abs(p.Noise(x[0])-2*0.1*l.Loss(x)*4/5) > 1e-14 {
		t.Errorf("a = %v, g² = %v", p.Drift(x[0]), p.Noise(x[0]))
	}
	wide, err := landscape.NewIsotropicValley(2, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func() (Process, error){
		"no landscape": func() (Process, error) { return FromLandscape(nil, n, 0.1) },
		"no noise":     func() (Process, error) { return FromLandscape(l, nil, 0.1) },
		"eta = 0":      func() (Process, error) { return FromLandscape(l, n, 0) },
		"n = 2":        func() (Process, error) { return FromLandscape(wide, n, 0.1) },
	} {
		if _, err := f(); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v, want one that wraps model.ErrDomain", name, err)
		}
	}
}

func TestReject_Processes(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	unit := Region{Lower: -1, Upper: 1}
	good := Process{Drift: constant(1), Noise: constant(1)}
	radius := func(p Process, n int, upper, start float64) func() error {
		return func() error { _, err := NewRadialMesh(p, n, upper, start); return err }
	}
	line := func(p Process, r Region) func() error {
		return func() error { _, err := NewMesh(p, r); return err }
	}
	for _, tc := range []struct {
		name string
		f    func() error
		want error
	}{
		{"control", line(good, unit), nil},
		{"radial control", radius(good, 1, 1, 0), nil},
		{"nil functions", line(Process{}, unit), model.ErrDomain},
		{"empty region", line(good, Region{Lower: 1, Upper: 1, Start: 1}), model.ErrDomain},
		{"start outside", line(good, Region{Lower: -1, Upper: 1, Start: 2}), model.ErrDomain},
		{"NaN region", line(good, Region{Lower: nan, Upper: 1}), model.ErrDomain},
		{"noise 0", line(Process{constant(1), constant(0)}, unit), model.ErrDomain},
		{"noise Inf on the left", line(Process{constant(1), func(x float64) float64 { return 1 / max(x, 0) }}, unit), model.ErrDomain},
		{"noise 0 on the right", line(Process{constant(1), func(x float64) float64 { return max(-x, 0) }}, Region{Lower: -1, Upper: 1, Start: -0.5}), model.ErrDomain},
		{"drift NaN far out", line(Process{func(x float64) float64 { return -x + 0*math.Sqrt(3-x) }, constant(1)}, Region{Lower: -1, Upper: inf}), model.ErrDomain},
		{"null recurrent", line(Process{constant(0), constant(1)}, Region{Lower: -1, Upper: inf}), model.ErrDomain},
		{"escapes", line(Process{constant(1000), constant(1)}, Region{Lower: -1, Upper: inf}), ErrResolution},
		{"pole", line(Process{func(x float64) float64 { return 1 / (x - 0.1) }, constant(1)}, unit), ErrResolution},
		{"radius nil", radius(Process{}, 2, 1, 0), model.ErrDomain},
		{"radius n = 0", radius(good, 0, 1, 0), model.ErrDomain},
		{"radius start", radius(good, 2, 1, 2), model.ErrDomain},
		{"radius noise below", radius(Process{constant(1), func(x float64) float64 { return x - 0.1 }}, 2, 1, 0.5), model.ErrDomain},
		{"radius noise above", radius(Process{constant(1), func(x float64) float64 { return 0.7 - x }}, 2, 1, 0.5), model.ErrDomain},
		{"both reflecting", func() error { _, err := NewGreen(nil, Reflecting, Reflecting); return err }, model.ErrDomain},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := tc.f(); !errors.Is(err, tc.want) {
				t.Errorf("error %v, want %v", err, tc.want)
			}
		})
	}
	// A noise that vanishes only where the refined mesh looks.
	hole := Process{constant(1), constant(1)}
	m := mesh(t, hole, unit)
	m.process.Noise = constant(-1)
	if _, err := m.Refined(); !errors.Is(err, model.ErrDomain) {
		t.Errorf("refined: error %v, want %v", err, model.ErrDomain)
	}
}
