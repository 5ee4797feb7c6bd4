package firstpassage

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/theory/diffusion"
	"sgdescape/theory/rate"
)

func mean(t rapid.TB, p OneD, err error) float64 {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	e, err := p.Solve()
	if err != nil {
		t.Fatal(err)
	}
	return e.LogMeanTime()
}

// passage is the passage of the double well (L0, dL, w) beyond its saddle, with
// the noise of Eq. 13.
func passage(t rapid.TB, floor, height, width, eta float64) (OneD, *landscape.DoubleWell) {
	t.Helper()
	l, err := landscape.NewDoubleWell(floor, height, width)
	if err != nil {
		t.Fatal(err)
	}
	n, err := noise.NewLossProportional(l, mat.NewSymDense(1, []float64{8 * height / (width * width)}), 1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPassage(l, n, eta, l.Beyond())
	if err != nil {
		t.Fatal(err)
	}
	return p, l
}

// powerLaw is Eq. 16 of that well.
func powerLaw(floor, height, width, eta float64) rate.OneOutlier {
	h := 8 * height / (width * width)
	return rate.OneOutlier{OutlierCurvature: h, EscapeCurvature: h / 2, LossRatio: 1 + height/floor, Temperature: eta * h}
}

// kramersOrder solves the passage at a temperature and at half of it and checks
// that kappa T -> 1 with a gap in proportion to the temperature (Mori2022,
// Eq. 16). The temperature must be small.
func kramersOrder(passage func(eta float64) (float64, error), law func(eta float64) rate.Law, eta float64) error {
	gap := func(eta float64) (float64, error) {
		logTime, err := passage(eta)
		return math.Expm1(logTime + law(eta).LogEscapeRate()), err
	}
	coarse, err := gap(eta)
	if err != nil {
		return err
	}
	fine, err := gap(eta / 2)
	if err != nil {
		return err
	}
	if !(math.Abs(fine) < 0.05) {
		return fmt.Errorf("kappa T - 1 = %v is not small", fine)
	}
	if ratio := coarse / fine; !(math.Abs(ratio-2) < 0.15) {
		return fmt.Errorf("kappa T - 1 falls from %v to %v, by %v instead of 2", coarse, fine, ratio)
	}
	return nil
}

func solveWell(p OneD) (float64, error) {
	e, err := p.Solve()
	if err != nil {
		return 0, err
	}
	return e.LogMeanTime(), nil
}

func TestOrder_PowerLaw(t *testing.T) {
	for _, height := range []float64{0.5, 1, 4} {
		err := kramersOrder(
			func(eta float64) (float64, error) { p, _ := passage(t, 1, height, 1, eta); return solveWell(p) },
			func(eta float64) rate.Law { return powerLaw(1, height, 1, eta) }, 0.00125*math.Log1p(height)/height)
		if err != nil {
			t.Errorf("dL = %v: %v", height, err)
		}
	}
}

// TestReject_WrongEquations runs that check on equations that are wrong in one
// place each.
func TestReject_WrongEquations(t *testing.T) {
	const eta, floor = 0.001, 0.5
	h := 8.0
	right := func(eta float64) (OneD, *landscape.DoubleWell) { return passage(t, floor, 1, 1, eta) }
	law := func(eta float64) rate.Law { return powerLaw(floor, 1, 1, eta) }
	if err := kramersOrder(func(eta float64) (float64, error) { p, _ := right(eta); return solveWell(p) }, law, eta); err != nil {
		t.Fatalf("control: %v", err)
	}
	for _, tc := range []struct {
		name  string
		spoil func(p *OneD, l *landscape.DoubleWell, eta float64)
		law   func(eta float64) rate.Law
	}{
		{"1/L of the change of clock deleted", func(p *OneD, l *landscape.DoubleWell, _ float64) {
			p.Process = p.Process.InClock(func(x float64) float64 { return l.Loss([]float64{x}) })
		}, law},
		{"Stratonovich for Itô drift", func(p *OneD, _ *landscape.DoubleWell, eta float64) {
			drift := p.Process.Drift
			p.Process.Drift = func(x float64) float64 { return drift(x) - eta*h*drift(x)/2 } // (g²)'/4 = eta h* L'/2
		}, law},
		{"eta² for eta", func(p *OneD, _ *landscape.DoubleWell, eta float64) {
			g2 := p.Process.Noise
			p.Process.Noise = func(x float64) float64 { return eta * g2(x) * 700 }
		}, law},
		{"additive for loss-proportional noise", func(p *OneD, _ *landscape.DoubleWell, eta float64) {
			p.Process.Noise = func(float64) float64 { return 2 * eta * h * floor }
		}, law},
		{"n + 1 for n", func(*OneD, *landscape.DoubleWell, float64) {}, func(eta float64) rate.Law {
			return rate.Outliers{OutlierCount: 2, OutlierCurvature: h, EscapeCurvature: h / 2, LogDetMinimum: math.Log(h),
				LogDetSaddle: math.Log(h / 2), LossRatio: 1 + 1/floor, Temperature: eta * h}
		}},
		{"linear for log barrier", func(*OneD, *landscape.DoubleWell, float64) {}, func(eta float64) rate.Law {
			l := powerLaw(floor, 1, 1, eta)
			l.LossRatio = math.Exp(1 / floor)
			return l
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := kramersOrder(func(eta float64) (float64, error) {
				p, l := right(eta)
				tc.spoil(&p, l, eta)
				return solveWell(p)
			}, tc.law, eta)
			if err == nil || errors.Is(err, diffusion.ErrResolution) || errors.Is(err, ErrAccuracy) || errors.Is(err, model.ErrDomain) {
				t.Errorf("the wrong equation was not refused by the check: %v", err)
			}
		})
	}
}

func drawWell(t *rapid.T) (floor, height, width, eta float64) {
	floor = math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log L0"))
	height = floor * math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log dL/L0"))
	width = math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log w"))
	temperature := math.Exp(rapid.Float64Range(math.Log(0.02), 0).Draw(t, "log T"))
	return floor, height, width, temperature * width * width / (8 * height)
}

func TestProp_Symmetries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		floor, height, width, eta := drawWell(t)
		p, _ := passage(t, floor, height, width, eta)
		base := mean(t, p, nil)
		// L -> a L with eta -> eta/a: kappa -> a kappa.
		a := math.Exp(rapid.Float64Range(-5, 5).Draw(t, "log a"))
		p, _ = passage(t, a*floor, a*height, width, eta/a)
		if gap := math.Abs(mean(t, p, nil) + math.Log(a) - base); gap > 1e-9 {
			t.Fatalf("T(a L, eta/a) misses T/a by %v", gap)
		}
		// theta -> theta/s multiplies h by s², so that eta/s² keeps T = eta h and
		// divides all times by s².
		s := math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log s"))
		p, _ = passage(t, floor, height, width/s, eta/(s*s))
		if gap := math.Abs(mean(t, p, nil) + 2*math.Log(s) - base); gap > 1e-9 {
			t.Fatalf("T of the narrower well misses T/s² by %v", gap)
		}
		// The mean of tau at exit is that of the process run in tau (Mori2022,
		// Eqs. 14, 15), and lies between the extremes of L times T.
		q, l := passage(t, floor, height, width, eta)
		q.Process = q.Process.InClock(func(x float64) float64 { return l.Loss([]float64{x}) })
		additive := q
		additive.Process = diffusion.Process{
			Drift: func(x float64) float64 {
				var grad [1]float64
				l.Grad(grad[:], []float64{x})
				return -grad[0] / l.Loss([]float64{x})
			},
			Noise: func(float64) float64 { return 2 * eta * 8 * height / (width * width) },
		}
		tau := mean(t, q, nil)
		if gap := math.Abs(tau - mean(t, additive, nil)); gap > 1e-9 {
			t.Fatalf("mean tau by the change of clock misses that of Eq. 15 by %v", gap)
		}
		if !(tau >= base+math.Log(floor)) {
			t.Fatalf("mean tau exp(%v) below L* T = exp(%v)", tau, base+math.Log(floor))
		}
	})
}

