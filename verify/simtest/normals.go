package simtest

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/verify/stattest"
)

// Normals is a source of standard normal deviates under test. New returns the
// stream of a replica, a function of (seed, replica) alone.
type Normals struct {
	New func(seed, replica uint64) func() float64
}

// Run runs the suite:
//
//	streams       a stream is a function of (seed, replica), and no two share
//	              their numbers, not even shifted
//	independence  neighbouring streams and consecutive deviates are uncorrelated
//	distribution  the distribution function is Phi
//	moments       mean and variance are 0 and 1
//	edges         each of 128 slices of equal probability holds its share, as it
//	              does not where a ziggurat's layers are joined wrongly
//	tails         the shares beyond 2, 3, 4 and 5 are those of the normal law
func (s Normals) Run(o Options) ([]Result, error) {
	if err := model.CheckDomain("normals").That(s.New != nil, "New", "nil", "a function").Err(); err != nil {
		return nil, err
	}
	build := s.New
	var missing error
	s.New = func(seed, replica uint64) func() float64 {
		next := build(seed, replica)
		if next == nil {
			missing = model.CheckDomain("normals").That(false, "function that New returns", "nil", "a function").Err()
			return math.NaN // draws nothing: the error replaces what comes of it
		}
		return next
	}
	results, err := runAll(normalChecks, s, o)
	if missing != nil {
		return nil, missing
	}
	return results, err
}

// Test runs the suite and fails the test for every check that is red.
func (s Normals) Test(t stattest.TB, o Options) {
	t.Helper()
	results, err := s.Run(o)
	report(t, results, err)
}

var normalChecks = []check[Normals]{
	{"streams", "Two replicas draw the same numbers, perhaps one of them later.", checkStreams},
	{"independence", "Neighbouring replicas, seeds or draws are correlated.", checkStreamIndependence},
	{"distribution", "The deviates are not standard normal.", checkDistribution},
	{"moments", "Mean and variance of the deviates are not 0 and 1.", checkMoments},
	{"edges", "The density has steps or holes.", checkEdges},
	{"tails", "Large deviates are too rare or too frequent: rare escapes are made of them.", checkTails},
}

func phi(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

func checkStreams(s Normals, o Options, _ float64) (stattest.Finding, error) {
	const length = 64
	n := o.size(4000)
	faults := 0.0
	seen := map[[2]float64]bool{} // pairs of consecutive deviates
	for _, seed := range []uint64{o.Seed, o.Seed + 1} {
		for r := range uint64(n) {
			next, again := s.New(seed, r), s.New(seed, r)
			last := 0.0
			for k := range length {
				x := next()
				if x != again() {
					faults++
				}
				pair := [2]float64{last, x}
				if k > 0 && seen[pair] {
					faults++
				}
				seen[pair] = true
				last = x
			}
		}
	}
	return bound(faults, 0, 2*n*length), nil
}

func checkStreamIndependence(s Normals, o Options, alpha float64) (stattest.Finding, error) {
	n := o.size(100000)
	const d = 6
	rows := mat.NewDense(n, d, nil)
	for r := range n {
		row := rows.RawRowView(r)
		a, b, c := s.New(o.Seed, 2*uint64(r)), s.New(o.Seed, 2*uint64(r)+1), s.New(o.Seed+1, 2*uint64(r))
		for k := range 3 {
			row[k] = a()
		}
		row[3], row[4], row[5] = b(), b(), c()
	}
	return stattest.CovarianceTest{Want: mat.NewDiagDense(d, []float64{1, 1, 1, 1, 1, 1}), Alpha: alpha}.Assert(rows), nil
}

// draw returns n deviates of one stream.
func draw(s Normals, o Options, n int) []float64 {
	next := s.New(o.Seed, 0)
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = next()
	}
	return xs
}

func checkDistribution(s Normals, o Options, alpha float64) (stattest.Finding, error) {
	return stattest.DistributionTest{CDF: phi, Alpha: alpha}.Assert(draw(s, o, o.size(200000))), nil
}

func checkMoments(s Normals, o Options, alpha float64) (stattest.Finding, error) {
	xs := draw(s, o, o.size(2000000))
	mean := stattest.MeanTest{Want: 0, Alpha: alpha / 2}.Assert(xs)
	for i, x := range xs {
		xs[i] = x * x
	}
	variance := stattest.MeanTest{Want: 1, Alpha: alpha / 2, StdDev: math.Sqrt2, Skewness: math.Sqrt(8)}.Assert(xs)
	f := worst(mean, variance)
	f.Alpha = alpha
	return f, nil
}

func checkEdges(s Normals, o Options, alpha float64) (stattest.Finding, error) {
	const slices = 128
	n := o.size(4000000)
	counts := make([]int, slices)
	next := s.New(o.Seed, 0)
	for range n {
		if u := phi(next()); u >= 0 { // NaN is in no slice
			counts[min(slices-1, int(slices*u))]++
		}
	}
	return shares(counts, n, 1.0/slices, alpha), nil
}

// shares tests counts that all have the same probability.
func shares(counts []int, n int, p, alpha float64) stattest.Finding {
	findings := make([]stattest.Finding, len(counts))
	for i, k := range counts {
		findings[i] = stattest.ProportionTest{Want: p, Alpha: alpha / float64(len(counts))}.Assert(k, n)
	}
	f := worst(findings...)
	f.Alpha = alpha
	return f
}

func checkTails(s Normals, o Options, alpha float64) (stattest.Finding, error) {
	n := o.size(4000000)
	limits := []float64{2, 3, 4, 5}
	counts := make([]int, 2*len(limits))
	next := s.New(o.Seed, 0)
	for range n {
		x := next()
		for i, limit := range limits {
			if x > limit {
				counts[2*i]++
			}
			if x < -limit {
				counts[2*i+1]++
			}
		}
	}
	findings := make([]stattest.Finding, len(counts))
	for i, k := range counts {
		p := phi(-limits[i/2])
		findings[i] = stattest.ProportionTest{Want: p, Alpha: alpha / float64(len(counts))}.Assert(k, n)
		if math.IsInf(findings[i].Detectable, 1) { // not even none at all would be too few
			findings[i] = stattest.ProportionAtMostTest{Limit: p, Alpha: alpha / float64(len(counts))}.Assert(k, n)
		}
	}
	f := worst(findings...)
	f.Alpha = alpha
	return f, nil
}
