package peers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/perf/benchmath"

	"sgdescape/benchmarks/measure"
)

// A Row is one peer on one process.
type Row struct {
	Peer    string  `json:"peer"`
	Process string  `json:"process"`
	NsStep  float64 `json:"ns_per_step"` // median over rounds
	Low     float64 `json:"ns_low"`      // 95 % interval of the median
	High    float64 `json:"ns_high"`
	Factor  float64 `json:"factor"` // median over rounds of the time over this module's
}

// Options say how often and how long.
type Options struct {
	Core     measure.Core
	Rounds   int
	Exits    int    // of each run
	Seed     uint64 // of the order; runs use seeds 1, 2, …
	Progress func(done, total int, what string)
}

// skipped is the exit code of a program that cannot run here.
const skipped = 77

// Run lets the peers take turns. A peer that disagrees with the exact answer is
// an error; one that cannot run here becomes a note. When ctx is cancelled it
// returns the rounds that are complete, with a note, and an error if there are
// none.
func Run(ctx context.Context, peers []Peer, o Options) (rows []Row, notes []string, err error) {
	coin := rand.New(rand.NewPCG(o.Seed, 0))
	times := map[string]map[string][]float64{} // process -> peer -> ns/step
	for _, process := range Processes {
		times[process] = map[string][]float64{}
	}
	out := map[string]bool{}
	total := o.Rounds * len(peers) * len(Processes)
	done := 0
rounds:
	for round := range o.Rounds {
		for _, process := range Processes {
			for _, i := range coin.Perm(len(peers)) {
				p := peers[i]
				if o.Progress != nil {
					o.Progress(done, total, p.Name)
				}
				done++
				if out[p.Name] {
					continue
				}
				ns, note, err := p.run(ctx, o, process, uint64(round)+1)
				if ctx.Err() != nil && round > 0 {
					notes = append(notes, fmt.Sprintf("interrupted after %d of %d rounds", round, o.Rounds))
					keep(times, round)
					break rounds
				}
				if err != nil {
					return nil, nil, err
				}
				if note != "" {
					out[p.Name] = true
					notes = append(notes, fmt.Sprintf("%s skipped: %s", p.Name, note))
					continue
				}
				times[process][p.Name] = append(times[process][p.Name], ns)
			}
		}
	}
	for _, process := range Processes {
		for _, p := range peers {
			if ns := times[process][p.Name]; len(ns) > 0 {
				rows = append(rows, newRow(p.Name, process, ns, times[process][own]))
			}
		}
	}
	return rows, notes, nil
}

// keep drops the values of a round that is not complete.
func keep(times map[string]map[string][]float64, rounds int) {
	for _, ofPeer := range times {
		for peer, ns := range ofPeer {
			ofPeer[peer] = ns[:min(rounds, len(ns))]
		}
	}
}

func newRow(name, process string, ns, ours []float64) Row {
	factors := make([]float64, len(ns))
	for i := range ns {
		factors[i] = ns[i] / ours[i]
	}
	s := summary(ns)
	return Row{Peer: name, Process: process, NsStep: s.Center, Low: s.Lo, High: s.Hi, Factor: summary(factors).Center}
}

func summary(values []float64) benchmath.Summary {
	return benchmath.AssumeNothing.Summary(benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds), 0.95)
}

// run returns the processor time of a step, or why the program cannot run here.
func (p Peer) run(ctx context.Context, o Options, process string, seed uint64) (ns float64, note string, err error) {
	values, note, err := p.measure(ctx, o, process, seed)
	if err != nil || note != "" {
		return 0, note, err
	}
	return 1e9 * values["sec/step"][0], "", nil
}

