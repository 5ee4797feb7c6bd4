package gate

import (
	"math"
	"testing"

	"github.com/aclements/go-moremath/stats"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/perf/benchmath"
)

// within compares probabilities that were summed in a different order.
var within = cmpopts.EquateApprox(1e-12, 0)

func TestMannWhitney(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {2, 2}, {2, 5}, {7, 3}, {10, 12}} {
		n, m := size[0], size[1]
		want := make([]float64, n*m+1)
		for u := range want {
			want[u] = stats.UDist{N1: n, N2: m}.PMF(float64(u)) // source: an independent implementation
		}
		if diff := cmp.Diff(want, mannWhitney(n, m), within); diff != "" {
			t.Errorf("n=%d m=%d (-want +got):\n%s", n, m, diff)
		}
	}
}

func TestNullOfBlocks(t *testing.T) {
	// Two blocks of 2+2 by enumeration of the 6·6 arrangements.
	want := make([]float64, 9)
	one := []int{0, 1, 2, 2, 3, 4} // U of the six arrangements of two ranks among four
	for _, u := range one {
		for _, v := range one {
			want[u+v] += 1. / 36
		}
	}
	block := Block{Base: []float64{1, 2}, Head: []float64{3, 4}}
	if diff := cmp.Diff(want, null([]Block{block, block}), within); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// One block holding everything is the ordinary Mann-Whitney test, whose
// two-sided p-value benchmath computes.
func TestMeasureSingleBlock(t *testing.T) {
	base := []float64{5.1, 5.3, 5.2, 5.6, 5.05, 5.15, 5.25}
	head := []float64{5.4, 5.7, 5.35, 5.8, 5.9, 5.22}
	thresholds := &benchmath.Thresholds{CompareAlpha: 0.05}
	// benchmath sorts in place.
	want := benchmath.AssumeNothing.Compare(
		benchmath.NewSample(append([]float64(nil), base...), thresholds),
		benchmath.NewSample(append([]float64(nil), head...), thresholds)).P
	got := Measure([]Block{{Base: base, Head: head}}).P
	if math.Abs(2*got-want) > 1e-12 {
		t.Errorf("2 p = %v, benchmath says %v", 2*got, want)
	}
}
