package firstpassage

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"sgdescape/theory/diffusion"
)

// watchedMean returns the exact mean time to leave (-1, 1) from 0 for a
// Brownian motion of unit variance watched every dt: T = dt + K T for the
// Gaussian random walk, solved on Gauss-Legendre nodes.
func watchedMean(t *testing.T, dt float64) float64 {
	t.Helper()
	const n = 300
	x, w := make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(x, w, -1, 1)
	step := distuv.Normal{Sigma: math.Sqrt(dt)}
	a := mat.NewDense(n, n, nil)
	rhs := mat.NewVecDense(n, nil)
	for i := range n {
		rhs.SetVec(i, dt)
		for j := range n {
			a.Set(i, j, -w[j]*step.Prob(x[i]-x[j]))
		}
		a.Set(i, i, 1+a.At(i, i))
	}
	var times mat.VecDense
	if err := times.SolveVec(a, rhs); err != nil {
		t.Fatal(err)
	}
	mean := dt
	for j := range n {
		mean += w[j] * step.Prob(x[j]) * times.AtVec(j)
	}
	return mean
}

// TestOrder_WatchedExit: moving the ends by 0.5826 sqrt(g² dt) leaves an error
// of order dt in the mean time of a process watched every dt, where not moving
// them leaves one of order sqrt(dt).
func TestOrder_WatchedExit(t *testing.T) {
	errors := func(dt float64) (moved, still float64) {
		p := OneD{Process: brownian(0, 1), Lower: -1, Upper: 1, LowerEnd: diffusion.Absorbing, UpperEnd: diffusion.Absorbing}
		exact := watchedMean(t, dt)
		base, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		p.MonitoringInterval = dt
		shifted, err := p.Solve()
		if err != nil {
			t.Fatal(err)
		}
		return exact - shifted.MeanTime(), exact - base.MeanTime()
	}
	movedCoarse, stillCoarse := errors(0.04)
	movedFine, stillFine := errors(0.01)
	if order := math.Log(movedCoarse/movedFine) / math.Log(4); math.Abs(order-1) > 0.05 {
		t.Errorf("with the ends moved the error is of order %v in dt, want 1 (%v, %v)", order, movedCoarse, movedFine)
	}
	if order := math.Log(stillCoarse/stillFine) / math.Log(4); math.Abs(order-0.5) > 0.05 {
		t.Errorf("with the ends at rest the error is of order %v in dt, want 1/2", order)
	}
	// Second moment of the overshoot: E R² - (E R)² = 1/4 per step variance.
	if ratio := movedFine / 0.01; math.Abs(ratio-0.25) > 0.01 {
		t.Errorf("remaining error %v dt, want 0.25 dt", ratio)
	}
}
