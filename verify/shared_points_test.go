package verify_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model/landscape"
	"sgdescape/verify"
)

// sharingWell hands out the slices it keeps its points in.
type sharingWell struct {
	landscape.Passage
	minimum, saddle, beyond []float64
}

func (w sharingWell) Minimum() []float64 { return w.minimum }
func (w sharingWell) Saddle() []float64  { return w.saddle }
func (w sharingWell) Beyond() []float64  { return w.beyond }

// TestSharedPoints: a judgement leaves the points of a landscape of one's own where
// they are, and is the same the second time.
func TestSharedPoints(t *testing.T) {
	s := doubleWell(t, 0.04, 0.5)
	passage := s.Landscape.(landscape.Passage)
	law := must(s.Exact())
	mine := sharingWell{passage, passage.Minimum(), passage.Saddle(), passage.Beyond()}
	for i := range mine.saddle { // 0 would hide what is subtracted
		mine.saddle[i] += 1e-9
	}
	before := [][]float64{passage.Minimum(), append([]float64(nil), mine.saddle...), passage.Beyond()}
	s.Landscape = mine
	var first verify.Judgement
	for i := range 2 {
		j, err := verify.Trial{Replicas: 64, Steps: 2e6}.Judge(context.Background(), s, law, verify.Within(0.5))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = j
		}
		if d := cmp.Diff(first, j); d != "" {
			t.Errorf("the second judgement (-first +second):\n%s", d)
		}
		if d := cmp.Diff(before, [][]float64{mine.minimum, mine.saddle, mine.beyond}); d != "" {
			t.Errorf("the points after judgement %d (-before +after):\n%s", i+1, d)
		}
	}
}
