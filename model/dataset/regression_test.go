package dataset_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/verify/stattest"
)

var (
	_ landscape.Valley = (*dataset.Regression)(nil)
	_ landscape.Valley = (*dataset.Population)(nil)
)

// drawn returns a Gaussian data set and a point of its parameter space.
func drawn(t *rapid.T) (*dataset.Regression, []float64) {
	d := rapid.IntRange(1, 6).Draw(t, "d")
	nData := rapid.IntRange(2*d+4, 60).Draw(t, "N")
	s := math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log s"))
	data, err := dataset.Gaussian(rapid.Uint64().Draw(t, "seed"), nData, d, s)
	if err != nil {
		t.Fatal(err)
	}
	return data, point(t, d, "theta")
}

func point(t *rapid.T, d int, label string) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(-3, 3), d, d).Draw(t, label)
}

// conditionNumber returns that of H, which rounding in theta* is proportional to.
func conditionNumber(l landscape.Valley) float64 {
	values := landscape.Spectrum(l, l.Minimum())
	return values[len(values)-1] / values[0]
}

// TestProp_QuadraticForm holds the precomputed form against sums over samples.
func TestProp_QuadraticForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data, theta := drawn(t)
		n, d := data.Len(), data.Dim()
		loss, grad, size := 0.0, make([]float64, d), 0.0
		sample := make([]float64, d)
		for mu := range n {
			loss += data.SampleLoss(theta, mu) / float64(n)
			data.SampleGrad(sample, theta, mu)
			floats.AddScaled(grad, 1/float64(n), sample)
			size += floats.Norm(sample, math.Inf(1)) / float64(n)
		}
		tol := 1e-13 * conditionNumber(data)
		if got := data.Loss(theta); math.Abs(got-loss) > tol*loss {
			t.Fatalf("L = %v, mean of l_mu = %v", got, loss)
		}
		got := make([]float64, d)
		data.Grad(got, theta)
		if !floats.EqualApprox(got, grad, tol*size) {
			t.Fatalf("grad L = %v, mean of grad l_mu = %v", got, grad)
		}
		h := mat.NewSymDense(d, nil)
		data.Hessian(h, theta)
		for i := range d {
			for j := range d {
				want := 0.0
				for mu := range n {
					want += data.Input(mu)[i] * data.Input(mu)[j] / float64(n)
				}
				if math.Abs(h.At(i, j)-want) > 1e-14*mat.Norm(h, math.Inf(1)) {
					t.Fatalf("H[%d][%d] = %v, X^T X/N = %v", i, j, h.At(i, j), want)
				}
			}
		}
	})
}

func TestProp_RegressionMinimum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data, theta := drawn(t)
		if err := landscape.CheckMinimum(data, data.Minimum()); err != nil {
			t.Fatal(err)
		}
		// The normal equations, from the samples alone.
		sum, size := make([]float64, data.Dim()), 0.0
		sample := make([]float64, data.Dim())
		loss := 0.0
		for mu := range data.Len() {
			data.SampleGrad(sample, data.Minimum(), mu)
			floats.Add(sum, sample)
			size += floats.Norm(sample, 1)
			loss += data.SampleLoss(data.Minimum(), mu) / float64(data.Len())
		}
		if floats.Norm(sum, math.Inf(1)) > 1e-12*size {
			t.Fatalf("gradient at theta* is %v, a sum of size %v", sum, size)
		}
		if math.Abs(data.MinimumLoss()-loss) > 1e-13*loss || data.Loss(theta) < data.MinimumLoss() {
			t.Fatalf("L* = %v, mean %v, L(theta) = %v", data.MinimumLoss(), loss, data.Loss(theta))
		}
	})
}

// TestProp_SampleGradient holds grad l_mu against differences of l_mu, and the
// two landscapes against differences of L.
func TestProp_SampleGradient(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data, theta := drawn(t)
		mu := rapid.IntRange(0, data.Len()-1).Draw(t, "mu")
		s := math.Exp(rapid.Float64Range(-2, 2).Draw(t, "log s"))
		population, err := dataset.NewPopulation(data.Dim(), s)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range []struct {
			name string
			loss func([]float64) float64
			grad func(dst, theta []float64)
		}{
			{"sample", func(x []float64) float64 { return data.SampleLoss(x, mu) }, func(dst, x []float64) { data.SampleGrad(dst, x, mu) }},
			{"regression", data.Loss, data.Grad},
			{"population", population.Loss, population.Grad},
		} {
			got := make([]float64, len(theta))
			row.grad(got, theta)
			// Central differences of a quadratic form have no truncation error:
			// rounding leaves 2e-16 L/step = 2e-12 L.
			want := fd.Gradient(nil, row.loss, theta, &fd.Settings{Formula: fd.Central, Step: 1e-4})
			if !floats.EqualApprox(got, want, 1e-10*(1+row.loss(theta))) {
				t.Fatalf("%s: gradient %v, differences %v", row.name, got, want)
			}
		}
		h := mat.NewSymDense(data.Dim(), nil)
		population.Hessian(h, theta)
		difference := mat.NewDense(data.Dim(), data.Dim(), nil)
		fd.Jacobian(difference, population.Grad, theta, nil)
		if !mat.EqualApprox(h, difference, 1e-7) {
			t.Fatalf("population: Hessian %v", mat.Formatted(h))
		}
	})
}

func TestPopulation(t *testing.T) {
	p, err := dataset.NewPopulation(2, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := landscape.CheckMinimum(p, p.Minimum()); err != nil {
		t.Error(err)
	}
	if p.NoiseStd() != 3 || p.MinimumLoss() != 4.5 || p.Loss([]float64{0, 0}) != 4.5 || p.Loss([]float64{1, 2}) != 7 {
		t.Errorf("s = %v, L* = %v, L(1, 2) = %v", p.NoiseStd(), p.MinimumLoss(), p.Loss([]float64{1, 2}))
	}
}

// limitParts are what TestStat_PopulationIsTheLimit compares.
var limitParts = []string{"L*", "H_11", "H_12", "H_22"}

// TestStat_PopulationIsTheLimit: over data sets L* N/(N-d) has the mean s²/2 (N
// L*/(s²/2) is chi-square with N - d degrees of freedom), and H that of the
// population, I.
func TestStat_PopulationIsTheLimit(t *testing.T) {
	const sets, n, d, s = 400, 2000, 2, 0.5
	ledger.AssertAll(t, "population", limitParts, func(seed uint64, alpha float64) ([]stattest.Finding, error) {
		var loss, h11, h12, h22 []float64
		for i := range uint64(sets) {
			data, err := dataset.Gaussian(stattest.DeriveSeed(seed, i), n, d, s)
			if err != nil {
				return nil, err
			}
			h := mat.NewSymDense(d, nil)
			data.Hessian(h, data.Minimum())
			loss = append(loss, data.MinimumLoss()*n/(n-d))
			h11, h12, h22 = append(h11, h.At(0, 0)), append(h12, h.At(0, 1)), append(h22, h.At(1, 1))
		}
		return []stattest.Finding{
			stattest.MeanTest{Want: s * s / 2, Alpha: alpha}.Assert(loss),
			stattest.MeanTest{Want: 1, Alpha: alpha}.Assert(h11),
			stattest.MeanTest{Want: 0, Alpha: alpha}.Assert(h12),
			stattest.MeanTest{Want: 1, Alpha: alpha}.Assert(h22),
		}, nil
	})
}
