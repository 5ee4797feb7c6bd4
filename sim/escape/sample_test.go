package escape

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestProp_Sample: what a sample keeps does not depend on the order in which
// outcomes came, nor on the workers that met them; it keeps at least half of
// what it may, and the end of each.
func TestProp_Sample(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const first = 1000
		replicas := rapid.Permutation(rangeOf(rapid.IntRange(0, 1500).Draw(t, "finished"))).Draw(t, "order")
		whole := &sample{first: first, n: 1}
		parts := make([]*sample, rapid.IntRange(1, 4).Draw(t, "workers"))
		for k := range parts {
			parts[k] = &sample{first: first, n: 1}
		}
		for i, r := range replicas {
			o := Outcome{Replica: first + uint64(r)}
			whole.add(o, []float64{float64(r)})
			parts[i*i%len(parts)].add(o, []float64{float64(r)})
		}
		merged := &sample{first: first, n: 1}
		for _, p := range parts {
			merged.merge(p)
		}
		want := whole.sorted()
		if diff := cmp.Diff(want, merged.sorted(), cmp.AllowUnexported(sample{})); diff != "" {
			t.Fatalf("merged sample (-whole +merged):\n%s", diff)
		}
		if n := len(want.outcomes); n > sampleSize || n < min(len(replicas), sampleSize/2) {
			t.Fatalf("%d of %d outcomes are kept", n, len(replicas))
		}
		for i, o := range want.outcomes {
			if want.ends[i] != float64(o.Replica-first) {
				t.Fatalf("replica %d has the end of %v", o.Replica, first+want.ends[i])
			}
		}
	})
}

func rangeOf(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
