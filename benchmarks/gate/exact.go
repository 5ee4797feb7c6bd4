package gate

import "golang.org/x/perf/benchmath"

// majority returns the value that more than half of the runs reported.
func majority(values []float64) (value float64, ok bool) {
	if len(values) == 0 {
		return 0, false
	}
	s := benchmath.NewSample(values, &benchmath.DefaultThresholds)
	value = benchmath.AssumeExact.Summary(s, 1).Center // the mode
	count := 0
	for _, v := range values {
		if v == value {
			count++
		}
	}
	return value, 2*count > len(values)
}

// exactCounts returns the values of both sides if the series can be compared
// exactly.
func exactCounts(s *Series) (base, head float64, ok bool) {
	base, okBase := majority(s.Base())
	head, okHead := majority(s.Head())
	return base, head, okBase && okHead
}
