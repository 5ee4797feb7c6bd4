package verify

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"sgdescape/model/landscape"
	"sgdescape/theory/rate"
	"sgdescape/verify/stattest"
)

// explain says what a verdict that is not "agrees" means.
func (j Judgement) explain() string {
	e := j.Effect
	if j.Verdict == Undecided {
		return fmt.Sprintf("after %d exits the ratio of the rates is between %.4g and %.4g, which straddles an edge of the band %v. %s",
			e.N, 1+e.Low, 1+e.High, j.Band, j.missing())
	}
	s := fmt.Sprintf("the simulated rate is %.4g to %.4g times the predicted one (probability of this if the law were in the band: at most %.2g).", 1+e.Low, 1+e.High, e.Alpha)
	for _, c := range j.Conditions {
		s += fmt.Sprintf(" Condition %s: %s.", c.Name, c.Detail)
	}
	if len(j.Hints) > 0 {
		s += " " + strings.Join(j.Hints, " ")
	}
	if len(j.Hints) > 1 {
		s += " By the factor alone these cannot be told apart."
	}
	return s + j.compare()
}

// compare says what the exact law of the setup says of who is wrong.
func (j Judgement) compare() string {
	e := j.Effect
	switch {
	case j.Exact == 0:
		return " Compare with half the step, Setup.Dt."
	case e.Low <= j.Exact-1 && j.Exact-1 <= e.High:
		return fmt.Sprintf(" Setup.Exact, the quadrature of the same landscape, noise and eta, is %.4g times the predicted rate and agrees with the simulation: either the law is not the one of this setup, or it is used where its approximation does not hold.", j.Exact)
	}
	return fmt.Sprintf(" Setup.Exact, the quadrature of the same landscape, noise and eta, is %.4g times the predicted rate and does not agree with the simulation either: compare with half the step, Setup.Dt.", j.Exact)
}

// missing says what would decide an undecided judgement.
func (j Judgement) missing() string {
	if math.IsInf(j.EnoughSteps, 1) {
		return fmt.Sprintf("The ratio, %.4g, lies on an edge of it: no affordable number of exits decides. State another band.", 1+j.Effect.Value)
	}
	premise := fmt.Sprintf("the ratio stays at %.4g", 1+j.Effect.Value)
	if j.Exits.Events == 0 {
		premise = "the law is right"
	}
	whole := ""
	if j.CutShort {
		whole = ", with which runs are watched to the end,"
	}
	return fmt.Sprintf("About %d more exits decide if %s: use verify.Trial{Steps: %.2g}.Escape(t, ...)%s or more, or state a wider band.", j.MissingExits, premise, j.EnoughSteps, cmp.Or(whole, ","))
}

// maxGrowth bounds what [growthUntil] looks for.
const maxGrowth = 1 << 20

