package sgd

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/sim/lane"
	"sgdescape/sim/stream"
	"sgdescape/sim/vector"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// started returns a state whose lanes are replicas 0, 1, ... at the start.
func started(p *Process, k lane.Kernel, start []float64) *lane.State {
	s := lane.NewState(p.Dim(), k.Extra())
	for j := range lane.Width {
		s.Start(j, 1, uint64(j), start)
		k.Begin(s, j)
	}
	return s
}

// agree runs two kernels side by side with refill, all lanes or some less, and
// compares their lanes bit for bit, velocities aside.
func agree(t *testing.T, p *Process, fast, reference lane.Kernel, start []float64, blocks int) (hits int) {
	t.Helper()
	a, b := started(p, fast, start), started(p, reference, start)
	for j := 0; j < lane.Width; j += 3 { // lanes that have to draw an index again
		src := surplus(j/3, uint64(j))
		a.SetSource(j, &src)
		b.SetSource(j, &src)
	}
	next := uint64(lane.Width)
	for block := range blocks {
		active := lane.Width - block%lane.BlockSteps
		fast.Advance(a, active, lane.BlockSteps)
		reference.Advance(b, active, lane.BlockSteps)
		if !slices.Equal(a.Theta, b.Theta) || a.S0 != b.S0 || a.S3 != b.S3 || a.Hit != b.Hit || !slices.Equal(a.HitTheta, b.HitTheta) {
			t.Fatalf("block %d (-reference +fast):\n%s%s", block, cmp.Diff(b.Theta, a.Theta), cmp.Diff(b.Hit, a.Hit))
		}
		for j := range lane.Width {
			if a.Hit[j] != 0 {
				hits++
				a.Start(j, 1, next, start)
				b.Start(j, 1, next, start)
				next++
			}
		}
	}
	return hits
}

// TestLoopsAgree: the lock-step loops give the bits of the general path, for
// every dimension with and without a loop of its own, for both schemes, for
// momentum, and for every exit.
func TestLoopsAgree(t *testing.T) {
	for _, d := range []int{1, 2, 3, 5, 10} {
		for _, b := range []int{1, 3} {
			for _, beta := range []float64{0, 0.5} {
				regression := must(dataset.Gaussian(uint64(d), 40, d, 1))
				population := must(dataset.NewPopulation(d, 1.2))
				for _, problem := range []landscape.Valley{regression, population} {
					p := model.SGD{LearningRate: 0.1, BatchSize: b}
					if problem == landscape.Valley(regression) {
						p.DatasetSize = 40
					}
					process := must(NewMomentum(problem, p, beta))
					start := problem.Minimum()
					normal := make([]float64, d)
					normal[d-1] = 1
					for _, w := range []lane.Watch{
						{},
						{Monitor: lane.Loss, Level: (1 + 0.04*float64(d)) * problem.Loss(start)},
						{Monitor: lane.Plane, Normal: normal, Level: start[d-1] + 0.2},
						{Monitor: lane.Region, Outside: func(theta []float64) bool { return theta[0] > start[0]+0.2 }},
					} {
						t.Run(fmt.Sprintf("d=%d/B=%d/beta=%v/%T/%d", d, b, beta, problem, w.Monitor), func(t *testing.T) {
							fast := newLockstep(process, w)
							if hits := agree(t, process, fast, newGeneral(process, w), start, 20); (hits > 0) != (w.Monitor != lane.Nothing) {
								t.Errorf("%d exits", hits)
							}
						})
					}
				}
			}
		}
	}
}

