package sde

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
	"sgdescape/verify/stattest"
	"sgdescape/verify/stattest/seed"
)

// TestOrder_NoNoise: with zero noise the scheme is Euler's for theta' = -h theta,
// of order 1, and it converges to x exp(-h t).
func TestOrder_NoNoise(t *testing.T) {
	const h, t1 = 1.3, 2.0
	l := must(landscape.NewIsotropicValley(1, h, 0.5))
	m := must(noise.NewAligned(mat.NewSymDense(1, nil), 1))
	var errs []float64
	for _, n := range []int{50, 100, 200, 400} {
		p := must(New(Config{Landscape: l, Noise: m, LearningRate: 0.1, Dt: t1 / float64(n)}))
		q := p.Stepper()
		theta := []float64{1}
		for range n {
			q.Step(theta, []float64{7}, p.StepLength())
		}
		errs = append(errs, theta[0]-math.Exp(-h*t1))
	}
	for i := range len(errs) - 1 {
		if order := math.Log2(errs[i] / errs[i+1]); !(math.Abs(order-1) < 0.05) {
			t.Errorf("order %v, want 1 (errors %v)", order, errs)
		}
	}
	if !(math.Abs(errs[3]) < 2e-3) {
		t.Errorf("the limit is off by %v", errs[3])
	}
}

// strongErrors returns the means of |x_dt(1) - x_fine(1)| over paths, for steps
// 2^-3, 2^-4, ..., driven by one Brownian path each, where fine has steps of
// 2^-11.
func strongErrors(p *Process, src *stream.Source, paths int) []float64 {
	const finest = 11
	q := p.Stepper()
	end := func(dw []float64, every int) float64 {
		theta, xi := []float64{0.5}, []float64{0}
		dt := float64(every) / float64(len(dw))
		for at := 0; at < len(dw); at += every {
			sum := 0.0
			for _, x := range dw[at : at+every] {
				sum += x
			}
			xi[0] = sum / math.Sqrt(float64(every))
			q.Step(theta, xi, dt)
		}
		return theta[0]
	}
	errs := make([]float64, 5)
	dw := make([]float64, 1<<finest)
	for range paths {
		src.Normals(dw)
		exact := end(dw, 1)
		for i := range errs {
			errs[i] += math.Abs(end(dw, 1<<(finest-3-i))-exact) / float64(paths)
		}
	}
	return errs
}

// strongOrder tests the order over three halvings, as the mean over batches of
// paths. The margin is for steps that are not yet short.
func strongOrder(p *Process, want float64, batches int) stattest.Assertion {
	return func(seed uint64, alpha float64) (stattest.Finding, error) {
		var orders []float64
		for i := range batches {
			src := stream.New(seed, uint64(i))
			errs := strongErrors(p, &src, 5)
			orders = append(orders, math.Log2(errs[1]/errs[4])/3)
		}
		return stattest.MeanTest{Want: want, Margin: 0.1, Alpha: alpha}.Assert(orders), nil
	}
}

// TestStat_StrongOrder: along one Brownian path Euler-Maruyama has strong order
// 1/2 with the multiplicative noise of Eq. 13 and order 1 with the additive noise
// of Eq. 15. (eta = 1, so that the noise is not a small correction.) Neither
// passes for the other.
func TestStat_StrongOrder(t *testing.T) {
	inT, inTau := valleyOf(Time, 1, 1, 1), valleyOf(LogTime, 1, 1, 1)
	ledger.Assert(t, "strong order/Eq. 13", strongOrder(inT, 0.5, 400))
	ledger.Assert(t, "strong order/Eq. 15", strongOrder(inTau, 1, 400))
	ledger.Reject(t, "strong order/Eq. 13", "order 1", strongOrder(inT, 1, 400))
	ledger.Reject(t, "strong order/Eq. 15", "order 1/2", strongOrder(inTau, 0.5, 400))
}

// secondMoment returns E[x²] after n steps of the scheme for Eq. 13, whose
// recursion is closed: m' = (1 - h dt)² m + (2 eta h dt/B) (L* + h m/2).
func secondMoment(x0, dt float64, n int) float64 {
	const h, eta, floor = 1.0, 0.1, 0.5
	m := x0 * x0
	for range n {
		m = (1-h*dt)*(1-h*dt)*m + 2*eta*h*dt*(floor+h*m/2)
	}
	return m
}

// TestOrder_Weak: E[x²] of the scheme converges to that of the Itô equation,
// m' = (eta h² - 2h) m + 2 eta h L*, with order 1.
func TestOrder_Weak(t *testing.T) {
	const x0 = 1.0
	a, b := 0.1-2, 2*0.1*0.5
	exact := (x0*x0+b/a)*math.Exp(a) - b/a
	var errs []float64
	for _, n := range []int{20, 40, 80, 160} {
		errs = append(errs, secondMoment(x0, 1/float64(n), n)-exact)
	}
	for i := range len(errs) - 1 {
		if order := math.Log2(errs[i] / errs[i+1]); !(math.Abs(order-1) < 0.1) {
			t.Errorf("weak order %v, want 1 (errors %v)", order, errs)
		}
	}
}

