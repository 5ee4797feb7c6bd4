package stream

import (
	"flag"
	"math"
	"runtime"
	"sort"
	"sync"
	"testing"
)

var deviates = flag.Float64("deviates", 1e7, "number of normal deviates for the quality checks")

// quality holds the statistics of many deviates.
type quality struct {
	n      int64
	cells  [cellCount]int64 // of the distribution function, equally probable
	tail   [8]int64         // |x| > 1, 2, ..., 8
	moment [4]float64       // sums of x, x², x³, x⁴
	cross  float64          // sum of products with the same place of the next replica
	lag    float64          // sum of products of neighbours
	gap    float64          // largest distance of a sample's distribution function, times sqrt n
}

const cellCount = 1000

// cellEdges are the upper edges of the cells.
var cellEdges = func() []float64 {
	edges := make([]float64, cellCount-1)
	for i := range edges {
		edges[i] = math.Sqrt2 * math.Erfinv(2*float64(i+1)/cellCount-1)
	}
	return edges
}()

const chunkLen = 10000

// measure draws chunks of deviates, each from a replica of its own.
func measure(seed uint64, n int64, normal func(word uint64) float64) quality {
	chunks := n / chunkLen
	workers := int64(runtime.GOMAXPROCS(0))
	parts := make([]quality, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			q := &parts[w]
			x, y := make([]float64, chunkLen), make([]float64, chunkLen)
			for chunk := w; chunk < chunks; chunk += workers {
				a, b := New(seed, uint64(chunk)), New(seed, uint64(chunk+1))
				for i := range x {
					x[i], y[i] = normal(a.Uint64()), normal(b.Uint64())
				}
				q.add(x, y)
			}
		})
	}
	wg.Wait()
	var sum quality
	for _, q := range parts {
		sum.n += q.n
		sum.cross += q.cross
		sum.lag += q.lag
		sum.gap = max(sum.gap, q.gap)
		for i, c := range q.cells {
			sum.cells[i] += c
		}
		for i, c := range q.tail {
			sum.tail[i] += c
		}
		for i, m := range q.moment {
			sum.moment[i] += m
		}
	}
	return sum
}

func (q *quality) add(x, y []float64) {
	q.n += int64(len(x))
	for i, v := range x {
		q.cross += v * y[i]
		if i > 0 {
			q.lag += v * x[i-1]
		}
		q.moment[0] += v
		q.moment[1] += v * v
		q.moment[2] += v * v * v
		q.moment[3] += v * v * v * v
		for k := 1; k <= len(q.tail) && math.Abs(v) > float64(k); k++ {
			q.tail[k-1]++
		}
	}
	sort.Float64s(x)
	cell := 0
	for i, v := range x {
		for cell < cellCount-1 && v > cellEdges[cell] {
			cell++
		}
		q.cells[cell]++
		if i%10 == 0 { // a subset of the points bounds the distance from below
			u := math.Erfc(-v/math.Sqrt2) / 2
			q.gap = max(q.gap, math.Abs(u-(float64(i)+0.5)/float64(len(x)))*math.Sqrt(float64(len(x))))
		}
	}
}

