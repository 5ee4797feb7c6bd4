package discrete

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
)

// worked is the scheme of the golden table.
func worked(internal bool, c float64) EulerMaruyama {
	return EulerMaruyama{InternalTime: internal, Step: 0.1, LearningRate: 0.1, BatchSize: 1,
		Curvature: 1, MinimumLoss: 0.5, LossRatio: c, Dim: 1}
}

func TestGolden_EulerMaruyama(t *testing.T) {
	for _, row := range table(t, "steps_euler_maruyama.csv", 3) {
		m := mustSolve(t, worked(row[0] == 15, row[1]), Settings{}).MeanSteps()
		within(t, "E[k]", m.Value, row[2], 1e-5)
		if !(m.Error <= 1e-8*m.Value) {
			t.Errorf("E[k] = %v, reported error %v", m.Value, m.Error)
		}
	}
}

// A scheme in n dimensions against the vector recursion, written out.
func TestStat_EulerMaruyama(t *testing.T) {
	for i, p := range []EulerMaruyama{
		{Step: 0.1, LearningRate: 0.3, BatchSize: 2, Curvature: 2, MinimumLoss: 0.7, LossRatio: 2, Dim: 3},
		{InternalTime: true, Step: 0.05, LearningRate: 0.5, BatchSize: 4, Curvature: 1.5, MinimumLoss: 0.3, LossRatio: 1.8, Dim: 2},
		{Step: 0.01, LearningRate: 5, BatchSize: 1, Curvature: 1, MinimumLoss: 0.5, LossRatio: 1e10, Dim: 3},
	} {
		ledger.Assert(t, simulation("Euler-Maruyama", i), meanOf(mustSolve(t, p, Settings{}), 4000, func(rng *rand.Rand) int {
			theta := make([]float64, p.Dim)
			loss := p.MinimumLoss
			for k := 1; ; k++ {
				drift, variance := p.Curvature, 2*p.LearningRate*p.Curvature/float64(p.BatchSize)
				if p.InternalTime {
					drift /= loss
				} else {
					variance *= loss
				}
				r2 := 0.0
				for j := range theta {
					theta[j] += -drift*theta[j]*p.Step + math.Sqrt(variance*p.Step)*rng.NormFloat64()
					r2 += theta[j] * theta[j]
				}
				if loss = p.MinimumLoss + p.Curvature*r2/2; loss > p.LossRatio*p.MinimumLoss {
					return k
				}
			}
		}))
	}
}

