package stream

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sgdescape/verify/stattest"
)

var _ rand.Source = (*Source)(nil)

// TestSource compares with the first outputs of the authors' xoshiro256plusplus.c
// from the state {1, 2, 3, 4}.
func TestSource(t *testing.T) {
	want := []uint64{
		41943041, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205,
		9973669472204895162, 14011001112246962877, 12406186145184390807, 15849039046786891736, 10450023813501588000,
	}
	s := FromState([4]uint64{1, 2, 3, 4})
	var got []uint64
	for range want {
		got = append(got, s.Uint64())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outputs differ (-want +got):\n%s", diff)
	}
}

// TestMix compares with the first outputs of the authors' splitmix64.c from the
// state 1234567.
func TestMix(t *testing.T) {
	want := []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821}
	var got []uint64
	for k := range want {
		got = append(got, mix(1234567+uint64(k+1)*golden))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outputs differ (-want +got):\n%s", diff)
	}
}

// TestGolden_Stream pins the outputs for a seed: a change here is
// value-breaking for every simulation.
func TestGolden_Stream(t *testing.T) {
	s := New(1, 2)
	pinnedWords := []uint64{6748381332067369065, 7783729652641646569, 12065272553160682699}
	pinnedNormals := []float64{0.36586748679998593, -0.267093673321176, 2.0404248954598976, -2.0270162302744046}
	got := []uint64{s.Uint64(), s.Uint64(), s.Uint64()}
	if diff := cmp.Diff(pinnedWords, got); diff != "" {
		t.Errorf("words differ (-want +got):\n%s", diff)
	}
	var normals []float64
	for range pinnedNormals {
		normals = append(normals, s.Normal())
	}
	if diff := cmp.Diff(pinnedNormals, normals); diff != "" {
		t.Errorf("normals differ (-want +got):\n%s", diff)
	}
}

// TestProp_StreamsDiffer compares replicas far apart, neighbours among them, and
// those that differ by one bit.
func TestProp_StreamsDiffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, r1 := rapid.Uint64().Draw(t, "seed"), rapid.Uint64().Draw(t, "replica 1")
		r2 := rapid.OneOf(
			rapid.Uint64(),
			rapid.Map(rapid.Uint64Range(0, 64), func(k uint64) uint64 { return r1 + k }),
			rapid.Map(rapid.IntRange(0, 63), func(k int) uint64 { return r1 ^ 1<<k }),
		).Draw(t, "replica 2")
		a, b := New(seed, r1), New(seed, r2)
		if (a == b) != (r1 == r2) {
			t.Fatalf("replicas %d and %d: states %v and %v", r1, r2, a, b)
		}
		if c := New(seed, r1); a != c {
			t.Fatal("the stream is not a function of (seed, replica)")
		}
		if d := New(seed+1, r1); a == d {
			t.Fatalf("seeds %d and %d give one stream", seed, seed+1)
		}
	})
}

// TestStat_Index checks uniformity over a range that does not divide 2^64.
func TestStat_Index(t *testing.T) {
	ledger.Assert(t, "index", func(seed uint64, alpha float64) (stattest.Finding, error) {
		s := New(seed, 0)
		count, want := make([]int, 10), make([]float64, 10)
		for range 200000 {
			count[s.Index(uint64(len(count)))]++
		}
		for i := range want {
			want[i] = 0.1
		}
		return stattest.CellsTest{Want: want, Alpha: alpha}.Assert(count), nil
	})
}

// TestProp_Index: indices are in range, and a range so large that half of the
// words are surplus is still hit in its upper half.
func TestProp_Index(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64Range(1, math.MaxUint64).Draw(t, "n")
		s := New(rapid.Uint64().Draw(t, "seed"), 0)
		for range 8 {
			if i := s.Index(n); i >= n {
				t.Fatalf("index %d of %d", i, n)
			}
		}
	})
}

// TestStat_IndexBeyondHalf draws from 3*2^62 values: without the rejection of
// surplus words, residues 0 mod 3 would come up half of the time instead of a
// third.
func TestStat_IndexBeyondHalf(t *testing.T) {
	residues := func(index func(s *Source) uint64) stattest.Assertion {
		return func(seed uint64, alpha float64) (stattest.Finding, error) {
			const n = 30000
			s := New(seed, 0)
			zero := 0
			for range n {
				if index(&s)%3 == 0 {
					zero++
				}
			}
			return stattest.ProportionTest{Want: 1.0 / 3, Alpha: alpha}.Assert(zero, n), nil
		}
	}
	const name = "index beyond half the words"
	ledger.Assert(t, name, residues(func(s *Source) uint64 { return s.Index(3 << 62) }))
	ledger.Reject(t, name, "without rejection", residues(func(s *Source) uint64 {
		hi, _ := bits.Mul64(s.Uint64(), 3<<62)
		return hi
	}))
}
