package stattest

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sgdescape/model"
	"sgdescape/verify/tol"
)

func TestStudentExponent(t *testing.T) {
	cases := []struct {
		name, source string
		mean, phi    float64
		dim          int
	}{
		{"one dimension", "digamma function at 30 digits", 0.09502451985004934899, 6, 1},
		{"two dimensions", "psi(phi) - psi(phi-1) = 1/(phi-1)", 2. / 3, 2.5, 2},
		{"five dimensions", "digamma function at 30 digits", 0.03195116479327751332, 80, 5},
		{"six dimensions", "1/(phi-1) + 1/(phi-2) + 1/(phi-3)", 1./3 + 1./2 + 1, 4, 6},
		{"two dimensions, nearly Gaussian", "1/(phi-1)", 1e-6, 1e6 + 1, 2},
		{"two dimensions, nearly not normalisable", "1/(phi-1)", 1e6, 1 + 1e-6, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := StudentExponent(Interval{c.mean, c.mean / 2, 2 * c.mean, 0.9}, c.dim)
			if err != nil {
				t.Fatal(err)
			}
			if err := tol.Close(got.Estimate, c.phi, 1e-9); err != nil {
				t.Errorf("%s: %v", c.source, err)
			}
			if !(got.Low < got.Estimate && got.Estimate < got.High) || got.Level != 0.9 {
				t.Errorf("interval %v", got)
			}
		})
	}
	open, err := StudentExponent(Interval{0.5, -1, math.Inf(1), 0.9}, 3)
	if err != nil || open.Low != 1.5 || !math.IsInf(open.High, 1) {
		t.Errorf("unbounded mean: %v, %v", open, err)
	}
	for name, i := range map[string]Interval{
		"not positive": {0, -1, 1, 0.9}, "NaN": {math.NaN(), 0, 1, 0.9}, "out of order": {1, 2, 3, 0.9},
	} {
		if _, err := StudentExponent(i, 1); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := StudentExponent(Interval{1, 0, 2, 0.9}, 0); !errors.Is(err, model.ErrDomain) {
		t.Errorf("dimension 0: %v", err)
	}
}

