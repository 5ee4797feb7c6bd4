package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"unicode"

	"github.com/spf13/cobra"

	"sgdescape/verify"
	"sgdescape/verify/report"
)

func newVerify(g *globals) *cobra.Command {
	var (
		profileName, dir string
		ids              []string
		resume, teeth    bool
	)
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "judge the claims and write the report",
		Long: `Judge the claims of the ledger, one after the other, and write DIR/index.html
and DIR/verdicts.json. Results are stored after every claim: an interrupted run
is continued with --resume and ends in the same files as an uninterrupted one.
What another build of this program has judged is judged anew.

Exit code 0: every verdict is the expected one. 1: a verdict changed, or a
sabotage survived. 2: the run could not be made or finished, or left claims
undecided. The short profile has few runs: there undecided claims are normal, and
leave the exit code at 0.

With --claim nothing is written unless --report names a folder. With --resume
the claims stored there stay, asked for or not.`,
		Example: "  sgdescape verify\n  sgdescape verify --profile full --seed 7\n  sgdescape verify --claim eq16-limit --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			profile, err := verify.ProfileNamed(profileName)
			if err = errors.Join(err, g.validate()); err != nil {
				return err
			}
			if cmd.Flags().Changed("claim") {
				if ids, err = claimIDs(ids); err != nil {
					return err
				}
				if !cmd.Flags().Changed("report") {
					dir = ""
				}
			}
			if cmd.Flags().Changed("report") && dir == "" {
				return errors.New("--report is empty, want a folder")
			}
			if resume && dir == "" {
				return errors.New("--resume with --claim: want also --report, the folder with the results to go on from")
			}
			opt := verify.Options{Profile: profile, Seed: g.seed, Workers: g.workers}
			if opt.Program, err = fingerprint(); err != nil {
				return err
			}
			var stored []string
			if resume {
				if opt.Done, stored, err = loadDone(dir, opt, cmd.ErrOrStderr()); err != nil {
					return err
				}
			}
			asked := ids
			if len(asked) > 0 {
				asked = append(stored, ids...) // what is stored stays
			}
			claims, err := selectClaims(asked)
			if err != nil {
				return err
			}
			if dir != "" {
				if err := report.Prepare(dir); err != nil {
					return fmt.Errorf("--report is %q, want a folder that can be written: %w", dir, cause(err))
				}
			}
			again := continuation(g, profile, ids, dir, teeth)
			return judge(cmd, g, claims, opt, dir, teeth, again)
		},
	}
	cmd.Flags().StringVar(&profileName, "profile", "quick", "amount of work: short (seconds), quick (<= 3 min) or full (<= 30 min)")
	cmd.Flags().StringSliceVar(&ids, "claim", nil, "judge only the claims with these `ids`, as \"sgdescape claims\" lists them")
	cmd.Flags().StringVar(&dir, "report", "report", "`folder` of the report; none is written with --claim unless this flag is given")
	cmd.Flags().BoolVar(&resume, "resume", false, "keep the claims an interrupted run with the same seed and profile has judged")
	cmd.Flags().BoolVar(&teeth, "teeth", false, "also hand every sabotage to the check that must notice it, and add the kill table")
	return cmd
}

// selectClaims chooses from the ledger and killTable judges the sabotages; tests
// put others in their place.
var (
	selectClaims = verify.Select
	killTable    = verify.KillTable
)

// fingerprint is the start of the SHA-256 of this program's own file.
var fingerprint = sync.OnceValues(func() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("this program does not find its own file: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("this program cannot read its own file: %w", err)
	}
	hash := sha256.New()
	_, err = io.Copy(hash, file)
	return fmt.Sprintf("%.16x", hash.Sum(nil)), errors.Join(err, file.Close())
})

// loadDone returns the results in the folder and the claims they belong to. Of
// the results of another build, which may be wrong now, only the claims are
// returned that the ledger still has; it is said that they are judged anew.
func loadDone(dir string, opt verify.Options, complaints io.Writer) (done map[string]verify.Result, stored []string, err error) {
	if !report.Exists(dir) {
		return nil, nil, nil
	}
	earlier, err := report.ReadVerdicts(dir)
	file := filepath.Join(dir, report.VerdictsFile)
	switch {
	case errors.As(err, new(*fs.PathError)):
		return nil, nil, fmt.Errorf("--resume: %s is no file that can be read: %w, want the file an earlier run wrote", file, cause(err))
	case err != nil:
		return nil, nil, fmt.Errorf("--resume: %w; without --resume every claim is judged anew and the file replaced (to keep it: mv %s %s)",
			err, shellQuote(file), shellQuote(file+".broken"))
	}
	if done, err = earlier.Done(opt.Profile, opt.Seed); err != nil {
		return nil, nil, err
	}
	stored = sortedKeys(done)
	if earlier.Program == opt.Program {
		return done, stored, nil
	}
	fmt.Fprintf(complaints, "sgdescape: --resume: another build of this program judged the %d claims in %s; they are judged anew\n", len(stored), dir)
	ledger := verify.Ledger()
	return nil, slices.DeleteFunc(stored, func(id string) bool {
		return !slices.ContainsFunc(ledger, func(c verify.Claim) bool { return c.ID == id })
	}), nil
}

