package sde

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
	"sgdescape/sim/vector"
)

// A rowLoop goes over one row of lanes after the other, with vector twins of the
// rows.
type rowLoop struct {
	name    string
	process *Process
	watch   lane.Watch // has exits now and then
	start   []float64
	golden  uint64 // see twinned
}

func rowLoops() []rowLoop {
	var out []rowLoop
	loss := lane.Watch{Monitor: lane.Loss, Level: 1.1}
	add := func(name string, p *Process, w lane.Watch, start []float64, golden uint64) {
		out = append(out, rowLoop{name, p, w, start, golden})
	}
	corrected := loss
	corrected.Corrected = true
	add("radial/t", valley(Time, 3, 0.1), loss, make([]float64, 3), 0x9e3998fa376119a9)
	add("radial/tau", valley(LogTime, 3, 0.1), corrected, make([]float64, 3), 0x5559f5719197d24a)
	population := must(dataset.NewPopulation(2, 1))
	add("along", must(New(Config{Landscape: population, Noise: must(noise.NewGaussianInputs(population, 1)), LearningRate: 0.1, Dt: 0.1})),
		corrected, make([]float64, 2), 0xaae4a8835f7e734b)
	well := must(landscape.NewDoubleWell(1, 1, 1.5))
	calls := 0
	block := blockUser{well, &calls}
	for i, form := range []Form{Time, LogTime} {
		p := must(New(Config{Landscape: block, Noise: must(noise.NewLossIsotropic(block, 0.4, 0.1)), LearningRate: 0.1, Dt: 0.1, Form: form}))
		add(fmt.Sprintf("block/%v/plane", form), p, lane.Watch{Monitor: lane.Plane, Normal: []float64{1}, Level: 0, Corrected: true}, well.Minimum(), []uint64{0xb8a227ee882f93a9, 0x51ba65bbfde68c6c}[i])
		add(fmt.Sprintf("block/%v/loss", form), p, lane.Watch{Monitor: lane.Loss, Level: 1.9, Corrected: i == 0}, well.Minimum(), []uint64{0x81c1768a02c8e30d, 0x6a8fa6d5516768a6}[i])
	}
	gld := must(New(Config{Landscape: block, Noise: must(noise.NewIsotropic(1, 0.3, 0.1)), LearningRate: 0.1, Dt: 0.1}))
	add("block/gld", gld, lane.Watch{Monitor: lane.Loss, Level: 1.9}, well.Minimum(), 0x838649166ceb61be)
	h := mat.NewSymDense(2, []float64{2, 0.5, 0.5, 1})
	ellipse := must(landscape.NewQuadraticValley(h, nil, 0.5))
	for i, form := range []Form{Time, LogTime} {
		p := must(New(Config{Landscape: ellipse, Noise: must(noise.NewLossProportional(ellipse, h, 1)), LearningRate: 0.1, Dt: 0.1, Form: form}))
		add(fmt.Sprintf("ellipse/%v", form), p, corrected, ellipse.Minimum(), []uint64{0xf3a4a9a0f338f007, 0xd4688e5cf8316126}[i])
	}
	for i, n := range []int{1, 3} {
		channel := must(landscape.NewChannel(landscape.ChannelParameters{Dim: n, Floor: 1, Height: 1, Width: 1.2, KMin: 2, KSaddle: 3}))
		p := must(New(Config{Landscape: channel, Noise: must(noise.NewLossIsotropic(channel, 0.4, 0.1)), LearningRate: 0.1, Dt: 0.01}))
		add(fmt.Sprintf("channel%d", n), p, lane.Watch{Monitor: lane.Plane, Normal: []float64{1, 0, 0}[:n], Level: 0, Corrected: true}, channel.Minimum(), []uint64{0x041f606076a28c8f, 0x0277bb1ffddbe02c}[i])
	}
	tilted := must(must(landscape.NewPolynomial([]float64{2, 0.2, -2, 0, 1})).Over(0, true))
	p := must(New(Config{Landscape: tilted, Noise: must(noise.NewLossIsotropic(tilted, 0.4, 0.1)), LearningRate: 0.1, Dt: 0.05}))
	add("polynomial", p, lane.Watch{Monitor: lane.Plane, Normal: []float64{1}, Level: 0, Corrected: true}, tilted.Minimum(), 0x76b592e14a117924)
	return out
}

