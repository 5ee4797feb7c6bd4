package escape

import (
	"fmt"
	"math"

	"sgdescape/model"
	"sgdescape/sim/lane"
)

// A Histogram counts one coordinate of theta in equal bins.
type Histogram struct {
	Coordinate int     // 0 <= Coordinate < n
	Low, High  float64 // Low < High
	Counts     []int64 // of the bins from Low to High, at least one
	Below      int64
	Above      int64 // NaN included
}

// NewHistogram returns an empty histogram.
func NewHistogram(coordinate int, low, high float64, bins int) *Histogram {
	return &Histogram{Coordinate: coordinate, Low: low, High: high, Counts: make([]int64, max(bins, 0))}
}

// check refuses a histogram that cannot count trajectories in n dimensions.
func (h *Histogram) check(n int) error {
	return model.CheckDomain("occupation histogram").
		That(h.Coordinate >= 0 && h.Coordinate < n, "coordinate", h.Coordinate, fmt.Sprintf("an integer from 0 to n-1 = %d", n-1)).
		Finite("lower end", h.Low).
		That(h.High > h.Low && !math.IsInf(h.High-h.Low, 1), "upper end", h.High, fmt.Sprintf("a number > %v, at a finite distance", h.Low)).
		AtLeast(1, "number of bins", len(h.Counts)).Err()
}

// empty returns a histogram with the same bins and no counts.
func (h *Histogram) empty() *Histogram {
	return NewHistogram(h.Coordinate, h.Low, h.High, len(h.Counts))
}

// count counts the first active lanes.
func (h *Histogram) count(theta []float64, active int) {
	scale := float64(len(h.Counts)) / (h.High - h.Low)
	for _, x := range theta[h.Coordinate*lane.Width : h.Coordinate*lane.Width+active] {
		switch at := (x - h.Low) * scale; {
		case at < 0:
			h.Below++
		case at < float64(len(h.Counts)):
			h.Counts[int(at)]++
		default:
			h.Above++
		}
	}
}

// sameBins reports that two histograms count the same.
func (h *Histogram) sameBins(other *Histogram) bool {
	return h.Coordinate == other.Coordinate && h.Low == other.Low && h.High == other.High && len(h.Counts) == len(other.Counts)
}

// String says what is counted.
func (h *Histogram) String() string {
	return fmt.Sprintf("theta[%d] in %d bins from %v to %v", h.Coordinate, len(h.Counts), h.Low, h.High)
}

// merge adds the counts of a histogram with the same bins.
func (h *Histogram) merge(other *Histogram) {
	for i, c := range other.Counts {
		h.Counts[i] += c
	}
	h.Below += other.Below
	h.Above += other.Above
}