// alarms returns the checks that fail. Every check alarms with probability of
// about 1e-7 on true deviates: |z| > 5.4 for the normal statistics, a chi-square
// of 999 degrees of freedom standardised by Wilson and Hilferty, Kolmogorov's
// distance of a chunk (union bound over the chunks), and exact Poisson bounds on
// the far tails, whose expected counts may be small.
func (q quality) alarms() map[string]float64 {
	out := map[string]float64{}
	n := float64(q.n)
	check := func(name string, z float64) {
		if !(math.Abs(z) < 5.4) {
			out[name] = z
		}
	}
	chi2 := 0.0
	for _, c := range q.cells {
		d := float64(c) - n/cellCount
		chi2 += d * d / (n / cellCount)
	}
	k := float64(cellCount - 1)
	check("chi-square", (math.Cbrt(chi2/k)-(1-2/(9*k)))/math.Sqrt(2/(9*k)))
	check("mean", q.moment[0]/math.Sqrt(n))
	check("variance", (q.moment[1]-n)/math.Sqrt(2*n))
	check("third moment", q.moment[2]/math.Sqrt(15*n))
	check("fourth moment", (q.moment[3]-3*n)/math.Sqrt(96*n))
	check("correlation of replicas", q.cross/math.Sqrt(n))
	check("correlation of neighbours", q.lag/math.Sqrt(n))
	for i, c := range q.tail {
		mean := n * math.Erfc(float64(i+1)/math.Sqrt2)
		if low, high := poissonBounds(mean, 1e-7); float64(c) < low || float64(c) > high {
			out["tail"] = float64(i + 1)
		}
	}
	// P(sqrt(n) D > d) <= 2 exp(-2 d²).
	if d := math.Sqrt(math.Log(2*n/chunkLen/1e-7) / 2); q.gap > d {
		out["Kolmogorov"] = q.gap
	}
	return out
}

// poissonBounds returns counts that a Poisson variable of the given mean leaves
// on either side with probability below p, by Chernoff's bound.
func poissonBounds(mean, p float64) (low, high float64) {
	// P(X >= x) <= exp(-(x log(x/mean) - x + mean)) for x > mean, and likewise below.
	rate := func(x float64) float64 {
		if x <= 0 {
			return mean
		}
		return x*math.Log(x/mean) - x + mean
	}
	for high = mean; rate(high) < -math.Log(p); high += 1 + mean/1e4 {
	}
	for low = mean; low > 0 && rate(low) < -math.Log(p); low -= 1 + mean/1e4 {
	}
	return low, high
}

// TestNormalQuality checks 1e7 deviates by default; -deviates=1e9 and more is
// the thorough run. See [quality.alarms] for the false-alarm rate: about ten
// checks at 1e-7 and eight tails at 2e-7, 3e-6 in all for a fresh seed.
func TestNormalQuality(t *testing.T) {
	q := measure(1, int64(*deviates), Normal)
	t.Logf("n = %d, tails beyond 1..8: %v, Kolmogorov %.2f", q.n, q.tail, q.gap)
	if alarms := q.alarms(); len(alarms) > 0 {
		t.Errorf("alarms: %v", alarms)
	}
}

// TestReject_Normal hands broken deviates to the same checks.
func TestReject_Normal(t *testing.T) {
	tests := []struct {
		name   string
		n      int64
		normal func(word uint64) float64
	}{
		{"edges one layer off", 1e7, func(w uint64) float64 {
			if i := w & (Layers - 1); i < rareFrom-1 {
				return float64(int64(w)>>12) * edge[i+1]
			}
			return Normal(w)
		}},
		{"variance 1 % too large", 1e6, func(w uint64) float64 { return 1.005 * Normal(w) }},
		{"tail beyond 3 drawn out by 3 %", 2e6, func(w uint64) float64 {
			x := Normal(w)
			if math.Abs(x) > 3 {
				return x * 1.03
			}
			return x
		}},
	}
	for _, test := range tests {
		alarms := measure(1, test.n, test.normal).alarms()
		t.Logf("%s: %v", test.name, alarms)
		if len(alarms) == 0 {
			t.Errorf("%s: no alarm", test.name)
		}
	}
}

// remainderCDF is the distribution function of |x| given that the layer is not
// a rectangle: the half-normal area up to x less that of the rectangles.
func remainderCDF(x float64) float64 {
	area, bottom := 0.0, 0.0
	for i, top := range layerTop {
		area += (top - bottom) * math.Min(x, layerEdge[i])
		bottom = top
	}
	return (math.Erf(x/math.Sqrt2) - math.Sqrt(2/math.Pi)*area) / (1 - float64(rareFrom)/Layers)
}