// The chain on the line and the radial chain are two derivations of one number.
func TestGaussianChain_AgainstRadial(t *testing.T) {
	valley, err := landscape.NewIsotropicValley(1, 1, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	proportional, err := noise.NewLossProportional(valley, mat.NewSymDense(1, []float64{1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	population, err := dataset.NewPopulation(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	gaussian, err := noise.NewGaussianInputs(population, 2)
	if err != nil {
		t.Fatal(err)
	}
	low, high, err := Basin(valley, 0, 0.9, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "upper end of the basin", high, math.Sqrt(0.8), 1e-12)
	within(t, "lower end of the basin", low, -math.Sqrt(0.8), 1e-12)

	line := GaussianChain{Landscape: valley, Noise: proportional, LearningRate: 0.1, Low: low, High: high}
	within(t, "E[k], Eq. 13", mustSolve(t, line, Settings{}).MeanSteps().Value,
		mustSolve(t, worked(false, 1.8), Settings{}).MeanSteps().Value, 1e-9)

	line = GaussianChain{Landscape: population, Noise: gaussian, LearningRate: 0.2, Low: -1, High: 1}
	radial, err := GaussianRegression{LearningRate: 0.2, BatchSize: 2, Dim: 1, LossRatio: 2}.SolveGaussianNoise(Settings{})
	if err != nil {
		t.Fatal(err)
	}
	within(t, "E[k], exact covariance", mustSolve(t, line, Settings{}).MeanSteps().Value, radial.MeanSteps().Value, 1e-9)
}

// Without noise the chain is gradient descent, which cannot be solved for an
// exit that never comes.
func TestGaussianChain_NeverExits(t *testing.T) {
	valley, err := landscape.NewIsotropicValley(1, 1, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	silent, err := noise.NewLossProportional(valley, mat.NewSymDense(1, []float64{0}), 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = GaussianChain{Landscape: valley, Noise: silent, LearningRate: 0.1, Low: -1, High: 1}.Solve(Settings{})
	if err == nil || errors.Is(err, model.ErrDomain) {
		t.Errorf("error %v, want one about the condition number", err)
	}
}

// The exact time of Eq. 13 is 574.1016305633815 (b = 10, n = 1, c = 2). A scheme whose
// boundary is moved inwards by 0.5826 sigma must come closer to it than in
// proportion to sqrt(dt); the unmoved scheme must not.
func TestOrder_ShiftedBoundary(t *testing.T) {
	const exact = 574.1016305633815
	gap := func(dt float64, shift bool) float64 {
		p := worked(false, 2)
		p.Step = dt
		if shift {
			sigma := math.Sqrt(2 * 0.1 * 1 * dt) // at L = c L* = 1
			edge, err := ShiftedBoundary(1, 0, -sigma)
			if err != nil {
				t.Fatal(err)
			}
			p.LossRatio = 1 + edge*edge
		}
		return math.Abs(mustSolve(t, p, Settings{}).MeanFirstPassageTime().Value/exact - 1)
	}
	for _, dt := range []float64{0.01, 0.0025} {
		plain, moved := gap(dt, false), gap(dt, true)
		if order := math.Log2(gap(4*dt, true)/moved) / 2; !(order > 0.8) {
			t.Errorf("moved boundary: order %.3f at dt = %v, want about 1", order, dt)
		}
		if order := math.Log2(gap(4*dt, false)/plain) / 2; !(order > 0.4 && order < 0.65) {
			t.Errorf("unmoved boundary: order %.3f at dt = %v, want about 1/2", order, dt)
		}
		if !(moved < plain/8) {
			t.Errorf("dt = %v: moved boundary off by %.3g, unmoved by %.3g", dt, moved, plain)
		}
	}
}

// -zeta(1/2)/sqrt(2 pi), from the alternating series of zeta averaged by Euler's
// transform. Source: closed form.
func TestMonitoringShift(t *testing.T) {
	const n = 60
	terms := make([]float64, n)
	sum := 0.0
	for k := range terms {
		sign := 1 - 2*float64(k%2)
		sum += sign / math.Sqrt(float64(k+1))
		terms[k] = sum
	}
	for len(terms) > 1 {
		for k := 0; k+1 < len(terms); k++ {
			terms[k] = (terms[k] + terms[k+1]) / 2
		}
		terms = terms[:len(terms)-1]
	}
	zeta := terms[0] / (1 - math.Sqrt2)
	within(t, "shift", MonitoringShift, -zeta/math.Sqrt(2*math.Pi), 1e-13)
}

func TestShiftedBoundary(t *testing.T) {
	for _, tc := range []struct{ boundary, start, sigma, want float64 }{
		{1, 0, 0.1, 1 + 0.1*MonitoringShift},
		{-1, 0, 0.1, -1 - 0.1*MonitoringShift},
		{1, 0, -0.1, 1 - 0.1*MonitoringShift},
		{-1, 0, -0.1, -1 + 0.1*MonitoringShift},
		{1, 0, 0, 1},
	} {
		got, err := ShiftedBoundary(tc.boundary, tc.start, tc.sigma)
		if err != nil {
			t.Fatal(err)
		}
		within(t, "boundary", got, tc.want, 1e-15)
	}
	for _, bad := range [][3]float64{{1, 1, 0.1}, {math.NaN(), 0, 0.1}, {1, math.Inf(1), 0.1}, {1, 0, math.NaN()}} {
		if _, err := ShiftedBoundary(bad[0], bad[1], bad[2]); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%v: error %v", bad, err)
		}
	}
}

func BenchmarkEulerMaruyama(b *testing.B) {
	b.ReportAllocs()
	var e Estimate
	for b.Loop() {
		e = mustSolve(b, worked(false, 1.8), Settings{}).MeanSteps()
	}
	if !(math.Abs(e.Value/3587.8487-1) < 1e-7) {
		b.Errorf("E[k] = %v", e.Value)
	}
}
