package stattest

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"
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
	if f := (RateRatioTest{Want: 1, Alpha: 0.01}).Assert(Exits{0, 1}, Exits{0, 1}); f.Rejected || f.Detectable != inf {
		t.Errorf("no event at all: %+v", f)
	}
	for name, detectable := range map[string]float64{
		"rate without exposure":      RateTest{Want: 1, Alpha: 0.01}.Detectable(0),
		"rate from half an event":    RateTest{Want: 1, Alpha: 0.01}.Detectable(0.5),
		"mean of one number":         MeanTest{Alpha: 0.01}.Detectable(1),
		"two coins":                  ProportionTest{Want: 0.5, Alpha: 0.01}.Detectable(2),
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
