package problem

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"sgdescape/model"
	"sgdescape/model/landscape"
)

// ShortHorizon is the name of the condition of [HorizonConditions].
const ShortHorizon = "short-horizon"

// settledHorizon is the least horizon, in relaxation times 1/h of the softest
// direction at the minimum, for which the transient does not count.
const settledHorizon = 100

// HorizonConditions tells of runs that were watched too shortly. The mean of censored
// runs is the time watched over the exits, as if they left at one rate from the
// beginning on; but hardly any leaves before the runs have settled.
func HorizonConditions(p Problem, horizon model.Time, censored int) []model.Condition {
	relaxations := float64(horizon) * curvatures(p.Valley())[0]
	if censored == 0 || relaxations >= settledHorizon {
		return nil
	}
	return []model.Condition{{Name: ShortHorizon, Detail: fmt.Sprintf(
		"%d runs were censored after %.3g relaxation times at the minimum, which is below %d: the mean and its interval take runs to leave at one rate from the beginning on, and they do so only once they have settled; want a horizon of %.3g or more",
		censored, relaxations, settledHorizon, float64(horizon)*settledHorizon/relaxations)}}
}

// curvatures returns the eigenvalues of the Hessian at the minimum, ascending.
func curvatures(l landscape.Valley) []float64 {
	h := mat.NewSymDense(l.Dim(), nil)
	l.Hessian(h, l.Minimum())
	var eigen mat.EigenSym
	if !eigen.Factorize(h, false) {
		panic("problem: the Hessian at the minimum has no eigenvalues")
	}
	return eigen.Values(nil)
}
