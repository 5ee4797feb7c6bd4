package rival

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/theory/rate"
	"sgdescape/verify/stattest"
)

var (
	_ rate.Law = Arrhenius{}
	_ rate.Law = EyringKramers{}
	_ rate.Law = Alignment{}
	_ rate.Law = HessianNoise{}
	_ rate.Law = StateDependent{}
	_ rate.Law = LevyJumps{}
)

// well is L0 + dL (1 - x²)²: h* = 8 dL, |h_s| = 4 dL.
func well(x float64) float64 { q := 1 - x*x; return q * q }

// passage returns the mean time from -1 to +1 of the diffusion with drift
// -L'(x) and diffusion constant D(x), by the trapezoidal rule on the two
// Kramers integrals. With phi' = L'/D, Itô's sense has the weight exp(-phi)/D, the
// isothermal sense has 1/D at the barrier. phi must be even and 0 at -1.
func passage(phi, diffusion func(x float64) float64, isothermal bool) float64 {
	const n = 40000
	const lo, hi = -2.2, 1.0
	dx := (hi - lo) / n
	inner, outer := 0.0, 0.0
	for i := range n + 1 {
		x := lo + dx*float64(i)
		up, down := math.Exp(phi(x)), math.Exp(-phi(x))
		if isothermal {
			up /= diffusion(x)
		} else {
			down /= diffusion(x)
		}
		inner += down * dx / 2
		if x >= -1 {
			outer += up * inner * dx
		}
		inner += down * dx / 2
	}
	return outer
}

// approaches fails unless kappa T tends to 1 in proportion to the temperature.
func approaches(t *testing.T, what string, gap func(temperature float64) float64, temperature float64) {
	t.Helper()
	if far, near := gap(temperature), gap(temperature/2); !(math.Abs(near) < 0.1 && far/near > 1.7 && far/near < 2.6) {
		t.Errorf("%s: kappa T - 1 = %.4g at T = %v and %.4g at half of it, want a ratio near 2", what, far, temperature, near)
	}
}

func TestOrder_EyringKramers(t *testing.T) {
	gap := func(d float64) float64 {
		law := EyringKramers{EscapeCurvature: 4, LogDetMinimum: math.Log(8), LogDetSaddle: math.Log(4), LossBarrier: 1, DiffusionConstant: d}
		return law.EscapeRate()*passage(func(x float64) float64 { return well(x) / d }, func(float64) float64 { return d }, false) - 1
	}
	approaches(t, "GLD", gap, 0.1)
}

// TestReject_EyringKramers: a rate with a wrong constant must not pass.
func TestReject_EyringKramers(t *testing.T) {
	const d = 0.05
	exact := passage(func(x float64) float64 { return well(x) / d }, func(float64) float64 { return d }, false)
	right := EyringKramers{EscapeCurvature: 4, LogDetMinimum: math.Log(8), LogDetSaddle: math.Log(4), LossBarrier: 1, DiffusionConstant: d}
	for _, tc := range []struct {
		name   string
		change func(*EyringKramers)
	}{
		{"time to the saddle instead of beyond", func(l *EyringKramers) { l.EscapeCurvature *= 2 }},
		{"determinants exchanged", func(l *EyringKramers) { l.LogDetMinimum, l.LogDetSaddle = l.LogDetSaddle, l.LogDetMinimum }},
		{"noise sqrt(D) dW", func(l *EyringKramers) { l.DiffusionConstant /= 2 }},
	} {
		wrong := right
		tc.change(&wrong)
		if math.Abs(wrong.EscapeRate()*exact-1) < 0.1 {
			t.Errorf("%s: not rejected", tc.name)
		}
	}
}

func TestOrder_StateDependent(t *testing.T) {
	for _, isothermal := range []bool{false, true} {
		gap := func(temperature float64) float64 {
			law := StateDependent{LearningRate: temperature, MinimumCurvature: 8, EscapeCurvature: 4, LossBarrier: 1,
				Floor: 2, Growth: 16, Isothermal: isothermal}
			k := 8 / (temperature * 16)
			c := func(x float64) float64 { return 2 + 2*16*well(x)/8 }
			return law.EscapeRate()*passage(func(x float64) float64 { return k * math.Log(c(x)/2) },
				func(x float64) float64 { return temperature * c(x) / 2 }, isothermal) - 1
		}
		approaches(t, "quadratic noise", gap, 0.05)
	}
}

