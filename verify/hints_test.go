package verify_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
	"sgdescape/model/noise"
	"sgdescape/sim/escape"
	"sgdescape/theory/rate"
	"sgdescape/verify"
	"sgdescape/verify/stattest"
)

// doubleWell is the double well with its noise of Eq. 6, T = 8 eta.
func doubleWell(t *testing.T, eta, floor float64) verify.Setup {
	t.Helper()
	l := must(landscape.NewDoubleWell(floor, 1, 1))
	sigma := must(noise.NewLossProportional(l, verify.MinimumHessian(l), 1))
	return verify.Setup{Landscape: l, Noise: sigma, LearningRate: eta, Dt: 0.01}
}

// TestHints: the law kappa of the setup is spoilt by the slip that a hint
// names, and the judgement names it and not its reverse.
func TestHints(t *testing.T) {
	const eta, floor = 0.07, 0.37
	passage, exit := doubleWell(t, eta, floor), threshold(t)
	exit.LearningRate = 0.3
	const exitFloor = 0.4
	for _, c := range []struct {
		name    string
		setup   verify.Setup
		slip    float64 // law / kappa
		want    string
		reverse string
	}{
		{"per step", passage, eta, "1/eta = 14.3: the law looks like a rate per step", "divided by eta"},
		{"divided by eta", passage, 1 / eta, "eta = 0.07: the law looks divided by eta", "per step"},
		{"left in tau", passage, 1 / floor, "L* = 0.37: the law looks like a rate per unit of the internal time", "wrong way"},
		{"wrong way", passage, 1 / (floor * floor), "L*^2 = 0.137: the law looks turned from tau to t the wrong way", "once too often"},
		{"multiplied by L* again", passage, floor, "1/L* = 2.7: the law looks multiplied by L* once too often", "internal time"},
		{"reaching the saddle", passage, 2, "1/2: the law looks like the rate of reaching the saddle", "halved"},
		{"halved", passage, 0.5, "2: the law looks halved", "reaching the saddle"},
		{"per step, threshold", exit, 0.3, "1/eta = 3.33: the law looks like a rate per step", "divided by eta"},
		{"left in tau, threshold", exit, 1 / exitFloor, "L* = 0.4: the law looks like a rate per unit of the internal time", "wrong way"},
	} {
		t.Run(c.name, func(t *testing.T) {
			law := verify.Rate(c.slip * math.Exp(must(c.setup.Exact()).LogEscapeRate()))
			j := must(verify.Trial{}.Judge(context.Background(), c.setup, law, verify.Within(0.05)))
			all := strings.Join(j.Hints, "\n")
			if j.Verdict != verify.Disagrees || !strings.Contains(all, "simulated/predicted may be "+c.want) || strings.Contains(all, c.reverse) {
				t.Errorf("%v\nhints:\n%s\nwant one that says %q, none that says %q", j, all, c.want, c.reverse)
			}
		})
	}
}

// TestHintsOfTheSaddle: the rate of reaching the saddle is simulated, and is
// twice that of passing it, as the hint has it.
func TestHintsOfTheSaddle(t *testing.T) {
	s := doubleWell(t, 0.04, 0.5)
	runs := must(escape.Ensemble{Process: must(s.WithStep(s.Dt, 1, wellStep(s))).Process, Start: []float64{-1},
		Exit: escape.BeyondPlane([]float64{1}, 0), Horizon: 1e4, Replicas: 1024}.Run(context.Background()))
	reaching := verify.Exits(runs).Rate()
	j := must(verify.Trial{}.Judge(context.Background(), s, verify.Rate(reaching), verify.Within(0.1)))
	if !strings.Contains(fmt.Sprint(j.Hints), "1/2: the law looks like the rate of reaching the saddle") {
		t.Errorf("%v\nhints %q", j, j.Hints)
	}
}

