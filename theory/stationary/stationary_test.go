package stationary

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/theory/diffusion"
)

func logUniform(t *rapid.T, label string, low, high float64) float64 {
	return math.Exp(rapid.Float64Range(math.Log(low), math.Log(high)).Draw(t, "log "+label))
}

// misses reports whether got is farther than rtol from want.
func misses(got, want, rtol float64) bool { return !(math.Abs(got-want) <= rtol*math.Abs(want)) }

func TestQuadratic_Student(t *testing.T) {
	// Source: closed form. In one dimension (1 + h x²/(2 L*))^-phi is Student's
	// law with nu = 2 phi - 1 and sigma² = 2 L*/(h nu).
	p := Quadratic{Dim: 1, Curvature: 3, MinimumLoss: 0.7, Exponent: 2.6}
	nu := 2*p.Exponent - 1
	student := distuv.StudentsT{Nu: nu, Sigma: math.Sqrt(2 * p.MinimumLoss / (p.Curvature * nu))}
	for _, x := range []float64{0, 0.1, 1, 30, 1e5} {
		if misses(p.LogDensity([]float64{-x}), student.LogProb(x), 1e-12) {
			t.Errorf("log P(%v) = %v, want %v", x, p.LogDensity([]float64{-x}), student.LogProb(x))
		}
		if misses(p.LogRadiusDensity(x), student.LogProb(x)+math.Ln2, 1e-12) {
			t.Errorf("log density of the radius at %v = %v", x, p.LogRadiusDensity(x))
		}
		if math.Abs(p.RadiusCDF(x)-(2*student.CDF(x)-1)) > 1e-12 {
			t.Errorf("P(r <= %v) = %v, want %v", x, p.RadiusCDF(x), 2*student.CDF(x)-1)
		}
	}
}

func TestProp_Quadratic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "n")
		p := Quadratic{Dim: n, Curvature: logUniform(t, "h", 1e-2, 1e2), MinimumLoss: logUniform(t, "L*", 1e-2, 1e2),
			Exponent: float64(n)/2 + logUniform(t, "phi-n/2", 0.1, 30)}
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		// Quantile inverts the distribution function, of the radius and of the loss.
		q := rapid.Float64Range(0.001, 0.999).Draw(t, "q")
		r, loss := p.RadiusQuantile(q), p.LossQuantile(q)
		if misses(p.RadiusCDF(r), q, 1e-8) || misses(p.LossCDF(loss), q, 1e-8) {
			t.Fatalf("CDF(quantile(%v)) = %v, %v", q, p.RadiusCDF(r), p.LossCDF(loss))
		}
		if misses(loss, p.MinimumLoss+p.Curvature*r*r/2, 1e-9) {
			t.Fatalf("loss quantile %v at radius %v", loss, r)
		}
		// The density is normalised: integrated over the radius it is the
		// distribution function.
		mass := quad.Fixed(func(s float64) float64 { return math.Exp(p.LogRadiusDensity(r*math.Exp(-s)) + math.Log(r) - s) }, 0, 80, 1000, quad.Legendre{}, 0)
		if misses(mass, q, 1e-8) {
			t.Fatalf("density integrates to %v, want %v", mass, q)
		}
		// Density of the point times the surface of the sphere.
		theta := make([]float64, n)
		theta[n-1] = r
		half := float64(n) / 2
		gamma, _ := math.Lgamma(half)
		surface := math.Ln2 + half*math.Log(math.Pi) - gamma + float64(n-1)*math.Log(r)
		if math.Abs(p.LogDensity(theta)+surface-p.LogRadiusDensity(r)) > 1e-9 {
			t.Fatalf("log P + log surface = %v, log density of the radius %v", p.LogDensity(theta)+surface, p.LogRadiusDensity(r))
		}
	})
}

func TestProp_InternalTimeWeighsByLoss(t *testing.T) { rapid.Check(t, internalTimeWeighsByLoss) }

