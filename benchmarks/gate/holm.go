package gate

import (
	"cmp"
	"slices"
)

// Holm returns which of the hypotheses with the given p-values are rejected by
// Holm's step-down procedure at family-wise rate alpha: in ascending order,
// the j-th of m (j = 0, 1, …) is rejected while p <= alpha/(m-j).
func Holm(p []float64, alpha float64) []bool {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	rejected := make([]bool, len(p))
	for j, i := range order {
		if !(p[i] <= alpha/float64(len(p)-j)) {
			break
		}
		rejected[i] = true
	}
	return rejected
}