// kernel returns the loop with the given instructions.
func (e rowLoop) kernel(set vector.Set) lane.Kernel {
	k := must(e.process.Kernel(e.watch))
	switch k := k.(type) {
	case *blocks:
		k.rows.set = set
		switch eval := k.eval.(type) {
		case *polynomialBlock:
			eval.rows.set = set
		case *quadraticBlock:
			eval.rows.set = set
		case *channelBlock:
			eval.rows.set = set
		}
	case *radialProcess:
		k.rows.set = set
	default:
		panic(fmt.Sprintf("%T has no rows", k))
	}
	return k
}

func TestGolden_RowLaneStates(t *testing.T) {
	for _, e := range rowLoops() {
		for _, set := range vector.Available() {
			got, exits := laneHashFrom(e.kernel(set), e.start, inOrder())
			if got != e.golden {
				t.Errorf("%s, %v: the states of the lanes are others: chained hash %#016x, pinned %#016x; "+
					"if the scalar loop still has its hash, this loop is wrong; a new pin is value-breaking", e.name, set, got, e.golden)
			}
			if exits < 500 {
				t.Errorf("%s, %v: %d exits, want more than 500", e.name, set, exits)
			}
		}
	}
}

// TestReject_UlpsInARow: the hash sees the last bits of a constant; a single one
// can be lost in a square root.
func TestReject_UlpsInARow(t *testing.T) {
	for _, e := range rowLoops() {
		for _, set := range vector.Available() {
			k := e.kernel(set)
			var x *float64
			switch k := k.(type) {
			case *blocks:
				if x = &k.slope; *x == 0 {
					x = &k.constant
				}
			case *radialProcess:
				x = &k.floor
			}
			for range 4 {
				*x = math.Nextafter(*x, math.Inf(1))
			}
			if got, _ := laneHashFrom(k, e.start, inOrder()); got == e.golden {
				t.Errorf("%s, %v: a constant is off by four ulps and the hash is the same", e.name, set)
			}
		}
	}
}

// TestProp_Rows: from any state, with any number of active lanes and steps, the
// vector twins leave the active lanes as the portable loops do, to the last bit.
// Lanes may have left before, be outside or not be numbers.
func TestProp_Rows(t *testing.T) {
	positions := rapid.OneOf(rapid.Float64Range(-1, 1), rapid.SampledFrom([]float64{0, 3, -1e200, math.Inf(1), math.NaN()}))
	for _, e := range rowLoops() {
		for _, set := range vector.Available()[1:] {
			t.Run(fmt.Sprintf("%s/%v", e.name, set), func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					active := rapid.IntRange(0, lane.Width).Draw(t, "active")
					steps := rapid.IntRange(0, 2*lane.BlockSteps).Draw(t, "steps")
					e := e
					e.watch.Level += rapid.Float64Range(-0.15, 2).Draw(t, "higher level")
					special := rapid.SliceOfN(rapid.IntRange(0, lane.Width-1), 0, 8).Draw(t, "special lanes")
					thetas := rapid.SliceOfN(positions, len(special), len(special)).Draw(t, "theta")
					hits := rapid.SliceOfN(rapid.Int32Range(0, 1), len(special), len(special)).Draw(t, "hits")
					seed := rapid.Uint64().Draw(t, "seed")
					var active64 [2]map[string][]uint64
					for i, set := range []vector.Set{vector.Portable, set} {
						k := e.kernel(set)
						s := lane.NewState(len(e.start), k.Extra())
						for j := range lane.Width {
							s.Start(j, seed, uint64(j), e.start)
						}
						for at, j := range special {
							s.Theta[j] = e.start[0] + thetas[at]
							s.Hit[j] = hits[at]
						}
						for j := range lane.Width {
							k.Begin(s, j)
						}
						k.Advance(s, active, steps)
						active64[i] = bitsOf(s)
						for name, words := range active64[i] {
							var kept []uint64
							for at, w := range words {
								if at%lane.Width < active {
									kept = append(kept, w)
								}
							}
							active64[i][name] = kept
						}
					}
					if diff := cmp.Diff(active64[0], active64[1]); diff != "" {
						t.Fatalf("states (-portable +%v):\n%s", set, diff)
					}
				})
			})
		}
	}
}

