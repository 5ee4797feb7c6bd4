package escape_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"

	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
)

// chainMean returns the mean exit time, from 0, of the discrete chain
//
//	x' = x - h dt x + sqrt(2 eta h dt/B L(x)) xi,  L = L* + h x²/2
//
// with h = 1, L* = 0.5, eta = 0.1, B = 1, watched on its grid for |x| > edge.
// The integral equation T(x) = dt + int_{-edge}^{edge} p(y|x) T(y) dy is solved
// by Nyström's method with Gauss-Legendre nodes closer than the step.
func chainMean(dt, edge float64) float64 {
	sd := func(x float64) float64 { return math.Sqrt(2 * 0.1 * dt * (0.5 + x*x/2)) }
	n := max(48, int(6*edge/sd(0)))
	y, weight := make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(y, weight, -edge, edge)
	density := func(x, y float64) float64 {
		z := (y - x*(1-dt)) / sd(x)
		return math.Exp(-z*z/2) / (sd(x) * math.Sqrt(2*math.Pi))
	}
	a, b := mat.NewDense(n, n, nil), mat.NewVecDense(n, nil)
	for i := range n {
		for j := range n {
			a.Set(i, j, -density(y[i], y[j])*weight[j])
		}
		a.Set(i, i, a.At(i, i)+1)
		b.SetVec(i, dt)
	}
	var mean mat.VecDense
	if err := mean.SolveVec(a, b); err != nil {
		panic(err)
	}
	t := dt
	for j := range n {
		t += density(0, y[j]) * weight[j] * mean.AtVec(j)
	}
	return t
}

// innerEdge solves L(x) + shift sd(x) |L'(x)| = c L* for x > 0.
func innerEdge(dt, c, shift float64) float64 {
	low, high := 0.0, math.Sqrt(c-1)
	for range 200 {
		x := (low + high) / 2
		l := 0.5 + x*x/2
		if l+shift*math.Sqrt(2*0.1*dt*l)*x > 0.5*c {
			high = x
		} else {
			low = x
		}
	}
	return low
}

// mfptValley15 is the mean first-passage time of the diffusion with b = 10,
// n = 1, h = 1 to c = 1.5, from the exact radial integral.
const mfptValley15 = 35.63495465950184

// orders returns log2 of successive ratios of the errors at halved steps.
func orders(errs []float64) []float64 {
	out := make([]float64, len(errs)-1)
	for i := range out {
		out[i] = math.Log2(math.Abs(errs[i] / errs[i+1]))
	}
	return out
}

// TestOrder_Crossing shows without any sampling how far the grid is from
// continuous time. Watched on the grid, the mean exit time is too long by an
// error of order sqrt(dt); with the boundary moved inwards the error is of
// order dt.
func TestOrder_Crossing(t *testing.T) {
	var grid, corrected []float64
	for _, dt := range []float64{0.04, 0.02, 0.01, 0.005} {
		grid = append(grid, chainMean(dt, math.Sqrt(0.5))/mfptValley15-1)
		corrected = append(corrected, chainMean(dt, innerEdge(dt, 1.5, lane.Shift))/mfptValley15-1)
	}
	gridOrders, correctedOrders := orders(grid), orders(corrected)
	t.Logf("grid: errors %.4v, orders %.3v", grid, gridOrders)
	t.Logf("corrected: errors %.4v, orders %.3v", corrected, correctedOrders)
	if p := gridOrders[len(gridOrders)-1]; !(p > 0.4 && p < 0.65) || !(grid[3] > 0) {
		t.Errorf("order %v on the grid, want 1/2 and a positive error", p)
	}
	if p := correctedOrders[len(correctedOrders)-1]; !(p > 0.85 && p < 1.25) {
		t.Errorf("order %v when corrected, want 1", p)
	}
	// The limit is right: one extrapolation of the corrected errors removes them.
	if limit := 2*corrected[3] - corrected[2]; !(math.Abs(limit) < 2e-3) {
		t.Errorf("corrected means extrapolate to a relative error of %v", limit)
	}
}

// TestReject_Crossing: a boundary moved by a wrong multiple of the step leaves
// an error of order sqrt(dt), which the test above would not pass.
func TestReject_Crossing(t *testing.T) {
	for _, shift := range []float64{0.5, 0.65, -lane.Shift} {
		var errs []float64
		for _, dt := range []float64{0.01, 0.005} {
			errs = append(errs, chainMean(dt, innerEdge(dt, 1.5, shift))/mfptValley15-1)
		}
		limit := 2*errs[1] - errs[0]
		t.Logf("shift %v: errors %.4v, extrapolated %.4f", shift, errs, limit)
		if math.Abs(limit) < 2e-3 {
			t.Errorf("a shift of %v passes for the right one", shift)
		}
	}
}

// TestStat_CorrectedCrossing: the simulator's corrected crossing has the mean of
// the chain with the moved boundary, and not that of the grid. The relative
// standard deviation of the mean is 0.7 %.
func TestStat_CorrectedCrossing(t *testing.T) {
	const dt = 0.05
	e := escape.Ensemble{Process: valley(sde.Time, 1, dt), Start: []float64{0}, Exit: escape.LossAbove(0.75), Horizon: 1e9, Replicas: 20000}
	ledger.Assert(t, "corrected crossing", meanOf(e, chainMean(dt, innerEdge(dt, 1.5, lane.Shift)), 0, timeOf))
	ledger.Reject(t, "corrected crossing", "mean of the grid", meanOf(e, chainMean(dt, math.Sqrt(0.5)), 0, timeOf))
}

// times returns the exit times of a result.
func times(r *escape.Result) []float64 {
	out := make([]float64, len(r.Outcomes))
	for i, o := range r.Outcomes {
		out[i] = float64(o.Time)
	}
	return out
}