// momentParts are the two moments that are compared at t = 1.
var momentParts = []string{"E[x]", "E[x²]"}

// moments returns x and x² at t = 1, from x = 1, for replicas of the process in
// steps of 0.05. A change of the drift can be slipped in.
func moments(p *Process, seed uint64, extraDrift func(x float64) float64) (x, square []float64) {
	const replicas = 64 * 500
	k := must(p.Kernel(lane.Watch{}))
	s := lane.NewState(1, k.Extra())
	for r := 0; r < replicas; r += lane.Width {
		for j := range lane.Width {
			s.Start(j, seed, uint64(r+j), []float64{1})
			k.Begin(s, j)
		}
		for range 20 {
			for j := range lane.Width {
				if extraDrift != nil {
					s.Theta[j] += extraDrift(s.Theta[j]) * p.dt
					k.Begin(s, j)
				}
			}
			k.Advance(s, lane.Width, 1)
		}
		for _, v := range s.Theta[:lane.Width] {
			x, square = append(x, v), append(square, v*v)
		}
	}
	return x, square
}

// againstRecursion tests the moments of a process against the closed recursions
// of Eq. 13.
func againstRecursion(p *Process, extraDrift func(x float64) float64) stattest.Assertions {
	return func(seed uint64, alpha float64) ([]stattest.Finding, error) {
		x, square := moments(p, seed, extraDrift)
		return []stattest.Finding{
			stattest.MeanTest{Want: math.Pow(1-0.05, 20), Alpha: alpha}.Assert(x),
			stattest.MeanTest{Want: secondMoment(1, 0.05, 20), Alpha: alpha}.Assert(square),
		}, nil
	}
}

// TestStat_Moments: the simulated first and second moments are those of the
// closed recursions.
func TestStat_Moments(t *testing.T) {
	ledger.AssertAll(t, "moments", momentParts, againstRecursion(valley(Time, 1, 0.05), nil))
}

// TestReject_Moments: the Stratonovich reading of Eq. 13, with its drift
// eta h² x/(2B), and eta² in place of eta fail the same comparison.
func TestReject_Moments(t *testing.T) {
	l := must(landscape.NewIsotropicValley(1, 1, 0.5))
	squared := must(New(Config{
		Landscape: l, Noise: must(noise.NewLossProportional(l, mat.NewSymDense(1, []float64{0.1}), 1)), LearningRate: 0.1, Dt: 0.05,
	}))
	stratonovich := againstRecursion(valley(Time, 1, 0.05), func(x float64) float64 { return 0.1 * x / 2 })
	ledger.Reject(t, "moments/E[x]", "Stratonovich", func(seed uint64, alpha float64) (stattest.Finding, error) {
		both, err := stratonovich(seed, alpha)
		return both[0], err
	})
	ledger.Reject(t, "moments/E[x²]", "eta² for eta", func(seed uint64, alpha float64) (stattest.Finding, error) {
		both, err := againstRecursion(squared, nil)(seed, alpha)
		return both[1], err
	})
}

// TestTimeChange: a Brownian path through Eq. 13 in t and, by
// dW_tau = sqrt(L) dW, through Eq. 15 in tau visits the same points as dt -> 0. The
// paths are the first 16 of the fixed seed and the same in every run: nothing is
// left to chance, so no alpha is drawn. (The claim eq15-pathwise measures the order
// on paths of any seed.) An order of 1/2 or more makes the gap 8 times smaller at least.
func TestTimeChange(t *testing.T) {
	gap := func(path uint64, n int) float64 {
		inT, inTau := valley(Time, 1, 0.1).Stepper(), valley(LogTime, 1, 0.1).Stepper()
		src := stream.New(seed.Fixed, path)
		fine := make([]float64, 1<<14)
		src.Normals(fine)
		every := len(fine) / n
		x, y := []float64{0.5}, []float64{0.5}
		dt := 4 / float64(n)
		worst, clock := 0.0, 0.0
		for at := 0; at < len(fine); at += every {
			xi := 0.0
			for _, v := range fine[at : at+every] {
				xi += v
			}
			xi /= math.Sqrt(float64(every))
			loss := 0.5 + y[0]*y[0]/2
			inT.Step(x, []float64{xi}, dt)
			clock += float64(inTau.Step(y, []float64{xi}, loss*dt))
			worst = max(worst, math.Abs(x[0]-y[0]))
		}
		return max(worst, math.Abs(clock-4)/4)
	}
	var coarse, fine float64
	for path := range uint64(16) {
		coarse, fine = coarse+gap(path, 1<<8)/16, fine+gap(path, 1<<14)/16
	}
	t.Logf("mean of the largest gaps %.3g at 2^8 steps, %.3g at 2^14", coarse, fine)
	if !(fine < coarse/6) || !(fine < 0.02) {
		t.Errorf("gaps %v and %v do not vanish", coarse, fine)
	}
}

func TestStepPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a slice of the wrong length was accepted")
		}
	}()
	valley(Time, 2, 0.1).Stepper().Step([]float64{0}, []float64{0}, 0.1)
}
