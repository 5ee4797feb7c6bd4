package verify_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/verify"
)

// TestSharedState: noise whose values depend on what was asked before, as one does
// with a buffer of which two workers make use at once, is refused, but not for one
// worker, where runs can be had again.
func TestSharedState(t *testing.T) {
	var asked atomic.Uint64
	remembers := noiseOfMine(func(float64) float64 { return 4 + 1e-9*float64(asked.Add(1)%64) })
	s := verify.Setup{Landscape: must(landscape.NewDoubleWell(0.5, 1, 1)), Noise: remembers, LearningRate: 0.1}
	for workers, want := range map[int]bool{1: false, 2: true, 0: runtime.GOMAXPROCS(0) > 1} {
		_, err := verify.Trial{Workers: workers, Replicas: 128, Steps: 2e6}.Judge(context.Background(), s, verify.Rate(0.1), verify.Within(0.1))
		if refused := errors.Is(err, model.ErrDomain) && strings.Contains(err.Error(), "share no buffer between calls"); refused != want {
			t.Errorf("%d workers: error %v, want one: %t", workers, err, want)
		}
	}
}