// Noise that switches from one curvature to the other at the share s of the
// climb, in the isothermal sense, which gives the prefactor |h_s|/2pi.
func TestOrder_HessianNoise(t *testing.T) {
	const share = 0.4
	gap := func(temperature float64) float64 {
		law := HessianNoise{LearningRate: temperature, BatchSize: 1, LossBarrier: 1, MinimumCurvature: 8, EscapeCurvature: 4, Share: share}
		d := func(x float64) float64 {
			if well(x) < share || math.Abs(x) > 1 {
				return temperature * 8 / 2
			}
			return temperature * 4 / 2
		}
		phi := func(x float64) float64 {
			if math.Abs(x) > 1 {
				return well(x) / (temperature * 4)
			}
			return math.Min(well(x), share)/(temperature*4) + math.Max(well(x)-share, 0)/(temperature*2)
		}
		return law.EscapeRate()*passage(phi, d, true) - 1
	}
	approaches(t, "noise along the Hessian", gap, 0.03)
}

// closeLogs fails unless the two logarithms agree.
func closeLogs(t interface{ Errorf(string, ...any) }, what string, got, want, tol float64) {
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s: log kappa = %.15g, want %.15g", what, got, want)
	}
}

func logUniform(t *rapid.T, name string, lo, hi float64) float64 {
	return math.Exp(rapid.Float64Range(math.Log(lo), math.Log(hi)).Draw(t, name))
}

func TestProp_CoincidesWithMori(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eta, b := logUniform(t, "eta", 1e-3, 1), rapid.IntRange(1, 100).Draw(t, "B")
		h, hs := logUniform(t, "h*", 0.1, 10), logUniform(t, "h_s", 0.1, 10)
		floor, barrier := logUniform(t, "L*", 1e-3, 10), logUniform(t, "dL", 1e-3, 10)
		temperature := eta * h / float64(b)
		logRatio := math.Log1p(barrier / floor)
		// Eq. 16, written out.
		mori := 0.5*math.Log(h*hs) - math.Log(2*math.Pi) - (0.5+1/temperature)*logRatio
		tol := 1e-11 * (1 + math.Abs(mori))

		closeLogs(t, "quadratic noise against Eq. 16", StateDependent{LearningRate: eta, MinimumCurvature: h, EscapeCurvature: hs,
			LossBarrier: barrier, Floor: 2 * floor * h / float64(b), Growth: h * h / float64(b)}.LogEscapeRate(), mori, tol)

		onLog := EyringKramers{EscapeCurvature: hs / (floor + barrier), LogDetMinimum: math.Log(h / floor),
			LogDetSaddle: math.Log(hs / (floor + barrier)), LossBarrier: logRatio, DiffusionConstant: temperature}
		closeLogs(t, "GLD on log L against Eq. 22", onLog.LogEscapeRate(), rate.EyringKramers{EscapeCurvature: onLog.EscapeCurvature,
			LogDetMinimum: onLog.LogDetMinimum, LogDetSaddle: onLog.LogDetSaddle, Barrier: logRatio, Temperature: temperature}.LogEscapeRate(), tol)
		closeLogs(t, "GLD on log L in t against Eq. 16", math.Log(floor)+onLog.LogEscapeRate(), mori, tol)

		// Frozen noise: the exponents agree to first order in dL/L*, and the
		// linear barrier is the higher one.
		frozen := HessianNoise{LearningRate: eta, BatchSize: b, LossBarrier: barrier, MinimumCurvature: h, EscapeCurvature: hs, Share: 1, NoiseLoss: floor}
		x := barrier / floor
		if gap := frozen.exponent()*temperature - logRatio; !(gap >= 0 && gap <= x*x/2*(1+1e-9)+1e-14) {
			t.Errorf("exponents differ by %v at dL/L* = %v, want between 0 and (dL/L*)²/2", gap, x)
		}
	})
}