// TestProp_Unpositive: the twins find the lanes that the portable loop finds, which
// are those that are not finite numbers above zero.
func TestProp_Unpositive(t *testing.T) {
	numbers := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 5e-324, -5e-324, math.NaN(), math.Inf(-1), math.Inf(1)}))
	rapid.Check(t, func(t *rapid.T) {
		active := rapid.IntRange(0, lane.Width).Draw(t, "active")
		var x laneRow
		want := uint64(0)
		for j := range x {
			x[j] = numbers.Draw(t, "x")
			if j < active && (x[j] <= 0 || math.IsNaN(x[j]) || math.IsInf(x[j], 1)) {
				want |= 1 << j
			}
		}
		for _, set := range vector.Available() {
			if got := (rows{set}).unpositive(&x, active); got != want {
				t.Fatalf("%v: lanes %#x, want %#x", set, got, want)
			}
		}
	})
}

// TestProp_Triangle: the product of any triangular root and any deviates, with
// zeros, negative ones and what is not a number, is the portable one to the last bit.
func TestProp_Triangle(t *testing.T) {
	numbers := rapid.OneOf(rapid.Float64Range(-2, 2), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, math.NaN(), math.Inf(-1)}))
	for _, set := range vector.Available()[1:] {
		t.Run(set.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				n, active := rapid.IntRange(1, 6).Draw(t, "n"), rapid.IntRange(0, lane.Width).Draw(t, "active")
				root := rapid.SliceOfN(numbers, n*n, n*n).Draw(t, "root")
				want := make([]float64, n*lane.Width)
				for i := range n {
					for j := range active {
						want[i*lane.Width+j] = numbers.Draw(t, "xi")
					}
				}
				got := append([]float64(nil), want...)
				rows{}.triangle(want, root, n, active)
				rows{set}.triangle(got, root, n, active)
				for i := range n {
					for j := range active {
						if g, w := got[i*lane.Width+j], want[i*lane.Width+j]; math.Float64bits(g) != math.Float64bits(w) && !(g != g && w != w) {
							t.Fatalf("coordinate %d of lane %d: %v, portable %v", i, j, g, w)
						}
					}
				}
			})
		})
	}
}

// TestRadialProcess_NoExit: without an exit a lane leaves where it is no number, and
// there alone, also if the square of its distance overflows.
func TestRadialProcess_NoExit(t *testing.T) {
	for _, set := range vector.Available() {
		for _, form := range []Form{Time, LogTime} {
			q := radial{parabola: parabola{h: 1, floor: 0.5, slope: 0.1}, n: 2}
			k := newRadialProcess(q, 0.1, form, lane.Watch{})
			k.rows.set = set
			s := lane.NewState(2, 0)
			for j := range lane.Width {
				s.Start(j, 1, uint64(j), []float64{[]float64{0, math.NaN(), 1e200}[j%3], 0})
				k.Begin(s, j)
			}
			k.Advance(s, lane.Width, 1)
			for j, hit := range s.Hit {
				if (hit != 0) != (j%3 == 1) {
					t.Errorf("%v, %v: lane %d at %v has left: %v", set, form, j, s.Theta[j], hit != 0)
				}
			}
		}
	}
}