func TestStudentCDF(t *testing.T) {
	// n = 2: P(s <= x) = 1 - exp(-(phi-1) x)
	// n = 1, phi = 1, Cauchy: |theta|/sqrt(2v) = tan(pi p/2)
	for _, c := range []struct {
		phi  float64
		dim  int
		s    float64
		want float64
	}{
		{3, 2, 0.4, -math.Expm1(-0.8)},
		{1, 1, math.Log(2), 0.5},
		{1, 1, math.Log1p(3), 2. / 3},
		{3, 2, 0, 0}, {3, 2, -1, 0}, {3, 2, math.Inf(1), 1},
		{1, 2, 1, math.NaN()}, {3, 0, 1, math.NaN()}, {3, 2, math.NaN(), math.NaN()},
	} {
		if err := tol.CloseAbs(StudentCDF(c.phi, c.dim)(c.s), c.want, 1e-14); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestReject_StudentLaw: 20000 draws of the density in three dimensions pass at
// the right exponent and dimension, and not at wrong ones.
func TestReject_StudentLaw(t *testing.T) {
	s := logRatios(rand.New(rand.NewPCG(10, 0)), 20000, 3, 6)
	for _, c := range []struct {
		name     string
		phi      float64
		dim      int
		rejected bool
	}{
		{"right", 6, 3, false},
		{"1/L forgotten", 5, 3, true},
		{"dimension too small", 6, 2, true},
		{"right mean, wrong dimension", 4.447, 2, true}, // 1/(phi-1) = psi(6) - psi(4.5)
		{"exponent off by 5 %", 6.3, 3, true},
	} {
		f := DistributionTest{CDF: StudentCDF(c.phi, c.dim), Alpha: 1e-6}.Assert(s)
		if f.Rejected != c.rejected {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
}

// TestProp_DigammaDifference: the recurrence psi(x+1) = psi(x) + 1/x holds on
// both sides of, and across, the switch of series.
func TestProp_DigammaDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := math.Exp(rapid.Float64Range(-10, 12).Draw(t, "log x"))
		h := float64(rapid.IntRange(1, 40).Draw(t, "2h")) / 2
		left := digammaDifference(x, h)
		right := 1/x + digammaDifference(x+1, h) - 1/(x+h)
		if err := tol.Close(left, right, 1e-9); err != nil {
			t.Fatal(err)
		}
	})
}

func TestHill(t *testing.T) {
	// logarithms of the ratios to the fourth largest: log 8, log 4, log 2
	got, err := Hill([]float64{1, 16, 2, 8, 4, 0.5}, 3, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	if err := tol.Close(got.Estimate, 3/math.Log(8*4*2), 1e-14); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"k = 0":            second(Hill([]float64{1, 2}, 0, 0.05)),
		"k = n":            second(Hill([]float64{1, 2}, 2, 0.05)),
		"threshold 0":      second(Hill([]float64{0, 2, 3}, 2, 0.05)),
		"no spread":        second(Hill([]float64{1, 1, 1}, 2, 0.05)),
		"NaN in the bulk":  second(Hill([]float64{5, 4, 3, 2, math.NaN()}, 2, 0.05)),
		"infinite largest": second(Hill([]float64{1, 2, math.Inf(1)}, 2, 0.05)),
	} {
		if !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestEffectiveSize: n (1-rho)/(1+rho) for an autoregression. The estimate
// scatters by about 2 sqrt(2 m/n) = 9 % with m = 40 lags summed, n = 40000;
// the margin is four times that.
func TestEffectiveSize(t *testing.T) {
	for _, rho := range []float64{0, 0.5, 0.9} {
		const n = 40000
		series := autoregression(rand.New(rand.NewPCG(7, 0)), n, rho)
		if err := tol.Close(EffectiveSize(series), n*(1-rho)/(1+rho), 0.36); err != nil {
			t.Errorf("rho %v: %v", rho, err)
		}
	}
	for _, constant := range [][]float64{{1, 2}, {3, 3, 3, 3, 3}} {
		if got := EffectiveSize(constant); got != float64(len(constant)) {
			t.Errorf("%v: %v", constant, got)
		}
	}
}

func TestClusterMean(t *testing.T) {
	got, err := ClusterMean([][]float64{{1, 3}, {4, 4}, {5, 7}}, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	// means 2, 4, 6: standard error 2/sqrt(3); for two degrees of freedom the
	// quantile at p = 1 - alpha/2 is (2p-1)/sqrt(2p(1-p))
	half := 0.95 / math.Sqrt(2*0.975*0.025) * 2 / math.Sqrt(3)
	if d := cmp.Diff(Interval{4, 4 - half, 4 + half, 0.95}, got, near); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	batch, err := BatchMean([]float64{99, 1, 3, 4, 4, 5, 7}, 3, 0.05)
	if d := cmp.Diff(got, batch, near); err != nil || d != "" {
		t.Errorf("a first number that fills no batch: %v\n%s", err, d)
	}
	for name, err := range map[string]error{
		"one cluster":     second(ClusterMean([][]float64{{1, 2}}, 0.05)),
		"no clusters":     second(ClusterMean(nil, 0.05)),
		"unequal lengths": second(ClusterMean([][]float64{{1, 2}, {1}}, 0.05)),
		"empty clusters":  second(ClusterMean([][]float64{{}, {}}, 0.05)),
		"one batch":       second(BatchMean([]float64{1, 2, 3}, 1, 0.05)),
		"short series":    second(BatchMean([]float64{1, 2, 3}, 4, 0.05)),
	} {
		if !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestEffectiveSizeOfAnyNumbers: the unit does not matter, and what is no number
// has no correlation.
func TestEffectiveSizeOfAnyNumbers(t *testing.T) {
	series := autoregression(rand.New(rand.NewPCG(15, 0)), 500, 0.8)
	in := func(k int) []float64 {
		scaled := make([]float64, len(series))
		for i, x := range series {
			scaled[i] = math.Ldexp(x, k)
		}
		return scaled
	}
	for _, k := range []int{-900, -560, 520, 1000} {
		if err := tol.Close(EffectiveSize(in(k)), EffectiveSize(series), 1e-12); err != nil {
			t.Errorf("unit 2^%d: %v", k, err)
		}
	}
	for _, x := range []float64{math.NaN(), math.Inf(1)} {
		if got := EffectiveSize([]float64{1, 2, x, 3, 4, 5}); !math.IsNaN(got) {
			t.Errorf("with %v: %v", x, got)
		}
	}
}
