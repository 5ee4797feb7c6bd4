package sde

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
	"sgdescape/verify/stattest"
)

// hermite returns the nodes and weights of the n-point Gauss rule for the
// standard normal law, from the eigenvectors of its Jacobi matrix (Golub &
// Welsch 1969).
func hermite(n int) (x, weight []float64) {
	jacobi := mat.NewSymDense(n, nil)
	for i := 1; i < n; i++ {
		jacobi.SetSym(i-1, i, math.Sqrt(float64(i)))
	}
	var eig mat.EigenSym
	eig.Factorize(jacobi, true)
	var v mat.Dense
	eig.VectorsTo(&v)
	for i := range n {
		weight = append(weight, v.At(0, i)*v.At(0, i))
	}
	return eig.Values(nil), weight
}

// expectation returns E[f(theta)] after the given number of steps of length dt
// without sampling: every normal deviate runs through the nodes of a Gauss rule
// and every random sign through both values.
func expectation(q *Stepper, theta []float64, dt float64, steps, nodes int, f func(theta []float64) float64) float64 {
	if steps == 0 {
		return f(theta)
	}
	x, weight := hermite(nodes)
	xi := make([]float64, q.p.Deviates())
	sum := 0.0
	var each func(i int, w float64)
	each = func(i int, w float64) {
		switch {
		case i == len(xi):
			next := append([]float64(nil), theta...)
			q.Step(next, xi, dt)
			sum += w * expectation(q, next, dt, steps-1, nodes, f)
		case i < q.p.n:
			for k := range x {
				xi[i] = x[k]
				each(i+1, w*weight[k])
			}
		default:
			for _, sign := range []float64{-1, 1} {
				xi[i] = sign
				each(i+1, w/2)
			}
		}
	}
	each(0, 1)
	return sum
}

// square is |theta|².
func square(theta []float64) float64 {
	sum := 0.0
	for _, x := range theta {
		sum += x * x
	}
	return sum
}

// TestOrder_WeakSchemes measures weak orders by quadrature over all paths of
// few steps, with E[|theta|²] of Eq. 13 and Eq. 4 as the functional, whose exact
// value solves
//
//	m' = -2 h m + trace(eta Sigma) = (gain - 2h) m + source
//
// Step lengths are 1/4 to 1/16 of the end time, so that the order is known to
// about 0.3.
func TestOrder_WeakSchemes(t *testing.T) {
	const eta = 0.6
	valleyScheme := func(n int, s Scheme) *Process {
		l := must(landscape.NewIsotropicValley(n, 1, 0.5))
		return must(New(Config{Landscape: l, Noise: must(noise.NewLossProportional(l, hessianAt(l, l.Minimum()), 1)), LearningRate: eta, Dt: 1, Scheme: s}))
	}
	gauss := func(n int, s Scheme) *Process {
		l := must(dataset.NewPopulation(n, 1))
		return must(New(Config{Landscape: l, Noise: must(noise.NewGaussianInputs(l, 1)), LearningRate: eta, Dt: 1, Scheme: s}))
	}
	tests := []struct {
		name         string
		p            *Process
		end          float64
		start        []float64
		gain, source float64
		order        float64
		steps        []int
		nodes        int
	}{
		{"Eq. 13, Euler-Maruyama", valleyScheme(1, EulerMaruyama), 0.5, []float64{1}, eta, eta, 1, []int{1, 2, 4}, 6},
		{"Eq. 13, Milstein", valleyScheme(1, Milstein), 0.5, []float64{1}, eta, eta, 1, []int{1, 2, 4}, 6},
		{"Eq. 13, weak Runge-Kutta", valleyScheme(1, WeakRungeKutta), 0.2, []float64{3}, eta, eta, 2, []int{1, 2, 4}, 8},
		{"Eq. 4, weak Runge-Kutta", gauss(1, WeakRungeKutta), 0.5, []float64{1}, 2 * eta, eta, 2, []int{1, 2, 4}, 8},
		{"Eq. 13, n=2, weak Runge-Kutta", valleyScheme(2, WeakRungeKutta), 0.5, []float64{1, -0.5}, 2 * eta, 2 * eta, 2, []int{1, 2}, 5},
		{"Eq. 4, n=2, weak Runge-Kutta", gauss(2, WeakRungeKutta), 0.15, []float64{1, -0.5}, 3 * eta, 2 * eta, 2, []int{1, 2}, 5},
		{"Eq. 4, n=2, Euler-Maruyama", gauss(2, EulerMaruyama), 0.15, []float64{1, -0.5}, 3 * eta, 2 * eta, 1, []int{1, 2}, 5},
	}
	for _, test := range tests {
		rate := test.gain - 2
		exact := (square(test.start)+test.source/rate)*math.Exp(rate*test.end) - test.source/rate
		var errs []float64
		for _, n := range test.steps {
			errs = append(errs, expectation(test.p.Stepper(), test.start, test.end/float64(n), n, test.nodes, square)-exact)
		}
		last := len(errs) - 1
		order := math.Log2(math.Abs(errs[last-1] / errs[last]))
		t.Logf("%s: errors %.3v, order %.2f", test.name, errs, order)
		if !(math.Abs(order-test.order) < 0.35) {
			t.Errorf("%s: weak order %v, want %v", test.name, order, test.order)
		}
	}
}

