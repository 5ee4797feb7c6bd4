package peers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"

	"sgdescape/benchmarks/measure"
)

// CoreExits is the number of exits of a run on two cores. Two workers are busy with
// them for half a second at least, so that what a process does once does not count.
const CoreExits = 1_000_000

// Self returns this module as a peer that is run by the command line.
func Self(command []string) Peer { return Peer{Name: own, command: command} }

// A Scaling is what two cores do for one process.
type Scaling struct {
	Process string `json:"process"`
	// Keep is what is kept: every outcome, 40 bytes each, or a summary.
	Keep string `json:"keep"`
	// Workers is the time of an ensemble on one worker over that on two, the
	// median over rounds, with its 95 % interval.
	Workers float64 `json:"two_workers"`
	Low     float64 `json:"two_workers_low"`
	High    float64 `json:"two_workers_high"`
	// Programs is the same for two programs of one worker each that run at the
	// same time and share nothing: what the machine allows.
	Programs float64 `json:"two_programs"`
}

// Variant returns this module as a peer that is run with further flags: "--workers",
// "2" for two workers, and "--summary".
type Variant func(flags ...string) Peer

// Scale measures what two cores do: an ensemble on one worker, one on two, and two
// programs that run at the same time, all in turns and by the clock. On a machine
// with one core it returns nothing and says so.
func Scale(ctx context.Context, variant Variant, o Options) (rows []Scaling, note string, err error) {
	if runtime.NumCPU() < 2 {
		return nil, "two cores were not compared: there is one", nil
	}
	coin := rand.New(rand.NewPCG(o.Seed, 1))
	total, done := 2*o.Rounds*len(Processes), 0
	kept := map[string][]string{"outcomes": nil, "summary": {"--summary"}}
	type times struct{ workers, programs []float64 }
	of := map[Scaling]*times{}
	for _, process := range Processes {
		for _, keep := range []string{"outcomes", "summary"} {
			row := Scaling{Process: process, Keep: keep}
			rows, of[row] = append(rows, row), &times{}
		}
	}
	for round := range o.Rounds {
		for _, row := range rows {
			if o.Progress != nil {
				o.Progress(done, total, "two cores")
			}
			done++
			seed, flags := uint64(round)+1, kept[row.Keep]
			one, two := variant(flags...), variant(append([]string{"--workers", "2"}, flags...)...)
			var alone, both, first, second float64
			for _, turn := range coin.Perm(3) {
				switch turn {
				case 0:
					alone, err = one.clock(ctx, o, row.Process, seed)
				case 1:
					both, err = two.clock(ctx, o.anywhere(), row.Process, seed)
				case 2:
					first, second, err = one.twice(ctx, o, row.Process, seed)
				}
				if err != nil {
					return nil, "", err
				}
			}
			t := of[row]
			t.workers = append(t.workers, alone/both)
			t.programs = append(t.programs, alone/first+alone/second)
		}
	}
	for i, row := range rows {
		s := summary(of[row].workers)
		rows[i].Workers, rows[i].Low, rows[i].High = s.Center, s.Lo, s.Hi
		rows[i].Programs = summary(of[row].programs).Center
	}
	return rows, "", nil
}

// anywhere returns the options without a core.
func (o Options) anywhere() Options {
	o.Core = measure.AnyCore
	return o
}

// twice runs the program twice at the same time, once where the system likes.
func (p Peer) twice(ctx context.Context, o Options, process string, seed uint64) (first, second float64, err error) {
	var wg sync.WaitGroup
	var errFirst error
	wg.Go(func() { first, errFirst = p.clock(ctx, o, process, seed) })
	second, err = p.clock(ctx, o.anywhere(), process, seed)
	wg.Wait()
	return first, second, errors.Join(errFirst, err)
}

// clock returns the time of a run by the clock, in seconds.
func (p Peer) clock(ctx context.Context, o Options, process string, seed uint64) (float64, error) {
	values, note, err := p.measure(ctx, o, process, seed)
	if err != nil {
		return 0, err
	}
	if len(values[clockUnit]) != 1 {
		return 0, fmt.Errorf("%s printed no time by the clock %s", p.Name, note)
	}
	return values[clockUnit][0], nil
}
