package stream

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sort"
	"sync"
	"testing"

	"sgdescape/verify/stattest"
)

var deviates = flag.Float64("deviates", 1e7, "number of normal deviates for the quality checks")

// normalParts are the assertions on one set of normal deviates, each with an
// entry in the ledger.
var normalParts = append([]string{"cells", "mean", "variance", "third moment", "fourth moment",
	"correlation of replicas", "correlation of neighbours", "distribution"}, tailParts()...)

func tailParts() (names []string) {
	for k := range beyond {
		names = append(names, fmt.Sprintf("beyond %d", k+1))
	}
	return names
}

const (
	cellCount  = 1000
	beyond     = 8 // tails |x| > 1, 2, ..., 8
	chunkLen   = 10000
	keptChunks = 100 // for the distribution function
)

// quality holds the statistics of many deviates. Means are kept by chunk: every
// chunk is drawn from two replicas of its own, so that they are independent.
type quality struct {
	cells  [cellCount]int // of the distribution function, equally probable
	tail   [beyond]int
	moment [4][]float64 // means of x, x², x³, x⁴
	cross  []float64    // mean product with the same place of the next replica
	lag    []float64    // mean product of neighbours
	first  []float64    // deviates of the first chunks
}

// cellEdges are the upper edges of the cells.
var cellEdges = func() []float64 {
	edges := make([]float64, cellCount-1)
	for i := range edges {
		edges[i] = math.Sqrt2 * math.Erfinv(2*float64(i+1)/cellCount-1)
	}
	return edges
}()

// measure draws chunks of deviates; pair fills a chunk of two replicas.
func measure(n int64, pair func(chunk uint64, x, y []float64)) *quality {
	chunks := int(n / chunkLen)
	q := &quality{cross: make([]float64, chunks), lag: make([]float64, chunks), first: make([]float64, min(chunks, keptChunks)*chunkLen)}
	for i := range q.moment {
		q.moment[i] = make([]float64, chunks)
	}
	workers := runtime.GOMAXPROCS(0)
	parts := make([]quality, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			x, y := make([]float64, chunkLen), make([]float64, chunkLen)
			for chunk := w; chunk < chunks; chunk += workers {
				pair(uint64(chunk), x, y)
				q.means(chunk, x, y)
				parts[w].count(x)
			}
		})
	}
	wg.Wait()
	for _, p := range parts {
		for i, c := range p.cells {
			q.cells[i] += c
		}
		for i, c := range p.tail {
			q.tail[i] += c
		}
	}
	return q
}

// means enters a chunk at its place, where no other goroutine writes.
func (q *quality) means(chunk int, x, y []float64) {
	if chunk < keptChunks {
		copy(q.first[chunk*chunkLen:], x)
	}
	var sum [4]float64
	cross, lag := 0.0, 0.0
	for i, v := range x {
		cross += v * y[i]
		if i > 0 {
			lag += v * x[i-1]
		}
		sum[0] += v
		sum[1] += v * v
		sum[2] += v * v * v
		sum[3] += v * v * v * v
	}
	for i, s := range sum {
		q.moment[i][chunk] = s / chunkLen
	}
	q.cross[chunk], q.lag[chunk] = cross/chunkLen, lag/(chunkLen-1)
}

// count sorts a chunk and counts its deviates in cells and tails.
func (q *quality) count(x []float64) {
	sort.Float64s(x)
	cell := 0
	for _, v := range x {
		for cell < cellCount-1 && v > cellEdges[cell] {
			cell++
		}
		q.cells[cell]++
		for k := 1; k <= beyond && math.Abs(v) > float64(k); k++ {
			q.tail[k-1]++
		}
	}
}

// findings returns the assertions of [normalParts] in their order.
func (q *quality) findings(alpha float64) []stattest.Finding {
	equal := make([]float64, cellCount)
	for i := range equal {
		equal[i] = 1.0 / cellCount
	}
	mean := func(want float64, xs []float64) stattest.Finding {
		return stattest.MeanTest{Want: want, Alpha: alpha}.Assert(xs)
	}
	out := []stattest.Finding{
		stattest.CellsTest{Want: equal, Alpha: alpha}.Assert(q.cells[:]),
		mean(0, q.moment[0]), mean(1, q.moment[1]), mean(0, q.moment[2]), mean(3, q.moment[3]),
		mean(0, q.cross), mean(0, q.lag),
		stattest.DistributionTest{CDF: func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }, Alpha: alpha}.Assert(q.first),
	}
	for k, count := range q.tail {
		p := math.Erfc(float64(k+1) / math.Sqrt2)
		n := chunkLen * len(q.cross)
		if float64(n)*p < 100 { // no count at all would not be too few
			out = append(out, stattest.ProportionAtMostTest{Limit: p, Alpha: alpha}.Assert(count, n))
		} else {
			out = append(out, stattest.ProportionTest{Want: p, Alpha: alpha}.Assert(count, n))
		}
	}
	return out
}

// replicas draws a chunk of each of two replicas, one word a deviate.
func replicas(seed uint64, normal func(word uint64) float64) func(chunk uint64, x, y []float64) {
	return func(chunk uint64, x, y []float64) {
		a, b := New(seed, 2*chunk), New(seed, 2*chunk+1)
		for i := range x {
			x[i], y[i] = normal(a.Uint64()), normal(b.Uint64())
		}
	}
}

