package generator

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/integrate"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model"
)

// Inside the well the quasi-stationary density is L^-(1 + 1/T) in t (Mori2022,
// Eq. 18), and it vanishes towards the absorbing plane.
func TestQuasiStationaryDensity(t *testing.T) {
	const temperature = 1. / 16
	for _, n := range []int{1, 2, 3, 5} {
		p := Channel(standardChannel(t, n), temperature)
		f, err := p.QuasiStationaryDensity(Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Integral(); !(math.Abs(got-1) < 1e-12) {
			t.Errorf("n = %d: integral %v", n, got)
		}
		var reference float64
		for i, x := range f.X {
			for j, r := range f.R {
				l := p.Speed(x, r)
				if f.Values[i][j] < 0 {
					t.Fatalf("n = %d: negative density at (%v, %v)", n, x, r)
				}
				if x < -0.7 && l < 1.3 {
					scaled := f.Values[i][j] * math.Pow(l, 1+1/temperature)
					if reference == 0 {
						reference = scaled
					}
					if got := relative(scaled, reference); !(got < 1e-2) {
						t.Fatalf("n = %d: density times L^phi varies by %.2g at (%v, %v)", n, got, x, r)
					}
				}
			}
		}
		if reference == 0 {
			t.Fatal("no point of the well was looked at")
		}
		// Without the clock's 1/L the exponent would be 1/T: over the well the ratio
		// then varies by the loss itself, which the bound above excludes.
		last := len(f.X) - 1
		at := func(i int) float64 { return f.Values[i][0] * math.Pow(p.Speed(f.X[i], f.R[0]), 1+1/temperature) }
		if !(at(last) < 0.1*reference) {
			t.Errorf("n = %d: eigenfunction at the plane is %v of that in the well", n, at(last)/reference)
		}
	}
}

// Normalising constant in closed form: for Langevin dynamics with a separable
// quadratic well the transverse part is a Gaussian, P(x, r) = P(x, 0) exp(-k r²/2D).
func TestQuasiStationaryDensity_TransverseGaussian(t *testing.T) {
	loss := func(x, r float64) float64 {
		q := 1 - x*x
		return q*q + 3*r*r/2
	}
	for _, n := range []int{2, 3, 6} {
		const d = 0.1
		full, err := Langevin(n, d, loss, -1, 0, 1).QuasiStationaryDensity(Options{})
		if err != nil {
			t.Fatal(err)
		}
		line, err := Langevin(1, d, loss, -1, 0, 1).QuasiStationaryDensity(Options{})
		if err != nil {
			t.Fatal(err)
		}
		// Columns differ between the grids; compare the density at the minimum.
		at := func(f Field, x float64) (best int) {
			for i := range f.X {
				if math.Abs(f.X[i]-x) < math.Abs(f.X[best]-x) {
					best = i
				}
			}
			return best
		}
		i, k := at(full, -1), at(line, -1)
		gauss := math.Pow(3/(2*math.Pi*d), float64(n-1)/2)
		for j, r := range full.R[:len(full.R)/3] {
			want := line.Values[k][0] * gauss * math.Exp(-3*r*r/(2*d))
			if got := relative(full.Values[i][j], want); want > 1e-6 && !(got < 5e-3) {
				t.Fatalf("n = %d: density at r = %v is %v, want %v", n, r, full.Values[i][j], want)
			}
		}
	}
}

// integral is Simpson's rule on 4000 cells.
func integral(a, b float64, f func(float64) float64) float64 {
	x, y := make([]float64, 4001), make([]float64, 4001)
	for i := range x {
		x[i] = a + (b-a)*float64(i)/4000
		y[i] = f(x[i])
	}
	return integrate.Simpsons(x, y)
}

func TestCommittor(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		for _, temperature := range []float64{1. / 4, 1. / 16, 1. / 32} {
			t.Run(fmt.Sprintf("n=%d/T=%v", n, temperature), func(t *testing.T) {
				p := Channel(standardChannel(t, n), temperature)
				c, err := p.Committor(Options{})
				if err != nil {
					t.Fatal(err)
				}
				if !(math.Abs(c.AtSaddle-0.5) < 1e-6) {
					t.Errorf("q at the saddle is %v, want 1/2 by symmetry", c.AtSaddle)
				}
				q := c.Probability
				for j := range q.R {
					before := 0.0
					for i := range q.X {
						if v := q.Values[i][j]; !(v > before && v < 1) {
							t.Fatalf("q is %v after %v at (%v, %v)", v, before, q.X[i], q.R[j])
						}
						before = q.Values[i][j]
					}
				}
				if n == 1 {
					// In one dimension 1/k = (integral exp(U/T)/T between the planes)
					// times (integral exp(-U/T)/a over the well).
					want := 1 / (integral(-1, 1, func(x float64) float64 { return math.Exp(p.Potential(x, 0)/temperature) / temperature }) *
						integral(-2.5, 0, func(x float64) float64 { return math.Exp(-p.Potential(x, 0)/temperature) / p.Speed(x, 0) }))
					if got := math.Abs(c.Rate.Value - want); !(got < c.Rate.Error) {
						t.Errorf("reactive rate %v +- %.2g, quadrature %v", c.Rate.Value, c.Rate.Error, want)
					}
				}
				kappa := escape(t, p, Options{}).Rate.Value
				if got := c.Rate.Value/kappa - 1; !(math.Abs(got) < 3*temperature) {
					t.Errorf("reactive rate %v, kappa %v", c.Rate.Value, kappa)
				}
				if !(c.Rate.RelativeError() < 1e-4) {
					t.Errorf("relative error %v", c.Rate.RelativeError())
				}
			})
		}
	}
	p := Channel(standardChannel(t, 2), 0.25)
	p.Dim = 0
	if _, err := p.Committor(Options{}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("error %v, want ErrDomain", err)
	}
	if _, err := p.QuasiStationaryDensity(Options{}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("error %v, want ErrDomain", err)
	}
}