// FuzzInternalTimeWeighsByLoss is the same property, driven by the fuzzer.
func FuzzInternalTimeWeighsByLoss(f *testing.F) { f.Fuzz(rapid.MakeFuzz(internalTimeWeighsByLoss)) }

func internalTimeWeighsByLoss(t *rapid.T) {
	n := rapid.IntRange(1, 5).Draw(t, "n")
	temperature := 1 / (float64(n)/2 + logUniform(t, "b-n/2", 0.2, 30))
	inTime := Quadratic{Dim: n, Curvature: 2, MinimumLoss: 0.5, Exponent: Exponent(temperature)}
	internal := inTime
	internal.Exponent = InternalExponent(temperature)
	at := func(p Quadratic, x float64) float64 {
		theta := make([]float64, n)
		theta[0] = x
		return p.LogDensity(theta)
	}
	x := logUniform(t, "x", 1e-2, 1e3)
	ratio := at(internal, x) - at(internal, 0) - (at(inTime, x) - at(inTime, 0))
	if want := math.Log1p(x * x / inTime.MinimumLoss); math.Abs(ratio-want) > 1e-9*(1+want) {
		t.Fatalf("log(P_tau/P) rises by %v, log L by %v", ratio, want)
	}
}

func TestQuadratic_Moments(t *testing.T) {
	p := Quadratic{Dim: 3, Curvature: 2, MinimumLoss: 0.5, Exponent: 4}
	mean := quad.Fixed(func(u float64) float64 {
		r := u / (1 - u)
		return (0.5 + r*r) * math.Exp(p.LogRadiusDensity(r)) / ((1 - u) * (1 - u))
	}, 0, 1, 400, quad.Legendre{}, 0)
	if misses(p.MeanLoss(), mean, 1e-8) {
		t.Errorf("mean loss %v, by quadrature %v", p.MeanLoss(), mean)
	}
	p.Exponent = 2.5
	if !math.IsInf(p.MeanLoss(), 1) {
		t.Errorf("mean loss %v, want +Inf at phi = 1 + n/2", p.MeanLoss())
	}
	if !p.MomentExists(1.9) || p.MomentExists(2) {
		t.Error("moments of |theta| exist below 2 phi - n = 2 only")
	}
	if p.RadiusCDF(-1) != 0 || p.LossCDF(0.1) != 0 || !math.IsInf(p.LogRadiusDensity(-1), -1) || p.RadiusQuantile(0) != 0 || !math.IsInf(p.RadiusQuantile(1), 1) {
		t.Error("wrong outside the range of the radius")
	}
}