func wellStep(s verify.Setup) func() verify.Step {
	return func() verify.Step {
		grad := []float64{0}
		return func(theta, normals []float64) {
			loss := s.Landscape.Loss(theta)
			s.Landscape.Grad(grad, theta)
			theta[0] += -grad[0]*s.Dt + math.Sqrt(s.LearningRate*2*loss*8*s.Dt)*normals[0]
		}
	}
}

// TestReject_Hints: a law that is off by a factor of no slip gets no hint.
func TestReject_Hints(t *testing.T) {
	s := doubleWell(t, 0.07, 0.37)
	kappa := math.Exp(must(s.Exact()).LogEscapeRate())
	for _, factor := range []float64{1.4, 0.7, 1e3, 1e-3} {
		j := must(verify.Trial{}.Judge(context.Background(), s, verify.Rate(kappa*factor), verify.Within(0.05)))
		if j.Verdict != verify.Disagrees || len(j.Hints) != 0 {
			t.Errorf("a factor %v: %v, hints %q", factor, j, j.Hints)
		}
	}
}

// TestHintsOfTheExit: a law of the catalogue that is about another exit is told,
// and the right one is not.
func TestHintsOfTheExit(t *testing.T) {
	const eta = 0.07
	passage := doubleWell(t, eta, 0.5)
	threshold := passage
	threshold.LossRatio = 3
	saddle := rate.OneOutlier{OutlierCurvature: 8, EscapeCurvature: 4, LossRatio: 3, Temperature: 8 * eta, LearningRate: eta}
	level := rate.Threshold{OutlierCount: 1, OutlierCurvature: 8, LossRatio: 3, Temperature: 8 * eta, LearningRate: eta}
	for _, c := range []struct {
		name  string
		setup verify.Setup
		law   verify.RateLaw
		want  string
	}{
		{"saddle law of a threshold", threshold, saddle, "The law rate.OneOutlier is for passing a saddle"},
		{"saddle law in t of a threshold", threshold, rate.InTime{Internal: saddle, MinimumLoss: 0.5}, "The law rate.OneOutlier is for passing a saddle"},
		{"saddle law of a saddle", passage, saddle, ""},
		{"threshold law of a saddle", passage, level, "The law rate.Threshold is for the exit through a loss threshold"},
		{"threshold law of a threshold", threshold, level, ""},
	} {
		// No rate is within the band.
		j := must(verify.Trial{}.Judge(context.Background(), c.setup, c.law, verify.Band{Low: 1e6, High: 1e7}))
		all := strings.Join(j.Hints, "\n")
		if j.Verdict != verify.Disagrees || !strings.Contains(all, c.want) || c.want == "" && strings.Contains(all, "The law rate.") {
			t.Errorf("%s: %v, hints %q, want one that says %q", c.name, j, all, c.want)
		}
	}
}

// TestSeveralHints: with L* = 1/2 a law left in tau has the factor of one for
// reaching the saddle, and the message says that it cannot tell.
func TestSeveralHints(t *testing.T) {
	s := doubleWell(t, 0.04, 0.5)
	law := verify.Rate(2 * math.Exp(must(s.Exact()).LogEscapeRate()))
	var r recorder
	j := verify.Escape(&r, s, law, verify.Within(0.1))
	if len(j.Hints) != 2 || !strings.Contains(r.message, "cannot be told apart") {
		t.Errorf("hints %q, message %q", j.Hints, r.message)
	}
	s = doubleWell(t, 0.04, 0.37)
	var one recorder
	if j := verify.Escape(&one, s, law, verify.Within(0.1)); len(j.Hints) > 1 || strings.Contains(one.message, "cannot be told apart") {
		t.Errorf("hints %q, message %q", j.Hints, one.message)
	}
}

