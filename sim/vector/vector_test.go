package vector

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAvailable(t *testing.T) {
	all := []Set{Portable, AVX2, AVX2Gather, AVX512, AVX512Gather}
	if diff := cmp.Diff(all[:largest+1], Available()); diff != "" {
		t.Errorf("up to %v (-want +got):\n%s", largest, diff)
	}
	if Best() > largest {
		t.Errorf("the best is %v of sets up to %v", Best(), largest)
	}
	var names []string
	var lanes []int
	for _, s := range append(all, 7) {
		names, lanes = append(names, s.String()), append(lanes, s.Lanes())
	}
	if diff := cmp.Diff([]string{"portable", "avx2", "avx2-gather", "avx512", "avx512-gather", "Set(7)"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{1, 4, 4, 8, 8, 1}, lanes); diff != "" {
		t.Errorf("lanes (-want +got):\n%s", diff)
	}
}

func TestChoose(t *testing.T) {
	for want, s := range []Set{AVX2, AVX2Gather, AVX512, AVX512Gather} {
		if got := Choose(s, 0, 1, 2, 3); got != want {
			t.Errorf("%v: form %d, want %d", s, got, want)
		}
	}
}