// TestMomentumZero: beta = 0 is plain SGD bit for bit, also where the velocity
// is really kept, and beta > 0 is not.
func TestMomentumZero(t *testing.T) {
	r := must(dataset.Gaussian(1, 40, 2, 1))
	p := model.SGD{LearningRate: 0.1, BatchSize: 1, DatasetSize: 40}
	plain, zero := must(New(r, p)), must(NewMomentum(r, p, 0))
	agree(t, plain, must(zero.Kernel(lane.Watch{})), must(plain.Kernel(lane.Watch{})), r.Minimum(), 20)

	// The smallest positive beta runs the momentum loop and adds nothing.
	tiny := must(NewMomentum(r, p, 5e-324))
	k := must(tiny.Kernel(lane.Watch{}))
	if k.Extra() != 2 {
		t.Fatalf("%d numbers are kept for the velocity, want 2", k.Extra())
	}
	agree(t, tiny, k, must(plain.Kernel(lane.Watch{})), r.Minimum(), 20)

	half := must(NewMomentum(r, p, 0.5))
	a, b := started(half, must(half.Kernel(lane.Watch{})), r.Minimum()), started(plain, must(plain.Kernel(lane.Watch{})), r.Minimum())
	must(half.Kernel(lane.Watch{})).Advance(a, lane.Width, 8)
	must(plain.Kernel(lane.Watch{})).Advance(b, lane.Width, 8)
	if cmp.Equal(a.Theta, b.Theta) {
		t.Error("beta = 0.5 gives the trajectories of beta = 0")
	}
}

// TestWithoutReplacementOfOne: drawing one sample without replacement is
// drawing it with replacement, bit for bit.
func TestWithoutReplacementOfOne(t *testing.T) {
	r := must(dataset.Gaussian(1, 40, 2, 1))
	p := model.SGD{LearningRate: 0.1, BatchSize: 1, DatasetSize: 40, Sampling: model.WithoutReplacement}
	without := must(New(r, p))
	agree(t, without, newLockstep(without, lane.Watch{}), newGeneral(without, lane.Watch{}), r.Minimum(), 20)
}

func BenchmarkStep(b *testing.B) {
	run := func(name string, p *Process, k lane.Kernel, start []float64) {
		b.Run(name, func(b *testing.B) {
			s := started(p, k, start)
			b.ReportAllocs()
			for b.Loop() {
				k.Advance(s, lane.Width, lane.BlockSteps)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(lane.Width*lane.BlockSteps), "ns/step")
		})
	}
	for _, batch := range []int{1, 10} {
		for _, d := range []int{1, 2, 5, 10} {
			r := must(dataset.Gaussian(1, 10000, d, 1))
			p := must(New(r, model.SGD{LearningRate: 0.05, BatchSize: batch, DatasetSize: 10000}))
			w := lane.Watch{Monitor: lane.Loss, Level: 50}
			run(fmt.Sprintf("sampling=with/loop=lockstep/d=%d/B=%d", d, batch), p, must(p.Kernel(w)), r.Minimum())
			run(fmt.Sprintf("sampling=with/loop=general/d=%d/B=%d", d, batch), p, newGeneral(p, w), r.Minimum())
			population := must(dataset.NewPopulation(d, 1))
			q := must(New(population, model.SGD{LearningRate: 0.05, BatchSize: batch}))
			run(fmt.Sprintf("sampling=population/loop=lockstep/d=%d/B=%d", d, batch), q, must(q.Kernel(w)), population.Minimum())
		}
	}
}

// TestDraw: the lanes draw what [stream.Source.Index] draws, for every set of
// instructions, also where words are surplus and where N grows from draw to
// draw. N near 2^64, which has many surplus words, is for the portable loop.
func TestDraw(t *testing.T) {
	const rows = 5
	for _, set := range vector.Available() {
		for _, n := range []int{1, 7, 40, 1 << 20, 1<<32 - 1, 1 << 32, 3 << 61, 5 << 60} {
			for _, grow := range []int{0, 1} {
				k := newDraws(rows, n+rows, 1)
				k.set = min(k.set, set)
				s := lane.NewState(1, 0)
				var src [lane.Width]stream.Source
				for j := range lane.Width {
					s.Start(j, 1, uint64(j), []float64{0})
					if j%9 == 4 {
						source := surplus(j%rows, uint64(j))
						s.SetSource(j, &source)
					}
					src[j] = s.Source(j)
				}
				for range 20 {
					k.fill(s, lane.Width-1, rows, n, grow)
					for j := range lane.Width - 1 {
						for r := range rows {
							if want := src[j].Index(uint64(n + r*grow)); uint64(k.row(r)[j]) != want {
								t.Fatalf("%v, N = %d + %d x %d, lane %d: drew %d, want %d", set, n, r, grow, j, k.row(r)[j], want)
							}
						}
						if s.Source(j) != src[j] {
							t.Fatalf("%v, N = %d, lane %d: the streams differ", set, n, j)
						}
					}
				}
			}
		}
	}
}