// TestStat_MilsteinOrder: along one Brownian path Milstein has strong order 1
// with the multiplicative noise of Eq. 13, both from the gradient and from the
// difference that serves unknown noise, where Euler-Maruyama has 1/2.
func TestStat_MilsteinOrder(t *testing.T) {
	l := must(landscape.NewIsotropicValley(1, 1, 0.5))
	m := must(noise.NewLossProportional(l, hessianAt(l, []float64{0}), 1))
	for name, m := range map[string]noise.Model{"gradient": m, "difference": opaque{m}} {
		p := must(New(Config{Landscape: l, Noise: m, LearningRate: 1, Dt: 1, Scheme: Milstein}))
		ledger.Assert(t, "strong order/Milstein, "+name, strongOrder(p, 1, 400))
	}
}

// TestSchemesWithoutNoise: with zero noise Milstein is Euler's method and
// WeakRungeKutta is Heun's, of order 2.
func TestSchemesWithoutNoise(t *testing.T) {
	const dt = 0.1
	l := must(landscape.NewIsotropicValley(2, 1, 0.5))
	m := must(noise.NewAligned(mat.NewSymDense(2, nil), 1))
	for scheme, factor := range map[Scheme]float64{EulerMaruyama: 1 - dt, Milstein: 1 - dt, WeakRungeKutta: 1 - dt + dt*dt/2} {
		p := must(New(Config{Landscape: l, Noise: m, LearningRate: 0.1, Dt: dt, Scheme: scheme}))
		theta := []float64{1, -2}
		xi := make([]float64, p.Deviates())
		p.Stepper().Step(theta, xi, dt)
		if !(math.Abs(theta[0]-factor) < 1e-15) || !(math.Abs(theta[1]+2*factor) < 1e-15) {
			t.Errorf("%v: %v after one step, want %v and %v", scheme, theta, factor, -2*factor)
		}
	}
}

// TestStat_SchemesAgree: in law the schemes are one equation. E[x²] at t = 1 from
// 1 by each scheme in steps of 0.05, to the known bias of order dt of the
// first-order schemes.
func TestStat_SchemesAgree(t *testing.T) {
	a, b := 0.1-2, 0.1
	exact := (1+b/a)*math.Exp(a) - b/a
	for _, scheme := range []Scheme{EulerMaruyama, Milstein, WeakRungeKutta} {
		l := must(landscape.NewIsotropicValley(1, 1, 0.5))
		p := must(New(Config{Landscape: l, Noise: must(noise.NewLossProportional(l, hessianAt(l, []float64{0}), 1)), LearningRate: 0.1, Dt: 0.05, Scheme: scheme}))
		bias := 0.0
		if scheme != WeakRungeKutta {
			bias = 1.2 * math.Abs(secondMoment(1, 0.05, 20)-exact)
		}
		ledger.Assert(t, "E[x²] by "+scheme.String(), func(seed uint64, alpha float64) (stattest.Finding, error) {
			_, square := moments(p, seed, nil)
			return stattest.MeanTest{Want: exact, Margin: bias, Alpha: alpha}.Assert(square), nil
		})
	}
}