// TestExactIsNamedInOneDimension: the message points to the exact law where
// there is one.
func TestExactIsNamedInOneDimension(t *testing.T) {
	one := doubleWell(t, 0.04, 0.5)
	channel := must(landscape.NewChannel(landscape.ChannelParameters{Dim: 2, Floor: 0.5, Height: 1, Width: 1, KMin: 8, KSaddle: 8}))
	two := verify.Setup{Landscape: channel, Noise: must(noise.NewIsotropic(2, 0.4, 0.1)), LearningRate: 0.1, Dt: 0.01}
	for _, c := range []struct {
		name  string
		setup verify.Setup
		want  bool
	}{{"n = 1", one, true}, {"n = 2", two, false}} {
		var r recorder
		j := verify.Escape(&r, c.setup, verify.Rate(10), verify.Within(0.1))
		if j.Verdict != verify.Disagrees || strings.Contains(r.message, "Setup.Exact") != c.want {
			t.Errorf("%s: %q", c.name, r.message)
		}
	}
}

// louder is noise by a factor.
type louder struct {
	noise.Model
	factor float64
}

func (l louder) Covariance(dst *mat.SymDense, theta []float64) {
	l.Model.Covariance(dst, theta)
	dst.ScaleSym(l.factor, dst)
}

// TestHintsOfTheTemperature: noise or a law that is off by 2 is told by the
// temperature, and by which side the exact law of the setup is on.
func TestHintsOfTheTemperature(t *testing.T) {
	right := doubleWell(t, 0.04, 0.5)
	for _, c := range []struct {
		name         string
		noise, law   float64 // factors of Sigma and of T
		want, refuse string
	}{
		{"noise halved", 0.5, 1, "the temperature T = eta h*/B of the law looks 2 times that of the setup", "looks 0.5 times"},
		{"noise doubled", 2, 1, "the temperature T = eta h*/B of the law looks 0.5 times that of the setup", "looks 2 times"},
		{"T doubled", 1, 2, "the temperature T = eta h*/B of the law looks 2 times that of the setup", "looks 0.5 times"},
	} {
		s := right
		s.Noise = louder{right.Noise, c.noise}
		law := rate.OneOutlier{OutlierCurvature: 8, EscapeCurvature: 4, LossRatio: 3, Temperature: 0.32 * c.law}
		j, text := disagreement(s, law, verify.Within(0.2))
		if j.Verdict != verify.Disagrees || !strings.Contains(text, c.want) || strings.Contains(text, c.refuse) {
			t.Errorf("%s: %s\nwant a hint that says %q, none that says %q", c.name, text, c.want, c.refuse)
		}
		if !strings.Contains(text, "times the predicted rate and agrees with the simulation") {
			t.Errorf("%s: %s\nwant to read that the exact law agrees with the simulation", c.name, text)
		}
	}
	for _, c := range []struct {
		setup verify.Setup
		law   verify.RateLaw
	}{
		{right, rate.Outliers{OutlierCount: 1, OutlierCurvature: 8, EscapeCurvature: 4, LogDetMinimum: math.Log(8), LogDetSaddle: math.Log(4), LossRatio: 3, Temperature: 0.64}},
		{threshold(t), rate.Threshold{OutlierCount: 1, OutlierCurvature: 1, LossRatio: 2, Temperature: 1}},
	} {
		if _, text := disagreement(c.setup, c.law, verify.Within(0.2)); !strings.Contains(text, "of the law looks 2 times that of the setup") {
			t.Errorf("%T with T doubled: %s", c.law, text)
		}
	}
	// A step that is no integrator of this setup: now simulation and exact law differ.
	s := must(right.WithStep(right.Dt, 1, func() verify.Step {
		quiet := wellStep(right)()
		return func(theta, normals []float64) {
			normals[0] /= 2
			quiet(theta, normals)
		}
	}))
	if _, text := disagreement(s, must(right.Exact()), verify.Within(0.2)); !strings.Contains(text, "is 1 times the predicted rate and does not agree with the simulation either") {
		t.Errorf("wrong step: %s", text)
	}
}

// disagreement returns a judgement and what a failed test prints of it.
func disagreement(s verify.Setup, law verify.RateLaw, band verify.Band) (verify.Judgement, string) {
	var r recorder
	j := verify.Escape(&r, s, law, band)
	return j, r.message
}