// continuation is the command line that goes on with an interrupted run.
func continuation(g *globals, profile verify.Profile, ids []string, dir string, teeth bool) string {
	words := []string{startedAs(os.Args[0]), "verify", "--profile", profile.Name, "--seed", fmt.Sprint(g.seed)}
	if len(ids) > 0 {
		words = append(words, "--claim", strings.Join(ids, ","))
	}
	words = append(words, "--report", shellQuote(dir))
	if teeth {
		words = append(words, "--teeth")
	}
	return strings.Join(append(words, "--resume"), " ")
}

// startedAs is how a shell starts this program, which is seldom on the PATH,
// again. The file that go run built is gone by then.
func startedAs(arg0 string) string {
	if strings.Contains(arg0, "go-build") && filepath.Base(filepath.Dir(arg0)) == "exe" {
		return "go run ./verify/cmd/sgdescape"
	}
	return shellQuote(arg0)
}

// shellQuote quotes a word for a shell where that is needed.
func shellQuote(word string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._-/+=:,@%", r)
	}
	if word != "" && strings.TrimFunc(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// judge runs the claims, keeps the report in dir up to date unless dir is
// empty, and prints the outcome; again is the command line that goes on.
func judge(cmd *cobra.Command, g *globals, claims []verify.Claim, opt verify.Options, dir string, teeth bool, again string) error {
	bar := newMeter(cmd.ErrOrStderr(), "verify")
	var results []verify.Result
	var writeErr error
	kept := len(opt.Done) // results in the folder
	ctx, cancel := context.WithCancelCause(cmd.Context())
	defer cancel(nil)
	opt.Started = func(c verify.Claim) { bar.describe(c.ID) }
	opt.Step = func(_ verify.Claim, f float64) { bar.set((float64(len(results)) + f) / float64(len(claims))) }
	opt.Finished = func(r verify.Result) {
		results = append(results, r)
		bar.set(float64(len(results)) / float64(len(claims)))
		if dir == "" {
			return
		}
		if writeErr = report.WriteVerdicts(dir, verify.NewVerdicts(results, len(claims), opt)); writeErr != nil {
			cancel(writeErr)
			return
		}
		kept = len(results)
	}
	results, err := verify.Run(ctx, claims, opt)
	verdicts := verify.NewVerdicts(results, len(claims), opt)
	var red *verify.RedError
	if err == nil && teeth {
		bar.describe("sabotages")
		var kills []verify.Kill
		kills, err = killTable(ctx, opt.Seed, opt.Workers)
		verdicts.AddKills(kills)
		if err != nil {
			verdicts.SkipTeeth(err)
		}
		if errors.As(err, &red) {
			err = nil
		}
	}
	verdicts.Expected = verdicts.Expected && err == nil
	bar.finish()
	if dir != "" && writeErr == nil && (len(results) > 0 || err == nil) {
		writeErr = report.Write(dir, verdicts)
	}
	where := "report in " + dir
	switch {
	case dir == "":
		where = "no report written: --claim without --report"
	case writeErr != nil:
		where = "no report written"
	}
	if printErr := printVerdicts(cmd.OutOrStdout(), g, verdicts, where); printErr != nil {
		return printErr
	}
	if red != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "sgdescape: teeth skipped: %s\n", verdicts.Skipped.Reason)
	}
	if writeErr != nil {
		return unwritten(dir, writeErr, kept, len(claims), again)
	}
	if err != nil {
		if errors.Is(err, context.Canceled) {
			where := fmt.Sprintf("after %d of %d claims", len(results), len(claims))
			if len(results) == len(claims) {
				where = "while the sabotages were judged"
			}
			if dir == "" {
				return fmt.Errorf("interrupted %s; no report was written", where)
			}
			return fmt.Errorf("interrupted %s; the results so far are in %s, continue with: %s", where, dir, again)
		}
		return err
	}
	survivors := slices.ContainsFunc(verdicts.Kills, func(k verify.Kill) bool { return !k.Killed })
	switch {
	case verdicts.Counts.Changed > 0 || survivors || red != nil:
		return errVerdict
	case verdicts.Counts.Undecided > 0 && opt.Profile.Name != verify.Short.Name:
		return fmt.Errorf("%d of %d claims are undecided: too few runs", verdicts.Counts.Undecided, len(claims))
	}
	return nil
}

