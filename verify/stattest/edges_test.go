package stattest

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"

	"sgdescape/verify/tol"
)

// TestReject_NaN: NaN in the data is never agreement.
func TestReject_NaN(t *testing.T) {
	nan := math.NaN()
	data := []float64{0.1, 0.5, nan, 0.7}
	for name, f := range map[string]Finding{
		"mean":         MeanTest{Want: 0.5, Alpha: 0.01}.Assert(data),
		"distribution": DistributionTest{CDF: uniformCDF, Alpha: 0.01}.Assert(data),
		"two samples":  TwoSampleTest{Alpha: 0.01}.Assert(data, []float64{0.1, 0.2, 0.3, 0.4}),
		"covariance":   CovarianceTest{Want: mat.NewSymDense(1, []float64{1}), Alpha: 0.01}.Assert(mat.NewDense(4, 1, data)),
	} {
		if !f.Rejected {
			t.Errorf("%s: NaN accepted: %+v", name, f)
		}
	}
}

// TestNothingToSay: too few data give intervals and effects without bound, not
// verdicts.
func TestNothingToSay(t *testing.T) {
	inf := math.Inf(1)
	whole := Interval{Low: -inf, High: inf, Level: 0.99}
	ignoreEstimate := cmpopts.IgnoreFields(Interval{}, "Estimate")
	for name, xs := range map[string][]float64{"no number": nil, "one number": {3}} {
		if d := cmp.Diff(whole, MeanTest{Alpha: 0.01}.Interval(xs), ignoreEstimate); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
	for name, xs := range map[string][]float64{"no number": nil, "one number": {1}, "one NaN": {math.NaN()}} {
		if f := (MeanTest{Want: 1, Alpha: 0.01}).Assert(xs); !f.Rejected || f.Err() == nil || f.Detectable != inf {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if f := (RateRatioTest{Want: 1, Alpha: 0.01}).Assert(Exits{0, 1}, Exits{0, 1}); f.Rejected || f.Detectable != inf {
		t.Errorf("no event at all: %+v", f)
	}
	for name, detectable := range map[string]float64{
		"rate without exposure":      RateTest{Want: 1, Alpha: 0.01}.Detectable(0),
		"rate from half an event":    RateTest{Want: 1, Alpha: 0.01}.Detectable(0.5),
		"mean of one number":         MeanTest{Alpha: 0.01}.Detectable(1),
		"two coins":                  ProportionTest{Want: 0.5, Alpha: 0.01}.Detectable(2),
		"nothing tested":             Worst(0.01).Detectable,
		"two skewed means":           TwoMeansTest{Alpha: 1e-9}.Detectable(SampledMean{Error: 1, Skewness: 2, N: 20}, SampledMean{}),
		"covariance of ten vectors":  CovarianceTest{Want: mat.NewSymDense(1, []float64{1}), Alpha: 0.01}.Detectable(10),
		"ratio from a single event":  RateRatioTest{Want: 1, Alpha: 0.01}.Detectable(1, 0.5),
		"proportion never exceeding": ProportionAtMostTest{Limit: 0.5, Alpha: 0.01}.Detectable(3),
	} {
		if !math.IsInf(detectable, 1) {
			t.Errorf("%s: %v", name, detectable)
		}
	}
	if n := (RateTest{Want: 1, Alpha: 0.01}).Needed(1e-300); n != math.MaxInt {
		t.Errorf("an effect beyond all sample sizes needs %d", n)
	}
}

// TestCertainties: a proportion of 0 or 1 allows no exception.
func TestCertainties(t *testing.T) {
	for _, c := range []struct {
		want     float64
		k        int
		rejected bool
	}{{0, 0, false}, {0, 1, true}, {1, 10, false}, {1, 9, true}} {
		if f := (ProportionTest{Want: c.want, Alpha: 1e-9}).Assert(c.k, 10); f.Rejected != c.rejected {
			t.Errorf("%+v: %+v", c, f)
		}
	}
	constant := []float64{2, 2, 2}
	if f := (MeanTest{Want: 2, Alpha: 0.01}).Assert(constant); f.Rejected {
		t.Errorf("constant numbers: %+v", f)
	}
	if f := (MeanTest{Want: 2.1, Alpha: 0.01}).Assert(constant); !f.Rejected {
		t.Errorf("constant numbers off the mean: %+v", f)
	}
}

// TestNoScatter: numbers without scatter agree with what they are and with
// nothing else.
func TestNoScatter(t *testing.T) {
	line := must(FitLine([]float64{0, 1, 2}, []float64{0, 2, 4}, nil))
	two := NewSampledMean([]float64{2, 2, 2})
	for name, c := range map[string]struct {
		f        Finding
		rejected bool
	}{
		"the slope":         {SlopeTest{Want: 2, Alpha: 0.01}.Assert(line), false},
		"another slope":     {SlopeTest{Want: 2.5, Alpha: 0.01}.Assert(line), true},
		"the same constant": {TwoMeansTest{Alpha: 0.01}.Assert(two, two), false},
		"another constant":  {TwoMeansTest{Alpha: 0.01}.Assert(two, NewSampledMean([]float64{3, 3})), true},
		"a number":          {TwoMeansTest{Alpha: 0.01}.Assert(two, SampledMean{Mean: 2}), false},
	} {
		if c.f.Rejected != c.rejected || math.IsNaN(c.f.Statistic) || math.IsNaN(c.f.Critical) {
			t.Errorf("%s: %+v", name, c.f)
		}
	}
}

// TestAnyUnit: in a unit 2^k times as large everything is 2^-k times as large, and
// no verdict changes, as far as the numbers themselves are in the range of a
// float64.
func TestAnyUnit(t *testing.T) {
	const n, alpha = 200, 1e-3
	xs, marks := make([]float64, n), make([]bool, n)
	for i := range xs { // as exponential numbers are, with their skewness
		xs[i] = -math.Log((float64(i) + 0.5) / n)
		marks[i] = i%7 == 0
	}
	in := func(k int) (scaled []float64) {
		for _, x := range xs {
			scaled = append(scaled, math.Ldexp(x, k))
		}
		return scaled
	}
	for name, interval := range map[string]func(xs []float64) Interval{
		"mean":            MeanTest{Alpha: alpha}.Interval,
		"cluster mean":    func(xs []float64) Interval { return must(BatchMean(xs, 20, alpha)) },
		"mean time":       func(xs []float64) Interval { return must(MeanTimeFromTimes(xs, nil, alpha)).Interval },
		"restricted mean": func(xs []float64) Interval { return must(MeanTimeFromTimes(xs, marks, alpha)).Interval },
	} {
		want := interval(xs)
		for _, k := range []int{-1000, -560, -360, -100, 100, 260, 360, 520, 1000} {
			got := interval(in(k))
			if d := cmp.Diff(want, Interval{math.Ldexp(got.Estimate, -k), math.Ldexp(got.Low, -k), math.Ldexp(got.High, -k), got.Level}, tol.Relative(1e-12)); d != "" {
				t.Errorf("%s, unit 2^%d (-want +got):\n%s", name, k, d)
			}
		}
	}
	two := func(k int) Finding {
		return TwoMeansTest{Alpha: alpha}.Assert(NewSampledMean(in(k)), NewSampledMean(in(k)[:50]))
	}
	want := two(0)
	for _, k := range []int{-1000, -560, -360, 360, 560, 1000} {
		if got := two(k); tol.Close(got.Statistic, want.Statistic, 1e-12) != nil || tol.Close(got.Critical, want.Critical, 1e-12) != nil {
			t.Errorf("two means, unit 2^%d: %+v, want %+v", k, got, want)
		}
	}
}

func TestFindingError(t *testing.T) {
	f := Finding{N: 5, Alpha: 1e-6, Statistic: 6, Critical: 5, Effect: 0.3, Detectable: 0.2}.finish()
	want := "rejected at alpha 1e-06: statistic 6 exceeds 5, observed effect 0.3 (n = 5, detectable 0.2)"
	if f.Err() == nil || f.Err().Error() != want {
		t.Errorf("error %v, want %s", f.Err(), want)
	}
	if err := (Finding{Statistic: 1, Critical: 2}).finish().Err(); err != nil {
		t.Error(err)
	}
}