// measure returns what the program prints, by unit, or why it cannot run here.
func (p Peer) measure(ctx context.Context, o Options, process string, seed uint64) (values map[string][]float64, note string, err error) {
	args := append(slices.Clone(p.command[1:]), process, fmt.Sprint(o.Exits), fmt.Sprint(seed))
	cmd := measure.Command(ctx, p.command[0], args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := o.Core.Start(cmd); err != nil {
		return nil, "", err
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		return nil, "", ctx.Err()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == skipped {
		return nil, strings.TrimSpace(stderr.String()), nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w: %s", p.Name, err, stderr.String())
	}
	results, err := measure.ReadResults(&stdout, p.Name)
	if err != nil {
		return nil, "", err
	}
	if len(results.Names) != 1 {
		return nil, "", fmt.Errorf("%s printed %d results", p.Name, len(results.Names))
	}
	values = results.Values[results.Names[0]]
	for _, unit := range []string{"sec/step", "mean-steps", "mean-steps-error"} {
		if len(values[unit]) != 1 {
			return nil, "", fmt.Errorf("%s on %s printed %v, want one value of %s > 0", p.Name, process, values, unit)
		}
	}
	mean, stdErr := values["mean-steps"][0], values["mean-steps-error"][0]
	if z := exact[process].distance(mean, stdErr); !(z <= 6) {
		return nil, "", fmt.Errorf("%s on %s: %v steps an exit, exact %v: off by %.1f standard errors", p.Name, process, mean, exact[process].steps, z)
	}
	return values, "", nil
}

// distance returns how many standard errors a measured mean is off.
func (m mean) distance(steps, stdErr float64) float64 {
	return math.Abs(steps-m.steps) / math.Hypot(stdErr, m.stdErr)
}

// A Report is what is kept of a comparison.
type Report struct {
	Machine Machine `json:"machine"`
	Rounds  int     `json:"rounds"`
	Exits   int     `json:"exits_per_run"`
	Rows    []Row   `json:"rows"`
	// TwoCores has as many exits a run as [CoreExits].
	TwoCores []Scaling `json:"two_cores,omitempty"`
	Notes    []string  `json:"notes,omitempty"`
}

// WriteMarkdown writes the table and what is needed to read it.
func (r Report) WriteMarkdown(w io.Writer) error {
	if err := WriteTable(w, r.Rows); err != nil {
		return err
	}
	m := r.Machine
	_, err := fmt.Fprintf(w, "\n%s, one core, %s, %s. Median of %d rounds of %d exits each.\n",
		m.Processor, m.Go, m.Compiler, r.Rounds, r.Exits)
	if err == nil {
		err = writeScaling(w, r.TwoCores)
	}
	for _, n := range r.Notes {
		if err == nil {
			_, err = fmt.Fprintf(w, "Note: %s.\n", n)
		}
	}
	return err
}

// writeScaling writes what two cores do.
func writeScaling(w io.Writer, rows []Scaling) error {
	if len(rows) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprint(t, "\n| two cores\t| kept\t| two workers\t| 95 % interval\t| two programs\t|\n|---\t|---\t|---\t|---\t|---\t|\n")
	for _, r := range rows {
		fmt.Fprintf(t, "| %s\t| %s\t| %.2f\t| %.2f .. %.2f\t| %.2f\t|\n", r.Process, r.Keep, r.Workers, r.Low, r.High, r.Programs)
	}
	fmt.Fprintf(t, "\nTimes the work of one worker on one core, %d exits each; two programs share nothing but the machine.\n", CoreExits)
	return t.Flush()
}

// WriteTable writes the rows as a Markdown table, which a terminal shows well
// enough: one line a peer, fastest of the first process first.
func WriteTable(w io.Writer, rows []Row) error {
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	head, rule := "| peer\t", "|---\t"
	for _, process := range Processes {
		head += "| " + process + " ns/step\t| factor\t"
		rule += "|---\t|---\t"
	}
	fmt.Fprintf(t, "%s|\n%s|\n", head, rule)
	cell := func(peer, process string) string {
		for _, r := range rows {
			if r.Peer == peer && r.Process == process {
				return fmt.Sprintf("| %.2f\t| %.1f\t", r.NsStep, r.Factor)
			}
		}
		return "| -\t| -\t"
	}
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b Row) int { return int(math.Copysign(1, a.NsStep-b.NsStep)) })
	for _, r := range sorted {
		if r.Process == Processes[0] {
			fmt.Fprintf(t, "| %s\t", r.Peer)
			for _, process := range Processes {
				fmt.Fprint(t, cell(r.Peer, process))
			}
			fmt.Fprintln(t, "|")
		}
	}
	return t.Flush()
}
