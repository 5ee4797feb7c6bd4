package record_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"math"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/lane"
	"sgdescape/sim/record"
	"sgdescape/sim/sde"
	"sgdescape/verify/stattest"
	"sgdescape/verify/stattest/account"
)

var ledger = account.Open("sim/record", "stationary variance")

func TestMain(m *testing.M) { os.Exit(ledger.Run(m)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// langevin is GLD in an isotropic valley with h = 1: an Ornstein-Uhlenbeck
// process.
func langevin(n int, diffusion, dt float64) *sde.Process {
	l := must(landscape.NewIsotropicValley(n, 1, 0.5))
	return must(sde.New(sde.Config{Landscape: l, Noise: must(noise.NewIsotropic(n, diffusion, 0.1)), LearningRate: 0.1, Dt: dt}))
}

// TestStat_StationaryVariance: the scheme x' = (1 - dt) x + sqrt(2 D dt) xi has
// the stationary variance 2 D dt/(1 - (1-dt)²), exactly. Samples are 200 steps of
// 0.1 apart, correlated by exp(-20): none that could be seen in 2*400*200 of
// them. A variance that lacks the factor 2, and that of the equation without its
// step, are rejected.
func TestStat_StationaryVariance(t *testing.T) {
	const d, dt = 0.3, 0.1
	square := func(want float64) stattest.Assertion {
		return func(seed uint64, alpha float64) (stattest.Finding, error) {
			s, err := record.Sampler{
				Process: langevin(2, d, dt), Start: []float64{5, -5}, BurnIn: 500, Every: 200, PerReplica: 200, Replicas: 400, Seed: seed,
			}.Run(context.Background())
			if err != nil {
				return stattest.Finding{}, err
			}
			squares := make([]float64, len(s.Theta))
			for i, x := range s.Theta {
				squares[i] = x * x
			}
			return stattest.MeanTest{Want: want, Alpha: alpha}.Assert(squares), nil
		}
	}
	const want = 2 * d * dt / (1 - (1-dt)*(1-dt))
	ledger.Assert(t, "stationary variance", square(want))
	ledger.Reject(t, "stationary variance", "factor 2 left out", square(want/2))
	ledger.Reject(t, "stationary variance", "no step", square(d))
}

// TestWorkers: samples do not depend on the number of workers or on the split
// into batches.
func TestWorkers(t *testing.T) {
	sampler := record.Sampler{
		Process: langevin(1, 0.3, 0.1), Start: []float64{0}, BurnIn: 3, Every: 5, PerReplica: 7, Replicas: 200, Seed: 9, Workers: 1,
	}
	want := must(sampler.Run(context.Background()))
	for _, workers := range []int{2, 3, 8} {
		sampler.Workers = workers
		if diff := cmp.Diff(want, must(sampler.Run(context.Background()))); diff != "" {
			t.Errorf("%d workers differ (-want +got):\n%s", workers, diff)
		}
	}
	sampler.FirstReplica, sampler.Replicas = 150, 50
	tail := must(sampler.Run(context.Background()))
	if diff := cmp.Diff(want.Coordinate(0)[150*7:], tail.Coordinate(0)); diff != "" {
		t.Errorf("the last replicas by themselves differ (-want +got):\n%s", diff)
	}
	if got := want.At(150, 3)[0]; got != tail.At(0, 3)[0] {
		t.Errorf("At(150, 3) is %v, want %v", got, tail.At(0, 3)[0])
	}
}

// TestPath: the path of a replica passes through its samples.
func TestPath(t *testing.T) {
	p := langevin(2, 0.3, 0.1)
	start := []float64{1, 2}
	s := must(record.Sampler{Process: p, Start: start, BurnIn: 0, Every: 12, PerReplica: 5, Replicas: 4, Seed: 9}.Run(context.Background()))
	var out bytes.Buffer
	if err := (record.Path{Process: p, Start: start, Steps: 60, Every: 12, Seed: 9, Replica: 3}).WriteCSV(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"step", "t", "theta_1", "theta_2", "loss"}, rows[0]); diff != "" {
		t.Errorf("header differs (-want +got):\n%s", diff)
	}
	if len(rows) != 1+6 {
		t.Fatalf("%d rows, want 7", len(rows))
	}
	for i, row := range rows[1:] {
		want := append([]float64(nil), start...)
		if i > 0 {
			want = s.At(3, i-1)
		}
		got := []float64{must(strconv.ParseFloat(row[2], 64)), must(strconv.ParseFloat(row[3], 64))}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("row %d differs (-want +got):\n%s", i, diff)
		}
		if loss := must(strconv.ParseFloat(row[4], 64)); loss != p.Loss(want) {
			t.Errorf("row %d: loss %v, want %v", i, loss, p.Loss(want))
		}
	}
}

