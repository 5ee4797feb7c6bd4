package stattest

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A trial is one assertion run on fresh data: under the hypothesis (effect 0)
// or off it by the effect, in the unit of Detectable.
type trial struct {
	name       string
	alpha      float64
	detectable float64
	replicas   int // 0 means 3000
	run        func(rng *rand.Rand, effect float64) Finding
}

func (c trial) size() int {
	if c.replicas > 0 {
		return c.replicas
	}
	return 3000
}

// trials holds one row for every kind of assertion, at sizes small enough that
// thousands of them run in a second.
func trials() []trial {
	const alpha = 0.02
	rate := RateTest{Want: 2, Alpha: alpha}
	ratio := RateRatioTest{Want: 3, Alpha: alpha}
	bounded := MeanTest{Want: 0.5, Alpha: alpha, Low: 0, High: 1, StdDev: math.Sqrt(1. / 12)}
	normal := MeanTest{Want: 1, Alpha: alpha}
	margin := MeanTest{Want: 1, Alpha: alpha, Margin: 0.3}
	cells := CellsTest{Want: []float64{0.1, 0.1, 0.2, 0.2, 0.2, 0.2}, Alpha: alpha}
	rare := CellsTest{Want: []float64{0.05, 0.475, 0.475}, Alpha: alpha}
	skewed := MeanTest{Want: 1, Alpha: alpha, Skewness: 2}
	means := TwoMeansTest{Alpha: alpha}
	expect := func(n int) SampledMean { // of so many exponential numbers
		return SampledMean{Mean: 1, Error: 1 / math.Sqrt(float64(n)), Skewness: 2, N: n}
	}
	proportion := ProportionTest{Want: 0.2, Alpha: alpha}
	atMost := ProportionAtMostTest{Limit: 0.2, Alpha: alpha}
	slope := SlopeTest{Want: -2, Alpha: alpha}
	uniform := DistributionTest{CDF: uniformCDF, Alpha: alpha}
	two := TwoSampleTest{Alpha: alpha}
	covariance := CovarianceTest{Want: mat.NewSymDense(2, []float64{2, 1, 1, 3}), Alpha: alpha}
	exponential := ExponentialTest{Alpha: alpha}
	late := ExponentialTest{Alpha: alpha, Transient: 0.3}

	xs, sigma := []float64{0, 1, 2, 3, 4}, []float64{1, 2, 1, 0.5, 1}
	design, err := FitLine(xs, make([]float64, 5), sigma)
	if err != nil {
		panic(err)
	}
	// the true error of a slope whose errors are read off five points
	unknown := Line{SlopeError: 1 / math.Sqrt(10), DegreesOfFreedom: 3}
	poisson := func(rng *rand.Rand, mean float64) int {
		return int(distuv.Poisson{Lambda: mean, Src: rng}.Rand())
	}
	fill := func(n int, f func() float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = f()
		}
		return out
	}
	return []trial{
		{"rate", alpha, rate.Detectable(100), 0, func(rng *rand.Rand, effect float64) Finding {
			return rate.Assert(Exits{poisson(rng, 100*math.Exp(-effect)), 50})
		}},
		{"ratio of rates", alpha, ratio.Detectable(200, 0.75), 0, func(rng *rand.Rand, effect float64) Finding {
			// equal exposures, ratio 3 exp(effect), 200 events in all
			odds := 3 * math.Exp(effect)
			n := int(distuv.Binomial{N: 200, P: odds / (1 + odds), Src: rng}.Rand())
			return ratio.Assert(Exits{n, 10}, Exits{200 - n, 10})
		}},
		{"bounded mean", alpha, bounded.Detectable(500), 0, func(rng *rand.Rand, effect float64) Finding {
			return bounded.Assert(fill(500, func() float64 { return rng.Float64() + effect }))
		}},
		{"mean of normals", alpha, normal.Detectable(100), 0, func(rng *rand.Rand, effect float64) Finding {
			return normal.Assert(fill(100, func() float64 { return 1 + effect + rng.NormFloat64() }))
		}},
		{"mean of exponentials", alpha, skewed.Detectable(1000), 1000, func(rng *rand.Rand, effect float64) Finding {
			return skewed.Assert(fill(1000, func() float64 { return effect + rng.ExpFloat64() }))
		}},
		{"two means, of exponentials", alpha, means.Detectable(expect(1500), expect(3000)), 1000, func(rng *rand.Rand, effect float64) Finding {
			return means.Assert(NewSampledMean(fill(1500, func() float64 { return effect + rng.ExpFloat64() })), NewSampledMean(fill(3000, rng.ExpFloat64)))
		}},
		{"two means, one of few normals", alpha, means.Detectable(SampledMean{Error: 1 / math.Sqrt(200), N: 200}, SampledMean{Error: 0.1}), 0,
			func(rng *rand.Rand, effect float64) Finding { // the other is known with an error of 0.1
				return means.Assert(NewSampledMean(fill(200, rng.NormFloat64)), SampledMean{Mean: effect + 0.1*rng.NormFloat64(), Error: 0.1})
			}},
		{"proportion", alpha, proportion.Detectable(150), 0, func(rng *rand.Rand, effect float64) Finding {
			return proportion.Assert(int(distuv.Binomial{N: 150, P: 0.2 + effect, Src: rng}.Rand()), 150)
		}},
		{"proportion at most", alpha, atMost.Detectable(150), 0, func(rng *rand.Rand, effect float64) Finding {
			return atMost.Assert(int(distuv.Binomial{N: 150, P: 0.2 + effect, Src: rng}.Rand()), 150)
		}},
		{"cells", alpha, cells.Detectable(20000), 0, func(rng *rand.Rand, effect float64) Finding {
			counts := make([]int, len(cells.Want))
			left, rest := 20000, 1.0       // observations and probability of the cells not yet filled
			for i, q := range cells.Want { // the same relative deviation in every cell
				p := q * (1 + effect*[]float64{1, -1}[i%2])
				if counts[i] = left; i < len(counts)-1 {
					counts[i] = int(distuv.Binomial{N: float64(left), P: p / rest, Src: rng}.Rand())
				}
				left, rest = left-counts[i], rest-p
			}
			return cells.Assert(counts)
		}},
		{"cells, one of them rare and too likely", alpha, rare.Detectable(20000), 0, func(rng *rand.Rand, effect float64) Finding {
			p := rare.Want[0] + effect*math.Sqrt(rare.Want[0]*(1-rare.Want[0])) // and the others in proportion
			k := int(distuv.Binomial{N: 20000, P: p, Src: rng}.Rand())
			m := int(distuv.Binomial{N: float64(20000 - k), P: 0.5, Src: rng}.Rand())
			return rare.Assert([]int{k, m, 20000 - k - m})
		}},
		{"mean of normals, biased within the margin", alpha, margin.Detectable(100), 0, func(rng *rand.Rand, effect float64) Finding {
			bias := 0.3
			if effect > 0 {
				bias = effect
			}
			return margin.Assert(fill(100, func() float64 { return 1 + bias + rng.NormFloat64() }))
		}},
		{"slope", alpha, slope.Detectable(design), 0, func(rng *rand.Rand, effect float64) Finding {
			y := make([]float64, len(xs))
			for i := range y {
				y[i] = 7 - (2+effect)*xs[i] + sigma[i]*rng.NormFloat64()
			}
			l, err := FitLine(xs, y, sigma)
			if err != nil {
				panic(err)
			}
			return slope.Assert(l)
		}},
		{"slope, errors read off the residuals", alpha, slope.Detectable(unknown), 0, func(rng *rand.Rand, effect float64) Finding {
			y := make([]float64, len(xs))
			for i := range y {
				y[i] = 7 - (2+effect)*xs[i] + rng.NormFloat64()
			}
			l, err := FitLine(xs, y, nil)
			if err != nil {
				panic(err)
			}
			return slope.Assert(l)
		}},
		{"distribution", alpha, uniform.Detectable(100), 0, func(rng *rand.Rand, effect float64) Finding {
			return uniform.Assert(fill(100, func() float64 {
				u := rng.Float64() // mass moved across 1/2: the distance is reached in one point
				if u > 0.5-effect && u <= 0.5 {
					u += effect
				}
				return u
			}))
		}},
		{"two samples, equal sizes", alpha, two.Detectable(60, 60), 0, func(rng *rand.Rand, effect float64) Finding {
			return two.Assert(fill(60, rng.Float64), fill(60, func() float64 { return rng.Float64() + effect }))
		}},
		{"two samples, other sizes", alpha, two.Detectable(60, 150), 0, func(rng *rand.Rand, effect float64) Finding {
			return two.Assert(fill(60, rng.Float64), fill(150, func() float64 { return rng.Float64() + effect }))
		}},
		{"covariance", alpha, covariance.Detectable(2000), 500, func(rng *rand.Rand, effect float64) Finding {
			rows := mat.NewDense(2000, 2, nil)
			for i := range 2000 {
				// R = [[sqrt2, 0], [1/sqrt2, sqrt(5/2)]] is the factor of Want
				u, v := rng.NormFloat64()*math.Sqrt(1+effect), rng.NormFloat64()
				rows.Set(i, 0, 5+math.Sqrt2*u)
				rows.Set(i, 1, u/math.Sqrt2+math.Sqrt(2.5)*v)
			}
			return covariance.Assert(rows)
		}},
		{"exponential law", alpha, exponential.Detectable(100), 0, func(rng *rand.Rand, effect float64) Finding {
			times := fill(100, rng.ExpFloat64)
			if effect > 0 { // far from exponential: a sharp delay
				for i := range times {
					times[i] += 10
				}
			}
			f, err := exponential.Assert(times, nil)
			if err != nil {
				panic(err)
			}
			return f
		}},
		{"exponential law, after a transient and censored", alpha, late.Detectable(60), 0, func(rng *rand.Rand, effect float64) Finding {
			horizon := 1.5
			if effect > 0 { // far from exponential: nobody leaves for long
				horizon = 10
			}
			times, censored := exitTimes(rng, 100, 1, horizon)
			for i := range times {
				switch {
				case effect > 0:
					times[i] += 10
				case rng.IntN(4) == 0 && times[i] > 0.3: // a transient with fast exits
					times[i], censored[i] = 0.3*rng.Float64(), false
				}
			}
			return must(late.Assert(times, censored))
		}},
	}
}

