package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sgdescape/model"
	"sgdescape/sim/escape"
	"sgdescape/sim/lane"
	"sgdescape/sim/sde"
	"sgdescape/sim/sgd"
	"sgdescape/verify"
	"sgdescape/verify/problem"
	"sgdescape/verify/report"
	"sgdescape/verify/stattest"
)

// intervalAlpha is the miss probability of the intervals of `simulate`.
const intervalAlpha = 0.05

// maxRuns is the largest number of runs: 3 GB of outcomes.
const maxRuns = 50_000_000

// simulateFlags are the flags of `simulate` besides those of the problem.
type simulateFlags struct {
	process, crossing, exit string
	checkpoint              string
	runs                    int
	horizon, dt             float64
}

func (f *simulateFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.process, "process", "", "sgd (discrete), sde (Eq. 13), sde-log (Eq. 15) or sde-exact (Eq. 4); required")
	flags.IntVar(&f.runs, "runs", 5000, "number of runs")
	flags.Float64Var(&f.horizon, "horizon", 1e5, "time t at which unfinished runs are censored")
	flags.Float64Var(&f.dt, "dt", 0, "step of an SDE; 0 for 1/250 of the relaxation time at the minimum")
	flags.StringVar(&f.crossing, "crossing", "corrected", "crossings between grid points of an SDE: corrected or grid")
	flags.StringVar(&f.checkpoint, "checkpoint", "", "`file` in which an interrupted simulation is kept, and from which the same command goes on; removed when it is finished")
	flags.StringVar(&f.exit, "exit", "beyond", "with a saddle: stop at the minimum beyond it, or at the \"saddle\"")
}

// simulation turns the flags into what is to be simulated.
func (f *simulateFlags) simulation(flags *pflag.FlagSet, g *globals) (problem.Simulation, error) {
	s := problem.Simulation{Process: problem.Process(f.process), Replicas: f.runs, Horizon: model.Time(f.horizon), Dt: f.dt,
		ToSaddle: f.exit == "saddle", Seed: g.seed, Workers: g.workers}
	d := model.CheckDomain("simulate").
		AtLeast(1, "--runs", f.runs).
		That(f.runs <= maxRuns, "--runs", f.runs, fmt.Sprintf("at most %d: the outcome of every run is kept in memory", maxRuns)).
		That(f.checkpoint != "" || !flags.Changed("checkpoint"), "--checkpoint", "empty", "a file").
		Positive("--horizon", f.horizon).
		That(f.exit == "beyond" || f.exit == "saddle", "--exit", fmt.Sprintf("%q", f.exit), "beyond or saddle")
	if flags.Changed("dt") {
		d.Positive("--dt", f.dt)
	}
	switch s.Process {
	case problem.SDE, problem.SDELog, problem.SDEExact:
		crossing, err := escape.ParseCrossing(f.crossing)
		s.Crossing = crossing
		d.Include(err)
	case problem.SGD:
		d.That(!flags.Changed("crossing"), "--crossing", f.crossing, "no such flag with --process sgd: a step that jumps the threshold is the exit")
		d.That(!flags.Changed("dt"), "--dt", f.dt, "no such flag with --process sgd: a step is eta long")
		s.Crossing = escape.Grid
	default:
		d.That(false, "--process", fmt.Sprintf("%q", f.process), "sgd, sde, sde-log or sde-exact")
	}
	return s, errors.Join(d.Err(), g.validate())
}

// simulated is the JSON of `simulate`. A bound that does not exist (no run
// left) is null. Exits, censored and unfinished runs make up all runs. Of an
// interrupted simulation, the runs under way are unfinished, but the time for which
// they were watched counts in the intervals, as that of censored ones does.
type simulated struct {
	Problem        string         `json:"problem"`
	Parameters     map[string]any `json:"parameters"`
	Process        string         `json:"process"`
	Seed           uint64         `json:"seed"`
	Runs           int            `json:"runs"`
	Horizon        float64        `json:"horizon"` // in whole steps, as it was used
	Exits          int            `json:"exits"`
	Censored       int            `json:"censored"` // watched to the horizon without leaving
	MFPT           *float64       `json:"mfpt"`
	MFPTLow        *float64       `json:"mfpt_low"`
	MFPTHigh       *float64       `json:"mfpt_high"`
	Rate           *float64       `json:"rate"` // 1/mfpt
	RateLow        *float64       `json:"rate_low"`
	RateHigh       *float64       `json:"rate_high"`
	Steps          int64          `json:"steps"`
	Seconds        float64        `json:"seconds"`
	StepsPerSecond float64        `json:"steps_per_second"`
	Interrupted    bool           `json:"interrupted,omitempty"`
	Unfinished     int            `json:"unfinished,omitempty"` // neither left nor watched to the horizon
	Note           string         `json:"note,omitempty"`       // what null stands for
	// Conditions tell of runs that do not leave at one rate, of a step too long for a
	// diffusion, and of a horizon too short.
	Conditions []model.Condition `json:"conditions,omitempty"`
}

