package gate

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHolm(t *testing.T) {
	tests := []struct {
		name   string
		source string
		p      []float64
		want   []bool
	}{
		{"textbook", "Holm 1979: 0.01 <= .05/4, 0.02 > .05/3 stops", []float64{0.01, 0.04, 0.03, 0.02}, []bool{true, false, false, false}},
		{"all", "0.005, 0.011, 0.02, 0.04 against .0125, .0167, .025, .05", []float64{0.04, 0.005, 0.011, 0.02}, []bool{true, true, true, true}},
		{"stops at the first failure", "0.03 > .05/2 although 0.04 <= .05", []float64{0.03, 0.04}, []bool{false, false}},
		{"ties", "both 0.025 <= .05/2", []float64{0.025, 0.025}, []bool{true, true}},
		{"none", "p = 1", []float64{1, 1}, []bool{false, false}},
		{"empty", "nothing to reject", nil, []bool{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Holm(tt.p, 0.05)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.source, diff)
			}
		})
	}
}