func TestProp_Langevin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, hs := logUniform(t, "h*", 0.1, 10), logUniform(t, "h_s", 0.1, 10)
		barrier, d := logUniform(t, "dL", 1e-2, 10), logUniform(t, "D", 1e-3, 1)
		full := EyringKramers{EscapeCurvature: hs, LogDetMinimum: math.Log(h), LogDetSaddle: math.Log(hs), LossBarrier: barrier, DiffusionConstant: d}
		tol := 1e-11 * (1 + barrier/d)
		closeLogs(t, "Arrhenius with Kramers' attempt rate", Arrhenius{AttemptRate: math.Sqrt(h*hs) / (2 * math.Pi), LossBarrier: barrier, DiffusionConstant: d}.LogEscapeRate(), full.LogEscapeRate(), tol)
		closeLogs(t, "noise along equal curvatures", HessianNoise{LearningRate: 2 * d / hs, BatchSize: 1, LossBarrier: barrier, MinimumCurvature: hs, EscapeCurvature: hs,
			Share: rapid.Float64Range(0, 1).Draw(t, "s")}.LogEscapeRate(),
			EyringKramers{EscapeCurvature: hs, LogDetMinimum: math.Log(hs), LogDetSaddle: math.Log(hs), LossBarrier: barrier, DiffusionConstant: d}.LogEscapeRate(), tol)
		// The noise stops growing.
		limit := StateDependent{LearningRate: d, MinimumCurvature: h, EscapeCurvature: hs, LossBarrier: barrier, Floor: 2, Growth: 1e-9 * d * h / (1 + barrier*barrier)}
		closeLogs(t, "quadratic noise that does not grow", limit.LogEscapeRate(), full.LogEscapeRate(), 1e-6*(1+barrier/d))
		// L -> a L, D -> a D and t -> t/a.
		const a = 3.0
		scaled := EyringKramers{EscapeCurvature: a * hs, LogDetMinimum: math.Log(a * h), LogDetSaddle: math.Log(a * hs), LossBarrier: a * barrier, DiffusionConstant: a * d}
		closeLogs(t, "L -> a L", scaled.LogEscapeRate(), math.Log(a)+full.LogEscapeRate(), tol)
	})
}

func TestProp_Monotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := 1 + logUniform(t, "factor-1", 1e-3, 1)
		eta, barrier := logUniform(t, "eta", 1e-3, 1), logUniform(t, "dL", 1e-2, 10)
		h, hs := logUniform(t, "h*", 0.1, 10), logUniform(t, "h_s", 0.1, 10)
		slower := func(what string, a, b rate.Law) {
			if !(b.LogEscapeRate() < a.LogEscapeRate()) {
				t.Errorf("%s: log kappa does not fall from %v, got %v", what, a.LogEscapeRate(), b.LogEscapeRate())
			}
		}
		arrhenius := Arrhenius{1, barrier, eta}
		slower("Arrhenius, dL", arrhenius, Arrhenius{1, f * barrier, eta})
		slower("Alignment, dL", Alignment{eta, h, barrier}, Alignment{eta, h, f * barrier})
		slower("Alignment, trace", Alignment{eta, f * h, barrier}, Alignment{eta, h, barrier})
		noise := HessianNoise{eta, 1, barrier, h, hs, 0.5, 0}
		slower("HessianNoise, dL", noise, HessianNoise{eta, 1, f * barrier, h, hs, 0.5, 0})
		slower("HessianNoise, B", noise, HessianNoise{eta, 2, barrier, h, hs, 0.5, 0})
		slower("HessianNoise, flatter minimum", noise, HessianNoise{eta, 1, barrier, h / f, hs, 0.5, 0})
		state := StateDependent{eta, h, hs, barrier, 1, 1, false}
		slower("StateDependent, dL", state, StateDependent{eta, h, hs, f * barrier, 1, 1, false})
		slower("StateDependent, Itô against isothermal", StateDependent{eta, h, hs, barrier, 1, 1, true}, state)
		alpha := rapid.Float64Range(0.1, 1.9).Draw(t, "alpha")
		jumps := LevyJumps{alpha, eta, h, hs, 0}
		slower("LevyJumps, width", jumps, LevyJumps{alpha, eta, f * h, f * hs, 0})
		slower("LevyJumps, one side closed", jumps, LevyJumps{alpha, eta, h, math.Inf(1), 0})
		closeLogs(t, "LevyJumps, w -> f w", LevyJumps{alpha, f * eta, f * h, f * hs, 0}.LogEscapeRate(), jumps.LogEscapeRate(), 1e-12*(1+math.Abs(jumps.LogEscapeRate())))
	})
}

