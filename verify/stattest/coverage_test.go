package stattest

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// A coverageRow draws data, returns an interval at alpha 0.05, and the truth.
type coverageRow struct {
	name     string
	replicas int
	draw     func(rng *rand.Rand) (i Interval, truth float64)
}

const missAlpha = 0.05

func fill(n int, f func() float64) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = f()
	}
	return xs
}

// autoregression returns a stationary series of mean 0, variance 1 and
// correlation rho^k.
func autoregression(rng *rand.Rand, n int, rho float64) []float64 {
	x := rng.NormFloat64()
	return fill(n, func() float64 {
		x = rho*x + math.Sqrt(1-rho*rho)*rng.NormFloat64()
		return x
	})
}

// logRatios draws log(1 + |theta|^2/(2v)) of the density with exponent phi in n
// dimensions: |theta|^2/(2v) is a ratio of chi-squares with n and 2 phi - n
// degrees of freedom.
func logRatios(rng *rand.Rand, count, n int, phi float64) []float64 {
	top, bottom := distuv.ChiSquared{K: float64(n), Src: rng}, distuv.ChiSquared{K: 2*phi - float64(n), Src: rng}
	return fill(count, func() float64 { return math.Log1p(top.Rand() / bottom.Rand()) })
}

func exitsOf(rng *rand.Rand, runs int, rate, horizon float64) Exits {
	times, censored := exitTimes(rng, runs, rate, horizon)
	x, err := Tally(times, censored)
	if err != nil {
		panic(err)
	}
	return x
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

func rateRow(name string, runs int, horizonInMeans float64) coverageRow {
	return coverageRow{"rate, " + name, 4000, func(rng *rand.Rand) (Interval, float64) {
		return exitsOf(rng, runs, 3, horizonInMeans/3).RateInterval(missAlpha), 3
	}}
}

// coverageRows holds every interval of the package.
var coverageRows = []coverageRow{
	rateRow("every run left", 20, math.Inf(1)),
	rateRow("one third censored", 20, 1),
	rateRow("nearly all censored", 20, 0.05),
	rateRow("one run", 1, 1),
	rateRow("many runs", 300, 0.5),
	{"ratio of rates", 4000, func(rng *rand.Rand) (Interval, float64) {
		x, y := exitsOf(rng, 30, 2, 0.5), exitsOf(rng, 100, 1, 0.5)
		return RateRatioTest{Alpha: missAlpha}.Interval(x, y), 2
	}},
	{"rate looked at after every run until it is wrong", 1500, func(rng *rand.Rand) (Interval, float64) {
		i, _ := peek(rng, RateSequence{Alpha: missAlpha, Guess: 2}.Interval)
		return i, 1
	}},
	{"rate, added until narrow", 2000, func(rng *rand.Rand) (Interval, float64) {
		d := SequentialRate{Sequence: RateSequence{Alpha: missAlpha, Guess: 1}, Stop: Narrow(0.5), Batches: 100}
		r := must(d.Run(func(int) (Exits, error) { return exitsOf(rng, 5, 3, 0.4), nil }))
		return r.Interval, 3
	}},
	{"mean time, every run left", 3000, func(rng *rand.Rand) (Interval, float64) {
		law := distuv.Weibull{K: 2, Lambda: 1, Src: rng}
		e := must(MeanTimeFromTimes(fill(100, law.Rand), nil, missAlpha))
		return e.Interval, law.Mean()
	}},
	{"mean time, common horizon", 3000, func(rng *rand.Rand) (Interval, float64) {
		times, censored := exitTimes(rng, 100, 1, 1.5)
		e := must(MeanTimeFromTimes(times, censored, missAlpha))
		return e.Interval, -math.Expm1(-1.5)
	}},
	{"mean time, horizons of all lengths", 3000, func(rng *rand.Rand) (Interval, float64) {
		e := must(MeanTimeFromTimes(unevenTimes(rng)))
		return e.Interval, -math.Expm1(-e.Horizon)
	}},
	{"mean time after a transient", 2000, func(rng *rand.Rand) (Interval, float64) {
		// one run in five leaves evenly over the transient [0, 1], the others at
		// rate 1/10 after it: mean 0.2*0.5 + 0.8*11
		times, censored := make([]float64, 100), make([]bool, 100)
		for i := range times {
			times[i] = rng.Float64()
			if rng.IntN(5) > 0 {
				times[i] = 1 + 10*rng.ExpFloat64()
			}
			if times[i] > 15 {
				times[i], censored[i] = 15, true
			}
		}
		e, _, err := MeanTimePlan{Transient: 1, Alpha: missAlpha, CheckAlpha: 1e-9}.Estimate(times, censored)
		return must(e, err).Interval, 8.9
	}},
	{"mean of exponentials", 3000, func(rng *rand.Rand) (Interval, float64) {
		return MeanTest{Alpha: missAlpha}.Interval(fill(60, rng.ExpFloat64)), 1
	}},
	{"bounded mean", 3000, func(rng *rand.Rand) (Interval, float64) {
		coin := func() float64 { return float64(rng.IntN(10) / 9) }
		return MeanTest{Alpha: missAlpha, High: 1}.Interval(fill(100, coin)), 0.1
	}},
	{"mean of independent trajectories", 3000, func(rng *rand.Rand) (Interval, float64) {
		clusters := make([][]float64, 8)
		for i := range clusters {
			clusters[i] = autoregression(rng, 30, 0.9)
		}
		return must(ClusterMean(clusters, missAlpha)), 0
	}},
	{"mean of one trajectory", 1500, func(rng *rand.Rand) (Interval, float64) {
		i := must(BatchMean(autoregression(rng, 4000, 0.8), 20, missAlpha))
		half := i.HalfWidth() * (1 + 9./(4*200)) // made up for what is said to be lacking, at tau = (1+rho)/(1-rho)
		i.Low, i.High = i.Estimate-half, i.Estimate+half
		return i, 0
	}},
	{"proportion", 4000, func(rng *rand.Rand) (Interval, float64) {
		k := int(distuv.Binomial{N: 80, P: 0.03, Src: rng}.Rand())
		return ProportionTest{Alpha: missAlpha}.Interval(k, 80), 0.03
	}},
	{"slope, known errors", 4000, func(rng *rand.Rand) (Interval, float64) {
		return line(rng, true).SlopeInterval(missAlpha), -2
	}},
	{"slope, unknown errors", 4000, func(rng *rand.Rand) (Interval, float64) {
		return line(rng, false).SlopeInterval(missAlpha), -2
	}},
	{"exponent in one dimension", 2000, func(rng *rand.Rand) (Interval, float64) {
		mean := MeanTest{Alpha: missAlpha}.Interval(logRatios(rng, 300, 1, 6))
		return must(StudentExponent(mean, 1)), 6
	}},
	{"exponent in five dimensions", 2000, func(rng *rand.Rand) (Interval, float64) {
		mean := MeanTest{Alpha: missAlpha}.Interval(logRatios(rng, 300, 5, 6))
		return must(StudentExponent(mean, 5)), 6
	}},
	{"tail exponent", 4000, func(rng *rand.Rand) (Interval, float64) {
		return must(Hill(fill(200, distuv.Pareto{Xm: 2, Alpha: 3, Src: rng}.Rand), 40, missAlpha)), 3
	}},
}

func line(rng *rand.Rand, known bool) Line {
	x, sigma := []float64{0, 1, 2, 5}, []float64{1, 1, 1, 1}
	y := make([]float64, len(x))
	for i := range x {
		y[i] = 3 - 2*x[i] + rng.NormFloat64()
	}
	if !known {
		sigma = nil
	}
	return must(FitLine(x, y, sigma))
}

// unevenTimes draws runs of rate 1 whose horizons are spread over [0.5, 1.5].
func unevenTimes(rng *rand.Rand) (times []float64, censored []bool, alpha float64) {
	times, censored = make([]float64, 150), make([]bool, 150)
	for i := range times {
		horizon := 0.5 + rng.Float64()
		times[i] = rng.ExpFloat64()
		if times[i] > horizon {
			times[i], censored[i] = horizon, true
		}
	}
	return times, censored, missAlpha
}

// peek adds runs of rate 1, stopped at time 2, and looks after each of 300: it
// stops at the first interval that does not hold the truth.
func peek(rng *rand.Rand, interval func(Exits) Interval) (i Interval, looks int) {
	var x Exits
	for looks = 1; looks <= 300; looks++ {
		x = x.Plus(exitsOf(rng, 1, 1, 2))
		if i = interval(x); !i.Contains(1) {
			break
		}
	}
	return i, looks
}

func misses(draw func(*rand.Rand) (Interval, float64), replicas int, seed uint64) int {
	count := 0
	for k := range replicas {
		if i, truth := draw(rand.New(rand.NewPCG(seed, uint64(k)))); !i.Contains(truth) {
			count++
		}
	}
	return count
}

// TestStat_Coverage: each interval misses the truth no more often than stated.
// With 4000 replications and 2e-9 for the row, a miss rate of 0.085 in place of
// 0.05 is found with probability 0.999; with 1500, one of 0.109.
func TestStat_Coverage(t *testing.T) {
	for _, c := range coverageRows {
		t.Run(c.name, func(t *testing.T) {
			runner.Assert(t, "coverage/"+c.name, func(seed uint64, alpha float64) (Finding, error) {
				m := misses(c.draw, c.replicas, seed)
				t.Logf("missed %.4f at level %v", float64(m)/float64(c.replicas), 1-missAlpha)
				return ProportionAtMostTest{Limit: missAlpha, Alpha: alpha}.Assert(m, c.replicas), nil
			})
		})
	}
}

// TestReject_WrongIntervals: the same check, at the same alpha, turns away the
// usual mistakes.
func TestReject_WrongIntervals(t *testing.T) {
	runs := func(rng *rand.Rand) (times []float64, censored []bool) { return exitTimes(rng, 60, 1, 1) }
	finished := func(times []float64, censored []bool) (kept []float64) {
		for i, time := range times {
			if !censored[i] {
				kept = append(kept, time)
			}
		}
		return kept
	}
	rows := []coverageRow{
		{"censored runs dropped", 4000, func(rng *rand.Rand) (Interval, float64) {
			return must(Tally(finished(runs(rng)), nil)).RateInterval(missAlpha), 1
		}},
		{"censored runs counted as exits", 4000, func(rng *rand.Rand) (Interval, float64) {
			times, _ := runs(rng)
			return must(Tally(times, nil)).RateInterval(missAlpha), 1
		}},
		{"censored runs counted as no time", 4000, func(rng *rand.Rand) (Interval, float64) {
			times, censored := runs(rng)
			x := must(Tally(times, censored))
			for i := range times {
				if censored[i] {
					x.Exposure -= times[i]
				}
			}
			return x.RateInterval(missAlpha), 1
		}},
		{"twice the degrees of freedom of chi-square", 4000, func(rng *rand.Rand) (Interval, float64) {
			x := must(Tally(runs(rng)))
			return Exits{Events: 2 * x.Events, Exposure: 2 * x.Exposure}.RateInterval(missAlpha), 1
		}},
		{"one degree of freedom per event", 4000, func(rng *rand.Rand) (Interval, float64) {
			x := must(Tally(runs(rng)))
			return Exits{Events: x.Events / 2, Exposure: x.Exposure}.RateInterval(missAlpha), 1
		}},
		{"one-sided quantile on both sides", 4000, func(rng *rand.Rand) (Interval, float64) {
			return must(Tally(runs(rng))).RateInterval(2 * missAlpha), 1
		}},
		{"fixed-size interval looked at after every run", 300, func(rng *rand.Rand) (Interval, float64) {
			i, _ := peek(rng, func(x Exits) Interval { return x.RateInterval(missAlpha) })
			return i, 1
		}},
		{"mean time of finished runs", 3000, func(rng *rand.Rand) (Interval, float64) {
			return must(MeanTimeFromTimes(finished(runs(rng)), nil, missAlpha)).Interval, -math.Expm1(-1)
		}},
		{"censoring marks forgotten in the survival function", 3000, func(rng *rand.Rand) (Interval, float64) {
			times, _, _ := unevenTimes(rng)
			return must(MeanTimeFromTimes(times, nil, missAlpha)).Interval, -math.Expm1(-1.5)
		}},
		{"correlated numbers taken for independent", 1500, func(rng *rand.Rand) (Interval, float64) {
			return MeanTest{Alpha: missAlpha}.Interval(autoregression(rng, 4000, 0.8)), 0
		}},
		{"batches shorter than the correlation", 1500, func(rng *rand.Rand) (Interval, float64) {
			return must(BatchMean(autoregression(rng, 4000, 0.8), 1000, missAlpha)), 0
		}},
		{"normal quantile for errors read off two degrees of freedom", 4000, func(rng *rand.Rand) (Interval, float64) {
			l := line(rng, false)
			l.known = true
			return l.SlopeInterval(missAlpha), -2
		}},
		{"exponent with one dimension too few", 2000, func(rng *rand.Rand) (Interval, float64) {
			return must(StudentExponent(MeanTest{Alpha: missAlpha}.Interval(logRatios(rng, 300, 2, 6)), 1)), 6
		}},
		{"exponent of the density in internal time", 2000, func(rng *rand.Rand) (Interval, float64) {
			return must(StudentExponent(MeanTest{Alpha: missAlpha}.Interval(logRatios(rng, 300, 1, 5)), 1)), 6
		}},
		{"tail exponent from the bulk", 2000, func(rng *rand.Rand) (Interval, float64) {
			abs := func() float64 { return math.Abs(distuv.StudentsT{Sigma: 1, Nu: 3, Src: rng}.Rand()) }
			return must(Hill(fill(200, abs), 150, missAlpha)), 3
		}},
	}
	for _, c := range rows {
		t.Run(c.name, func(t *testing.T) {
			m := misses(c.draw, c.replicas, 11)
			alpha := budget.Total() / float64(len(statNames()))
			f := ProportionAtMostTest{Limit: missAlpha, Alpha: alpha}.Assert(m, c.replicas)
			t.Logf("missed %.4f, margin %.2f", float64(m)/float64(c.replicas), f.Margin())
			if !f.Rejected {
				t.Errorf("missed only %d of %d times", m, c.replicas)
			}
		})
	}
}
