package problem

import (
	"fmt"
	"math"
	"slices"

	"sgdescape/model"
	"sgdescape/theory/rate"
)

// answers gathers the levels of one problem.
type answers struct {
	levels     Levels
	conditions []model.Condition
}

// newAnswers starts with the conditions of a law. Underflow, which is that of
// one level, is told by add.
func newAnswers(conditions []model.Condition) *answers {
	underflow := func(c model.Condition) bool { return c.Name == model.Underflow }
	return &answers{Levels{}, slices.DeleteFunc(slices.Clone(conditions), underflow)}
}

// remark appends a condition, once for each name but for those of one level.
func (a *answers) remark(name, detail string) {
	perLevel := name == notResolved || name == model.Underflow
	known := func(c model.Condition) bool { return c.Name == name && (!perLevel || c.Detail == detail) }
	if !slices.ContainsFunc(a.conditions, known) {
		a.conditions = append(a.conditions, model.Condition{Name: name, Detail: detail})
	}
}

// notResolved names the condition of a level that its solver cannot compute.
const notResolved = "not-resolved"

// add returns a function that takes over a level, or leaves it out and says
// why: parameters that are valid may still lie beyond what a solver resolves,
// and the other levels stand.
func (a *answers) add(name string) func(Level, error) {
	return func(level Level, err error) {
		if err != nil {
			a.remark(notResolved, fmt.Sprintf("%s is left out: %v", name, err))
			return
		}
		a.levels[name] = level
		if level.LogRate != nil && math.Exp(*level.LogRate) == 0 {
			a.remark(model.Underflow, fmt.Sprintf("the rate of %s is exp(%.17g)", name, *level.LogRate))
		}
	}
}

// unstable names the condition of steps so long that SGD leaves without noise.
const unstable = "unstable-sgd"

// remarkUnstable tells that gradient descent of step eta moves away from a
// minimum with the largest curvature h: its factor 1 - eta h is below -1.
func (a *answers) remarkUnstable(eta, h float64) {
	if x := eta * h; x > 2 {
		a.remark(unstable, fmt.Sprintf("eta h = %.4g is above 2: SGD moves away from the minimum even without noise, and no escape rate describes it", x))
	}
}

// lawLevel is the level of a law with an exponent, or an error where even the
// logarithm of the rate overflows.
func lawLevel(law interface {
	rate.Law
	Exponent() float64
}) (Level, error) {
	if finite(law.LogEscapeRate()) == nil {
		return Level{}, fmt.Errorf("the logarithm of the rate is %v", law.LogEscapeRate())
	}
	return Level{Rate: finite(law.EscapeRate()), LogRate: finite(law.LogEscapeRate()), Exponent: finite(law.Exponent())}, nil
}

// rateLevel is a level with a rate and a mean time. A number that overflows is
// left out; the logarithm of the rate still tells it.
func rateLevel(logKappa, mfpt, relativeError float64) Level {
	return Level{Rate: finite(math.Exp(logKappa)), LogRate: finite(logKappa), MFPT: finite(mfpt), RelativeError: finite(relativeError)}
}

// finite returns x, or nil where JSON has no number for it.
func finite(x float64) *float64 {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return nil
	}
	return &x
}