// Cauchy jumps out of L = w²/2: exact increments of the process, Euler steps of
// the drift. The asymptote has corrections of relative order eps log(1/eps), below
// 10 %. A wrong constant, 2, 1/2 or pi/2, is rejected.
func TestStat_LevyJumps(t *testing.T) {
	law := LevyJumps{TailIndex: 1, Scale: 0.02, RightWidth: 1, LeftWidth: 2, MinCurvature: 1}
	if want := 0.02 / math.Pi * 1.5; math.Abs(law.EscapeRate()/want-1) > 1e-14 {
		t.Errorf("kappa = %v, want %v", law.EscapeRate(), want)
	}
	mean := func(factor float64) stattest.Assertion {
		return func(seed uint64, alpha float64) (stattest.Finding, error) {
			const dt = 0.02
			x := stattest.Exits{Events: 1200}
			for i := range x.Events {
				rng := rand.New(rand.NewPCG(seed, uint64(i)))
				for w := 0.0; w < 1 && w > -2; x.Exposure += dt {
					w += -w*dt + law.Scale*dt*math.Tan(math.Pi*(rng.Float64()-0.5))
				}
			}
			test := stattest.RateEquivalenceTest{Margin: 0.1, Alpha: alpha}
			c := test.Assert(x, stattest.Exactly(law.EscapeRate()*factor))
			return c.Finding(x.Events, alpha, test.Detectable(float64(x.Events))), nil
		}
	}
	ledger.Assert(t, "Lévy jumps", mean(1))
	for _, wrong := range []float64{2, 0.5, math.Pi / 2} {
		ledger.Reject(t, "Lévy jumps", fmt.Sprintf("a constant off by %.3g", wrong), mean(wrong))
	}
}

// The mean loss of the Ornstein-Uhlenbeck process climbs from the minimum at
// (eta/2) Tr(H Sigma). Source: closed form, Cov = eta Sigma_ii (1 - exp(-2 h t))/(2 h).
func TestAlignment_Slope(t *testing.T) {
	hessian := mat.NewSymDense(2, []float64{3, 0, 0, 0.5})
	sigma := mat.NewSymDense(2, []float64{2, 0.7, 0.7, 4})
	const eta, dt = 0.1, 1e-6
	climb := 0.0
	for i := range 2 {
		h := hessian.At(i, i)
		climb += h / 2 * eta * sigma.At(i, i) * -math.Expm1(-2*h*dt) / (2 * h)
	}
	law := Alignment{LearningRate: eta, Trace: TraceOf(hessian, sigma), LossBarrier: 1}
	if got := law.EscapeRate(); math.Abs(got/(climb/dt)-1) > 1e-5 {
		t.Errorf("kappa dL = %v, the mean loss climbs at %v", got, climb/dt)
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic for matrices of different size")
		}
	}()
	TraceOf(hessian, mat.NewSymDense(1, nil))
}

// validated is a law that can be refused.
type validated interface {
	rate.Law
	Validate() error
}

