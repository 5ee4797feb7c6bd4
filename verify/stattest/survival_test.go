package stattest

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/stat/distuv"

	"sgdescape/model"
	"sgdescape/verify/tol"
)

// remission holds weeks of remission of 21 patients on 6-mercaptopurine and
// their censoring marks (Freireich et al., Blood 21, 699, 1963), the example of
// every textbook on survival.
var (
	remission         = []float64{6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35}
	remissionCensored = []bool{false, false, false, true, false, true, false, true, true, false, false, true, true, true, false, false, true, true, true, true, true}
)

func TestKaplanMeier(t *testing.T) {
	want := Survival{
		Time:     []float64{6, 7, 10, 13, 16, 22, 23},
		Fraction: []float64{0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448}, // published to three digits
		Exits:    []int{3, 1, 1, 1, 1, 1, 1},
		AtRisk:   []int{21, 17, 15, 12, 11, 7, 6},
		Horizon:  35,
	}
	got := KaplanMeier(remission, remissionCensored)
	if d := cmp.Diff(want, got, tol.Approx(0, 5e-4)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, c := range []struct{ t, want float64 }{{0, 1}, {5.9, 1}, {6, 0.857}, {12, 0.753}, {1000, 0.448}} {
		if err := tol.CloseAbs(got.At(c.t), c.want, 5e-4); err != nil {
			t.Errorf("S(%v): %v", c.t, err)
		}
	}
}

func TestKaplanMeierNaN(t *testing.T) {
	defer func() {
		if r := recover(); r != "stattest: time of run 1 is NaN" {
			t.Errorf("recovered %v", r)
		}
	}()
	KaplanMeier([]float64{1, math.NaN(), 3}, nil)
}

func TestMeanTimeFromTimes(t *testing.T) {
	got, err := MeanTimeFromTimes(remission, remissionCensored, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	// Restricted mean and standard error 23.3 +- 2.83 as printed by the survival
	// package of R for these data (survfit, rmean = 35).
	if err := errors.Join(tol.CloseAbs(got.Interval.Estimate, 23.29, 0.005),
		tol.CloseAbs(got.Interval.HalfWidth(), 2.827*studentQuantile(0.05, 8), 0.01)); err != nil {
		t.Error(err)
	}
	if !got.Restricted || got.Horizon != 35 {
		t.Errorf("restricted %v at %v", got.Restricted, got.Horizon)
	}
	one, err := MeanTimeFromTimes([]float64{1, 2}, []bool{false, true}, 0.05)
	if err != nil || one.Interval.Low != 0 || one.Interval.High != 2 {
		t.Errorf("one exit bounds nothing but the horizon: %v, %v", one, err)
	}
	last, err := MeanTimeFromTimes([]float64{2, 2, 2, 1, 2}, []bool{true, false, true, true, false}, 0.05)
	if err != nil || last.Interval.Low != 0 || last.Interval.High != 2 || last.Interval.Estimate != 2 {
		t.Errorf("exits at the horizon alone do not make the mean certain: %v, %v", last, err)
	}
	all, err := MeanTimeFromTimes([]float64{1, 2, 3}, nil, 0.05)
	if err != nil || all.Restricted || all.Interval.Estimate != 2 || !math.IsInf(all.Horizon, 1) {
		t.Errorf("no run censored: %+v, %v", all, err)
	}
	if _, err := MeanTimeFromTimes(nil, nil, 0.05); !errors.Is(err, model.ErrDomain) {
		t.Errorf("no runs: %v", err)
	}
}

// TestReject_NotExponential: laws that an exponential one is easily taken for.
// With 2000 runs at 1e-6 the test finds a distance of 0.103 with probability
// 0.999 (ExponentialTest.Detectable); each law here is further away.
func TestReject_NotExponential(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 0))
	test := ExponentialTest{Alpha: 1e-6}
	for name, draw := range map[string]func() float64{
		"rate that rises":     distuv.Weibull{K: 1.5, Lambda: 1, Src: rng}.Rand,
		"rate that falls":     distuv.Weibull{K: 0.6, Lambda: 1, Src: rng}.Rand,
		"two kinds of valley": func() float64 { return rng.ExpFloat64() * []float64{0.1, 1}[rng.IntN(2)] },
		"delay":               func() float64 { return 0.5 + rng.ExpFloat64() },
	} {
		f, err := test.Assert(fill(2000, draw), nil)
		if err != nil || !f.Rejected {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
	delayed := fill(2000, func() float64 { return 0.5 + rng.ExpFloat64() })
	f, err := ExponentialTest{Alpha: 1e-6, Transient: 0.5}.Assert(delayed, nil)
	if err != nil || f.Rejected {
		t.Errorf("after the delay: %+v, %v", f, err)
	}
}

// TestTotalTimeOnTest: U by hand. Two runs that left at 1 and 100 were watched
// for 2 and then 99: U = 2/101 and D = 99/101. With exits at 1 and 4 and one run
// censored at 2 the times watched are 3, 2 and 2: U = 3/7, D = 4/7. A transient
// of 1 restarts the clocks of the two that are left at 3 and 6: U = 4/7.
func TestTotalTimeOnTest(t *testing.T) {
	for _, c := range []struct {
		name      string
		transient float64
		times     []float64
		censored  []bool
		want      float64
	}{
		{"all left", 0, []float64{100, 1}, nil, 99. / 101},
		{"one censored", 0, []float64{4, 1, 2}, []bool{false, false, true}, 4. / 7},
		{"transient", 1, []float64{3, 1, 6}, nil, 4. / 7},
	} {
		f, err := ExponentialTest{Transient: c.transient, Alpha: 0.01}.Assert(c.times, c.censored)
		if err := errors.Join(err, tol.Close(f.Statistic, c.want, 1e-14)); err != nil || f.N != 1 {
			t.Errorf("%s: n %d, %v", c.name, f.N, err)
		}
	}
}

func TestExponentialTestDomain(t *testing.T) {
	for name, err := range map[string]error{
		"one exit":           second(ExponentialTest{Alpha: 0.01}.Assert([]float64{1, 2}, []bool{false, true})),
		"nothing left":       second(ExponentialTest{Alpha: 0.01, Transient: 5}.Assert([]float64{1, 2}, nil)),
		"negative transient": second(ExponentialTest{Alpha: 0.01, Transient: -1}.Assert([]float64{1, 2}, nil)),
		"NaN transient":      second(ExponentialTest{Alpha: 0.01, Transient: math.NaN()}.Assert([]float64{1, 2}, nil)),
		"NaN time":           second(ExponentialTest{Alpha: 0.01}.Assert([]float64{1, math.NaN()}, nil)),
	} {
		if !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestMeanTimePlan(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 0))
	times, censored := exitTimes(rng, 500, 1, 1)
	e, f, err := MeanTimePlan{Alpha: 1e-6}.Estimate(times, censored)
	want := must(Tally(times, censored)).MeanTimeInterval(1e-6)
	if d := cmp.Diff(MeanTimeEstimate{Interval: want, Horizon: math.Inf(1), ConstantRate: true}, e); err != nil || f.Rejected || d != "" {
		t.Errorf("no transient: %v, %+v\n%s", err, f, d)
	}
	// Half of the runs at rate 20, half at rate 1/5: not exponential, and said so.
	for i := range times {
		times[i], censored[i] = rng.ExpFloat64()*[]float64{0.05, 5}[i%2], false
		if times[i] > 3 {
			times[i], censored[i] = 3, true
		}
	}
	e, f, err = MeanTimePlan{Alpha: 1e-6}.Estimate(times, censored)
	if err != nil || !f.Rejected || e.ConstantRate || !e.Restricted || e.Horizon != 3 {
		t.Errorf("two rates: %v, %+v, %+v", err, f, e)
	}
	// After the fast half has left the rest is exponential.
	e, f, err = MeanTimePlan{Alpha: 1e-6, Transient: 0.5}.Estimate(times, censored)
	if err != nil || f.Rejected || !e.ConstantRate || !e.Interval.Contains(0.5*0.05+0.5*5) {
		t.Errorf("two rates, after the transient: %v, %+v, %+v", err, f, e)
	}
	e, f, err = MeanTimePlan{Alpha: 1e-6}.Estimate([]float64{1, 2, 2}, []bool{false, true, true})
	if err != nil || f.Rejected || e.ConstantRate || !math.IsInf(f.Detectable, 1) {
		t.Errorf("one exit: %v, %+v, %+v", err, f, e)
	}
	for name, err := range map[string]error{
		"no runs":            third(MeanTimePlan{Alpha: 0.1}.Estimate(nil, nil)),
		"negative transient": third(MeanTimePlan{Alpha: 0.1, Transient: -1}.Estimate([]float64{1, 2}, nil)),
		"censored earlier":   third(MeanTimePlan{Alpha: 0.1, Transient: 1}.Estimate([]float64{0.5, 2}, []bool{true, false})),
	} {
		if !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func third[T, U any](_ T, _ U, err error) error { return err }