// TestProp_ThresholdIsMonotone: T1 grows with c and falls with n, for any b; and
// the mesh agrees with the closed integral.
func TestProp_ThresholdIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "n")
		temperature := math.Exp(rapid.Float64Range(math.Log(0.01), math.Log(5)).Draw(t, "log T"))
		ratio := 1 + math.Exp(rapid.Float64Range(-3, 3).Draw(t, "log(c-1)"))
		e, err := valley(t, n, temperature, ratio).Solve()
		if err != nil {
			t.Fatal(err)
		}
		want, err := Radial{Dim: n, BatchOverEtaH: 1 / temperature, Ratio: ratio, Curvature: 1}.LogMeanTime()
		if err != nil {
			t.Fatal(err)
		}
		if gap := math.Abs(e.LogMeanTime() - want); gap > 1e-10 {
			t.Fatalf("mesh and closed integral differ by %v", gap)
		}
		wider, err := valley(t, n+1, temperature, ratio).Solve()
		if err != nil {
			t.Fatal(err)
		}
		if !(wider.LogMeanTime() < e.LogMeanTime()) {
			t.Fatalf("T does not fall with n")
		}
	})
}

// TestProp_FiniteDifferences compares mean and second moment with a
// finite-difference solution of a u' + (g²/2) u” = -f, which shares nothing
// with the Green function.
func TestProp_FiniteDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coefficient := func(label string) float64 { return rapid.Float64Range(-3, 3).Draw(t, label) }
		a0, a1, a3 := coefficient("a0"), coefficient("a1"), coefficient("a3")
		kappa, phase := coefficient("kappa"), coefficient("phase")
		process := diffusion.Process{
			Drift: func(x float64) float64 { return a0 + a1*x - a3*x*x*x },
			Noise: func(x float64) float64 { return 1.5 + math.Sin(kappa*x+phase) },
		}
		p := OneD{Process: process, Start: 0, Lower: -1, Upper: 1, LowerEnd: diffusion.Absorbing, UpperEnd: diffusion.Absorbing}
		e, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		const n = 2000 // even: the start is a node
		dx := 2.0 / n
		one := make([]float64, n+1)
		for i := range one {
			one[i] = 1
		}
		first := tridiagonal(process, -1, dx, one)
		second := tridiagonal(process, -1, dx, first)
		if misses(e.MeanTime(), first[n/2], 1e-4) {
			t.Fatalf("T = %v, by finite differences %v", e.MeanTime(), first[n/2])
		}
		if got := math.Exp(e.LogMoment(2)); misses(got, 2*second[n/2], 2e-4) {
			t.Fatalf("E T² = %v, by finite differences %v", got, 2*second[n/2])
		}
	})
}

