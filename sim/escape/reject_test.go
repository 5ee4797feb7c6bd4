package escape_test

import (
	"math"
	"testing"

	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
	"sgdescape/verify/stattest"
)

// broken is Eq. 13 in the valley of [valley] with a fault put in. It is also a
// process written outside the simulator, with the simplest kernel there is.
type broken struct {
	normal func(word uint64) float64
	edge   float64 // c
	shared bool    // every replica gets the stream of replica 0
}

func (b broken) Dim() int                               { return 1 }
func (b broken) StepLength() float64                    { return 0.1 }
func (b broken) InLogTime() bool                        { return false }
func (b broken) Discrete() bool                         { return false }
func (b broken) Loss(theta []float64) float64           { return 0.5 + theta[0]*theta[0]/2 }
func (b broken) Kernel(lane.Watch) (lane.Kernel, error) { return b, nil }
func (b broken) Extra() int                             { return 0 }
func (b broken) Begin(s *lane.State, j int) {
	if b.shared {
		src := stream.New(1, 0)
		s.SetSource(j, &src)
	}
}

func (b broken) Advance(s *lane.State, active, steps int) {
	for j := range active {
		src := s.Source(j)
		x := s.Theta[j]
		for k := 1; k <= steps; k++ {
			x = float64(0.9*x) + float64(math.Sqrt(0.02*(0.5+float64(x*x/2)))*b.normal(src.Uint64()))
			s.Theta[j] = x
			if 0.5+x*x/2 > 0.5*b.edge {
				s.Leave(j, k, 0)
			}
		}
		s.SetSource(j, &src)
	}
}

// TestStat_OwnProcess: faults that the comparison with the exact chain must see
// at 20000 exits, where the relative standard deviation of the mean is 0.7 %.
// The sound process passes.
func TestStat_OwnProcess(t *testing.T) {
	mean := func(b broken) stattest.Assertion {
		return meanOf(escape.Ensemble{Process: b, Start: []float64{0}, Exit: escape.LossAbove(0.75), Crossing: escape.Grid, Horizon: 1e9, Replicas: 20000},
			573.17, 0, stepsOf) // E[steps] at c = 1.5
	}
	const name = "process of one's own"
	ledger.Assert(t, name, mean(broken{normal: stream.Normal, edge: 1.5}))
	cut := func(at float64) func(word uint64) float64 {
		return func(word uint64) float64 { return max(-at, min(at, stream.Normal(word))) }
	}
	for _, test := range []struct {
		name  string
		fault broken
	}{
		{"tail cut at 2.5", broken{normal: cut(2.5), edge: 1.5}},
		{"tail beyond 2 drawn out by 5 %", broken{edge: 1.5, normal: func(word uint64) float64 {
			x := stream.Normal(word)
			if math.Abs(x) > 2 {
				x *= 1.05
			}
			return x
		}}},
		{"edge at c = 1.52", broken{normal: stream.Normal, edge: 1.52}},
		{"one stream for all replicas", broken{normal: stream.Normal, edge: 1.5, shared: true}},
	} {
		ledger.Reject(t, name, test.name, mean(test.fault))
	}
}