// TestCarriedDistance_Beyond: a lane beyond the safe distance, but inside, carries
// on infinity, for what its steps change is not known well enough.
func TestCarriedDistance_Beyond(t *testing.T) {
	r := must(dataset.Gaussian(1, 1000, 5, 1))
	p := must(New(r, model.SGD{LearningRate: 0.05, BatchSize: 1, DatasetSize: 1000}))
	for _, set := range vector.Available() {
		k := with(set, p, lane.Watch{Monitor: lane.Loss, Level: 3 * p.problem.Loss(minimum(p))})
		s := started(p, k, minimum(p))
		const beyond = 3 // lane
		for i, v := range softest(t, p) {
			for j := range lane.Width {
				distance := 0.999 * math.Sqrt(k.safe2)
				if j == beyond {
					distance *= 1.002
				}
				s.Theta[i*lane.Width+j] += v * distance
			}
		}
		for name, look := range map[string]func(){
			"measure": func() { k.measure(s, lane.Width) },
			"far": func() {
				for j := range lane.Width {
					k.far(s, j, 1)
				}
			},
		} {
			look()
			for j, r2 := range k.distance2 {
				if want := j == beyond; s.Hit[j] != 0 || math.IsInf(r2, 1) != want {
					t.Errorf("%v, %s: lane %d has %v and has left: %v; is it beyond the safe distance: %v", set, name, j, r2, s.Hit[j] != 0, want)
				}
			}
		}
	}
}

// softest returns the direction of the smallest curvature.
func softest(t *testing.T, p *Process) []float64 {
	h := mat.NewSymDense(p.n, nil)
	p.problem.Hessian(h, minimum(p))
	var eig mat.EigenSym
	if !eig.Factorize(h, true) {
		t.Fatal("no eigenvectors")
	}
	var v mat.Dense
	eig.VectorsTo(&v)
	return mat.Col(nil, 0, &v)
}

// TestCarriedDistance: the squared distance that the loops of d = 5 and 10 carry
// on is within the margin that the choice of the safe one allows for, and one
// carried on with a learning rate that is wrong by 1e-3 is not.
func TestCarriedDistance(t *testing.T) {
	for _, d := range []int{5, 10} {
		r := must(dataset.Gaussian(1, 1000, d, 1))
		p := must(New(r, model.SGD{LearningRate: 0.05, BatchSize: 1, DatasetSize: 1000}))
		for _, set := range vector.Available() {
			worst := func(rate float64) float64 {
				k := with(set, p, lane.Watch{Monitor: lane.Loss, Level: 3 * p.problem.Loss(minimum(p))})
				k.rows = slices.Clone(k.rows)
				for mu, y := range r.Targets() {
					k.rows[mu*p.stride+d+1] = turn(rate, r.Input(mu), k.minimum, y)
				}
				s := started(p, k, minimum(p))
				worst := 0.0
				for range 500 {
					k.Advance(s, lane.Width, lane.BlockSteps)
					for j := range lane.Width {
						if r2 := k.distanceTo2(s, j); r2 <= k.safe2 {
							worst = max(worst, math.Abs(k.distance2[j]-r2)/(k.safe2-k.near2))
						}
					}
				}
				return worst
			}
			if x := worst(p.rate()); !(x <= 1) {
				t.Errorf("d = %d, %v: the carried distance is off by %v of the margin", d, set, x)
			}
			if x := worst(p.rate() * 1.001); x <= 1 {
				t.Errorf("d = %d, %v: with a wrong rate it is off by %v of the margin only", d, set, x)
			}
		}
	}
}
