package verify

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"sgdescape/verify/stattest"
)

// A Verdict is the judgement of one claim.
type Verdict = stattest.Outcome

// The verdicts; see the package documentation.
const (
	Undecided = stattest.Undecided
	Agrees    = stattest.Agrees
	Disagrees = stattest.Disagrees
)

// A Band is a closed range of effects. An infinite edge leaves a side open.
type Band struct{ Low, High float64 }

// Within returns the band [-delta, +delta] of relative differences.
func Within(delta float64) Band { return Band{-delta, delta} }

// String prints the band with three digits.
func (b Band) String() string {
	switch {
	case math.IsInf(b.Low, -1):
		return fmt.Sprintf("<= %.3g", b.High)
	case math.IsInf(b.High, 1):
		return fmt.Sprintf(">= %.3g", b.Low)
	}
	return fmt.Sprintf("[%.3g, %.3g]", b.Low, b.High)
}

// An Effect is a measured number with its interval. A deterministic
// comparison has the interval of its numerical error.
type Effect struct {
	Name  string // what was measured, such as "simulated / predicted rate - 1"
	Value float64
	Low   float64
	High  float64
	Alpha float64 // probability that the interval misses the truth; 0 when deterministic
	N     int     // how many of Unit are behind the value
	Unit  string  // plural of what N counts, such as "exits"; empty where one computation is behind the value
}

// Judge compares the interval of the effect with the band. NaN gives
// [Undecided].
func (e Effect) Judge(b Band) Verdict {
	switch {
	case e.Low >= b.Low && e.High <= b.High:
		return Agrees
	case e.High < b.Low || e.Low > b.High:
		return Disagrees
	}
	return Undecided
}

// Detectable returns the smallest true effect beyond the band, on its farther
// side, that an interval of this width finds to disagree with probability
// [stattest.DetectionPower]. With half width w, reached at z_alpha standard
// errors of a normal estimate,
//
//	edge + w (1 + z_power/z_alpha)
//
// It is the edge plus the numerical error when alpha is 0, and +Inf for an
// interval without a finite width.
func (e Effect) Detectable(b Band) float64 {
	edge := math.Max(math.Abs(b.Low), math.Abs(b.High))
	if math.IsInf(edge, 1) {
		edge = math.Min(math.Abs(b.Low), math.Abs(b.High))
	}
	half := (e.High - e.Low) / 2
	if e.Alpha == 0 {
		return edge + half
	}
	return edge + half*(1+mathext.NormalQuantile(stattest.DetectionPower)/-mathext.NormalQuantile(e.Alpha/2))
}

// A Claim is one entry of the ledger.
type Claim struct {
	ID        string  // stable identifier, such as "eq16-limit"
	Equation  string  // of Mori2022, such as "Eq. 16"
	Statement string  // one sentence, true or false
	Left      string  // what is compared ...
	Right     string  // ... with what
	Band      Band    // effects inside it mean that the claim holds
	Reason    string  // where the band comes from
	Expected  Verdict // the verdict of an unchanged program
	// Pinned is the range in which the effect must lie in the standard profiles,
	// whatever the verdict. It says how large a known disagreement is. The zero
	// value leaves the size unpinned.
	Pinned Band
	// Cause says in one sentence why a claim that is known to disagree does; the
	// ledger fills it in.
	Cause string
	// Share is the weight of this claim in the false-alarm budget: 0 for a
	// deterministic claim.
	Share float64
	// Measure returns the effect, with the tables and the figure that show it.
	Measure func(ctx context.Context, env *Env) (Measurement, error)
}

// A Measurement is the effect of a claim and what a reader wants to see of it.
type Measurement struct {
	Effect Effect
	Tables []Table
	Figure *Figure
	Notes  []string // remarks, such as the conditions a theory reported
}
