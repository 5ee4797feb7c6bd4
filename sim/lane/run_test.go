package lane_test

import (
	"context"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
	"sgdescape/sim/sgd"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

type problem struct {
	name    string
	process lane.Process
	start   []float64
	watch   lane.Watch
}

// problems use every kind of loop.
func problems() []problem {
	var out []problem
	add := func(name string, l landscape.Valley, m noise.Model, form sde.Form, w lane.Watch) {
		p := must(sde.New(sde.Config{Landscape: l, Noise: m, LearningRate: 0.1, Dt: 0.1, Form: form}))
		out = append(out, problem{name, p, l.Minimum(), w})
	}
	proportional := func(l landscape.Valley) noise.Model {
		h := mat.NewSymDense(l.Dim(), nil)
		l.Hessian(h, l.Minimum())
		return must(noise.NewLossProportional(l, h, 1))
	}
	valley := must(landscape.NewIsotropicValley(1, 1, 0.5))
	add("valley, t", valley, proportional(valley), sde.Time, lane.Watch{Monitor: lane.Loss, Level: 0.7, Corrected: true})
	add("valley, tau", valley, proportional(valley), sde.LogTime, lane.Watch{Monitor: lane.Loss, Level: 0.7, Corrected: true})
	radial := must(landscape.NewIsotropicValley(3, 1, 0.5))
	add("radial, t", radial, proportional(radial), sde.Time, lane.Watch{Monitor: lane.Loss, Level: 0.9})
	well := must(landscape.NewDoubleWell(1, 1, 2))
	add("double well, t", well, proportional(well), sde.Time, lane.Watch{Monitor: lane.Plane, Normal: []float64{1}, Level: 0, Corrected: true})
	add("double well, tau", well, proportional(well), sde.LogTime, lane.Watch{Monitor: lane.Plane, Normal: []float64{1}, Level: 0, Corrected: true})
	channel := must(landscape.NewChannel(landscape.ChannelParameters{Dim: 3, Floor: 1, Height: 0.5, Width: 2, KMin: 1, KSaddle: 2}))
	add("channel, tau", channel, must(noise.NewLossIsotropic(channel, 0.2, 0.1)), sde.LogTime, lane.Watch{Monitor: lane.Plane, Normal: []float64{1, 0, 0}, Level: 0, Corrected: true})
	quadratic := must(landscape.NewQuadraticValley(mat.NewSymDense(2, []float64{2, 1, 1, 3}), nil, 0.5))
	add("quadratic, t", quadratic, proportional(quadratic), sde.Time, lane.Watch{Monitor: lane.Loss, Level: 2.2, Corrected: true})
	population := must(dataset.NewPopulation(2, 1))
	add("Gaussian inputs, t", population, must(noise.NewGaussianInputs(population, 1)), sde.Time, lane.Watch{Monitor: lane.Loss, Level: 0.9})
	regression := must(dataset.Gaussian(1, 40, 2, 1))
	sgdOf := func(name string, l landscape.Valley, p model.SGD) {
		out = append(out, problem{name, must(sgd.New(l, p)), make([]float64, l.Dim()), lane.Watch{Monitor: lane.Loss, Level: 1.5 * l.Loss(l.Minimum())}})
	}
	sgdOf("SGD, population", population, model.SGD{LearningRate: 0.1, BatchSize: 1})
	sgdOf("SGD, with", regression, model.SGD{LearningRate: 0.1, BatchSize: 2, DatasetSize: 40})
	sgdOf("SGD, without", regression, model.SGD{LearningRate: 0.2, BatchSize: 3, DatasetSize: 40, Sampling: model.WithoutReplacement})
	return out
}

// A trace is what one replica did: a hash chained over the states of its lane
// after every block, and its end.
type trace struct {
	hash     uint64
	steps    int64
	clock    float64
	censored bool
	end      float64
}

func chain(h, x uint64) uint64 { return (h^x)*0x9e3779b97f4a7c15 ^ h>>29 }

// run carries the replicas in the given order, split over workers, and returns
// what each did.
func run(t *testing.T, p problem, order []uint64, workers int) map[uint64]trace {
	t.Helper()
	traces := map[uint64]trace{}
	hash := map[uint64]uint64{}
	for w := range workers {
		at := w
		worker := lane.NewWorker(lane.Schedule{
			Process: p.process,
			Kernel:  must(p.process.Kernel(p.watch)),
			Start:   p.start,
			Seed:    7,
			Horizon: 30,
			Next: func() (uint64, bool) {
				if at >= len(order) {
					return 0, false
				}
				r := order[at]
				at += workers
				return r, true
			},
			Done: func(f lane.Finish) {
				traces[f.Replica] = trace{hash[f.Replica], f.Steps, f.Clock, f.Censored, f.Theta[0]}
			},
			AfterBlock: func(w *lane.Worker) {
				s := w.State()
				for j := range w.Active() {
					r, _ := w.Replica(j)
					h := chain(chain(hash[r], s.S0[j]^s.S3[j]), math.Float64bits(s.Clock[j]))
					for i := range s.Dim() {
						h = chain(h, math.Float64bits(s.Theta[i*lane.Width+j]))
					}
					hash[r] = h
				}
			},
		})
		if err := worker.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	return traces
}

// TestSameBits: what a replica does, state for state, depends neither on the
// number of workers nor on the lane it runs in nor on the order of starting.
func TestSameBits(t *testing.T) {
	const replicas = 300
	rng := rand.New(rand.NewPCG(1, 2))
	for _, p := range problems() {
		order := make([]uint64, replicas)
		for i := range order {
			order[i] = uint64(i)
		}
		want := run(t, p, order, 1)
		if len(want) != replicas {
			t.Fatalf("%s: %d of %d replicas finished", p.name, len(want), replicas)
		}
		exits := 0
		for _, w := range want {
			if !w.censored {
				exits++
			}
		}
		if exits == 0 || exits == replicas {
			t.Errorf("%s: %d exits of %d; want both exits and censored runs", p.name, exits, replicas)
		}
		for _, workers := range []int{1, 2, 3, 8} {
			rng.Shuffle(replicas, func(i, j int) { order[i], order[j] = order[j], order[i] })
			got := run(t, p, order, workers)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(trace{})); diff != "" {
				t.Errorf("%s, %d workers: replicas differ (-want +got):\n%s", p.name, workers, diff)
			}
		}
	}
}

// shared returns the pairs of replicas that have one trajectory.
func shared(traces map[uint64]trace) (pairs [][2]uint64) {
	of := map[trace]uint64{} // a run that ends in its first block has the hash 0
	for _, r := range slices.Sorted(maps.Keys(traces)) {
		if other, ok := of[traces[r]]; ok {
			pairs = append(pairs, [2]uint64{other, r})
		}
		of[traces[r]] = r
	}
	return pairs
}

// TestReplicasDiffer: no two of 300 replicas in a row share a trajectory.
func TestReplicasDiffer(t *testing.T) {
	order := make([]uint64, 300)
	for i := range order {
		order[i] = uint64(i)
	}
	for _, p := range problems() {
		traces := run(t, p, order, 1)
		if len(traces) != len(order) {
			t.Fatalf("%s: %d of %d replicas finished", p.name, len(traces), len(order))
		}
		for _, pair := range shared(traces) {
			t.Errorf("%s: replicas %d and %d have one trajectory", p.name, pair[0], pair[1])
		}
	}
}

// sharing is a kernel that starts replica 2k+1 from the stream of 2k.
type sharing struct{ lane.Kernel }

func (k sharing) Begin(s *lane.State, j int) {
	if j%2 == 1 {
		even := s.Source(j - 1)
		s.SetSource(j, &even)
	}
	k.Kernel.Begin(s, j)
}

// sharingProcess has such kernels.
type sharingProcess struct{ lane.Process }

func (p sharingProcess) Kernel(w lane.Watch) (lane.Kernel, error) {
	k, err := p.Process.Kernel(w)
	return sharing{k}, err
}

// TestReject_ReplicasDiffer: a stream shared by the replicas 2k and 2k+1 of the
// first 64, which start side by side, is seen in every pair.
func TestReject_ReplicasDiffer(t *testing.T) {
	order := make([]uint64, lane.Width)
	for i := range order {
		order[i] = uint64(i)
	}
	for _, p := range problems() {
		p.process = sharingProcess{p.process}
		if pairs := shared(run(t, p, order, 1)); len(pairs) != lane.Width/2 {
			t.Errorf("%s: %d pairs have one trajectory, want %d", p.name, len(pairs), lane.Width/2)
		}
	}
}

// TestAllocs: after the start nothing is allocated, whatever the number of
// steps and exits.
func TestAllocs(t *testing.T) {
	for _, p := range problems() {
		kernel := must(p.process.Kernel(p.watch))
		s := lane.NewState(p.process.Dim(), kernel.Extra())
		replica := uint64(0)
		for j := range lane.Width {
			s.Start(j, 1, replica, p.start)
			kernel.Begin(s, j)
			replica++
		}
		exits := 0
		allocs := testing.AllocsPerRun(20, func() {
			for range 20 {
				kernel.Advance(s, lane.Width, lane.BlockSteps)
				for j := range lane.Width {
					if s.Hit[j] != 0 {
						s.Start(j, 1, replica, p.start)
						kernel.Begin(s, j)
						replica++
						exits++
					}
				}
			}
		})
		if allocs != 0 || exits == 0 {
			t.Errorf("%s: %v allocations over %d exits, want 0 over some", p.name, allocs, exits)
		}
	}
}

// TestGolden_LaneStates pins one chained hash of the states of 300 replicas per
// loop. It is the same on every architecture, with GOAMD64=v3 and for any number
// of workers. (GOARCH=arm64 go test -c ./sim/lane builds a binary that
// qemu-aarch64 runs on an amd64 machine.) A change is value-breaking.
func TestGolden_LaneStates(t *testing.T) {
	want := map[string]uint64{
		"channel, tau":       0xadad37dea8e95544,
		"quadratic, t":       0x533b9cbd62cdc402,
		"valley, t":          0xe1c02a44478453fa,
		"valley, tau":        0x5cc36122e5ec2988,
		"radial, t":          0xe3856bd70aba9539,
		"double well, t":     0xb088ac8f57b50bc4,
		"double well, tau":   0xcf6d828045058529,
		"Gaussian inputs, t": 0xadc74ce8ed669f10,
		"SGD, population":    0xc79799c932e0faaa,
		"SGD, with":          0x067d615edb278b55,
		"SGD, without":       0xf32c3e4584cc59a1,
	}
	for _, p := range problems() {
		order := make([]uint64, 300)
		for i := range order {
			order[i] = uint64(i)
		}
		traces := run(t, p, order, 1)
		h := uint64(0)
		for _, r := range order {
			h = chain(chain(h, traces[r].hash), math.Float64bits(traces[r].end))
		}
		if h != want[p.name] {
			t.Errorf("%s: the states or the exit times of 300 replicas are others: chained hash %#016x, pinned %#016x; "+
				"a new pin is value-breaking, every run with a seed gives other numbers", p.name, h, want[p.name])
		}
	}
}

// TestStatesInARow: vector loops find S1, S2 and S3 behind S0.
func TestStatesInARow(t *testing.T) {
	var s lane.State
	for i, at := range []uintptr{unsafe.Offsetof(s.S0), unsafe.Offsetof(s.S1), unsafe.Offsetof(s.S2), unsafe.Offsetof(s.S3)} {
		if want := uintptr(i) * 8 * lane.Width; at-unsafe.Offsetof(s.S0) != want {
			t.Errorf("S%d is %d bytes behind S0, want %d", i, at-unsafe.Offsetof(s.S0), want)
		}
	}
}

// TestOwn: behind what one worker has of its own is a page that nobody else has a
// part of.
func TestOwn(t *testing.T) {
	type span struct{ from, to uintptr }
	var spans []span
	spanOf := func(first unsafe.Pointer, bytes uintptr) span { return span{uintptr(first), uintptr(first) + bytes} }
	var kept []any
	for range 50 { // each kind among its likes, and among the others
		word, row, long := lane.Own[uint64](1), lane.Own[[lane.Width]float64](3), lane.Own[float64](1000)
		pointers := lane.Own[struct {
			p *int
			x [5000]byte
		}](1)
		none := lane.Own[float64](0)
		kept = append(kept, word, row, long, pointers, none)
		if len(word) != 1 || len(row) != 3 || len(long) != 1000 || len(pointers) != 1 || len(none) != 0 || cap(long) != 1000 {
			t.Fatal("not as many as wanted")
		}
		state := lane.NewState(2, 1)
		kept = append(kept, state)
		spans = append(spans, spanOf(unsafe.Pointer(&word[0]), 8), spanOf(unsafe.Pointer(&row[0]), 3*8*lane.Width),
			spanOf(unsafe.Pointer(&long[0]), 8000), spanOf(unsafe.Pointer(&pointers[0]), unsafe.Sizeof(pointers[0])),
			spanOf(unsafe.Pointer(state), unsafe.Sizeof(*state)), spanOf(unsafe.Pointer(&state.Theta[0]), 2*8*lane.Width),
			spanOf(unsafe.Pointer(&state.Extra[0]), 8*lane.Width), spanOf(unsafe.Pointer(&state.HitTheta[0]), 2*8*lane.Width))
	}
	slices.SortFunc(spans, func(a, b span) int { return int(a.from) - int(b.from) })
	for i, s := range spans[1:] {
		if gap := s.from - spans[i].to; gap < 4096 {
			t.Errorf("%d bytes behind %d bytes, want a page", gap, spans[i].to-spans[i].from)
		}
	}
	runtime.KeepAlive(kept)
}

// TestArraysBeginAtCacheLines: where they do not, a vector loop is up to a tenth
// slower. With another allocator the padding in NewState has to follow it.
func TestArraysBeginAtCacheLines(t *testing.T) {
	for _, n := range []int{1, 2, 5, 10, 200} {
		s := lane.NewState(n, n)
		for name, first := range map[string]unsafe.Pointer{
			"S0": unsafe.Pointer(&s.S0), "S1": unsafe.Pointer(&s.S1), "S2": unsafe.Pointer(&s.S2), "S3": unsafe.Pointer(&s.S3),
			"Loss": unsafe.Pointer(&s.Loss), "Amp": unsafe.Pointer(&s.Amp), "Clock": unsafe.Pointer(&s.Clock),
			"HitClock": unsafe.Pointer(&s.HitClock), "Hit": unsafe.Pointer(&s.Hit),
			"Theta": unsafe.Pointer(&s.Theta[0]), "Extra": unsafe.Pointer(&s.Extra[0]), "HitTheta": unsafe.Pointer(&s.HitTheta[0]),
		} {
			if off := uintptr(first) % 64; off != 0 {
				t.Errorf("n = %d: %s begins %d bytes behind a cache line", n, name, off)
			}
		}
	}
}

// lostClocks is a kernel in log time whose clocks are no numbers.
type lostClocks struct{ lane.Process }

func (lostClocks) InLogTime() bool        { return true }
func (lostClocks) Extra() int             { return 0 }
func (lostClocks) Begin(*lane.State, int) {}
func (lostClocks) LongestStep() float64   { return 0.1 }
func (lostClocks) Advance(s *lane.State, active, _ int) {
	for j := range active {
		s.Clock[j] = math.NaN()
	}
}

// TestWorker_LostClock: runs whose clock is no number end, begun or resumed.
func TestWorker_LostClock(t *testing.T) {
	bounded := lostClocks{problems()[0].process}
	for name, k := range map[string]lane.Kernel{"bounded": bounded, "unbounded": struct{ lane.Kernel }{bounded}} {
		for _, runs := range []struct{ resumed, begun int }{{1, 0}, {0, 100}} {
			resumed, begun, done := 0, 0, 0
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			err := lane.NewWorker(lane.Schedule{
				Process: bounded, Kernel: k, Start: []float64{0}, Horizon: 30,
				Resume: func() (lane.Run, bool) {
					resumed++
					return lane.Run{Theta: []float64{0}, Clock: math.NaN()}, resumed <= runs.resumed
				},
				Next: func() (uint64, bool) { begun++; return uint64(begun), begun <= runs.begun },
				Done: func(f lane.Finish) { done++ },
			}).Run(ctx)
			cancel()
			if err != nil || done != runs.resumed+runs.begun {
				t.Errorf("%s: %d of %v runs ended, error %v", name, done, runs, err)
			}
		}
	}
}