// The elimination agrees with a dense solver on random networks.
func TestProp_NetworkMatchesDense(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, band := rapid.IntRange(1, 12).Draw(t, "nodes"), rapid.IntRange(1, 4).Draw(t, "band")
		net := newNetwork(n, band)
		dense := mat.NewSymDense(n, nil)
		for k := range n {
			v := rapid.Float64Range(0.01, 1).Draw(t, "killing")
			net.kill(k, v)
			dense.SetSym(k, k, dense.At(k, k)+v)
			for o := 1; o <= band && k+o < n; o++ {
				g := rapid.Float64Range(0, 3).Draw(t, "conductance")
				net.couple(k, o, g)
				dense.SetSym(k, k, dense.At(k, k)+g)
				dense.SetSym(k+o, k+o, dense.At(k+o, k+o)+g)
				dense.SetSym(k, k+o, dense.At(k, k+o)-g)
			}
		}
		b, mass := make([]float64, n), make([]float64, n)
		for k := range b {
			b[k] = rapid.Float64Range(0, 1).Draw(t, "right side")
			mass[k] = rapid.Float64Range(0.1, 2).Draw(t, "mass")
		}
		var want mat.VecDense
		if err := want.SolveVec(dense, mat.NewVecDense(n, append([]float64(nil), b...))); err != nil {
			t.Fatal(err)
		}
		net.factorise()
		net.solve(b)
		for k := range b {
			if !(math.Abs(b[k]-want.AtVec(k)) < 1e-9*(1+math.Abs(want.AtVec(k)))) {
				t.Fatalf("solution %v, want %v", b[k], want.AtVec(k))
			}
		}
		scaled := mat.NewSymDense(n, nil)
		for i := range n {
			for j := i; j < n; j++ {
				scaled.SetSym(i, j, dense.At(i, j)/math.Sqrt(mass[i]*mass[j]))
			}
		}
		var eigen mat.EigenSym
		eigen.Factorize(scaled, false)
		// Where the two lowest eigenvalues are not told apart, what is found lies
		// between them, and they are close.
		lambda, _, apart := net.principal(mass)
		low, high := eigen.Values(nil)[0], eigen.Values(nil)[0]
		if !apart {
			if high = eigen.Values(nil)[1]; !(high < 1.08*low) {
				t.Fatalf("eigenvalues %v and %v are not told apart", low, high)
			}
		}
		if !(lambda > low*(1-1e-6) && lambda < high*(1+1e-6)) {
			t.Fatalf("eigenvalue %v, want %v to %v", lambda, low, high)
		}
	})
}