// unwritten is the error of a report that could not be written: of the claims,
// the results of so many are kept in the folder, to go on from.
func unwritten(dir string, err error, kept, claims int, again string) error {
	err = fmt.Errorf("--report is %q, want a folder that can be written: %w", dir, cause(err))
	if kept == 0 {
		return err
	}
	return fmt.Errorf("%w; the results of %d of %d claims are in %s, continue with: %s", err, kept, claims, filepath.Join(dir, report.VerdictsFile), again)
}

// printVerdicts prints the table and the summary, which ends with where the
// report is.
func printVerdicts(out io.Writer, g *globals, v verify.Verdicts, where string) error {
	if g.json {
		return report.JSON(out, v)
	}
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	numerical := false
	fmt.Fprintln(tw, "claim\tequation\tcompared\teffect\tband\tverdict")
	for _, c := range v.Claims {
		verdict := c.Verdict.String()
		switch {
		case c.TooFewRuns:
			verdict += " (too few runs)"
		case c.Problem != "":
			verdict += " (!)"
		}
		mark := ""
		if c.Effect.Alpha == 0 {
			mark, numerical = " *", true
		}
		fmt.Fprintf(tw, "%s\t%s\t%s | %s\t%.4g [%.4g, %.4g]%s\t%v\t%s\n", c.ID, c.Equation, c.Left, c.Right,
			c.Effect.Value, c.Effect.Low, c.Effect.High, mark, c.Band, verdict)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	var problems strings.Builder
	if numerical {
		fmt.Fprintln(&problems, "* chance has no part: the interval is that of the numerical error only")
	}
	for _, c := range v.Claims {
		mark := "(!)"
		if c.TooFewRuns {
			mark = "(?)"
		}
		if c.Problem != "" {
			fmt.Fprintf(&problems, "%s %s: %s\n    reproduce: %s\n", mark, c.ID, c.Problem, c.Reproduce)
		}
	}
	killed := 0
	for _, k := range v.Kills {
		if k.Killed {
			killed++
		} else {
			fmt.Fprintf(&problems, "(!) sabotage %q survived %s: %s\n", k.Sabotage, k.By, k.Finding)
		}
	}
	if len(v.Kills) > 0 {
		fmt.Fprintf(&problems, "%d of %d sabotages caught\n", killed, len(v.Kills))
	}
	_, err := fmt.Fprintf(out, "\n%s%d of %d claims judged: %d as expected, %d undecided (too few runs), %d changed; profile %s, seed %d; false alarms <= %.2g; %s\n",
		problems.String(), len(v.Claims), v.Asked, v.Counts.Expected, v.Counts.Undecided, v.Counts.Changed, v.Profile, v.Seed, v.Spent, where)
	return err
}

func newClaims(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "claims",
		Short: "list the claims of the ledger",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if g.json {
				type line struct {
					ID        string         `json:"id"`
					Equation  string         `json:"equation"`
					Statement string         `json:"statement"`
					Left      string         `json:"left"`
					Right     string         `json:"right"`
					Band      verify.Band    `json:"band"`
					Reason    string         `json:"reason"`
					Expected  verify.Verdict `json:"expected"`
					Cause     string         `json:"cause,omitempty"`  // of a known disagreement
					Pinned    *verify.Band   `json:"pinned,omitempty"` // where its size must lie
				}
				lines := []line{}
				for _, c := range verify.Ledger() {
					l := line{c.ID, c.Equation, c.Statement, c.Left, c.Right, c.Band, c.Reason, c.Expected, c.Cause, nil}
					if c.Pinned != (verify.Band{}) {
						l.Pinned = &c.Pinned
					}
					lines = append(lines, l)
				}
				return report.JSON(cmd.OutOrStdout(), lines)
			}
			tw := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(tw, "claim\tequation\texpected\tstatement")
			for _, c := range verify.Ledger() {
				fmt.Fprintf(tw, "%s\t%s\t%v\t%s\n", c.ID, c.Equation, c.Expected, c.Statement)
			}
			return tw.Flush()
		},
	}
}
