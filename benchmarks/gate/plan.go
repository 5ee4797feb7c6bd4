package gate

import (
	"fmt"
	"math"

	"sgdescape/model"
)

// A Plan fixes, before anything is measured, what the gate promises and when it
// decides.
type Plan struct {
	FamilyAlpha float64 // alpha: P(any false regression) over the run
	MissBeta    float64 // beta: P(clean | a slow-down >= the floor) over the run
	Floor       float64 // f: relative slow-down that matters, such as 0.05
	Looks       []int   // ascending block counts at which decisions are taken
}

// DefaultPlan returns alpha = beta = 1 %, a floor of 5 % and six looks, each
// half as far again as the one before:
//
//	8, 12, 18, 27, 40, 60 blocks
//
// Eight blocks are the fewest that could convict one of 100
// comparisons: the smallest p-value of r blocks is 6^-r, Holm's first
// threshold is 0.01/(6·100) = 1.7e-5, and 6^-7 = 3.6e-6 leaves one block to
// spare.
func DefaultPlan() Plan {
	return Plan{FamilyAlpha: 0.01, MissBeta: 0.01, Floor: 0.05, Looks: []int{8, 12, 18, 27, 40, 60}}
}

// SingleLook returns the plan with one decision, after the given number of
// blocks: for data that are already complete.
func (p Plan) SingleLook(blocks int) Plan {
	p.Looks = []int{blocks}
	return p
}

// Validate returns an error wrapping [model.ErrDomain] that names every bad
// field.
func (p Plan) Validate() error {
	d := model.CheckDomain("gate plan").
		That(p.FamilyAlpha > 0 && p.FamilyAlpha < 1, "family-wise rate alpha", p.FamilyAlpha, "a number between 0 and 1").
		That(p.MissBeta > 0 && p.MissBeta < 1, "miss rate beta", p.MissBeta, "a number between 0 and 1").
		NonNegative("floor f", p.Floor)
	ascending := len(p.Looks) > 0
	for i, n := range p.Looks {
		ascending = ascending && n >= 1 && (i == 0 || n > p.Looks[i-1])
	}
	return d.That(ascending, "looks", p.Looks, "ascending block counts >= 1").Err()
}

// alphaPerLook is what one look may spend of alpha.
func (p Plan) alphaPerLook() float64 { return p.FamilyAlpha / float64(len(p.Looks)) }

// BetaPerLook is what one look may spend of beta.
func (p Plan) BetaPerLook() float64 { return p.MissBeta / float64(len(p.Looks)) }

// EnoughBlocks reports whether the last look can convict one of m comparisons,
// each with n values a side and block, and what it takes if not: with too few
// blocks even the most extreme ranks stay above Holm's first threshold.
func (p Plan) EnoughBlocks(m, n int) error {
	law := mannWhitney(n, n)
	smallest := law[len(law)-1]
	threshold := p.alphaPerLook() / float64(max(m, 1))
	need := int(math.Ceil(math.Log(threshold) / math.Log(smallest)))
	if p.Looks[len(p.Looks)-1] < need {
		return fmt.Errorf("gate: %d comparisons at alpha = %v need %d blocks to find a regression, the last look is at %d",
			m, p.FamilyAlpha, need, p.Looks[len(p.Looks)-1])
	}
	return nil
}

// EnoughSaved is EnoughBlocks for a base that is one block of n saved values, with
// perRound values of the head side a round. No number of rounds makes up for a base
// of very few.
func (p Plan) EnoughSaved(m, n, perRound int) error {
	head := perRound * p.Looks[len(p.Looks)-1]
	threshold := min(p.alphaPerLook()/float64(max(m, 1)), p.BetaPerLook())
	need, probability := 0, 1. // of the most extreme ranks: one over the ways to choose need of all
	for probability > threshold && need < 1e6 {
		need++
		probability *= float64(need) / float64(head+need)
	}
	if n < need {
		return fmt.Errorf("gate: %d comparisons at alpha = %v and beta = %v need %d saved runs of each benchmark to decide, there are %d",
			m, p.FamilyAlpha, p.MissBeta, need, n)
	}
	return nil
}
