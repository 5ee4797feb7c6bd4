package sgd

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
	"sgdescape/sim/vector"
)

// with returns the lock-step loop with the given instructions.
func with(set vector.Set, p *Process, w lane.Watch) *lockstep {
	k := newLockstep(p, w)
	k.set, k.draws.set = set, set
	return k
}

// before returns the state of xoshiro256++ one word earlier.
func before(s [4]uint64) [4]uint64 {
	s3 := bits.RotateLeft64(s[3], -45) // s3 ^ s1
	s0 := s[0] ^ s3
	y := s[1] ^ s[2] // s1 ^ s1<<17
	s1 := y ^ y<<17 ^ y<<34 ^ y<<51
	return [4]uint64{s0, s1, s[1] ^ s1 ^ s0, s3 ^ s1}
}

// surplus returns a stream whose word is 0 after some others. Word 0 is drawn
// again for every N that is not a power of two.
func surplus(others int, seed uint64) stream.Source {
	state := [4]uint64{0, seed | 1, seed >> 7, 0}
	for range others {
		state = before(state)
	}
	return stream.FromState(state)
}

func TestSurplus(t *testing.T) {
	for others := range 20 {
		src := surplus(others, 12345)
		for range others {
			if src.Uint64() == 0 {
				t.Fatal("word 0 too early")
			}
		}
		if w := src.Uint64(); w != 0 {
			t.Fatalf("word %d is %#x, want 0", others, w)
		}
	}
}

// bitsOf returns everything a state holds.
func bitsOf(s *lane.State) map[string][]uint64 {
	floats := func(xs []float64) []uint64 {
		out := make([]uint64, len(xs))
		for i, x := range xs {
			out[i] = math.Float64bits(x)
			if math.IsNaN(x) { // which of two NaNs a sum keeps is not fixed
				out[i] = math.Float64bits(math.NaN())
			}
		}
		return out
	}
	hit := make([]uint64, lane.Width)
	for j, k := range s.Hit {
		hit[j] = uint64(k)
	}
	return map[string][]uint64{
		"s0": s.S0[:], "s1": s.S1[:], "s2": s.S2[:], "s3": s.S3[:], "hit": hit,
		"theta": floats(s.Theta), "velocity": floats(s.Extra), "hit theta": floats(s.HitTheta),
	}
}

// sameTwin draws a state and lets the portable loop and a twin
// move it.
func sameTwin(t *rapid.T, p *Process, set vector.Set) {
	active := rapid.IntRange(0, lane.Width).Draw(t, "active")
	steps := rapid.IntRange(0, 2*lane.BlockSteps+1).Draw(t, "steps")
	seed := rapid.Uint64().Draw(t, "seed")
	w := above(p)
	w.Level += rapid.Float64Range(-0.2, 2).Draw(t, "higher level")
	special := rapid.SliceOfN(rapid.IntRange(0, lane.Width-1), 0, 8).Draw(t, "special lanes")
	each := func(g *rapid.Generator[float64], label string) []float64 {
		return rapid.SliceOfN(g, len(special), len(special)).Draw(t, label)
	}
	others := rapid.SliceOfN(rapid.IntRange(0, 30), len(special), len(special)).Draw(t, "words before a surplus one")
	hits := rapid.SliceOfN(rapid.Int32Range(0, 1), len(special), len(special)).Draw(t, "hits")
	away := each(rapid.OneOf(rapid.Float64Range(-1, 1), rapid.SampledFrom([]float64{0, 5, -1e200, math.Inf(1), math.NaN()})), "distance")
	var states [2]*lane.State
	for i, set := range []vector.Set{vector.Portable, set} {
		k := with(set, p, w)
		s := started(p, k, minimum(p))
		for j := range lane.Width {
			src := stream.New(seed, uint64(j))
			s.SetSource(j, &src)
		}
		for at, j := range special {
			src := surplus(others[at], seed)
			s.SetSource(j, &src)
			s.Theta[j] += away[at]
			s.Hit[j] = hits[at]
		}
		k.Advance(s, active, steps)
		states[i] = s
	}
	if diff := cmp.Diff(bitsOf(states[0]), bitsOf(states[1])); diff != "" {
		t.Fatalf("states (-portable +%v):\n%s", set, diff)
	}
}

// TestProp_Twins: from any state, with any number of active lanes and steps, a
// twin leaves the state that the portable loop leaves, to the last bit and in
// the idle lanes, too. Lanes may have left before, be outside or not be
// numbers, and indices may have to be drawn again in any lane and any step.
func TestProp_Twins(t *testing.T) {
	groups := map[string][]variant{}
	for _, v := range variants() {
		groups[v.golden] = append(groups[v.golden], v)
	}
	for _, set := range vector.Available()[1:] {
		for name, group := range groups {
			t.Run(fmt.Sprintf("%s/%v", name, set), func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					v := group[rapid.IntRange(0, len(group)-1).Draw(t, "variant")]
					sameTwin(t, v.Process, set)
				})
			})
		}
	}
}

// FuzzTwins is TestProp_Twins with the inputs of the fuzzer.
func FuzzTwins(f *testing.F) {
	sets, all := vector.Available()[1:], variants()
	if len(sets) == 0 {
		f.Skip("no vector instructions")
	}
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		v := all[rapid.IntRange(0, len(all)-1).Draw(t, "variant")]
		sameTwin(t, v.Process, rapid.SampledFrom(sets).Draw(t, "set"))
	}))
}

// TestGolden_TwinLaneStates: every set of instructions gives the pinned hashes,
// for the lanes in any order.
func TestGolden_TwinLaneStates(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	order := inOrder()
	for _, set := range vector.Available() {
		got := chained(t, order, func(v variant) lane.Kernel { return with(set, v.Process, above(v.Process)) })
		if diff := cmp.Diff(golden, got); diff != "" {
			t.Errorf("%v: the states of the lanes are others, chained hashes (-pinned +got):\n%sif TestGolden_LaneStates passes, these instructions are wrong; a new pin is value-breaking", set, diff)
		}
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
}

// TestReject_OneUlp: the hash sees the last bit of eta/B, for every set.
func TestReject_OneUlp(t *testing.T) {
	for _, v := range variants() {
		for _, set := range vector.Available() {
			k := with(set, v.Process, above(v.Process))
			right, _ := laneHash(v.Process, k, inOrder())
			k.rate = math.Nextafter(k.rate, 1)
			if wrong, _ := laneHash(v.Process, k, inOrder()); wrong == right {
				t.Errorf("%s, %v: eta is off by an ulp and the hash is the same", v.name, set)
			}
		}
	}
}