// TestEscapeValidatesTheLaw: a law that says itself that it is bad is refused by
// the name of the field, also where its rate is a number.
func TestEscapeValidatesTheLaw(t *testing.T) {
	s := doubleWell(t, 0.04, 0.5)
	for _, c := range []struct {
		law  verify.RateLaw
		want string
	}{
		{rate.OneOutlier{OutlierCurvature: 8, EscapeCurvature: -4, LossRatio: 3, Temperature: 0.32}, "-4, want"},
		{rate.OneOutlier{OutlierCurvature: 8, EscapeCurvature: 4, LossRatio: 1, Temperature: 0.32}, "is 1, want"},
		{verify.Rate(-1), "predicted rate kappa is -1, want"},
	} {
		if _, text := disagreement(s, c.law, verify.Within(0.2)); !strings.Contains(text, "no verdict: ") || !strings.Contains(text, c.want) {
			t.Errorf("%#v: %q, want it to say %q", c.law, text, c.want)
		}
	}
}

// slanted is a double well with an Eval that differs from it beyond the saddle.
type slanted struct{ landscape.Passage }

func (l slanted) Eval(theta, loss, grad []float64) {
	for j := range loss {
		loss[j] = l.Loss(theta[j : j+1])
		l.Grad(grad[j:j+1], theta[j:j+1])
		grad[j] *= 1 + max(0, theta[j])
	}
}

// TestEscapeChecksTheBlock: a block that is not the landscape gives no verdict.
func TestEscapeChecksTheBlock(t *testing.T) {
	s := doubleWell(t, 0.04, 0.5)
	law := must(s.Exact())
	s.Landscape = slanted{s.Landscape.(landscape.Passage)}
	if _, text := disagreement(s, law, verify.Within(0.2)); !strings.Contains(text, "no verdict: block landscape: gradient by Eval at [0.25]") {
		t.Errorf("%q", text)
	}
}

// TestStepOfNothing: a factory of nil steps is refused before anything runs.
func TestStepOfNothing(t *testing.T) {
	s := doubleWell(t, 0.04, 0.5)
	if _, err := s.WithStep(0.01, 1, func() verify.Step { return nil }); !errors.Is(err, model.ErrDomain) || !strings.Contains(err.Error(), "step that newStep returns is nil") {
		t.Errorf("error %v", err)
	}
}

// holed is noise that is no number on the way to the saddle.
type holed struct{ noise.Model }

func (h holed) Covariance(dst *mat.SymDense, theta []float64) {
	if h.Model.Covariance(dst, theta); -0.6 < theta[0] && theta[0] < -0.5 {
		dst.SetSym(0, 0, math.NaN())
	}
}

// TestDivergedNamesTheRun: a run that cannot go on is named, so that it can be
// looked at.
func TestDivergedNamesTheRun(t *testing.T) {
	s := doubleWell(t, 0.04, 0.5)
	s.Noise = holed{s.Noise}
	if _, text := disagreement(s, must(doubleWell(t, 0.04, 0.5).Exact()), verify.Within(0.2)); !strings.Contains(text, "runs diverged, the first of them replica ") || !strings.Contains(text, " at step ") {
		t.Errorf("%q", text)
	}
}