func TestSchemeErrors(t *testing.T) {
	l := must(landscape.NewIsotropicValley(2, 1, 0.5))
	m := must(noise.NewLossProportional(l, hessianAt(l, l.Minimum()), 1))
	for _, c := range []Config{
		{Landscape: l, Noise: m, LearningRate: 0.1, Dt: 0.1, Scheme: Milstein},
		{Landscape: l, Noise: opaque{m}, LearningRate: 0.1, Dt: 0.1, Scheme: Milstein},
		{Landscape: l, Noise: m, LearningRate: 0.1, Dt: 0.1, Scheme: 7},
	} {
		if _, err := New(c); !errors.Is(err, model.ErrDomain) {
			t.Errorf("scheme %v: error %v, want ErrDomain", c.Scheme, err)
		}
	}
	for _, c := range []Config{
		{Landscape: l, Noise: m, LearningRate: 0.1, Dt: 0.1, Form: LogTime, Scheme: Milstein},
		{Landscape: l, Noise: must(noise.NewIsotropic(2, 1, 0.1)), LearningRate: 0.1, Dt: 0.1, Scheme: Milstein},
	} {
		p, err := New(c)
		if err != nil {
			t.Errorf("additive noise: %v", err)
			continue
		}
		c.Scheme = EulerMaruyama
		q := must(New(c))
		a, b := []float64{1, 2}, []float64{1, 2}
		for range 5 {
			p.Stepper().Step(a, []float64{0.3, -1.2}, 0.1)
			q.Stepper().Step(b, []float64{0.3, -1.2}, 0.1)
		}
		if diff := cmp.Diff(b, a); diff != "" {
			t.Errorf("Milstein with additive noise is not Euler-Maruyama (-want +got):\n%s", diff)
		}
	}
}

// TestNewErrors covers the other fields.
func TestNewErrors(t *testing.T) {
	l := must(landscape.NewIsotropicValley(2, 1, 0.5))
	other := must(landscape.NewIsotropicValley(2, 1, 0.6))
	m := must(noise.NewLossProportional(l, hessianAt(l, l.Minimum()), 1))
	good := Config{Landscape: l, Noise: m, LearningRate: 0.1, Dt: 0.1}
	for name, change := range map[string]func(*Config){
		"no landscape":            func(c *Config) { c.Landscape = nil },
		"nil landscape":           func(c *Config) { c.Landscape = (*landscape.DoubleWell)(nil) },
		"no noise":                func(c *Config) { c.Noise = nil },
		"eta = 0":                 func(c *Config) { c.LearningRate = 0 },
		"eta = NaN":               func(c *Config) { c.LearningRate = math.NaN() },
		"dt < 0":                  func(c *Config) { c.Dt = -1 },
		"no such form":            func(c *Config) { c.Form = 5 },
		"noise of other size":     func(c *Config) { c.Noise = must(noise.NewIsotropic(3, 1, 0.1)) },
		"noise of another eta":    func(c *Config) { c.Noise = must(noise.NewIsotropic(2, 1, 0.2)) },
		"tau with constant noise": func(c *Config) { c.Noise, c.Form = must(noise.NewIsotropic(2, 1, 0.1)), LogTime },
		"tau with another L":      func(c *Config) { c.Landscape, c.Form = other, LogTime },
		"tau with unknown noise":  func(c *Config) { c.Noise, c.Form = opaque{m}, LogTime },
		"another L, another eta":  func(c *Config) { c.Noise = must(noise.NewLossIsotropic(other, 1, 0.3)) },
		"too large for a matrix": func(c *Config) {
			l := must(landscape.NewIsotropicValley(1<<21, 1, 0.5))
			c.Landscape, c.Noise = l, must(noise.NewLossIsotropic(l, 1, 0.1))
		},
		"temperature, another eta": func(c *Config) { c.Noise = must(noise.NewLossIsotropic(l, 1, 0.3)) },
	} {
		c := good
		change(&c)
		if _, err := New(c); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v, want ErrDomain", name, err)
		}
	}
	p := must(New(good))
	for name, w := range map[string]lane.Watch{
		"plane of other size": {Monitor: lane.Plane, Normal: []float64{1}},
		"corrected region":    {Monitor: lane.Region, Outside: func([]float64) bool { return false }, Corrected: true},
	} {
		if _, err := p.Kernel(w); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v, want ErrDomain", name, err)
		}
	}
}