func TestReject_Quadratic(t *testing.T) {
	nan := math.NaN()
	for _, p := range []Quadratic{
		{}, {1, nan, 1, 2}, {1, 1, nan, 2}, {1, 1, 1, nan},
		{4, 1, 1, Exponent(1)},         // n = n_c
		{3, 1, 1, InternalExponent(1)}, // stable in t, not in tau
	} {
		if err := p.Validate(); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%+v: error %v, want one that wraps model.ErrDomain", p, err)
		}
	}
	if err := (Quadratic{3, 1, 1, Exponent(1)}).Validate(); err != nil {
		t.Errorf("control: %v", err)
	}
	if _, err := GaussianInputs(0, nan, -1); !errors.Is(err, model.ErrDomain) {
		t.Errorf("error %v, want one that wraps model.ErrDomain", err)
	}
	for name, f := range map[string]func(){
		"length":   func() { Quadratic{2, 1, 1, 2}.LogDensity([]float64{1}) },
		"quantile": func() { Quadratic{1, 1, 1, 2}.RadiusQuantile(nan) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// line is the one-dimensional valley 0.5 + x² with Eq. 13 at temperature T.
func line(temperature float64) diffusion.Process {
	return diffusion.Process{
		Drift: func(x float64) float64 { return -2 * x },
		Noise: func(x float64) float64 { return 2 * temperature * (0.5 + x*x) },
	}
}

var everywhere = diffusion.Region{Lower: math.Inf(-1), Upper: math.Inf(1)}

// agree compares a density by quadrature with one in closed form.
func agree(t *testing.T, p diffusion.Process, want Quadratic, rtol float64) bool {
	t.Helper()
	got, err := NewOneD(p, everywhere)
	if err != nil {
		t.Fatal(err)
	}
	ok := !misses(got.Mean(func(float64) float64 { return 1 }), 1, rtol)
	for _, x := range []float64{-3, -0.5, 0, 1e-3, 0.7, 5} {
		ok = ok && math.Abs(got.LogDensity(x)-want.LogDensity([]float64{x})) < rtol*10
		cdf := (1 + math.Copysign(want.RadiusCDF(math.Abs(x)), x)) / 2
		ok = ok && math.Abs(got.CDF(x)-cdf) < rtol
	}
	return ok
}

func TestOneD(t *testing.T) {
	const temperature = 0.4
	inTime := Quadratic{1, 2, 0.5, Exponent(temperature)}
	internal := Quadratic{1, 2, 0.5, InternalExponent(temperature)}
	loss := func(x float64) float64 { return 0.5 + x*x }
	if !agree(t, line(temperature), inTime, 1e-11) {
		t.Error("density in t differs from L^-phi")
	}
	if !agree(t, line(temperature).InClock(loss), internal, 1e-11) {
		t.Error("density in tau differs from L^-(phi-1)")
	}
	gaussian, err := GaussianInputs(0.1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	exact := diffusion.Process{Drift: func(x float64) float64 { return -x }, Noise: func(x float64) float64 { return 0.1 * (1 + 2*x*x) }}
	if !agree(t, exact, gaussian, 1e-11) {
		t.Error("density of Gaussian inputs differs from (s² + 2 theta²)^-(1 + B/(2 eta))")
	}
	d, err := NewOneD(line(temperature), diffusion.Region{Lower: 0, Upper: 2, Start: 0})
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsInf(d.LogDensity(-1), -1) || d.CDF(-1) != 0 || d.CDF(3) != 1 || misses(d.CDF(2), 1, 1e-12) || math.Abs(d.CDF(0)) > 1e-13 {
		t.Error("wrong at and beyond the ends")
	}
	if want := inTime.RadiusCDF(1) / inTime.RadiusCDF(2); misses(d.CDF(1), want, 1e-11) {
		t.Errorf("between reflecting ends CDF(1) = %v, want %v", d.CDF(1), want)
	}
}

// TestReject_StationaryLaws runs the comparison that passes above on wrong equations.
func TestReject_StationaryLaws(t *testing.T) {
	const temperature = 0.4
	want := Quadratic{1, 2, 0.5, Exponent(temperature)}
	right := line(temperature)
	if !agree(t, right, want, 1e-11) {
		t.Fatal("control differs")
	}
	for _, tc := range []struct {
		name string
		p    diffusion.Process
	}{
		{"Stratonovich for Itô drift", diffusion.Process{Noise: right.Noise,
			Drift: func(x float64) float64 { return right.Drift(x) + temperature*x }}}, // (g²)'/4
		{"eta² for eta, at eta = 0.5", diffusion.Process{Drift: right.Drift,
			Noise: func(x float64) float64 { return 0.5 * right.Noise(x) }}},
		{"1/L of the clock deleted", right.InClock(func(x float64) float64 { return 0.5 + x*x })},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if agree(t, tc.p, want, 1e-4) {
				t.Error("the wrong law passed")
			}
		})
	}
	// Constant noise without drift carries infinite mass.
	flat := diffusion.Process{Drift: func(float64) float64 { return 0 }, Noise: func(float64) float64 { return 1 }}
	if _, err := NewOneD(flat, everywhere); !errors.Is(err, model.ErrDomain) {
		t.Errorf("error %v, want one that wraps model.ErrDomain", err)
	}
}