func TestValidate(t *testing.T) {
	for _, good := range []validated{
		Arrhenius{1, 1, 0.1}, EyringKramers{1, 0, 0, 1, 0.1}, Alignment{0.1, 1, 1}, HessianNoise{0.1, 1, 1, 1, 1, 0.5, 0},
		StateDependent{0.1, 1, 1, 1, 1, 1, true}, LevyJumps{1.5, 0.01, 1, math.Inf(1), 0},
	} {
		if err := good.Validate(); err != nil {
			t.Errorf("%T: %v", good, err)
		}
		if good.Source() == "" {
			t.Errorf("%T has no source", good)
		}
		if got, want := math.Log(good.EscapeRate()), good.LogEscapeRate(); math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
			t.Errorf("%T: log of the rate %v, log rate %v", good, got, want)
		}
	}
	nan := math.NaN()
	for _, tc := range []struct {
		law validated
		bad int
	}{
		{Arrhenius{}, 3}, {EyringKramers{nan, nan, math.Inf(1), -1, 0}, 5}, {Alignment{}, 3},
		{HessianNoise{Share: nan, NoiseLoss: -1}, 7}, {StateDependent{}, 6}, {LevyJumps{2, 0, nan, nan, -1}, 5},
	} {
		var domain *model.DomainError
		if err := tc.law.Validate(); !errors.As(err, &domain) || len(domain.Fields) != tc.bad {
			t.Errorf("%T: error %v, want %d bad fields", tc.law, err, tc.bad)
		}
	}
}

func TestConditions(t *testing.T) {
	for _, tc := range []struct {
		name string
		law  rate.Law
		want []string
	}{
		{"high barrier", Arrhenius{1, 1, 0.1}, nil},
		{"low barrier", EyringKramers{1, 0, 0, 1, 0.5}, []string{model.LowBarrier}},
		{"underflow", HessianNoise{1e-4, 1, 1, 1, 1, 1, 0}, []string{model.Underflow}},
		{"low barrier on the logarithm", StateDependent{1, 1, 1, 1, 1, 1, false}, []string{model.LowBarrier}},
		{"indicator", Alignment{0.1, 1, 1}, []string{IndicatorOnly}},
		{"rare jumps", LevyJumps{1.5, 0.01, 1, 1, 1}, nil},
		{"frequent jumps", LevyJumps{1.5, 3, 1, 1, 1}, []string{LargeNoise}},
	} {
		var got []string
		for _, c := range tc.law.Conditions() {
			got = append(got, c.Name)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
	}
}

// The tail of the stable process, kappa at eps = a = 1 with one side closed, is
// K x^-alpha, so its jumps have the density alpha K/|x|^(1+alpha), and the exponent
// of its characteristic function must come out as 1 at q = 1,
//
//	2 alpha K int_0^inf (1 - cos x) x^-(1+alpha) dx = 1     (Lévy-Khintchine formula, closed form)
func TestLevyJumps_Tail(t *testing.T) {
	const periods = 2000
	for _, alpha := range []float64{0.3, 0.7, 1, 1.3, 1.8} {
		law := LevyJumps{TailIndex: alpha, Scale: 1, RightWidth: 1, LeftWidth: math.Inf(1)}
		density := func(x float64) float64 {
			s := math.Sin(x / 2)
			return 2 * s * s * math.Pow(x, -1-alpha)
		}
		// x = y^10 smooths the power at 0.
		sum := quad.Fixed(func(y float64) float64 { return 10 * math.Pow(y, 9) * density(math.Pow(y, 10)) }, 0, math.Pow(2*math.Pi, 0.1), 200, nil, 0)
		for k := 1; k < periods; k++ {
			sum += quad.Fixed(density, 2*math.Pi*float64(k), 2*math.Pi*float64(k+1), 12, nil, 0)
		}
		sum += math.Pow(2*math.Pi*periods, -alpha) / alpha // of the 1; the cosine leaves 1e-8
		if got := 2 * alpha * law.EscapeRate() * sum; !(math.Abs(got-1) < 1e-6) {
			t.Errorf("alpha = %v: exponent %v, want 1", alpha, got)
		}
		if wrong := 2 * law.EscapeRate() * sum; alpha != 1 && math.Abs(wrong-1) < 1e-6 {
			t.Errorf("alpha = %v: Gamma(1+alpha) for Gamma(alpha) is not told apart", alpha)
		}
	}
}