// growthUntil returns by which factor the exits and their exposure must grow
// until they decide, to a hundredth; +Inf when [maxGrowth] is not enough.
func growthUntil(x stattest.Exits, decides func(stattest.Exits) bool) float64 {
	grown := func(f float64) bool {
		y := x
		y.Events, y.Exposure = int(math.Round(f*float64(x.Events))), f*x.Exposure
		return decides(y)
	}
	low, high := 1.0, 1.0
	for !grown(high) {
		if low, high = high, 2*high; high > maxGrowth {
			return math.Inf(1)
		}
	}
	for high > 1.01*low {
		if middle := math.Sqrt(low * high); grown(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// foresee sets what is missing from an undecided judgement of the rate kappa,
// if the ratio stays where it is, or is 1 while no run has left. wholeSteps is the
// least budget worth stating.
func (j *Judgement) foresee(kappa, wholeSteps float64, decides func(stattest.Exits) bool) {
	seen := j.Exits
	if seen.Events == 0 {
		seen = stattest.Exits{Events: 1, Exposure: 1 / kappa}
	}
	growth := growthUntil(seen, decides)
	steps := growth * seen.Exposure / j.Exits.Exposure * float64(j.Steps)
	j.EnoughSteps, j.CutShort = math.Max(steps, wholeSteps), wholeSteps > steps
	j.MissingExits = math.MaxInt
	if !math.IsInf(growth, 1) {
		j.MissingExits = int(math.Ceil(growth*float64(seen.Events))) - j.Exits.Events
	}
}

// exitHints tells of a law of the catalogue that is about another exit.
func exitHints(s Setup, law RateLaw) []string {
	if in, ok := law.(rate.InTime); ok {
		law = in.Internal
	}
	switch law.(type) {
	case rate.OneOutlier, *rate.OneOutlier, rate.Outliers, *rate.Outliers, rate.EyringKramers, *rate.EyringKramers:
		if s.LossRatio != 0 {
			return []string{fmt.Sprintf("The law %T is for passing a saddle, but Setup.LossRatio ends runs at a loss threshold, without a saddle to pass: rate.Threshold is the law of that.", law)}
		}
	case rate.Threshold, *rate.Threshold:
		if s.LossRatio == 0 {
			return []string{fmt.Sprintf("The law %T is for the exit through a loss threshold, but without Setup.LossRatio runs end beyond the saddle: rate.OneOutlier and rate.Outliers are the laws of that.", law)}
		}
	}
	return nil
}

// atTemperature returns a power law of the catalogue at f times its temperature.
func atTemperature(law RateLaw, f float64) (RateLaw, bool) {
	switch l := law.(type) {
	case rate.OneOutlier:
		l.Temperature *= f
		return l, true
	case rate.Outliers:
		l.Temperature *= f
		return l, true
	case rate.Threshold:
		l.Temperature *= f
		return l, true
	}
	return nil, false
}

// hints lists the slips whose factor simulated/predicted lies in the interval
// of the ratio. Of the law kappa_t = L* kappa_tau, with d tau = L dt at the
// minimum (Mori2022, Eqs. 14, 23), the one left in tau is smaller than kappa_t by L*.
//
// If the law is about another exit by its type, that is the one hint.
func hints(e Effect, s Setup, law RateLaw) []string {
	eta, floor := s.LearningRate, s.Landscape.Loss(s.Landscape.Minimum())
	type slip struct {
		name   string // of the factor
		factor float64
		text   string
	}
	slips := []slip{
		{"1/eta", 1 / eta, "the law looks like a rate per step, kappa eta, where one per unit of t is wanted."},
		{"eta", eta, "the law looks divided by eta, kappa/eta, although kappa is per unit of t already."},
		{"L*", floor, "the law looks like a rate per unit of the internal time tau, kappa/L*, where one per unit of t is wanted."},
		{"L*^2", floor * floor, "the law looks turned from tau to t the wrong way, divided by L* where kappa_t = L* kappa_tau."},
		{"1/L*", 1 / floor, "the law looks multiplied by L* once too often, as if it were per unit of tau."},
	}
	if s.LossRatio == 0 {
		if _, ok := s.Landscape.(landscape.Passage); ok {
			slips = append(slips,
				slip{"1/2", 0.5, "the law looks like the rate of reaching the saddle, from which half of the runs fall back; passing it is wanted."},
				slip{"2", 2, "the law looks halved for the runs that fall back from the saddle, although it is for passing it already."})
		}
	}
	if other := exitHints(s, law); other != nil {
		return other
	}
	for _, f := range []float64{0.5, 2} {
		if hotter, ok := atTemperature(law, f); ok {
			factor := math.Exp(hotter.LogEscapeRate() - law.LogEscapeRate())
			slips = append(slips, slip{fmt.Sprintf("kappa(%gT)/kappa(T)", f), factor, fmt.Sprintf(
				"the temperature T = eta h*/B of the law looks %g times that of the setup: compare eta, B and the size of Sigma.", 1/f)})
		}
	}
	var all []string
	for _, h := range slips {
		if e.Low <= h.factor-1 && h.factor-1 <= e.High && h.factor != 1 {
			name := h.name
			if value := fmt.Sprintf("%.3g", h.factor); h.name != "2" && h.name != "1/2" {
				name += " = " + value
			}
			all = append(all, fmt.Sprintf("simulated/predicted may be %s: %s", name, h.text))
		}
	}
	return all
}