func newSimulate(g *globals) *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate PROBLEM --process sgd|sde|sde-log|sde-exact",
		Short: "simulate exit times of one process",
		Long: `Simulate runs from the minimum until they leave, and print the mean
first-passage time and its inverse with 95 % intervals. Runs that have not left
by the horizon are censored: they count as time watched without an exit, and are
neither dropped nor averaged in; they take the rate to be the same from the
beginning on, so that the horizon must be long against the relaxation time. Where exit
times scatter more than those of runs that leave at one rate, the intervals are
wider by as much, and a condition says so. Times are in t = eta k. The rate of the command "rate" is another number, the decay of
the survival: it is larger than 1/mfpt where runs need a part of the mfpt before
the first can leave.`,
		Example: "  sgdescape simulate regression --d 1 --population --eta 0.1 --batch 1 --c 2 --process sgd\n" +
			"  sgdescape simulate doublewell --eta 0.05 --process sde-log --runs 20000 --json",
	}
	addProblems(cmd, f.register, func(cmd *cobra.Command, p problem.Problem) error {
		s, err := f.simulation(cmd.Flags(), g)
		if err != nil {
			return err
		}
		ensemble, err := p.Ensemble(s)
		if err != nil {
			return err
		}
		result, err := simulate(cmd.Context(), ensemble, f.checkpoint, cmd.ErrOrStderr())
		if result != nil {
			result.Problem, result.Parameters, result.Process, result.Seed = p.Name(), p.Parameters(), f.process, g.seed
			if diffusion, ok := ensemble.Process.(*sde.Process); ok {
				result.Conditions = append(result.Conditions, diffusion.StepConditions(ensemble.Start)...)
			}
			result.Conditions = append(result.Conditions, problem.HorizonConditions(p, model.Time(result.Horizon), result.Censored+result.Unfinished)...)
			if printErr := printSimulated(cmd.OutOrStdout(), g, p, s, *result); printErr != nil {
				return printErr
			}
		}
		if errors.Is(err, context.Canceled) {
			message := "interrupted: the numbers above are of the runs so far"
			var unsaved *saveError
			switch {
			case errors.As(err, &unsaved):
				message += "; " + unsaved.Error()
			case f.checkpoint != "":
				message += "; the same command goes on from " + f.checkpoint
			}
			return errors.New(message)
		}
		return err
	})
	return cmd
}

// A saveError is an interrupted simulation that could not be kept.
type saveError struct {
	file string
	err  error
}

func (e *saveError) Error() string { return fmt.Sprintf("they are not kept in %s: %v", e.file, e.err) }
func (e *saveError) Unwrap() error { return e.err }

// regular refuses a file that exists and is not one that can be replaced: a folder,
// or a device or a pipe.
func regular(flag, file string) error {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil
	case info.IsDir():
		return fmt.Errorf("%s is %q, a folder, want a file", flag, file)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is %q, a device or a pipe, want a regular file", flag, file)
	}
	return nil
}

