package sgd

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model"
	"sgdescape/model/dataset"
	"sgdescape/model/landscape"
	"sgdescape/sim/lane"
)

// A variant is a process on 40 samples or on the population. Together they use
// every vector loop.
type variant struct {
	name   string
	golden string // the key of its hash
	*Process
}

func variants() []variant {
	var out []variant
	for _, d := range []int{1, 2, 3, 5, 10} {
		regression := must(dataset.Gaussian(uint64(d), 40, d, 1))
		population := must(dataset.NewPopulation(d, 1.2))
		for _, b := range []int{1, 3, 11} {
			for _, beta := range []float64{0, 0.5} {
				for _, source := range []string{"population", "with", "without"} {
					p := model.SGD{LearningRate: 0.1, BatchSize: b}
					var problem landscape.Valley = population
					if source != "population" {
						p.DatasetSize, p.Sampling, problem = 40, must(model.ParseSampling(source)), regression
					}
					out = append(out, variant{
						name:    fmt.Sprintf("source=%s/d=%d/B=%d/beta=%v", source, d, b, beta),
						golden:  fmt.Sprintf("%s, d=%d", source, d),
						Process: must(NewMomentum(problem, p, beta)),
					})
				}
			}
		}
	}
	return out
}

// minimum returns where the loss of the process is least.
func minimum(p *Process) []float64 { return p.problem.(landscape.Valley).Minimum() }

// nearMinimum returns the minimum to 20 binary places: the last bits of that of
// a data set depend on the architecture.
func nearMinimum(p *Process) []float64 {
	start := minimum(p)
	for i, x := range start {
		start[i] = math.Round(x*(1<<20)) / (1 << 20)
	}
	return start
}

// above returns an exit that is reached now and then.
func above(p *Process) lane.Watch {
	return lane.Watch{Monitor: lane.Loss, Level: (1 + 0.04*float64(p.n)/float64(p.sgd.BatchSize)) * p.problem.Loss(minimum(p))}
}

func chain(h *uint64, x uint64) { *h = (*h^x)*0x9e3779b97f4a7c15 ^ *h>>29 }

// laneHash carries 64 replicas for some blocks, each lane that leaves going on
// with the next run of its replica, and chains the states after every block.
// Replica r is in lane order[r].
func laneHash(p *Process, k lane.Kernel, order []int) (hash uint64, exits int) {
	s := lane.NewState(p.Dim(), k.Extra())
	start := func(r, run int) {
		s.Start(order[r], 7, uint64(r+lane.Width*run), nearMinimum(p))
		k.Begin(s, order[r])
	}
	var run [lane.Width]int
	var hashes [lane.Width]uint64
	for r := range lane.Width {
		start(r, 0)
	}
	for range 60 {
		k.Advance(s, lane.Width, lane.BlockSteps)
		for r, j := range order {
			for _, x := range []uint64{s.S0[j], s.S1[j], s.S2[j], s.S3[j], uint64(s.Hit[j])} {
				chain(&hashes[r], x)
			}
			for i := range p.Dim() {
				chain(&hashes[r], math.Float64bits(s.Theta[i*lane.Width+j]))
			}
			if s.Hit[j] != 0 {
				for i := range p.Dim() {
					chain(&hashes[r], math.Float64bits(s.HitTheta[i*lane.Width+j]))
				}
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

// golden holds the hashes of [laneHash], chained over B and beta. They are the
// same on every architecture, for every set of instructions and for the lanes in
// any order; a change is value-breaking.
var golden = map[string]uint64{
	"population, d=1":  0xb2d412cc283346d7,
	"with, d=1":        0x5f62b592e97fd19d,
	"without, d=1":     0xf4ba7e543967a285,
	"population, d=2":  0xf6b0de1ad2306bf1,
	"with, d=2":        0xffc74efd8be1a91b,
	"without, d=2":     0x03735015cbc3cb70,
	"population, d=3":  0x911b130bf627d0df,
	"with, d=3":        0xe8bd340b62b4050a,
	"without, d=3":     0x97a728945d1013f6,
	"population, d=5":  0x53f2a8b2bfd36370,
	"with, d=5":        0x0ad25a810f8835b7,
	"without, d=5":     0x910a8eaa7f5a989d,
	"population, d=10": 0x485fa5a127c5b948,
	"with, d=10":       0x4636ea90893aa190,
	"without, d=10":    0x371cd4006bc2bacf,
}

// chained returns the hashes of all variants with the given kernel by their key.
func chained(t *testing.T, order []int, kernel func(v variant) lane.Kernel) map[string]uint64 {
	t.Helper()
	out := map[string]uint64{}
	for _, v := range variants() {
		hash, exits := laneHash(v.Process, kernel(v), order)
		if exits < 50 {
			t.Errorf("%s: %d exits, want more than 50", v.name, exits)
		}
		h := out[v.golden]
		chain(&h, hash)
		out[v.golden] = h
	}
	return out
}

// TestGolden_LaneStates pins every loop that a process may get.
func TestGolden_LaneStates(t *testing.T) {
	for what, kernel := range map[string]func(v variant) lane.Kernel{
		"general loop": func(v variant) lane.Kernel { return newGeneral(v.Process, above(v.Process)) },
		"kernel":       func(v variant) lane.Kernel { return must(v.Process.Kernel(above(v.Process))) },
	} {
		if diff := cmp.Diff(golden, chained(t, inOrder(), kernel)); diff != "" {
			t.Errorf("%s: the states of the lanes are others, chained hashes (-pinned +got):\n%sa new pin is value-breaking, every run with a seed gives other numbers", what, diff)
		}
	}
}