// sunk is a process in log time without a log L.
type sunk struct{ lane.Process }

func (sunk) InLogTime() bool        { return true }
func (sunk) Loss([]float64) float64 { return 0 }

// once is a process that makes one kernel.
type once struct {
	lane.Process
	made bool
}

var errOnce = errors.New("one kernel only")

func (o *once) Kernel(w lane.Watch) (lane.Kernel, error) {
	if o.made {
		return nil, errOnce
	}
	o.made = true
	return o.Process.Kernel(w)
}

func TestErrors(t *testing.T) {
	p := langevin(1, 0.3, 0.1)
	good := record.Sampler{Process: p, Start: []float64{0}, Every: 1, PerReplica: 1, Replicas: 1}
	for name, change := range map[string]func(*record.Sampler){
		"no process":       func(s *record.Sampler) { s.Process = nil },
		"negative burn-in": func(s *record.Sampler) { s.BurnIn = -1 },
		"Every 0":          func(s *record.Sampler) { s.Every = 0 },
		"no samples":       func(s *record.Sampler) { s.PerReplica = 0 },
		"no replicas":      func(s *record.Sampler) { s.Replicas = 0 },
		"too many replicas": func(s *record.Sampler) {
			s.Replicas, s.FirstReplica = 2, math.MaxUint64
		},
		"too much":         func(s *record.Sampler) { s.Replicas, s.PerReplica = 1<<40, 1<<40 },
		"long start":       func(s *record.Sampler) { s.Start = []float64{0, 0} },
		"NaN start":        func(s *record.Sampler) { s.Start = []float64{math.NaN()} },
		"negative workers": func(s *record.Sampler) { s.Workers = -1 },
	} {
		s := good
		change(&s)
		if _, err := s.Run(context.Background()); !errors.Is(err, model.ErrDomain) {
			t.Errorf("%s: error %v, want ErrDomain", name, err)
		}
	}
	// In log time, where there is no log L no run can start.
	low := sunk{langevin(1, 0.3, 0.1)}
	good.Process = low
	if _, err := good.Run(context.Background()); !errors.Is(err, model.ErrDomain) {
		t.Errorf("a start with L = 0 in log time: error %v", err)
	}
	if err := (record.Path{Process: low, Start: []float64{0}, Steps: 1, Every: 1}).WriteCSV(context.Background(), &bytes.Buffer{}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("a path from L = 0 in log time: error %v", err)
	}
	good.Process = p
	// A kernel that cannot be made leaves no worker behind.
	stuck := good
	stuck.Process, stuck.Replicas, stuck.Workers, stuck.BurnIn = &once{Process: p}, 200, 2, 1<<50
	before := runtime.NumGoroutine()
	if _, err := stuck.Run(context.Background()); !errors.Is(err, errOnce) || runtime.NumGoroutine() > before {
		t.Errorf("a second kernel that cannot be made: error %v, %d goroutines, want %d", err, runtime.NumGoroutine(), before)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if s, err := good.Run(ctx); s != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("after cancellation: %v, %v", s, err)
	}
	// Steps that would take years end with the context, too.
	soon, stop := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer stop()
	long := good
	long.BurnIn = 1 << 50
	if s, err := long.Run(soon); s != nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled in the burn-in: %v, %v", s, err)
	}
	if err := (record.Path{Process: p, Start: []float64{0}, Steps: 1 << 50, Every: 1 << 50}).WriteCSV(soon, &bytes.Buffer{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("path cancelled between two rows: error %v", err)
	}
	if err := (record.Path{Process: p, Start: []float64{math.NaN()}, Steps: 1, Every: 1}).WriteCSV(context.Background(), &bytes.Buffer{}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("path from NaN: error %v, want ErrDomain", err)
	}
	if err := (record.Path{Process: p, Start: []float64{0}, Steps: 1}).WriteCSV(context.Background(), &bytes.Buffer{}); !errors.Is(err, model.ErrDomain) {
		t.Errorf("path with Every 0: error %v, want ErrDomain", err)
	}
}
