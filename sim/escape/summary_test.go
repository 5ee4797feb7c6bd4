package escape_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
	"sgdescape/verify/stattest"
)

// closeTo reports a relative difference of at most tolerance.
func closeTo(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance*math.Abs(b) }

// TestSummary compares with the outcomes themselves.
func TestSummary(t *testing.T) {
	for _, form := range []sde.Form{sde.Time, sde.LogTime} {
		e := ensemble()
		e.Process = valley(form, 2, 0.1)
		r := must(e.Run(context.Background()))
		s := must(e.Summarise(context.Background(), nil))
		if s.Exits != int64(r.Exits) || s.Censored != int64(r.Censored) || s.Steps != r.Steps || s.Diverged != 0 {
			t.Errorf("summary %d exits, %d censored, %d steps; outcomes %d, %d, %d", s.Exits, s.Censored, s.Steps, r.Exits, r.Censored, r.Steps)
		}
		if !closeTo(float64(s.Exposure()), float64(r.Exposure), 1e-12) {
			t.Errorf("exposure %v, want %v", s.Exposure(), r.Exposure)
		}
		for k := 1; k <= 4; k++ {
			want := 0.0
			for _, o := range r.Outcomes {
				if !o.Censored {
					want += math.Pow(float64(o.Time), float64(k)) / float64(r.Exits)
				}
			}
			if !closeTo(s.Moment(k), want, 1e-12) {
				t.Errorf("moment %d is %v, want %v", k, s.Moment(k), want)
			}
		}
		// All censored runs end at the horizon, so that up to it the survival is
		// the fraction still inside, and quantiles are order statistics.
		times := times(r)
		sort.Float64s(times)
		for _, at := range []float64{0, 1, 5, 12, 29} {
			low, high := 0.0, 0.0
			for _, x := range times {
				if x >= at*(1-1.0/64) {
					high++
				}
				if x >= at {
					low++
				}
			}
			if got := s.Survival(model.Time(at)) * float64(len(times)); got < low-1e-9 || got > high+1e-9 {
				t.Errorf("survival at %v is %v runs, want %v to %v", at, got, low, high)
			}
		}
		at, inside := s.Curve()
		for i := range at {
			if i > 0 && (at[i] <= at[i-1] || inside[i] > inside[i-1]) {
				t.Errorf("survival goes from %v at %v to %v at %v", inside[i-1], at[i-1], inside[i], at[i])
			}
		}
		if last, want := inside[len(inside)-1], float64(r.Censored)/float64(e.Replicas); !closeTo(last, want, 1e-9) {
			t.Errorf("survival ends at %v, want the censored fraction %v", last, want)
		}
		for _, p := range []float64{0.05, 0.25, 0.5} {
			if p > float64(r.Exits)/float64(e.Replicas) {
				continue
			}
			want := times[int(math.Ceil(p*float64(len(times))))-1]
			if q, ok := s.Quantile(p); !ok || float64(q) < want || float64(q) > want*(1+1.0/64)*(1+1e-12) {
				t.Errorf("quantile %v is %v, %v, want %v", p, q, ok, want)
			}
		}
		if q, ok := s.Quantile(0.999); ok {
			t.Errorf("quantile 0.999 is %v although runs were censored", q)
		}
	}
}