// tridiagonal solves a u' + (g²/2) u” = -f with u = 0 at both ends by central
// differences and the Thomas algorithm.
func tridiagonal(p diffusion.Process, lower, dx float64, f []float64) []float64 {
	n := len(f) - 1
	u, c := make([]float64, n+1), make([]float64, n+1)
	for i := 1; i < n; i++ {
		x := lower + float64(i)*dx
		second, first := p.Noise(x)/(2*dx*dx), p.Drift(x)/(2*dx)
		below, above := second-first, second+first
		pivot := -2*second - below*c[i-1]
		c[i] = above / pivot
		u[i] = (-f[i] - below*u[i-1]) / pivot
	}
	for i := n - 1; i > 0; i-- {
		u[i] -= c[i] * u[i+1]
	}
	return u
}

// TestSlopes recovers the large-c slopes of T1 and T2 from the levels themselves.
func TestSlopes(t *testing.T) {
	const eta, low, high = 0.1, 1e5, 2e5
	for _, d := range []int{1, 2, 5, 10} {
		t.Run(fmt.Sprintf("d=%d", d), func(t *testing.T) {
			slope := func(logMean func(c float64) (float64, error)) float64 {
				a, err := logMean(low)
				if err != nil {
					t.Fatal(err)
				}
				b, err := logMean(high)
				if err != nil {
					t.Fatal(err)
				}
				return (b - a) / math.Ln2
			}
			one := slope(func(c float64) (float64, error) {
				return Radial{Dim: d, BatchOverEtaH: 1 / eta, Ratio: c, Curvature: 1}.LogMeanTime()
			})
			law := rate.Threshold{OutlierCount: d, OutlierCurvature: 1, LossRatio: 2, Temperature: eta}
			if misses(one, law.Exponent(), 1e-4) {
				t.Errorf("T1: slope %v, want that of T0, %v", one, law.Exponent())
			}
			two := slope(func(c float64) (float64, error) {
				p, err := NewGaussianInputs(d, eta, 1, 1, c)
				if err != nil {
					return 0, err
				}
				e, err := p.Solve()
				if err != nil {
					return 0, err
				}
				return e.LogMeanTime(), nil
			})
			if want := GaussianInputsSlope(d, eta, 1); misses(two, want, 1e-4) {
				t.Errorf("T2: slope %v, want %v", two, want)
			}
		})
	}
}

// TestDataSet solves the theory without decoupling on a data set: at N = 20000
// it is close to the population, and closer to itself under a permutation.
func TestDataSet(t *testing.T) {
	const eta, ratio = 0.1, 1.6
	data, err := dataset.Gaussian(7, 20000, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	exact, err := noise.NewExact(data, model.SGD{LearningRate: eta, BatchSize: 1, DatasetSize: 20000})
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewThreshold(data, exact, eta, ratio)
	got := mean(t, p, err)
	population, err := NewGaussianInputs(1, eta, 1, 1, ratio)
	if err != nil {
		t.Fatal(err)
	}
	want, err := population.Solve()
	if err != nil {
		t.Fatal(err)
	}
	// Moments of 20000 samples scatter by a few percent, and log T is of order 10 times that.
	if gap := math.Abs(got - want.LogMeanTime()); gap > 0.3 || gap == 0 {
		t.Errorf("log T = %v on the data set, %v for the population", got, want.LogMeanTime())
	}
}