// TestStat_Normal checks 1e7 deviates by default; -deviates=1e9 and more is the
// thorough run.
func TestStat_Normal(t *testing.T) {
	ledger.AssertAll(t, "normal", normalParts, func(seed uint64, alpha float64) ([]stattest.Finding, error) {
		return measure(int64(*deviates), replicas(seed, Normal)).findings(alpha), nil
	})
}

// part returns one of the assertions of [normalParts] on the given deviates.
func part(name string, n int64, pair func(seed uint64) func(chunk uint64, x, y []float64)) stattest.Assertion {
	return func(seed uint64, alpha float64) (stattest.Finding, error) {
		return measure(n, pair(seed)).findings(alpha)[slices.Index(normalParts, name)], nil
	}
}

// TestReject_Normal hands broken deviates to the same checks.
func TestReject_Normal(t *testing.T) {
	for _, test := range []struct {
		name, part string
		n          int64
		normal     func(word uint64) float64
	}{
		{"edges one layer off", "beyond 4", 2e7, func(w uint64) float64 {
			if i := w & (Layers - 1); i < rareFrom-1 {
				return float64(int64(w)>>12) * edge[i+1]
			}
			return Normal(w)
		}},
		{"variance 1 % too large", "variance", 5e6, func(w uint64) float64 { return 1.005 * Normal(w) }},
		{"tail beyond 3 drawn out by 3 %", "beyond 4", 2e7, func(w uint64) float64 {
			x := Normal(w)
			if math.Abs(x) > 3 {
				return x * 1.03
			}
			return x
		}},
	} {
		ledger.Reject(t, "normal/"+test.part, test.name, part(test.part, test.n,
			func(seed uint64) func(uint64, []float64, []float64) { return replicas(seed, test.normal) }))
	}
	// A stream shared by two replicas.
	ledger.Reject(t, "normal/correlation of replicas", "shared stream", part("correlation of replicas", 1e6,
		func(seed uint64) func(uint64, []float64, []float64) {
			return func(chunk uint64, x, y []float64) {
				a := New(seed, chunk)
				a.Normals(x)
				copy(y, x)
			}
		}))
}

// remainderCDF is the distribution function of |x| given that the layer is not
// a rectangle: the half-normal area up to x less that of the rectangles.
var remainderCDF = func() func(x float64) float64 {
	// below[i] is the area of the rectangles that end before edges[i], and
	// height[i] the height of the others.
	edges, below, height := make([]float64, len(layerEdge)), make([]float64, len(layerEdge)+1), make([]float64, len(layerEdge)+1)
	order := make([]int, len(layerEdge))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(layerEdge[i], layerEdge[j]) })
	tall := func(i int) float64 {
		if i == 0 {
			return layerTop[0]
		}
		return layerTop[i] - layerTop[i-1]
	}
	for k := len(order) - 1; k >= 0; k-- {
		height[k] = height[k+1] + tall(order[k])
	}
	for k, i := range order {
		edges[k] = layerEdge[i]
		below[k+1] = below[k] + layerEdge[i]*tall(i)
	}
	return func(x float64) float64 {
		k := sort.SearchFloat64s(edges, x)
		return (math.Erf(x/math.Sqrt2) - math.Sqrt(2/math.Pi)*(below[k]+x*height[k])) / (1 - float64(rareFrom)/Layers)
	}
}()

// remainderParts are the assertions on deviates of the rare path.
var remainderParts = []string{"distribution", "sign"}

// rarePath draws words that all go to the remainder and tests the law of |x|
// and the proportion of positive deviates.
func rarePath(normal func(word uint64) float64) stattest.Assertions {
	return func(seed uint64, alpha float64) ([]stattest.Finding, error) {
		const n = 1000000
		s := New(seed, 0)
		x := make([]float64, n)
		positive := 0
		for i := range x {
			v := normal(rareWord(&s))
			if v > 0 {
				positive++
			}
			x[i] = math.Abs(v)
		}
		return []stattest.Finding{
			stattest.DistributionTest{CDF: remainderCDF, Alpha: alpha}.Assert(x),
			stattest.ProportionTest{Want: 0.5, Alpha: alpha}.Assert(positive, n),
		}, nil
	}
}

// TestStat_Remainder checks the rare path by itself, which the whole law would
// hide.
func TestStat_Remainder(t *testing.T) {
	ledger.AssertAll(t, "remainder", remainderParts, rarePath(Normal))
}

func TestReject_Remainder(t *testing.T) {
	for _, b := range []struct {
		name, part string
		normal     func(word uint64) float64
	}{
		{"tail cut at the first edge", "distribution", func(w uint64) float64 {
			return math.Copysign(math.Min(math.Abs(Normal(w)), layerEdge[0]), Normal(w))
		}},
		{"uniform across the parts", "distribution", func(w uint64) float64 { return float64(int64(w)>>12) * unit * layerEdge[0] }},
		{"drawn out by 2 %", "distribution", func(w uint64) float64 { return 1.02 * Normal(w) }},
		{"sign lost", "sign", func(w uint64) float64 { return math.Abs(Normal(w)) }},
	} {
		ledger.Reject(t, "remainder/"+b.part, b.name, func(seed uint64, alpha float64) (stattest.Finding, error) {
			all, err := rarePath(b.normal)(seed, alpha)
			return all[slices.Index(remainderParts, b.part)], err
		})
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