// TestStat_FalseAlarms: under the hypothesis each assertion fails no more often
// than at its alpha of 0.02. With 3000 draws and 2e-9 for the row, an alarm
// rate of 0.05 is found with probability 0.999.
func TestStat_FalseAlarms(t *testing.T) {
	for _, c := range trials() {
		t.Run(c.name, func(t *testing.T) {
			runner.Assert(t, "false alarms/"+c.name, func(seed uint64, alpha float64) (Finding, error) {
				alarms := 0
				for i := range c.size() {
					if c.run(rand.New(rand.NewPCG(seed, uint64(i))), 0).Rejected {
						alarms++
					}
				}
				t.Logf("alarm rate %.4f at alpha %v", float64(alarms)/float64(c.size()), c.alpha)
				return ProportionAtMostTest{Limit: c.alpha, Alpha: alpha}.Assert(alarms, c.size()), nil
			})
		})
	}
}

// TestStat_Detectable: an effect of the size that Detectable promises is missed
// in no more than a fraction 0.001 of the draws. With 3000 draws a miss rate of
// 0.012 is found with probability 0.999.
func TestStat_Detectable(t *testing.T) {
	for _, c := range trials() {
		t.Run(c.name, func(t *testing.T) {
			runner.Assert(t, "detectable/"+c.name, func(seed uint64, alpha float64) (Finding, error) {
				misses := 0
				for i := range c.size() {
					if !c.run(rand.New(rand.NewPCG(seed, uint64(i))), c.detectable).Rejected {
						misses++
					}
				}
				t.Logf("effect %.4g: missed %d of %d", c.detectable, misses, c.size())
				return ProportionAtMostTest{Limit: 1 - DetectionPower, Alpha: alpha}.Assert(misses, c.size()), nil
			})
		})
	}
}

// TestReject_HalfTheDetectableEffect: under half the effect more than 1 % of
// 1000 draws are missed, or Detectable would not be the smallest effect.
func TestReject_HalfTheDetectableEffect(t *testing.T) {
	for _, c := range trials() {
		if strings.HasPrefix(c.name, "exponential law") { // has no effect of a given size, see its row
			continue
		}
		if strings.HasSuffix(c.name, "within the margin") { // half of it lies within
			continue
		}
		misses, draws := 0, c.size()/3
		for i := range draws {
			if !c.run(rand.New(rand.NewPCG(5, uint64(i))), c.detectable/2).Rejected {
				misses++
			}
		}
		if misses*100 <= draws {
			t.Errorf("%s: half of %.4g was missed only %d times of %d", c.name, c.detectable, misses, draws)
		}
	}
}