// TestSummarySame: a summary does not depend on workers or batches.
func TestSummarySame(t *testing.T) {
	digits := cmp.Transformer("value", func(s *escape.Summary) [8]float64 {
		return [8]float64{float64(s.Exposure()), s.Moment(1), s.Moment(2), s.Moment(3), s.Moment(4),
			s.Survival(3), s.Survival(20), float64(s.Steps)}
	})
	e := ensemble()
	e.Process = valley(sde.LogTime, 2, 0.1)
	h := escape.NewHistogram(1, -2, 2, 16)
	e.Workers = 1
	want := must(e.Summarise(context.Background(), h))
	for _, workers := range []int{2, 3, 8} {
		e.Workers = workers
		got := must(e.Summarise(context.Background(), h))
		if diff := cmp.Diff(want, got, digits); diff != "" {
			t.Errorf("%d workers differ (-want +got):\n%s", workers, diff)
		}
		if diff := cmp.Diff(want.Occupation, got.Occupation); diff != "" {
			t.Errorf("%d workers: occupation differs (-want +got):\n%s", workers, diff)
		}
	}
	e.Replicas = 100
	first := must(e.Summarise(context.Background(), h))
	e.FirstReplica, e.Replicas = 100, 300
	first.Merge(must(e.Summarise(context.Background(), h)))
	if diff := cmp.Diff(want, first, digits); diff != "" {
		t.Errorf("two batches differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.Occupation, first.Occupation); diff != "" {
		t.Errorf("two batches: occupation differs (-want +got):\n%s", diff)
	}
	if h.Counts[7] != 0 {
		t.Error("the caller's histogram was written to")
	}
}

// occupied is the range of the occupation test: its bins with a probability of
// 2 % or more.
var occupied = []struct{ low, high float64 }{{-0.4, -0.2}, {-0.2, 0}, {0, 0.2}, {0.2, 0.4}}

func occupationBins() (names []string) {
	for _, b := range occupied {
		names = append(names, fmt.Sprintf("%v to %v", b.low, b.high))
	}
	return names
}

// TestStat_Occupation: far from the boundary a coordinate is distributed by
// Eq. 18 with n = 1 in t, density proportional to L^-(1+b), b = B/(eta h) = 10.
// Ensembles of one replica are independent, so that the fraction of time that
// each spends in a bin is tested as a number with an unknown variance. The
// margin of 2 % is for the step.
func TestStat_Occupation(t *testing.T) {
	density := func(x float64) float64 { return math.Pow(0.5+x*x/2, -11) }
	mass := func(a, b float64) float64 {
		sum := 0.0
		for i := range 100 {
			sum += density(a + (b-a)*(float64(i)+0.5)/100)
		}
		return sum * (b - a) / 100
	}
	total := mass(-4, 4)
	ledger.AssertAll(t, "occupation", occupationBins(), func(seed uint64, alpha float64) ([]stattest.Finding, error) {
		fractions := make([][]float64, len(occupied))
		e := escape.Ensemble{Process: valley(sde.Time, 1, 0.02), Start: []float64{0}, Exit: escape.LossAbove(50), Horizon: 300, Replicas: 1, Seed: seed}
		for e.FirstReplica = range uint64(640) {
			s, err := e.Summarise(context.Background(), escape.NewHistogram(0, -1, 1, 10))
			if err != nil {
				return nil, err
			}
			n := float64(s.Occupation.Below + s.Occupation.Above)
			for _, c := range s.Occupation.Counts {
				n += float64(c)
			}
			for i := range occupied {
				fractions[i] = append(fractions[i], float64(s.Occupation.Counts[3+i])/n)
			}
		}
		var out []stattest.Finding
		for i, b := range occupied {
			p := mass(b.low, b.high) / total
			out = append(out, stattest.MeanTest{Want: p, Margin: 0.02 * p, Alpha: alpha}.Assert(fractions[i]))
		}
		return out, nil
	})
}

// TestMillionExits: a million outcomes take less than 64 MiB, a summary of them
// less than 1 MiB.
func TestMillionExits(t *testing.T) {
	e := million()
	allocated := func(f func()) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20)
	}
	var r *escape.Result
	if mib := allocated(func() { r = must(e.Run(context.Background())) }); mib > 64 || r.Exits != 1e6 {
		t.Errorf("%d exits allocated %v MiB, want 1000000 within 64", r.Exits, mib)
	}
	var s *escape.Summary
	if mib := allocated(func() { s = must(e.Summarise(context.Background(), nil)) }); mib > 1 || s.Exits != 1e6 {
		t.Errorf("a summary of %d exits allocated %v MiB, want 1000000 within 1", s.Exits, mib)
	}
}

// TestSummary_MergeOtherBins: occupations of other bins are not added to one
// another, and nothing else is.
func TestSummary_MergeOtherBins(t *testing.T) {
	for name, other := range map[string]*escape.Histogram{
		"coordinate": escape.NewHistogram(1, 0, 1, 3),
		"range":      escape.NewHistogram(0, 0, 2, 3),
		"fewer":      escape.NewHistogram(0, 0, 1, 2),
		"more":       escape.NewHistogram(0, 0, 1, 4),
	} {
		s, more := escape.NewSummary(escape.NewHistogram(0, 0, 1, 3)), escape.NewSummary(other)
		more.Add(escape.Outcome{Steps: 1, Time: 1})
		func() {
			defer func() {
				if recover() == nil || s.Exits != 0 {
					t.Errorf("%s: merged, %d exits", name, s.Exits)
				}
			}()
			s.Merge(more)
		}()
	}
}

// TestSummary_NoSuchQuantile: there are none below 0 and above 1.
func TestSummary_NoSuchQuantile(t *testing.T) {
	s := escape.NewSummary(nil)
	s.Add(escape.Outcome{Steps: 1, Time: 1})
	for p, want := range map[float64]bool{-1e-9: false, 0: true, 0.5: true, 1: true, 1 + 1e-9: false, math.Inf(-1): false, math.Inf(1): false} {
		if _, ok := s.Quantile(p); ok != want {
			t.Errorf("p = %v: ok = %v", p, ok)
		}
	}
	if _, ok := s.Quantile(math.NaN()); ok {
		t.Error("p = NaN: ok")
	}
}

func TestHistogramErrors(t *testing.T) {
	for name, h := range map[string]*escape.Histogram{
		"coordinate": escape.NewHistogram(2, 0, 1, 3),
		"negative":   escape.NewHistogram(-1, 0, 1, 3),
		"empty":      escape.NewHistogram(0, 1, 1, 3),
		"NaN":        escape.NewHistogram(0, math.NaN(), 1, 3),
		"no bins":    escape.NewHistogram(0, 0, 1, 0),
	} {
		if _, err := ensemble().Summarise(context.Background(), h); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v, want ErrDomain", name, err)
		}
	}
}
