package goldentest

import (
	"errors"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"sgdescape/verify/stattest"
)

func sampledTree(t testing.TB, errorUnit, csv string) fstest.MapFS {
	seed := uint64(7)
	return sealed(t, csv, sample(ClassSampled, func(i *Info) {
		i.Columns = []Column{{"eta", "1", "learning rate"}, {"runs", "1", "number of runs"}, {"T", "t", "mean"}, {"T error", errorUnit, "its standard error"}}
		i.Method.Seed, i.Tolerance.Relative = &seed, 0
	}))
}

func TestCheckSampled(t *testing.T) {
	const csv = "eta [1],runs [1],T [t],T error [t]\n0.1,1000,100,3\n0.2,1000,50,4\n"
	fsys := sampledTree(t, "t", csv)
	const alpha = 1e-6 // two rows at alpha/2 each: 5.0263... for a normal law, more for one of skewness 2
	at := func(deviates float64) func(Row) (stattest.SampledMean, error) {
		return func(r Row) (stattest.SampledMean, error) {
			if r.Float("eta") == 0.1 {
				return stattest.SampledMean{Mean: 100 + deviates*5, Error: 4, Skewness: 2, N: 4000}, nil // hypot(3, 4) = 5
			}
			return stattest.SampledMean{Mean: 50, Error: 3, N: 1000}, nil
		}
	}
	critical := stattest.TwoMeansTest{Alpha: alpha / 2}.Assert(
		stattest.SampledMean{Error: 4, Skewness: 2, N: 4000}, stattest.SampledMean{Error: 3, Skewness: 2, N: 1000}).Critical
	if !(critical > 5.03 && critical < 5.1) {
		t.Errorf("critical value %v", critical)
	}
	wantComplaint(t, watch(func(w TB) {
		f := CheckSampled(w, Open(w, fsys, "a/x"), "T", alpha, at(-critical+0.001))
		if f.Rejected || math.Abs(f.Statistic-critical+0.001) > 1e-12 || f.Critical != critical || f.Alpha != alpha || f.N != 5000 {
			t.Errorf("finding %+v", f)
		}
	}))
	wantComplaint(t, watch(func(w TB) {
		f := CheckSampled(w, Open(w, fsys, "a/x"), "T", alpha, at(5.1))
		if !f.Rejected {
			t.Errorf("finding %+v", f)
		}
	}), "a/x.csv:2 (eta = 0.1, runs = 1000): T: got 125.5 +- 4, recorded 100 +- 3")
	wantComplaint(t, watch(func(w TB) {
		CheckSampled(w, Open(w, fsys, "a/x"), "T", alpha, func(r Row) (stattest.SampledMean, error) {
			return stattest.SampledMean{}, errors.New("stopped")
		})
	}), "stopped", "stopped")
	wantComplaint(t, watch(func(w TB) {
		CheckSampled(w, Open(w, fsys, "a/x"), "T", alpha, func(r Row) (stattest.SampledMean, error) {
			return stattest.SampledMean{Mean: r.Float("T"), Error: math.NaN(), N: 10}, nil
		})
	}), "got 100 +- NaN", "got 50 +- NaN")
	wantComplaint(t, watch(func(w TB) { CheckSampled(w, Open(w, fsys, "a/x"), "T", 2, at(0)) }), "alpha", "never", "never")
	wantComplaint(t, watch(func(w TB) { Check(w, Open(w, fsys, "a/x"), "T", nil) }), "want CheckSampled", "never", "never")
	external := sealed(t, table, sample(ClassExternal, nil))
	wantComplaint(t, watch(func(w TB) { CheckSampled(w, Open(w, external, "a/x"), "T", alpha, at(0)) }), "want sampled", "never", "never")

	for says, bad := range map[string]fstest.MapFS{
		"unit of T error":                   sampledTree(t, "1", strings.Replace(csv, "error [t]", "error [1]", 1)),
		"want a finite number > 0":          sampledTree(t, "t", strings.Replace(csv, ",4", ",0", 1)),
		"runs is 1, want a whole number":    sampledTree(t, "t", strings.Replace(csv, "1000", "1", 1)),
		"runs is 2.5, want a whole number":  sampledTree(t, "t", strings.Replace(csv, "1000", "2.5", 1)),
		"column runs is , want 1":           sealed(t, table, sample(ClassSampled, func(i *Info) { i.Method.Seed = new(uint64) })),
		"number of columns with a standard": sealed(t, table, sample(ClassSampled, func(i *Info) { i.Method.Seed = new(uint64) })),
	} {
		if _, err := Load(bad, "a/x"); !errors.Is(err, ErrInadmissible) || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one that says %q", err, says)
		}
	}
}
