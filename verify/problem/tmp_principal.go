package problem

import "sgdescape/theory/firstpassage"

func principal(e *firstpassage.Exit) (float64, error) { return 1 / e.MeanTime(), nil }
func principalR(e firstpassage.Radial) (float64, error) {
	t, err := e.MeanTime()
	return 1 / t, err
}
