package gate

import (
	"cmp"
	"maps"
	"slices"
	"sync"
)

// mannWhitney returns P(U = u), u = 0 … n m, for n and m values whose ranks are
// in random order. With P the law for (n, m),
//
//	P(n, m, u) = n/(n+m) P(n-1, m, u-m) + m/(n+m) P(n, m-1, u)
//
// by whether the largest value belongs to the first side (and beats all m of
// the second) or not. All terms are positive: nothing cancels.
func mannWhitney(n, m int) []float64 {
	// law[j] is the law for (i, j) while i grows.
	law := make([][]float64, m+1)
	for j := range law {
		law[j] = []float64{1}
	}
	for i := 1; i <= n; i++ {
		next := make([][]float64, m+1)
		next[0] = []float64{1}
		for j := 1; j <= m; j++ {
			p := make([]float64, i*j+1)
			wins, loses := float64(i)/float64(i+j), float64(j)/float64(i+j)
			for u, x := range law[j] {
				p[u+j] += wins * x
			}
			for u, x := range next[j-1] {
				p[u] += loses * x
			}
			next[j] = p
		}
		law = next
	}
	return law[m]
}

// null returns the law of U, summed over blocks, when the sides do not differ.
func null(blocks []Block) []float64 {
	count := map[[2]int]int{} // blocks by their size; the order does not matter
	for _, b := range blocks {
		count[[2]int{len(b.Head), len(b.Base)}]++
	}
	law := []float64{1}
	for _, size := range slices.SortedFunc(maps.Keys(count), compareSizes) {
		law = convolve(law, powerLaw(size[0], size[1], count[size]))
	}
	return law
}

func compareSizes(a, b [2]int) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
}

// powers remembers [powerLaw] by its arguments: every look of every
// comparison asks for the same few.
var powers sync.Map // [3]int -> []float64

// powerLaw returns the law of U for the given number of blocks of one size.
func powerLaw(n, m, blocks int) []float64 {
	key := [3]int{n, m, blocks}
	if law, ok := powers.Load(key); ok {
		return law.([]float64)
	}
	law := mannWhitney(n, m)
	if blocks > 1 {
		law = convolve(powerLaw(n, m, blocks-1), law)
	}
	powers.Store(key, law)
	return law
}

// convolve returns the law of the sum of two independent counts.
func convolve(p, q []float64) []float64 {
	sum := make([]float64, len(p)+len(q)-1)
	for i, x := range p {
		for j, y := range q {
			sum[i+j] += x * y
		}
	}
	return sum
}

// largestTail returns the largest count c with P(U <= c) <= level, or -1.
func largestTail(law []float64, level float64) int {
	cum := 0.0
	for c, p := range law {
		cum += p
		if !(cum <= level) {
			return c - 1
		}
	}
	return len(law) - 1
}

// upperTail returns P(U >= u).
func upperTail(law []float64, u int) float64 {
	if u <= 0 {
		return 1
	}
	sum := 0.0
	for i := len(law) - 1; i >= u; i-- { // smallest terms first
		sum += law[i]
	}
	return min(sum, 1)
}