// TestMissingExits: an undecided judgement says how many exits are missing, no
// fewer would do, and with twice the steps it asks for it is decided.
func TestMissingExits(t *testing.T) {
	s := threshold(t)
	exact, band := must(s.Exact()), verify.Within(0.1)
	trial := verify.Trial{Replicas: 64, Steps: 1e6}
	var r recorder
	short := trial.Escape(&r, s, exact, band)
	if short.Verdict != verify.Undecided || short.MissingExits <= 0 || !(short.EnoughSteps > trial.Steps) {
		t.Fatalf("%v, %d exits missing, %g steps enough", short, short.MissingExits, short.EnoughSteps)
	}
	if want := fmt.Sprintf("About %d more exits", short.MissingExits); !strings.Contains(r.message, want) {
		t.Errorf("%q does not say %q", r.message, want)
	}
	if want := fmt.Sprintf("use verify.Trial{Steps: %.2g}.Escape(t, ...)", short.EnoughSteps); !strings.Contains(r.message, want) {
		t.Errorf("%q does not say %q", r.message, want)
	}
	// At the same ratio, so many exits are what it takes.
	kappa := math.Exp(exact.LogEscapeRate())
	decided := func(events int) bool {
		x := stattest.Exits{Events: events, Exposure: float64(events) / short.Exits.Rate()}
		i := stattest.RateSequence{Alpha: 1e-8, Guess: kappa}.Interval(x)
		return verify.Effect{Low: i.Low/kappa - 1, High: i.High/kappa - 1}.Judge(band) != verify.Undecided
	}
	n := short.Exits.Events + short.MissingExits
	if got := [2]bool{decided(n), decided(n * 49 / 50)}; got != [2]bool{true, false} {
		t.Errorf("decided with %d exits, and with 2 %% fewer: %v, want true and false", n, got)
	}
	trial.Steps = 2 * short.EnoughSteps
	long := must(trial.Judge(context.Background(), s, exact, band))
	t.Logf("%d exits, %d missing; decided after %d", short.Exits.Events, short.MissingExits, long.Exits.Events)
	if long.Verdict != verify.Agrees || long.MissingExits != 0 || long.EnoughSteps != 0 {
		t.Errorf("%v, %d exits missing, %g steps enough", long, long.MissingExits, long.EnoughSteps)
	}
}

// TestMissingExitsOnTheEdge: when the ratio lies on an edge of the band, or no
// run has left, the message does not promise what it cannot know.
func TestMissingExitsOnTheEdge(t *testing.T) {
	s := threshold(t)
	exact := must(s.Exact())
	trial := verify.Trial{Replicas: 64, Steps: 1e6}
	seen := must(trial.Judge(context.Background(), s, exact, verify.Within(0.001)))
	edge := verify.Band{Low: -0.5, High: seen.Effect.Value}
	var r recorder
	if j := trial.Escape(&r, s, exact, edge); j.Verdict != verify.Undecided || !math.IsInf(j.EnoughSteps, 1) || !strings.Contains(r.message, "State another band") {
		t.Errorf("%v, %g steps enough: %q", j, j.EnoughSteps, r.message)
	}
	// RateSequence.Needed(0.1) is between 4000 and 10000 at alpha = 1e-8.
	rare := doubleWell(t, 0.005, 0.05)
	law := must(rare.Exact())
	var none recorder
	j := trial.Escape(&none, rare, law, verify.Within(0.1))
	if j.Verdict != verify.Undecided || j.Exits.Events != 0 || !(j.EnoughSteps > 1e6*trial.Steps) || math.IsInf(j.EnoughSteps, 1) ||
		!(j.MissingExits > 4000 && j.MissingExits < 10000) || !strings.Contains(none.message, "if the law is right") {
		t.Errorf("%v, %d exits missing, %g steps enough: %q", j, j.MissingExits, j.EnoughSteps, none.message)
	}
	// With many runs at a time the budget cuts them short, and more than the missing
	// exits take is wanted to watch them to the end: for 10 mean times each.
	cut := verify.Trial{Replicas: 1 << 12, Steps: 5e7}
	var tooShort recorder
	j = cut.Escape(&tooShort, rare, law, verify.Within(0.1))
	whole := float64(cut.Replicas) * 10 / math.Exp(law.LogEscapeRate()) / rare.Dt
	if j.Verdict != verify.Undecided || math.Abs(j.EnoughSteps/whole-1) > 1e-9 || !strings.Contains(tooShort.message, "with which runs are watched to the end") {
		t.Errorf("%v, %g steps enough, want %g: %q", j, j.EnoughSteps, whole, tooShort.message)
	}
}
