package sde

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
	"sgdescape/sim/vector"
)

// A twinned loop has vector twins.
type twinned struct {
	name    string
	process *Process
	start   float64
	watch   lane.Watch // has exits now and then
	// golden is the chained hash of 1 024 000 steps, with some 700 rare words
	// and more than 500 exits. It is the same on every architecture, for every
	// set of instructions and for the lanes in any order; a change is
	// value-breaking.
	golden uint64
}

func twins() []twinned {
	var out []twinned
	well := must(landscape.NewDoubleWell(1, 1, 2))
	h := hessianAt(well, well.Minimum())
	for i, form := range []Form{Time, LogTime} {
		p := must(New(Config{Landscape: well, Noise: must(noise.NewLossProportional(well, h, 1)), LearningRate: 0.1, Dt: 0.1, Form: form}))
		out = append(out,
			twinned{fmt.Sprintf("valley/form=%v", form), valley(form, 1, 0.1), 0,
				lane.Watch{Monitor: lane.Loss, Level: 0.7, Corrected: true},
				[]uint64{0x38318df7c810494c, 0x71deb3903d8b6aed}[i]},
			twinned{fmt.Sprintf("doublewell/form=%v", form), p, well.Minimum()[0],
				lane.Watch{Monitor: lane.Plane, Normal: []float64{1}, Level: -1, Corrected: true},
				[]uint64{0xb570eca21767f567, 0x1ecf140f23ee004b}[i]})
	}
	return out
}

// kernel returns the loop with the given instructions.
func (e twinned) kernel(set vector.Set) lane.Kernel {
	k := must(e.process.Kernel(e.watch))
	switch k := k.(type) {
	case *valley1:
		k.set = set
	case *logValley1:
		k.set = set
	case *well1:
		k.set = set
	default:
		panic(fmt.Sprintf("no twin for %T", k))
	}
	return k
}

// laneHash carries 64 replicas for 2000 blocks, each lane that leaves going on
// with the next run of its replica, and chains the states after every block.
// Replica r is in lane order[r].
func laneHash(k lane.Kernel, theta float64, order []int) (hash uint64, exits int) {
	return laneHashFrom(k, []float64{theta}, order)
}

// laneHashFrom is laneHash in any number of dimensions.
func laneHashFrom(k lane.Kernel, theta []float64, order []int) (hash uint64, exits int) {
	s := lane.NewState(len(theta), k.Extra())
	start := func(r, run int) {
		s.Start(order[r], 7, uint64(r+lane.Width*run), theta)
		k.Begin(s, order[r])
	}
	var run [lane.Width]int
	var hashes [lane.Width]uint64
	for r := range lane.Width {
		start(r, 0)
	}
	chain := func(h *uint64, x uint64) { *h = (*h^x)*0x9e3779b97f4a7c15 ^ *h>>29 }
	for range 2000 {
		k.Advance(s, lane.Width, lane.BlockSteps)
		for r, j := range order {
			for _, x := range []uint64{s.S0[j], s.S1[j], s.S2[j], s.S3[j]} {
				chain(&hashes[r], x)
			}
			for i := range theta {
				x := s.Theta[i*lane.Width+j]
				if math.IsNaN(x) {
					panic("a lane has diverged, and the bits of NaN are not the same on every architecture")
				}
				chain(&hashes[r], math.Float64bits(x))
			}
			chain(&hashes[r], math.Float64bits(s.Clock[j]))
			if s.Hit[j] != 0 {
				chain(&hashes[r], uint64(s.Hit[j]))
				for i := range theta {
					chain(&hashes[r], math.Float64bits(s.HitTheta[i*lane.Width+j]))
				}
				chain(&hashes[r], math.Float64bits(s.HitClock[j]))
				run[r]++
				exits++
				start(r, run[r])
			}
		}
	}
	for _, h := range hashes {
		chain(&hash, h)
	}
	return hash, exits
}

func inOrder() []int {
	order := make([]int, lane.Width)
	for r := range order {
		order[r] = r
	}
	return order
}

func TestGolden_TwinLaneStates(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, e := range twins() {
		for _, set := range vector.Available() {
			order := inOrder()
			for range 3 {
				got, exits := laneHash(e.kernel(set), e.start, order)
				if got != e.golden {
					t.Errorf("%s, %v: the states of the lanes are others: chained hash %#016x, pinned %#016x; "+
						"if the scalar loop still has its hash, this loop is wrong; a new pin is value-breaking", e.name, set, got, e.golden)
					break // another order says no more
				}
				if exits < 500 {
					t.Errorf("%s, %v: %d exits, want more than 500", e.name, set, exits)
				}
				rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			}
		}
	}
}

// fused is valley1 with one rounding less: the product and the sum of the
// variance are one operation.
type fused struct{ *valley1 }

func (k fused) Advance(s *lane.State, active, steps int) {
	for step := 1; step <= steps; step++ {
		for j := range active {
			source := s.Source(j)
			x := s.Theta[j]
			amp := math.Sqrt(math.FMA(k.curve, x*x, k.base))
			x = float64(amp*source.Normal()) + float64(k.decay*x)
			s.SetSource(j, &source)
			s.Theta[j] = x
			if !(x*x <= k.edge2) {
				s.Leave(j, step, 0)
			}
		}
	}
}

