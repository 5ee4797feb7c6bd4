package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

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
is continued with --resume and ends in the same files as an uninterrupted one.`,
		Example: "  sgdescape verify\n  sgdescape verify --profile full --seed 7\n  sgdescape verify --claim eq16-limit --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			profile, err := verify.ProfileNamed(profileName)
			if err = errors.Join(err, g.validate()); err != nil {
				return err
			}
			claims, err := selectClaims(ids)
			if err != nil {
				return err
			}
			if err := report.Prepare(dir); err != nil {
				return err
			}
			opt := verify.Options{Profile: profile, Seed: g.seed, Workers: g.workers}
			if resume {
				if opt.Done, err = loadDone(dir, opt); err != nil {
					return err
				}
			}
			return judge(cmd, g, claims, opt, dir, teeth)
		},
	}
	cmd.Flags().StringVar(&profileName, "profile", "quick", "amount of work: short (seconds), quick (<= 3 min) or full (<= 30 min)")
	cmd.Flags().StringSliceVar(&ids, "claim", nil, "judge only these claims (see `sgdescape claims`)")
	cmd.Flags().StringVar(&dir, "report", "report", "folder of the report")
	cmd.Flags().BoolVar(&resume, "resume", false, "keep the claims an interrupted run with the same seed and profile has judged")
	cmd.Flags().BoolVar(&teeth, "teeth", false, "also hand every sabotage to the check that must notice it, and add the kill table")
	return cmd
}

// selectClaims chooses from the ledger; tests put another one in its place.
var selectClaims = verify.Select

func loadDone(dir string, opt verify.Options) (map[string]verify.Result, error) {
	if !report.Exists(dir) {
		return nil, nil
	}
	earlier, err := report.ReadVerdicts(dir)
	if err != nil {
		return nil, err
	}
	return earlier.Done(opt.Profile, opt.Seed)
}

// judge runs the claims, keeps the report up to date and prints the outcome.
func judge(cmd *cobra.Command, g *globals, claims []verify.Claim, opt verify.Options, dir string, teeth bool) error {
	bar := newMeter(cmd.ErrOrStderr(), "verify")
	var results []verify.Result
	var writeErr error
	ctx, cancel := context.WithCancelCause(cmd.Context())
	defer cancel(nil)
	opt.Started = func(c verify.Claim) { bar.describe(c.ID) }
	opt.Step = func(_ verify.Claim, f float64) { bar.set((float64(len(results)) + f) / float64(len(claims))) }
	opt.Finished = func(r verify.Result) {
		results = append(results, r)
		bar.set(float64(len(results)) / float64(len(claims)))
		if writeErr = report.WriteVerdicts(dir, verify.NewVerdicts(results, len(claims), opt)); writeErr != nil {
			cancel(writeErr)
		}
	}
	results, err := verify.Run(ctx, claims, opt)
	verdicts := verify.NewVerdicts(results, len(claims), opt)
	if err == nil && teeth {
		bar.describe("sabotages")
		var kills []verify.Kill
		kills, err = verify.KillTable(ctx, opt.Seed, opt.Workers)
		verdicts.AddKills(kills)
	}
	bar.finish()
	if writeErr == nil && (len(results) > 0 || err == nil) {
		writeErr = report.Write(dir, verdicts)
	}
	if printErr := printVerdicts(cmd.OutOrStdout(), g, verdicts, dir); printErr != nil {
		return printErr
	}
	if writeErr != nil {
		return writeErr
	}
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return fmt.Errorf("interrupted after %d of %d claims; the results so far are in %s, continue with --resume",
				len(results), len(claims), dir)
		}
		return err
	}
	if !verdicts.Expected {
		return errVerdict
	}
	return nil
}

func printVerdicts(out io.Writer, g *globals, v verify.Verdicts, dir string) error {
	if g.json {
		enc := json.NewEncoder(out)
		enc.SetIndent("", " ")
		return enc.Encode(v)
	}
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "claim\tequation\tcompared\teffect\tband\tverdict")
	expected := 0
	for _, c := range v.Claims {
		verdict := c.Verdict.String()
		switch {
		case c.Problem != "":
			verdict += " (!)"
		case c.Verdict != c.Expected:
			verdict += " (too few runs)"
			expected++
		default:
			expected++
		}
		fmt.Fprintf(tw, "%s\t%s\t%s | %s\t%.4g [%.4g, %.4g]\t%v\t%s\n", c.ID, c.Equation, c.Left, c.Right,
			c.Effect.Value, c.Effect.Low, c.Effect.High, c.Band, verdict)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	var problems strings.Builder
	for _, c := range v.Claims {
		if c.Problem != "" {
			fmt.Fprintf(&problems, "(!) %s: %s\n    reproduce: %s\n", c.ID, c.Problem, c.Reproduce)
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
	_, err := fmt.Fprintf(out, "\n%s%d of %d verdicts as expected; profile %s, seed %d; false alarms <= %.2g; report in %s\n",
		problems.String(), expected, len(v.Claims), v.Profile, v.Seed, v.Spent, dir)
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
				}
				lines := []line{}
				for _, c := range verify.Ledger() {
					lines = append(lines, line{c.ID, c.Equation, c.Statement, c.Left, c.Right, c.Band, c.Reason, c.Expected})
				}
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", " ")
				return enc.Encode(lines)
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
