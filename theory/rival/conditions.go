package rival

import (
	"fmt"
	"math"

	"sgdescape/model"
)

// Names of conditions set by this package only.
const (
	IndicatorOnly = "indicator-only" // the source gives an indicator, not an escape rate
	LargeNoise    = "large-noise"    // the small-noise limit of the source is not reached
)

// lowBarrierBelow is the barrier in units of the temperature below which an
// exponential asymptote is doubtful.
const lowBarrierBelow = 4.0

// barrierConditions reports a barrier that is low against the temperature, and
// a rate that underflows.
func barrierConditions(logRate, barrier float64) []model.Condition {
	var out []model.Condition
	if barrier < lowBarrierBelow {
		out = append(out, model.Condition{Name: model.LowBarrier,
			Detail: fmt.Sprintf("the barrier is %.4g in units of the temperature, less than %g", barrier, lowBarrierBelow)})
	}
	return append(out, underflow(logRate)...)
}

func underflow(logRate float64) []model.Condition {
	if math.Exp(logRate) == 0 && !math.IsInf(logRate, -1) {
		return []model.Condition{{Name: model.Underflow, Detail: fmt.Sprintf("the rate is exp(%.17g)", logRate)}}
	}
	return nil
}
