package firstpassage

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/theory/diffusion"
)

// well returns the double well with the noise of Eq. 13, h* = L”(-w).
func well(t testing.TB, floor, height, width float64, batch int) (*landscape.DoubleWell, noise.Model) {
	t.Helper()
	l, err := landscape.NewDoubleWell(floor, height, width)
	if err != nil {
		t.Fatal(err)
	}
	n, err := noise.NewLossProportional(l, mat.NewSymDense(1, []float64{8 * height / (width * width)}), batch)
	if err != nil {
		t.Fatal(err)
	}
	return l, n
}

func TestGolden_DoubleWell(t *testing.T) {
	rows, rtol := external(t, "doublewell")
	for _, r := range rows {
		t.Run(fmt.Sprintf("floor=%v/height=%v/width=%v/eta=%v/batch=%v", r[0], r[1], r[2], r[3], r[4]), func(t *testing.T) {
			l, n := well(t, r[0], r[1], r[2], int(r[4]))
			for i, target := range [][]float64{l.Saddle(), l.Beyond()} {
				p, err := NewPassage(l, n, r[3], target)
				if err != nil {
					t.Fatal(err)
				}
				e, err := p.Solve()
				if err != nil {
					t.Fatal(err)
				}
				if misses(e.MeanTime(), r[5+i], rtol/1e4) || e.RelativeError() > rtol/1e4 {
					t.Errorf("T(-w -> %v) = %v, want %v; estimated error %.2g", target, e.MeanTime(), r[5+i], e.RelativeError())
				}
				if e.ProbabilityUp() != 1 || e.Conditions() != nil {
					t.Errorf("probability up %v, conditions %v", e.ProbabilityUp(), e.Conditions())
				}
			}
		})
	}
}

func TestGolden_GaussianInputs(t *testing.T) {
	rows, rtol := external(t, "radial_mfpt_gaussian_covariance")
	for _, r := range rows {
		t.Run(fmt.Sprintf("eta=%v/batch=%v/n=%v/c=%v", r[0], r[1], r[2], r[3]), func(t *testing.T) {
			p, err := NewGaussianInputs(int(r[2]), r[0], r[1], 2.5, r[3])
			if err != nil {
				t.Fatal(err)
			}
			e, err := p.Solve()
			if err != nil {
				t.Fatal(err)
			}
			if misses(e.MeanTime(), r[4], rtol/1e4) {
				t.Errorf("T = %v, want %v", e.MeanTime(), r[4])
			}
		})
	}
}

// TestRadialProcess_Radial compares the mesh with the closed integral, which
// share no code.
func TestRadialProcess_Radial(t *testing.T) {
	rows, _ := external(t, "radial_mfpt")
	for _, r := range rows {
		p, err := NewProportionalValley(int(r[1]), 3, 0.2, 1/r[0], r[2])
		if err != nil {
			t.Fatal(err)
		}
		e, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		want, err := Radial{Dim: p.Dim, BatchOverEtaH: r[0], Ratio: r[2], Curvature: 3}.LogMeanTime()
		if err != nil {
			t.Fatal(err)
		}
		if gap := math.Abs(e.LogMeanTime() - want); gap > 1e-12 {
			t.Errorf("%v: log T differs by %v", r, gap)
		}
	}
}

// TestReject_Center: a start at the center is solved for processes that are a Brownian
// motion there; a noise r^power, for which the time is 2/(2-power)² (closed form), is not.
func TestReject_Center(t *testing.T) {
	for _, tc := range []struct {
		power float64
		want  error
	}{{0, nil}, {0.5, model.ErrDomain}, {0.9, model.ErrDomain}, {1.5, model.ErrDomain}} {
		noise := func(r float64) float64 { return math.Pow(r, tc.power) }
		_, err := RadialProcess{Dim: 2, Drift: constant(0), RadialNoise: noise, TangentialNoise: noise, Radius: 1}.Solve()
		if !errors.Is(err, tc.want) {
			t.Errorf("noise r^%v: error %v, want %v", tc.power, err, tc.want)
		}
	}
	// The Gaussian inputs up to a loss far out, which a mesh cut too high refused.
	p, err := NewGaussianInputs(2, 0.1, 1, 1, 1e10)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := p.Solve(); err != nil || e.RelativeError() > 1e-11 {
		t.Errorf("Gaussian inputs to c = 1e10: %v", err)
	}
}

