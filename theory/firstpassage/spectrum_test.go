package firstpassage

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"sgdescape/theory/diffusion"
	"sgdescape/theory/stationary"
)

func spectrum(t rapid.TB, e *Exit, err error) *Spectrum {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.Spectrum()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valley(t rapid.TB, n int, temperature, ratio float64) RadialProcess {
	t.Helper()
	p, err := NewProportionalValley(n, 1, 1, temperature, ratio)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestGolden_RadialEigenvalue: with v = L/L* - 1 the eigenfunctions of the
// isotropic valley are hypergeometric, which fixes lambda_1 independently.
func TestGolden_RadialEigenvalue(t *testing.T) {
	rows, rtol := external(t, "radial_eigenvalue")
	for _, r := range rows {
		t.Run(fmt.Sprintf("b=%v/n=%v/c=%v", r[0], r[1], r[2]), func(t *testing.T) {
			e, err := valley(t, int(r[1]), 1/r[0], r[2]).Solve()
			s := spectrum(t, e, err)
			if misses(s.Eigenvalue(), r[3], rtol) {
				t.Errorf("lambda_1 = %v, want %v", s.Eigenvalue(), r[3])
			}
		})
	}
}

// TestSurvival_Brownian: between two ends at distance 1, started in the middle,
// S(t) = sum over odd j of (4/(pi j)) sin(j pi/2) exp(-j² pi² t). Source: closed form.
func TestSurvival_Brownian(t *testing.T) {
	e, err := OneD{Process: brownian(0, 2), Start: 0.5, Upper: 1, LowerEnd: diffusion.Absorbing, UpperEnd: diffusion.Absorbing}.Solve()
	s := spectrum(t, e, err)
	for _, at := range []float64{1e-3, 1e-2, 0.1, 1} {
		want := 0.0
		for j := 1.0; j < 400; j += 2 {
			want += 4 / (math.Pi * j) * math.Sin(j*math.Pi/2) * math.Exp(-j*j*math.Pi*math.Pi*at)
		}
		if math.Abs(s.Survival(at)-want) > 1e-9 || s.SurvivalError() > 1e-9 {
			t.Errorf("S(%v) = %v, want %v; estimated error %v", at, s.Survival(at), want, s.SurvivalError())
		}
	}
	if misses(s.Eigenvalue(), math.Pi*math.Pi, 1e-12) {
		t.Errorf("lambda_1 = %v, want pi²", s.Eigenvalue())
	}
	for _, x := range []float64{0.01, 0.3, 0.5, 0.99} {
		if want := math.Log(math.Pi / 2 * math.Sin(math.Pi*x)); math.Abs(s.LogQuasiStationary(x)-want) > 1e-9 {
			t.Errorf("log q(%v) = %v, want %v", x, s.LogQuasiStationary(x), want)
		}
	}
	if s.Survival(0) != 1 || s.Survival(-1) != 1 || !math.IsInf(s.LogQuasiStationary(0), -1) || !math.IsInf(s.LogQuasiStationary(2), -1) {
		t.Error("wrong at the ends")
	}
}

// TestProp_LevelsAgree draws exits and demands that survival, moments,
// eigenvalue and quasi-stationary density say the same.
func TestProp_LevelsAgree(t *testing.T) { rapid.Check(t, levelsAgree) }

// FuzzLevelsAgree is the same property, driven by the fuzzer.
func FuzzLevelsAgree(f *testing.F) { f.Fuzz(rapid.MakeFuzz(levelsAgree)) }

func levelsAgree(t *rapid.T) {
	n := rapid.IntRange(1, 8).Draw(t, "n")
	temperature := math.Exp(rapid.Float64Range(math.Log(0.02), math.Log(3)).Draw(t, "log T"))
	ratio := 1 + math.Exp(rapid.Float64Range(-1, 2).Draw(t, "log(c-1)"))
	e, err := valley(t, n, temperature, ratio).Solve()
	s := spectrum(t, e, err)
	// The first three moments of S. Each is a sum over modes, and nothing
	// is claimed of S before the first resolved time t0, which leaves k int_0^t0 t^(k-1) dt
	// of the k-th moment open.
	for k := 1; k <= 3; k++ {
		sum := 0.0
		for j, share := range s.modes.share {
			sum += share * math.Pow(s.modes.times[j], float64(k))
		}
		factorial, _ := math.Lgamma(float64(k) + 1)
		got := math.Log(sum) + float64(k)*s.modes.scale + factorial
		open := math.Pow(s.modes.early/math.Exp(e.logMean-s.modes.scale), float64(k)) * math.Exp(float64(k)*e.LogMeanTime()-e.LogMoment(k))
		if math.Abs(got-e.LogMoment(k)) > open+10*s.SurvivalError()+1e-9 {
			t.Fatalf("log E T^%d = %v from survival, %v from the Green function", k, got, e.LogMoment(k))
		}
	}
	// S is non-increasing from 1.
	before := 1.0
	for _, x := range []float64{0, 1e-3, 1e-2, 0.1, 0.5, 1, 2, 5, 10, 100} {
		now := s.Survival(x * e.MeanTime())
		if now > before+s.SurvivalError() {
			t.Fatalf("S rises from %v to %v at %v T", before, now, x)
		}
		before = now
	}
	// 1/lambda_1 is the mean time from the quasi-stationary density; T from
	// the minimum is longer than that of any other start.
	_, density, weight := s.QuasiStationary()
	one := make([]float64, len(density))
	for i := range one {
		one[i] = 1
	}
	times, edges := make([]float64, len(density)), make([]float64, len(e.mesh.EdgeX))
	e.green.Apply(times, edges, one)
	mass, mean := 0.0, 0.0
	for i, q := range density {
		mass += weight[i] * q
		mean += weight[i] * q * times[i]
	}
	if math.Abs(mass-1) > 1e-10 {
		t.Fatalf("quasi-stationary density has mass %v", mass)
	}
	if gap := math.Log(mean) + e.green.Scale + s.LogEigenvalue(); math.Abs(gap) > 1e-9 {
		t.Fatalf("log(lambda_1 E_q T) = %v", gap)
	}
	if product := s.LogEigenvalue() + e.LogMeanTime(); product < -1e-12 {
		t.Fatalf("log(lambda_1 T) = %v < 0", product)
	}
}

// TestReject_Spectrum: what is not resolved is refused, not returned. In 1000
// dimensions, far above n_c, nothing binds up to c = 1e6 and the modes are dense.
func TestReject_Spectrum(t *testing.T) {
	e, err := valley(t, 1000, 0.1, 1e6).Solve()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Spectrum(); !errors.Is(err, ErrAccuracy) {
		t.Errorf("error %v, want one that wraps ErrAccuracy", err)
	}
	e, err = valley(t, 100, 0.1, 30).Solve()
	s := spectrum(t, e, err)
	if s.SurvivalError() > 1e-5 || math.IsNaN(s.Survival(e.MeanTime())) {
		t.Fatalf("control: S(T) = %v with estimated error %v", s.Survival(e.MeanTime()), s.SurvivalError())
	}
	s.modes.err = 1.1e-5
	if !math.IsNaN(s.Survival(e.MeanTime())) || s.Survival(0) != 1 {
		t.Errorf("S(T) = %v, S(0) = %v with estimated error %v, want NaN and 1", s.Survival(e.MeanTime()), s.Survival(0), s.SurvivalError())
	}
}

// TestSpectrum_DeeperBeyond: the speed measure beyond the barrier outweighs that
// of the starting well, the more the colder. The eigenvalue must come out right
// or be refused, never be that of the other well.
func TestSpectrum_DeeperBeyond(t *testing.T) {
	for _, temperature := range []float64{0.05, 0.02, 0.01, 0.008, 0.006, 0.005, 0.004, 0.003, 0.0025, 0.002, 0.001} {
		e, err := OneD{
			Process: diffusion.Process{
				Drift: func(x float64) float64 { return 4*x*(1-x*x) + 1 }, // V = (1-x²)² - x
				Noise: func(float64) float64 { return 2 * temperature },
			},
			Start: -0.83, Lower: math.Inf(-1), Upper: 1.1, UpperEnd: diffusion.Absorbing,
		}.Solve()
		if err != nil {
			t.Fatal(err)
		}
		s, err := e.Spectrum()
		if err != nil {
			if !errors.Is(err, ErrAccuracy) || temperature > 0.0022 {
				t.Errorf("T = %v: %v", temperature, err)
			}
			continue
		}
		if product := s.LogEigenvalue() + e.LogMeanTime(); math.Abs(product) > 0.05 {
			t.Errorf("T = %v: log(lambda_1 T) = %v, want about 0", temperature, product)
		}
	}
}

// TestSpectrum_HighBarrier: lambda_1 T -> 1, and exits become exponential.
func TestSpectrum_HighBarrier(t *testing.T) {
	gap := math.Inf(1)
	for _, ratio := range []float64{1.5, 2, 3, 5} {
		e, err := valley(t, 1, 0.1, ratio).Solve()
		s := spectrum(t, e, err)
		now := math.Abs(math.Expm1(s.LogEigenvalue() + e.LogMeanTime()))
		if now > gap {
			t.Errorf("c = %v: lambda_1 T - 1 = %v, larger than %v at the lower barrier", ratio, now, gap)
		}
		gap = now
	}
	if gap > 1e-5 {
		t.Errorf("lambda_1 T - 1 = %v at c = 5", gap)
	}
	e, err := valley(t, 1, 1.0/3000, 2).Solve()
	s := spectrum(t, e, err)
	if s.Eigenvalue() != 0 || math.Abs(s.LogEigenvalue()+e.LogMeanTime()) > 1e-12 {
		t.Errorf("log lambda_1 = %v, log T = %v", s.LogEigenvalue(), e.LogMeanTime())
	}
}

// TestQuasiStationary_PowerLaw: inside the valley the quasi-stationary density
// is L^-phi in t and L^-(phi-1) in tau (Mori2022, Eq. 18).
func TestQuasiStationary_PowerLaw(t *testing.T) {
	const temperature = 0.1
	loss := func(x float64) float64 { return 1 + x*x/2 }
	p := valley(t, 1, temperature, 30)
	inTime := OneD{Process: p.Process(), Lower: -p.Radius, Upper: p.Radius, LowerEnd: diffusion.Absorbing, UpperEnd: diffusion.Absorbing}
	internal := inTime
	internal.Process = inTime.Process.InClock(loss)
	for _, tc := range []struct {
		name     string
		p        OneD
		exponent float64
	}{
		{"t", inTime, stationary.Exponent(temperature)},
		{"tau", internal, stationary.InternalExponent(temperature)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e, err := tc.p.Solve()
			s := spectrum(t, e, err)
			want := stationary.Quadratic{Dim: 1, Curvature: 1, MinimumLoss: 1, Exponent: tc.exponent}
			for _, x := range []float64{0, 0.3, -1, 2} {
				if math.Abs(s.LogQuasiStationary(x)-want.LogDensity([]float64{x})) > 1e-5 {
					t.Errorf("log q(%v) = %v, want %v", x, s.LogQuasiStationary(x), want.LogDensity([]float64{x}))
				}
			}
		})
	}
}

func BenchmarkSpectrum(b *testing.B) {
	p, err := NewGaussianInputs(5, 0.1, 1, 1, 2.6)
	if err != nil {
		b.Fatal(err)
	}
	e, err := p.Solve()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		s, err := e.Spectrum()
		if err != nil || s.SurvivalError() > 1e-9 {
			b.Fatal(err, s.SurvivalError())
		}
	}
}

func BenchmarkExit(b *testing.B) {
	for _, d := range []int{1, 5} {
		b.Run(fmt.Sprintf("process=gaussian-inputs/d=%d", d), func(b *testing.B) {
			p, err := NewGaussianInputs(d, 0.1, 1, 1, 2.6)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if e, err := p.Solve(); err != nil || e.RelativeError() > 1e-10 {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("process=double-well", func(b *testing.B) {
		l, n := well(b, 1, 2, 1, 1)
		p, err := NewPassage(l, n, 0.02, l.Beyond())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			e, err := p.Solve()
			if err != nil || e.RelativeError() > 1e-10 || misses(e.MeanTime(), 29.564080719981874, 1e-10) {
				b.Fatal(err)
			}
		}
	})
}
