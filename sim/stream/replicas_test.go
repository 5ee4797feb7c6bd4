package stream

import (
	"fmt"
	"slices"
	"testing"

	"sgdescape/verify/stattest"
)

// A newStream makes the stream of a replica, as [New] does.
type newStream func(seed, replica uint64) Source

// sharing returns the pairs of replicas, among the first n and n around some large
// numbers, that start from one state or of which one soon reaches the start of
// the other.
func sharing(stream newStream, n uint64) (pairs []string) {
	const ahead = 16
	for _, first := range []uint64{0, 1<<32 - n/2, 1<<63 - n/2, -n} {
		starts := map[Source]uint64{}
		for r := first; r != first+n; r++ {
			s := stream(1, r)
			if other, ok := starts[s]; ok {
				pairs = append(pairs, fmt.Sprintf("replicas %d and %d start from one state", other, r))
			}
			starts[s] = r
		}
		for r := first; r != first+n; r++ {
			s := stream(1, r)
			for range ahead {
				s.Uint64()
				if other, ok := starts[s]; ok {
					pairs = append(pairs, fmt.Sprintf("replica %d reaches the start of %d", r, other))
				}
			}
		}
	}
	return pairs
}

// TestStreamsAreNotShared: no two of many replicas in a row have one stream.
func TestStreamsAreNotShared(t *testing.T) {
	for _, pair := range sharing(New, 20000) {
		t.Error(pair)
	}
}

// masked shares the streams of replicas that differ in the given bits.
func masked(bits uint64) newStream {
	return func(seed, replica uint64) Source { return New(seed, replica&^bits) }
}

// TestReject_StreamsAreNotShared: pairs of replicas with one stream are seen,
// and so are those of which one is ahead of the other.
func TestReject_StreamsAreNotShared(t *testing.T) {
	for name, stream := range map[string]newStream{
		"2k and 2k+1": masked(1), "k and k+2": masked(2), "k and k+64": masked(64),
		"a word ahead": func(seed, replica uint64) Source {
			s := New(seed, replica&^1)
			if replica&1 == 1 {
				s.Uint64()
			}
			return s
		},
		"one pair": func(seed, replica uint64) Source {
			if replica == 1001 {
				replica = 1000
			}
			return New(seed, replica)
		},
	} {
		if len(sharing(stream, 2000)) == 0 {
			t.Errorf("%s: nobody shares a stream", name)
		}
	}
}

// lags are the distances of replicas that are compared: neighbours, those next to
// them, and those that follow each other in a lane.
var lags = []int{1, 2, 64}

func lagParts() (names []string) {
	for _, lag := range lags {
		names = append(names, fmt.Sprintf("k and k+%d", lag), fmt.Sprintf("k and k+%d, squares", lag))
	}
	return names
}

// neighbours draws the first deviates of 500 times 4000 replicas in a row and
// asserts that the products of those of replicas k and k+lag, and of their squares
// less 1, have the mean 0. Each run of replicas gives one mean, and these are
// independent. With a probability of 0.999 a correlation of 0.004 is found.
func neighbours(stream newStream) stattest.Assertions {
	return func(seed uint64, alpha float64) (findings []stattest.Finding, err error) {
		const runs, length, draws = 500, 4000, 4
		x := make([]float64, length*draws)
		products, squares := make([]float64, runs), make([]float64, runs)
		for _, lag := range lags {
			for run := range runs {
				for k := range length {
					s := stream(seed, uint64(run*length+k))
					s.Normals(x[k*draws : (k+1)*draws])
				}
				product, square := 0.0, 0.0
				for i, v := range x[lag*draws:] {
					w := x[i]
					product += v * w
					square += (v*v - 1) * (w*w - 1)
				}
				n := float64(len(x) - lag*draws)
				products[run], squares[run] = product/n, square/n
			}
			test := stattest.MeanTest{Want: 0, Alpha: alpha}
			findings = append(findings, test.Assert(products), test.Assert(squares))
		}
		return findings, nil
	}
}

// TestStat_NeighboursIndependent: neighbouring replicas are uncorrelated.
func TestStat_NeighboursIndependent(t *testing.T) {
	ledger.AssertAll(t, "neighbours", lagParts(), neighbours(New))
}

// TestReject_NeighboursIndependent: a stream shared by replicas at a distance, in
// one pair of a hundred or with the other sign, is seen at that distance.
func TestReject_NeighboursIndependent(t *testing.T) {
	reject := func(part, sabotage string, stream newStream) {
		ledger.Reject(t, "neighbours/"+part, sabotage, func(seed uint64, alpha float64) (stattest.Finding, error) {
			all, err := neighbours(stream)(seed, alpha)
			return all[slices.Index(lagParts(), part)], err
		})
	}
	for _, lag := range lags {
		part := fmt.Sprintf("k and k+%d", lag)
		reject(part, "shared streams", masked(uint64(lag)))
		reject(part+", squares", "shared streams", masked(uint64(lag)))
		reject(part, "one pair of a hundred", func(seed, replica uint64) Source {
			if r := replica - uint64(lag); replica%100 == 99 && replica >= uint64(lag) {
				return New(seed, r)
			}
			return New(seed, replica)
		})
	}
}
