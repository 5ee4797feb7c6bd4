package verify

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/sim/sde"
	"sgdescape/theory/firstpassage"
	"sgdescape/verify/problem"
)

var errBroken = errors.New("broken on purpose")

// sampled are the claims that simulate; the others do without these parts, and
// take longer to say so.
func sampled(c Claim) bool { return c.Share > 0 }

func every(Claim) bool { return true }

// among are the claims with the given beginnings.
func among(prefixes ...string) func(Claim) bool {
	return func(c Claim) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(c.ID, p) })
	}
}

// failures make one part fail outright, and say which claims to hand it to.
var failures = map[string]struct {
	fail   func(*Parts)
	claims func(Claim) bool
}{
	"noise of Eq. 6": {func(p *Parts) {
		p.LossProportional = func(landscape.Landscape, mat.Symmetric, int) (noise.Model, error) { return nil, errBroken }
	}, sampled},
	"noise of Eq. 8": {func(p *Parts) {
		p.ExactCovariance = func(noise.Samples, model.SGD) (noise.Model, error) { return nil, errBroken }
	}, among("eq8", "eq6")},
	"diffusion": {func(p *Parts) { p.SDE = func(sde.Config) (escape.Process, error) { return nil, errBroken } }, sampled},
	"SGD": {func(p *Parts) {
		p.SGD = func(landscape.Landscape, model.SGD) (escape.Process, error) { return nil, errBroken }
	}, sampled},
	"ensemble": {func(p *Parts) {
		p.Run = func(context.Context, escape.Ensemble) (*escape.Result, error) { return nil, errBroken }
	}, sampled},
	"levels": {func(p *Parts) {
		p.Levels = func(context.Context, problem.Problem) (problem.Levels, []model.Condition, error) {
			return nil, nil, errBroken
		}
	}, every},
	"radial integral": {func(p *Parts) {
		p.RadialMeanTime = func(firstpassage.Radial) (float64, error) { return 0, errBroken }
	}, among("t1-radial", "eq19", "eq17-slope")},
}

// TestFailuresAreNamed: a part that fails gives an error that names the claim
// and the cause, and never a verdict or a panic. The context has ended, so
// that claims which do not use the part stop, too.
func TestFailuresAreNamed(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, f := range failures {
		t.Run(name, func(t *testing.T) {
			parts := TrueParts()
			f.fail(&parts)
			runner := NewRunner(Options{Profile: Short, Seed: 1, Parts: parts})
			broken := 0
			for _, claim := range Ledger() {
				if !f.claims(claim) {
					continue
				}
				_, err := runner.Judge(ctx, claim)
				if errors.Is(err, errBroken) {
					broken++
				}
				if err != nil && !strings.Contains(err.Error(), claim.ID) {
					t.Errorf("claim %s: the error does not name it: %v", claim.ID, err)
				}
				if err != nil && !errors.Is(err, errBroken) && !errors.Is(err, context.Canceled) {
					t.Errorf("claim %s: %v", claim.ID, err)
				}
			}
			if broken == 0 {
				t.Error("no claim noticed")
			}
		})
	}
}

func TestProfileNamed(t *testing.T) {
	for _, p := range []Profile{Short, Quick, Full} {
		if got, err := ProfileNamed(p.Name); err != nil || got != p {
			t.Errorf("ProfileNamed(%q) = %v, %v", p.Name, got, err)
		}
	}
	if _, err := ProfileNamed("slow"); !errors.Is(err, model.ErrDomain) {
		t.Errorf("an unknown profile gives %v, want an error of the domain", err)
	}
}

// TestProgress: claims report how far they are, from 0 to 1.
func TestProgress(t *testing.T) {
	var last float64
	opt := Options{Profile: Short, Seed: 1, Step: func(_ Claim, fraction float64) {
		if fraction < 0 || fraction > 1 {
			t.Errorf("progress is %v", fraction)
		}
		last = fraction
	}}
	claims, err := Select([]string{"eq17-limit-n1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), claims, opt); err != nil || last != 1 {
		t.Errorf("progress ends at %v, error %v; want 1", last, err)
	}
}