// remainderDistance returns sqrt(n) times Kolmogorov's distance of |x| from
// remainderCDF, over n words that all go to the remainder, and the number of
// positive deviates less n/2 in standard deviations.
func remainderDistance(n int, normal func(word uint64) float64) (distance, sign float64) {
	s := New(3, 0)
	x := make([]float64, n)
	positive := 0
	for i := range x {
		word := s.Uint64()
		v := normal(word&^(Layers-1) | (rareFrom + word%(Layers-rareFrom)))
		if v > 0 {
			positive++
		}
		x[i] = math.Abs(v)
	}
	sort.Float64s(x)
	for i := 0; i < n; i += n / 2000 { // a subset of the points bounds the distance from below
		distance = max(distance, math.Abs(remainderCDF(x[i])-float64(i)/float64(n)))
	}
	return distance * math.Sqrt(float64(n)), (float64(positive) - float64(n)/2) / math.Sqrt(float64(n)/4)
}

// TestRemainder checks the rare path by itself, which the whole law would hide:
// 1e6 deviates, P(sqrt(n) D > 2.9) = 1e-7 and P(|z| > 5.3) = 1.2e-7.
func TestRemainder(t *testing.T) {
	const n = 1000000
	distance, sign := remainderDistance(n, Normal)
	t.Logf("sqrt(n) D = %.2f, sign z = %.2f", distance, sign)
	if !(distance < 2.9) || !(math.Abs(sign) < 5.3) {
		t.Errorf("sqrt(n) D = %v, want below 2.9; sign z = %v, want within 5.3", distance, sign)
	}
	broken := []struct {
		name   string
		normal func(word uint64) float64
	}{
		{"tail cut at the first edge", func(w uint64) float64 {
			return math.Copysign(math.Min(math.Abs(Normal(w)), layerEdge[0]), Normal(w))
		}},
		{"uniform across the parts", func(w uint64) float64 { return float64(int64(w)>>12) * unit * layerEdge[0] }},
		{"sign lost", func(w uint64) float64 { return math.Abs(Normal(w)) }},
		{"drawn out by 1 %", func(w uint64) float64 { return 1.01 * Normal(w) }},
	}
	for _, b := range broken {
		if distance, sign := remainderDistance(n, b.normal); distance < 2.9 && math.Abs(sign) < 5.3 {
			t.Errorf("%s: not rejected, sqrt(n) D = %v, sign z = %v", b.name, distance, sign)
		}
	}
}

// TestReject_SharedStream: a stream shared by two replicas is seen in the
// correlation of their deviates.
func TestReject_SharedStream(t *testing.T) {
	var q quality
	x, y := make([]float64, chunkLen), make([]float64, chunkLen)
	for chunk := range uint64(10) {
		a := New(1, chunk/2)
		a.Normals(x)
		copy(y, x)
		q.add(x, y)
	}
	if _, ok := q.alarms()["correlation of replicas"]; !ok {
		t.Errorf("no alarm about the correlation, only %v", q.alarms())
	}
}

// TestLn compares with math.Log; both are within an ulp or two.
func TestLn(t *testing.T) {
	s := New(1, 1)
	for range 100000 {
		x := (float64(s.Uint64()>>12) + 0.5) / (1 << 52)
		if got, want := ln(x), math.Log(x); !(math.Abs(got-want) <= 4e-16*math.Max(1, math.Abs(want))) {
			t.Fatalf("ln(%v) = %v, want %v", x, got, want)
		}
	}
}

func BenchmarkNormal(b *testing.B) {
	b.Run("source=one", func(b *testing.B) {
		s := New(1, 1)
		x := make([]float64, 1024)
		for b.Loop() {
			s.Normals(x)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1024, "ns/normal")
	})
	b.Run("source=new", func(b *testing.B) {
		r := uint64(0)
		for b.Loop() {
			s := New(1, r)
			r += s.Uint64() & 1
		}
	})
}