// TestReject_FusedLoop: the hash sees a single product and sum in one rounding.
func TestReject_FusedLoop(t *testing.T) {
	e := twins()[0]
	k := e.kernel(vector.Portable).(*valley1)
	if got, _ := laneHash(fused{k}, e.start, inOrder()); got == e.golden {
		t.Error("a loop with a fused multiply-add has the same hash")
	}
}

// TestReject_OneUlpInALoop: the hash sees the last bit of a constant.
func TestReject_OneUlpInALoop(t *testing.T) {
	for _, e := range twins() {
		for _, set := range vector.Available() {
			k := e.kernel(set)
			var x *float64
			switch k := k.(type) {
			case *valley1:
				x = &k.decay
			case *logValley1:
				x = &k.floor
			case *well1:
				x = &k.slope
			}
			*x = math.Nextafter(*x, math.Inf(1))
			if got, _ := laneHash(k, e.start, inOrder()); got == e.golden {
				t.Errorf("%s, %v: a constant is off by an ulp and the hash is the same", e.name, set)
			}
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
		"s0": s.S0[:], "s1": s.S1[:], "s2": s.S2[:], "s3": s.S3[:],
		"theta": floats(s.Theta), "loss": floats(s.Loss[:]), "amp": floats(s.Amp[:]), "clock": floats(s.Clock[:]),
		"hit": hit, "hit clock": floats(s.HitClock[:]), "hit theta": floats(s.HitTheta),
	}
}

// TestProp_Twins: from any state, with any number of active lanes and steps, a
// twin leaves the state that the portable loop leaves, to the last bit and in
// the idle lanes, too. Lanes may have left before, be outside or not be
// numbers, and rare words may come side by side.
func TestProp_Twins(t *testing.T) {
	positions := rapid.OneOf(rapid.Float64Range(-1, 1), rapid.SampledFrom([]float64{0, 3, -1e200, math.Inf(1), math.NaN()}))
	for _, e := range twins() {
		for _, set := range vector.Available()[1:] {
			t.Run(fmt.Sprintf("%s/%v", e.name, set), func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					active := rapid.IntRange(0, lane.Width).Draw(t, "active")
					steps := rapid.IntRange(0, 2*lane.BlockSteps).Draw(t, "steps")
					e := e
					e.watch.Level += rapid.Float64Range(-0.15, 2).Draw(t, "higher level")
					states := [2]*lane.State{}
					special := rapid.SliceOfN(rapid.IntRange(0, lane.Width-1), 0, 8).Draw(t, "special lanes")
					seed := rapid.Uint64().Draw(t, "seed")
					words := rapid.SliceOfN(rapid.Uint64Range(stream.RareFrom-1, stream.Layers-1), len(special), len(special)).Draw(t, "layers")
					thetas := rapid.SliceOfN(positions, len(special), len(special)).Draw(t, "theta")
					hits := rapid.SliceOfN(rapid.Int32Range(0, 1), len(special), len(special)).Draw(t, "hits")
					for i, s := range []vector.Set{vector.Portable, set} {
						k := e.kernel(s)
						states[i] = lane.NewState(1, 0)
						for j := range lane.Width {
							states[i].Start(j, seed, uint64(j), []float64{e.start + 0.1})
						}
						for at, j := range special {
							source := stream.FromState([4]uint64{0, seed, 1, bits.RotateLeft64(words[at]|seed<<12, -23)})
							states[i].SetSource(j, &source)
							states[i].Theta[j] = e.start + thetas[at]
							states[i].Hit[j] = hits[at]
						}
						for j := range lane.Width {
							k.Begin(states[i], j)
						}
						k.Advance(states[i], active, steps)
					}
					if diff := cmp.Diff(bitsOf(states[0]), bitsOf(states[1])); diff != "" {
						t.Fatalf("states (-portable +%v):\n%s", set, diff)
					}
				})
			})
		}
	}
}

func BenchmarkTwin(b *testing.B) {
	for _, e := range twins() {
		e.watch.Level = 50
		for _, set := range vector.Available() {
			b.Run(fmt.Sprintf("landscape=%s/set=%v/n=1", e.name, set), func(b *testing.B) {
				benchmarkKernel(b, e.process, e.kernel(set), []float64{e.start})
			})
		}
	}
}

// TestDoubleWell_LostClock: a lane thrown out of the numbers in log time keeps the
// clock of the last point that was one.
func TestDoubleWell_LostClock(t *testing.T) {
	well := must(landscape.NewDoubleWell(1, 1, 2))
	noise := must(noise.NewLossProportional(well, hessianAt(well, well.Minimum()), 1))
	p := must(New(Config{Landscape: well, Noise: noise, LearningRate: 0.1, Dt: 0.1, Form: LogTime}))
	for _, set := range vector.Available() {
		k, ok := p.well(lane.Watch{Monitor: lane.Plane, Normal: []float64{1}, Level: 0})
		if !ok {
			t.Fatal("the double well has no loop of its own")
		}
		k.set = set
		s := started(p, k, []float64{-1e200})
		for j := range lane.Width {
			s.Clock[j] = 3
		}
		k.Advance(s, lane.Width, lane.BlockSteps)
		for j := range lane.Width {
			if s.Hit[j] == 0 || s.HitClock[j] != 3 {
				t.Fatalf("%v: lane %d left at step %d at t = %v, want some step and t = 3", set, j, s.Hit[j], s.HitClock[j])
			}
		}
	}
}