// loadCheckpoint reads the checkpoint in the file, nil if there is none, and
// tells whether one can be written there before anything is simulated.
func loadCheckpoint(file string) (*escape.Checkpoint, error) {
	if err := regular("--checkpoint", file); err != nil {
		return nil, err
	}
	checkpoint, err := escape.LoadCheckpoint(file)
	switch {
	case errors.As(err, new(*fs.PathError)) && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("--checkpoint is %q, want a file that can be read: %w", file, cause(err))
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("--checkpoint is %q, want the whole file an interrupted run wrote (%w); without it the simulation starts over: rm %s", file, err, shellQuote(file))
	}
	probe, err := os.CreateTemp(filepath.Dir(file), ".probe-*")
	if err != nil {
		return nil, fmt.Errorf("--checkpoint is %q, want a file that can be written: %w", file, cause(err))
	}
	return checkpoint, errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// resume runs the ensemble, from the checkpoint in the file if there is one.
// An interrupted run is kept there; a finished one needs the file no more.
// It returns also the steps that were made before this call.
func resume(ctx context.Context, ensemble escape.Ensemble, file string) (result *escape.Result, before int64, err error) {
	if file == "" {
		result, err = ensemble.Run(ctx)
		return result, 0, err
	}
	checkpoint, err := loadCheckpoint(file)
	if err != nil {
		return nil, 0, err
	}
	if checkpoint != nil {
		for _, o := range checkpoint.Outcomes {
			before += int64(o.Steps)
		}
	}
	result, rest, err := ensemble.Resume(ctx, checkpoint)
	if mismatch := (*model.DomainError)(nil); errors.As(err, &mismatch) && mismatch.Subject == "checkpoint" {
		return nil, 0, otherCommand(file, ensemble.Process, mismatch.Fields[0].Value, mismatch.Fields[0].Want)
	}
	if rest != nil {
		if saveErr := rest.Save(file); saveErr != nil {
			err = errors.Join(err, &saveError{file, cause(saveErr)})
		}
		return result, before, err
	}
	if err == nil && checkpoint != nil {
		err = os.Remove(file)
	}
	return result, before, err
}

// A field is a part of the identity of an ensemble that a user knows, with what
// the user calls it.
type field struct{ key, name string }

// identityFields are the fields but for the step, which is eta in discrete SGD.
var identityFields = []field{
	{"n", "the dimension"}, {"corrected", "the correction of --crossing"},
	{"horizon", "--horizon"}, {"replicas", "--runs"}, {"seed", "--seed"},
}

// otherCommand is the error for a checkpoint of another simulation. It names
// what differs, as far as the two identities tell.
func otherCommand(file string, process escape.Process, stored, asked string) error {
	step := field{"step", "the step (of --dt, or of the curvature)"}
	if _, discrete := process.(*sgd.Process); discrete {
		step.name = "--eta"
	}
	var differ []string
	for _, f := range append([]field{step}, identityFields...) {
		value := regexp.MustCompile(`(?:^| )` + f.key + `=(\S+)`)
		was, is := value.FindStringSubmatch(stored), value.FindStringSubmatch(asked)
		if was != nil && is != nil && was[1] != is[1] {
			differ = append(differ, fmt.Sprintf("%s was %s and is %s", f.name, was[1], is[1]))
		}
	}
	if len(differ) == 0 {
		differ = []string{"another problem, process or exit, or other parameters"}
	}
	return fmt.Errorf("--checkpoint %s was made by another command line (%s), want the same one, or another file", file, strings.Join(differ, "; "))
}

// simulate runs the ensemble and summarises it. An interrupted run gives both a
// result and an error.
func simulate(ctx context.Context, ensemble escape.Ensemble, checkpoint string, errOut io.Writer) (*simulated, error) {
	bar := newMeter(errOut, "simulate")
	ensemble.Progress = func(done, total int) { bar.set(float64(done) / float64(total)) }
	start := time.Now()
	result, before, err := resume(ctx, ensemble, checkpoint)
	seconds := time.Since(start).Seconds()
	bar.finish()
	if result == nil {
		return nil, err
	}
	if result.Diverged > 0 {
		return nil, verify.Diverged(result, ensemble)
	}
	out := &simulated{Exits: result.Exits, Steps: result.Steps, Seconds: seconds,
		StepsPerSecond: float64(result.Steps-before) / seconds, Interrupted: err != nil}
	out.Runs, out.Horizon = ensemble.Replicas, usedHorizon(ensemble)
	for _, o := range result.Outcomes {
		if o.Censored && float64(o.Time) >= out.Horizon {
			out.Censored++
		}
	}
	out.Unfinished = out.Runs - out.Exits - out.Censored
	if result.Exposure > 0 {
		exits := stattest.Exits{Events: result.Exits, Exposure: float64(result.Exposure)}
		var scatter verify.Scatter
		scatter.Add(result)
		rate, mfpt := scatter.Widen(exits.RateInterval(intervalAlpha)), scatter.Widen(exits.MeanTimeInterval(intervalAlpha))
		out.Conditions = scatter.Conditions()
		out.Rate, out.RateLow, out.RateHigh = number(rate.Estimate), number(rate.Low), number(rate.High)
		out.MFPT, out.MFPTLow, out.MFPTHigh = number(mfpt.Estimate), number(mfpt.Low), number(mfpt.High)
	}
	if result.Exits == 0 {
		out.Note = noExit
	}
	return out, err
}

// noExit says what null stands for in the JSON of runs none of which has left.
const noExit = "no run left: null stands for a mean time that is not known and has no upper bound"

// usedHorizon is the time up to which runs are watched: a whole number of steps
// of a process that steps in t.
func usedHorizon(e escape.Ensemble) float64 {
	if e.Process.InLogTime() {
		return float64(e.Horizon)
	}
	return float64(lane.HorizonSteps(e.Process, float64(e.Horizon))) * e.Process.StepLength()
}

// number returns x, or nil where JSON has none.
func number(x float64) *float64 {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return nil
	}
	return &x
}

func printSimulated(out io.Writer, g *globals, p problem.Problem, s problem.Simulation, r simulated) error {
	if g.json {
		return report.JSON(out, r)
	}
	printProblem(out, p)
	unfinished := ""
	if r.Unfinished > 0 {
		unfinished = fmt.Sprintf(", %d unfinished", r.Unfinished)
	}
	fmt.Fprintf(out, "process %s, seed %d: %d exits, %d censored at t = %.6g%s\n",
		s.Process, s.Seed, r.Exits, r.Censored, r.Horizon, unfinished)
	fmt.Fprintf(out, "mfpt    %s  95 %% [%s, %s]\n", show(r.MFPT), show(r.MFPTLow), show(r.MFPTHigh))
	fmt.Fprintf(out, "1/mfpt  %s  95 %% [%s, %s]\n", show(r.Rate), show(r.RateLow), show(r.RateHigh))
	for _, c := range r.Conditions {
		fmt.Fprintln(out, wrap("condition "+c.Name+": "+c.Detail, 100, "  "))
	}
	_, err := fmt.Fprintf(out, "%d steps in %.2f s, %.3g steps/s\n", r.Steps, r.Seconds, r.StepsPerSecond)
	return err
}