// TestThreshold holds the two-sided exit of one dimension against the radial
// integral, for the population and its exact covariance.
func TestThreshold(t *testing.T) {
	population, err := dataset.NewPopulation(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	decoupled, err := noise.NewLossProportional(population, mat.NewSymDense(1, []float64{1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	exact, err := noise.NewGaussianInputs(population, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, source string
		noise        noise.Model
		want         float64
	}{
		{"T1", "arbitrary-precision quadrature set, b = 10, n = 1, c = 2", decoupled, 574.1016305633815},
		{"T2", "arbitrary-precision quadrature set, eta = 0.1, n = 1, c = 2", exact, 192.36057936776493},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, err := NewThreshold(population, tc.noise, 0.1, 2)
			if err != nil {
				t.Fatal(err)
			}
			e, err := p.Solve()
			if err != nil {
				t.Fatal(err)
			}
			if misses(e.MeanTime(), tc.want, 1e-12) || misses(e.ProbabilityUp(), 0.5, 1e-12) {
				t.Errorf("T = %v, want %v; probability up %v, want 1/2", e.MeanTime(), tc.want, e.ProbabilityUp())
			}
		})
	}
}

// TestOneD_OrnsteinUhlenbeck: from the center to 4 standard deviations. Source:
// T = int_0^4 sqrt(2 pi) exp(y²/2) Phi(y) dy and the zero of the parabolic
// cylinder function D_lambda(-4), by arbitrary-precision arithmetic.
func TestOneD_OrnsteinUhlenbeck(t *testing.T) {
	e, err := OneD{Process: diffusion.Process{Drift: func(x float64) float64 { return -x }, Noise: func(float64) float64 { return 2 }},
		Lower: math.Inf(-1), Upper: 4, UpperEnd: diffusion.Absorbing}.Solve()
	s := spectrum(t, e, err)
	if misses(e.MeanTime(), 2018.39238364665, 1e-13) || misses(s.Eigenvalue(), 0.000495738966293062, 1e-12) {
		t.Errorf("T = %v, lambda_1 = %v", e.MeanTime(), s.Eigenvalue())
	}
	defer func() {
		if recover() == nil {
			t.Error("the moment of order 0 did not panic")
		}
	}()
	e.LogMoment(0)
}

// brownian is a Brownian motion with constant drift.
func brownian(drift, variance float64) diffusion.Process {
	return diffusion.Process{Drift: func(float64) float64 { return drift }, Noise: func(float64) float64 { return variance }}
}

func TestOneD_ClosedForm(t *testing.T) {
	inf := math.Inf(1)
	for _, tc := range []struct {
		name, source        string
		p                   OneD
		mean, second, third float64
		up                  float64
	}{
		{"Brownian, two ends", "closed form: T = (x-l)(u-x)/g²",
			OneD{Process: brownian(0, 2), Start: 1, Lower: 0, Upper: 4, LowerEnd: diffusion.Absorbing, UpperEnd: diffusion.Absorbing},
			1.5, 4.75, 0, 0.25},
		{"Brownian, reflecting below", "closed form: T = u²/g², E T² = 5 u⁴/(3 g⁴), E T³ = 61 u⁶/(15 g⁶)",
			OneD{Process: brownian(0, 2), Start: 0, Lower: 0, Upper: 2, UpperEnd: diffusion.Absorbing},
			2, 5.0 / 3 * 4, 61.0 / 15 * 8, 1},
		{"Brownian, reflecting above", "closed form: mirror image",
			OneD{Process: brownian(0, 2), Start: 2, Lower: 0, Upper: 2, LowerEnd: diffusion.Absorbing},
			2, 5.0 / 3 * 4, 61.0 / 15 * 8, 0},
		{"drift towards the end, infinite side", "closed form: T = u/a, var = u g²/a³",
			OneD{Process: brownian(2, 3), Start: 0, Lower: -inf, Upper: 5, UpperEnd: diffusion.Absorbing},
			2.5, 2.5*2.5 + 5*3.0/8, 0, 1},
		{"the same, mirrored", "closed form",
			OneD{Process: brownian(-2, 3), Start: 0, Lower: -5, Upper: inf, LowerEnd: diffusion.Absorbing},
			2.5, 2.5*2.5 + 5*3.0/8, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e, err := tc.p.Solve()
			if err != nil {
				t.Fatal(err)
			}
			if misses(e.MeanTime(), tc.mean, 1e-11) {
				t.Errorf("T = %v, want %v", e.MeanTime(), tc.mean)
			}
			if tc.third != 0 && misses(math.Exp(e.LogMoment(3)), tc.third, 1e-11) {
				t.Errorf("E T³ = %v, want %v", math.Exp(e.LogMoment(3)), tc.third)
			}
			if got := math.Exp(e.LogMoment(2)); misses(got, tc.second, 1e-11) {
				t.Errorf("E T² = %v, want %v", got, tc.second)
			}
			if misses(e.Variance(), tc.second-tc.mean*tc.mean, 1e-10) {
				t.Errorf("var T = %v, want %v", e.Variance(), tc.second-tc.mean*tc.mean)
			}
			if math.Abs(e.ProbabilityUp()-tc.up) > 1e-12 {
				t.Errorf("probability up = %v, want %v", e.ProbabilityUp(), tc.up)
			}
		})
	}
}

// TestOneD_HugeBarrier checks that nothing overflows: in the power-law valley
// with b = 3000 the time is exp(4000) and more.
func TestOneD_HugeBarrier(t *testing.T) {
	for _, ratio := range []float64{2, 4} {
		p, err := NewProportionalValley(1, 1, 1, 1.0/3000, ratio)
		if err != nil {
			t.Fatal(err)
		}
		e, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		want, err := Radial{Dim: 1, BatchOverEtaH: 3000, Ratio: ratio, Curvature: 1}.LogMeanTime()
		if err != nil {
			t.Fatal(err)
		}
		if gap := math.Abs(e.LogMeanTime() - want); gap > 1e-9 {
			t.Errorf("c = %v: log T = %v, want %v", ratio, e.LogMeanTime(), want)
		}
		if !math.IsInf(e.MeanTime(), 1) || len(e.Conditions()) != 1 || e.Conditions()[0].Name != model.Underflow {
			t.Errorf("T = %v, conditions %v; want +Inf and %q", e.MeanTime(), e.Conditions(), model.Underflow)
		}
		if math.Abs(e.SquaredVariation()-1) > 1e-9 {
			t.Errorf("variance over T² = %v, want 1", e.SquaredVariation())
		}
	}
}

// TestOneD_UnequalBarriers: with two absorbing ends behind barriers of 200 and
// 8, the higher one might as well reflect; nothing cancels, on either side.
func TestOneD_UnequalBarriers(t *testing.T) {
	spring := diffusion.Process{Drift: func(x float64) float64 { return -x }, Noise: func(float64) float64 { return 2 }}
	for _, tc := range []struct {
		name         string
		lower, upper float64
	}{{"left", -4, 20}, {"right", -20, 4}} {
		t.Run(tc.name, func(t *testing.T) {
			both := OneD{Process: spring, Lower: tc.lower, Upper: tc.upper, LowerEnd: diffusion.Absorbing, UpperEnd: diffusion.Absorbing}
			e, err := both.Solve()
			s := spectrum(t, e, err)
			// Source: the same arbitrary-precision value as above.
			if misses(e.MeanTime(), 2018.39238364665, 1e-12) || misses(s.Eigenvalue(), 0.000495738966293062, 1e-11) {
				t.Errorf("T = %v, lambda_1 = %v", e.MeanTime(), s.Eigenvalue())
			}
			rare := e.ProbabilityUp()
			if tc.name == "right" {
				rare = 1 - rare
			}
			if !(rare >= 0 && rare < 1e-70) {
				t.Errorf("probability of the high barrier %v", rare)
			}
		})
	}
}

// TestOrder_MonitoringInterval: the shift of the end is of order sqrt(dt).
func TestOrder_MonitoringInterval(t *testing.T) {
	p, err := NewProportionalValley(2, 1, 1, 0.1, 2)
	if err != nil {
		t.Fatal(err)
	}
	mean := func(dt float64) float64 {
		p.MonitoringInterval = dt
		e, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		return e.MeanTime()
	}
	base := mean(0)
	coarse, fine := mean(1e-6)-base, mean(1e-8)-base
	if !(coarse > 0) || math.Abs(math.Log10(coarse/fine)-1) > 0.01 {
		t.Errorf("shifts %v and %v: order %v, want 1/2", coarse, fine, math.Log10(coarse/fine)/2)
	}
}

func TestReject_OneD(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	good := OneD{Process: brownian(1, 1), Lower: -1, Upper: 1, LowerEnd: diffusion.Absorbing, UpperEnd: diffusion.Absorbing}
	if _, err := good.Solve(); err != nil {
		t.Fatalf("control: %v", err)
	}
	for _, tc := range []struct {
		name  string
		spoil func(*OneD)
	}{
		{"no drift", func(p *OneD) { p.Process.Drift = nil }},
		{"no noise", func(p *OneD) { p.Process.Noise = nil }},
		{"start outside", func(p *OneD) { p.Start = 2 }},
		{"start on an absorbing end", func(p *OneD) { p.Start = 1 }},
		{"start NaN", func(p *OneD) { p.Start = nan }},
		{"empty region", func(p *OneD) { p.Lower, p.Upper = 1, -1 }},
		{"no absorbing end", func(p *OneD) { p.LowerEnd, p.UpperEnd = diffusion.Reflecting, diffusion.Reflecting }},
		{"infinite absorbing end", func(p *OneD) { p.Upper = inf }},
		{"dt < 0", func(p *OneD) { p.MonitoringInterval = -1 }},
		{"noise vanishes", func(p *OneD) { p.Process.Noise = func(x float64) float64 { return math.Max(0, x) } }},
		{"drift NaN", func(p *OneD) { p.Process.Drift = math.Sqrt }},
		{"null recurrent", func(p *OneD) { p.Lower, p.LowerEnd, p.Process = -inf, diffusion.Reflecting, brownian(0, 1) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := good
			tc.spoil(&p)
			if _, err := p.Solve(); !errors.Is(err, model.ErrDomain) {
				t.Errorf("error %v, want one that wraps model.ErrDomain", err)
			}
		})
	}
	t.Run("a feature that only the refined mesh sees", func(t *testing.T) {
		p := good
		nodes := make([]float64, 16)
		quad.Legendre{}.FixedLocations(nodes, make([]float64, 16), 0, 0.125) // half of the first panel to the right
		p.Process = diffusion.Process{Noise: func(float64) float64 { return 1 },
			Drift: func(x float64) float64 { z := (x - nodes[5]) / 1e-4; return 100 * math.Exp(-z*z) }}
		if _, err := p.Solve(); !errors.Is(err, ErrAccuracy) {
			t.Errorf("error %v, want one that wraps ErrAccuracy", err)
		}
	})
	t.Run("singular drift", func(t *testing.T) {
		p := good
		p.Process.Drift = func(x float64) float64 { return 1 / (x - 0.3) }
		if _, err := p.Solve(); !errors.Is(err, diffusion.ErrResolution) {
			t.Errorf("error %v, want one that wraps diffusion.ErrResolution", err)
		}
	})
}
