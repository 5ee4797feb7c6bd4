package escape

import (
	"maps"
	"slices"
)

const summaryKind = "sgdescape summary checkpoint 1"

// Save writes the checkpoint to a file, whole or not at all.
func (c *SummaryCheckpoint) Save(path string) error {
	return writeFile(path, summaryKind, func(w *fileWriter) {
		w.string(c.Identity)
		w.int(c.Replicas)
		w.summary(c.Summary)
		w.runs(c.Running)
		w.int(len(c.begun))
		for _, word := range c.begun {
			w.uint64(word)
		}
		w.uint64(c.seen.first)
		w.int(c.seen.n)
		w.int(int(c.seen.shift))
		w.outcomes(c.seen.outcomes)
		w.int(len(c.seen.ends))
		w.float64s(c.seen.ends)
	})
}

// LoadSummaryCheckpoint reads a file written by [SummaryCheckpoint.Save]. A file
// that was cut short or damaged is an error.
func LoadSummaryCheckpoint(path string) (*SummaryCheckpoint, error) {
	c := new(SummaryCheckpoint)
	err := readFile(path, summaryKind, func(r *fileReader) {
		c.Identity = r.string()
		c.Replicas = r.int()
		c.Summary = r.summary()
		c.Running = r.runs()
		c.begun = make(bitset, r.count(8))
		for i := range c.begun {
			c.begun[i] = r.uint64()
		}
		c.seen = &sample{first: r.uint64(), n: r.int(), shift: uint(r.int())}
		c.seen.outcomes = r.outcomes(0)
		c.seen.ends = r.float64s(r.count(8))
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (w *fileWriter) summary(s *Summary) {
	s = s.clone() // without carries
	for _, n := range []int64{s.Exits, s.Censored, s.Diverged, s.Steps} {
		w.uint64(uint64(n))
	}
	for _, sum := range append([]exactSum{s.exposure}, s.power[:]...) {
		for _, d := range sum.digits {
			w.uint64(uint64(d))
		}
	}
	for _, bins := range []map[int32]int64{s.left, s.cut} {
		w.int(len(bins))
		for _, b := range slices.Sorted(maps.Keys(bins)) {
			w.uint64(uint64(b))
			w.uint64(uint64(bins[b]))
		}
	}
	h := s.Occupation
	if h == nil {
		w.byte(0)
		return
	}
	w.byte(1)
	w.int(h.Coordinate)
	w.float64s([]float64{h.Low, h.High})
	w.uint64(uint64(h.Below))
	w.uint64(uint64(h.Above))
	w.int(len(h.Counts))
	for _, n := range h.Counts {
		w.uint64(uint64(n))
	}
}

func (r *fileReader) summary() *Summary {
	s := NewSummary(nil)
	for _, n := range []*int64{&s.Exits, &s.Censored, &s.Diverged, &s.Steps} {
		*n = int64(r.uint64())
	}
	for _, sum := range []*exactSum{&s.exposure, &s.power[0], &s.power[1], &s.power[2], &s.power[3]} {
		for i := range sum.digits {
			sum.digits[i] = int64(r.uint64())
		}
	}
	for _, bins := range []map[int32]int64{s.left, s.cut} {
		for range r.count(16) {
			b := int32(r.uint64())
			bins[b] = int64(r.uint64())
		}
	}
	if r.byte() == 0 {
		return s
	}
	coordinate := r.int()
	low, high := r.float64(), r.float64()
	below, above := int64(r.uint64()), int64(r.uint64())
	s.Occupation = &Histogram{Coordinate: coordinate, Low: low, High: high, Below: below, Above: above, Counts: make([]int64, r.count(8))}
	for i := range s.Occupation.Counts {
		s.Occupation.Counts[i] = int64(r.uint64())
	}
	return s
}
